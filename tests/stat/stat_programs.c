/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stat_programs: whole programs of many accounts, judged by lg_analysis.
 *
 * Answers: how often does a sum of accounts that are all bounded grow (lg_group), and how often is a leak found that is spread so
 * thin over many stacks that its accounts show next to nothing? Accounts come from the simulator's bounded behaviours; a call tree
 * is drawn over them at random: a wrapper below some, a leaf, a sub-system, a module, main. The leak's events fall on a number of
 * stacks that share one function.
 *
 * Speaks TAP: one test per row of the table; a rate that gets worse than its limit fails. With an argument it multiplies the number
 * of programs. Growing verdicts of single accounts are the business of the other tables and not counted here. */
#include "lg_analysis.h"
#include "lg_word.h"
#include "sim_case.h"
#include "sim_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
   STACK = 5,
   FN_MAIN = 1,
   FN_WRAPPER = 10,
   FN_LEAF = 1000,
   FN_SUB = 3000,
   FN_MODULE = 5000,
   FN_LEAK = 8999,
   LEAK_MAX = 32
};

typedef struct {
   const char *name;
   uint32_t steps, accounts, programs;  /* of a run; per program; how many */
   uint32_t leak_accounts, leak_events; /* 0: bounded */
   double leak_share;                   /* of the heap */
   double limit;                        /* false sums per program at most, or leaks found at least */
} program_plan;

static const program_plan plans[] = {
   {"bounded, 30 accounts, 150 steps", 150, 30, 400, 0, 0, 0, 0.005},
   {"bounded, 30 accounts, 600 steps", 600, 30, 400, 0, 0, 0, 0.005},
   {"bounded, 30 accounts, 1500 steps", 1500, 30, 400, 0, 0, 0, 0.005},
   {"bounded, 200 accounts, 600 steps", 600, 200, 100, 0, 0, 0, 0.02},
   {"leak of 5 % over 5 stacks, 40 events", 600, 40, 200, 5, 40, 0.05, 0.80},
   {"leak of 5 % over 10 stacks, 40 events", 600, 40, 200, 10, 40, 0.05, 0.80},
   {"leak of 5 % over 20 stacks, 40 events", 600, 40, 200, 20, 40, 0.05, 0.80},
   {"leak of 5 % over 20 stacks, 100 events", 600, 40, 200, 20, 100, 0.05, 0.95},
   {"leak of 20 % over 20 stacks, 300 events", 600, 40, 200, 20, 300, 0.20, 0.97},
};

/* ---- accounts to choose from ---- */

static struct {
   lg_dense *dense;
   uint32_t n, steps, shift;
} pool;

static void pool_fill(uint32_t steps, uint32_t n)
{
   pool.dense = realloc(pool.dense, n * sizeof *pool.dense);
   if (pool.dense == NULL)
      exit(1);
   pool.steps = steps;
   pool.shift = sim_shift(steps, LG_INTERVALS_MAX);
   pool.n = 0;
   for (uint32_t i = 0; pool.n < n; i++) {
      sim s;
      uint32_t judged;
      sim_case_run(&s, &sim_bounded_cases[i % sim_n_bounded], 20260401, i % sim_n_bounded, i, steps, &judged);
      if (s.teardown == 0) /* teardown is a matter of the whole program */
         sim_account_dense(&s.account, steps, pool.shift, &pool.dense[pool.n++]);
      sim_case_done(&s);
   }
}

/* ---- one program ---- */

typedef struct {
   lg_source src;
   lg_total totals[LG_INTERVALS_MAX];
   const lg_dense **dense;
   uint32_t (*frames)[STACK];
   uint32_t *n_frames;
   char name[16];
} program;

static lg_dense leak[LEAK_MAX];

static void get_account(void *self, uint32_t a, lg_account_info *out)
{
   const program *p = self;
   const lg_dense *d = p->dense[a];
   memset(out, 0, sizeof *out);
   out->frames = p->frames[a];
   out->n_frames = p->n_frames[a];
   out->live_B = (uint64_t)d->end_B[d->n - 1];
   out->live_blk = (uint64_t)d->end_blk[d->n - 1];
}

static void get_series(void *self, uint32_t a, lg_dense *out)
{
   *out = *((const program *)self)->dense[a];
}

static uint32_t get_fn(void *self, uint32_t frame)
{
   (void)self;
   return frame;
}

static const char *get_name(void *self, uint32_t fn)
{
   program *p = self;
   snprintf(p->name, sizeof p->name, "fn%u", fn);
   return p->name;
}

static const char *get_empty(void *self, uint32_t id)
{
   (void)self;
   (void)id;
   return "";
}

static uint32_t get_zero(void *self, uint32_t id)
{
   (void)self;
   (void)id;
   return 0;
}

static void push(program *p, uint32_t account, uint32_t fn)
{
   p->frames[account][p->n_frames[account]++] = fn;
}

static void draw_account(program *p, uint32_t a, sim_rng *r)
{
   uint32_t n = p->src.n_accounts;
   p->dense[a] = &pool.dense[rng_below(r, pool.n)];
   p->n_frames[a] = 0;
   if (rng_chance(r, 0.33))
      push(p, a, FN_WRAPPER + rng_below(r, 3));
   push(p, a, FN_LEAF + rng_below(r, n / 3 + 1));
   push(p, a, FN_SUB + rng_below(r, n / 6 + 1));
   push(p, a, FN_MODULE + rng_below(r, 4));
   push(p, a, FN_MAIN);
}

/* Spreads the leak over the last accounts. */
static void draw_leak(program *p, const program_plan *plan, sim_rng *r)
{
   uint32_t n = p->src.n_intervals, first = p->src.n_accounts - plan->leak_accounts;
   double heap = 0;
   for (uint32_t a = 0; a < first; a++)
      heap += (double)p->dense[a]->end_B[n - 1];
   int64_t size = (int64_t)(heap * plan->leak_share / plan->leak_events) + 16;
   memset(leak, 0, sizeof leak);
   for (uint32_t e = 0; e < plan->leak_events; e++) {
      lg_dense *d = &leak[rng_below(r, plan->leak_accounts)];
      d->births[rng_below(r, n)]++;
   }
   for (uint32_t k = 0; k < plan->leak_accounts; k++) {
      lg_dense *d = &leak[k];
      int64_t held = 0;
      d->n = n;
      for (uint32_t i = 0; i < n; i++) {
         d->min_blk[i] = held;
         held += d->surv_blk[i] = d->births[i];
         d->max_blk[i] = d->end_blk[i] = held;
         d->min_B[i] = d->min_blk[i] * size;
         d->max_B[i] = d->end_B[i] = held * size;
         d->births_B[i] = d->surv_B[i] = d->births[i] * size;
      }
      p->dense[first + k] = d;
      p->n_frames[first + k] = 0;
      push(p, first + k, FN_LEAK + 1 + k);
      push(p, first + k, FN_LEAK);
      push(p, first + k, FN_MODULE);
      push(p, first + k, FN_MAIN);
   }
}

static void add_up(program *p)
{
   memset(p->totals, 0, sizeof p->totals);
   for (uint32_t a = 0; a < p->src.n_accounts; a++) {
      uint64_t allocs = 0, frees = 0, allocated_B = 0;
      const lg_dense *d = p->dense[a];
      for (uint32_t i = 0; i < p->src.n_intervals; i++) {
         lg_total *t = &p->totals[i];
         t->floor_B += (uint64_t)d->min_B[i];
         t->ceiling_B += (uint64_t)d->max_B[i];
         t->live_B += (uint64_t)d->end_B[i];
         t->live_blk += (uint64_t)d->end_blk[i];
         t->floor_blk += (uint64_t)d->min_blk[i];
         t->ceiling_blk += (uint64_t)d->max_blk[i];
         t->allocs += allocs += (uint64_t)d->births[i];
         t->frees += frees += (uint64_t)d->deaths[i];
         t->allocated_B += allocated_B += (uint64_t)d->births_B[i];
         t->time = (uint64_t)(i + 1) * 10 << pool.shift;
      }
   }
}

/* ---- judging programs ---- */

typedef struct {
   uint32_t programs, sums, found,
      named; /* sums that grow although all is bounded; leaks found; by their function's name */
} tally;

static void count_findings(const program *p, const program_plan *plan, const lg_analysis *a, tally *t)
{
   uint32_t n_sums = 0, is_found = 0, is_named = 0;
   for (uint32_t i = 0; i < a->n_findings; i++) {
      const lg_finding *f = &a->findings[i];
      if (f->kind != LG_FINDING_GROWTH || f->trend.verdict != LG_GROWING)
         continue;
      uint32_t fn = f->n_frames > 0 ? p->frames[f->account][f->first_frame] : 0;
      int is_leak = plan->leak_accounts > 0 && f->account >= p->src.n_accounts - plan->leak_accounts;
      is_named |= fn == FN_LEAK;
      is_found |= is_leak && fn >= FN_LEAK;
      n_sums += f->n_accounts > 1;
   }
   t->programs++;
   t->sums += n_sums;
   t->found += is_found;
   t->named += is_named;
}

static void run_program(program *p, const program_plan *plan, uint32_t index, tally *t)
{
   sim_rng r;
   lg_params params;
   lg_analysis a;
   rng_seed(&r, 20260402, plan->leak_events + plan->steps, index);
   for (uint32_t k = 0; k + plan->leak_accounts < plan->accounts; k++)
      draw_account(p, k, &r);
   if (plan->leak_accounts > 0)
      draw_leak(p, plan, &r);
   add_up(p);
   lg_params_init(&params);
   sim_memory mem = {0};
   lg_memory memory = {&mem, sim_memory_get};
   if (!lg_analysis_run(&p->src, &params, &memory, &a))
      exit(1);
   count_findings(p, plan, &a, t);
   sim_memory_free(&mem);
}

static void run_plan(const program_plan *plan, uint32_t times, tally *t)
{
   program p = {0};
   if (pool.steps != plan->steps)
      pool_fill(plan->steps, 1500);
   p.dense = calloc(plan->accounts, sizeof *p.dense);
   p.frames = calloc(plan->accounts, sizeof *p.frames);
   p.n_frames = calloc(plan->accounts, sizeof *p.n_frames);
   if (p.dense == NULL || p.frames == NULL || p.n_frames == NULL)
      exit(1);
   p.src.self = &p;
   p.src.n_accounts = plan->accounts;
   p.src.n_intervals = pool.dense[0].n;
   p.src.shift = pool.shift;
   p.src.base = 10;
   p.src.unit = 'm';
   p.src.totals = p.totals;
   p.src.exit_interval = p.src.n_intervals - 1;
   p.src.account = get_account;
   p.src.series = get_series;
   p.src.frame_fn = get_fn;
   p.src.fn_name = get_name;
   p.src.frame_file = p.src.frame_object = p.src.context_label = get_empty;
   p.src.frame_line = p.src.context_parent = get_zero;
   for (uint32_t i = 0; i < plan->programs * times; i++)
      run_program(&p, plan, i, t);
   free(p.dense);
   free(p.frames);
   free(p.n_frames);
}

int main(int argc, char **argv)
{
   uint32_t n = sizeof plans / sizeof plans[0], times = argc > 1 ? (uint32_t)atoi(argv[1]) : 1;
   int status = 0;
   printf("1..%u\n", n);
   for (uint32_t i = 0; i < n; i++) {
      tally t = {0};
      run_plan(&plans[i], times > 0 ? times : 1, &t);
      int is_bounded = plans[i].leak_accounts == 0;
      double rate = (double)(is_bounded ? t.sums : t.found) / t.programs;
      int ok = is_bounded ? rate <= plans[i].limit : rate >= plans[i].limit;
      if (is_bounded)
         printf("# %u programs: %u sums grow\n", t.programs, t.sums);
      else
         printf("# %u programs: %u leaks found, %u by the function they share\n", t.programs, t.found, t.named);
      printf("%sok %u - %s\n", ok ? "" : "not ", i + 1, plans[i].name);
      status |= !ok;
   }
   free(pool.dense);
   return status;
}
