/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_nest: what each thread has entered and not left.
 *
 * Answers: in what is this thread now, from the inside out? Entries are spans (by instance), begun spans (that are nothing but their entry),
 * calls and running tasks. A nest knows positions and contexts; what entering and leaving mean is lg_instance's and lg_task's.
 *
 *      position   1      2      3        4      5        what is removed from the middle leaves a gap; gaps are squeezed out when
 *                [task][span][  gap  ][begun][call]      there are more of them than entries. Positions of spans and tasks are
 *                  ^-------- task ----- task ---'        noted in their instances (see lg_opened).
 *
 * G1  LG_(thread_contexts)[tid] is the context of the innermost entry, or the thread's own one.
 * G2  a position is valid until the next nest_push() or nest_remove() on its thread.
 * G3  all nests together have at most LG_NEST_MAX entries; what is entered beyond that is counted and otherwise ignored. */
#ifndef LG_NEST_H
#define LG_NEST_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

enum { LG_NEST_MAX = 1 << 22 };

typedef enum { LG_NEST_GAP, LG_NEST_SPAN, LG_NEST_BEGUN, LG_NEST_CALL, LG_NEST_TASK } LgNestKind;

typedef struct {
   UInt instance; /* SPAN, TASK; see lg_opened */
   UInt serial;   /* of the instance: when it has another one, the entry is of no one */
   UInt account;  /* 0: ignored */
   UInt birth;    /* BEGUN, CALL: base interval */
   UInt context;
   UInt label; /* BEGUN, CALL */
   UInt depth; /* entries from here outwards, up to the task, that have this context */
   UInt task;  /* position of the innermost TASK here or outside; 0: none */
   UInt lazy;  /* the same for entries with sp */
   UShort tid; /* the thread that entered it */
   UChar kind;
   Bool is_told; /* it was left entered by its task, and that is counted */
   Addr sp;      /* not 0: ends when the stack pointer is above this, but not beyond sp_max, */
   Addr sp_max;  /* or when another address than return_to stands there: the frame below has made another call */
   Addr return_to;
} LgNestEntry;

void LG_(nest_init)(void);

/* Enters; the nest fills in depth, task, lazy, sp_max and return_to. The position, or 0 when there is no room. */
UInt LG_(nest_push)(ThreadId tid, const LgNestEntry *e);
void LG_(nest_remove)(ThreadId tid, UInt position);

/* Position of the innermost entry, of the next one outwards; 0 when there is none. Entries of instances that are closed are removed on
 * the way: until then they may be what G1 speaks of. */
UInt LG_(nest_top)(ThreadId tid);
UInt LG_(nest_below)(ThreadId tid, UInt position);
LgNestEntry *LG_(nest_at)(ThreadId tid, UInt position);

/* Position of the innermost task, of the innermost entry that ends by itself and whose time has come; 0 when there is none. */
UInt LG_(nest_task)(ThreadId tid);
UInt LG_(nest_ended)(ThreadId tid);

/* The thread's own context. */
void LG_(nest_set_base)(ThreadId tid, UInt context);
UInt LG_(nest_base)(ThreadId tid);

/* The span that was left entered on the thread most recently, when its task was suspended: 0 when none is known. */
void LG_(nest_note_left)(ThreadId tid, UInt instance, UInt serial);
UInt LG_(nest_left)(ThreadId tid, UInt *serial);

/* For --stats=yes: entries now, memory, enters that found no room. */
void LG_(nest_stats)(ULong *n_entries, ULong *bytes, ULong *n_refused);
/* Checks G1 and the nests' own counts; asserts. Returns how many instances there are that are nothing but their entry and have an
 * account. */
ULong LG_(nest_sanity)(void);

#endif
