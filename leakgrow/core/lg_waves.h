/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_waves: can this run tell that nothing grows under the waves?
 *
 * A place that rises and falls may leak under its waves. Where they are many and return to their level, lg_trend sees that. Where they are
 * few, or return to levels of their own each time, "bounded" only means that growth was not proven. Asked here is the opposite: did the run
 * show that there is none? All that is known of what lies under a wave is its lowest point.
 *
 * V1  fewer than two lowest points prove nothing, unless the place stood still for a quarter of the run: there a leak would have shown; or
 *     unless nothing was left at the lowest one.
 * V2  two that rise cannot be told from a leak, with the same exception.
 * V3  of more, a line through them says how much they rise, and their distance from it how sure that is. It is a doubt when each is
 *     higher than the one before; and, when it goes on in the later half of them, when the rise is very sure (1 in 1000 by chance), or
 *     likely (1 in 10) and both an eighth of the deepest fall and fall_min.
 * Freestanding; nothing here allocates, fails or keeps state. */
#ifndef LG_WAVES_H
#define LG_WAVES_H

#include "lg_series.h"

typedef struct {
   uint32_t n_lows;     /* lowest points between two rises; the one in progress counts */
   int64_t first, last; /* the first and the last of them */
   uint32_t from, to;   /* intervals between which rise is known: theirs, or all with fewer than two */
   int64_t rise, lo,
      hi; /* gained under the waves between them; 95 % lie in lo..hi, and all of it is at most what is held at the end */
   int64_t fall; /* the deepest one */
} lg_waves;

/* Looks at the floors of n judged intervals. Falls up to fall_min are no waves, rises below rise_min do not matter. Returns 1 when the
 * run does not tell; then *out says what there is to say. O(n * n). */
int lg_waves_doubt(const int64_t *floors, uint32_t n, int64_t fall_min, int64_t rise_min, lg_waves *out);

#endif
