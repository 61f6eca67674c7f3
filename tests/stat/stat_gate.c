/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gate says of a leak under waves: the table of docs/SOAK.md.
 *
 * One account holds a sawtooth, a sine, or a sine of changing height, and a leak that gains a part of the wave's height per wave. 150
 * intervals of 8 steps; every block's birth and death is an event, so floors, survivors and ages are what the tool would record. Printed
 * per number of waves and gain: how many of the runs fail, are not known, pass. Then accounts that wander at random, with a leak and without: the
 * last column is the price.
 *
 * Half of the runs free the youngest blocks first, so that what leaked shows in the ages as well, and half the oldest.
 *
 * usage: stat_gate [RUNS]     RUNS per shape, 6 unless given. As TAP; it fails when a leak of a hundredth of the height under two or more waves
 * passes in more than one of twenty runs, or when waves without a leak fail at all. The table of docs/SOAK.md is that of 100 runs. */
#include "lg_gate.h"
#include "sim_account.h"
#include "sim_memory.h"
#include "sim_rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
   SHIFT = 3,
   INTERVALS = 150,
   STEPS = INTERVALS << SHIFT,
   HEIGHT = 6000,
   BLOCK_B = 100,
   SHAPES = 3,
   BLOCKS_MAX = 1 << 16
};

typedef struct {
   uint32_t count[3]; /* by lg_gate_result */
} tally;

static const double SPREAD = 0.2; /* of what wanders, against its level */

static lg_dense dense;
static lg_total totals[INTERVALS];

/* ---- one account as a source ---- */

static void src_account(void *self, uint32_t account, lg_account_info *out)
{
   (void)self;
   (void)account;
   memset(out, 0, sizeof *out);
   out->live_B = (uint64_t)dense.end_B[dense.n - 1];
   out->live_blk = (uint64_t)dense.end_blk[dense.n - 1];
}

static void src_series(void *self, uint32_t account, lg_dense *out)
{
   (void)self;
   (void)account;
   *out = dense;
}

static uint32_t src_zero(void *self, uint32_t id)
{
   (void)self;
   return id;
}

static const char *src_name(void *self, uint32_t id)
{
   (void)self;
   (void)id;
   return "place";
}

static void fill_totals(void)
{
   uint64_t allocs = 0, frees = 0;
   for (uint32_t i = 0; i < dense.n; i++) {
      allocs += (uint64_t)dense.births[i];
      frees += (uint64_t)dense.deaths[i];
      totals[i] = (lg_total){.time = (uint64_t)(i + 1) * (10 << SHIFT),
                             .allocs = allocs,
                             .frees = frees,
                             .allocated_B = allocs * BLOCK_B,
                             .live_B = (uint64_t)dense.end_B[i],
                             .live_blk = (uint64_t)dense.end_blk[i],
                             .floor_B = (uint64_t)dense.min_B[i],
                             .ceiling_B = (uint64_t)dense.max_B[i],
                             .floor_blk = (uint64_t)dense.min_blk[i],
                             .ceiling_blk = (uint64_t)dense.max_blk[i]};
   }
}

/* The gate's decision, as lg_check makes it for a run with one account. */
static lg_gate_result judge(void)
{
   static const lg_gate_run run = {.end = LG_END_EXIT};
   static char buffer[LG_SENTENCE_MAX];
   static lg_dense scratch;
   lg_source src = {.n_accounts = 1,
                    .n_intervals = dense.n,
                    .shift = SHIFT,
                    .base = 10,
                    .unit = 'm',
                    .totals = totals,
                    .exit_interval = dense.n - 1,
                    .account = src_account,
                    .series = src_series,
                    .frame_fn = src_zero,
                    .fn_name = src_name,
                    .frame_file = src_name,
                    .frame_line = src_zero,
                    .frame_object = src_name,
                    .context_label = src_name,
                    .context_parent = src_zero};
   lg_params params;
   lg_analysis a;
   lg_text t;
   lg_rates rates;
   lg_gate_result result = LG_GATE_PASS;
   fill_totals();
   lg_params_init(&params);
   sim_memory mem = {0};
   lg_memory memory = {&mem, sim_memory_get};
   if (!lg_analysis_run(&src, &params, &memory, &a))
      exit(2);
   lg_text_init(&t, buffer, sizeof buffer);
   if (a.verdict == LG_GROWING)
      result = LG_GATE_FAIL;
   else if (a.verdict == LG_INCONCLUSIVE || lg_gate_doubt(&t, &src, &a, &run, 0) ||
            lg_gate_doubt_waves(&t, &src, &a, 0, &scratch, &rates))
      result = LG_GATE_INCONCLUSIVE;
   sim_memory_free(&mem);
   return result;
}

/* ---- what it holds ---- */

/* Live blocks: all of them when the oldest die first, or those above the leak, when the youngest do: then what leaked is known by its
 * age as well. */
static sim_block live[BLOCKS_MAX];
typedef struct {
   uint32_t head, n;
   int is_fifo;
} holder;

/* Blocks held above the leak at step t of a wave of `period` steps. */
static double wave(int shape, double t, double period, double phase, double height)
{
   double turn = t / period + phase;
   turn -= floor(turn);
   return shape == 0 ? turn * height : height * (1 - cos(2 * 3.14159265358979 * turn)) / 2;
}

static void follow(sim_account *a, holder *h, double want)
{
   uint32_t goal = want > 0 ? (uint32_t)want : 0;
   for (; h->n < goal; h->n++)
      live[(h->head + h->n) % BLOCKS_MAX] = sim_birth(a, BLOCK_B);
   for (; h->n > goal; h->n--) {
      sim_death(a, &live[(h->is_fifo ? h->head : h->head + h->n - 1) % BLOCKS_MAX]);
      h->head += (uint32_t)h->is_fifo;
   }
}

static lg_gate_result run_waves(int shape, int is_fifo, uint32_t waves, double gain, sim_rng *r)
{
   sim_account a;
   sim_account_init(&a, STEPS);
   holder h = {.is_fifo = is_fifo};
   double period = (double)STEPS / waves, phase = rng_unit(r), leaked = 0, height = HEIGHT;
   uint32_t turn = 0;
   for (uint32_t t = 0; t < STEPS; t++) {
      uint32_t now = (uint32_t)floor(t / period + phase);
      if (shape == 2 && now != turn)
         height = HEIGHT * (0.6 + 0.8 * rng_unit(r));
      turn = now;
      leaked += gain * HEIGHT / period;
      follow(&a, &h, wave(shape, t, period, phase, height) + (is_fifo ? leaked : 0));
      for (; !is_fifo && leaked >= 1; leaked--)
         sim_birth(&a, BLOCK_B);
      sim_account_step(&a);
   }
   sim_account_dense(&a, STEPS, SHIFT, &dense);
   sim_account_free(&a);
   return judge();
}

/* A level that is left and found again within `memory` intervals, and a leak of `gain` times its spread over the run. */
static lg_gate_result run_wandering(double memory, double gain, sim_rng *r)
{
   sim_account a;
   sim_account_init(&a, STEPS);
   holder h = {.is_fifo = rng_chance(r, 0.5)};
   double leaked = 0, x = 0, keep = exp(-1 / (memory * (1 << SHIFT)));
   for (uint32_t t = 0; t < STEPS; t++) {
      x = x * keep + sqrt(1 - keep * keep) * rng_normal(r);
      leaked += gain * SPREAD * HEIGHT / STEPS;
      follow(&a, &h, HEIGHT * (1 + SPREAD * x) + (h.is_fifo ? leaked : 0));
      for (; !h.is_fifo && leaked >= 1; leaked--)
         sim_birth(&a, BLOCK_B);
      sim_account_step(&a);
   }
   sim_account_dense(&a, STEPS, SHIFT, &dense);
   sim_account_free(&a);
   return judge();
}

/* ---- the table ---- */

static void put(const tally *t)
{
   double n = t->count[0] + t->count[1] + t->count[2];
   printf(" %.0f / %.0f / %.0f |", t->count[LG_GATE_FAIL] * 100 / n, t->count[LG_GATE_INCONCLUSIVE] * 100 / n,
          t->count[LG_GATE_PASS] * 100 / n);
}

static const double gains[] = {1, 0.3, 0.1, 0.03, 0.01, 0.003, 0};
enum { GAINS = sizeof gains / sizeof *gains };

/* One cell: returns 1 when it is not as it has to be. */
static int measure(uint32_t waves, uint32_t g, uint32_t runs)
{
   tally t = {{0}};
   for (uint32_t i = 0; i < runs * SHAPES; i++) {
      sim_rng r;
      rng_seed(&r, 20260402, waves * 10 + g, i);
      t.count[run_waves((int)(i % SHAPES), (int)(i / SHAPES % 2), waves, gains[g], &r)]++;
   }
   put(&t);
   if (gains[g] == 0)
      return t.count[LG_GATE_FAIL] > 0;
   return gains[g] >= 0.01 && waves >= 2 && t.count[LG_GATE_PASS] * 20 > runs * SHAPES;
}

static void measure_wandering(double memory, uint32_t runs)
{
   static const double leaks[] = {10, 3, 1, 0};
   printf("# | %g |", memory);
   for (uint32_t k = 0; k < sizeof leaks / sizeof *leaks; k++) {
      tally t = {{0}};
      for (uint32_t i = 0; i < runs * SHAPES; i++) {
         sim_rng r;
         rng_seed(&r, 20260403, (uint32_t)memory * 4 + k, i);
         t.count[run_wandering(memory, leaks[k], &r)]++;
      }
      put(&t);
   }
   printf("\n");
}

int main(int argc, char **argv)
{
   static const uint32_t waves[] = {2, 3, 4, 5, 7, 10, 12, 16};
   static const double memories[] = {1, 3, 10, 30};
   uint32_t runs = argc > 1 ? (uint32_t)atoi(argv[1]) : 6, n_bad = 0;
   printf("# | waves |");
   for (uint32_t g = 0; g < GAINS; g++)
      printf(" %g %% |", gains[g] * 100);
   printf("\n");
   for (size_t w = 0; w < sizeof waves / sizeof *waves; w++) {
      printf("# | %u |", (unsigned)waves[w]);
      for (uint32_t g = 0; g < GAINS; g++)
         n_bad += (uint32_t)measure(waves[w], g, runs);
      printf("\n");
      fflush(stdout);
   }
   printf("# | memory | 10 spreads | 3 | 1 | no leak |\n");
   for (size_t m = 0; m < sizeof memories / sizeof *memories; m++)
      measure_wandering(memories[m], runs);
   printf("%s 1 - leaks under waves do not pass, waves do not fail\n1..1\n", n_bad == 0 ? "ok" : "not ok");
   return n_bad != 0;
}
