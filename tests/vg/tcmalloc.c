/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gperftools' own API, prefix tc_. Every function's books are in test_prefix.py. */
#include <errno.h>
#include <gperftools/tcmalloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CASE static __attribute__((noinline)) void
#define CHECK(condition)                                                     \
  do {                                                                       \
    if (!(condition))                                                        \
      fprintf(stderr, "tcmalloc: %s: %s\n", __func__, #condition), _Exit(1); \
  } while (0)

/* The header has these for C++ only. */
void *tc_new(size_t n);
void *tc_new_nothrow(size_t n, const void *nothrow);
void *tc_newarray(size_t n);
void *tc_newarray_nothrow(size_t n, const void *nothrow);
void *tc_new_aligned(size_t n, size_t align);
void *tc_newarray_aligned(size_t n, size_t align);
void tc_delete(void *p);
void tc_deletearray_sized(void *p, size_t n);

static int is_aligned(const void *p, size_t align)
{
   return p && (uintptr_t)p % align == 0;
}

CASE use_plain(void)
{
   void *p = NULL;
   tc_free(tc_malloc(10));
   CHECK((p = tc_realloc(tc_calloc(3, 4), 100)) && tc_malloc_size(p) >= 100);
   CHECK(is_aligned(tc_memalign(64, 9), 64));
   CHECK(tc_posix_memalign(&p, 3, 8) == EINVAL && tc_posix_memalign(&p, 128, 8) == 0 && is_aligned(p, 128));
   CHECK(is_aligned(tc_pvalloc(5), 4096));
}

CASE use_operators(void)
{
   tc_delete(tc_new(40));
   tc_deletearray_sized(tc_newarray(41), 41);
   CHECK(tc_new_nothrow(42, NULL) && tc_newarray_nothrow(43, NULL));
   CHECK(is_aligned(tc_new_aligned(44, 256), 256) && is_aligned(tc_newarray_aligned(45, 64), 64));
}

int main(void)
{
   use_plain();
   use_operators();
   return 0;
}
