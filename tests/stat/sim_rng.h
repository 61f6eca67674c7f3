/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_rng: reproducible random numbers for the simulator (xoshiro256**, seeded by splitmix64).
 *
 * Only arithmetic that is exact in IEEE doubles or comes from libm is used; a different libm may move a last bit and with it a
 * simulated account, never a rate. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <math.h>
#include <stdint.h>

typedef struct {
   uint64_t s[4];
} sim_rng;

static inline uint64_t rng_mix(uint64_t *state)
{
   uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
   z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
   z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
   return z ^ (z >> 31);
}

/* One independent stream per (base, stream, index). */
static inline void rng_seed(sim_rng *r, uint64_t base, uint64_t stream, uint64_t index)
{
   uint64_t state = base;
   state = rng_mix(&state) ^ (stream * UINT64_C(0xd1342543de82ef95));
   state = rng_mix(&state) ^ (index * UINT64_C(0xaf251af3b0f025b5));
   for (int i = 0; i < 4; i++)
      r->s[i] = rng_mix(&state);
}

static inline uint64_t rng_next(sim_rng *r)
{
   uint64_t *s = r->s, x = s[1] * 5, result = ((x << 7) | (x >> 57)) * 9, t = s[1] << 17;
   s[2] ^= s[0];
   s[3] ^= s[1];
   s[1] ^= s[2];
   s[0] ^= s[3];
   s[2] ^= t;
   s[3] = (s[3] << 45) | (s[3] >> 19);
   return result;
}

/* [0, 1) */
static inline double rng_unit(sim_rng *r)
{
   return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static inline double rng_range(sim_rng *r, double a, double b)
{
   return a + (b - a) * rng_unit(r);
}

/* log-uniform: every order of magnitude is as likely */
static inline double rng_scale(sim_rng *r, double a, double b)
{
   return a * exp(log(b / a) * rng_unit(r));
}

/* 0 .. n - 1 */
static inline uint32_t rng_below(sim_rng *r, uint32_t n)
{
   return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

static inline int rng_chance(sim_rng *r, double p)
{
   return rng_unit(r) < p;
}

static inline double rng_exp(sim_rng *r)
{
   return -log1p(-rng_unit(r));
}

static inline double rng_normal(sim_rng *r)
{
   return sqrt(2 * rng_exp(r)) * cos(6.283185307179586 * rng_unit(r));
}

static inline uint32_t rng_poisson(sim_rng *r, double mean)
{
   if (mean <= 0)
      return 0;
   if (mean > 60) {
      double v = floor(mean + sqrt(mean) * rng_normal(r) + 0.5);
      return v > 0 ? (uint32_t)v : 0;
   }
   double limit = exp(-mean), product = rng_unit(r);
   uint32_t k = 0;
   while (product > limit) {
      product *= rng_unit(r);
      k++;
   }
   return k;
}

/* floor(mean) or one more, so that sums follow the mean closely: work that is done by counters, not by chance */
static inline uint32_t rng_even(double before, double after)
{
   return (uint32_t)(floor(after) - floor(before));
}

#endif
