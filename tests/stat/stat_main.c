/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stat: measures the growth rule on simulated accounts. `stat help` lists what it does. */
#include "stat_rates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print_case(const sim_case *c, const stat_tally *t)
{
   printf("%-20s %c n %u growing %.2f inconclusive %.2f", c->name, "BSIO"[c->class], t->runs, 100.0 * t->growing / t->runs,
          100.0 * t->inconclusive / t->runs);
   if (c->class == CLASS_BOUNDED) {
      printf(" [%u]", t->growing);
   } else {
      printf(" due %u found %.1f unsure %.1f |", t->due, t->due ? 100.0 * t->found / t->due : 0, t->due ? 100.0 * t->unsure / t->due : 0);
      for (int k = 0; k < STAT_SHARES; k++)
         printf(" %.0f/%.0f(%u)", t->share_runs[k] ? 100.0 * t->share_found[k] / t->share_runs[k] : 0,
                t->share_runs[k] ? 100.0 * t->share_unsure[k] / t->share_runs[k] : 0, t->share_runs[k]);
      printf(" cov %.1f", t->slopes ? 100.0 * t->covered / t->slopes : 0);
   }
   printf(" clk %u/%u/%u why", t->by_clock[0], t->by_clock[1], t->by_clock[2]);
   for (int k = 1; k < 20; k++) {
      if (t->whys[k])
         printf(" %d:%u", k, t->whys[k]);
   }
   printf(" shape");
   for (int k = 0; k < STAT_SHAPES; k++) {
      if (t->shapes[k] * 10 >= t->runs)
         printf(" %s %u", lg_shape_name((lg_shape)k), 100 * t->shapes[k] / t->runs);
   }
   printf("\n");
}

static int run_rates(const stat_plan *plan, const char *only)
{
   stat_tally sum[4];
   memset(sum, 0, sizeof sum);
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      const sim_case *c = sim_case_get(k);
      stat_tally t;
      if (only && !strstr(c->name, only))
         continue;
      memset(&t, 0, sizeof t);
      for (uint32_t i = plan->first; i < plan->first + plan->runs; i++)
         stat_run(plan, k, i, &t);
      print_case(c, &t);
      fflush(stdout);
      stat_add(&sum[c->class], &t);
   }
   for (int k = 0; k < 4; k++) {
      static const char *const names[] = {"bounded", "steady", "irregular", "open"};
      stat_tally *t = &sum[k];
      double low, high;
      if (!t->runs)
         continue;
      stat_interval(k ? t->found : t->growing, k ? t->due : t->runs, &low, &high);
      printf("== %s runs %u growing %u (%.4f%%) inconclusive %.2f%% due %u found %.2f%% unsure %.2f%% ci %.4f..%.4f cov %.1f clk %u/%u/%u\n", names[k], t->runs, t->growing,
             100.0 * t->growing / t->runs, 100.0 * t->inconclusive / t->runs, t->due, t->due ? 100.0 * t->found / t->due : 0,
             t->due ? 100.0 * t->unsure / t->due : 0, 100 * low, 100 * high, t->slopes ? 100.0 * t->covered / t->slopes : 0, t->by_clock[0],
             t->by_clock[1], t->by_clock[2]);
   }
   return 0;
}

static int run_labels(const stat_plan *plan)
{
   int wrong = 0;
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      uint32_t bad = 0, last = 0;
      for (uint32_t i = 0; i < plan->runs; i++) {
         if (!sim_case_label_holds(sim_case_get(k), plan->base, k, i, stat_steps(plan, i))) {
            bad++;
            last = i;
         }
      }
      if (bad)
         printf("%-20s %u of %u labels do not hold (last: %u)\n", sim_case_get(k)->name, bad, plan->runs, last);
      wrong += bad > 0;
   }
   return wrong;
}

static int run_list(const stat_plan *plan, const char *name, const char *what)
{
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      if (strcmp(sim_case_get(k)->name, name))
         continue;
      for (uint32_t i = plan->first; i < plan->first + plan->runs; i++) {
         stat_tally t;
         memset(&t, 0, sizeof t);
         lg_verdict v = stat_run(plan, k, i, &t);
         if (!strcmp(lg_verdict_name(v), what) || (!strcmp(what, "missed") && t.due && !t.found && !t.unsure))
            printf("%s %u steps %u due %u why %s\n", name, i, stat_steps(plan, i), t.due, what);
      }
   }
   return 0;
}

static int run_show(const stat_plan *plan, const char *name)
{
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      if (strcmp(sim_case_get(k)->name, name))
         continue;
      static stat_input in;
      lg_trend t;
      sim s;
      uint32_t judged;
      sim_case_run(&s, sim_case_get(k), plan->base, k, plan->first, stat_steps(plan, plan->first), &judged);
      stat_input_of(&s, judged, &in);
      lg_trend_judge(&in.in, &t);
      printf("# %s why %d shape %s clock %d from %u to %u grown %lld %lld..%lld leaked %.0f steps %u judged %u\n", lg_verdict_name(t.verdict), t.why, lg_shape_name(t.shape), t.clock, t.from,
             t.to, (long long)t.grown_B, (long long)t.grown_lo_B, (long long)t.grown_hi_B, s.leaked_B[judged - 1], s.steps, judged);
      printf("# i min_B max_B end_B min_blk end_blk births deaths surv ticks alloc leaked\n");
      for (uint32_t i = 0; i < in.dense.n; i++)
         printf("%u %lld %lld %lld %lld %lld %lld %lld %lld %llu %llu %.0f\n", i, (long long)in.dense.min_B[i], (long long)in.dense.max_B[i], (long long)in.dense.end_B[i],
                (long long)in.dense.min_blk[i], (long long)in.dense.end_blk[i], (long long)in.dense.births[i], (long long)in.dense.deaths[i], (long long)in.dense.surv_blk[i],
                (unsigned long long)in.ticks[i], (unsigned long long)in.alloc_B[i], s.leaked_B[((i + 1) * (uint32_t)in.in.units_per_interval < judged ? (i + 1) * (uint32_t)in.in.units_per_interval : judged) - 1]);
      for (int b = 0; b < 20; b++)
         printf("# died %d %lld\n", b, (long long)in.dense.died_at_age[b]);
      sim_case_done(&s);
   }
   return 0;
}

int main(int argc, char **argv)
{
   stat_plan plan = {1, 0, 100, 150, 2000, 0};
   const char *mode = argc > 1 ? argv[1] : "help", *only = 0, *what = "growing";
   for (int i = 2; i < argc; i++) {
      if (!strncmp(argv[i], "base=", 5))
         plan.base = strtoull(argv[i] + 5, 0, 10);
      else if (!strncmp(argv[i], "first=", 6))
         plan.first = (uint32_t)atoi(argv[i] + 6);
      else if (!strncmp(argv[i], "runs=", 5))
         plan.runs = (uint32_t)atoi(argv[i] + 5);
      else if (!strncmp(argv[i], "min=", 4))
         plan.steps_min = (uint32_t)atoi(argv[i] + 4);
      else if (!strncmp(argv[i], "max=", 4))
         plan.steps_max = (uint32_t)atoi(argv[i] + 4);
      else if (!strncmp(argv[i], "case=", 5))
         only = argv[i] + 5;
      else if (!strncmp(argv[i], "what=", 5))
         what = argv[i] + 5;
      else if (!strcmp(argv[i], "noclocks"))
         plan.no_clocks = 1;
   }
   if (!strcmp(mode, "rates"))
      return run_rates(&plan, only);
   if (!strcmp(mode, "labels"))
      return run_labels(&plan);
   if (!strcmp(mode, "list"))
      return run_list(&plan, only, what);
   if (!strcmp(mode, "show"))
      return run_show(&plan, only);
   return 3;
}
