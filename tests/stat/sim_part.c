/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
   if (!p) {
      fputs("stat: out of memory\n", stderr);
      exit(1);
   }
   return p;
}

sim_part *sim_part_add(sim *s, sim_part_step step)
{
   if (s->n_parts == SIM_PARTS_MAX) {
      fputs("stat: too many parts\n", stderr);
      exit(1);
   }
   sim_part *p = &s->part[s->n_parts++];
   memset(p, 0, sizeof *p);
   p->step = step;
   p->size_mean = 64;
   if (s->n_parts > 1) {
      p->size_kind = s->part[0].size_kind;
      p->size_mean = s->part[0].size_mean;
      p->size_spread = s->part[0].size_spread;
   }
   return p;
}

void sim_part_free(sim_part *p)
{
   free(p->blk);
   free(p->calendar);
   free(p->next_dead);
   free(p->unused);
}

int64_t sim_size(sim *s, const sim_part *p)
{
   double size = p->size_mean;
   switch (p->size_kind) {
   case SIZE_FIXED:
      break;
   case SIZE_UNIFORM:
      size *= rng_range(&s->rng, 1 - p->size_spread, 1 + p->size_spread);
      break;
   case SIZE_LOGNORMAL:
      size *= exp(p->size_spread * (rng_normal(&s->rng) - p->size_spread / 2));
      break;
   case SIZE_PARETO:
      size *= 0.6 * pow(1 - rng_unit(&s->rng), -0.4);
      break;
   }
   return size < 1 ? 1 : (int64_t)size;
}

static void room_for_one(sim_part *p)
{
   if (p->head + p->n < p->max)
      return;
   if (p->head > p->max / 2) {
      memmove(p->blk, p->blk + p->head, p->n * sizeof *p->blk);
      p->head = 0;
      return;
   }
   p->max = p->max * 2 + 64;
   p->blk = checked(realloc(p->blk, p->max * sizeof *p->blk));
}

void sim_push(sim *s, sim_part *p)
{
   room_for_one(p);
   p->blk[p->head + p->n++] = sim_birth(&s->account, sim_size(s, p));
}

void sim_pop(sim *s, sim_part *p)
{
   uint32_t i = p->head;
   if (p->n == 0)
      return;
   if (p->policy == POLICY_LIFO)
      i = p->head + p->n - 1;
   else if (p->policy == POLICY_RANDOM)
      i = p->head + rng_below(&s->rng, p->n);
   sim_death(&s->account, &p->blk[i]);
   if (p->policy == POLICY_FIFO)
      p->head++;
   else
      p->blk[i] = p->blk[p->head + p->n - 1];
   p->n--;
}

void sim_leak(sim *s, double bytes, uint32_t events)
{
   s->sum_leaked_B += bytes;
   s->leaked_now |= events > 0;
}

uint32_t sim_events(sim *s, sim_part *p, double before, double after)
{
   if (after <= before)
      return 0;
   if (p->arrival == ARRIVE_EVEN)
      return rng_even(before + p->phase, after + p->phase);
   if (p->arrival == ARRIVE_POISSON)
      return rng_poisson(&s->rng, after - before);
   uint32_t clusters = rng_poisson(&s->rng, (after - before) / p->cluster), n = 0;
   while (clusters--)
      n += 1 + (uint32_t)(rng_exp(&s->rng) * (p->cluster - 0.5));
   return n;
}

void sim_drop(sim *s, sim_part *p)
{
   if (p->step != sim_arrive) {
      p->policy = POLICY_FIFO;
      sim_pop(s, p);
      return;
   }
   if (p->cursor < s->account.now)
      p->cursor = s->account.now;
   while (p->cursor < s->horizon && !p->calendar[p->cursor])
      p->cursor++;
   if (p->cursor < s->horizon) {
      uint32_t slot = p->calendar[p->cursor] - 1;
      p->calendar[p->cursor] = p->next_dead[slot];
      sim_death(&s->account, &p->blk[slot]);
   }
}

static void replace_one(sim *s, sim_part *p)
{
   if (p->free_first) {
      sim_pop(s, p);
      sim_push(s, p);
   } else {
      sim_push(s, p);
      sim_pop(s, p);
   }
}

void sim_follow(sim *s, sim_part *p, double before, double after)
{
   double want = p->curve(s, p, after);
   uint32_t target = want > 0 ? (uint32_t)want : 0,
            replaced = p->n ? rng_poisson(&s->rng, p->rate * (after - before)) : 0;
   uint32_t half = replaced / 2, had = p->n;

   for (uint32_t i = 0; i < half; i++)
      replace_one(s, p);
   while (p->n < target)
      sim_push(s, p);
   while (p->n > target)
      sim_pop(s, p);
   for (uint32_t i = half; i < replaced && p->n; i++)
      replace_one(s, p);
   if (p->grows && p->n > had)
      sim_leak(s, (p->n - had) * p->size_mean, p->n - had);
}

static double lifetime(sim *s, const sim_part *p)
{
   switch (p->life) {
   case LIFE_FIXED:
      return p->tau;
   case LIFE_UNIFORM:
      return 2 * p->tau * rng_unit(&s->rng);
   case LIFE_PARETO:
      return p->tau * (p->power - 1) / p->power * pow(1 - rng_unit(&s->rng), -1 / p->power);
   default:
      return p->tau * rng_exp(&s->rng);
   }
}

static void bear_with_lifetime(sim *s, sim_part *p, double life)
{
   uint32_t slot, now = s->account.now;
   if (p->n_unused) {
      slot = p->unused[--p->n_unused];
   } else {
      if (p->n == p->max) {
         p->max = p->max * 2 + 64;
         p->blk = checked(realloc(p->blk, p->max * sizeof *p->blk));
         p->next_dead = checked(realloc(p->next_dead, p->max * sizeof *p->next_dead));
         p->unused = checked(realloc(p->unused, p->max * sizeof *p->unused));
      }
      slot = p->n++;
   }
   p->blk[slot] = sim_birth(&s->account, sim_size(s, p));
   double dies = now + life;
   p->next_dead[slot] = 0;
   if (life < 1 && rng_chance(&s->rng, 1 - life)) { /* dies within its step */
      sim_death(&s->account, &p->blk[slot]);
      p->unused[p->n_unused++] = slot;
   } else if (dies < s->horizon) {
      uint32_t when = (uint32_t)dies > now ? (uint32_t)dies : now + 1;
      p->next_dead[slot] = p->calendar[when];
      p->calendar[when] = slot + 1;
   }
}

void sim_arrive(sim *s, sim_part *p, double before, double after)
{
   uint32_t now = s->account.now;
   if (!p->calendar)
      p->calendar = checked(calloc(s->horizon + 1, sizeof *p->calendar));
   double mean = p->curve ? p->curve(s, p, after) - p->curve(s, p, before) : p->rate * (after - before);
   uint32_t births = rng_poisson(&s->rng, mean), dying = p->calendar[now];
   while (births || dying) {
      if (dying && (!births || rng_chance(&s->rng, 0.5))) {
         uint32_t slot = dying - 1;
         dying = p->next_dead[slot];
         sim_death(&s->account, &p->blk[slot]);
         p->unused[p->n_unused++] = slot;
      } else {
         bear_with_lifetime(s, p, lifetime(s, p));
         births--;
      }
   }
}

void sim_leaks(sim *s, sim_part *p, double before, double after)
{
   double from = p->curve(s, p, before), to = p->curve(s, p, after);
   uint32_t n = sim_events(s, p, from, to);
   for (uint32_t i = 0; i < n; i++) {
      sim_push(s, p);
      sim_leak(s, (double)p->blk[p->head + p->n - 1].size, 1);
   }
}

void sim_saw(sim *s, sim_part *p, double before, double after)
{
   if (p->due == 0) {
      p->due = p->period * (1 - p->phase);
      p->value = p->due;
   }
   double height = p->curve ? p->curve(s, p, after) : p->level, length = p->value;
   double done = length - (p->due - after), filled = height * done / length;
   uint32_t target = p->count + (filled > 0 ? (uint32_t)filled : 0);
   while (p->n < target)
      sim_push(s, p);
   if (after < p->due)
      return;
   p->carried += p->keep; /* what this cycle leaves behind */
   uint32_t kept = (uint32_t)p->carried;
   p->carried -= kept;
   p->count += kept;
   if (kept)
      sim_leak(s, kept * p->size_mean, kept);
   while (p->n > p->count)
      sim_pop(s, p);
   length = p->period * (1 + p->noise * (2 * rng_unit(&s->rng) - 1));
   p->value = length < 1 ? 1 : length;
   while (p->due <= after)
      p->due += p->value;
   (void)before;
}

void sim_table(sim *s, sim_part *p, double before, double after)
{
   double elements = p->curve(s, p, after) - p->value;
   if (p->keep > 0 && elements >= p->keep) { /* thrown away: the next one starts small */
      p->value += elements;
      elements = 0;
      while (p->n)
         sim_pop(s, p);
   }
   if (p->n == 0) {
      p->carried = p->amp;
      sim_push(s, p);
      sim_resize(&s->account, &p->blk[p->head], (int64_t)(p->carried * p->size_mean) + 1);
   }
   while (elements > p->carried) {
      double old = p->carried;
      p->carried *= p->power;
      sim_resize(&s->account, &p->blk[p->head], (int64_t)(p->carried * p->size_mean));
      if (p->grows)
         sim_leak(s, (p->carried - old) * p->size_mean, 1);
   }
   (void)before;
}

void sim_buffer(sim *s, sim_part *p, double before, double after)
{
   if (p->n == 0)
      sim_push(s, p);
   int64_t size = (int64_t)(p->curve(s, p, after) * p->size_mean) + 1, old = p->blk[p->head].size;
   if (size != old)
      sim_resize(&s->account, &p->blk[p->head], size);
   if (p->grows && size > old)
      sim_leak(s, (double)(size - old), 1);
   (void)before;
}

void sim_scratch(sim *s, sim_part *p, double before, double after)
{
   uint32_t n = rng_poisson(&s->rng, p->rate * (after - before)), deep = 1 + rng_below(&s->rng, (uint32_t)p->level);
   while (n) {
      uint32_t batch = n < deep ? n : deep;
      for (uint32_t i = 0; i < batch; i++)
         sim_push(s, p);
      for (uint32_t i = 0; i < batch; i++)
         sim_pop(s, p);
      n -= batch;
   }
}

void sim_reload(sim *s, sim_part *p, double before, double after)
{
   uint32_t level = (uint32_t)p->level;
   if (p->n == 0 || rng_chance(&s->rng, (after - before) / p->period)) {
      uint32_t old = p->n, fresh = (uint32_t)(level * (1 + p->noise * (2 * rng_unit(&s->rng) - 1))) + 1;
      if (p->free_first) {
         while (p->n)
            sim_pop(s, p);
         old = 0;
      }
      for (uint32_t i = 0; i < fresh; i++)
         sim_push(s, p);
      for (uint32_t i = 0; i < old; i++)
         sim_pop(s, p);
   }
}

/* One of `cluster` keys by the continuous Zipf law with exponent `power` != 1, inverted. */
static uint32_t zipf_key(sim *s, const sim_part *p)
{
   uint32_t keys = (uint32_t)p->cluster;
   double u = rng_unit(&s->rng), e = 1 - p->power;
   double rank = pow(u * (pow(keys, e) - 1) + 1, 1 / e);
   return rank >= keys ? keys - 1 : (uint32_t)rank - (rank >= 1);
}

void sim_keys(sim *s, sim_part *p, double before, double after)
{
   uint32_t keys = (uint32_t)p->cluster, accesses = rng_poisson(&s->rng, p->rate * (after - before));
   if (!p->calendar)
      p->calendar = checked(calloc(keys, sizeof *p->calendar)); /* key is cached */
   while (accesses--) {
      uint32_t key = zipf_key(s, p);
      if (p->calendar[key])
         continue;
      p->calendar[key] = 1;
      sim_push(s, p);
   }
}

/* The block at `from`, and its key, become the most recently used ones. */
static void touch_key(sim_part *p, uint32_t from)
{
   sim_block b = p->blk[from];
   uint32_t key = p->unused[from], after = p->n - from - 1;
   memmove(&p->blk[from], &p->blk[from + 1], after * sizeof b);
   memmove(&p->unused[from], &p->unused[from + 1], after * sizeof key);
   p->blk[p->n - 1] = b;
   p->unused[p->n - 1] = key;
}

void sim_lru(sim *s, sim_part *p, double before, double after)
{
   uint32_t limit = (uint32_t)p->level + 1, accesses = rng_poisson(&s->rng, p->rate * (after - before));
   if (!p->unused)
      p->unused = checked(calloc(limit + 1, sizeof *p->unused)); /* keys, least recently used first, as blk */
   while (accesses--) {
      uint32_t key = zipf_key(s, p), i = 0;
      while (i < p->n && p->unused[i] != key)
         i++;
      if (i == p->n) {
         sim_push(s, p);
         p->unused[i] = key;
         if (p->n > limit) {
            touch_key(p, 0); /* brings the victim to the end */
            sim_death(&s->account, &p->blk[--p->n]);
         }
      } else {
         touch_key(p, i);
      }
   }
}
