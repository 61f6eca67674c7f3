/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_gate: may this run pass?
 *
 * Answers: is the run evidence enough for a verdict of "bounded", is a measured rate or amount within its budget, has a rate
 * changed between two runs, and how are these decisions said? lg_check and lg_diff decide nothing themselves.
 *
 * G1  what is missing never passes: every doubt makes "inconclusive", and only complete evidence within all budgets passes.
 * G2  growth that was seen fails, whatever else is missing.
 * G3  a rate passes when the upper end of its 95 % interval is within the budget, and fails when the rate itself is beyond.
 * G4  an absolute amount never excuses growth: what keeps growing passes every amount in time.
 * Freestanding; buffers belong to the caller. */
#ifndef LG_GATE_H
#define LG_GATE_H

#include "lg_word.h"

typedef enum { LG_GATE_PASS, LG_GATE_INCONCLUSIVE, LG_GATE_FAIL } lg_gate_result; /* the worse, the larger */

const char *lg_gate_name(lg_gate_result r); /* "pass", "inconclusive", "fail" */

/* How the recording ends. */
typedef enum {
   LG_END_EXIT,   /* the program ended, or became another one */
   LG_END_SIGNAL, /* the tool saw the signal that ended it and wrote a final snapshot */
   LG_END_OPEN,   /* no final snapshot: killed from outside, or still running */
   LG_END_TORN,   /* the same, and the file ends within a transaction */
   LG_END_DAMAGED /* something within the file is wrong */
} lg_end;

/* What a run is asked for, besides its analysis. */
typedef struct {
   lg_end end;
   uint64_t signal;             /* LG_END_SIGNAL: its number, 0: unknown */
   int is_truncated_fine;       /* --allow-truncated: LG_END_OPEN, LG_END_TORN and any signal are accepted */
   int is_idle_fine;            /* --allow-idle */
   uint64_t merged_B, held_B;   /* before teardown: what merged accounts hold, and the whole heap */
   uint64_t unfollowed_ends;    /* of spans and tasks of which it is not known which one ended */
   uint64_t unfollowed_retires; /* objects of reclamation of which nothing is known */
   int is_prelude; /* the same process became another program, which is judged on its own: this one may be short */
   int is_moment;  /* --allow-short: it ended by itself, so that nothing is left of it */
   int is_blind;   /* malloc was not replaced: nothing is known of the heap */
   uint64_t need_time, need_intervals,
      need_ticks; /* of a budget's `require` lines; 0: none. need_time is in time units */
} lg_gate_run;

/* Doubt number nth, from 0, about the run as a whole: a clause for the report. Returns 0, and appends nothing, when there is no
 * nth: without any the run is evidence enough. */
int lg_gate_doubt(lg_text *t, const lg_source *src, const lg_analysis *a, const lg_gate_run *run, uint32_t nth);

/* What should be known of the run but is no doubt. Returns 0 when there is nothing. */
int lg_gate_remark(lg_text *t, const lg_gate_run *run);

/* G3 for a rate; limit_mB is in thousandths of a byte per unit of the axis. A rate that is not known is inconclusive. */
lg_gate_result lg_gate_rate(const lg_slope *rate, int64_t limit_mB);

/* An amount that is known to lie in lo..hi. */
lg_gate_result lg_gate_amount(uint64_t lo_B, uint64_t hi_B, uint64_t limit_B);

/* A rate of growth on every axis there is, as in lg_finding. */
typedef struct {
   char unit; /* the profile's */
   lg_slope per_s, per_tick, per_unit;
   int is_count; /* of open spans or tasks, not of bytes; so are the amounts beside it */
} lg_rates;

/* What a set of heap accounts did together. */
typedef struct {
   lg_trend trend;
   lg_rates rates;                /* known only when something grew */
   uint64_t grown_B;              /* gained over the whole judged run at this rate; 0 when it does not grow */
   uint64_t judged_B;             /* held at the end of what was judged */
   uint64_t live_B;               /* at the end of the recording */
   uint64_t peak_lo_B, peak_hi_B; /* its largest sum at any moment lies between; equal for one account */
} lg_gate_sum;

/* Sums and judges n accounts. `one` and `sum` are scratch of the caller. O(n * intervals). */
void lg_gate_measure(const lg_source *src, const lg_analysis *a, const uint32_t *accounts, uint32_t n, lg_dense *one,
                     lg_dense *sum, lg_gate_sum *out);

/* Growth under waves that this run cannot exclude (lg_waves.h), although the account was judged bounded: a gate must not pass that. Returns 0
 * when there is nothing to be said, else appends the sentence; *rates is what may grow under them, up to hi. `d` is scratch. Only for
 * heap accounts; one is looked at when it falls by a 64th of the heap. */
int lg_gate_doubt_waves(lg_text *t, const lg_source *src, const lg_analysis *a, uint32_t account, lg_dense *d,
                        lg_rates *rates);

/* The same rate in two runs. Differences between runs are larger than those within one: seconds under Valgrind depend on the
 * machine's load. So the intervals must lie apart by a quarter of the old rate, or by a twentieth when counted in work. */
typedef enum { LG_CHANGE_SAME, LG_CHANGE_STEEPER, LG_CHANGE_FLATTER, LG_CHANGE_UNSURE, LG_CHANGE_NO_AXIS } lg_change;

typedef enum { LG_AXIS_NONE, LG_AXIS_TICK, LG_AXIS_SECOND, LG_AXIS_UNIT } lg_axis;

/* The axis both can be compared on: ticks, else seconds, else the same time unit. */
lg_axis lg_gate_axis(const lg_rates *before, const lg_rates *now);
lg_change lg_gate_compare(const lg_rates *before, const lg_rates *now);
/* The same with verdicts: growth where none was before is steeper, its end is flatter, and nothing is known of undecided ones. */
lg_change lg_gate_change(lg_verdict before, const lg_rates *rates_before, lg_verdict now, const lg_rates *rates_now);
const char *lg_change_name(lg_change c); /* "same", "steeper", "flatter", "unsure", "incomparable" */

/* "2.0 KiB per second (1.9 KiB to 2.1 KiB)", "1 more per tick"; "0 B", "0" when not known. `axis` picks the rate; NONE: the best that is known. */
void lg_word_rate(lg_text *t, const lg_rates *r, lg_axis axis);

/* What a rule of a budget found. "2.0 KiB per second (1.9 KiB to 2.1 KiB), more than 1.0 KiB per second", with the reason when
 * it could not be decided. */
void lg_word_rate_result(lg_text *t, lg_gate_result result, const lg_rates *r, lg_axis axis, int64_t limit_mB);
void lg_word_amount_result(lg_text *t, lg_gate_result result, uint64_t lo_B, uint64_t hi_B, uint64_t limit_B);
void lg_word_count_result(lg_text *t, lg_gate_result result, uint64_t lo, uint64_t hi,
                          uint64_t limit); /* of instances */
/* The same for microseconds. */
void lg_word_time_result(lg_text *t, lg_gate_result result, uint64_t lo_us, uint64_t hi_us, uint64_t limit_us);
/* Why a rate by this axis cannot be had: no ticks were sent, the clock is not time. */
void lg_word_no_axis(lg_text *t, lg_axis axis);
/* "new", or how a rate changed: "steeper than before: 2 B per tick, was 1 B per tick". */
void lg_word_change(lg_text *t, lg_change c, const lg_rates *before, const lg_rates *now);

/* One place in two runs; what is about a run it was not in is not looked at. */
typedef struct {
   int is_old, is_now;
   lg_verdict verdict_old, verdict_now;
   lg_rates rates_old, rates_now;
   uint64_t held_old_B, held_now_B; /* before teardown */
   int is_misuse;                   /* it is not growth but use of spans against the rules */
} lg_place_change;

/* "grows by 2 B per tick, which it did not before", "holds 3.0 KiB, was 1.0 KiB" */
void lg_word_place_change(lg_text *t, const lg_place_change *p);

#endif
