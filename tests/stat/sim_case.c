/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim_case.h"

#include "sim_curve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_RUNS = 8 };

uint32_t sim_case_count(void)
{
   return sim_n_bounded + sim_n_growing;
}

const sim_case *sim_case_get(uint32_t i)
{
   return i < sim_n_bounded ? &sim_bounded_cases[i] : &sim_growing_cases[i - sim_n_bounded];
}

static void *zeroed(size_t n, size_t size)
{
   void *p = calloc(n, size);
   if (!p) {
      fputs("stat: out of memory\n", stderr);
      exit(1);
   }
   return p;
}

/* What share of its full load the program has at time t, in runs. */
typedef struct {
   int kind;
   double period, phase, depth, end, noise;
} load_model;

static load_model draw_load(sim *s)
{
   double u = rng_unit(&s->rng);
   load_model m = {u < 0.5 ? 0 : u < 0.7 ? 1 : u < 0.88 ? 2 : 3, 0, rng_unit(&s->rng), 0, 0, 0};
   m.period = 1 / rng_scale(&s->rng, 1, 24);
   m.depth = m.kind == 1 ? rng_range(&s->rng, 0.3, 0.95) : rng_range(&s->rng, 0.2, 0.8);
   m.end = rng_range(&s->rng, 0.5, 0.95);
   m.noise = rng_range(&s->rng, 0, 0.4);
   return m;
}

static double load_at(sim *s, const load_model *m, double t)
{
   double load = 1, beat = t / m->period + m->phase;
   if (m->kind == 1)
      load = 1 + m->depth * sin(6.283185307179586 * beat);
   else if (m->kind == 2) /* idle for `depth` of every period */
      load = beat - floor(beat) < m->depth ? 0.01 : 1;
   else if (m->kind == 3)
      load = t > m->end && t <= 1 ? 0.01 : 1;
   return load * (1 + m->noise * (2 * rng_unit(&s->rng) - 1));
}

static void draw_program(sim *s)
{
   load_model m = draw_load(s);
   double sum = 0, scale;
   for (uint32_t i = 0; i < s->horizon; i++) {
      sum += load_at(s, &m, (i + 0.5) / s->steps);
      s->work[i + 1] = sum;
   }
   scale = s->steps / s->work[s->steps];
   for (uint32_t i = 1; i <= s->horizon; i++)
      s->work[i] *= scale;
   s->work_rate = rng_chance(&s->rng, 0.5) ? rng_scale(&s->rng, 0.2, 200) : 0;
   s->program_B_per_work = rng_scale(&s->rng, 100, 1e6);
   s->startup_steps = rng_range(&s->rng, 0.002, 0.1) * s->steps;
   s->startup_B = s->program_B_per_work * s->steps * rng_scale(&s->rng, 0.003, 1);
   s->teardown = rng_chance(&s->rng, 0.15) ? rng_scale(&s->rng, 0.002, 0.1) : 0;
}

static void begin(sim *s, const sim_case *c, uint64_t base, uint64_t stream, uint64_t index, uint32_t steps,
                  uint32_t horizon, uint32_t one_in)
{
   memset(s, 0, sizeof *s);
   rng_seed(&s->rng, base, stream, index);
   s->steps = steps;
   s->horizon = horizon;
   sim_account_init(&s->account, horizon);
   if (one_in > 0)
      sim_account_count(&s->account, one_in, index * 2 + 1);
   sim_account_init(&s->rest, horizon);
   s->work = zeroed(horizon + 1, sizeof *s->work);
   s->leaked_B = zeroed(horizon + 1, sizeof *s->leaked_B);
   s->leaked_events = zeroed(horizon + 1, sizeof *s->leaked_events);
   s->ticks = zeroed(horizon + 1, sizeof *s->ticks);
   s->alloc_B = zeroed(horizon + 1, sizeof *s->alloc_B);
   draw_program(s);
   c->setup(s);
}

static void note_program(sim *s, uint32_t t)
{
   double started = t + 1 < s->startup_steps ? (t + 1) / s->startup_steps : 1;
   uint64_t before = t ? s->alloc_B[t - 1] : 0;
   double program = s->startup_B * started + s->program_B_per_work * s->work[t + 1];
   double program_before =
      t ? s->startup_B * (t < s->startup_steps ? t / s->startup_steps : 1) + s->program_B_per_work * s->work[t] : 0;
   s->alloc_B[t] = before + (uint64_t)(program - program_before) + (uint64_t)s->account.rec[t].births_B;
   s->ticks[t] = (uint64_t)(s->work[t + 1] * s->work_rate);
   s->rest.rec[t].births += 20;
   s->rest.rec[t].deaths += 20;
}

static void step(sim *s)
{
   uint32_t t = s->account.now, order[SIM_PARTS_MAX];
   for (uint32_t i = 0; i < s->n_parts; i++) {
      uint32_t k = rng_below(&s->rng, i + 1);
      order[i] = order[k];
      order[k] = i;
   }
   s->leaked_now = 0;
   for (uint32_t i = 0; i < s->n_parts; i++) {
      sim_part *p = &s->part[order[i]];
      p->step(s, p, p->by_work ? s->work[t] : t, p->by_work ? s->work[t + 1] : t + 1.0);
   }
   s->sum_leaked_events += s->leaked_now;
   s->leaked_B[t] = s->sum_leaked_B;
   s->leaked_events[t] = s->sum_leaked_events;
   note_program(s, t);
   sim_account_step(&s->account);
   sim_account_step(&s->rest);
}

/* Frees everything, evenly over some steps, as programs do that clean up before they exit. */
static void tear_down(sim *s, uint32_t steps)
{
   s->account.draining = 1;
   for (uint32_t t = 0; t < steps; t++) {
      for (uint32_t i = 0; i < s->n_parts; i++) {
         sim_part *p = &s->part[i];
         uint32_t drop = (p->n + (steps - t) - 1) / (steps - t);
         while (drop--)
            sim_drop(s, p);
      }
      s->rest.rec[s->rest.now].births += 2;
      s->rest.rec[s->rest.now].deaths += 200;
      s->ticks[s->account.now] = s->ticks[s->account.now - 1];
      s->alloc_B[s->account.now] = s->alloc_B[s->account.now - 1] + 100;
      s->leaked_B[s->account.now] = s->sum_leaked_B;
      s->leaked_events[s->account.now] = s->sum_leaked_events;
      sim_account_step(&s->account);
      sim_account_step(&s->rest);
   }
}

void sim_case_run(sim *s, const sim_case *c, uint64_t base, uint64_t stream, uint64_t index, uint32_t steps,
                  uint32_t *judged)
{
   sim_case_run_counted(s, c, base, stream, index, steps, /*one_in*/ 0, judged);
}

void sim_case_run_counted(sim *s, const sim_case *c, uint64_t base, uint64_t stream, uint64_t index, uint32_t steps,
                          uint32_t one_in, uint32_t *judged)
{
   begin(s, c, base, stream, index, steps, steps + steps / 8 + 8, one_in);
   while (s->account.now < steps)
      step(s);
   uint32_t down = (uint32_t)(s->teardown * steps + 0.5), all = steps + down;
   if (down)
      tear_down(s, down);
   *judged = sim_account_cut_teardown(&s->account, &s->rest, all, sim_shift(all, LG_INTERVALS_MAX));
}

void sim_case_done(sim *s)
{
   for (uint32_t i = 0; i < s->n_parts; i++)
      sim_part_free(&s->part[i]);
   sim_account_free(&s->account);
   sim_account_free(&s->rest);
   free(s->work);
   free(s->leaked_B);
   free(s->leaked_events);
   free(s->ticks);
   free(s->alloc_B);
}

/* Mean of the floors of steps [a, b). */
static double mean_floor(const sim *s, uint32_t a, uint32_t b)
{
   double sum = 0;
   for (uint32_t i = a; i < b; i++)
      sum += (double)s->account.rec[i].min_B;
   return sum / (b - a);
}

int sim_case_label_holds(const sim_case *c, uint64_t base, uint64_t stream, uint64_t index, uint32_t steps)
{
   sim s;
   double peak = 0;
   int holds = 1;
   begin(&s, c, base, stream, index, steps, LABEL_RUNS * steps, 0);
   while (s.account.now < s.horizon)
      step(&s);
   for (uint32_t i = 0; i < steps; i++)
      peak = fmax(peak, (double)s.account.rec[i].max_B);
   double middle = mean_floor(&s, 3 * steps, 5 * steps), end = mean_floor(&s, 6 * steps, 8 * steps);
   if (c->class == CLASS_BOUNDED) /* not above what was seen in the run, nor still on its way up */
      holds = end <= 1.5 * peak + 64 && end <= 1.35 * middle + 0.1 * peak;
   else if (c->class != CLASS_OPEN)
      holds = s.sum_leaked_B >= 3 * s.leaked_B[steps - 1] && end >= 0.9 * s.leaked_B[5 * steps] &&
              end >= 1.2 * middle - 0.2 * peak;
   sim_case_done(&s);
   return holds;
}
