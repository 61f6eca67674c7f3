/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loaded and unloaded by dlopen.c: leaks from a function that is gone at exit. */
#include <stdlib.h>

void *plugin_leak(size_t n);
__attribute__((noinline)) void *plugin_leak(size_t n)
{
   void *volatile p = malloc(n);
   return p;
}
