/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jemalloc's extended API, without a prefix as Debian builds it. Every function's books are in test_prefix.py. */
#include <jemalloc/jemalloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE static __attribute__((noinline)) void
#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition))                                                        \
      fprintf(stderr, "jemalloc: %s: %s\n", __func__, #condition), _Exit(1); \
  } while (0)

static volatile size_t max = SIZE_MAX;
static void *volatile keep;

static int is_filled(const unsigned char *p, size_t n, int byte)
{
   while (n-- > 0)
      if (p[n] != byte)
         return 0;
   return 1;
}

static int is_aligned(const void *p, size_t align)
{
   return p && (uintptr_t)p % align == 0;
}

CASE use_mallocx(void)
{
   unsigned char *p = mallocx(100, MALLOCX_ALIGN(256) | MALLOCX_ZERO);
   CHECK(is_aligned(p, 256) && is_filled(p, 100, 0));
   keep = mallocx(200, MALLOCX_LG_ALIGN(12) | MALLOCX_TCACHE_NONE);
   CHECK(is_aligned(keep, 4096));
   p = mallocx(300, MALLOCX_ZERO);
   CHECK(is_aligned(p, 16) && is_filled(p, 300, 0));
   CHECK(mallocx(max / 2, 0) == NULL);
}

CASE use_rallocx(void)
{
   unsigned char *p = mallocx(100, MALLOCX_ALIGN(512));
   memset(p, 1, 100);
   p = rallocx(p, 5000, MALLOCX_ALIGN(512) | MALLOCX_ZERO);
   CHECK(is_aligned(p, 512) && is_filled(p, 100, 1) && is_filled(p + 100, 4900, 0));
   CHECK(rallocx(p, max / 2, MALLOCX_ALIGN(512)) == NULL && is_filled(p, 100, 1));
   p = mallocx(40, 0);
   memset(p, 2, 40);
   p = rallocx(p, 4000, 0);
   CHECK(is_filled(p, 40, 2));
}

CASE use_queries(void)
{
   void *p = mallocx(1000, 0);
   const size_t n = sallocx(p, 0);
   CHECK(n >= 1000 && malloc_usable_size(p) == n && nallocx(1000, 0) == n);
   CHECK(xallocx(p, 1 << 24, 0, 0) == n && xallocx(p, 500, 1 << 24, 0) >= 500);
}

CASE use_frees(void)
{
   dallocx(mallocx(10, 0), 0);
   sdallocx(mallocx(20, MALLOCX_ALIGN(64)), 20, MALLOCX_ALIGN(64));
   free(mallocx(30, 0));
}

CASE use_standard(void)
{
   void *p = NULL;
   keep = malloc(55);
   CHECK(posix_memalign(&p, 1024, 66) == 0 && is_aligned(p, 1024));
}

int main(void)
{
   use_mallocx();
   use_rallocx();
   use_queries();
   use_frees();
   use_standard();
   return 0;
}
