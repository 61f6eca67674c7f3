/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_block: the shadow of the heap: every live block by its address.
 *
 * Answers: is there a live block at this address, how large is it, which account owns it, when was it born? Addresses come from
 * Valgrind's client allocator, so they are multiples of 16 and at most one block begins in each granule of 16 bytes.
 *
 * B1  a block is in the table from its birth to its death, exactly once.
 * B2  a pointer to a block is valid until the next block_add() or block_remove().
 * B3  blocks do not overlap: an address is inside of one at most. */
#ifndef LG_BLOCK_H
#define LG_BLOCK_H

#include "lg_compat.h"

typedef struct {
   ULong szB : 48;       /* as the program asked for */
   ULong granule : 8;    /* where in its page it begins; the table's own */
   ULong is_used : 1;    /* the table's own */
   ULong is_watched : 1; /* see lg_watch.h */
   UInt account;         /* id; 0: ignored by --ignore-fn */
   UInt birth;           /* base interval */
} LgBlock;

/* Adds a block; there must be none at this address. */
void LG_(block_add)(Addr a, SizeT szB, UInt account, UInt birth);

/* The block that begins at `a`, or NULL. Any address may be asked for. */
LgBlock *LG_(block_find)(Addr a);

/* The block that has `a` inside of its szB bytes, or begins there, and where it begins; or NULL. Any address may be asked for. Takes
 * time in proportion to the pages between the begin of the block and `a`, by 64 at a time. */
LgBlock *LG_(block_find_interior)(Addr a, Addr *start);

/* Removes the block that begins at `a`, which must be there. */
void LG_(block_remove)(Addr a);

/* True when a block that began at `a` is among those freed last: tells a double free from a wild one. */
Bool LG_(block_was_freed)(Addr a);

/* Checks the table's invariants; asserts. Returns the number of blocks. */
ULong LG_(block_sanity)(void);
void LG_(block_stats)(ULong *n_blocks, ULong *bytes);

#endif
