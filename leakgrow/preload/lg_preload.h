/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_preload: what the preload object is made of.
 *
 * Answers: how does our code inside the client reach the allocation functions that the tool serves? Valgrind's
 * libreplacemalloc_toolpreload is linked into the same object; its replacement of malloc is an ordinary function with a
 * Z-encoded name. Ours end in a call of one of those, a tail call wherever possible: then no frame of ours is on the stack
 * when the tool records it. Frames that remain belong to this object and are trimmed by the tool.
 *
 * P1  functions named lg_je_*, lg_mi_* and lg_any_* are targets of tool/lg_prefix_table.h: same arguments, same results and
 *     the same errno as the allocator's function they stand for.
 * P2  nothing here keeps state or calls into the allocator that is replaced.
 * Names that begin with vg_ are this header's short forms for Valgrind's replacements. */
#ifndef LG_PRELOAD_H
#define LG_PRELOAD_H

#include <stddef.h>

#include "pub_tool_basics.h"
#include "pub_tool_redir.h"

#include "leakgrow/leakgrow.h"

#if VG_WORDSIZE == 8
#  define LG_SIZE_MANGLED(before, after) before##m##after
#else
#  define LG_SIZE_MANGLED(before, after) before##j##after
#endif

#define LG_VG(tag, fn)      VG_REPLACE_FUNCTION_EZU(tag, VG_Z_LIBC_SONAME, fn)
#define vg_malloc           LG_VG(10010, malloc)
#define vg_calloc           LG_VG(10070, calloc)
#define vg_realloc          LG_VG(10090, realloc)
#define vg_free             LG_VG(10050, free)
#define vg_memalign         LG_VG(10110, memalign)
#define vg_usable_size      LG_VG(10180, malloc_usable_size)
#define LG_VG_NEW_(tag, fn) LG_VG(tag, fn)
#define vg_new              LG_VG_NEW_(10030, LG_SIZE_MANGLED(_Znw, ))

extern void *vg_malloc(size_t n);
extern void *vg_calloc(size_t count, size_t size);
extern void *vg_realloc(void *p, size_t n);
extern void vg_free(void *p);
extern void *vg_memalign(size_t align, size_t n); /* rounds align up to a power of 2 that it can serve */
extern size_t vg_usable_size(void *p);            /* the size that was asked for; 0 for NULL */
extern void *vg_new(size_t n);                    /* ends the program when memory is out, as Valgrind's always does */

/* What plain malloc guarantees. More is asked from memalign. */
enum { LG_PLAIN_ALIGN = 2 * sizeof(void *) };

/* A size that no allocation can have: asking for it sets errno and counts as a failed allocation, like an overflow must. */
#define LG_SIZE_TOO_LARGE ((size_t)-1)

/* count * size, or LG_SIZE_TOO_LARGE. */
static inline size_t lg_size_product(size_t count, size_t size)
{
   size_t n;

   return __builtin_mul_overflow(count, size, &n) ? LG_SIZE_TOO_LARGE : n;
}

static inline int lg_is_power_of_2(size_t n)
{
   return n != 0 && (n & (n - 1)) == 0;
}

/* Aligned allocation; align is a power of 2. NULL and errno ENOMEM when memory is out. */
void *lg_any_alloc(size_t n, size_t align, int zero);

/* Tells the tool that the block p (NULL allowed) is from this explicit heap of mimalloc. */
void lg_mi_note_heap(void *heap, void *p);

/* realloc that keeps an alignment, and with `zero` clears what lies beyond the old size. The block stays in its account. */
void *lg_any_realloc(void *p, size_t n, size_t align, int zero);

#endif
