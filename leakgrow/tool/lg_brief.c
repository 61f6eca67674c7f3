/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_brief: see lg_brief.h.
 *
 * Whether the short line says it is not assumed but seen: what it leaves out is added up from the books first. So it is never wrong after
 * intervals that held survivors back, or for an interval that is written a second time. */
#include "lg_brief.h"

#include "lg_flow.h"
#include "lg_record.h"

#include "pub_tool_libcbase.h"

typedef struct {
   lg_flow flow;
   UInt n_old;   /* earlier intervals that are concerned */
   ULong n_aged; /* deaths that were not young */
} Story;

static Bool sum_ages(const LgAccount *a, ULong *n_aged)
{
   uint64_t unused, young;
   LG_(record_ages)(a, 0, &unused, &young);
   *n_aged = LG_(record_aged_held)(a);
   return young + *n_aged == a->rec->deaths;
}

/* What went and what was there before, from what survivors there are more or less. False when the books do not add up that way. */
static Bool take_story(const LgAccount *a, Story *s)
{
   const lg_rec *r = a->rec;
   Long blk = r->held_blk, B = r->held_B;
   s->n_old = 0;
   for (UInt i = LG_(record_held_from)(a); i + 1 < LG_(record_count)(a); i++) {
      UInt index;
      Long old_blk, old_B;
      LG_(record_held)(a, i, &index, &old_blk, &old_B);
      blk += old_blk;
      B += old_B;
      s->n_old += old_blk != 0 || old_B != 0;
   }
   if (blk != (Long)(r->births - r->deaths) || !sum_ages(a, &s->n_aged))
      return False;
   s->flow.births = r->births;
   s->flow.births_B = r->births_B;
   s->flow.deaths = r->deaths;
   s->flow.deaths_B = r->births_B - (ULong)B;
   s->flow.before_blk = r->end_blk - (ULong)blk;
   s->flow.before_B = r->end_B - (ULong)B;
   return (Long)s->flow.deaths_B >= 0 && (Long)s->flow.before_blk >= 0 && (Long)s->flow.before_B >= 0;
}

static void put_part(lg_buf *b, HChar part)
{
   lg_put_word(b, (const HChar[]){part, 0});
}

/* The numbers of a story; zeros at the end are left out. */
static void put_flow(lg_buf *b, UInt account, const lg_flow *f)
{
   const uint64_t numbers[] = {account, f->births, f->births_B, f->deaths, f->deaths_B, f->before_blk, f->before_B};
   UInt n = sizeof numbers / sizeof *numbers;
   while (n > 2 && numbers[n - 1] == 0)
      n--;
   lg_put_numbers(b, numbers, n);
}

static void put_extremes(lg_buf *b, const lg_rec *r, const lg_rec *guess)
{
   if (r->min_blk == guess->min_blk && r->min_B == guess->min_B && r->max_blk == guess->max_blk &&
       r->max_B == guess->max_B)
      return;
   put_part(b, 'm');
   lg_put_numbers(b, (const uint64_t[]){r->min_blk, r->min_B, r->max_blk, r->max_B}, 4);
}

static void put_old_survivors(lg_buf *b, const LgAccount *a)
{
   put_part(b, 'v');
   for (UInt i = LG_(record_held_from)(a); i + 1 < LG_(record_count)(a); i++) {
      UInt index;
      Long blk, B;
      LG_(record_held)(a, i, &index, &blk, &B);
      if (blk == 0 && B == 0)
         continue;
      lg_put_u64(b, index);
      lg_put_i64(b, blk);
      lg_put_i64(b, B);
   }
}

static void put_ages(lg_buf *b, const LgAccount *a, ULong left)
{
   put_part(b, 'g');
   for (UInt k = 1; left > 0 && k < LG_AGES; k++) {
      uint64_t unused, held;
      LG_(record_ages)(a, k, &unused, &held);
      if (held == 0)
         continue;
      left -= held;
      lg_put_u64(b, k);
      lg_put_u64(b, held);
   }
}

Bool LG_(brief_line)(LgOut *o, LgAccount *a)
{
   Story s;
   lg_rec guess;
   const lg_rec *r = a->rec;
   if (!take_story(a, &s) || !lg_flow_record(&s.flow, &guess) || guess.end_blk != r->end_blk || guess.end_B != r->end_B)
      return False;
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'A');
   put_flow(b, a->id, &s.flow);
   put_extremes(b, r, &guess);
   if (r->resizes) {
      put_part(b, 'r');
      lg_put_u64(b, r->resizes);
   }
   if (s.n_old)
      put_old_survivors(b, a);
   if (s.n_aged)
      put_ages(b, a, s.n_aged);
   lg_line_end(b);
   LG_(record_survivors_written)(a);
   if (r->deaths)
      LG_(record_ages_written)(a);
   return True;
}
