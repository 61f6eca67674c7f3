/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim_curve.h"

static const double two_pi = 6.283185307179586;

double curve_constant(sim *s, sim_part *p, double t)
{
   (void)s, (void)t;
   return p->level;
}

double curve_plateau(sim *s, sim_part *p, double t)
{
   (void)s;
   return p->level * (1 - exp(-t / p->tau)) + 0.5;
}

double curve_ramp(sim *s, sim_part *p, double t)
{
   (void)s;
   double x = (t - p->begin) / (p->finish - p->begin);
   return p->level * (x < 0 ? 0 : x > 1 ? 1 : x);
}

double curve_wave(sim *s, sim_part *p, double t)
{
   (void)s;
   return p->level * (1 + p->amp * sin(two_pi * (t / p->period + p->phase)));
}

double curve_revert(sim *s, sim_part *p, double t)
{
   double decay = exp(-1 / p->tau);
   if (p->count == 0)
      p->value = rng_normal(&s->rng);
   p->count = 1;
   p->value = p->value * decay + sqrt(1 - decay * decay) * rng_normal(&s->rng);
   (void)t;
   return p->level * (1 + p->noise * p->value);
}

double curve_walk(sim *s, sim_part *p, double t)
{
   p->value += p->noise * rng_normal(&s->rng);
   if (p->value > p->amp)
      p->value = 2 * p->amp - p->value;
   if (p->value < -p->amp)
      p->value = -2 * p->amp - p->value;
   (void)t;
   return p->level * (1 + p->value);
}

double curve_steps(sim *s, sim_part *p, double t)
{
   double sum = p->level;
   for (uint32_t i = 0; i < p->count; i++)
      sum += t >= p->at[i] ? p->to[i] : 0;
   (void)s;
   return sum;
}

double curve_burst(sim *s, sim_part *p, double t)
{
   (void)s;
   if (t < p->begin)
      return 0;
   if (t < p->finish)
      return p->level * (t - p->begin) / (p->finish - p->begin);
   return p->level * exp(-(t - p->finish) / p->tau);
}

double curve_highwater(sim *s, sim_part *p, double t)
{
   double now = curve_revert(s, p, t), cap = p->level * (1 + 3 * p->noise);
   if (now > cap)
      now = cap;
   if (now > p->carried)
      p->carried = now;
   return p->carried;
}

double curve_power(sim *s, sim_part *p, double t)
{
   return p->level * pow(t / s->steps, p->power);
}

double curve_log(sim *s, sim_part *p, double t)
{
   (void)s;
   return p->level * log1p(t / p->tau);
}

double curve_line(sim *s, sim_part *p, double t)
{
   (void)s;
   return t > p->begin ? p->rate * (t - p->begin) : 0;
}

double curve_two_speed(sim *s, sim_part *p, double t)
{
   (void)s;
   return t < p->begin ? p->rate * t : p->rate * (p->begin + p->keep * (t - p->begin));
}

double curve_pausing(sim *s, sim_part *p, double t)
{
   double active = 0, run = s->steps;
   for (; t > run; t -= run) {
      active += run;
      for (uint32_t i = 0; i + 1 < p->count; i += 2)
         active -= p->at[i + 1] - p->at[i];
   }
   active += t;
   for (uint32_t i = 0; i + 1 < p->count && p->at[i] < t; i += 2)
      active -= (t < p->at[i + 1] ? t : p->at[i + 1]) - p->at[i];
   return p->rate * active;
}

double curve_refill(sim *s, sim_part *p, double t)
{
   double since = t;
   for (uint32_t i = 0; i < p->count; i++) {
      if (t >= p->at[i])
         since = t - p->at[i];
   }
   (void)s;
   return p->level * (since < p->tau ? since / p->tau : 1);
}

double curve_phases(sim *s, sim_part *p, double t)
{
   double level = 0;
   for (uint32_t i = 0; i < p->count && t >= p->at[i]; i++) {
      double end = i + 1 < p->count && t >= p->at[i + 1] ? p->at[i + 1] : t;
      level += (p->to[i] - level) * (1 - exp(-(end - p->at[i]) / p->tau));
   }
   (void)s;
   return level;
}

double curve_tide(sim *s, sim_part *p, double t)
{
   (void)s;
   double turn = two_pi / p->period, shift = two_pi * p->phase;
   return p->rate * (t - p->amp / turn * (cos(turn * t + shift) - cos(shift)));
}

sim_part *part_new(sim *s, sim_part_step step, sim_curve curve)
{
   sim_part *p = sim_part_add(s, step);
   p->curve = curve;
   p->free_first = rng_chance(&s->rng, 0.3);
   p->policy = (sim_policy)rng_below(&s->rng, 3);
   p->phase = rng_unit(&s->rng);
   if (s->n_parts == 1 || rng_chance(&s->rng, 0.4)) {
      double u = rng_unit(&s->rng);
      p->size_kind = u < 0.45 ? SIZE_FIXED : u < 0.7 ? SIZE_UNIFORM : u < 0.9 ? SIZE_LOGNORMAL : SIZE_PARETO;
      p->size_spread = p->size_kind == SIZE_UNIFORM ? rng_range(&s->rng, 0.3, 0.9) : rng_range(&s->rng, 0.4, 1.2);
      p->size_mean = rng_scale(&s->rng, 16, 4096);
      if (s->n_parts > 1) /* parts of one account are of similar weight */
         p->size_mean = s->part[0].size_mean * rng_scale(&s->rng, 0.5, 2);
   }
   return p;
}

void part_base(sim *s)
{
   if (rng_chance(&s->rng, 0.5))
      return;
   sim_part *p = part_new(s, sim_follow, curve_constant);
   p->level = rng_scale(&s->rng, 1, 300);
   if (rng_chance(&s->rng, 0.4)) {
      p->curve = curve_ramp;
      p->finish = rng_range(&s->rng, 0.01, 0.1) * s->steps;
   }
   if (rng_chance(&s->rng, 0.5))
      p->rate = rng_scale(&s->rng, 0.001, 0.2) * p->level;
}

sim_part *part_leak(sim *s, sim_arrival arrival, double events)
{
   sim_part *p = part_new(s, sim_leaks, curve_line);
   p->arrival = arrival;
   p->grows = 1;
   p->rate = events / s->steps;
   p->cluster = rng_scale(&s->rng, 2, 10);
   return p;
}
