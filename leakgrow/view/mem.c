/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined MADV_HUGEPAGE && defined __GLIBC__
#  include <malloc.h>
#endif

_Noreturn void mem_exhausted(size_t n)
{
   fprintf(stderr, "leakgrow: out of memory (%zu bytes wanted)\n", n);
   exit(EXIT_NO_MEMORY);
}

void *mem_alloc(size_t n)
{
   void *p = malloc(n != 0 ? n : 1);
   if (p == NULL)
      mem_exhausted(n);
   return p;
}

void *mem_zalloc(size_t n, size_t size)
{
   void *p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);
   if (p == NULL)
      mem_exhausted(n);
   return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
   if (size != 0 && n > SIZE_MAX / size)
      mem_exhausted(SIZE_MAX);
   size_t bytes = n * size;
   void *q = realloc(p, bytes != 0 ? bytes : 1);
   if (q == NULL)
      mem_exhausted(bytes);
   return q;
}

char *mem_string(const char *s, size_t n)
{
   char *copy = mem_alloc(n + 1);
   if (n != 0)
      memcpy(copy, s, n);
   copy[n] = '\0';
   return copy;
}

void *mem_grow(void *p, size_t *capacity, size_t need, size_t size)
{
   if (need <= *capacity)
      return p;
   size_t more = *capacity + *capacity / 2 + 8;
   if (more < need)
      more = need;
   p = mem_resize(p, more, size);
   *capacity = more;
   return p;
}

/* The heap that malloc() takes from the system grows at its end; each new part is asked for before it is used. */
void mem_use_large_pages(void)
{
#if defined MADV_HUGEPAGE && defined M_TOP_PAD
   enum { PAGE_B = 2 << 20, STEP_B = 32 << 20 };
   static char *done;
   char *end = sbrk(0);
   if (end == (void *)-1 || end <= done)
      return;
   if (done == NULL)
      mallopt(M_TOP_PAD, STEP_B);
   size_t over = (uintptr_t)end % PAGE_B;
   if (done != NULL && end - over > done)
      madvise(done, (size_t)(end - over - done), MADV_HUGEPAGE);
   done = end - over;
#endif
}
