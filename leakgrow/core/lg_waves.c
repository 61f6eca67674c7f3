/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_waves: see lg_waves.h; tests/stat/stat_gate measures what the constants do.
 *
 * The line is an ordinary least squares fit in integers: positions and levels are multiplied by the number of points instead of taking
 * their means, and levels are shifted so that sums of their squares fit. */
#include "lg_waves.h"

#include "lg_scale.h"

enum {
   START_DEN = 16,  /* of the run: start-up, which may fall once */
   SWING_DEN = 4,   /* of the deepest fall: what a wave rises and falls at least */
   STILL_DEN = 4,   /* of the run in which the place stood still, */
   STILL_SHARE = 8, /* which is within this share of the deepest fall */
   APART_DEN = 8,   /* of the run: two lowest points as close are those of one wave */
   RISE_DEN = 8,    /* of the deepest fall: a rise that need only be likely */
   HALVES_MIN = 5,  /* lowest points from which on the later half is asked, too */
   LEVEL_BITS = 19, /* of the spread of the lowest points */
   LOWS_MAX = LG_INTERVALS_MAX / 2 + 1,
   T_ROWS = 10
};

/* Student's t by degrees of freedom, from 1; the last row is used beyond. */
static const uint64_t t2_likely[T_ROWS] = {9474, 3557, 2683, 2350, 2179,
                                           2074, 2002, 1952, 1913, 1882}; /* t^2 * 1000, 10 % */
static const uint64_t t2_sure[T_ROWS] = {101315000, 498600, 104260, 51450, 34730,
                                         27120,     22900,  20290,  18460, 17180};         /* .1 % */
static const uint64_t t_95[T_ROWS] = {3253, 1102, 815, 711, 658, 627, 606, 590, 579, 571}; /* t * 256, two-sided */

typedef struct {
   uint32_t n;
   uint32_t at[LOWS_MAX];
   int64_t level[LOWS_MAX];
} lows;

static int64_t deepest_fall(const int64_t *x, uint32_t n)
{
   int64_t high = 0, deepest = 0;
   for (uint32_t i = n / START_DEN; i < n; i++) {
      high = x[i] > high ? x[i] : high;
      deepest = high - x[i] > deepest ? high - x[i] : deepest;
   }
   return deepest;
}

static void add_low(lows *l, uint32_t at, int64_t level)
{
   if (l->n == LOWS_MAX)
      return;
   l->at[l->n] = at;
   l->level[l->n++] = level;
}

/* The lowest points between falls and rises by at least `swing`. Where the run begins low is no lowest point of a wave: the program
 * may have begun there. */
static void find_lows(const int64_t *x, uint32_t n, int64_t swing, lows *l)
{
   uint32_t high = n / START_DEN, low = high;
   enum { NOT_YET, RISING, FALLING } move = NOT_YET;
   l->n = 0;
   for (uint32_t i = high; i < n; i++) {
      if (move != FALLING && x[i] > x[high])
         high = i;
      if (move != RISING && x[i] < x[low])
         low = i;
      if (move != FALLING && x[high] - x[i] >= swing) {
         move = FALLING;
         low = i;
      } else if (move != RISING && x[i] - x[low] >= swing) {
         if (move == FALLING)
            add_low(l, low, x[low]);
         move = RISING;
         high = i;
      }
   }
   /* A fall in progress has not come to its lowest point yet; but it is one when it is low enough, or has lasted. */
   if (move == FALLING && (l->n == 0 || x[low] <= l->level[l->n - 1] || low + n / START_DEN < n))
      add_low(l, low, x[low]);
}

/* Was there a quarter of the run in which x stayed within `range`? */
static int stood_still(const int64_t *x, uint32_t n, int64_t range)
{
   for (uint32_t s = n / START_DEN; s + n / STILL_DEN <= n; s++) {
      int64_t least = x[s], most = x[s];
      uint32_t i = s;
      while (i < n && most - least <= range) {
         least = x[i] < least ? x[i] : least;
         most = x[i] > most ? x[i] : most;
         i += most - least <= range;
      }
      if (i - s >= n / STILL_DEN)
         return 1;
   }
   return 0;
}

/* A line through lowest points. Positions and levels are `n` times their distance from the mean. */
typedef struct {
   uint64_t tt, ll; /* sums of squares */
   int64_t tl;      /* sum of products */
} line;

static void fit(const lows *l, uint32_t first, int64_t base, uint32_t shift, line *out)
{
   int64_t n = l->n - first, sum_at = 0, sum_level = 0;
   for (uint32_t i = first; i < l->n; i++) {
      sum_at += l->at[i];
      sum_level += (l->level[i] - base) >> shift;
   }
   *out = (line){0, 0, 0};
   for (uint32_t i = first; i < l->n; i++) {
      int64_t t = n * l->at[i] - sum_at, v = n * ((l->level[i] - base) >> shift) - sum_level;
      out->tt += (uint64_t)(t * t);
      out->ll += (uint64_t)(v * v);
      out->tl += t * v;
   }
}

/* Squared levels that the line explains; the rest is how far the points are from it. */
static uint64_t explained(const line *f)
{
   uint64_t tl = f->tl < 0 ? (uint64_t)-f->tl : (uint64_t)f->tl, part = lg_scale(tl, tl, f->tt);
   return part < f->ll ? part : f->ll;
}

static uint32_t row_of(uint32_t n_lows)
{
   uint32_t freedom = n_lows - 2;
   return (freedom < T_ROWS ? freedom : T_ROWS) - 1;
}

/* Is its t^2 larger than t2 / 1000? */
static int is_beyond(const line *f, uint32_t n_lows, const uint64_t *t2)
{
   uint64_t part = explained(f);
   return f->tl > 0 && lg_scale(part, 1000 * (uint64_t)(n_lows - 2), t2[row_of(n_lows)]) > f->ll - part;
}

/* Does the later half of the lowest points rise at half the speed of all, or faster? */
static int goes_on(const lows *l, const line *all, int64_t base, uint32_t shift)
{
   line later;
   if (l->n < HALVES_MIN)
      return 1;
   fit(l, l->n / 2, base, shift, &later);
   return later.tl > 0 && lg_scale((uint64_t)later.tl, (uint64_t)2 << LEVEL_BITS, later.tt) >=
                             lg_scale((uint64_t)all->tl, (uint64_t)1 << LEVEL_BITS, all->tt);
}

/* Is each higher than the one before? */
static int only_rise(const lows *l)
{
   uint32_t i = 1;
   while (i < l->n && l->level[i] > l->level[i - 1])
      i++;
   return i == l->n;
}

static int64_t bounded_sum(int64_t a, int64_t b, int64_t most)
{
   return b > most || a > most - b ? most : a + b;
}

/* Three or more lowest points. */
static int doubt_many(const lows *l, int64_t fall_min, int64_t rise_min, int64_t held, lg_waves *out)
{
   int64_t base = l->level[0], top = base;
   uint32_t shift = 0, span = out->to - out->from;
   line f;
   for (uint32_t i = 1; i < l->n; i++) {
      base = l->level[i] < base ? l->level[i] : base;
      top = l->level[i] > top ? l->level[i] : top;
   }
   while ((top - base) >> shift >> LEVEL_BITS)
      shift++;
   fit(l, 0, base, shift, &f);
   if (f.tl <= 0)
      return 0;
   uint64_t rest = f.ll - explained(&f);
   int64_t rise = (int64_t)(lg_scale((uint64_t)f.tl, span, f.tt) << shift);
   uint64_t squared = lg_scale(rest, (uint64_t)span * span, f.tt) / (l->n - 2);
   int64_t error = (int64_t)((lg_root(squared) + 1) * t_95[row_of(l->n)] >> 8 << shift);
   out->rise = rise < held ? rise : held;
   out->lo = rise > error ? rise - error : 0;
   out->hi = bounded_sum(rise, error, held);
   if (rise < rise_min)
      return 0;
   if (only_rise(l))
      return 1;
   int is_large = rise >= out->fall / RISE_DEN && rise >= fall_min;
   return goes_on(l, &f, base, shift) && is_beyond(&f, l->n, is_large ? t2_likely : t2_sure);
}

int lg_waves_doubt(const int64_t *floors, uint32_t n, int64_t fall_min, int64_t rise_min, lg_waves *out)
{
   static const lg_waves nothing = {0};
   lows l;
   *out = nothing;
   out->fall = n > 0 ? deepest_fall(floors, n) : 0;
   if (out->fall <= fall_min || n < START_DEN)
      return 0;
   find_lows(floors, n, out->fall / SWING_DEN + 1, &l);
   int64_t held = floors[n - 1];
   out->n_lows = l.n;
   out->hi = held;
   out->to = n - 1;
   if (l.n == 1 && l.level[0] <= rise_min && l.at[0] * STILL_DEN >= n)
      return 0; /* nothing was left of it */
   if (l.n < 2)
      return !stood_still(floors, n, out->fall / STILL_SHARE);
   out->first = l.level[0];
   out->last = l.level[l.n - 1];
   out->from = l.at[0];
   out->to = l.at[l.n - 1];
   if (l.n > 2)
      return doubt_many(&l, fall_min, rise_min, held, out);
   out->rise = out->last - out->first;
   out->hi = bounded_sum(out->rise, out->fall, held);
   return out->rise >= rise_min && out->to - out->from >= n / APART_DEN &&
          !stood_still(floors, n, out->fall / STILL_SHARE);
}
