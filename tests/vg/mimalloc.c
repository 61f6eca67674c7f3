/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mimalloc's own API. Every function's books are in test_prefix.py; what the calls return is checked here. */
#include <errno.h>
#include <mimalloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE static __attribute__((noinline)) void
#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition))                                                        \
      fprintf(stderr, "mimalloc: %s: %s\n", __func__, #condition), _Exit(1); \
  } while (0)

static volatile size_t max = SIZE_MAX;

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

CASE use_plain(void)
{
   unsigned char *p = mi_malloc(100);
   CHECK(is_aligned(p, 16));
   memset(p, 5, 100);
   p = mi_realloc(p, 5000);
   CHECK(p && is_filled(p, 100, 5) && mi_usable_size(p) >= 5000);
   CHECK(mi_expand(p, 4000) == p && mi_expand(p, 1 << 20) == NULL);
   CHECK(mi_malloc(60) && mi_malloc_small(70) && mi_mallocn(8, 10));
   mi_free(mi_malloc(90));
   mi_free_size(mi_malloc(99), 99);
   mi_free(NULL);
   CHECK(mi_mallocn(max / 2, 3) == NULL);
   CHECK(mi_check_owned(p) && mi_good_size(100) >= 100);
}

CASE use_zeroed(void)
{
   unsigned char *p = mi_zalloc(100);
   CHECK(is_filled(p, 100, 0));
   memset(p, 5, 100);
   p = mi_rezalloc(p, 900);
   CHECK(is_filled(p, 100, 5) && is_filled(p + 100, 800, 0));
   p = mi_calloc(3, 10);
   CHECK(is_filled(p, 30, 0));
   p = mi_recalloc(p, 30, 10);
   CHECK(is_filled(p, 300, 0));
}

CASE use_aligned(void)
{
   void *q = NULL;
   unsigned char *p = mi_malloc_aligned(100, 4096);
   CHECK(is_aligned(p, 4096));
   memset(p, 5, 100);
   p = mi_realloc_aligned(p, 9000, 4096);
   CHECK(is_aligned(p, 4096) && is_filled(p, 100, 5));
   p = mi_zalloc_aligned(50, 64);
   CHECK(is_aligned(p, 64) && is_filled(p, 50, 0));
   p = mi_rezalloc_aligned(p, 5000, 64);
   CHECK(is_aligned(p, 64) && is_filled(p, 5000, 0));
   CHECK(is_aligned(mi_memalign(128, 60), 128));
   CHECK(is_aligned(mi_malloc_aligned_at(70, 256, 512), 256));
   CHECK(mi_posix_memalign(&q, 3, 10) == EINVAL && mi_posix_memalign(&q, 256, 80) == 0 && is_aligned(q, 256));
   CHECK(is_aligned(mi_aligned_alloc(32, 90), 32));
}

CASE use_strings(void)
{
   CHECK(!strcmp(mi_strdup("hello"), "hello") && !strcmp(mi_strndup("hello", 3), "hel"));
   CHECK(!strcmp(mi_realpath("/proc/../proc/self/../../usr/../usr", NULL), "/usr"));
   char *value = NULL;
   size_t n = 0;
   setenv("LG_TEST", "seventy", 1);
   CHECK(mi_dupenv_s(&value, &n, "LG_TEST") == 0 && !strcmp(value, "seventy"));
}

CASE use_operators(void)
{
   CHECK(mi_new(10) && is_aligned(mi_new_aligned(20, 128), 128) && mi_new_nothrow(30));
   CHECK(is_aligned(mi_new_aligned_nothrow(40, 64), 64) && mi_new_n(5, 10));
   CHECK(mi_heap_malloc(mi_heap_get_default(), 60));
}

/* mi_realloc(p, 0) gives a block. */
CASE use_odd_sizes(void)
{
   void *p = mi_malloc(0);
   CHECK(p);
   p = mi_realloc(p, 0);
   CHECK(p);
   p = mi_malloc(24);
   CHECK(mi_realloc(p, max / 2) == NULL);
}

/* Blocks of a heap die with it, unless it is only deleted, or they were freed before. */
CASE use_heaps(void)
{
   mi_heap_t *a = mi_heap_new(), *b = mi_heap_new();
   CHECK(a && b && a != b);
   mi_heap_t *old = mi_heap_set_default(a);
   CHECK(old && mi_heap_set_default(old));
   for (int i = 0; i < 100; i++) {
      void *p = mi_heap_malloc(a, 1000);
      CHECK(mi_heap_check_owned(a, p));
      if (i % 4 == 0)
         mi_free(p);
      if (i % 4 == 1)
         CHECK(mi_realloc(p, 200000));
      CHECK(mi_heap_zalloc(b, 10));
   }
   mi_heap_destroy(a);
   mi_heap_delete(b);
}

int main(void)
{
   use_plain();
   use_zeroed();
   use_aligned();
   use_strings();
   use_operators();
   use_odd_sizes();
   use_heaps();
   return 0;
}
