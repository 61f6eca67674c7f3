/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stat_rates: what the rule says of simulated runs, counted. */
#ifndef STAT_RATES_H
#define STAT_RATES_H

#include "lg_trend.h"
#include "sim_case.h"

enum { STAT_SHARES = 4, STAT_SHAPES = 12 };

typedef struct {
   uint32_t runs, growing, inconclusive;
   uint32_t due, found, unsure; /* runs in which the goals want the leak to be found */
   uint32_t share_runs[STAT_SHARES], share_found[STAT_SHARES],
      share_unsure[STAT_SHARES]; /* < 1, 1 .. 5, 5 .. 20, >= 20 % */
   uint32_t slopes, covered;     /* growing verdicts; those whose interval holds the truth */
   uint32_t warming, by_clock[3], shapes[STAT_SHAPES], whys[32];
} stat_tally;

typedef struct {
   uint64_t base;        /* seed */
   uint32_t first, runs; /* indices of runs per case */
   uint32_t steps_min, steps_max;
} stat_plan;

/* Length of run `index` of a case: log-uniform between the plan's limits. */
uint32_t stat_steps(const stat_plan *plan, uint32_t index);

/* Simulates and judges one run and adds it to the tally. Returns the verdict. */
lg_verdict stat_run(const stat_plan *plan, uint32_t case_index, uint32_t index, stat_tally *tally);

/* Simulates n bounded accounts, and with `leak` one that grows steadily, of one run, and judges their sum on the clock of time. A leak
 * is due when it is due in its own account and makes a twentieth of the sum's peak. */
lg_verdict stat_run_sum(const stat_plan *plan, uint32_t n, int leak, uint32_t index, stat_tally *tally);

/* The judge's input of a run that was simulated. */
typedef struct {
   lg_dense dense;
   uint64_t ticks[LG_INTERVALS_MAX], alloc_B[LG_INTERVALS_MAX];
   lg_trend_in in;
} stat_input;
void stat_input_of(const sim *s, uint32_t judged, stat_input *out);

/* A run whose blocks are open instances, one in `one_in` of them, judged as lg_census judges a group. */
typedef struct {
   lg_verdict verdict;
   int64_t grown; /* instances, when it is called growing */
   double leaked; /* of them, in the last two thirds of the run, as expected; 0 for bounded cases */
   int64_t peak;
   int is_due; /* it leaked in at least 20 steps of that time, and at least 5 % of the peak */
} stat_count;
void stat_run_counted(const stat_plan *plan, uint32_t case_index, uint32_t index, uint32_t one_in, stat_count *out);

void stat_add(stat_tally *sum, const stat_tally *t);

/* 95 % interval of a proportion (Wilson). */
void stat_interval(uint32_t hits, uint32_t n, double *low, double *high);

#endif
