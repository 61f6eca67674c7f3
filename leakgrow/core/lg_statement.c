/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_statement: what is said of the run as a whole, most important first. */
#include "lg_say.h"
#include "lg_word.h"

enum { UNDECIDED_DEN = 100 }; /* of the heap: undecided accounts that hold less are not worth a line */

/* "2 groups of open spans and tasks keep growing in number" */
static void put_census(lg_text *t, const lg_analysis *a)
{
   int has_spans = 0, has_tasks = 0;
   for (uint32_t i = 0; i < a->n_findings; i++) {
      const lg_finding *f = &a->findings[i];
      int is_growing = f->kind == LG_FINDING_CENSUS && f->trend.verdict == LG_GROWING;
      has_spans |= is_growing && f->instances == LG_ACCOUNT_SPAN;
      has_tasks |= is_growing && f->instances == LG_ACCOUNT_TASK;
   }
   lg_put_counted(t, a->n_census_growing, "group of ", "groups of ");
   lg_word_text(t, has_spans && has_tasks ? "open spans and live tasks" : has_tasks ? "live tasks" : "open spans");
   lg_word_text(t, a->n_census_growing == 1 ? " keeps growing in number" : " keep growing in number");
}

static void say_summary(lg_text *t, const lg_source *src, const lg_analysis *a)
{
   uint32_t n = a->n_left_out;
   for (uint32_t i = 0; i < a->n_findings; i++)
      n += (a->findings[i].kind == LG_FINDING_GROWTH || a->findings[i].kind == LG_FINDING_LAG) &&
           a->findings[i].trend.verdict == LG_GROWING;
   if (a->verdict == LG_GROWING) {
      if (a->n_census_growing > 0)
         put_census(t, a);
      if (a->n_census_growing > 0 && n > 0)
         lg_word_text(t, "; ");
      if (n > 0)
         lg_put_counted(t, n, "place keeps growing", "places keep growing");
      if (a->heap_grown_B > 0) {
         lg_word_text(t, ": heap +");
         lg_word_bytes(t, a->heap_grown_B);
         lg_put_slopes(t, src->unit, &a->per_s, &a->per_tick, &a->per_unit);
      }
      if (a->mapped_grown_B > 0) {
         lg_word_text(t, a->heap_grown_B > 0 ? "; mapped memory +" : ": mapped memory +");
         lg_word_bytes(t, a->mapped_grown_B);
      }
      lg_put_projection(t, src, a->until_limit, a->until_double);
   } else {
      if (a->n_lagging > 0) {
         lg_put_counted(t, a->n_lagging, "reclamation domain is held up; ", "reclamation domains are held up; ");
      }
      lg_word_text(t, a->verdict == LG_BOUNDED ? "no growth: nothing the program keeps is still growing"
                                               : "undecided whether anything keeps growing");
      lg_word_text(t, ", ");
      lg_put_counted(t, (uint64_t)a->n_growing + a->n_bounded + a->n_undecided, "account", "accounts");
      lg_word_text(t, " judged over ");
      lg_put_counted(t, a->n_judged, "interval", "intervals");
      if (a->n_growing > 0) {
         lg_word_text(t, "; ");
         lg_put_counted(t, a->n_growing, "of them grows", "of them grow");
         lg_word_text(t, " by less than ");
         lg_word_bytes(t, a->floor_B);
      }
   }
}

static int say_short(lg_text *t, const lg_analysis *a)
{
   if (!a->is_short)
      return 0;
   lg_word_text(t, "the run is too short: ");
   lg_put_counted(t, a->n_judged, "interval", "intervals");
   lg_word_text(t, " could be judged, a verdict of growing needs more than 40; let it run longer, or cut time finer "
                   "with --interval");
   return 1;
}

static int say_warming_up(lg_text *t, const lg_analysis *a)
{
   if (!a->is_warming_up)
      return 0;
   lg_word_text(t, "the run is too short: the program is still warming up, ");
   lg_put_counted(t, a->n_warming, "account", "accounts");
   lg_word_text(t, " with ");
   lg_word_percent(t, a->warming_B, a->judged_B);
   lg_word_text(t, " of the heap grow, but more and more slowly; let it run longer");
   return 1;
}

static int say_undecided(lg_text *t, const lg_source *src, const lg_analysis *a)
{
   if (a->largest_undecided >= src->n_accounts || a->undecided_B < a->judged_B / UNDECIDED_DEN)
      return 0;
   if (a->n_undecided == 1 && a->accounts[a->largest_undecided].finding != 0)
      return 0; /* a finding says it */
   const lg_account_result *r = &a->accounts[a->largest_undecided];
   lg_put_counted(t, a->n_undecided, "account", "accounts");
   lg_word_text(t, " undecided, holding ");
   lg_word_bytes(t, a->undecided_B);
   lg_word_text(t, "; the largest, ");
   lg_word_bytes(t, r->judged_B > 0 ? (uint64_t)r->judged_B : 0);
   lg_word_text(t, ", is ");
   lg_word_account(t, src, a->largest_undecided);
   lg_word_text(t, ", ");
   lg_word_text(t, lg_trend_why(r->trend.why));
   return 1;
}

static int say_misused(lg_text *t, const lg_analysis *a)
{
   if (a->n_misused == 0)
      return 0;
   lg_put_counted(t, a->n_misused, "span is", "spans are");
   lg_word_text(t, " entered and exited against the rules");
   return 1;
}

static int say_mapped(lg_text *t, const lg_source *src, const lg_analysis *a)
{
   (void)src;
   if (a->mapped_grown_B == 0 || a->mapped_grown_B <= a->heap_grown_B)
      return 0;
   lg_word_text(t, "mapped memory grows while the heap ");
   lg_word_text(t, a->heap_grown_B == 0 ? "does not" : "grows less");
   lg_word_text(t, ": an allocator inside the program may hide the code that keeps it");
   return 1;
}

static int say_cut(lg_text *t, const lg_analysis *a)
{
   if (a->n_drained == 0)
      return 0;
   lg_word_text(t, "the last ");
   if (a->n_drained > 1) {
      lg_word_count(t, a->n_drained);
      lg_word_text(t, " intervals before the end");
   } else {
      lg_word_text(t, "interval before the end");
   }
   lg_word_text(t, " only freed: what came before is judged");
   return 1;
}

static int say_partial(lg_text *t, const lg_analysis *a)
{
   if (a->is_partial)
      lg_word_text(t, "too many stacks: growth that is spread over several of them was not looked for");
   return a->is_partial;
}

static int say_left_out(lg_text *t, const lg_analysis *a)
{
   if (a->n_left_out == 0)
      return 0;
   lg_put_counted(t, a->n_left_out, "smaller finding is", "smaller findings are");
   lg_word_text(t, " not listed");
   return 1;
}

enum {
   SAY_SUMMARY,
   SAY_MISUSED,
   SAY_WARMING_UP,
   SAY_SHORT,
   SAY_MAPPED,
   SAY_ENDED,
   SAY_UNDECIDED,
   SAY_CUT,
   SAY_PARTIAL,
   SAY_LEFT_OUT,
   N_SAY
};

static int say(lg_text *t, const lg_source *src, const lg_analysis *a, int which)
{
   switch (which) {
   case SAY_SUMMARY:
      say_summary(t, src, a);
      return 1;
   case SAY_MISUSED:
      return say_misused(t, a);
   case SAY_WARMING_UP:
      return say_warming_up(t, a);
   case SAY_SHORT:
      return say_short(t, a);
   case SAY_MAPPED:
      return say_mapped(t, src, a);
   case SAY_ENDED:
      return lg_say_ended(t, src, a);
   case SAY_UNDECIDED:
      return say_undecided(t, src, a);
   case SAY_CUT:
      return say_cut(t, a);
   case SAY_PARTIAL:
      return say_partial(t, a);
   default:
      return say_left_out(t, a);
   }
}

/* Statement number nth of those in `list`, a set of bits. */
static int say_nth(lg_text *t, const lg_source *src, const lg_analysis *a, unsigned list, uint32_t nth)
{
   size_t before = t->used;
   uint32_t seen = 0;
   for (int which = 0; which < N_SAY; which++) {
      t->used = before;
      t->data[before] = '\0';
      if ((list >> which & 1) != 0 && say(t, src, a, which) && seen++ == nth)
         return 1;
   }
   t->used = before;
   t->data[before] = '\0';
   return 0;
}

int lg_word_statement(lg_text *t, const lg_source *src, const lg_analysis *a, uint32_t nth)
{
   return say_nth(t, src, a, (1u << N_SAY) - 1, nth);
}

int lg_word_doubt(lg_text *t, const lg_source *src, const lg_analysis *a, uint32_t nth)
{
   unsigned doubts = 1u << SAY_WARMING_UP | 1u << SAY_SHORT | 1u << SAY_PARTIAL | 1u << SAY_LEFT_OUT;
   return say_nth(t, src, a, doubts, nth);
}
