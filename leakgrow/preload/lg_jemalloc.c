/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_preload.h"

/* jemalloc's extended API. Flags: the low six bits are the logarithm of the alignment, 0x40 asks for zeroed memory; the rest
 * chooses thread caches and arenas, which mean nothing here. */

static size_t flags_align(int flags)
{
   const unsigned log2_align = (unsigned)flags & 63;

   return log2_align < 8 * sizeof(size_t) ? (size_t)1 << log2_align : LG_SIZE_TOO_LARGE;
}

static int flags_zero(int flags)
{
   return (flags & 0x40) != 0;
}

void *lg_je_mallocx(size_t n, int flags);
void *lg_je_mallocx(size_t n, int flags)
{
   const size_t align = flags_align(flags);

   return lg_any_alloc(align == LG_SIZE_TOO_LARGE ? align : n, align == LG_SIZE_TOO_LARGE ? 1 : align,
                       flags_zero(flags));
}

void *lg_je_rallocx(void *p, size_t n, int flags);
void *lg_je_rallocx(void *p, size_t n, int flags)
{
   const size_t align = flags_align(flags);

   return align == LG_SIZE_TOO_LARGE ? vg_malloc(align) : lg_any_realloc(p, n, align, flags_zero(flags));
}

/* Never moves and never grows: says how large the block is, from which the caller sees whether that is enough. */
size_t lg_je_xallocx(void *p, size_t n, size_t extra, int flags);
size_t lg_je_xallocx(void *p, size_t n, size_t extra, int flags)
{
   (void)n;
   (void)extra;
   (void)flags;
   return vg_usable_size(p);
}
