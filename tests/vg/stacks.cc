// SPDX-License-Identifier: GPL-2.0-or-later
// Call stacks that options cut: wrappers of malloc, templates, deep recursion.
#include <cstdlib>
#include <vector>

#define NOINLINE __attribute__((noinline))

static void *volatile sink;

extern "C" NOINLINE void *my_checked_malloc(std::size_t n)
{
   return std::malloc(n);
}
extern "C" NOINLINE void *my_pool_malloc(std::size_t n)
{
   return my_checked_malloc(n);
}

namespace app
{
struct Cache {
   std::vector<std::vector<char>> rows;
   NOINLINE void add(std::size_t n)
   {
      rows.emplace_back(n);
   }
};
template <typename T> NOINLINE void fill(T n)
{
   sink = my_pool_malloc(n);
}
} // namespace app

extern "C" NOINLINE void recurse(int n)
{
   if (n == 0)
      sink = std::malloc(333);
   else
      recurse(n - 1);
   __asm__ volatile("");
}

extern "C" NOINLINE void request()
{
   sink = my_pool_malloc(100);
}

int main()
{
   app::Cache cache;
   for (int i = 0; i < 10; i++)
      cache.add(1000);
   app::fill<long>(111);
   app::fill<int>(112);
   recurse(100);
   request();
   return 0;
}
