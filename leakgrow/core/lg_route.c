/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_route: the order of the questions matters only for which evidence is named. Doubts are kept: an account that no route calls
 * growing is bounded only if none of them had a reason to hesitate. */
#include "lg_route.h"

enum {
   N_WINDOWS = 5,
   HALF = 3, /* the window of the second half: its warm-up is still going on */
   N_BIRTH_WINDOWS = 3,
   LEVEL_MAX = 1 << 26, /* of a mean level, in sixteenths of blocks */
   DEAD_SHARE = 8,      /* and at most one death in this many of them beyond the age */
   IDLE_SIXTEENTHS = 15 /* growth of which more than this came in idle intervals is not believed */
};

static const uint8_t window_begins[N_WINDOWS] = {0, 1, 4, 8, 12}; /* sixteenths of the run */

/* What has been found so far. */
typedef struct {
   const lg_route_in *in;
   lg_route *out;
   uint8_t noisy[N_WINDOWS]; /* series (bytes, blocks) whose floors were too noisy in this window */
} search;

int64_t lg_clamp(int64_t v, int64_t max)
{
   return v < 0 ? 0 : v > max ? max : v;
}

/* 64 x 64 -> 128 bits, because 32-bit targets have no __int128. */
static void multiply(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low)
{
   uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
   uint64_t mid = a1 * b0 + (a0 * b0 >> 32), mid2 = a0 * b1 + (uint32_t)mid;
   *high = a1 * b1 + (mid >> 32) + (mid2 >> 32);
   *low = (mid2 << 32) | (uint32_t)(a0 * b0);
}

/* a * b >= c * d */
static int product_reaches(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
   uint64_t high, low, high2, low2;
   multiply(a, b, &high, &low);
   multiply(c, d, &high2, &low2);
   return high > high2 || (high == high2 && low >= low2);
}

/* Blocks grew: did bytes grow with them, by at least half of what these blocks hold on average? */
static int bytes_follow(const lg_lane *lane, const lg_window *w)
{
   int64_t r[LG_INTERVALS_MAX], blocks = lane->end_blk[lane->n - 1], bytes = lane->end_B[lane->n - 1];
   lg_envelope(lane->min_B, w->from, lane->n, r);
   return blocks > 0 &&
          product_reaches((uint64_t)(r[w->to] - r[w->from]), (uint64_t)blocks * 2, (uint64_t)w->grown, (uint64_t)bytes);
}

/* Was some of the growth of x in this window done while the program worked? Only asked on the clock of time. */
static int grew_at_work(const lg_load *load, const int64_t *x, uint32_t n, const lg_window *w)
{
   int64_t r[LG_INTERVALS_MAX], idle = 0;
   if (!load)
      return 1;
   lg_envelope(x, w->from, n, r);
   for (uint32_t i = w->from + 1; i <= w->to; i++) {
      if (load->idle[i])
         idle += (r[i] - r[i - 1]) >> w->part_shift;
   }
   return idle * 16 <= (w->grown >> w->part_shift) * IDLE_SIXTEENTHS;
}

/* A window grows: is it believed? If not, that is a doubt. */
static int accept(search *s, const int64_t *x, const lg_window *w, int why)
{
   const lg_route_in *in = s->in;
   if (!lg_window_spread(w, in->spread) || !grew_at_work(in->load, x, in->lane->n, w)) {
      s->out->why = LG_WHY_WITH_LOAD;
      return 0;
   }
   s->out->found = 1;
   s->out->hit = *w;
   s->out->why = why;
   return 1;
}

/* Asks the floors. Returns 1 when one of the windows grows. */
static int floors_grow(search *s, const int64_t *floors, int is_blocks)
{
   const lg_lane *lane = s->in->lane;
   for (int k = 0; k < N_WINDOWS; k++) {
      lg_window w;
      lg_window_judge(floors, lane->n * window_begins[k] / 16, lane->n, 0, &w);
      if (w.result == LG_WINDOW_GROWING && !(s->in->whole && k >= HALF) && (!is_blocks || bytes_follow(lane, &w)) &&
          accept(s, floors, &w, is_blocks ? LG_WHY_FLOOR_BLOCKS : LG_WHY_FLOOR_BYTES))
         return 1;
      if (w.result == LG_WINDOW_NOISE || w.result == LG_WINDOW_MAYBE)
         s->noisy[k]++;
      if (w.result == LG_WINDOW_MAYBE && k <= HALF)
         s->out->why = LG_WHY_FEW_CYCLES;
      if (w.result == LG_WINDOW_WARMUP && k == HALF && !w.halved)
         s->out->why = LG_WHY_WARMING_UP;
   }
   return 0;
}

/* Blocks that died of teardown, which begins somewhere in the interval in progress: what died there beyond what was born, if that
 * brought the account below anything it held in the last quarter of the run. */
static int64_t died_of_teardown(const lg_route_in *in)
{
   const lg_dense *d = in->d;
   int64_t excess = lg_clamp(d->deaths[in->n], LG_COUNT_MAX) - lg_clamp(d->births[in->n], LG_COUNT_MAX);
   for (uint32_t i = in->n * 3 / 4; i < in->n; i++) {
      if (d->min_blk[i] <= d->min_blk[in->n])
         return 0;
   }
   return excess > 0 ? excess : 0;
}

/* Are `old` survivors many against the deaths in bucket `from` and beyond? Teardown freed as large a share of old blocks as of all
 * blocks; those deaths do not count. */
static int is_safe(const lg_route_in *in, uint32_t from, int64_t old)
{
   int64_t dead = 0, torn = died_of_teardown(in), live = lg_clamp(in->d->end_blk[in->n], LG_COUNT_MAX) + 1;
   for (uint32_t b = from; b < LG_AGES; b++)
      dead += lg_clamp(in->d->died_at_age[b], LG_COUNT_MAX);
   if (old < LG_OLD_SURVIVORS)
      return 0;
   if (dead <= old / DEAD_SHARE)
      return 1;
   /* dead - torn * min(1, old / live) <= old / 8 */
   int64_t too_many = dead - old / DEAD_SHARE;
   return torn >= too_many && product_reaches((uint64_t)torn, (uint64_t)old, (uint64_t)too_many, (uint64_t)live);
}

/* How many of the last elements to cut off: the smallest age beyond which blocks born since `begin` were seen to survive and not to
 * die. 0 if there is none. Quiet accounts, whose floors can speak, must make births matter: their blocks must die. */
static uint32_t cut_for_age(const search *s, const int64_t *survivors, uint32_t begin, int quiet)
{
   const lg_route_in *in = s->in;
   uint32_t age = 1, last = in->lane->n - 1;
   int64_t all = 0;

   for (uint32_t b = 0; b < LG_AGES; b++)
      all += lg_clamp(in->d->died_at_age[b], LG_COUNT_MAX);
   for (uint32_t bucket = 0; bucket < LG_AGES; bucket++) {
      while (age * 2 <= in->n && (uint64_t)age * in->units_per_interval < lg_age_of_bucket(bucket))
         age++;
      if (quiet ? (age + 1) * 5 > in->n * 2 : (age + 1) * 2 > in->n)
         return 0;
      uint32_t cut = lg_lane_cut(in->lane, in->n, age + 1);
      if (cut + 2 >= in->lane->n - begin)
         return 0;
      int64_t old = survivors[last - cut] - survivors[begin], young = survivors[last] - survivors[last - cut];
      if (all * 4 < (quiet ? 4 : 1) * old)
         continue;
      if (2 * young * (int64_t)(last - cut - begin) <
          old * (int64_t)cut) /* the young survive less than the old: it ended */
         continue;
      if (is_safe(in, bucket, old))
         return cut;
   }
   return 0;
}

/* Survivors gained in a window, while the account as a whole stayed level: a full cache, whose popular entries never leave it. The
 * floors in blocks are averaged over eighths of the window's last three quarters; they deny growth when the later four are lower
 * than half of what was gained says, by three standard errors. */
static int level_denies(const lg_lane *lane, const int64_t *survivors, const lg_window *w)
{
   enum { EIGHTHS = 8, SCALE = 16, SPAN_MIN = 16 };
   uint32_t begin = w->from + (w->to - w->from) / 4, span = w->to - begin, shift = 0;
   int64_t mean[EIGHTHS], half[2] = {0, 0}, spread = 0;

   if (span < SPAN_MIN)
      return 0;
   while ((survivors[w->to] - survivors[begin]) >> shift >> 16)
      shift++;
   for (uint32_t k = 0; k < EIGHTHS; k++) {
      uint32_t a = begin + span * k / EIGHTHS, b = begin + span * (k + 1) / EIGHTHS;
      int64_t sum = 0;
      for (uint32_t i = a; i < b; i++)
         sum += (lane->min_blk[i] - lane->min_blk[begin]) >> shift;
      mean[k] = lg_clamp(sum * SCALE / (b - a) + LEVEL_MAX, 2 * LEVEL_MAX) - LEVEL_MAX;
      half[k / (EIGHTHS / 2)] += mean[k];
   }
   for (uint32_t k = 0; k < EIGHTHS; k++) {
      int64_t off = mean[k] - half[k / (EIGHTHS / 2)] / (EIGHTHS / 2);
      spread += off * off;
   }
   int64_t gained = ((survivors[w->to] - survivors[begin]) >> shift) * SCALE;
   int64_t missing = gained / 4 - (half[1] - half[0]) / (EIGHTHS / 2);
   /* variance of a half's mean = spread / 6 / 4, of the difference twice that; nine times it is 3 / 4 of the spread */
   return missing > 0 && missing * missing * 4 > spread * 3;
}

/* Asks the births. */
static int births_grow(search *s)
{
   const lg_lane *lane = s->in->lane;
   int64_t survivors[LG_INTERVALS_MAX], sum = 0;
   int quiet = s->noisy[0] < 2 && s->noisy[1] < 2 && s->noisy[2] < 2;

   for (uint32_t i = 0; i < lane->n; i++)
      survivors[i] = sum += lg_clamp(lane->surv_blk[i], LG_COUNT_MAX);
   for (uint32_t k = 0; k < N_BIRTH_WINDOWS; k++) {
      uint32_t begin = lane->n * k / 8, cut = cut_for_age(s, survivors, begin, quiet);
      lg_window w;
      if (!cut)
         continue;
      lg_window_judge(survivors, begin, lane->n, cut, &w);
      if (w.result == LG_WINDOW_GROWING && !level_denies(lane, survivors, &w) &&
          accept(s, survivors, &w, LG_WHY_BIRTHS))
         return 1;
      if (!quiet && w.result == LG_WINDOW_WARMUP && !w.halved && w.rises >= 8 && w.gap_end <= w.gap_max)
         s->out->why = LG_WHY_WARMING_UP;
   }
   return 0;
}

int lg_route_is_idle(const lg_dense *d, uint32_t n)
{
   int64_t moved = 0, survivors = 0;
   for (uint32_t i = 0; i < n; i++) {
      moved |= (d->min_B[i] ^ d->min_B[0]) | (d->min_blk[i] ^ d->min_blk[0]);
      survivors += lg_clamp(d->surv_blk[i], LG_COUNT_MAX);
   }
   return moved == 0 && survivors < LG_OLD_SURVIVORS;
}

void lg_route_find(const lg_route_in *in, lg_route *out)
{
   search s;
   s.in = in;
   s.out = out;
   for (int k = 0; k < N_WINDOWS; k++)
      s.noisy[k] = 0;
   out->found = 0;
   out->why = LG_WHY_BOUNDED;
   if (!floors_grow(&s, in->lane->min_B, /*is_blocks*/ 0) && !floors_grow(&s, in->lane->min_blk, /*is_blocks*/ 1))
      births_grow(&s);
}
