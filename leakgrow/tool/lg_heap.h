/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_heap: malloc and its family, as the client calls them.
 *
 * Answers: what happens to the books when the client allocates, resizes or frees? The callbacks serve the request from Valgrind's
 * client heap and record it; a mistake of the client is counted and survived.
 *
 * H1  a realloc is a resize of the same block: it keeps its account (the stack and context of its birth) and its birth time, and
 *     counts in the totals as one more allocation of the new size and one free.
 * H2  whatever the client passes, nothing outside of the client's own heap is touched. */
#ifndef LG_HEAP_H
#define LG_HEAP_H

#include "lg_account.h"
#include "lg_stack.h"

/* Registers the callbacks; from pre_clo_init. */
void LG_(heap_init)(void);

/* A live block of malloc's, or an announced one (see lg_pool.h). */
typedef struct {
   Addr start;
   SizeT szB;
   UInt account, birth; /* account 0: ignored */
} LgHeapBlock;

/* The live block that has `a` inside, the innermost one where announced blocks lie in others. A block without bytes has its start inside.
 * False when there is none. Any address may be asked for. */
Bool LG_(heap_find)(Addr a, LgHeapBlock *out);

/* The end of the block that begins at `start`, whatever brings it, will be told to lg_watch. heap_find() gave the address, and nothing
 * happened since. */
void LG_(heap_watch)(Addr start);

/* The account of an allocation that this thread makes now, or NULL when it is to be ignored. */
LgAccount *LG_(heap_account)(ThreadId tid, lg_account_kind kind);

/* The account of a stack in a context, or NULL when the stack is to be ignored. */
LgAccount *LG_(heap_account_of)(LgRawStack *raw, lg_account_kind kind, UInt context);

/* realloc that gives an address which is a multiple of alignB, a power of two: request LEAKGROW_REQ_INTERNAL_REALIGN of the preload
 * object. NULL, and the block as it was, when memory is out or there is no block at p. */
void *LG_(heap_realign)(ThreadId tid, void *p, SizeT szB, SizeT alignB);

/* What the client asks of the callback `fn` with these arguments (at least 4 words), if it can be done without ado: a block of up to
 * 1 MiB, a known stack, no interval or snapshot that falls due, no mistake. False, and nothing happened, when not. Reads no symbols and
 * writes nothing. */
Bool LG_(heap_direct)(ThreadId tid, const LgRegs *regs, UWord fn, const UWord *args, UWord *result);

/* To be called before and after every change of the books, wherever it comes from: moves the clock and closes what is due; takes the
 * snapshots that the new level calls for. */
void LG_(heap_before_event)(SizeT szB);
void LG_(heap_after_growth)(ThreadId tid);

#endif
