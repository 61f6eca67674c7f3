/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_work: what the parts of an analysis share while it runs. Internal to lg_analysis, lg_group, lg_event, lg_finding, lg_lag, lg_order.
 *
 * K1  everything lives in the caller's memory, in pieces that lg_work_get() gets when their sizes are known.
 * K2  results[a].finding is 0, or while the analysis runs LG_IN_GROUP + the serial of the finding that explains account a. */
#ifndef LG_WORK_H
#define LG_WORK_H

#include "lg_analysis.h"
#include "lg_steps.h"

enum {
   LG_EVENTS_MAX = 4,  /* bursts, and steps, reported: the largest */
   LG_JUDGED_MIN = 16, /* intervals below which the run is too short for any verdict */
   LG_PROFILE_PARTS = 8,
   LG_CONTEXT_LEVELS = 256 /* deeper contexts are not followed: docs/FORMAT.md section 7 */
};

#define LG_IN_GROUP 0x80000000u

/* A heap account whose floors moved: others have no part in sums. With a coarse picture of it, which is enough to see that a sum hardly grew
 * without reading its accounts again. */
typedef struct {
   int64_t mean_B[LG_PROFILE_PARTS]; /* mean floor in each eighth of what was judged */
   uint32_t account;
} lg_mover;

/* Something sudden in the heap's totals, and the account that had most to do with it. */
typedef struct {
   int is_burst, is_open;
   uint32_t first, peak, last; /* intervals above the usual level; a step: the interval that rose */
   uint64_t base_B, change_B;
   uint32_t account; /* UINT32_MAX: none yet */
   uint64_t part_B;  /* its share */
} lg_event;

/* What an account of spans or tasks is sorted by. Names are the source's. */
typedef struct {
   lg_account_kind kind;
   uint32_t account, context, n_frames, line;
   const uint32_t *frames;
   const char *label, *file;
} lg_census_row;

typedef struct lg_work {
   const lg_source *src; /* &trimmed, once it is made */
   const lg_memory *memory;
   lg_source trimmed; /* the caller's, from interval `first` on */
   uint32_t first;
   uint64_t start_time; /* when it began */
   lg_params params;
   lg_analysis *out;
   uint32_t n_judged; /* intervals that are judged; dense data is cut to n_judged + 1 */
   uint32_t n_judged_of
      [LG_N_ACCOUNT_KINDS]; /* by lg_account_kind: what n_judged is while accounts of that kind are looked at */
   uint64_t floor_B;        /* growth below is not a finding */
   uint64_t run_time;       /* of what was judged */
   const uint64_t *ticks;   /* NULL: none were sent */
   const uint64_t *alloc_B;
   lg_event events[2 * LG_EVENTS_MAX];
   uint32_t n_events;
   uint32_t n_serials; /* serial of the next growing finding */

   lg_account_result *results; /* [n_accounts] */
   lg_mover *movers;           /* [n_movers], room for n_accounts; in order of account */
   uint32_t *members;          /* [n_accounts] scratch: accounts of the set that is judged */
   lg_finding *findings;       /* sorted at all times */
   uint32_t *numbers;          /* [n_serials] 1 + index of the finding, 0: it was left out */
   uint32_t findings_size;
   uint32_t n_movers, n_of_kind[LG_N_ACCOUNT_KINDS];
   lg_dense *one, *sum; /* scratch */
   lg_dense *heap;      /* the sum of all heap accounts, as lg_group forms sums, if src->sparse tells of records */
   int is_heap_cut;     /* it passed LG_VALUE_MAX */
   lg_steps *steps;     /* scratch */
   uint64_t *ticks_mem, *alloc_mem;
   uint64_t *sorted; /* [LG_INTERVALS_MAX] scratch */

   /* lg_census: rows sorted by name, groups of them. Pots are what is to be shared, by position of the first that shares. */
   uint32_t n_census;                           /* accounts of spans and tasks */
   lg_census_row *census_rows, *census_spare;   /* [n_census] */
   lg_census_group *census;                     /* [n_census], out->n_census of them in use */
   uint32_t *census_accounts;                   /* [n_census] */
   uint32_t *census_order, *census_order_spare; /* [n_census] */
   uint64_t *census_pot;                        /* [n_census] */
   uint64_t *census_B;                          /* [n_contexts] heap bytes in the context itself */
   uint32_t *census_name;                       /* [n_contexts] the first group with the context's name */

   /* lg_lag: reclamation. */
   uint32_t n_points, n_lags, lag_serial; /* findings of kinds lag and stall; the first one's serial */
   lg_domain_result *domains;             /* [n_domains] */
   lg_domain_point *points;               /* [n_points] scratch: all intervals of the caller's source */
   uint32_t *partner; /* [n_accounts] 1 + the account of its waiting blocks, 0: none; valid when has_partners */
   int has_partners;
   lg_dense *waiting;        /* scratch */
   uint64_t waiting_objects; /* in domains with such a finding */
   uint64_t explained_B;     /* growth of accounts that is nothing but backlog */

   /* lg_group's index: which movers are in which group. Groups are numbered functions first, then contexts, then stacks. */
   uint32_t n_functions, n_contexts, n_groups_all;
   uint64_t n_entries;
   uint32_t *group_begin;    /* [n_groups_all + 1] into entries */
   uint32_t *group_mark;     /* [n_groups_all] last mover that was entered, + 1 */
   uint32_t *entries;        /* movers */
   uint64_t *group_position; /* [n_groups_all] sum of distances from the allocation */
   uint64_t *group_set;      /* [n_groups_all] identity of the set of accounts */
   uint32_t *candidates;     /* [n_groups_all] */
   uint32_t *table;          /* [table_size] hash table: of domains, of stacks, of sets */
   uint32_t table_size;      /* power of two */
} lg_work;

/* ---- lg_order: names decide ties (N2) ---- */

int lg_text_compare(const char *a, const char *b);
int lg_context_compare(const lg_source *src, uint32_t a, uint32_t b);
int lg_frame_compare(const lg_source *src, uint32_t a, uint32_t b); /* by function, file, object, line */
int lg_account_compare(const lg_source *src, uint32_t a, uint32_t b);
/* Sorts numbers, all different, so that compare() of neighbours is negative. `spare` has room for n. O(n log n). */
void lg_sort(const lg_work *w, uint32_t *v, uint32_t *spare, uint32_t n,
             int (*compare)(const lg_work *w, uint32_t a, uint32_t b));
/* Ancestors of a context, outermost first, itself last, without the root. Returns how many; at most LG_CONTEXT_LEVELS. */
uint32_t lg_context_path(const lg_source *src, uint32_t context, uint32_t path[LG_CONTEXT_LEVELS]);
/* Puts a finding where it belongs; drops the worst one when there is no room. */
void lg_finding_insert(lg_work *w, const lg_finding *f);

/* ---- lg_finding: numbers of one finding ---- */

/* A finding about nothing yet, of this trend; live_ and judged_ values are 0. */
void lg_finding_init(lg_finding *f, lg_finding_kind kind, lg_about about, const lg_trend *t);
/* Makes it about one account: identity, stack and what it holds. */
void lg_finding_of_account(const lg_work *w, lg_finding *f, uint32_t account);
/* Window, evidence, slopes and projection of growth, from the intervals that were judged. */
void lg_finding_measure(const lg_work *w, lg_finding *f, const lg_dense *d);
/* Slopes of grown_B (lo..hi) over a window of `time` units and `ticks`. */
void lg_slopes_measure(const lg_source *src, int64_t grown_B, int64_t lo_B, int64_t hi_B, uint64_t time, uint64_t ticks,
                       lg_slope *per_s, lg_slope *per_tick, lg_slope *per_unit);
/* Time until `room` more bytes are used, at grown_B per `time` units. UINT64_MAX when never. */
uint64_t lg_time_until(uint64_t room_B, uint64_t grown_B, uint64_t time);

/* ---- lg_span: what is judged ---- */

/* Makes w->src from the caller's source and decides which of its intervals are judged. */
void lg_span_choose(lg_work *w, const lg_source *src);
/* The same for accounts that are not heap, once results[] has the kinds of all. */
void lg_span_choose_others(lg_work *w);
/* From now on accounts of this kind are looked at: sets n_judged. Heap is the default. */
void lg_work_look_at(lg_work *w, lg_account_kind kind);

/* ---- lg_work: memory, and accounts one by one ---- */

/* Hands out one piece of memory; with base NULL it only adds up. */
typedef struct {
   unsigned char *base;
   uint64_t used;
} lg_arena;

/* `count` things of `size` bytes, neither of which may pass 2^32. */
void *lg_arena_take(lg_arena *m, uint64_t count, uint64_t size);
/* Gets the piece that lay_out() takes its things from; it is called twice. Returns 0 when there is not enough memory. */
int lg_work_get(lg_work *w, void (*lay_out)(lg_work *w, lg_arena *m));

void lg_work_series(const lg_work *w, uint32_t account, lg_dense *out); /* cut to what is judged */
void lg_work_judge(const lg_work *w, const lg_dense *d, lg_trend *out);
/* What an account with these floors never gave back, gained between two intervals. */
int64_t lg_retained_gain(const int64_t *floors, uint32_t n_judged, uint32_t from, uint32_t to);

/* The same uncut, with blocks that wait to be reclaimed. */
void lg_work_read(const lg_work *w, uint32_t account, lg_dense *out);

/* ---- lg_judge ---- */

/* Judges all accounts of memory, each by itself. */
void lg_accounts_judge(lg_work *w);
/* Undecided accounts that would matter if they grew. Those that warm up, and those of a run without intervals, are a statement. */
void lg_undecided_report(lg_work *w);

/* ---- lg_lag ---- */

/* Judges all domains; findings of kinds lag and stall. */
void lg_lags_judge(lg_work *w);
/* A heap account that was judged *t on all of its blocks, d: is its growth nothing but backlog? If not, and some of it is, *t and d become
 * those of the rest. */
int lg_lag_explains(lg_work *w, uint32_t account, lg_dense *d, lg_trend *t);
/* Takes the waiting blocks of a heap account out of d. Returns 0 when there are none. */
int lg_lag_subtract(const lg_work *w, uint32_t account, lg_dense *d);
/* Findings are sorted: notes which are whose. */
void lg_lags_number(lg_work *w);

/* ---- lg_event ---- */

/* Looks for bursts and steps in the totals. */
void lg_events_find(lg_work *w);
/* Offers an account as the one behind an event; d covers all intervals. */
void lg_events_offer(lg_work *w, uint32_t account, const lg_dense *d);
/* The same from records; highest_B is the account's highest floor. */
void lg_events_offer_sparse(lg_work *w, uint32_t account, const lg_sparse *a, int64_t highest_B);
/* Turns events into findings, except those that growth explains. */
void lg_events_report(lg_work *w);

/* ---- lg_census, lg_census_weigh ---- */

/* Groups and judges spans and tasks; heap accounts have been judged. Fills the census of w->out. Returns 0 when there is not enough
 * memory. */
int lg_census_judge(lg_work *w);
/* Tells groups the numbers of their findings, once these are final. */
void lg_census_number(lg_work *w);
/* Sets retained_B of all groups. census_order is used up. */
void lg_census_weigh(lg_work *w);

/* ---- lg_index, lg_group ---- */

/* Looks for sums that grow although none of their accounts was seen to. Returns 0 when there is not enough memory. */
int lg_groups_judge(lg_work *w);

#endif
