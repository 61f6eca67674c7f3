/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_finding: one ranked statement about a program's memory, with its evidence in numbers. lg_word has the words.
 *
 * D1  a slope is known only when its axis exists: seconds when the unit is ms, ticks when ticks were sent in the window.
 * D2  rank_B orders findings of one class; classes are ordered: labels used against the rules whose open instances grow in number,
 *     spans and tasks that grow in number (tasks first), memory that grows, labels used against the rules, burst, step, undecided.
 * D3  findings of kinds census and discipline count instances: their trend, slopes and rank_B are of instances, change_blk is what
 *     was gained, judged_blk what was open at the end of what was judged; live_B is what these retain. */
#ifndef LG_FINDING_H
#define LG_FINDING_H

#include "lg_census.h"
#include "lg_lag.h"

typedef enum {
   LG_FINDING_GROWTH,
   LG_FINDING_BURST,
   LG_FINDING_STEP,
   LG_FINDING_CENSUS,     /* open spans or tasks become more and more */
   LG_FINDING_DISCIPLINE, /* spans of a label are entered and left against the rules */
   LG_FINDING_LAG,        /* a backlog grows */
   LG_FINDING_STALL       /* what waits is held up */
} lg_finding_kind;

typedef enum {
   LG_ABOUT_ACCOUNT,  /* one account: (stack, context) */
   LG_ABOUT_STACK,    /* one stack in several contexts */
   LG_ABOUT_FUNCTION, /* everything allocated under one function */
   LG_ABOUT_CONTEXT,  /* everything allocated in one context and the contexts inside it */
   LG_ABOUT_MAPPING,  /* mapped memory: one account, or all of it when n_accounts > 1 */
   LG_ABOUT_TOTAL,    /* the heap, when nothing smaller can be named */
   LG_ABOUT_LABEL,    /* all open instances of a span's or task's label */
   LG_ABOUT_DOMAIN    /* a reclamation domain */
} lg_about;

typedef struct {
   lg_finding_kind kind;
   lg_about about;
   lg_trend trend;      /* of the account, or of the sum; verdict and shape of the JSON report */
   uint32_t account;    /* the account itself, or the one that contributes most */
   uint32_t n_accounts; /* accounts summed; 1 for an account */
   uint32_t context;    /* what the accounts have in common: a context id, 0 is the root */
   uint32_t n_frames;   /* the stack of the finding: this many of the account's frames ... */
   uint32_t
      first_frame; /* ... beginning with this one. For a sum: the named function and the callers all accounts share */
   uint32_t
      n_outer; /* a sum: besides, all accounts share this many outermost functions; 0 when the above reach there */
   uint64_t live_B, live_blk;     /* at the end of the recording, teardown included */
   uint64_t judged_B, judged_blk; /* at the end of what was judged: before teardown */
   uint64_t change_B;             /* growth: retained bytes gained between from and to; burst, step: its size */
   uint64_t change_blk;
   uint64_t part_B;          /* burst, step: this account's part of change_B; the rest moved with it */
   uint64_t base_B;          /* burst, step: the level before */
   uint64_t begin, end;      /* in time units: the window of the slope; burst, step: the interval it happened in */
   uint64_t ticks;           /* ticks in the window */
   uint32_t rises, n_judged; /* intervals whose retained floor rose, of how many */
   uint64_t births, deaths;  /* blocks allocated and freed in the window: churn the growth hides under */
   uint32_t n_events;        /* burst, step: how many of the largest bursts, or steps, are this account's */
   uint32_t serial;          /* the analysis' own */
   int is_open;              /* burst: it had not come back when the recording ended */
   int is_cut_stack;         /* the stack has as many frames as --depth allows: its callers are unknown */
   int is_covered;           /* mapping: the heap grew by at least as much, these may be the same bytes */
   lg_slope per_s, per_tick, per_unit; /* growing, and undecided where growth was measured */
   lg_account_kind instances;          /* D3: SPAN or TASK; HEAP otherwise */
   uint32_t group, n_groups; /* D3: of lg_analysis.census: the one that contributes most, and how many of its label */
   uint64_t opened, oldest_age;       /* D3: as in lg_census_group, of all of them */
   uint64_t misuse[LG_N_DISCIPLINES]; /* D3: of all of them */
   uint64_t foreign;                  /* discipline: spans of other labels that became its children across tasks */
   uint32_t domain;                   /* lag, stall: 1 + the domain; 0 otherwise */
   uint32_t incident;                 /* 1 + the stall; lag: the one that blocks most; 0: none */
   uint32_t reader;                   /* lag: 1 + the reader that has been pinned for longest now; 0: none */
   int is_by_objects;                 /* lag: only the number of objects grows; slopes count thousandths of them */
   uint64_t idle_since;               /* lag, stall: time of the last advance; UINT64_MAX unknown */
   uint64_t rank_B;                   /* bytes gained over the whole judged run at this rate */
   uint64_t
      until_limit; /* time units until the heap reaches heap_limit_B at this rate alone; UINT64_MAX: not foreseeable */
   uint64_t until_double; /* time units until the heap has doubled at this rate alone; UINT64_MAX: not foreseeable */
} lg_finding;

/* The stack to be shown with a finding, innermost frame first; a stall's is where its reader entered. Returns its length; the frames
 * are borrowed from the source. */
uint32_t lg_finding_stack(const lg_source *src, const lg_finding *f, const uint32_t **frames);

/* The JSON words: "growth", "burst", "step", "census", "span-discipline", "lag", "stall". */
const char *lg_finding_kind_name(lg_finding_kind k);
/* "account", "stack", "function", "context", "mapping", "total", "label", "domain". */
const char *lg_about_name(lg_about a);

#endif
