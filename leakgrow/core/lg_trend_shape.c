/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_trend_shape: shapes are read off the retained envelope, the ceilings and the depth of falls. Sizes are compared after
 * shifts, never multiplied unscaled: an account may hold 2^63 - 1 bytes. */
#include "lg_trend_shape.h"

lg_doubling lg_doubling_state(const int64_t *end_B, uint32_t n)
{
   uint32_t at[3] = {0, 0, 0}, doublings = 0; /* at[0] is the last rise */

   for (uint32_t i = 1; i < n; i++) {
      int64_t before = end_B[i - 1], rise = end_B[i] - before;
      if (rise < 0)
         return LG_DOUBLING_NONE;
      if (rise == 0)
         continue;
      if (before > 0) {
         if (rise < before - (before >> 1))
            return LG_DOUBLING_NONE;
         doublings++;
      }
      at[2] = at[1];
      at[1] = at[0];
      at[0] = i;
   }
   if (doublings < LG_DOUBLINGS_MIN || at[2] < 1)
      return LG_DOUBLING_NONE;

   uint32_t gap = at[0] - at[1], gap_before = at[1] - at[2], since = n - at[0];
   if (gap * 3 < gap_before * 4 || gap > 4 * gap_before + 4)
      return LG_DOUBLING_NONE;
   if (since * 4 > gap * 9 + 8)
      return LG_DOUBLING_OVERDUE;
   return at[0] * 3 >= n * 2 ? LG_DOUBLING_GROWING : LG_DOUBLING_WAITING;
}

lg_shape lg_shape_of_growth(const lg_window *w)
{
   int64_t early = 0, late = 0;
   for (int k = 0; k < LG_PARTS; k++)
      *(k < LG_PARTS / 2 ? &early : &late) += w->part[k];
   if (late * 3 > early * 5)
      return LG_SHAPE_ACCELERATING;
   if (w->rises <= 45 && w->rises * 3 < w->to - w->from)
      return LG_SHAPE_BATCHES;
   if (late * 4 < early * 3)
      return LG_SHAPE_SATURATING;
   return LG_SHAPE_LINEAR;
}

/* The deepest fall from a ceiling to a later floor, and how many falls by a quarter of the peak there were. */
static int64_t deepest_fall(const lg_dense *d, uint32_t n, int64_t peak, uint32_t *falls)
{
   int64_t deepest = 0, top = 0, high = 0;
   *falls = 0;
   for (uint32_t i = 0; i < n; i++) {
      if (high - d->min_B[i] > deepest)
         deepest = high - d->min_B[i];
      if (top - d->min_B[i] > peak >> 2) {
         (*falls)++;
         top = d->end_B[i];
      }
      if (d->max_B[i] > high)
         high = d->max_B[i];
      if (d->max_B[i] > top)
         top = d->max_B[i];
   }
   return deepest;
}

/* Is nine tenths of what was retained the work of at most four rises? */
static int is_stepped(const int64_t *r, uint32_t n)
{
   int64_t big[4] = {0, 0, 0, 0};
   for (uint32_t i = 1; i < n; i++) {
      int64_t rise = r[i] - r[i - 1];
      for (int k = 0; k < 4; k++) {
         if (rise > big[k]) {
            int64_t smaller = big[k];
            big[k] = rise;
            rise = smaller;
         }
      }
   }
   int64_t all = r[n - 1] - r[0], rest = all - big[0] - big[1] - big[2] - big[3];
   return rest <= all >> 3;
}

lg_shape lg_shape_of_rest(const lg_dense *d, uint32_t n)
{
   int64_t r[LG_INTERVALS_MAX], peak = 0;
   uint32_t falls, high = 0;

   if (n == 0)
      return LG_SHAPE_FLAT;
   for (uint32_t i = 0; i < n; i++) {
      if (d->max_B[i] > peak)
         peak = d->max_B[i];
   }
   for (uint32_t i = 0; i < n; i++)
      high += d->max_B[i] > peak >> 1;
   if (high * 4 < n && d->end_B[n - 1] < peak >> 1)
      return LG_SHAPE_BURST;

   int64_t fall = deepest_fall(d, n, peak, &falls), low = d->min_B[n - 1];
   for (uint32_t i = n * 3 / 4; i < n; i++) {
      if (d->min_B[i] < low)
         low = d->min_B[i];
   }
   if (fall > peak >> 2) {
      if (falls >= 3)
         return LG_SHAPE_SAWTOOTH;
      return falls == 1 && low < peak >> 2 ? LG_SHAPE_BURST : LG_SHAPE_FLUCTUATING;
   }
   if (fall > peak >> 4)
      return LG_SHAPE_FLUCTUATING;

   lg_envelope(d->min_B, 0, n, r);
   if (r[n - 1] - r[0] <= peak >> 4)
      return LG_SHAPE_FLAT;
   return is_stepped(r, n) ? LG_SHAPE_STEP : LG_SHAPE_SATURATING;
}
