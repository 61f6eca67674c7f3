/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_bounded: programs whose memory is bounded, though much of it looks like growth for a while. T is the length of the run. */
#include "sim_case.h"
#include "sim_curve.h"

#define T           ((double)s->steps)
#define RANGE(a, b) rng_range(&s->rng, (a), (b))
#define SCALE(a, b) rng_scale(&s->rng, (a), (b))
#define CHANCE(p)   rng_chance(&s->rng, (p))

static sim_part *follow(sim *s, sim_curve curve, double least, double most)
{
   sim_part *p = part_new(s, sim_follow, curve);
   p->level = SCALE(least, most);
   p->rate = CHANCE(0.5) ? SCALE(0.0005, 0.2) * p->level : 0;
   if (p->rate > 40)
      p->rate = 40;
   return p;
}

static void startup(sim *s)
{
   sim_part *p = follow(s, curve_ramp, 5, 3000);
   p->finish = RANGE(0.001, 0.1) * T;
   if (CHANCE(0.5))
      p->rate = 0;
}

static void constant(sim *s)
{
   follow(s, curve_constant, 1, 1000)->rate = 0;
}

static void churn(sim *s)
{
   sim_part *p = follow(s, curve_constant, 2, 1000);
   p->rate = SCALE(0.1, 60);
}

static void scratch(sim *s)
{
   sim_part *p = part_new(s, sim_scratch, 0);
   p->rate = SCALE(0.5, 60);
   p->level = SCALE(1, 30);
   if (CHANCE(0.5))
      part_base(s);
}

static void plateau(sim *s, double least, double most)
{
   sim_part *p = follow(s, curve_plateau, 20, 3000);
   p->tau = RANGE(least, most) * T;
   p->by_work = CHANCE(0.5);
   if (CHANCE(0.3))
      part_base(s);
}

static void plateau_short(sim *s)
{
   plateau(s, 0.02, 0.12);
}
static void plateau_mid(sim *s)
{
   plateau(s, 0.12, 0.25);
}
static void plateau_long(sim *s)
{
   plateau(s, 0.25, 0.6);
}

static void plateau_noisy(sim *s)
{
   plateau(s, 0.02, 0.3);
   sim_part *p = part_new(s, sim_arrive, 0);
   p->tau = SCALE(0.002, 0.05) * T;
   p->rate = SCALE(0.02, 0.5) * s->part[0].level / p->tau;
   if (p->rate > 40)
      p->rate = 40;
}

/* A cache that fills evenly to its limit, then replaces. */
static void cache_fill(sim *s)
{
   sim_part *p = follow(s, curve_ramp, 20, 3000);
   p->finish = RANGE(0.05, 0.6) * T;
   p->by_work = CHANCE(0.5);
   p->rate = p->level / p->finish;
   if (p->rate > 40)
      p->rate = 40;
}

/* As before with a limit in bytes: blocks and bytes both keep moving when sizes differ. */
static void lru_bytes(sim *s)
{
   sim_part *p = follow(s, curve_revert, 20, 2000);
   p->noise = SCALE(0.5, 2) / sqrt(p->level);
   p->tau = SCALE(0.01, 0.3) * T;
   p->rate = SCALE(0.002, 0.1) * p->level;
   p->policy = CHANCE(0.5) ? POLICY_FIFO : POLICY_RANDOM;
}

/* A cache limited in keys: popular ones never leave it, so that some blocks of every age survive. */
static void lru_popular(sim *s)
{
   sim_part *p = part_new(s, sim_lru, 0);
   p->level = SCALE(20, 300);
   p->cluster = p->level * SCALE(1.2, 20);
   p->power = RANGE(0.3, 0.95);
   /* full within 5 .. 30 % of the run, if most accesses missed */
   p->rate = SCALE(4, 60) * p->level / T;
   p->by_work = CHANCE(0.5);
}

/* A cache without a limit of a finite set of keys, some much more popular than others. */
static void memo_finite(sim *s)
{
   sim_part *p = part_new(s, sim_keys, 0);
   p->cluster = SCALE(50, 1500);
   p->power = RANGE(0.3, 0.9);
   /* the rarest key has popularity (1 - power) / keys: see each of them some six times within half of the run */
   p->rate = 12 * p->cluster / (1 - p->power) / T;
   p->by_work = CHANCE(0.5);
}

static sim_part *sawtooth(sim *s, double least, double most)
{
   sim_part *p = part_new(s, sim_saw, 0);
   p->period = SCALE(least, most) * T;
   p->level = SCALE(5, 1000);
   p->noise = CHANCE(0.5) ? RANGE(0, 0.6) : 0;
   p->by_work = CHANCE(0.3);
   p->policy = CHANCE(0.5) ? POLICY_FIFO : POLICY_LIFO;
   part_base(s);
   return p;
}

static void sawtooth_fast(sim *s)
{
   sawtooth(s, 0.005, 0.1);
}
static void sawtooth_slow(sim *s)
{
   sawtooth(s, 0.1, 0.6);
}

static void sawtooth_growconst(sim *s)
{
   sim_part *p = sawtooth(s, 0.005, 0.08);
   p->curve = curve_ramp;
   p->begin = -RANGE(0.01, 0.2) * T;
   p->finish = RANGE(0.1, 0.6) * T;
}

/* Minor collections ride on a few major ones. */
static void generations(sim *s)
{
   sim_part *p = part_new(s, sim_saw, 0), *minor;
   p->period = RANGE(0.06, 0.25) * T;
   p->level = SCALE(100, 1500);
   p->noise = RANGE(0, 0.4);
   minor = part_new(s, sim_saw, 0);
   minor->period = p->period * RANGE(0.05, 0.3);
   minor->level = p->level * RANGE(0.1, 1);
   minor->noise = RANGE(0, 0.4);
}

static void mean_revert(sim *s)
{
   sim_part *p = follow(s, curve_revert, 20, 2000);
   p->noise = RANGE(0.02, 0.25);
   p->tau = SCALE(0.003, 0.05) * T;
}

static void mean_revert_slow(sim *s)
{
   sim_part *p = follow(s, curve_revert, 20, 2000);
   p->noise = RANGE(0.02, 0.25);
   p->tau = RANGE(0.05, 0.4) * T;
}

static void walk_reflected(sim *s)
{
   sim_part *p = follow(s, curve_walk, 30, 2000);
   p->amp = RANGE(0.1, 0.6);
   p->noise = p->amp / sqrt(T) * SCALE(1, 8);
}

static sim_part *arrivals(sim *s, double least, double most)
{
   sim_part *p = part_new(s, sim_arrive, 0);
   p->tau = SCALE(least, most) * T;
   p->rate = SCALE(5, 1500) / p->tau;
   if (p->rate > 50)
      p->rate = 50;
   return p;
}

static void mm_inf(sim *s)
{
   arrivals(s, 0.001, 0.1);
   if (CHANCE(0.5))
      part_base(s);
}

static void mg_inf_heavy(sim *s)
{
   sim_part *p = arrivals(s, 0.001, 0.03);
   p->life = LIFE_PARETO;
   p->power = RANGE(1.6, 3);
   if (CHANCE(0.5))
      part_base(s);
}

static void long_lived(sim *s)
{
   sim_part *p = arrivals(s, 0.1, 0.4);
   p->life = CHANCE(0.5) ? LIFE_EXP : CHANCE(0.5) ? LIFE_FIXED : LIFE_UNIFORM;
}

static void wave(sim *s, double least, double most)
{
   sim_part *p = follow(s, curve_wave, 20, 2000);
   p->period = T / SCALE(least, most);
   p->amp = RANGE(0.05, 0.9);
   if (CHANCE(0.3))
      part_base(s);
}

static void wave_slow(sim *s)
{
   wave(s, 1, 4);
}
static void wave_fast(sim *s)
{
   wave(s, 4, 60);
}

/* Arrivals whose rate goes with the time of day. */
static void tide(sim *s)
{
   sim_part *p = arrivals(s, 0.002, 0.05);
   p->curve = curve_tide;
   p->period = T / SCALE(1, 20);
   p->amp = RANGE(0.2, 0.95);
}

/* Work comes in phases with nothing in between; what work holds is given back or kept as a pool. */
static void idle_phases(sim *s)
{
   sim_part *p = arrivals(s, 0.001, 0.05);
   p->by_work = 1;
   p = follow(s, curve_plateau, 5, 500);
   p->tau = RANGE(0.02, 0.2) * T;
   p->by_work = 1;
}

static sim_part *table(sim *s, sim_curve curve)
{
   sim_part *p = part_new(s, sim_table, curve);
   p->amp = SCALE(4, 64);
   p->power = CHANCE(0.8) ? 2 : 1.5;
   return p;
}

static void table_dbl_flat(sim *s)
{
   sim_part *p = table(s, curve_ramp);
   p->finish = RANGE(0.05, 0.6) * T;
   p->level = p->amp * SCALE(8, 2000);
   if (CHANCE(0.3))
      part_base(s);
}

/* Several tables that stop at different times. */
static void tables_flat(sim *s)
{
   uint32_t n = 2 + rng_below(&s->rng, 4);
   for (uint32_t i = 0; i < n; i++) {
      sim_part *p = table(s, curve_ramp);
      p->finish = RANGE(0.05, 0.6) * T;
      p->level = p->amp * SCALE(8, 1000);
   }
}

/* A vector that is filled and thrown away again and again. */
static void vector_batches(sim *s)
{
   sim_part *p = table(s, curve_line);
   p->rate = SCALE(0.5, 50);
   p->keep = p->rate * SCALE(0.01, 0.5) * T;
}

static void burst_drain(sim *s)
{
   sim_part *p = follow(s, curve_burst, 20, 3000);
   p->begin = RANGE(0.02, 0.9) * T;
   p->finish = p->begin + SCALE(0.002, 0.1) * T + 1;
   p->tau = SCALE(0.002, 0.1) * T;
   p->policy = CHANCE(0.5) ? POLICY_FIFO : POLICY_RANDOM;
   part_base(s);
}

static void conn_bursts(sim *s)
{
   uint32_t n = 2 + rng_below(&s->rng, 5);
   for (uint32_t i = 0; i < n; i++) {
      sim_part *p = follow(s, curve_burst, 20, 1000);
      p->begin = RANGE(0.0, 0.97) * T;
      p->finish = p->begin + SCALE(0.002, 0.05) * T + 1;
      p->tau = SCALE(0.002, 0.15) * T;
   }
   part_base(s);
}

static void some_steps(sim *s, uint32_t n, double latest)
{
   sim_part *p = follow(s, curve_steps, 1, 500);
   p->count = n;
   for (uint32_t i = 0; i < n; i++) {
      p->at[i] = RANGE(0.02, latest) * T;
      p->to[i] = p->level * SCALE(0.1, 4) + 1;
   }
   if (CHANCE(0.6))
      p->rate = 0;
}

static void step_one(sim *s)
{
   some_steps(s, 1, 0.98);
}
static void steps_few(sim *s)
{
   some_steps(s, 2 + rng_below(&s->rng, 3), 0.98);
}
static void arena_steps_stop(sim *s)
{
   some_steps(s, 4 + rng_below(&s->rng, 5), 0.55);
}

static void refill(sim *s)
{
   sim_part *p = follow(s, curve_refill, 20, 2000);
   p->tau = RANGE(0.05, 0.5) * T;
   p->count = 1 + rng_below(&s->rng, 3);
   for (uint32_t i = 0; i < p->count; i++)
      p->at[i] = T * (i + RANGE(0.2, 1)) / (p->count + 0.5);
}

/* A new load, a new level. */
static void phases(sim *s)
{
   sim_part *p = follow(s, curve_phases, 1, 1);
   double level = SCALE(20, 1500);
   p->tau = RANGE(0.002, 0.06) * T;
   p->count = 2 + rng_below(&s->rng, 6);
   for (uint32_t i = 0; i < p->count; i++) {
      p->at[i] = i ? T * (i + RANGE(-0.4, 0.4)) / p->count : 0;
      p->to[i] = level * SCALE(0.2, 1);
   }
   p->rate = CHANCE(0.5) ? SCALE(0.001, 0.1) * level : 0;
}

static void load_step_up(sim *s)
{
   sim_part *p = follow(s, curve_phases, 1, 1);
   double level = SCALE(20, 800);
   p->tau = RANGE(0.002, 0.1) * T;
   p->count = 2;
   p->at[1] = RANGE(0.2, 0.9) * T;
   p->to[0] = level;
   p->to[1] = level * SCALE(1.1, 5);
   p->rate = CHANCE(0.7) ? SCALE(0.001, 0.1) * level : 0;
}

static void huge_toggle(sim *s)
{
   sim_part *p = part_new(s, sim_saw, 0);
   p->period = SCALE(0.01, 0.4) * T;
   p->level = 1.999;
   p->noise = RANGE(0.2, 0.9);
   p->size_mean *= 1000;
   part_base(s);
}

/* Threads start one after the other, each brings a cache of its own that fills up. */
static void thread_caches(sim *s)
{
   uint32_t n = 3 + rng_below(&s->rng, 6);
   double level = SCALE(5, 300), last = RANGE(0.1, 0.55);
   for (uint32_t i = 0; i < n; i++) {
      sim_part *p = follow(s, curve_ramp, 1, 1);
      p->level = level * RANGE(0.5, 1.5) + 1;
      p->begin = RANGE(0, last) * T;
      p->finish = p->begin + RANGE(0.01, 0.1) * T;
      p->rate = SCALE(0.001, 0.1) * p->level;
   }
}

static void grow_then_stop(sim *s)
{
   sim_part *p = follow(s, curve_ramp, 20, 3000);
   p->finish = RANGE(0.2, 0.6) * T;
   p->rate = 0;
   if (CHANCE(0.3))
      part_base(s);
}

static void pool_highwater(sim *s)
{
   sim_part *p = follow(s, curve_highwater, 20, 1000);
   p->noise = RANGE(0.1, 0.4);
   p->tau = SCALE(0.001, 0.05) * T;
   p->rate = 0;
}

static void config_reload(sim *s)
{
   sim_part *p = part_new(s, sim_reload, 0);
   p->level = SCALE(5, 500);
   p->period = SCALE(0.01, 0.4) * T;
   p->noise = CHANCE(0.5) ? RANGE(0, 0.3) : 0;
   part_base(s);
}

/* A ring of messages: filled once, from then on the oldest makes room for the newest. */
static void ring(sim *s)
{
   sim_part *p = follow(s, curve_ramp, 50, 2000);
   p->finish = RANGE(0.02, 0.5) * T;
   p->policy = POLICY_FIFO;
   p->rate = p->level / p->finish;
   if (p->rate > 50)
      p->rate = 50;
   p->by_work = CHANCE(0.5);
}

const sim_case sim_bounded_cases[] = {
   {"startup", "allocates within the first 0.1 .. 10 % of the run", CLASS_BOUNDED, startup},
   {"constant", "never moves", CLASS_BOUNDED, constant},
   {"churn", "a fixed number of blocks, replaced all the time", CLASS_BOUNDED, churn},
   {"scratch", "allocates and frees at once", CLASS_BOUNDED, scratch},
   {"plateau_short", "warms up, time constant 2 .. 12 % of the run", CLASS_BOUNDED, plateau_short},
   {"plateau_mid", "time constant 12 .. 25 %", CLASS_BOUNDED, plateau_mid},
   {"plateau_long", "time constant 25 .. 60 %", CLASS_BOUNDED, plateau_long},
   {"plateau_noisy", "time constant 2 .. 30 %, with arrivals and departures on top", CLASS_BOUNDED, plateau_noisy},
   {"cache_fill", "fills evenly, full by 5 .. 60 % of the run, then replaces", CLASS_BOUNDED, cache_fill},
   {"lru_bytes", "full cache limited in bytes, sizes differ", CLASS_BOUNDED, lru_bytes},
   {"lru_popular", "full cache limited in keys, with Zipf popularity", CLASS_BOUNDED, lru_popular},
   {"memo_finite", "caches a finite set of keys with Zipf popularity", CLASS_BOUNDED, memo_finite},
   {"sawtooth_fast", "10 .. 200 cycles", CLASS_BOUNDED, sawtooth_fast},
   {"sawtooth_slow", "1.6 .. 10 cycles", CLASS_BOUNDED, sawtooth_slow},
   {"sawtooth_growconst", "amplitude grows for 10 .. 60 % of the run", CLASS_BOUNDED, sawtooth_growconst},
   {"generations", "a fast sawtooth on a slow one, as of a collector", CLASS_BOUNDED, generations},
   {"mean_revert", "Ornstein-Uhlenbeck level, time constant 0.3 .. 5 %", CLASS_BOUNDED, mean_revert},
   {"mean_revert_slow", "the same, 5 .. 40 %", CLASS_BOUNDED, mean_revert_slow},
   {"walk_reflected", "random walk between two walls", CLASS_BOUNDED, walk_reflected},
   {"mm_inf", "Poisson arrivals, exponential lifetimes of 0.1 .. 10 %", CLASS_BOUNDED, mm_inf},
   {"mg_inf_heavy", "Poisson arrivals, Pareto lifetimes", CLASS_BOUNDED, mg_inf_heavy},
   {"long_lived", "lifetimes of 10 .. 40 % of the run", CLASS_BOUNDED, long_lived},
   {"wave_slow", "1 .. 4 periods", CLASS_BOUNDED, wave_slow},
   {"wave_fast", "4 .. 60 periods", CLASS_BOUNDED, wave_fast},
   {"tide", "arrivals by the time of day, 1 .. 20 days", CLASS_BOUNDED, tide},
   {"idle_phases", "arrivals and a warm-up that follow the load", CLASS_BOUNDED, idle_phases},
   {"table_dbl_flat", "a table that doubles, then has room", CLASS_BOUNDED, table_dbl_flat},
   {"tables_flat", "two to five such tables", CLASS_BOUNDED, tables_flat},
   {"vector_batches", "a vector filled and thrown away again", CLASS_BOUNDED, vector_batches},
   {"burst_drain", "one burst that drains", CLASS_BOUNDED, burst_drain},
   {"conn_bursts", "several bursts of connections", CLASS_BOUNDED, conn_bursts},
   {"step_one", "one step at any time", CLASS_BOUNDED, step_one},
   {"steps_few", "two to four steps", CLASS_BOUNDED, steps_few},
   {"arena_steps_stop", "four to eight steps in the first 55 %", CLASS_BOUNDED, arena_steps_stop},
   {"refill", "a cache flushed one to three times", CLASS_BOUNDED, refill},
   {"phases", "two to seven levels of load", CLASS_BOUNDED, phases},
   {"load_step_up", "a second, higher level", CLASS_BOUNDED, load_step_up},
   {"huge_toggle", "a huge block comes and goes", CLASS_BOUNDED, huge_toggle},
   {"thread_caches", "three to eight caches start until 55 %", CLASS_BOUNDED, thread_caches},
   {"grow_then_stop", "grows evenly and stops at 20 .. 60 %", CLASS_BOUNDED, grow_then_stop},
   {"pool_highwater", "keeps the high-water mark of a noisy demand", CLASS_BOUNDED, pool_highwater},
   {"config_reload", "everything is replaced at random moments", CLASS_BOUNDED, config_reload},
   {"ring", "a ring buffer, full by 2 .. 50 %", CLASS_BOUNDED, ring},
};
const uint32_t sim_n_bounded = sizeof sim_bounded_cases / sizeof *sim_bounded_cases;
