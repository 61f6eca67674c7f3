/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of open spans and tasks, and what was done with them against the rules. */
#include "text.h"

#include "mem.h"

#include <stdlib.h>

enum { SPARK_WIDTH = 24, CREATORS = 3 };

/* "+1 /tick", by the best axis there is. */
static void put_rate(const report *r, out *o, const lg_census_group *g)
{
   words w;
   const lg_slope *slope = g->per_tick.is_known ? &g->per_tick : &g->per_unit;
   const char *unit = g->per_tick.is_known ? "/tick"
                      : r->p->unit == 'm'  ? "/s"
                      : r->p->unit == 'B'  ? "/MiB"
                      : r->p->unit == 'i'  ? "/M instr"
                                           : "/tick";
   words_begin(&w);
   if (slope->is_known) {
      lg_word_text(&w.text, "+");
      lg_word_milli_count(&w.text, slope->mB);
      lg_word_text(&w.text, unit);
   } else {
      lg_word_text(&w.text, "-");
   }
   text_cell(o, -15, w.data);
}

static void put_age(const report *r, out *o, const lg_census_group *g)
{
   words w;
   words_begin(&w);
   if (g->oldest_age > 0)
      lg_word_duration(&w.text, r->p->unit, g->oldest_age);
   else
      lg_word_text(&w.text, "-");
   text_cell(o, -14, w.data);
}

static void put_label(const report *r, out *o, const lg_census_group *g)
{
   words w;
   words_begin(&w);
   lg_word_label(&w.text, &r->src, g->account);
   lg_word_text(&w.text, " at ");
   lg_word_creation(&w.text, &r->src, g->account, CREATORS);
   out_name(o, w.data);
   if (g->n_accounts > 1)
      out_printf(o, " in %u contexts", (unsigned)g->n_accounts);
   out_text(o, "\n");
}

static void put_group(const report *r, out *o, uint32_t group, group_point *points, uint64_t *ceilings)
{
   const lg_census_group *g = &r->analysis.census[group];
   uint32_t n = r->p->n_intervals;
   groups_series(r->p, &r->analysis, group, points);
   for (uint32_t i = 0; i < n; i++)
      ceilings[i] = points[i].ceiling;
   text_cell(o, 6, g->kind == LG_ACCOUNT_TASK ? " task" : " span");
   text_cell(o, 13, lg_verdict_name(g->trend.verdict));
   text_count_cell(o, -10, g->held);
   text_count_cell(o, -11, g->open);
   text_count_cell(o, -11, g->opened);
   put_age(r, o, g);
   text_bytes_cell(o, -11, g->retained_B);
   put_rate(r, o, g);
   out_text(o, "  ");
   text_sparkline(o, ceilings, n, SPARK_WIDTH);
   out_text(o, "  ");
   put_label(r, o, g);
}

/* Every count that is not 0, by group; causes and what only shows that events were missed alike. */
static void put_misuses(const report *r, out *o)
{
   int is_first = 1;
   for (uint32_t i = 0; i < r->analysis.n_census; i++) {
      const lg_census_group *g = &r->analysis.census[r->census_order[i]];
      for (unsigned d = 0; d < LG_N_DISCIPLINES; d++) {
         if (g->misuse[d] == 0)
            continue;
         if (is_first)
            out_text(o, "\nEntered and exited against the rules:\n");
         is_first = 0;
         words w;
         words_begin(&w);
         lg_word_label(&w.text, &r->src, g->account);
         text_count_cell(o, -12, g->misuse[d]);
         out_text(o, "  ");
         out_name(o, w.data);
         out_printf(o, " %s\n", lg_word_discipline((lg_discipline)d));
      }
   }
}

void text_census(const report *r, const view_opts *opts, out *o)
{
   uint32_t n = r->analysis.n_census, top = opts->top != 0 ? (uint32_t)opts->top : TEXT_TOP_DEFAULT;
   if (n == 0)
      return;
   uint32_t shown = n < top ? n : top;
   group_point *points = mem_zalloc(r->p->n_intervals, sizeof *points);
   uint64_t *ceilings = mem_zalloc(r->p->n_intervals, sizeof *ceilings);
   text_title(o, "Open spans and tasks, by label and the stack that created them");
   out_text(
      o, " kind  verdict            open at the end     opened    oldest for      holds           rate  maximum over "
         "time         label, where created\n");
   for (uint32_t i = 0; i < shown; i++)
      put_group(r, o, r->census_order[i], points, ceilings);
   if (shown < n)
      out_printf(o, "     and %u more (--top=%u lists all)\n", (unsigned)(n - shown), (unsigned)n);
   put_misuses(r, o);
   free(points);
   free(ceilings);
}
