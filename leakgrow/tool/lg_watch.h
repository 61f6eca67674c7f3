/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_watch: who wants to know that a block is gone.
 *
 * Answers: a watched block is freed, moves, or dies with its pool; what else ends with it? A block is watched by a bit that stands where
 * its size stands (LG_(heap_watch)), so that blocks nobody watches cost a bit test.
 *
 * W1  each watched block is told of once; the address may be another block's right after.
 * W2  nothing that is called from here reads symbols, writes files or speaks: the block may be freed by lg_direct. */
#ifndef LG_WATCH_H
#define LG_WATCH_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

/* The block was freed, or died with its pool. Its memory is still there. */
void LG_(watch_block_freed)(ThreadId tid, Addr start, SizeT szB);

/* realloc moved the block away from `from`: for whoever watched that address it is gone. The new place is not watched. */
void LG_(watch_block_moved)(ThreadId tid, Addr from, SizeT szB);

/* Blocks told of so far. */
ULong LG_(watch_count)(void);

#endif
