/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile: everything a profile file says, in memory.
 *
 * Answers: which accounts, stacks, snapshots and counters does this file hold? The reader fills it transaction by transaction;
 * once profile_finish() has been called it is read-only and everybody looks at its fields directly.
 *
 * P1  what came after the last profile_commit() can be undone with profile_rollback().
 * P2  ids start at 1; element 0 of every table exists and means "none" (contexts: the root). Ids in the model are in range.
 * P3  memory is in proportion to the definitions plus at most LG_INTERVALS_MAX records per account, never to the number of
 *     lines.
 * Strings belong to the profile. The functions that add expect checked values; they fail (return 0) only when a table is full. */
#ifndef VIEW_PROFILE_H
#define VIEW_PROFILE_H

#include "census.h"
#include "domains.h"
#include "history.h"
#include "lg_analysis.h"

enum { PROFILE_COUNTERS_MAX = 256 };

typedef enum { END_RUNNING, END_EXIT, END_SIGNAL, END_EXEC } end_kind;
typedef enum { EVENT_MARK, EVENT_REQUEST, EVENT_BURST, EVENT_GROWTH, EVENT_SIGNAL, EVENT_EXIT } event_kind;

typedef struct {
   char *data;
   size_t used, cap;
} arena_chunk;

/* Memory that is only ever released as a whole. */
typedef struct {
   arena_chunk *chunks;
   size_t n, cap;
} arena;

typedef struct {
   uint32_t fn, object, file; /* ids of names */
   uint32_t line;             /* 0: unknown */
   uint8_t is_inlined;
} frame;

typedef struct {
   const uint32_t *frames; /* frame ids, innermost first */
   uint32_t n;
} stack;

typedef struct {
   const char *label;
   uint32_t parent; /* 0: child of the root */
   uint32_t depth;  /* the root has 0 */
} context;

typedef struct {
   history hist;
   uint32_t context, stack;
   uint32_t end_blk, peak_blk; /* see profile.c, "What an account held at the peak" */
   uint64_t end_B, peak_B;
   uint32_t peak_txn;
   uint32_t census; /* entry of profile.census; 0: no account of spans or tasks */
   uint8_t kind;    /* lg_account_kind */
} account;

/* One account over the whole run. */
typedef struct {
   uint64_t live_B, live_blk;   /* at the end of the recording */
   uint64_t end_B;              /* at the end of its last record */
   uint64_t held_B;             /* before teardown: at the end of what was judged, if anything was; the report knows */
   uint64_t total_B, total_blk; /* allocated in all */
   uint64_t peak_B,
      peak_time; /* its own maximum, and the end of the first interval that reached it; the report knows when */
   uint32_t peak_interval;
} account_summary;

/* A point of time with the program's totals. */
typedef struct {
   event_kind kind;
   uint64_t time, live_B, live_blk, allocs, frees, allocated_B, ticks, rss_B, mapped_B, tool_B;
   const char *name;
   int has_rows; /* `rows` says what each account held; false: only totals are known */
   bytes rows;   /* packed: account (signed difference), bytes, blocks */
} event;

/* The small things: copied as a whole so that a transaction can be undone. */
typedef struct {
   uint32_t max_shift; /* of all lines */
   uint64_t end_base;  /* base intervals up to the end of the last interval with a line */
   uint32_t totals_shift, n_totals;
   lg_total_rec totals[LG_INTERVALS_MAX];
   int has_peak;
   uint32_t peak_txn; /* transaction of the peak line */
   uint64_t peak_time, peak_B, peak_blk;
   int has_exit; /* exit began in base interval exit_base */
   uint64_t exit_time, exit_base;
   end_kind end;
   uint64_t end_time, end_code;
   uint32_t n_counters;
   struct {
      const char *name;
      uint64_t value;
   } counters[PROFILE_COUNTERS_MAX];
} profile_state;

/* A table of names (object files, source files, functions). */
typedef struct {
   const char **name;
   size_t n, cap, committed;
} name_table;

typedef struct {
   /* head */
   uint64_t pid, ppid, base, depth, heap_limit_B;
   uint64_t start; /* of the process, in clock ticks since boot; 0: not known. exec keeps it, as it keeps the pid */
   const char *tool_version, *valgrind_version, *desc;
   char unit; /* 'm' ms, 'B', 'i', 't' ticks */
   const char **args;
   size_t n_args, args_cap;

   /* definitions */
   name_table objects, files, fns;
   frame *frames;
   size_t n_frames, frames_cap, frames_committed;
   stack *stacks;
   size_t n_stacks, stacks_cap, stacks_committed;
   uint32_t n_stack_frames; /* at most LG_ALL_FRAMES_MAX */
   context *contexts;
   size_t n_contexts, contexts_cap, contexts_committed;
   account *accounts;
   size_t n_accounts, accounts_cap, accounts_committed;

   census census;
   domains domains;

   event *events;
   size_t n_events, events_cap, events_committed;
   profile_state now, before; /* before: as of the last commit, when the transaction changed it (state_saved) */
   int state_saved;
   uint32_t txn;    /* open or last transaction, counted from 1 through the whole file */
   bytes peak_rows; /* `q` lines of the open transaction: account, bytes, blocks */

   /* after profile_finish() */
   uint32_t shift, n_intervals, exit_interval; /* exit_interval: n_intervals - 1 when exit did not begin */
   lg_total *totals;                           /* [n_intervals], gaps filled */
   uint32_t *fn_group;                         /* [fns.n]: equal names have equal numbers, in order of names */
   const char **group_name;                    /* [number of groups]: those names */
   uint32_t *frame_group; /* [n_frames]: the same for what people see of a frame: function, place */

   history_state *scratch;
   lg_rec records[LG_INTERVALS_MAX]; /* of the account that the analysis asked for last */
   account_summary *sums;            /* [n_accounts] of source_init() */
   arena strings;
} profile;

profile *profile_new(void);
void profile_free(profile *p);

/* A permanent copy of a string. */
const char *profile_string(profile *p, const char *s, size_t n);

/* Definitions; the id is the next one of its table. */
int profile_add_name(name_table *t, const char *name);
int profile_add_frame(profile *p, const frame *f);
int profile_add_stack(profile *p, const uint32_t *frames, uint32_t n); /* copies */
int profile_add_context(profile *p, uint32_t parent, const char *label);
int profile_add_account(profile *p, lg_account_kind kind, uint32_t context, uint32_t stack);

/* Defines an id that was only reserved: a stack without frames, a heap account without a stack. Fails when it was more than that. Not
 * undone by profile_rollback(), which ends the reading: nothing refers to what it leaves. */
int profile_fill_stack(profile *p, uint32_t id, const uint32_t *frames, uint32_t n); /* copies */
int profile_fill_account(profile *p, uint32_t id, lg_account_kind kind, uint32_t context, uint32_t stack);

/* Transactions. Exactly one of commit and rollback follows begin. */
void profile_begin(profile *p);
void profile_commit(profile *p);
void profile_rollback(profile *p);

/* The state of the open transaction, to be changed. */
profile_state *profile_change(profile *p);

/* Intervals. note: a line speaks of this one. */
void profile_note_interval(profile *p, uint32_t shift, uint32_t index);
void profile_add_total(profile *p, uint32_t shift, uint32_t index, const lg_total *t);
int profile_add_record(profile *p, uint32_t account, uint32_t shift, const lg_rec *rec);
/* Adds to the deaths of an age. */
int profile_add_age(profile *p, uint32_t account, uint32_t bucket, int64_t count);
int profile_add_survivors(profile *p, uint32_t account, uint32_t shift, uint32_t index, int64_t blk, int64_t B);

/* Snapshots. */
int profile_add_peak_row(profile *p, uint32_t account, uint64_t B, uint64_t blk);
event *profile_add_event(profile *p); /* cleared, to be filled; valid until the next */
int profile_add_event_row(event *e, uint32_t *last_account, uint32_t account, uint64_t B, uint64_t blk);

/* Ends the filling. False when there is nothing to show: no interval was recorded. */
int profile_finish(profile *p);

#endif
