/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_steps: sums of many accounts, from their records alone.
 *
 * A series is constant where there is no record. So a sum of series is kept as its steps, the differences from one interval to the next, and
 * an account costs a few additions per record, however long the run is. Made are the series that a sum of accounts has (G5 of
 * lg_group): bytes, blocks at the ends, births and deaths.
 *
 * T1  between two calls of lg_steps_flush() not more than LG_STEPS_MAX accounts are added or taken out: then no sum can overflow. */
#ifndef LG_STEPS_H
#define LG_STEPS_H

#include "lg_source.h"

enum { LG_STEPS_MAX = 128 };

/* Of interval i: its end against the one before, its floor and its ceiling against its end, its events. Modulo 2^64. */
typedef struct {
   uint64_t end_B[LG_INTERVALS_MAX], end_blk[LG_INTERVALS_MAX];
   uint64_t min_B[LG_INTERVALS_MAX], max_B[LG_INTERVALS_MAX];
   uint64_t births[LG_INTERVALS_MAX], deaths[LG_INTERVALS_MAX];
   uint32_t n, n_added;
} lg_steps;

/* Nothing, of n intervals. */
void lg_steps_clear(lg_steps *s, uint32_t n);

/* Adds the account's intervals [first, first + n), or takes them out again. Returns 1 when lg_steps_flush() must follow (T1). O(records). */
int lg_steps_add(lg_steps *s, const lg_sparse *a, uint32_t first);
int lg_steps_take_out(lg_steps *s, const lg_sparse *a, uint32_t first);

/* Adds everything to `sum`, where values beyond LG_VALUE_MAX are cut down to it, and clears. Returns 1 when there were some: then nothing can be
 * taken out any more. */
int lg_steps_flush(lg_steps *s, lg_dense *sum);

#endif
