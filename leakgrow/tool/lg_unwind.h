/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_unwind: exact stack traces for a fraction of what Valgrind's unwinder takes.
 *
 * Answers: which instruction addresses are on this thread's stack now, and is that the trace of last time? The frames of the last
 * trace are kept per thread. A new trace unwinds inner frames only until it meets one that is kept; the frames outside of it
 * are verified by reading again the words that unwinding them read, and unwound again from the first one that differs.
 *
 * U1  a trace is what VG_(get_StackTrace) gives, up to and including the first frame of main or of what calls main.
 * U2  no memory is read that VG_(get_StackTrace) would not read. */
#ifndef LG_UNWIND_H
#define LG_UNWIND_H

#include "lg_rule.h"

enum { LG_UNWIND_MAX = 512 };

typedef struct {
   const Addr *ips; /* innermost first; borrowed until the next trace */
   UInt n;          /* >= 1 */
   ULong hash;      /* unwind_hash(ips, n) */
   void **memo; /* a word of the caller's for this trace: what it put there, or NULL when the trace is another one */
} LgTrace;

/* True when traces can be had here; otherwise nothing else may be called. */
Bool LG_(unwind_is_available)(void);

/* The innermost `max` frames (1 .. LG_UNWIND_MAX) of a thread that is in client code or in a request from there, not in a system
 * call. `regs`: its registers, or NULL where Valgrind has them. */
void LG_(unwind_trace)(ThreadId tid, const LgRegs *regs, UInt max, LgTrace *trace);

/* Hash of a trace: innermost first. */
ULong LG_(unwind_hash)(const Addr *ips, UInt n);

/* Client code starts to run: system calls or requests may have moved the limits of stacks. */
void LG_(unwind_new_limits)(void);

/* Clears all memos: what they name is gone. */
void LG_(unwind_forget_memos)(void);

/* Compares a trace with VG_(get_StackTrace), counts, and tells of the first differences. */
void LG_(unwind_check)(ThreadId tid, UInt max, const LgTrace *trace);

typedef struct {
   ULong n_traces, n_same;                 /* all; with memo kept */
   ULong n_stepped, n_verified, n_by_core; /* frames */
   ULong n_checked, n_different;           /* traces */
} LgUnwindStats;

void LG_(unwind_stats)(LgUnwindStats *stats);

#endif
