/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_trend_shape: what a series looks like, in one word.
 *
 * Answers: should the reader expect a line, a staircase, a burst, a sawtooth? Shapes describe, they decide nothing: the verdict
 * is made before, and a growing account has only the shapes of growth. Freestanding, no state. */
#ifndef LG_TREND_SHAPE_H
#define LG_TREND_SHAPE_H

#include "lg_retained.h"
#include "lg_trend.h"

enum { LG_DOUBLINGS_MIN = 4 }; /* fewer are chance */

/* How doubling capacity stands. */
typedef enum {
   LG_DOUBLING_NONE,    /* something else */
   LG_DOUBLING_GROWING, /* the last doubling was on time and is recent */
   LG_DOUBLING_WAITING, /* the next one is not due yet: nothing can be said */
   LG_DOUBLING_OVERDUE  /* it should have come: the table stopped growing */
} lg_doubling;

/* Is this capacity that only ever grows by half or more, at intervals that stretch as a table's do under steady insertion? */
lg_doubling lg_doubling_state(const int64_t *end_B, uint32_t n);

/* The shape of growth in a judged window of the series it was found in. */
lg_shape lg_shape_of_growth(const lg_window *w);

/* The shape of the first n intervals of an account that was not found to be growing. */
lg_shape lg_shape_of_rest(const lg_dense *d, uint32_t n);

#endif
