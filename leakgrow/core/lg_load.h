/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_load: when did the program work, and how does an account look on the clock of that work?
 *
 * A service leaks per request, and a cache warms up per request. Where load comes and goes, the wall clock bends both: a leak
 * looks as if it paused or ended, a warm-up as if it went on. The clock of work is ticks when the program counts them, else
 * the bytes that the rest of the program allocated.
 *
 * L1  cells are runs of intervals with about equal work, in order; every interval belongs to one cell, those after the last whole
 *     cell to none (cell[i] == n_cells).
 * L2  the work of one interval counts at most twice the typical: a start-up that allocates as much as a day of service is no day.
 * Freestanding; nothing here allocates, fails or keeps state. */
#ifndef LG_LOAD_H
#define LG_LOAD_H

#include "lg_trend.h"

typedef struct {
   int known;      /* 0: the program told of no work; nothing else is set */
   int uneven;     /* work and time differ enough for verdicts to differ */
   lg_clock clock; /* what work is measured in */
   uint32_t n_cells;
   uint32_t rests; /* stretches without work, longer than a thirtieth of the run */
   uint8_t cell[LG_INTERVALS_MAX];
   uint8_t idle[LG_INTERVALS_MAX]; /* 1: hardly anything was done in this interval */
} lg_load;

/* An account's series on one clock: pointers into a dense series, or into cells. */
typedef struct {
   uint32_t n;
   const int64_t *min_B, *min_blk, *end_B, *end_blk, *surv_blk, *surv_B;
   const lg_load *load; /* NULL: one element is one interval */
} lg_lane;

/* Room for an account on the clock of work. */
typedef struct {
   int64_t min_B[LG_INTERVALS_MAX], min_blk[LG_INTERVALS_MAX], end_B[LG_INTERVALS_MAX], end_blk[LG_INTERVALS_MAX];
   int64_t surv_blk[LG_INTERVALS_MAX], surv_B[LG_INTERVALS_MAX];
} lg_cells;

/* Learns the load from the first n intervals. O(n^2), n <= 200. */
void lg_load_learn(const lg_trend_in *in, uint32_t n, lg_load *out);

/* The first n intervals as they are. */
void lg_lane_of_time(const lg_dense *d, uint32_t n, lg_lane *out);

/* The same on the clock of work: minima of minima, ends of the last, sums of survivors. `out` borrows `room` and `load`. */
void lg_lane_of_work(const lg_dense *d, uint32_t n, const lg_load *load, lg_cells *room, lg_lane *out);

/* The last interval of element i of a lane. */
uint32_t lg_lane_interval(const lg_lane *lane, uint32_t n, uint32_t i);

/* The number of elements that hold the last `age` of n intervals. */
uint32_t lg_lane_cut(const lg_lane *lane, uint32_t n, uint32_t age);

#endif
