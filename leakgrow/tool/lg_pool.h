/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pool: blocks that the program announces by client requests.
 *
 * Answers: how do custom allocators that speak Valgrind's MALLOCLIKE and MEMPOOL requests enter the books? As heap: every
 * announced block is born and dies in an account of its own stack, beside the memory that the pool itself came from.
 *
 * P1  a pool's blocks die with the pool.
 * P2  requests for pools or blocks that do not exist are counted and change nothing. */
#ifndef LG_POOL_H
#define LG_POOL_H

#include "lg_heap.h"

void LG_(pool_init)(void);

/* Handles a MALLOCLIKE or MEMPOOL request. Returns False when it is none of these. `*result` is the request's value. */
Bool LG_(pool_request)(ThreadId tid, const UWord *arg, UWord *result);

/* heap_find() and heap_watch() for announced blocks: False when none has `a` inside, or begins at `start`. The first look-up builds an
 * ordered index of all announced blocks, which is kept from then on. */
Bool LG_(pool_find)(Addr a, LgHeapBlock *out);
Bool LG_(pool_watch)(Addr start);

/* For --stats=yes. */
void LG_(pool_stats)(ULong *n_pools, ULong *n_blocks);

#endif
