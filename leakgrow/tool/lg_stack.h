/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_stack: the call stacks of allocations.
 *
 * Answers: which stack is this thread on, after leaving out the allocator's own frames? A raw stack is what the unwinder
 * gave; many raw stacks may lead to one stack. Trimming happens once per raw stack, never per allocation.
 *
 * K1  a stack's id, addresses and frames never change once its frames were asked for, until it is evicted.
 * K2  stacks whose code is unmapped keep their frames, and the raw stacks that led to them are forgotten. Code of the same names that is
 *     mapped later leads to the same stacks again.
 * K3  an evicted stack has one frame, "(other)"; if its addresses are seen again they make a new stack. */
#ifndef LG_STACK_H
#define LG_STACK_H

#include "lg_format.h"
#include "lg_raw.h"
#include "lg_unwind.h"

#include "pub_tool_xarray.h"

void LG_(stack_init)(void);

/* The raw stack of a thread that is in client code or in a request from there; valid until the next is
 * captured, stack_forget() or stack_evict(). */
LgRawStack *LG_(stack_capture)(ThreadId tid);
/* The same if it is known already, or NULL; reads no symbols. `regs` as for unwind_trace(). Where unwind_is_available(). */
LgRawStack *LG_(stack_capture_known)(ThreadId tid, const LgRegs *regs);
/* The same as stack_capture() for a thread that may be in a system call. */
LgRawStack *LG_(stack_capture_anywhere)(ThreadId tid);

/* Frame ids of a stack, innermost first, 1 .. LG_FRAMES_MAX of them; none for stack 0. Returns their number. */
UInt LG_(stack_frames)(UInt stack, UInt frames[LG_FRAMES_MAX]);

/* Addresses of a stack, innermost first; 0 of them when its code was unmapped. */
UInt LG_(stack_ips)(UInt stack, Addr ips[LG_UNWIND_MAX]);

UInt LG_(stack_count)(void);

/* Code in [a, a + len) is about to be unmapped. */
void LG_(stack_forget)(Addr a, SizeT len);

/* The stack that stands for those that are not kept: one frame, "(other)". */
UInt LG_(stack_other)(void);
/* Frees what is kept of stacks with is_evicted[id] (an element per id up to stack_count()), and makes all raw stacks forget their
 * accounts (K3). */
void LG_(stack_evict)(const UChar *is_evicted);
/* From now on stacks that are not known yet are not made: their allocations belong to stack_other(). Or again as usual. */
void LG_(stack_refuse_new)(Bool refuse);
Bool LG_(stack_is_evicted)(UInt stack);
/* Ids (UInt) of evicted stacks that were given to new ones since stack_forget_reused(). */
const XArray *LG_(stack_reused)(void);
void LG_(stack_forget_reused)(void);
/* How many addresses are kept of a stack, 0 when it was evicted. */
UInt LG_(stack_kept)(UInt stack);

/* For --stats=yes. */
void LG_(stack_stats)(ULong *n_raw, ULong *bytes);
/* Different parts of stacks, and nodes of the trie that they make. */
void LG_(stack_shape)(ULong *n_parts, ULong *n_nodes);

#endif
