// SPDX-License-Identifier: GPL-2.0-or-later
// C++ functions that the hooks of test_hooks.py name: members, templates, lambdas, exceptions, and names of unusual length.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

static void *kept[1 << 12];
static unsigned n_kept;
void keep(size_t n)
{
   kept[n_kept++ % (1 << 12)] = malloc(n);
}

namespace shop
{
struct Order {
   void handle(int n) const
   {
      keep(16 + n);
   }
   template <class T> T price(T x)
   {
      keep(400);
      return x;
   }
};
struct Base {
   virtual ~Base() = default;
   virtual void serve(int n) = 0;
};
struct Thrower : Base {
   void serve(int n) override
   {
      keep(800);
      if (n % 2)
         throw std::runtime_error(std::string("odd"));
   }
};
} // namespace shop

#ifdef LONG_NAME // the same function under a name of so many bytes
#  define STR2(x) #  x
#  define STR(x)  STR2(x)
extern "C" void long_name() __asm__(LONG_NAME);
extern "C" void long_name()
{
   keep(1600);
}
#else
extern "C" void long_name()
{
   keep(1600);
}
#endif

int main()
{
   shop::Order order;
   shop::Thrower thrower;
   shop::Base *base = &thrower;
   int caught = 0;
   for (int i = 0; i < 100; i++) {
      order.handle(0);
      order.price<long>(1);
      order.price<std::pair<int, std::string>>({1, "x"});
      try {
         base->serve(i);
      } catch (const std::exception &) {
         caught++;
      }
      keep(3200);
      long_name();
   }
   printf("caught %d\n", caught);
}
