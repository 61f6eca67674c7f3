/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_growing: programs whose memory grows for ever. T is the length of the run. */
#include "sim_case.h"
#include "sim_curve.h"

#define T           ((double)s->steps)
#define RANGE(a, b) rng_range(&s->rng, (a), (b))
#define SCALE(a, b) rng_scale(&s->rng, (a), (b))
#define CHANCE(p)   rng_chance(&s->rng, (p))

/* Some level that is replaced all the time; a leak hides under it. */
static sim_part *churning(sim *s, sim_policy policy)
{
   sim_part *p = part_new(s, sim_follow, curve_constant);
   p->level = SCALE(10, 1000);
   p->rate = SCALE(0.01, 0.5) * p->level;
   if (p->rate > 40)
      p->rate = 40;
   p->policy = policy;
   return p;
}

/* Events that make the leak a share of 2 .. 80 % of what the account holds besides. */
static double share_of(sim *s, double level)
{
   return level * SCALE(0.03, 4) + 10;
}

static void linear(sim *s)
{
   part_base(s);
   part_leak(s, CHANCE(0.6) ? ARRIVE_EVEN : ARRIVE_POISSON, SCALE(100, 5000));
}

static void buffer_line(sim *s)
{
   sim_part *p = part_new(s, sim_buffer, curve_line);
   p->rate = SCALE(0.05, 50);
   p->grows = 1;
   if (CHANCE(0.3))
      part_base(s);
}

static void leak_startup(sim *s)
{
   sim_part *p = part_new(s, sim_follow, curve_ramp);
   p->level = SCALE(20, 1000);
   p->finish = RANGE(0.01, 0.1) * T;
   part_leak(s, ARRIVE_EVEN, share_of(s, p->level));
}

static void leak_churn_fifo(sim *s)
{
   part_leak(s, ARRIVE_EVEN, share_of(s, churning(s, POLICY_FIFO)->level));
}
static void leak_churn_random(sim *s)
{
   part_leak(s, ARRIVE_EVEN, share_of(s, churning(s, POLICY_RANDOM)->level));
}

/* One of many users of a shared stack leaks. */
static void leak_shared(sim *s)
{
   uint32_t n = 2 + rng_below(&s->rng, 5);
   double level = 0;
   for (uint32_t i = 0; i < n; i++)
      level += churning(s, (sim_policy)rng_below(&s->rng, 3))->level;
   part_leak(s, ARRIVE_EVEN, share_of(s, level));
}

/* The limit of a cache creeps up; no single block lives for ever. */
static void limit_creeps(sim *s)
{
   sim_part *p = churning(s, CHANCE(0.5) ? POLICY_FIFO : POLICY_RANDOM);
   p->curve = curve_line;
   p->begin = -RANGE(0.05, 2) * T;
   p->rate = SCALE(100, 3000) / T;
   p->grows = 1;
}

/* A queue whose consumers are slower than its producers. */
static void queue_lags(sim *s)
{
   sim_part *p = part_new(s, sim_follow, curve_line);
   p->rate = SCALE(0.3, 10);
   p->policy = POLICY_FIFO;
   p->grows = 1;
   p->begin = -RANGE(0, 0.2) * T;
   p->phase = 0;
}

static void plateau_leak(sim *s)
{
   sim_part *p = churning(s, (sim_policy)rng_below(&s->rng, 3));
   p->curve = curve_plateau;
   p->tau = RANGE(0.02, 0.2) * T;
   part_leak(s, ARRIVE_EVEN, share_of(s, p->level));
}

static void burst_leak(sim *s)
{
   sim_part *p = part_new(s, sim_follow, curve_burst);
   p->level = SCALE(20, 2000);
   p->begin = RANGE(0.02, 0.8) * T;
   p->finish = p->begin + SCALE(0.002, 0.1) * T + 1;
   p->tau = SCALE(0.002, 0.08) * T;
   p->policy = POLICY_FIFO;
   part_leak(s, ARRIVE_EVEN, share_of(s, p->level));
}

static void accelerating(sim *s)
{
   part_base(s);
   sim_part *p = part_leak(s, ARRIVE_POISSON, 1);
   p->curve = curve_power;
   p->level = SCALE(100, 3000);
   p->power = RANGE(1.3, 3);
}

static void batches(sim *s)
{
   part_base(s);
   sim_part *p = part_new(s, sim_saw, 0);
   p->period = T / RANGE(12, 60);
   p->keep = SCALE(1, 100);
   p->noise = CHANCE(0.5) ? RANGE(0, 0.3) : 0;
   p->grows = 1;
}

static void late_start(sim *s)
{
   part_base(s);
   part_leak(s, ARRIVE_EVEN, SCALE(100, 3000))->begin = RANGE(0.2, 0.6) * T;
}

static sim_part *saw_under(sim *s, double least, double most)
{
   sim_part *p = part_new(s, sim_saw, 0);
   p->period = SCALE(least, most) * T;
   p->level = SCALE(20, 800);
   p->noise = CHANCE(0.5) ? RANGE(0, 0.5) : 0;
   return p;
}

static void sawtooth_drift(sim *s)
{
   sim_part *p = saw_under(s, 0.005, 0.06);
   p->keep = share_of(s, p->level) * p->period / T;
   p->grows = 1;
}

static void leak_sawtooth_fast(sim *s)
{
   part_leak(s, ARRIVE_EVEN, share_of(s, saw_under(s, 0.005, 0.06)->level));
}
static void leak_sawtooth_slow(sim *s)
{
   part_leak(s, ARRIVE_EVEN, share_of(s, saw_under(s, 0.06, 0.4)->level));
}

static void leak_wave(sim *s, double least, double most)
{
   sim_part *p = churning(s, CHANCE(0.7) ? POLICY_FIFO : POLICY_RANDOM);
   p->curve = curve_wave;
   p->period = T / SCALE(least, most);
   p->amp = RANGE(0.05, 0.8);
   part_leak(s, CHANCE(0.5) ? ARRIVE_EVEN : ARRIVE_POISSON, share_of(s, p->level));
}

static void leak_wave_slow(sim *s)
{
   leak_wave(s, 1, 4);
}
static void leak_wave_fast(sim *s)
{
   leak_wave(s, 4, 60);
}

/* The classic: an oscillation and one percent of its births that stay. */
static void leak_one_percent(sim *s)
{
   sim_part *p = part_new(s, sim_arrive, curve_tide);
   p->tau = SCALE(0.003, 0.03) * T;
   p->rate = SCALE(2, 40);
   p->period = T / SCALE(2, 30);
   p->amp = RANGE(0.2, 0.9);
   part_leak(s, ARRIVE_POISSON, 0.01 * p->rate * T);
}

static sim_part *arrivals(sim *s, double least, double most)
{
   sim_part *p = part_new(s, sim_arrive, 0);
   p->tau = SCALE(least, most) * T;
   p->rate = SCALE(5, 800) / p->tau;
   if (p->rate > 40)
      p->rate = 40;
   return p;
}

static void leak_mm_inf(sim *s)
{
   sim_part *p = arrivals(s, 0.001, 0.1);
   part_leak(s, CHANCE(0.5) ? ARRIVE_EVEN : ARRIVE_POISSON, share_of(s, p->rate * p->tau));
}

static void leak_mg_inf(sim *s)
{
   sim_part *p = arrivals(s, 0.001, 0.03);
   p->life = LIFE_PARETO;
   p->power = RANGE(1.6, 3);
   part_leak(s, CHANCE(0.5) ? ARRIVE_EVEN : ARRIVE_POISSON, share_of(s, p->rate * p->tau));
}

static void leak_lru(sim *s)
{
   sim_part *p = part_new(s, sim_follow, curve_revert);
   p->level = SCALE(20, 1000);
   p->noise = SCALE(0.5, 2) / sqrt(p->level);
   p->tau = SCALE(0.01, 0.2) * T;
   p->rate = SCALE(0.002, 0.1) * p->level;
   p->policy = CHANCE(0.5) ? POLICY_FIFO : POLICY_RANDOM;
   part_leak(s, CHANCE(0.5) ? ARRIVE_EVEN : ARRIVE_POISSON, share_of(s, p->level));
}

static void poisson_rare(sim *s)
{
   part_base(s);
   part_leak(s, ARRIVE_POISSON, SCALE(20, 150));
}

static void clustered(sim *s)
{
   part_base(s);
   part_leak(s, ARRIVE_CLUSTER, SCALE(100, 2000));
}

static void leak_by_load(sim *s)
{
   part_base(s);
   part_leak(s, CHANCE(0.5) ? ARRIVE_EVEN : ARRIVE_POISSON, SCALE(50, 3000))->by_work = 1;
}

static void two_speed(sim *s)
{
   part_base(s);
   sim_part *p = part_leak(s, CHANCE(0.5) ? ARRIVE_EVEN : ARRIVE_POISSON, SCALE(100, 3000));
   p->curve = curve_two_speed;
   p->begin = RANGE(0.2, 0.8) * T;
   p->keep = CHANCE(0.5) ? RANGE(0.2, 1) : RANGE(1, 5);
}

static void pausing(sim *s)
{
   part_base(s);
   sim_part *p = part_leak(s, CHANCE(0.5) ? ARRIVE_EVEN : ARRIVE_POISSON, SCALE(100, 3000));
   uint32_t n = 1 + rng_below(&s->rng, 3);
   p->curve = curve_pausing;
   p->count = 2 * n;
   for (uint32_t i = 0; i < n; i++) {
      p->at[2 * i] = T * (i + RANGE(0, 0.5)) / n;
      p->at[2 * i + 1] = p->at[2 * i] + T * RANGE(0.05, 0.4) / n;
   }
}

static void vector_forever(sim *s)
{
   sim_part *p = part_new(s, sim_table, curve_line);
   p->amp = SCALE(4, 64);
   p->power = CHANCE(0.8) ? 2 : 1.5;
   p->rate = p->amp * SCALE(20, 3000) / T;
   p->grows = 1;
   if (CHANCE(0.3))
      part_base(s);
}

/* Many vectors, begun one after the other, that all go on: what a growing index of lists does. */
static void vectors_many(sim *s)
{
   uint32_t n = 5 + rng_below(&s->rng, 6);
   for (uint32_t i = 0; i < n; i++) {
      sim_part *p = part_new(s, sim_table, curve_line);
      p->amp = SCALE(4, 64);
      p->power = 2;
      p->rate = SCALE(20, 3000) * p->amp / T;
      p->begin = RANGE(0, 0.5) * T;
      p->grows = 1;
   }
}

static void power_law(sim *s)
{
   part_base(s);
   sim_part *p = part_leak(s, ARRIVE_POISSON, 1);
   p->curve = curve_power;
   p->level = SCALE(100, 3000);
   p->power = RANGE(0.4, 0.75);
}

static void logarithmic(sim *s)
{
   part_base(s);
   sim_part *p = part_leak(s, ARRIVE_POISSON, 1);
   p->curve = curve_log;
   p->tau = RANGE(0.002, 0.1) * T;
   p->level = SCALE(30, 500);
}

static void plateau_beyond(sim *s)
{
   sim_part *p = part_new(s, sim_follow, curve_plateau);
   p->level = SCALE(50, 3000);
   p->tau = RANGE(0.6, 1.5) * T;
}

const sim_case sim_growing_cases[] = {
   {"linear", "one leak after the other", CLASS_STEADY, linear},
   {"buffer_line", "one buffer that gets longer and longer", CLASS_STEADY, buffer_line},
   {"leak_startup", "a leak after a large start-up", CLASS_STEADY, leak_startup},
   {"leak_churn_fifo", "a leak under first-in-first-out churn", CLASS_STEADY, leak_churn_fifo},
   {"leak_churn_random", "a leak under churn that frees at random", CLASS_STEADY, leak_churn_random},
   {"leak_shared", "one leaking user of a stack that two to six share", CLASS_STEADY, leak_shared},
   {"limit_creeps", "a cache whose limit creeps up", CLASS_STEADY, limit_creeps},
   {"queue_lags", "a queue that gets longer; every block dies in the end", CLASS_STEADY, queue_lags},
   {"plateau_leak", "a warm-up and a leak", CLASS_STEADY, plateau_leak},
   {"burst_leak", "a burst and a leak", CLASS_STEADY, burst_leak},
   {"accelerating", "t^1.3 .. t^3", CLASS_STEADY, accelerating},
   {"batches", "12 .. 60 batches", CLASS_STEADY, batches},
   {"late_start", "begins at 20 .. 60 % of the run", CLASS_STEADY, late_start},
   {"sawtooth_drift", "every cycle of a sawtooth leaves something behind", CLASS_STEADY, sawtooth_drift},
   {"leak_sawtooth_fast", "a leak under 16 .. 200 cycles", CLASS_STEADY, leak_sawtooth_fast},
   {"leak_sawtooth_slow", "a leak under 2.5 .. 16 cycles", CLASS_IRREGULAR, leak_sawtooth_slow},
   {"leak_wave_slow", "a leak under 1 .. 4 periods", CLASS_IRREGULAR, leak_wave_slow},
   {"leak_wave_fast", "a leak under 4 .. 60 periods", CLASS_IRREGULAR, leak_wave_fast},
   {"leak_one_percent", "1 % of all births of a tide stay", CLASS_IRREGULAR, leak_one_percent},
   {"leak_mm_inf", "a leak under Poisson arrivals, exponential lifetimes", CLASS_IRREGULAR, leak_mm_inf},
   {"leak_mg_inf", "the same, Pareto lifetimes", CLASS_IRREGULAR, leak_mg_inf},
   {"leak_lru", "a leak under a cache limited in bytes", CLASS_IRREGULAR, leak_lru},
   {"poisson_rare", "20 .. 150 leaks at random moments", CLASS_IRREGULAR, poisson_rare},
   {"clustered", "leaks in clusters of random size", CLASS_IRREGULAR, clustered},
   {"leak_by_load", "leaks per unit of work", CLASS_IRREGULAR, leak_by_load},
   {"two_speed", "changes its rate once by up to five times", CLASS_IRREGULAR, two_speed},
   {"pausing", "pauses one to three times", CLASS_IRREGULAR, pausing},
   {"vector_forever", "one vector that doubles for ever", CLASS_IRREGULAR, vector_forever},
   {"vectors_many", "five to ten such vectors", CLASS_IRREGULAR, vectors_many},
   {"power_law", "t^0.4 .. t^0.75", CLASS_OPEN, power_law},
   {"logarithmic", "log(1 + t)", CLASS_OPEN, logarithmic},
   {"plateau_beyond", "a warm-up of time constant 0.6 .. 1.5 runs", CLASS_OPEN, plateau_beyond},
};
const uint32_t sim_n_growing = sizeof sim_growing_cases / sizeof *sim_growing_cases;
