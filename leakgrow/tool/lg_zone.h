/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_zone: which blocks belong to an explicit heap of the program's allocator (mi_heap_new).
 *
 * Answers: the program destroys a heap; which of its blocks are still there? The preload object names a zone for each block
 * that it takes from an explicit heap and frees them all, one after the other, when the heap is destroyed.
 *
 * Z1  a block is in one zone at most; it leaves it when it is freed, by whatever function, and keeps it when it is resized.
 * Z2  zones are numbers of the client; nothing is read or written through them. */
#ifndef LG_ZONE_H
#define LG_ZONE_H

#include "lg_compat.h"

/* Blocks that are in a zone: 0 in programs without explicit heaps, which then need none of the following. */
extern ULong LG_(zone_n_blocks);

/* A block was freed, or moved. Blocks that are in no zone are allowed. */
void LG_(zone_block_freed)(Addr block);
void LG_(zone_block_moved)(Addr from, Addr to);

/* Handles LEAKGROW_REQ_INTERNAL_ZONE_*. Returns False when it is none of these. `*result` is the request's value. */
Bool LG_(zone_request)(const UWord *arg, UWord *result);

#endif
