/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_route: does an account grow on one clock?
 *
 * Two routes, in this order:
 *   floors   the retained envelope of the floors, in bytes and in blocks, over windows that begin at 0, 1/16, 1/4, 1/2 and 3/4
 *   births   blocks that survive, counted by the element they were born in, beyond an age after which blocks of this account have
 *            been seen not to die. It sees through noise that hides the floors, where blocks that leak are not those that churn.
 * Freestanding, no state. */
#ifndef LG_ROUTE_H
#define LG_ROUTE_H

#include "lg_load.h"
#include "lg_retained.h"

enum { LG_OLD_SURVIVORS = 8 }; /* blocks that must have survived for births to speak */

typedef struct {
   const lg_dense *d;
   uint32_t n; /* intervals judged */
   uint64_t units_per_interval;
   const lg_lane *lane; /* the clock; its elements are what is judged */
   const lg_load *load; /* NULL, or: growth that came while the program was idle proves nothing */
   uint32_t spread;     /* 0, or: parts the growth must be spread over */
   int whole;           /* 1: growth of the second half alone does not count */
} lg_route_in;

typedef struct {
   int found;     /* grows; then hit and why are set */
   int why;       /* an lg_why: the route, or the reason of a doubt, or LG_WHY_BOUNDED */
   lg_window hit; /* in elements of the lane */
} lg_route;

void lg_route_find(const lg_route_in *in, lg_route *out);

/* True when neither route can find or suspect growth on any clock: the floors of the first n intervals never moved, and too few
 * blocks survived for births to speak. Most accounts are like that, and this is far cheaper than asking. O(n). */
int lg_route_is_idle(const lg_dense *d, uint32_t n);

/* v, or the nearest value in 0..max: counts and sizes of a damaged file must not overflow sums. */
int64_t lg_clamp(int64_t v, int64_t max);

#define LG_BYTES_MAX (INT64_C(1) << 54)
#define LG_COUNT_MAX (INT64_C(1) << 40)

#endif
