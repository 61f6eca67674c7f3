/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program on an allocator of its own, a bump allocator under the prefix PREFIX: without leakgrow's help no tool sees its
 * blocks. With -DSHARED it is the allocator alone, without main; with -DCLIENT main alone. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifndef PREFIX
#  define PREFIX acme_
#endif
#define NAME(f) JOIN(PREFIX, f)

void *NAME(malloc)(size_t n);
void *NAME(calloc)(size_t count, size_t n);
void *NAME(realloc)(void *p, size_t n);
void NAME(free)(void *p);
int NAME(posix_memalign)(void **p, size_t align, size_t n);
size_t NAME(malloc_usable_size)(void *p);
char *NAME(strdup)(const char *s);
int NAME(mallocs)(void);
void *NAME(xmalloc_of)(int x);

#ifdef EXTENDED
void *NAME(mallocx)(size_t n, int flags);
void *NAME(rallocx)(void *p, size_t n, int flags);
void NAME(dallocx)(void *p, int flags);
void NAME(sdallocx)(void *p, size_t n, int flags);
#endif

#ifndef CLIENT
static int n_calls;

__attribute__((noinline)) void *NAME(malloc)(size_t n)
{
   size_t *p = mmap(NULL, n + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   n_calls++;
   if (p == MAP_FAILED)
      return NULL;
   p[510] = n;
   return p + 512;
}
__attribute__((noinline)) void NAME(free)(void *p)
{
   if (p)
      munmap((char *)p - 4096, ((size_t *)p)[-2] + 4096);
}
__attribute__((noinline)) size_t NAME(malloc_usable_size)(void *p)
{
   return ((size_t *)p)[-2];
}
__attribute__((noinline)) void *NAME(calloc)(size_t count, size_t n)
{
   return NAME(malloc)(count * n);
}
__attribute__((noinline)) void *NAME(realloc)(void *p, size_t n)
{
   void *q = NAME(malloc)(n);
   if (q && p)
      memcpy(q, p, n < ((size_t *)p)[-2] ? n : ((size_t *)p)[-2]);
   NAME(free)(p);
   return q;
}
__attribute__((noinline)) int NAME(posix_memalign)(void **p, size_t align, size_t n)
{
   return align > 4096 ? EINVAL : (*p = NAME(malloc)(n)) ? 0 : ENOMEM;
}
__attribute__((noinline)) char *NAME(strdup)(const char *s)
{
   char *p = NAME(malloc)(strlen(s) + 1);
   return p ? strcpy(p, s) : NULL;
}
#  ifdef EXTENDED
/* What makes a prefix jemalloc's, whatever it is. */
__attribute__((noinline)) void *NAME(mallocx)(size_t n, int flags)
{
   (void)flags;
   return NAME(malloc)(n);
}
__attribute__((noinline)) void *NAME(rallocx)(void *p, size_t n, int flags)
{
   (void)flags;
   return NAME(realloc)(p, n);
}
__attribute__((noinline)) void NAME(dallocx)(void *p, int flags)
{
   (void)flags;
   NAME(free)(p);
}
__attribute__((noinline)) void NAME(sdallocx)(void *p, size_t n, int flags)
{
   (void)n;
   (void)flags;
   NAME(free)(p);
}
#  endif
/* Names that only resemble an allocator's: they must be left alone. */
__attribute__((noinline)) int NAME(mallocs)(void)
{
   return n_calls;
}
__attribute__((noinline)) void *NAME(xmalloc_of)(int x)
{
   return (void *)(size_t)x;
}
#endif

#ifndef SHARED
static void *volatile keep[4];

__attribute__((noinline)) static void use_prefixed(void)
{
   char *p = NAME(malloc)(100);
   p = NAME(realloc)(p, 5000);
   keep[0] = p;
   keep[1] = NAME(calloc)(10, 30);
   NAME(free)(NAME(malloc)(50));
   keep[2] = NAME(strdup)("seventeen letters");
   void *q = NULL;
   if (NAME(posix_memalign)(&q, 256, 70) != 0 || (size_t)q % 256 != 0)
      __builtin_abort();
   keep[3] = q;
   if (NAME(malloc_usable_size)(q) < 70 || NAME(xmalloc_of)(3) != (void *)3)
      __builtin_abort();
}

#  ifdef EXTENDED
__attribute__((noinline)) static void use_extended(void)
{
   char *p = NAME(mallocx)(1000, 12 | 0x40); /* aligned to 4096, zeroed */
   if ((size_t)p % 4096 != 0 || p[999] != 0)
      __builtin_abort();
   p = NAME(rallocx)(p, 3000, 12);
   if ((size_t)p % 4096 != 0)
      __builtin_abort();
   NAME(sdallocx)(p, 3000, 12);
   NAME(dallocx)(NAME(mallocx)(10, 0), 0);
}
#  endif

/* The exit status is the number of calls that reached the real allocator. */
int main(void)
{
   use_prefixed();
#  ifdef EXTENDED
   use_extended();
#  endif
   return NAME(mallocs)();
}
#endif
