/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_account: the books of one simulated account, kept block by block.
 *
 * Answers: what would the tool have recorded? Every birth, death and resize is an event, so floors, ends, survivors by birth
 * interval and ages at death are exact. Time is counted in base intervals, here called steps.
 *
 * A1  live bytes and blocks are the sums over the blocks born and not dead.
 * A2  sim_account_dense gives what merging base intervals by repeated halving gives.
 * A3  `counted`, when there is one, has the books of a random part of the blocks, each of size 1: open instances, of which there are as
 *     few as one likes. Resizes do not concern it. */
#ifndef SIM_ACCOUNT_H
#define SIM_ACCOUNT_H

#include "lg_series.h"

typedef struct {
   int64_t size;
   uint32_t born;  /* step */
   int is_counted; /* it is in account.counted, too */
} sim_block;

typedef struct {
   int64_t min_B, max_B, end_B, min_blk, max_blk, end_blk, births, deaths, births_B;
   int64_t surv_blk, surv_B; /* of the blocks born in this step */
} sim_step_rec;

typedef struct {
   uint32_t step, born;
   int64_t size;
} sim_late_death;

typedef struct sim_account {
   sim_step_rec *rec; /* [steps_max] */
   uint32_t steps_max, now;
   int64_t live_B, live_blk;
   int64_t died[LG_AGES];
   int draining; /* deaths are kept aside until it is known which intervals count as teardown */
   sim_late_death *late;
   uint32_t n_late, late_max;
   struct sim_account *counted; /* A3, or NULL */
   uint32_t one_in;             /* of so many blocks one is counted, on average */
   uint64_t random;
   int has_resizes;
} sim_account;

void sim_account_init(sim_account *a, uint32_t steps_max);
void sim_account_free(sim_account *a);

/* From now on one in `one_in` blocks is counted (A3). */
void sim_account_count(sim_account *a, uint32_t one_in, uint64_t seed);

sim_block sim_birth(sim_account *a, int64_t size);
void sim_death(sim_account *a, const sim_block *b);
void sim_resize(sim_account *a, sim_block *b, int64_t size);

/* Ends the current step and begins the next one. */
void sim_account_step(sim_account *a);

/* The shift at which `steps` steps fit into `intervals_max` intervals. */
uint32_t sim_shift(uint32_t steps, uint32_t intervals_max);

/* Steps that are judged: without trailing intervals in which the program only tears down. Applies the deaths kept aside that
 * happened before. `totals` may be other accounts of the same program, whose births and deaths count too. */
uint32_t sim_account_cut_teardown(sim_account *a, const sim_account *other, uint32_t steps, uint32_t shift);

/* Merges the first `steps` steps, 1 << shift to an interval. */
void sim_account_dense(const sim_account *a, uint32_t steps, uint32_t shift, lg_dense *out);

#endif
