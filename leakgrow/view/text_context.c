/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of contexts: what was held for which work. */
#include "contexts.h"
#include "text.h"

#include "lg_format.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

enum { SPARK_WIDTH = 24 };

/* Adds an account's interval ends. */
static void add_ends(const report *r, uint32_t account, uint64_t *ends)
{
   lg_rec recs[LG_INTERVALS_MAX];
   uint32_t n = report_records(r, account, recs), next = 0;
   uint64_t held = 0;
   for (uint32_t i = 0; i < r->p->n_intervals; i++) {
      if (next < n && recs[next].index == i)
         held = recs[next++].end_B;
      ends[i] += held;
   }
}

/* Live bytes of the first n contexts at the end of each interval. The caller frees them. */
static uint64_t **fill_ends(const report *r, const context_list *l, uint32_t n)
{
   const profile *p = r->p;
   uint64_t **ends_of = mem_zalloc(p->n_contexts, sizeof *ends_of);
   for (uint32_t c = 0; c < n; c++)
      ends_of[l->s[c].id] = mem_zalloc(p->n_intervals, sizeof **ends_of);
   for (uint32_t a = 1; a < p->n_accounts; a++)
      if (p->accounts[a].kind == LG_ACCOUNT_HEAP && ends_of[p->accounts[a].context] != NULL)
         add_ends(r, a, ends_of[p->accounts[a].context]);
   return ends_of;
}

/* The worst verdict of its accounts, and how many have it. */
static void put_verdict(out *o, const context_sum *s)
{
   uint32_t n = s->n_growing != 0 ? s->n_growing : s->n_undecided;
   out_text(o, "  ");
   text_cell(o, 12, lg_verdict_name(s->verdict));
   text_count_cell(o, -6, s->verdict == LG_BOUNDED ? s->n_accounts : n);
   out_text(o, " of ");
   text_count_cell(o, 7, s->n_accounts);
}

static void put_context(const report *r, out *o, const context_sum *s, uint64_t held_B, const uint64_t *ends)
{
   words w;
   words_begin(&w);
   lg_word_percent(&w.text, s->held_B, held_B);
   text_bytes_cell(o, -10, s->held_B);
   text_cell(o, -7, w.data);
   text_bytes_cell(o, -11, s->live_B);
   text_count_cell(o, -10, s->live_blk);
   text_bytes_cell(o, -11, s->total_B);
   put_verdict(o, s);
   out_text(o, " ");
   text_sparkline(o, ends, r->p->n_intervals, SPARK_WIDTH);
   out_text(o, "  ");
   text_context(o, r, s->id);
   out_text(o, "\n");
}

/* How much is in the bucket for everything beyond --max-contexts. Its label is the writer's; a program's own of that name would read
 * the same. */
static void put_other(const report *r, out *o, const context_list *l)
{
   for (uint32_t i = 0; i < l->n; i++) {
      const context *c = &r->p->contexts[l->s[i].id];
      if (l->s[i].id == 0 || c->parent != 0 || strcmp(c->label, LG_CONTEXT_OTHER) != 0)
         continue;
      words w;
      words_begin(&w);
      lg_word_bytes(&w.text, l->s[i].held_B);
      out_printf(o, "     (other) holds what came after as many contexts as --max-contexts allows: %s\n", w.data);
   }
}

void text_contexts(const report *r, const view_opts *opts, out *o)
{
   uint32_t top = opts->top != 0 ? (uint32_t)opts->top : TEXT_TOP_DEFAULT;
   context_list l = contexts_list(r);
   uint32_t shown = l.n < top ? l.n : top;
   uint64_t **ends = fill_ends(r, &l, shown);
   text_title(o, "Contexts: heap by what the program was doing, without what contexts inside them hold");
   out_text(
      o, "      live  share at the end    blocks  allocated  verdict     of accounts         live over time            "
         "context\n");
   for (uint32_t c = 0; c < shown; c++) {
      put_context(r, o, &l.s[c], l.held_B, ends[l.s[c].id]);
      free(ends[l.s[c].id]);
   }
   if (shown < l.n)
      out_printf(o, "     and %u more\n", (unsigned)(l.n - shown));
   put_other(r, o, &l);
   free(ends);
   contexts_free(&l);
}
