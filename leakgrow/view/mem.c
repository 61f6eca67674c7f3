/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
