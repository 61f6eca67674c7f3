/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim_account.h"

#include <assert.h>
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

static void open_step(sim_account *a)
{
   sim_step_rec *r = &a->rec[a->now];
   r->min_B = r->max_B = r->end_B = a->live_B;
   r->min_blk = r->max_blk = r->end_blk = a->live_blk;
}

void sim_account_init(sim_account *a, uint32_t steps_max)
{
   memset(a, 0, sizeof *a);
   a->steps_max = steps_max;
   a->rec = checked(calloc(steps_max + 1, sizeof *a->rec));
   open_step(a);
}

void sim_account_count(sim_account *a, uint32_t one_in, uint64_t seed)
{
   a->counted = checked(calloc(1, sizeof *a->counted));
   sim_account_init(a->counted, a->steps_max);
   a->one_in = one_in;
   a->random = seed;
}

/* Is the next block one of those that are counted? */
static int draw_counted(sim_account *a)
{
   if (!a->counted)
      return 0;
   a->random = a->random * 6364136223846793005u + 1442695040888963407u;
   return (a->random >> 33) % a->one_in == 0;
}

void sim_account_free(sim_account *a)
{
   if (a->counted)
      sim_account_free(a->counted);
   free(a->counted);
   free(a->rec);
   free(a->late);
}

static void note_live(sim_account *a)
{
   sim_step_rec *r = &a->rec[a->now];
   assert(a->live_B >= 0 && a->live_blk >= 0);
   if (a->live_B < r->min_B)
      r->min_B = a->live_B;
   if (a->live_B > r->max_B)
      r->max_B = a->live_B;
   if (a->live_blk < r->min_blk)
      r->min_blk = a->live_blk;
   if (a->live_blk > r->max_blk)
      r->max_blk = a->live_blk;
   r->end_B = a->live_B;
   r->end_blk = a->live_blk;
}

sim_block sim_birth(sim_account *a, int64_t size)
{
   sim_step_rec *r = &a->rec[a->now];
   sim_block b = {size, a->now, draw_counted(a)};
   if (b.is_counted)
      sim_birth(a->counted, 1);
   a->live_B += size;
   a->live_blk++;
   r->births++;
   r->births_B += size;
   r->surv_blk++;
   r->surv_B += size;
   note_live(a);
   return b;
}

static void count_death(sim_account *a, uint32_t step, uint32_t born, int64_t size)
{
   a->died[lg_age_bucket(step - born)]++;
   a->rec[born].surv_blk--;
   a->rec[born].surv_B -= size;
}

void sim_death(sim_account *a, const sim_block *b)
{
   if (b->is_counted) {
      sim_block one = {1, b->born, 0};
      a->counted->draining = a->draining;
      sim_death(a->counted, &one);
   }
   a->live_B -= b->size;
   a->live_blk--;
   a->rec[a->now].deaths++;
   note_live(a);
   if (!a->draining) {
      count_death(a, a->now, b->born, b->size);
      return;
   }
   if (a->n_late == a->late_max) {
      a->late_max = a->late_max * 2 + 64;
      a->late = checked(realloc(a->late, a->late_max * sizeof *a->late));
   }
   a->late[a->n_late++] = (sim_late_death){a->now, b->born, b->size};
}

void sim_resize(sim_account *a, sim_block *b, int64_t size)
{
   a->has_resizes = 1;
   a->live_B += size - b->size;
   a->rec[a->now].births_B += size;
   a->rec[b->born].surv_B += size - b->size;
   b->size = size;
   note_live(a);
}

void sim_account_step(sim_account *a)
{
   assert(a->now < a->steps_max);
   if (a->counted)
      sim_account_step(a->counted);
   a->now++;
   open_step(a);
}

uint32_t sim_shift(uint32_t steps, uint32_t intervals_max)
{
   uint32_t shift = 0;
   while (((steps - 1) >> shift) + 1 > intervals_max)
      shift++;
   return shift;
}

/* Deaths kept aside that happened in the first `judged` steps. */
static void take_late_deaths(sim_account *a, uint32_t judged)
{
   for (uint32_t i = 0; i < a->n_late; i++) {
      if (a->late[i].step < judged)
         count_death(a, a->late[i].step, a->late[i].born, a->late[i].size);
   }
   a->n_late = 0;
}

uint32_t sim_account_cut_teardown(sim_account *a, const sim_account *other, uint32_t steps, uint32_t shift)
{
   uint32_t width = (uint32_t)1 << shift, n = ((steps - 1) >> shift) + 1;
   while (n > 1) {
      uint64_t births = 0, deaths = 0;
      for (uint32_t i = (n - 1) * width; i < n * width && i < steps; i++) {
         births += (uint64_t)(a->rec[i].births + other->rec[i].births);
         deaths += (uint64_t)(a->rec[i].deaths + other->rec[i].deaths);
      }
      if (!(deaths && births * 8 <= deaths)) /* lg_is_draining, restated so that the simulator checks it */
         break;
      n--;
   }
   uint32_t judged = n * width < steps ? n * width : steps;
   take_late_deaths(a, judged);
   if (a->counted)
      take_late_deaths(a->counted, judged);
   return judged;
}

void sim_account_dense(const sim_account *a, uint32_t steps, uint32_t shift, lg_dense *out)
{
   memset(out, 0, sizeof *out);
   out->n = ((steps - 1) >> shift) + 1;
   assert(out->n <= LG_INTERVALS_MAX);
   for (uint32_t i = 0; i < steps; i++) {
      const sim_step_rec *r = &a->rec[i];
      uint32_t k = i >> shift;
      int first = (i & (((uint32_t)1 << shift) - 1)) == 0;
      if (first || r->min_B < out->min_B[k])
         out->min_B[k] = r->min_B;
      if (first || r->max_B > out->max_B[k])
         out->max_B[k] = r->max_B;
      if (first || r->min_blk < out->min_blk[k])
         out->min_blk[k] = r->min_blk;
      if (first || r->max_blk > out->max_blk[k])
         out->max_blk[k] = r->max_blk;
      out->end_B[k] = r->end_B;
      out->end_blk[k] = r->end_blk;
      out->births[k] += r->births;
      out->deaths[k] += r->deaths;
      out->births_B[k] += r->births_B;
      out->surv_blk[k] += r->surv_blk;
      out->surv_B[k] += r->surv_B;
   }
   memcpy(out->died_at_age, a->died, sizeof out->died_at_age);
}
