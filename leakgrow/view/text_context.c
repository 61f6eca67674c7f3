/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of contexts: what was held for which work. */
#include "text.h"

#include "lg_format.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

enum { SPARK_WIDTH = 24 };

/* Heap accounts of a context itself, without those inside it. */
typedef struct {
   uint64_t held_B, live_B, live_blk, total_B, n_accounts;
   uint32_t id, n_growing, n_undecided;
   uint64_t *ends; /* live bytes at the end of each interval; only of contexts that are shown */
} context_sum;

static int by_held(const void *a, const void *b)
{
   const context_sum *x = a, *y = b;
   if ((x->n_accounts != 0) != (y->n_accounts != 0))
      return x->n_accounts != 0 ? -1 : 1;
   if (x->held_B != y->held_B)
      return x->held_B > y->held_B ? -1 : 1;
   if (x->total_B != y->total_B)
      return x->total_B > y->total_B ? -1 : 1;
   return (x->id > y->id) - (x->id < y->id);
}

static context_sum *sum_contexts(const report *r, uint64_t *held_B)
{
   const profile *p = r->p;
   context_sum *sums = mem_zalloc(p->n_contexts, sizeof *sums);
   for (uint32_t c = 0; c < p->n_contexts; c++)
      sums[c].id = c;
   *held_B = 0;
   for (uint32_t a = 1; a < p->n_accounts; a++) {
      if (p->accounts[a].kind != LG_ACCOUNT_HEAP)
         continue;
      context_sum *s = &sums[p->accounts[a].context];
      lg_verdict verdict = report_account(r, a)->trend.verdict;
      s->held_B += r->sums[a].held_B;
      s->live_B += r->sums[a].live_B;
      s->live_blk += r->sums[a].live_blk;
      s->total_B += r->sums[a].total_B;
      s->n_accounts++;
      s->n_growing += verdict == LG_GROWING;
      s->n_undecided += verdict == LG_INCONCLUSIVE;
      *held_B += r->sums[a].held_B;
   }
   qsort(sums, p->n_contexts, sizeof *sums, by_held);
   return sums;
}

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

/* Fills `ends` of the first n contexts. */
static void fill_ends(const report *r, context_sum *sums, uint32_t n)
{
   const profile *p = r->p;
   uint64_t **ends_of = mem_zalloc(p->n_contexts, sizeof *ends_of);
   for (uint32_t c = 0; c < n; c++)
      ends_of[sums[c].id] = sums[c].ends = mem_zalloc(p->n_intervals, sizeof *sums[c].ends);
   for (uint32_t a = 1; a < p->n_accounts; a++)
      if (p->accounts[a].kind == LG_ACCOUNT_HEAP && ends_of[p->accounts[a].context] != NULL)
         add_ends(r, a, ends_of[p->accounts[a].context]);
   free(ends_of);
}

/* The worst verdict of its accounts, and how many have it. */
static void put_verdict(out *o, const context_sum *s)
{
   uint32_t n = s->n_growing != 0 ? s->n_growing : s->n_undecided;
   lg_verdict v = s->n_growing != 0 ? LG_GROWING : s->n_undecided != 0 ? LG_INCONCLUSIVE : LG_BOUNDED;
   out_text(o, "  ");
   text_cell(o, 12, lg_verdict_name(v));
   text_count_cell(o, -6, v == LG_BOUNDED ? s->n_accounts : n);
   out_text(o, " of ");
   text_count_cell(o, 7, s->n_accounts);
}

static void put_context(const report *r, out *o, const context_sum *s, uint64_t held_B)
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
   text_sparkline(o, s->ends, r->p->n_intervals, SPARK_WIDTH);
   out_text(o, "  ");
   text_context(o, r, s->id);
   out_text(o, "\n");
}

/* How much is in the bucket for everything beyond --max-contexts. Its label is the writer's; a program's own of that name would read
 * the same. */
static void put_other(const report *r, out *o, const context_sum *sums, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++) {
      const context *c = &r->p->contexts[sums[i].id];
      if (sums[i].id == 0 || c->parent != 0 || strcmp(c->label, LG_CONTEXT_OTHER) != 0)
         continue;
      words w;
      words_begin(&w);
      lg_word_bytes(&w.text, sums[i].held_B);
      out_printf(o, "     (other) holds what came after as many contexts as --max-contexts allows: %s\n", w.data);
   }
}

void text_contexts(const report *r, const view_opts *opts, out *o)
{
   uint32_t top = opts->top != 0 ? (uint32_t)opts->top : TEXT_TOP_DEFAULT, n = 0;
   uint64_t held_B;
   context_sum *sums = sum_contexts(r, &held_B);
   while (n < r->p->n_contexts && sums[n].n_accounts != 0)
      n++;
   uint32_t shown = n < top ? n : top;
   fill_ends(r, sums, shown);
   text_title(o, "Contexts: heap by what the program was doing, without what contexts inside them hold");
   out_text(
      o, "      live  share at the end    blocks  allocated  verdict     of accounts         live over time            "
         "context\n");
   for (uint32_t c = 0; c < shown; c++) {
      put_context(r, o, &sums[c], held_B);
      free(sums[c].ends);
   }
   if (shown < n)
      out_printf(o, "     and %u more\n", (unsigned)(n - shown));
   put_other(r, o, sums, n);
   free(sums);
}
