/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_trend: three routes lead to a verdict, in this order.
 *
 *   doubling   capacity that only doubles rises too rarely for statistics; it has its own timetable
 *   floors     the retained envelope of the floors, in bytes and in blocks, over windows that begin at 0, 1/16, 1/4, 1/2, 3/4
 *   births     where floors are too noisy to speak: blocks that survive, counted by the interval they were born in, beyond an
 *              age after which blocks of this account have been seen not to die
 *
 * The rates of false alarms and of detection of every route are measured by tests/stat and listed in docs/TRENDS.md. */
#include "lg_trend.h"
#include "lg_retained.h"
#include "lg_trend_shape.h"

enum {
   N_MIN = 16,      /* intervals below which nothing is judged */
   N_SHORT = 40,    /* up to here growing is only suspected */
   N_WINDOWS = 5,
   OLD_SURVIVORS = 8, /* blocks that must have survived for births to speak */
   DEAD_SHARE = 8     /* and at most one death in this many of them beyond the age */
};

/* Bounds for counts read from a damaged file, so that sums cannot overflow. */
#define COUNT_MAX (INT64_C(1) << 40)
#define BYTES_MAX (INT64_C(1) << 54)

static const uint8_t window_begins[N_WINDOWS] = {0, 1, 4, 8, 12}; /* sixteenths of the run */

/* Everything a run of lg_trend_judge has found so far. */
typedef struct {
   const lg_dense *d;
   uint64_t units_per_interval;
   uint32_t n;      /* intervals judged: without the one in progress */
   int doubt;       /* an lg_why, or 0 */
   uint8_t noisy[N_WINDOWS]; /* series (bytes, blocks) whose floors were too noisy in this window */
   lg_window hit;   /* the window that grows */
   int why;
} judgement;

static int64_t bounded(int64_t v, int64_t max) { return v < 0 ? 0 : v > max ? max : v; }

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
static int bytes_follow(const judgement *j, const lg_window *w)
{
   int64_t r[LG_INTERVALS_MAX], blocks = j->d->end_blk[j->n - 1], bytes = j->d->end_B[j->n - 1];
   lg_envelope(j->d->min_B, w->from, j->n, r);
   return blocks > 0
          && product_reaches((uint64_t)(r[w->to] - r[w->from]), (uint64_t)blocks * 2, (uint64_t)w->grown, (uint64_t)bytes);
}

/* Asks the floors. Returns 1 when one of the windows grows. */
static int floors_grow(judgement *j, const int64_t *floors, int is_blocks)
{
   for (int k = 0; k < N_WINDOWS; k++) {
      lg_window w;
      lg_window_judge(floors, j->n * window_begins[k] / 16, j->n, 0, &w);
      if (w.result == LG_WINDOW_GROWING && (!is_blocks || bytes_follow(j, &w))) {
         j->hit = w;
         j->why = is_blocks ? LG_WHY_FLOOR_BLOCKS : LG_WHY_FLOOR_BYTES;
         return 1;
      }
      if (w.result == LG_WINDOW_NOISE || w.result == LG_WINDOW_MAYBE)
         j->noisy[k]++;
      if (w.result == LG_WINDOW_MAYBE && k < 4)
         j->doubt = LG_WHY_FEW_CYCLES;
      if (w.result == LG_WINDOW_WARMUP && k == 3 && !w.halved)
         j->doubt = LG_WHY_WARMING_UP;
   }
   return 0;
}

/* The smallest age, in intervals, beyond which blocks born since `begin` were seen to survive and not to die; 0 if none. */
static uint32_t safe_age(const judgement *j, const int64_t *survivors, uint32_t begin)
{
   for (uint32_t bucket = 0; bucket < LG_AGES; bucket++) {
      uint32_t age = 1;
      while (age * 3 <= j->n && (uint64_t)age * j->units_per_interval < (uint64_t)1 << bucket)
         age++;
      age++;
      if (age * 3 > j->n)
         return 0;
      int64_t dead = 0, old = survivors[j->n - 1 - age] - survivors[begin];
      for (uint32_t b = bucket; b < LG_AGES; b++)
         dead += bounded(j->d->died_at_age[b], COUNT_MAX);
      if (old >= OLD_SURVIVORS && dead <= old / DEAD_SHARE)
         return age;
   }
   return 0;
}

/* Asks the births. Only where floors of bytes and of blocks both had nothing to say. */
static int births_grow(judgement *j)
{
   int64_t survivors[LG_INTERVALS_MAX], sum = 0;

   if (j->noisy[0] < 2 && j->noisy[1] < 2 && j->noisy[2] < 2)
      return 0;
   for (uint32_t i = 0; i < j->n; i++)
      survivors[i] = sum += bounded(j->d->surv_blk[i], COUNT_MAX);

   for (uint32_t k = 0; k < 3; k++) {
      uint32_t begin = j->n * k / 8, age = safe_age(j, survivors, begin);
      lg_window w;
      if (!age)
         continue;
      lg_window_judge(survivors, begin, j->n, age, &w);
      if (w.result == LG_WINDOW_GROWING) {
         j->hit = w;
         j->why = LG_WHY_BIRTHS;
         return 1;
      }
      if (w.result == LG_WINDOW_WARMUP && !w.halved && w.rises >= 8 && w.gap_end <= w.gap_max)
         j->doubt = LG_WHY_WARMING_UP;
   }
   return 0;
}

static uint64_t square_root(uint64_t v)
{
   uint64_t root = 0;
   for (int bit = 31; bit >= 0; bit--) {
      uint64_t next = root | (uint64_t)1 << bit;
      if (next * next <= v)
         root = next;
   }
   return root;
}

/* How many bytes the account gained for good in the window that decided, and how sure that is: 95 % of a normal error
 * estimated from the spread of the sixteen parts. */
static void measure_growth(const judgement *j, lg_trend *out)
{
   int64_t kept_B[LG_INTERVALS_MAX], kept_blk[LG_INTERVALS_MAX];
   const lg_window *w = &j->hit;
   uint32_t span = w->to - w->from, shift = 0;
   int64_t spread = 0, all;

   if (j->why == LG_WHY_BIRTHS) {
      int64_t sum_B = 0, sum_blk = 0;
      for (uint32_t i = 0; i < j->n; i++) {
         kept_B[i] = sum_B += bounded(j->d->surv_B[i], BYTES_MAX);
         kept_blk[i] = sum_blk += bounded(j->d->surv_blk[i], COUNT_MAX);
      }
   } else {
      lg_envelope(j->d->min_B, w->from, j->n, kept_B);
      lg_envelope(j->d->min_blk, w->from, j->n, kept_blk);
   }
   out->from = w->from;
   out->to = w->to;
   out->grown_B = kept_B[w->to] - kept_B[w->from];
   out->grown_blk = kept_blk[w->to] - kept_blk[w->from];

   while (out->grown_B >> shift >> 20)
      shift++;
   all = out->grown_B >> shift;
   for (uint32_t k = 0; k < LG_PARTS; k++) {
      uint32_t a = w->from + span * k / LG_PARTS, b = w->from + span * (k + 1) / LG_PARTS;
      int64_t off = LG_PARTS * ((kept_B[b] - kept_B[a]) >> shift) - all;
      spread += off * off;
   }
   /* variance of the sum of 16 parts = spread / (16 * 15); 273 / 65536 is 1 / 240. Student's t for 15 degrees is 2.13. */
   int64_t error = (int64_t)(square_root((uint64_t)spread * 273 >> 16) * 545 >> 8 << shift);
   out->grown_lo_B = out->grown_B > error ? out->grown_B - error : 0;
   out->grown_hi_B = out->grown_B <= INT64_MAX - error ? out->grown_B + error : INT64_MAX;
}

static void judge_doubling(judgement *j, lg_trend *out, lg_doubling state)
{
   static const lg_window nothing = {0};
   out->shape = LG_SHAPE_DOUBLING;
   j->hit = nothing;
   j->hit.to = j->n - 1;
   if (state == LG_DOUBLING_GROWING) {
      out->verdict = LG_GROWING;
      j->why = LG_WHY_DOUBLING;
   } else if (state == LG_DOUBLING_WAITING) {
      out->verdict = LG_INCONCLUSIVE;
      j->why = LG_WHY_DOUBLING_DUE;
   } else {
      out->verdict = LG_BOUNDED;
      j->why = LG_WHY_DOUBLING_OVER;
   }
}

/* Too few intervals for any test: only what is flat is called bounded. */
static void judge_tiny(judgement *j, lg_trend *out)
{
   uint32_t grew = 0;
   for (uint32_t i = 1; i < j->n; i++)
      grew += j->d->end_B[i] > j->d->end_B[i - 1];
   out->verdict = grew >= 2 ? LG_INCONCLUSIVE : LG_BOUNDED;
   j->why = grew >= 2 ? LG_WHY_SHORT : LG_WHY_BOUNDED;
   out->shape = lg_shape_of_rest(j->d, j->n);
}

static void judge_intervals(judgement *j, lg_trend *out)
{
   lg_doubling doubling = lg_doubling_state(j->d->end_B, j->n);
   if (doubling != LG_DOUBLING_NONE) {
      judge_doubling(j, out, doubling);
   } else if (floors_grow(j, j->d->min_B, /*is_blocks*/ 0) || floors_grow(j, j->d->min_blk, /*is_blocks*/ 1) || births_grow(j)) {
      out->verdict = LG_GROWING;
      out->shape = lg_shape_of_growth(&j->hit);
   } else {
      out->verdict = j->doubt ? LG_INCONCLUSIVE : LG_BOUNDED;
      out->shape = lg_shape_of_rest(j->d, j->n);
      j->why = j->doubt ? j->doubt : LG_WHY_BOUNDED;
      out->warming_up = j->doubt == LG_WHY_WARMING_UP;
   }
   if (out->verdict == LG_GROWING)
      measure_growth(j, out);
   if (out->verdict == LG_GROWING && j->n <= N_SHORT) {
      out->verdict = LG_INCONCLUSIVE;
      j->why = LG_WHY_SHORT;
   }
}

void lg_trend_judge(const lg_trend_in *in, lg_trend *out)
{
   static const lg_trend nothing = {0};
   judgement j;

   *out = nothing;
   j.d = in->d;
   j.units_per_interval = in->units_per_interval;
   j.n = in->d->n ? in->d->n - 1 : 0;
   j.doubt = 0;
   j.why = LG_WHY_BOUNDED;
   for (int k = 0; k < N_WINDOWS; k++)
      j.noisy[k] = 0;
   if (j.n < N_MIN)
      judge_tiny(&j, out);
   else
      judge_intervals(&j, out);
   out->why = j.why;
}

const char *lg_verdict_name(lg_verdict v)
{
   static const char *const names[] = {"bounded", "growing", "inconclusive"};
   return (unsigned)v < sizeof names / sizeof *names ? names[v] : "?";
}

const char *lg_shape_name(lg_shape s)
{
   static const char *const names[] = {"flat", "linear", "accelerating", "saturating", "step", "burst",
                                       "sawtooth", "plateau", "lag", "batches", "doubling", "fluctuating"};
   return (unsigned)s < sizeof names / sizeof *names ? names[s] : "?";
}

const char *lg_trend_why(int why)
{
   static const char *const clauses[] = {
      [LG_WHY_BOUNDED] = "because nothing it keeps is still growing",
      [LG_WHY_FLOOR_BYTES] = "because the bytes it never gives back keep rising",
      [LG_WHY_FLOOR_BLOCKS] = "because the blocks it never gives back keep rising in number",
      [LG_WHY_BIRTHS] = "because part of the blocks born in every stretch of the run are never freed",
      [LG_WHY_DOUBLING] = "because its capacity keeps doubling on time",
      [LG_WHY_DOUBLING_DUE] = "because its capacity has doubled and the next doubling is not due yet",
      [LG_WHY_DOUBLING_OVER] = "because its capacity doubled but has stopped doing so",
      [LG_WHY_WARMING_UP] = "because its growth is slowing down as a warm-up does",
      [LG_WHY_FEW_CYCLES] = "because it rises and falls in too few cycles to see what lies under them",
      [LG_WHY_SHORT] = "because the run is too short",
   };
   return (unsigned)why < sizeof clauses / sizeof *clauses ? clauses[why] : "?";
}
