/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_preload.h"

/* The functions that several allocators have in common beyond Valgrind's own replacements. */

void *lg_any_alloc(size_t n, size_t align, int zero)
{
   void *p;

   if (align <= LG_PLAIN_ALIGN)
      return zero ? vg_calloc(1, n) : vg_malloc(n);
   if (!zero)
      return vg_memalign(align, n);
   p = vg_memalign(align, n);
   if (p)
      __builtin_memset(p, 0, n);
   return p;
}

/* For tools that do not know our request: a new block, which then belongs to another stack. */
static void *move_aligned(void *p, size_t n, size_t align)
{
   size_t old_n = vg_usable_size(p);
   void *q = vg_memalign(align, n);

   if (q) {
      __builtin_memcpy(q, p, old_n < n ? old_n : n);
      vg_free(p);
   }
   return q;
}

void *lg_any_realloc(void *p, size_t n, size_t align, int zero)
{
   size_t old_n;
   void *q;

   if (!p)
      return lg_any_alloc(n, align, zero);
   if (align <= LG_PLAIN_ALIGN && !zero)
      return vg_realloc(p, n);
   old_n = vg_usable_size(p);
   if (align <= LG_PLAIN_ALIGN) {
      q = vg_realloc(p, n);
   } else {
      const size_t unknown = 1; /* no block is there */
      q = (void *)VALGRIND_DO_CLIENT_REQUEST_EXPR(unknown, LEAKGROW_REQ_INTERNAL_REALIGN, p, n, align, 0, 0);
      if (q == (void *)unknown)
         q = move_aligned(p, n, align);
   }
   if (q && zero && n > old_n)
      __builtin_memset((char *)q + old_n, 0, n - old_n);
   return q;
}

static size_t page_size(void)
{
   extern int getpagesize(void);
   const int n = getpagesize();

   return n > 0 ? (size_t)n : 4096;
}

void *lg_any_pvalloc(size_t n);
void *lg_any_pvalloc(size_t n)
{
   const size_t page = page_size();

   n = n > LG_SIZE_TOO_LARGE - page ? LG_SIZE_TOO_LARGE : (n + page - 1) & ~(page - 1);
   return vg_memalign(page, n ? n : page);
}

/* Valgrind 3.19 ends the program at the C library's pvalloc ("not intercepted"); same class of functions as Valgrind's, a
 * higher priority. */
void *VG_REPLACE_FUNCTION_EZU(10191, VG_Z_LIBC_SONAME, pvalloc)(size_t n);
void *VG_REPLACE_FUNCTION_EZU(10191, VG_Z_LIBC_SONAME, pvalloc)(size_t n)
{
   return lg_any_pvalloc(n);
}

void *lg_any_reallocarray(void *p, size_t count, size_t size);
void *lg_any_reallocarray(void *p, size_t count, size_t size)
{
   const size_t n = lg_size_product(count, size);

   return n == LG_SIZE_TOO_LARGE ? vg_malloc(n) : vg_realloc(p, n);
}

/* nallocx, malloc_good_size and their like: a program may use all that such a function promises, so it must promise no more
 * than our blocks have. */
size_t lg_any_good_size(size_t n);
size_t lg_any_good_size(size_t n)
{
   return n;
}

/* For statically linked programs, whose own may be chosen at run time: they are in the place of the C library's there. The volatile
 * keeps the compiler from making calls of themselves out of the loops. */
void *lg_any_memset(void *p, int byte, size_t n);
void *lg_any_memset(void *p, int byte, size_t n)
{
   volatile char *to = p;

   while (n-- > 0)
      *to++ = (char)byte;
   return p;
}

void *lg_any_memcpy(void *p, const void *q, size_t n);
void *lg_any_memcpy(void *p, const void *q, size_t n)
{
   volatile char *to = p;
   const char *from = q;

   while (n-- > 0)
      *to++ = *from++;
   return p;
}
