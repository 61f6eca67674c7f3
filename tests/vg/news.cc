// SPDX-License-Identifier: GPL-2.0-or-later
// Every replaceable operator new and delete, each pair in a function of its own whose books test_alloc.py knows.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#define CASE(name) extern "C" __attribute__((noinline)) void name()

static void *volatile keep[100];
static int n_keep;
static const std::align_val_t al64{64}, al4096{4096};

static void hold(void *p, std::size_t align = 2 * sizeof(void *))
{
   if (!p || reinterpret_cast<std::uintptr_t>(p) % align != 0)
      std::_Exit(1);
   keep[n_keep++] = p;
}

extern "C" {
void use_new();
void use_new_array();
void use_new_nothrow();
void use_new_array_nothrow();
void use_new_aligned();
void use_new_array_aligned();
void use_new_aligned_nothrow();
void use_new_array_aligned_nothrow();
void use_deletes();
void use_expressions();
void use_zero_size();
}

CASE(use_new)
{
   hold(::operator new(100));
}
CASE(use_new_array)
{
   hold(::operator new[](101));
}
CASE(use_new_nothrow)
{
   hold(::operator new(102, std::nothrow));
}
CASE(use_new_array_nothrow)
{
   hold(::operator new[](103, std::nothrow));
}
CASE(use_new_aligned)
{
   hold(::operator new(104, al64), 64);
}
CASE(use_new_array_aligned)
{
   hold(::operator new[](105, al4096), 4096);
}
CASE(use_new_aligned_nothrow)
{
   hold(::operator new(106, al64, std::nothrow), 64);
}
CASE(use_new_array_aligned_nothrow)
{
   hold(::operator new[](107, al4096, std::nothrow), 4096);
}
CASE(use_zero_size)
{
   hold(::operator new(0));
}

CASE(use_deletes)
{
   ::operator delete(::operator new(10));
   ::operator delete (::operator new(10), std::size_t{10});
   ::operator delete(::operator new(10), std::nothrow);
   ::operator delete[](::operator new[](10));
   ::operator delete[](::operator new[](10), std::size_t{10});
   ::operator delete[](::operator new[](10), std::nothrow);
   ::operator delete(::operator new(10, al64), al64);
   ::operator delete (::operator new(10, al64), std::size_t{10}, al64);
   ::operator delete(::operator new(10, al64), al64, std::nothrow);
   ::operator delete[](::operator new[](10, al64), al64);
   ::operator delete[](::operator new[](10, al64), std::size_t{10}, al64);
   ::operator delete[](::operator new[](10, al64), al64, std::nothrow);
   ::operator delete(nullptr);
}

struct alignas(128) Wide {
   char bytes[128];
};

CASE(use_expressions)
{
   hold(new int);
   hold(new (std::nothrow) long long[3]);
   hold(new Wide, 128);
   // through volatile, for a pair of new and delete may be left out
   Wide *volatile one = new Wide;
   delete one;
   Wide *volatile two = new Wide[2];
   delete[] two;
}

int main()
{
   use_new();
   use_new_array();
   use_new_nothrow();
   use_new_array_nothrow();
   use_new_aligned();
   use_new_array_aligned();
   use_new_aligned_nothrow();
   use_new_array_aligned_nothrow();
   use_deletes();
   use_expressions();
   use_zero_size();
   return ::operator new(SIZE_MAX / 2, std::nothrow) == nullptr ? 0 : 1;
}
