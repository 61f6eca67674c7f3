/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_snapshot: when the state of the books is written down.
 *
 * Answers: is it time? Intervals end by the clock; snapshots are events between two ends: a mark, a request, growth or a burst, a
 * fatal signal. Both are on disk before client code goes on.
 *
 * T1  the interval in progress is closed exactly once, when its time is over, when exit begins or when the run ends.
 * T2  at most LG_EVENTS_DETAILED_MAX events keep what every account held, at most LG_EVENTS_MAX are kept at all; the first, the last and
 *     the largest survive thinning, marks and bursts go after all others, and what was dropped is counted. */
#ifndef LG_SNAPSHOT_H
#define LG_SNAPSHOT_H

#include "lg_compat.h"

#include "lg_total.h"

enum { LG_EVENTS_MAX = 1000, LG_EVENTS_DETAILED_MAX = 64 };

typedef enum {
   LG_EVENT_MARK,
   LG_EVENT_REQUEST,
   LG_EVENT_BURST,
   LG_EVENT_GROWTH,
   LG_EVENT_SIGNAL,
   LG_EVENT_EXIT
} LgEventKind;

typedef struct {
   UInt account, blk;
   ULong B;
} LgEventRow;

typedef struct {
   LgEventKind kind;
   lg_total t;
   HChar *name; /* owned, "" for none */
   UInt n_rows;
   LgEventRow *rows; /* owned; what every account that held something held; NULL: totals only */
} LgEvent;

/* Heap level (bytes) at which snapshot_level_reached() wants to be called. */
extern ULong LG_(snapshot_level_B);

/* From post_clo_init, after clock, accounts and writer. */
void LG_(snapshot_init)(void);

/* The clock says that the interval in progress is over: closes it, writes it and begins the one that contains now. */
void LG_(snapshot_next_interval)(void);
/* The heap has reached LG_(snapshot_level_B). */
void LG_(snapshot_level_reached)(ThreadId tid);
/* Takes a snapshot now. The name is copied. */
void LG_(snapshot_event)(LgEventKind kind, const HChar *name);
/* Writes what the interval in progress has so far, without closing it. */
void LG_(snapshot_flush)(void);
/* The program called exit or main returned: ends all series, because what follows is teardown. Later calls do nothing. */
void LG_(snapshot_exit_begins)(void);
/* The program is about to be replaced by another one: writes everything, and that it was so. */
void LG_(snapshot_exec)(void);
/* The run is over. `code` is the exit status, or the number of the fatal signal (0: unknown). */
void LG_(snapshot_end)(Bool by_signal, Int code);
/* We are the child of a fork: goes on with the inherited books, in a file of its own. */
void LG_(snapshot_forked)(void);

/* For lg_bound: memory of what events list; drops details until it is at most so much (T2); adds up the rows of merged accounts. */
ULong LG_(snapshot_rows_B)(void);
void LG_(snapshot_thin_rows)(ULong max_B);
void LG_(snapshot_merge_rows)(void);

/* What was recorded, for writer and report. */
UInt LG_(snapshot_totals)(const lg_total_rec **recs);
UInt LG_(snapshot_events)(const LgEvent **events);
/* The interval in which exit began, or -1. Halves with the clock. */
Long LG_(snapshot_exit_index)(void);
ULong LG_(snapshot_exit_time)(void);

const HChar *LG_(event_kind_name)(LgEventKind kind);

#endif
