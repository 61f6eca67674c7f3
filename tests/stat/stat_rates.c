/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_rates.h"

#include <string.h>

enum { EVENTS_DUE = 20 };

uint32_t stat_steps(const stat_plan *plan, uint32_t index)
{
   sim_rng r;
   rng_seed(&r, plan->base, 77, index);
   return (uint32_t)rng_scale(&r, plan->steps_min, plan->steps_max + 1);
}

void stat_input_of(const sim *s, uint32_t judged, stat_input *out)
{
   uint32_t shift = sim_shift(judged, LG_INTERVALS_MAX);
   sim_account_dense(&s->account, judged, shift, &out->dense);
   for (uint32_t i = 0; i < out->dense.n; i++) {
      uint32_t end = ((i + 1) << shift) < judged ? (i + 1) << shift : judged;
      out->ticks[i] = s->ticks[end - 1];
      out->alloc_B[i] = s->alloc_B[end - 1];
   }
   out->in.d = &out->dense;
   out->in.units_per_interval = (uint64_t)1 << shift;
   out->in.ticks = s->work_rate > 0 ? out->ticks : 0;
   out->in.alloc_B = out->alloc_B;
}

/* Bytes leaked between the end of one interval and that of another. */
static double truth_between(const sim *s, uint32_t judged, uint32_t from, uint32_t to)
{
   uint32_t shift = sim_shift(judged, LG_INTERVALS_MAX);
   uint32_t a = (from + 1) << shift, b = (to + 1) << shift;
   if (a > judged)
      a = judged;
   if (b > judged)
      b = judged;
   return s->leaked_B[b - 1] - s->leaked_B[a - 1];
}

static void tally_truth(const sim *s, uint32_t judged, const stat_input *in, const lg_trend *t, stat_tally *tally)
{
   uint32_t third = judged / 3, share;
   double leaked = s->leaked_B[judged - 1] - s->leaked_B[third],
          events = s->leaked_events[judged - 1] - s->leaked_events[third], peak = 1;
   for (uint32_t i = 0; i < in->dense.n; i++) {
      if ((double)in->dense.max_B[i] > peak)
         peak = (double)in->dense.max_B[i];
   }
   if (events >= EVENTS_DUE) {
      share = leaked < 0.01 * peak ? 0 : leaked < 0.05 * peak ? 1 : leaked < 0.2 * peak ? 2 : 3;
      tally->share_runs[share]++;
      tally->share_found[share] += t->verdict == LG_GROWING;
      tally->share_unsure[share] += t->verdict == LG_INCONCLUSIVE;
      if (share >= 2) {
         tally->due++;
         tally->found += t->verdict == LG_GROWING;
         tally->unsure += t->verdict == LG_INCONCLUSIVE;
      }
   }
   if (t->verdict == LG_GROWING) {
      double truth = truth_between(s, judged, t->from, t->to);
      tally->slopes++;
      tally->covered += (double)t->grown_lo_B <= truth && truth <= (double)t->grown_hi_B;
   }
}

lg_verdict stat_run(const stat_plan *plan, uint32_t case_index, uint32_t index, stat_tally *tally)
{
   const sim_case *c = sim_case_get(case_index);
   static stat_input in;
   lg_trend t;
   sim s;
   uint32_t judged;

   sim_case_run(&s, c, plan->base, case_index, index, stat_steps(plan, index), &judged);
   stat_input_of(&s, judged, &in);
   lg_trend_judge(&in.in, &t);

   tally->runs++;
   tally->growing += t.verdict == LG_GROWING;
   tally->inconclusive += t.verdict == LG_INCONCLUSIVE;
   tally->warming += t.warming_up != 0;
   tally->shapes[t.shape]++;
   tally->whys[t.why]++;
   if (t.verdict == LG_GROWING)
      tally->by_clock[t.clock]++;
   if (c->class != CLASS_BOUNDED)
      tally_truth(&s, judged, &in, &t, tally);
   sim_case_done(&s);
   return t.verdict;
}

/* What leaked is known in bytes: blocks are as large as the account's are on average. Cases that resize tell nothing of numbers. */
static void count_truth(const sim *s, const sim_case *c, uint32_t judged, uint32_t one_in, stat_count *out)
{
   uint32_t third = judged / 3;
   double leaked_B = s->leaked_B[judged - 1] - s->leaked_B[third], born_B = 0, born = 0;
   if (c->class == CLASS_BOUNDED || s->account.has_resizes)
      return;
   for (uint32_t i = 0; i < judged; i++) {
      born_B += (double)s->account.rec[i].births_B;
      born += (double)s->account.rec[i].births;
   }
   if (born_B == 0)
      return;
   out->leaked = leaked_B / (born_B / born) / one_in;
   out->is_due =
      s->leaked_events[judged - 1] - s->leaked_events[third] >= EVENTS_DUE && out->leaked >= 0.05 * (double)out->peak;
}

void stat_run_counted(const stat_plan *plan, uint32_t case_index, uint32_t index, uint32_t one_in, stat_count *out)
{
   const sim_case *c = sim_case_get(case_index);
   static stat_input in;
   lg_trend t;
   sim s;
   uint32_t judged;
   memset(out, 0, sizeof *out);
   sim_case_run_counted(&s, c, plan->base, case_index, index, stat_steps(plan, index), one_in, &judged);
   stat_input_of(&s, judged, &in);
   sim_account_dense(s.account.counted, judged, sim_shift(judged, LG_INTERVALS_MAX), &in.dense);
   lg_trend_judge(&in.in, &t);
   out->verdict = t.verdict;
   out->grown = t.verdict == LG_GROWING ? t.grown_B : 0;
   for (uint32_t i = 0; i < in.dense.n; i++)
      out->peak = in.dense.max_B[i] > out->peak ? in.dense.max_B[i] : out->peak;
   count_truth(&s, c, judged, one_in, out);
   sim_case_done(&s);
}

/* Only what lg_group judges of a sum (its G5): survivors and blocks of different accounts explain each other away. */
static void add_dense(lg_dense *sum, const lg_dense *d)
{
   for (uint32_t i = 0; i < sum->n; i++) {
      sum->min_B[i] += d->min_B[i];
      sum->max_B[i] += d->max_B[i];
      sum->end_B[i] += d->end_B[i];
   }
}

/* The cases of a sum are drawn by the run's index, bounded ones first, the steady leak last. */
static uint32_t draw_case(sim_rng *r, int leak)
{
   for (;;) {
      uint32_t k = rng_below(r, sim_case_count());
      if (sim_case_get(k)->class == (leak ? CLASS_STEADY : CLASS_BOUNDED))
         return k;
   }
}

lg_verdict stat_run_sum(const stat_plan *plan, uint32_t n, int leak, uint32_t index, stat_tally *tally)
{
   static stat_input sum, one;
   uint32_t steps = stat_steps(plan, index), shift = sim_shift(steps, LG_INTERVALS_MAX), judged;
   lg_trend t;
   sim_rng r;
   sim s;

   memset(&sum, 0, sizeof sum);
   rng_seed(&r, plan->base, 78, index);
   for (uint32_t i = 0; i < n + (leak != 0); i++) {
      sim_case_run(&s, sim_case_get(draw_case(&r, i == n)), plan->base, 1000 + i, index, steps, &judged);
      sim_account_dense(&s.account, steps, shift, &one.dense);
      sum.dense.n = one.dense.n;
      add_dense(&sum.dense, &one.dense);
      if (i + 1 < n + (leak != 0))
         sim_case_done(&s);
   }
   sum.in.d = &sum.dense;
   sum.in.units_per_interval = (uint64_t)1 << shift;
   lg_trend_judge(&sum.in, &t);
   if (t.verdict == LG_GROWING && t.grown_lo_B < t.grown_B / 2) /* G6 of lg_group */
      t.verdict = LG_INCONCLUSIVE;
   tally->runs++;
   tally->growing += t.verdict == LG_GROWING;
   tally->inconclusive += t.verdict == LG_INCONCLUSIVE;
   tally->shapes[t.shape]++;
   if (leak)
      tally_truth(&s, steps, &sum, &t, tally);
   sim_case_done(&s);
   return t.verdict;
}

void stat_add(stat_tally *sum, const stat_tally *t)
{
   /* a tally is counters throughout */
   uint32_t *to = (uint32_t *)sum;
   const uint32_t *from = (const uint32_t *)t;
   for (size_t i = 0; i < sizeof *t / sizeof *to; i++)
      to[i] += from[i];
}

void stat_interval(uint32_t hits, uint32_t n, double *low, double *high)
{
   double z = 1.96, p = n ? (double)hits / n : 0, m = n ? n : 1;
   double centre = p + z * z / (2 * m), arm = z * sqrt(p * (1 - p) / m + z * z / (4 * m * m)), scale = 1 + z * z / m;
   *low = fmax(0, (centre - arm) / scale);
   *high = fmin(1, (centre + arm) / scale);
}
