/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gate says of whole services, with a leak and without: tests/stat/queue_service.h. The tables of docs/SOAK.md.
 *
 * A leak gains a share of the usual heap over the run: the service is simulated without it first, to learn its heap and how often the leak
 * could happen. It is what is left when a service never forgets: the gate is asked without a budget, as lg_check does.
 *
 * usage: stat_queue [NIGHTS [FIRST [PART]]]     NIGHTS per cell, 3 unless given; services from number FIRST on; PART 4 is a quarter of a night. As TAP; it fails when more
 * than one in twenty bounded nights fail, or leaks of a tenth of the heap pass in more than one of ten. The tables are those of 100
 * nights from number 1000000 on. */
#include "lg_gate.h"
#include "queue_service.h"
#include "sim_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
   uint32_t count[3]; /* by lg_gate_result */
} tally;

static lg_dense dense[QS_PLACES];
static lg_total totals[LG_INTERVALS_MAX];
static qs_run run;
static double part = 1; /* of a night: 4 is a quarter */

/* ---- the service as a source ---- */

static void src_account(void *self, uint32_t account, lg_account_info *out)
{
   static const uint32_t frames[QS_PLACES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
   const lg_dense *d = &dense[account];
   (void)self;
   memset(out, 0, sizeof *out);
   out->n_frames = 1;
   out->frames = &frames[account];
   out->live_B = (uint64_t)d->end_B[d->n - 1];
   out->live_blk = (uint64_t)d->end_blk[d->n - 1];
}

static void src_series(void *self, uint32_t account, lg_dense *out)
{
   (void)self;
   *out = dense[account];
}

static uint32_t src_same(void *self, uint32_t id)
{
   (void)self;
   return id;
}

static uint32_t src_zero(void *self, uint32_t id)
{
   (void)self;
   (void)id;
   return 0;
}

static const char *src_name(void *self, uint32_t id)
{
   static const char *const names[QS_PLACES] = {"request", "body",   "session", "session_data", "cache",
                                                "log",     "report", "config",  "reading",      "kept"};
   (void)self;
   return id < QS_PLACES ? names[id] : "";
}

static void fill_total(uint32_t i)
{
   lg_total t = i > 0 ? totals[i - 1] : (lg_total){0};
   t.time = (uint64_t)(i + 1) * (10 << QS_SHIFT);
   t.live_B = t.live_blk = t.floor_blk = t.ceiling_blk = t.ceiling_B = 0;
   t.floor_B = UINT64_MAX;
   for (uint32_t k = 0; k < QS_PLACES; k++) {
      const lg_dense *d = &dense[k];
      t.allocs += (uint64_t)d->births[i];
      t.frees += (uint64_t)d->deaths[i];
      t.allocated_B += (uint64_t)d->births_B[i];
      t.live_B += (uint64_t)d->end_B[i];
      t.live_blk += (uint64_t)d->end_blk[i];
      t.floor_blk += (uint64_t)d->min_blk[i];
      t.ceiling_blk += (uint64_t)d->max_blk[i];
   }
   for (uint32_t step = i << QS_SHIFT; step < (i + 1) << QS_SHIFT; step++) {
      t.floor_B = t.floor_B < (uint64_t)run.floor[step] ? t.floor_B : (uint64_t)run.floor[step];
      t.ceiling_B = t.ceiling_B > (uint64_t)run.ceiling[step] ? t.ceiling_B : (uint64_t)run.ceiling[step];
   }
   totals[i] = t;
}

/* The gate's decision, as lg_check makes it without a budget. */
static lg_gate_result judge(void)
{
   static const lg_gate_run whole = {.end = LG_END_EXIT};
   static char buffer[LG_SENTENCE_MAX];
   static lg_dense scratch;
   lg_source src = {.n_accounts = QS_PLACES,
                    .n_intervals = QS_INTERVALS,
                    .shift = QS_SHIFT,
                    .base = 10,
                    .unit = 'm',
                    .totals = totals,
                    .exit_interval = QS_INTERVALS - 1,
                    .account = src_account,
                    .series = src_series,
                    .frame_fn = src_same,
                    .fn_name = src_name,
                    .frame_file = src_name,
                    .frame_line = src_zero,
                    .frame_object = src_name,
                    .context_label = src_name,
                    .context_parent = src_zero};
   lg_params params;
   lg_analysis a;
   lg_rates rates;
   lg_text t;
   for (uint32_t k = 0; k < QS_PLACES; k++)
      sim_account_dense(&run.place[k], QS_STEPS, QS_SHIFT, &dense[k]);
   for (uint32_t i = 0; i < QS_INTERVALS; i++)
      fill_total(i);
   lg_params_init(&params);
   sim_memory mem = {0};
   lg_memory memory = {&mem, sim_memory_get};
   if (!lg_analysis_run(&src, &params, &memory, &a))
      exit(2);
   lg_gate_result result = a.verdict == LG_GROWING ? LG_GATE_FAIL : LG_GATE_PASS;
   lg_text_init(&t, buffer, sizeof buffer);
   if (a.verdict == LG_INCONCLUSIVE || lg_gate_doubt(&t, &src, &a, &whole, 0))
      result = result == LG_GATE_FAIL ? result : LG_GATE_INCONCLUSIVE;
   for (uint32_t i = 0; i < a.n_findings; i++)
      if (a.findings[i].kind == LG_FINDING_GROWTH && result == LG_GATE_PASS)
         result = LG_GATE_INCONCLUSIVE;
   for (uint32_t k = 0; k < QS_PLACES && result == LG_GATE_PASS; k++) {
      lg_text_init(&t, buffer, sizeof buffer);
      result = lg_gate_doubt_waves(&t, &src, &a, k, &scratch, &rates) ? LG_GATE_INCONCLUSIVE : LG_GATE_PASS;
   }
   sim_memory_free(&mem);
   return result;
}

/* ---- nights ---- */

/* Returns 0 when this service has too few chances to leak so that it would show at all. */
static int simulate(uint64_t number, qs_leak leak, double share)
{
   enum { EVENTS_MIN = 40 };
   qs_simulate(&run, number, part, leak, 0);
   double chances = (double)run.chances, heap_B = run.mean_B;
   if (share == 0)
      return 1;
   qs_free(&run);
   double size = leak == QS_LEAK_SESSION ? 360 : leak == QS_LEAK_BODY ? 2016 : leak == QS_LEAK_CACHE ? 516 : 64;
   double events = share * heap_B / size;
   if (events < EVENTS_MIN || chances < events)
      return 0;
   qs_simulate(&run, number, part, leak, chances / events);
   return 1;
}

static void measure(uint64_t first, uint32_t nights, qs_leak leak, double share, int load, tally *t)
{
   memset(t, 0, sizeof *t);
   for (uint64_t number = first, tries = 0; t->count[0] + t->count[1] + t->count[2] < nights && tries < nights * 20;
        number++, tries++) {
      if (load >= 0)
         number += ((uint64_t)load + QS_LOADS - number % QS_LOADS) % QS_LOADS;
      if (!simulate(number, leak, share))
         continue;
      t->count[judge()]++;
      qs_free(&run);
   }
}

static double percent(const tally *t, lg_gate_result r)
{
   uint32_t n = t->count[0] + t->count[1] + t->count[2];
   return n > 0 ? t->count[r] * 100.0 / n : 0;
}

static void put(const tally *t)
{
   uint32_t n = t->count[0] + t->count[1] + t->count[2];
   if (n == 0)
      printf(" - |");
   else
      printf(" %.0f / %.0f / %.0f |", percent(t, LG_GATE_FAIL), percent(t, LG_GATE_INCONCLUSIVE),
             percent(t, LG_GATE_PASS));
   fflush(stdout);
}

static int measure_bounded(uint64_t first, uint32_t nights)
{
   static const char *const loads[QS_LOADS] = {"steady", "two moods", "slow wave", "groups", "waiting clients"};
   tally t, all = {{0}};
   printf("# | load | fail / not known / pass |\n");
   for (int load = 0; load < QS_LOADS; load++) {
      measure(first, nights, QS_LEAK_OWN, 0, load, &t);
      printf("# | %s |", loads[load]);
      put(&t);
      printf("\n");
      for (int r = 0; r < 3; r++)
         all.count[r] += t.count[r];
   }
   printf("# | all |");
   put(&all);
   printf("\n");
   return percent(&all, LG_GATE_FAIL) > 5;
}

static int measure_leaks(uint64_t first, uint32_t nights)
{
   static const char *const names[QS_LEAKS] = {"at a place of its own",  "a session",  "a body",
                                               "an evicted entry",       "under load", "at each flush",
                                               "from 40 % of the run on"};
   static const double shares[] = {1, 0.3, 0.1, 0.03, 0.01};
   enum { SHARES = sizeof shares / sizeof *shares };
   tally t, all[SHARES] = {{{0}}};
   int is_bad = 0;
   printf("# | leak | 100 %% | 30 %% | 10 %% | 3 %% | 1 %% |\n");
   for (int leak = 0; leak < QS_LEAKS; leak++) {
      printf("# | %s |", names[leak]);
      for (int k = 0; k < SHARES; k++) {
         measure(first, nights, (qs_leak)leak, shares[k], -1, &t);
         put(&t);
         for (int r = 0; r < 3; r++)
            all[k].count[r] += t.count[r];
      }
      printf("\n");
   }
   printf("# | all |");
   for (int k = 0; k < SHARES; k++) {
      put(&all[k]);
      is_bad |= shares[k] >= 0.1 && percent(&all[k], LG_GATE_PASS) > 10;
   }
   printf("\n");
   return is_bad;
}

int main(int argc, char **argv)
{
   uint32_t nights = argc > 1 ? (uint32_t)atoi(argv[1]) : 3;
   uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
   part = argc > 3 ? atof(argv[3]) : 1;
   int is_bad = measure_bounded(first, nights);
   printf("%s 1 - bounded services do not fail\n", is_bad ? "not ok" : "ok");
   int is_worse = measure_leaks(first, nights);
   printf("%s 2 - leaks of a tenth of the heap do not pass\n1..2\n", is_worse ? "not ok" : "ok");
   return is_bad || is_worse;
}
