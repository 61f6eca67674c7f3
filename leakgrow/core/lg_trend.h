/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_trend: does this account keep growing?
 *
 * A pure function of one account's dense intervals. Integer only. The rule, its measured rates and its limits are in
 * docs/TRENDS.md; the words for its results in lg_word. */
#ifndef LG_TREND_H
#define LG_TREND_H

#include "lg_series.h"

enum { LG_TREND_INTERVALS_MIN = 16 }; /* below, nothing is judged but how often the account rose */

typedef enum { LG_BOUNDED, LG_GROWING, LG_INCONCLUSIVE } lg_verdict;

typedef enum {
   LG_SHAPE_FLAT,
   LG_SHAPE_LINEAR,
   LG_SHAPE_ACCELERATING,
   LG_SHAPE_SATURATING,
   LG_SHAPE_STEP,
   LG_SHAPE_BURST,
   LG_SHAPE_SAWTOOTH,
   LG_SHAPE_PLATEAU,
   LG_SHAPE_LAG,
   LG_SHAPE_BATCHES,
   LG_SHAPE_DOUBLING,
   LG_SHAPE_FLUCTUATING
} lg_shape;

/* Which rule decided. */
typedef enum {
   LG_WHY_BOUNDED,       /* nothing that is kept still grows */
   LG_WHY_FLOOR_BYTES,   /* growing: the retained envelope of the floors in bytes */
   LG_WHY_FLOOR_BLOCKS,  /* growing: that of the floors in blocks, and bytes follow */
   LG_WHY_BIRTHS,        /* growing: births of every part of the run survive */
   LG_WHY_DOUBLING,      /* growing: a table or vector that doubles on time */
   LG_WHY_DOUBLING_DUE,  /* inconclusive: its next doubling is not due yet */
   LG_WHY_DOUBLING_OVER, /* bounded: it should have doubled again and has not */
   LG_WHY_WARMING_UP,    /* inconclusive: growth slows as a warm-up does */
   LG_WHY_FEW_CYCLES,    /* inconclusive: too few cycles of a wave or sawtooth */
   LG_WHY_SHORT,         /* inconclusive: too few intervals */
   LG_WHY_WITH_LOAD      /* inconclusive: uneven growth that the load may explain, or growth in idle time only */
} lg_why;

typedef enum { LG_CLOCK_TIME, LG_CLOCK_TICKS, LG_CLOCK_BYTES } lg_clock;

typedef struct {
   const lg_dense *d;           /* n >= 1 intervals, teardown already cut off by the caller */
   uint64_t units_per_interval; /* base intervals per interval (1 << shift), for died_at_age */
   const uint64_t *ticks;       /* cumulative ticks at the end of each interval, or NULL */
   const uint64_t *alloc_B;     /* cumulative bytes allocated by the program at the end of each interval, or NULL */
} lg_trend_in;

typedef struct {
   lg_verdict verdict;
   lg_shape shape;
   int why;           /* an lg_why; lg_trend_why() has the words */
   lg_clock clock;    /* the clock on which growth was seen; TIME unless growing only shows on another */
   int warming_up;    /* growth is slowing as a warm-up does; undecided for that reason */
   uint32_t from, to; /* intervals whose growth the slope describes: end of `from` to end of `to` */
   int64_t grown_B;   /* retained bytes gained between them; grown_lo_B..grown_hi_B is the 95 % interval */
   int64_t grown_lo_B, grown_hi_B;
   int64_t grown_blk; /* retained blocks gained between them */
} lg_trend;

void lg_trend_judge(const lg_trend_in *in, lg_trend *out);

const char *lg_verdict_name(lg_verdict v); /* "growing", "bounded", "inconclusive" */
const char *lg_shape_name(lg_shape s);     /* DESIGN words, lower case */
const char *lg_trend_why(int why);         /* a clause that ends "because ...", static storage */

#endif
