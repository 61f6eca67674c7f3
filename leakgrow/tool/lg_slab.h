/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_slab: the client's small blocks, and what is known of them.
 *
 * Answers: where does a small block go, and which live block begins at this address? Blocks of one size class share spans of
 * 64 KiB of client memory; what is known of them stands in a table beside each span, out of the client's reach, so that neither a
 * header nor a search is needed. The memory lies where no small integer points.
 *
 * S1  a slot is live from slab_alloc() to slab_free(); an address that is not the begin of a live slot is never found.
 * S2  a pointer to a slot is valid until the slot is freed.
 * S3  the pages of empty spans go back to the system, but for a few that are kept for the next rise. */
#ifndef LG_SLAB_H
#define LG_SLAB_H

#include "config.h"

#include "lg_compat.h"

#if LG_VG_INTERNALS && defined(VGP_amd64_linux)
#  define LG_HAVE_SLAB 1
#else
#  define LG_HAVE_SLAB 0
#endif

enum { LG_SLAB_MAX_B = 4096 };

typedef struct {
   UInt
      state; /* live: LG_SLOT_LIVE | LG_SLOT_WATCHED or not | size as the program asked for; free: the next free slot */
   UInt account; /* id; 0: ignored by --ignore-fn */
   UInt birth;   /* base interval */
} LgSlot;

#define LG_SLOT_LIVE    0x80000000u
#define LG_SLOT_WATCHED 0x40000000u /* see lg_watch.h */

static inline SizeT LG_(slot_szB)(const LgSlot *s)
{
   return s->state & ~(LG_SLOT_LIVE | LG_SLOT_WATCHED);
}

/* Of a live slot. */
static inline void LG_(slot_set_szB)(LgSlot *s, SizeT szB)
{
   s->state = (s->state & (LG_SLOT_LIVE | LG_SLOT_WATCHED)) | (UInt)szB;
}

/* Before this, and on other platforms, slab_alloc() gives nothing. */
void LG_(slab_init)(void);

/* A block of szB bytes at a multiple of alignB (a power of two). NULL when it is not for slabs (szB or alignB > LG_SLAB_MAX_B) or there
 * is no memory. account and birth are for the caller to fill in. */
void *LG_(slab_alloc)(SizeT szB, SizeT alignB, LgSlot **slot);

/* The slot of the live block that begins at `a`, or NULL. Any address may be asked for. */
LgSlot *LG_(slab_find)(Addr a);

/* The slot of the live block that has `a` inside of the bytes the program asked for, or begins there, and where it begins; or NULL. Any
 * address may be asked for. */
LgSlot *LG_(slab_find_interior)(Addr a, Addr *start);

/* Frees the block that begins at `a`, which must be live. */
void LG_(slab_free)(Addr a);

/* How many bytes the live block that begins at `a` could have without moving. */
SizeT LG_(slab_capacity)(Addr a);

/* True when a block once began at `a`: with none there now, freeing it would be a double free. */
Bool LG_(slab_was_block)(Addr a);

/* Checks S1; asserts. Returns the number of live blocks. */
ULong LG_(slab_sanity)(void);

typedef struct {
   ULong n_live, n_spans, n_empty; /* blocks; spans with memory; of these, without a block */
   ULong client_B, table_B;        /* spans; what we keep about them */
   ULong n_returned;               /* spans whose pages went back to the system, ever */
   ULong peak_live, peak_table_B;  /* n_live when the last span was added to the most there were, and table_B then */
} LgSlabStats;

void LG_(slab_stats)(LgSlabStats *out);

#endif
