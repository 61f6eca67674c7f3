/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pending: an object on its way from retire to free.
 *
 * Answers: what does it hold, in which phase is it, and how long did it take? Events that change it come from lg_domain, and from
 * lg_watch (LG_(domain_block_freed)): the end of a block that was retired is the end of its object.
 *
 * J1  at every moment an object is in one phase; the lengths of its phases add up to its lag. */
#ifndef LG_PENDING_H
#define LG_PENDING_H

#include "lg_domain_state.h"
#include "lg_heap.h"

/* True when another object would take more than its part of --max-tool-memory. */
Bool LG_(pending_is_full)(void);
/* Enters an object that is not pending, with what it owns. */
void LG_(pending_add)(LgDomain *d, ThreadId tid, const LgRetire *r);
/* A block of the library's own waits until it is freed, without being an object. */
void LG_(pending_add_garbage)(LgDomain *d, const LgHeapBlock *b);
/* If it is in a stash it is queued now. */
void LG_(pending_queue)(LgDomain *d, UInt node);
/* Its destructor begins, at progress_us. Not for one whose destructor began before. */
void LG_(pending_reclaim)(LgDomain *d, UInt node);
/* When a queued object became old enough to be reclaimed; 0: it is not. */
ULong LG_(pending_ripe_us)(const LgDomain *d, const LgNode *n);
/* It is gone: takes it out of the books and of everything else. */
void LG_(pending_end)(LgDomain *d, UInt node);

#endif
