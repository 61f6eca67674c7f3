/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_preload.h"

/* mimalloc's own API, beyond what it shares with malloc. Every function that hands out or takes memory must be here: a block
 * that came from the real mimalloc would be foreign to the replaced mi_free.
 *
 * Explicit heaps are in lg_mi_heap.c. Not followed: that plain mi_malloc takes its blocks from the heap that
 * mi_heap_set_default named; mi_heap_destroy does not free those.
 *
 * An offset (the *_at functions) that is not a multiple of the alignment cannot be served and fails like memory running out. */

extern char *getenv(const char *name);
extern char *realpath(const char *path, char *resolved); /* binds to its oldest version, which demands a buffer */

/* Helpers are inlined everywhere: they shall not be seen on stacks. */
#define HELPER static inline __attribute__((__always_inline__))

HELPER size_t bounded_length(const char *s, size_t limit)
{
   size_t n = 0;

   while (n < limit && s[n])
      n++;
   return n;
}

HELPER void *copy_string(const char *s, size_t n)
{
   char *p = vg_malloc(n + 1);

   if (p) {
      __builtin_memcpy(p, s, n);
      p[n] = 0;
   }
   return p;
}

HELPER size_t size_at(size_t n, size_t align, size_t offset)
{
   return lg_is_power_of_2(align) && offset % align == 0 ? n : LG_SIZE_TOO_LARGE;
}

HELPER void *alloc_aligned(size_t n, size_t align, int zero)
{
   return lg_is_power_of_2(align) ? lg_any_alloc(n, align, zero) : NULL;
}

HELPER void *alloc_at(size_t n, size_t align, size_t offset, int zero)
{
   const size_t size = size_at(n, align, offset);

   return size == LG_SIZE_TOO_LARGE ? vg_malloc(size) : lg_any_alloc(size, align, zero);
}

/* mi_realloc(p, 0) gives a block of 0 bytes where Valgrind's realloc gives NULL. */
HELPER void *realloc_at(void *p, size_t n, size_t align, size_t offset, int zero)
{
   const size_t size = size_at(n, align, offset);
   void *q;

   if (size == LG_SIZE_TOO_LARGE)
      return vg_malloc(size);
   if (n != 0 || !p)
      return lg_any_realloc(p, n, align, zero);
   q = lg_any_alloc(0, align, 0);
   if (q)
      vg_free(p);
   return q;
}

HELPER void *resize(void *p, size_t n, int zero)
{
   return realloc_at(p, n, 1, 0, zero);
}

HELPER void *resize_or_free(void *p, size_t n)
{
   void *q = resize(p, n, 0);

   if (!q && p)
      vg_free(p);
   return q;
}

/* operator new's failure is Valgrind's: it says so and ends the program. */
HELPER void *new_resize(void *p, size_t n)
{
   void *q = resize(p, n, 0);

   return q ? q : vg_new(LG_SIZE_TOO_LARGE);
}

HELPER void *duplicate(const char *s, size_t limit)
{
   return s ? copy_string(s, bounded_length(s, limit)) : NULL;
}

HELPER void *resolve(const char *path, char *resolved)
{
   enum { path_max = 4096 };
   char buffer[path_max];

   if (resolved)
      return realpath(path, resolved);
   return realpath(path, buffer) ? copy_string(buffer, bounded_length(buffer, path_max)) : NULL;
}

/* `FN(name, params, value)` defines lg_mi_<name>, and BOTH also lg_mi_heap_<name> with the heap before the
 * other parameters. */
#define FN(type, name, params, value) \
  type lg_mi_##name params;           \
  type lg_mi_##name params            \
  {                                   \
    return value;                     \
  }
#define ARGS(...) __VA_ARGS__
#define BOTH(name, params, value)   \
  FN(void *, name, (params), value) \
  FN(void *, heap_##name, (void *heap, params), note_heap(heap, value))

HELPER void *note_heap(void *heap, void *p)
{
   lg_mi_note_heap(heap, p);
   return p;
}

/* clang-format off */
FN(void *, heap_malloc, (void *heap, size_t n), note_heap(heap, vg_malloc(n)))
FN(void *, heap_calloc, (void *heap, size_t count, size_t n), note_heap(heap, vg_calloc(count, n)))
BOTH(zalloc, ARGS(size_t n), vg_calloc(1, n))
BOTH(mallocn, ARGS(size_t count, size_t n), vg_malloc(lg_size_product(count, n)))
BOTH(realloc, ARGS(void *p, size_t n), resize(p, n, 0))
BOTH(reallocn, ARGS(void *p, size_t count, size_t n), resize(p, lg_size_product(count, n), 0))
BOTH(reallocf, ARGS(void *p, size_t n), resize_or_free(p, n))
BOTH(rezalloc, ARGS(void *p, size_t n), resize(p, n, 1))
BOTH(recalloc, ARGS(void *p, size_t count, size_t n), resize(p, lg_size_product(count, n), 1))

BOTH(malloc_aligned, ARGS(size_t n, size_t align), alloc_aligned(n, align, 0))
BOTH(zalloc_aligned, ARGS(size_t n, size_t align), alloc_aligned(n, align, 1))
BOTH(calloc_aligned, ARGS(size_t count, size_t n, size_t align), alloc_aligned(lg_size_product(count, n), align, 1))
BOTH(malloc_aligned_at, ARGS(size_t n, size_t align, size_t offset), alloc_at(n, align, offset, 0))
BOTH(zalloc_aligned_at, ARGS(size_t n, size_t align, size_t offset), alloc_at(n, align, offset, 1))
BOTH(calloc_aligned_at, ARGS(size_t count, size_t n, size_t align, size_t offset),
     alloc_at(lg_size_product(count, n), align, offset, 1))
BOTH(realloc_aligned, ARGS(void *p, size_t n, size_t align), realloc_at(p, n, align, 0, 0))
BOTH(realloc_aligned_at, ARGS(void *p, size_t n, size_t align, size_t offset), realloc_at(p, n, align, offset, 0))
BOTH(rezalloc_aligned, ARGS(void *p, size_t n, size_t align), realloc_at(p, n, align, 0, 1))
BOTH(rezalloc_aligned_at, ARGS(void *p, size_t n, size_t align, size_t offset), realloc_at(p, n, align, offset, 1))
BOTH(recalloc_aligned, ARGS(void *p, size_t count, size_t n, size_t align),
     realloc_at(p, lg_size_product(count, n), align, 0, 1))
BOTH(recalloc_aligned_at, ARGS(void *p, size_t count, size_t n, size_t align, size_t offset),
     realloc_at(p, lg_size_product(count, n), align, offset, 1))

BOTH(strdup, ARGS(const char *s), duplicate(s, LG_SIZE_TOO_LARGE))
BOTH(strndup, ARGS(const char *s, size_t limit), duplicate(s, limit))
BOTH(realpath, ARGS(const char *path, char *resolved), resolve(path, resolved))

FN(void *, new_n, (size_t count, size_t n), vg_new(lg_size_product(count, n)))
FN(void *, heap_alloc_new, (void *heap, size_t n), note_heap(heap, vg_new(n)))
FN(void *, heap_alloc_new_n, (void *heap, size_t count, size_t n), note_heap(heap, vg_new(lg_size_product(count, n))))
FN(void *, new_realloc, (void *p, size_t n), new_resize(p, n))
FN(void *, new_reallocn, (void *p, size_t count, size_t n), new_resize(p, lg_size_product(count, n)))

FN(void *, expand, (void *p, size_t n), p && n <= vg_usable_size(p) ? p : NULL)
FN(char, is_ours, (void *p), p && vg_usable_size(p) != 0)
FN(char, heap_is_ours, (void *heap, void *p), heap && p && vg_usable_size(p) != 0)
/* clang-format on */

/* NetBSD's: the block's address is read and written through the first argument, which need not be aligned. */
int lg_mi_reallocarr(void *p, size_t count, size_t size);
int lg_mi_reallocarr(void *p, size_t count, size_t size)
{
   enum { no_memory = 12, bad_value = 22 };
   void *block;

   if (!p)
      return bad_value;
   __builtin_memcpy(&block, p, sizeof(block));
   block = resize(block, lg_size_product(count, size), 0);
   if (!block)
      return no_memory;
   __builtin_memcpy(p, &block, sizeof(block));
   return 0;
}

void *lg_mi_wcsdup(const unsigned short *s);
void *lg_mi_wcsdup(const unsigned short *s)
{
   size_t n = 0;
   void *p;

   if (!s)
      return NULL;
   while (s[n])
      n++;
   n = (n + 1) * sizeof(*s);
   p = vg_malloc(n);
   if (p)
      __builtin_memcpy(p, s, n);
   return p;
}

int lg_mi_dupenv_s(char **copy, size_t *size, const char *name);
int lg_mi_dupenv_s(char **copy, size_t *size, const char *name)
{
   enum { no_memory = 12, bad_value = 22 };
   const char *value;

   if (!copy || !name)
      return bad_value;
   if (size)
      *size = 0;
   *copy = NULL;
   value = getenv(name);
   if (!value)
      return 0;
   *copy = duplicate(value, LG_SIZE_TOO_LARGE);
   if (!*copy)
      return no_memory;
   if (size)
      *size = bounded_length(value, LG_SIZE_TOO_LARGE);
   return 0;
}
