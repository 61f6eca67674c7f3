/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts on series written by hand. Rates are measured by tests/stat; here every rule has one clear case on each side. */
#include "lg_load.h"
#include "lg_retained.h"
#include "lg_trend.h"
#include "lg_trend_shape.h"

#include "lgtest.h"

static lg_dense d;
static uint64_t ticks[LG_INTERVALS_MAX], alloc_B[LG_INTERVALS_MAX];

/* n intervals that hold live(i) blocks of 64 bytes; those that rise are survivors. */
static lg_trend judge(uint32_t n, int64_t (*live)(uint32_t i))
{
   lg_trend_in in = {&d, 1, NULL, NULL};
   lg_trend t;
   int64_t before = 0;
   memset(&d, 0, sizeof d);
   d.n = n;
   for (uint32_t i = 0; i < n; i++) {
      int64_t now = live(i), low = now < before ? now : before;
      d.min_blk[i] = low;
      d.max_blk[i] = now > before ? now : before;
      d.end_blk[i] = now;
      d.min_B[i] = low * 64;
      d.max_B[i] = d.max_blk[i] * 64;
      d.end_B[i] = now * 64;
      if (now > before)
         d.births[i] = d.surv_blk[i] = now - before;
      else
         d.deaths[i] = before - now;
      d.surv_B[i] = d.surv_blk[i] * 64;
      before = now;
   }
   lg_trend_judge(&in, &t);
   return t;
}

static int64_t line(uint32_t i)
{
   return 10 + 3 * (int64_t)i;
}
static int64_t flat(uint32_t i)
{
   return i == 0 ? 0 : 500;
}
static int64_t square(uint32_t i)
{
   return 5 + (int64_t)i * i / 8;
}
static int64_t fill(uint32_t i)
{
   return i < 60 ? 20 * (int64_t)i : 1200;
}
static int64_t sawtooth(uint32_t i)
{
   return 50 + 40 * (int64_t)(i % 9);
}
static int64_t sawtooth_drift(uint32_t i)
{
   return 50 + 40 * (int64_t)(i % 9) + 4 * (int64_t)(i / 9);
}
static int64_t one_step(uint32_t i)
{
   return i < 90 ? 100 : 900;
}
static int64_t burst(uint32_t i)
{
   return i > 40 && i < 52 ? 4000 : 100;
}
static int64_t late(uint32_t i)
{
   return i < 70 ? 100 : 100 + 5 * (int64_t)(i - 70);
}
static int64_t batches(uint32_t i)
{
   return 100 + 30 * (int64_t)(i / 8);
}

/* Halves every 28 intervals what is missing to 2000: a warm-up with time constant 40. */
static int64_t warm_up(uint32_t i)
{
   static const int64_t missing[28] = {2000, 1951, 1903, 1857, 1811, 1767, 1724, 1682, 1641, 1601,
                                       1561, 1523, 1486, 1450, 1414, 1380, 1346, 1313, 1281, 1250,
                                       1219, 1189, 1160, 1132, 1104, 1077, 1051, 1025};
   return 2000 - (missing[i % 28] >> (i / 28));
}

static int64_t doubling_on(uint32_t i)
{
   int64_t size = 1;
   while (size * 2 <= (int64_t)i)
      size *= 2;
   return size;
}

static int64_t doubling_off(uint32_t i)
{
   return doubling_on(i < 40 ? i : 40);
}

static void growth(void)
{
   LGT_EQ_I(judge(150, line).verdict, LG_GROWING);
   LGT_EQ_I(judge(150, line).shape, LG_SHAPE_LINEAR);
   LGT_EQ_I(judge(150, square).shape, LG_SHAPE_ACCELERATING);
   LGT_EQ_I(judge(150, square).verdict, LG_GROWING);
   LGT_EQ_I(judge(150, late).verdict, LG_GROWING);
   LGT_EQ_I(judge(150, sawtooth_drift).verdict, LG_GROWING);
   LGT_EQ_I(judge(150, batches).verdict, LG_GROWING);
   LGT_EQ_I(judge(150, batches).shape, LG_SHAPE_BATCHES);
}

static void no_growth(void)
{
   LGT_EQ_I(judge(150, flat).verdict, LG_BOUNDED);
   LGT_EQ_I(judge(150, fill).verdict, LG_BOUNDED);
   LGT_EQ_I(judge(150, sawtooth).verdict, LG_BOUNDED);
   LGT_EQ_I(judge(150, sawtooth).shape, LG_SHAPE_SAWTOOTH);
   LGT_EQ_I(judge(150, one_step).verdict, LG_BOUNDED);
   LGT_EQ_I(judge(150, one_step).shape, LG_SHAPE_STEP);
   LGT_EQ_I(judge(150, burst).verdict, LG_BOUNDED);
   LGT_EQ_I(judge(150, burst).shape, LG_SHAPE_BURST);
}

static void warm_up_is_not_growth(void)
{
   lg_trend t = judge(80, warm_up);
   LGT_EQ_I(t.verdict, LG_INCONCLUSIVE);
   LGT_EQ_I(t.warming_up, 1);
   LGT_EQ_I(judge(200, warm_up).verdict, LG_BOUNDED);
}

static void doubling(void)
{
   LGT_EQ_I(judge(140, doubling_on).verdict, LG_GROWING); /* the last doubling was at 128 */
   LGT_EQ_I(judge(140, doubling_on).why, LG_WHY_DOUBLING);
   LGT_EQ_I(judge(199, doubling_on).verdict, LG_INCONCLUSIVE);
   LGT_EQ_I(judge(150, doubling_off).verdict, LG_BOUNDED);
   LGT_EQ_I(judge(150, doubling_off).why, LG_WHY_DOUBLING_OVER);
}

static void short_runs_say_nothing(void)
{
   for (uint32_t n = 1; n <= LG_INTERVALS_MAX; n++) {
      lg_trend t = judge(n, line);
      LGT_EQ_I(t.verdict, n > 41 ? LG_GROWING : n > 3 ? LG_INCONCLUSIVE : LG_BOUNDED);
      LGT_OK(t.from <= t.to && t.to < n);
      LGT_EQ_I(judge(n, flat).verdict, LG_BOUNDED);
   }
}

static void the_slope_is_known(void)
{
   lg_trend t = judge(150, line);
   int64_t truth = 3 * 64 * (int64_t)(t.to - t.from);
   LGT_OK(t.to > 100);
   LGT_OK(t.grown_lo_B <= truth && truth <= t.grown_hi_B);
   LGT_OK(t.grown_hi_B - t.grown_lo_B < truth / 5);
   LGT_OK(t.grown_blk * 64 >= t.grown_lo_B && t.grown_blk * 64 <= t.grown_hi_B);
}

static void what_is_in_progress_does_not_count(void)
{
   lg_trend before = judge(150, line), after;
   lg_trend_in in = {&d, 1, NULL, NULL};
   d.min_B[149] = d.end_B[149] = d.min_blk[149] = d.end_blk[149] = 0;
   lg_trend_judge(&in, &after);
   LGT_EQ_I(after.verdict, before.verdict);
   LGT_EQ_I(after.grown_B, before.grown_B);
}

/* Works for 10 intervals, rests for 20. */
static uint64_t work_until(uint32_t i)
{
   return (uint64_t)(i / 30) * 10 + (i % 30 < 10 ? i % 30 + 1 : 10);
}
static int64_t by_work(uint32_t i)
{
   return 40 + 4 * (int64_t)work_until(i);
}

/* Three quarters work, then nothing. */
static int64_t until_rest(uint32_t i)
{
   return 40 + 4 * (int64_t)(i < 80 ? i : 80);
}

static void load_drives_growth(void)
{
   lg_trend t;
   lg_trend_in in = {&d, 1, ticks, NULL};
   judge(180, until_rest);
   for (uint32_t i = 0; i < d.n; i++)
      ticks[i] = 50 * (uint64_t)(i < 80 ? i : 80);
   lg_trend_judge(&in, &t);
   LGT_EQ_I(t.verdict, LG_GROWING);
   LGT_EQ_I(t.clock, LG_CLOCK_TICKS);
   LGT_OK(t.from < t.to && t.to <= 80);
   in.ticks = NULL; /* without ticks it merely stopped */
   lg_trend_judge(&in, &t);
   LGT_EQ_I(t.verdict, LG_BOUNDED);
   for (uint32_t i = 0; i < d.n; i++) /* and the load did not stop with it */
      ticks[i] = 50 * (uint64_t)(i < 60 ? i : 60 + (i - 60) / 2);
   in.ticks = ticks;
   lg_trend_judge(&in, &t);
   LGT_EQ_I(t.verdict, LG_BOUNDED);
}

/* A server that others make slower, to a tenth in the end: 100 units of work, then 10, then 5 in an interval. */
static uint64_t slow_work(uint32_t i)
{
   return i < 50 ? 100 * (uint64_t)i : i < 90 ? 5000 + 10 * (uint64_t)(i - 50) : 5400 + 5 * (uint64_t)(i - 90);
}
static int64_t by_slow_work(uint32_t i)
{
   return 40 + (int64_t)slow_work(i) / 2;
}

/* One that grows with work that never paused may be a warm-up that work drives, but nobody can call it bounded. */
static void growth_whose_load_slows_down_is_not_bounded(void)
{
   lg_trend t;
   lg_trend_in in = {&d, 1, NULL, alloc_B};
   judge(130, by_slow_work);
   for (uint32_t i = 0; i < d.n; i++)
      alloc_B[i] = 10000 * slow_work(i);
   lg_trend_judge(&in, &t);
   LGT_EQ_I(t.verdict, LG_INCONCLUSIVE);
   LGT_EQ_I(t.why, LG_WHY_WITH_LOAD);
   judge(130, until_rest); /* the load goes on, the growth does not */
   lg_trend_judge(&in, &t);
   LGT_EQ_I(t.verdict, LG_BOUNDED);
}

static void cells_hold_equal_work(void)
{
   lg_trend_in in = {&d, 1, NULL, alloc_B};
   lg_load load;
   judge(180, by_work);
   for (uint32_t i = 0; i < d.n; i++)
      alloc_B[i] = 1000000 * work_until(i);
   lg_load_learn(&in, 179, &load);
   LGT_OK(load.known);
   LGT_EQ_U(load.clock, LG_CLOCK_BYTES);
   LGT_EQ_U(load.n_cells, 60);
   LGT_EQ_U(load.rests, 6);
   LGT_OK(load.idle[15] && !load.idle[5]);
   for (uint32_t i = 1; i < 179; i++)
      LGT_OK(load.cell[i] == load.cell[i - 1] || load.cell[i] == load.cell[i - 1] + 1);
}

/* Blocks live for 30 intervals in great numbers; one birth in ten stays. */
static void births_see_through_noise(void)
{
   lg_trend_in in = {&d, 4, NULL, NULL};
   lg_trend t;
   memset(&d, 0, sizeof d);
   d.n = 180;
   for (uint32_t i = 0; i < d.n; i++) {
      int64_t young = 2000 + (i / 23 % 2 ? 900 : 0);
      d.min_blk[i] = d.max_blk[i] = d.end_blk[i] = young + i;
      d.min_B[i] = d.max_B[i] = d.end_B[i] = 64 * (young + i);
      d.births[i] = d.deaths[i] = 100;
      d.surv_blk[i] = i < 150 ? 1 : 90;
      d.surv_B[i] = 64 * d.surv_blk[i];
   }
   d.died_at_age[lg_age_bucket(100)] = 17000;
   lg_trend_judge(&in, &t);
   LGT_EQ_I(t.verdict, LG_GROWING);
   LGT_EQ_I(t.why, LG_WHY_BIRTHS);
   d.died_at_age[lg_age_bucket(500)] = 200; /* old blocks die, too: nothing leaks */
   lg_trend_judge(&in, &t);
   LGT_OK(t.verdict != LG_GROWING);
}

/* Slow definitions of what lg_retained does fast. */
static void retained_agrees_with_its_definition(void)
{
   int64_t x[LG_INTERVALS_MAX], r[LG_INTERVALS_MAX];
   for (int round = 0; round < 300; round++) {
      uint32_t n = 2 + (uint32_t)(lgt_rand() % (LG_INTERVALS_MAX - 2)), longest = 0;
      for (uint32_t i = 0; i < n; i++)
         x[i] = (int64_t)(lgt_rand() % (round % 2 ? 5 : 5000)) + (round % 3 ? (int64_t)i * 7 : 0);
      lg_envelope(x, 0, n, r);
      for (uint32_t i = 0; i < n; i++) {
         int64_t low = x[i];
         for (uint32_t j = i; j < n; j++)
            low = x[j] < low ? x[j] : low;
         LGT_EQ_I(r[i], low);
      }
      for (uint32_t j = 0; j < n; j++) {
         uint32_t back = j;
         while (back > 0 && x[back - 1] > x[j])
            back--;
         longest = j - back > longest ? j - back : longest;
      }
      LGT_EQ_U(lg_excursion(x, 0, n), longest);
   }
}

/* Whatever a damaged file holds: no overflow (the sanitizers look), and results within the run. */
static void hostile_input(void)
{
   for (int round = 0; round < 400; round++) {
      lg_trend_in in = {&d, (uint64_t)1 << (lgt_rand() % 41), ticks, round % 2 ? alloc_B : NULL};
      int64_t *words = d.min_B, most = round % 3 ? INT64_MAX : 1000;
      lg_trend t;
      d.n = (uint32_t)(lgt_rand() % (LG_INTERVALS_MAX + 1));
      for (size_t i = 0; i < (sizeof d - offsetof(lg_dense, min_B)) / sizeof *words; i++)
         words[i] = (int64_t)(lgt_rand() & INT64_MAX) % most;
      for (uint32_t i = 0; i < LG_INTERVALS_MAX; i++) {
         ticks[i] = lgt_rand();
         alloc_B[i] = lgt_rand();
      }
      lg_trend_judge(&in, &t);
      LGT_OK(t.verdict == LG_BOUNDED || t.verdict == LG_GROWING || t.verdict == LG_INCONCLUSIVE);
      LGT_OK(t.from <= t.to && (t.to < d.n || t.to == 0));
      LGT_OK(t.grown_lo_B <= t.grown_B && t.grown_B <= t.grown_hi_B);
   }
}

static void words(void)
{
   LGT_OK(!strcmp(lg_verdict_name(LG_GROWING), "growing"));
   LGT_OK(!strcmp(lg_shape_name(LG_SHAPE_SAWTOOTH), "sawtooth"));
   LGT_OK(!strcmp(lg_shape_name(LG_SHAPE_FLUCTUATING), "fluctuating"));
   for (int why = LG_WHY_BOUNDED; why <= LG_WHY_WITH_LOAD; why++)
      LGT_OK(!strncmp(lg_trend_why(why), "because ", 8));
   LGT_OK(!strcmp(lg_trend_why(-1), "?"));
   LGT_OK(!strcmp(lg_trend_why(99), "?"));
}

LGT_MAIN(LGT(growth), LGT(no_growth), LGT(warm_up_is_not_growth), LGT(doubling), LGT(short_runs_say_nothing),
         LGT(the_slope_is_known), LGT(what_is_in_progress_does_not_count), LGT(load_drives_growth),
         LGT(growth_whose_load_slows_down_is_not_bounded), LGT(cells_hold_equal_work), LGT(births_see_through_noise),
         LGT(retained_agrees_with_its_definition), LGT(hostile_input), LGT(words))
