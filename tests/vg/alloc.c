/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every allocation function of the C library, each in a function of its own whose books test_alloc.py knows. Checks what the
 * functions return; says so and exits with 1 when something is wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CASE    static __attribute__((noinline)) void
#define KEEP(p) keep[n_keep++] = (p)
#define CHECK(condition)            \
  do {                              \
    if (!(condition))               \
      failed(__func__, #condition); \
  } while (0)

static void *volatile keep[100];
static int n_keep;
static int status;
static volatile size_t opaque_max = SIZE_MAX; /* hides impossible sizes from the compiler */
/* Sizes that no allocator can serve: half of 64 bits and less; a 32-bit program could get half of its memory. */
static volatile size_t half = sizeof(size_t) == 8 ? SIZE_MAX / 2 : SIZE_MAX - 8191;
static volatile size_t quarter = sizeof(size_t) == 8 ? SIZE_MAX / 4 : SIZE_MAX - 16383;

static void failed(const char *where, const char *what)
{
   dprintf(2, "alloc: %s: %s\n", where, what);
   status = 1;
}

static int is_aligned(const void *p, size_t align)
{
   return p && ((uintptr_t)p & (align - 1)) == 0;
}

static int is_filled(const unsigned char *p, size_t n, int byte)
{
   while (n-- > 0)
      if (p[n] != byte)
         return 0;
   return 1;
}

CASE use_malloc(void)
{
   void *p = malloc(100);
   CHECK(is_aligned(p, 2 * sizeof(void *)));
   KEEP(p);
}

CASE use_calloc(void)
{
   void *p = malloc(200);
   memset(p, 0xff, 200);
   free(p);
   p = calloc(10, 20);
   CHECK(p && is_filled(p, 200, 0));
   KEEP(p);
}

CASE use_free(void)
{
   void *volatile p = malloc(50);
   free(p);
   free(NULL);
}

CASE grow_in_place(void)
{
   char *p = malloc(100);
   memset(p, 7, 100);
   p = realloc(p, 101);
   CHECK(is_filled((unsigned char *)p, 100, 7));
   KEEP(p);
}

CASE grow_moving(void)
{
   char *p = malloc(100);
   memset(p, 7, 100);
   p = realloc(p, 300000);
   CHECK(is_filled((unsigned char *)p, 100, 7));
   memset(p, 8, 300000);
   KEEP(p);
}

CASE shrink(void)
{
   char *p = malloc(100000);
   memset(p, 7, 100000);
   p = realloc(p, 10);
   CHECK(is_filled((unsigned char *)p, 10, 7));
   KEEP(p);
}

CASE realloc_null(void)
{
   KEEP(realloc(NULL, 30));
}

CASE realloc_to_zero(void)
{
   void *volatile p = malloc(40);
   CHECK(realloc(p, 0) == NULL);
}

static __attribute__((noinline)) void *make_block(void)
{
   void *volatile p = malloc(10);
   return p;
}

CASE realloc_elsewhere(void)
{
   KEEP(realloc(make_block(), 500));
}

CASE use_memalign(void)
{
   void *p = memalign(64, 77);
   CHECK(is_aligned(p, 64));
   KEEP(p);
}

CASE use_posix_memalign(void)
{
   void *p = &p;
   CHECK(posix_memalign(&p, 4096, 10) == 0 && is_aligned(p, 4096));
   KEEP(p);
   CHECK(posix_memalign(&p, 3, 10) == EINVAL);
}

CASE use_aligned_alloc(void)
{
   void *p = aligned_alloc(128, 256);
   CHECK(is_aligned(p, 128));
   KEEP(p);
}

CASE use_valloc(void)
{
   void *p = valloc(11);
   CHECK(is_aligned(p, (size_t)getpagesize()));
   KEEP(p);
}

CASE use_pvalloc(void)
{
   void *p = pvalloc(12);
   CHECK(is_aligned(p, (size_t)getpagesize()));
   memset(p, 1, (size_t)getpagesize());
   KEEP(p);
}

CASE use_reallocarray(void)
{
   void *p = reallocarray(NULL, 5, 6);
   KEEP(p);
   errno = 0;
   CHECK(reallocarray(p, opaque_max / 2, 3) == NULL && errno == ENOMEM);
}

CASE use_usable_size(void)
{
   char *p = malloc(1000);
   size_t n = malloc_usable_size(p);
   CHECK(n >= 1000);
   memset(p, 3, n);
   p = realloc(p, n + 70000);
   CHECK(is_filled((unsigned char *)p, n, 3)); /* all that was usable survives the move */
   KEEP(p);
   CHECK(malloc_usable_size(NULL) == 0);
}

CASE use_zero_sizes(void)
{
   void *p = malloc(0), *q = calloc(0, 5), *r = malloc(0);
   CHECK(p && q && r && p != r);
   KEEP(p);
   KEEP(q);
   free(r);
}

CASE use_strdup(void)
{
   KEEP(strdup("nineteen characters"));
}

CASE fail_malloc(void)
{
   errno = 0;
   CHECK(malloc(opaque_max) == NULL && errno == ENOMEM);
   errno = 0;
   CHECK(malloc(half) == NULL && errno == ENOMEM);
   CHECK(malloc(half + 1) == NULL);
   CHECK(malloc(quarter) == NULL);
}

CASE fail_calloc(void)
{
   CHECK(calloc(opaque_max / 2, 3) == NULL);
   CHECK(calloc(3, opaque_max / 2) == NULL);
   CHECK(calloc(1, quarter) == NULL);
}

CASE fail_realloc(void)
{
   char *p = malloc(60);
   memset(p, 9, 60);
   CHECK(realloc(p, half) == NULL);
   CHECK(realloc(p, quarter) == NULL);
   CHECK(is_filled((unsigned char *)p, 60, 9));
   KEEP(p);
}

CASE fail_aligned(void)
{
   void *p = NULL;
   CHECK(posix_memalign(&p, 64, half) == ENOMEM);
   CHECK(posix_memalign(&p, 64, quarter) == ENOMEM);
   CHECK(memalign(64, quarter) == NULL);
   CHECK(posix_memalign(&p, (size_t)1 << 30, 10) == ENOMEM); /* Valgrind's allocator cannot align so much */
   CHECK(aligned_alloc(64, quarter & ~(size_t)63) == NULL);
}

/* The compiler must not see what is done here. */
static void (*volatile free_it)(void *) = free;
static void *(*volatile realloc_it)(void *, size_t) = realloc;

CASE free_bogus(void)
{
   static char not_heap[64];
   char on_stack[64];
   char *p = malloc(64);
   free_it(not_heap);
   free_it(on_stack + 16);
   free_it(p + 16);
   free_it(p + 1);
   free_it((void *)(uintptr_t)16);
   free_it((void *)opaque_max);
   CHECK(realloc_it(not_heap, 10) == NULL);
   CHECK(realloc_it(p + 16, 10) == NULL);
   KEEP(p);
}

CASE free_twice(void)
{
   void *p = malloc(70);
   free_it(p);
   free_it(p);
   free_it(p);
}

int main(void)
{
   use_malloc();
   use_calloc();
   use_free();
   grow_in_place();
   grow_moving();
   shrink();
   realloc_null();
   realloc_to_zero();
   realloc_elsewhere();
   use_memalign();
   use_posix_memalign();
   use_aligned_alloc();
   use_valloc();
   use_pvalloc();
   use_reallocarray();
   use_usable_size();
   use_zero_sizes();
   use_strdup();
   fail_malloc();
   fail_calloc();
   fail_realloc();
   fail_aligned();
   free_bogus();
   free_twice();
   return status;
}
