/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_steps: values of an account are at most LG_VALUE_MAX = 2^55, so that those of 128 accounts and of the sum so far stay below
 * 2^63. Steps wrap around; what they add up to does not. */
#include "lg_steps.h"

void lg_steps_clear(lg_steps *s, uint32_t n)
{
   s->n = n;
   s->n_added = 0;
   for (uint32_t i = 0; i < n; i++)
      s->end_B[i] = s->end_blk[i] = s->min_B[i] = s->max_B[i] = s->births[i] = s->deaths[i] = 0;
}

static inline uint64_t at_most_max(uint64_t v)
{
   return v > (uint64_t)LG_VALUE_MAX ? (uint64_t)LG_VALUE_MAX : v;
}

/* sign is 1, or -1 as an unsigned number. */
static inline void add(lg_steps *s, const lg_sparse *a, uint32_t first, uint64_t sign)
{
   const lg_rec *r = a->recs, *last = r + a->n_recs;
   uint64_t held_B = 0, held_blk = 0, before_B = 0, before_blk = 0;
   for (; r < last && r->index < first; r++) {
      held_B = at_most_max(r->end_B);
      held_blk = r->end_blk;
   }
   s->end_B[0] += sign * held_B;
   s->end_blk[0] += sign * held_blk;
   for (; r < last && r->index - first < s->n; r++) {
      uint32_t i = r->index - first;
      before_B = held_B;
      before_blk = held_blk;
      held_B = at_most_max(r->end_B);
      held_blk = r->end_blk;
      s->end_B[i] += sign * (held_B - before_B);
      s->end_blk[i] += sign * (held_blk - before_blk);
      s->min_B[i] += sign * (at_most_max(r->min_B) - held_B);
      s->max_B[i] += sign * (at_most_max(r->max_B) - held_B);
      s->births[i] += sign * at_most_max(r->births);
      s->deaths[i] += sign * at_most_max(r->deaths);
   }
   s->n_added++;
}

int lg_steps_add(lg_steps *s, const lg_sparse *a, uint32_t first)
{
   add(s, a, first, 1);
   return s->n_added >= LG_STEPS_MAX;
}

int lg_steps_take_out(lg_steps *s, const lg_sparse *a, uint32_t first)
{
   add(s, a, first, UINT64_MAX);
   return s->n_added >= LG_STEPS_MAX;
}

/* Returns whether it was too large. */
static int add_clamped(int64_t *sum, uint64_t v)
{
   *sum = (int64_t)((uint64_t)*sum + v);
   if (*sum <= LG_VALUE_MAX)
      return 0;
   *sum = LG_VALUE_MAX;
   return 1;
}

int lg_steps_flush(lg_steps *s, lg_dense *sum)
{
   uint64_t end_B = 0, end_blk = 0;
   int is_cut = 0;
   for (uint32_t i = 0; i < s->n; i++) {
      end_B += s->end_B[i];
      end_blk += s->end_blk[i];
      is_cut |= add_clamped(&sum->end_B[i], end_B);
      is_cut |= add_clamped(&sum->end_blk[i], end_blk);
      is_cut |= add_clamped(&sum->min_B[i], end_B + s->min_B[i]);
      is_cut |= add_clamped(&sum->max_B[i], end_B + s->max_B[i]);
      is_cut |= add_clamped(&sum->births[i], s->births[i]);
      is_cut |= add_clamped(&sum->deaths[i], s->deaths[i]);
   }
   lg_steps_clear(s, s->n);
   return is_cut;
}
