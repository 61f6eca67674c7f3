/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The difference of two runs for people. */
#include "compare.h"

#include "diff_domain.h"

enum { SHOWN = 20 };

static void put_run(out *o, const char *label, const report *r)
{
   words w;
   out_text(o, label);
   out_name(o, r->file);
   out_text(o, ": ");
   words_begin(&w);
   lg_word_statement(&w.text, &r->src, &r->analysis, 0);
   out_name(o, w.data);
   out_text(o, "\n");
   for (uint32_t i = 0;; i++) {
      words_begin(&w);
      if (!lg_word_doubt(&w.text, &r->src, &r->analysis, i))
         break;
      out_text(o, "     ");
      out_name(o, w.data);
      out_text(o, "\n");
   }
}

static void put_row(const comparison *c, const diff_row *row, out *o)
{
   words w;
   words_begin(&w);
   compare_sentence(c, row, &w.text);
   out_text(o, "  ");
   text_cell(o, 13, diff_status_name(row->status));
   out_name(o, row->title);
   out_text(o, ": ");
   out_name(o, w.data);
   const ledger_entry *e = row->now != 0 ? &c->now->e[row->now - 1] : &c->old->e[row->old - 1];
   if (e->how == MATCH_FOLDED || e->how == MATCH_INLINED)
      out_text(o, " (matched in spite of other inlining)");
   out_text(o, "\n");
}

static void put_counts(const comparison *c, out *o)
{
   const char *separator = "";
   if (c->n_growing == 0) {
      out_text(o, "Nothing grows in either run.\n");
      return;
   }
   for (int s = 0; s < N_DIFFS; s++) {
      if (c->count[s] == 0)
         continue;
      out_printf(o, "%s%zu %s", separator, c->count[s], diff_status_name((diff_status)s));
      separator = ", ";
   }
   out_text(o, "\n");
}

void diff_text(const comparison *c, uint64_t limit, out *o)
{
   put_run(o, "Old: ", c->old_report);
   put_run(o, "New: ", c->now_report);
   text_title(o, "Growth");
   put_counts(c, o);
   for (size_t i = 0; i < c->n_growing; i++)
      put_row(c, &c->rows[i], o);
   if (limit == 0)
      limit = SHOWN;
   text_title(o, "What does not grow but holds more or less than before");
   size_t shown = 0, changed = 0;
   for (size_t i = c->n_growing; i < c->n; i++) {
      changed += c->rows[i].weight != 0;
      if (c->rows[i].weight == 0 || shown >= limit)
         continue;
      put_row(c, &c->rows[i], o);
      shown++;
   }
   if (changed > shown)
      out_printf(o, "  and %zu more with smaller changes\n", changed - shown);
   if (changed == 0)
      out_text(o, "Nothing.\n");
   diff_domains_text(c->old_report, c->now_report, o);
}
