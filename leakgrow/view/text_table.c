/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

enum { SPARK_WIDTH = 24 };

/* ---- accounts ---- */

/* The rate of an account: that of the finding about it, per tick where there are ticks. */
static const lg_slope *rate_of(const report *r, uint32_t account, const char **unit)
{
   const lg_account_result *a = report_account(r, account);
   const lg_finding *f = a->finding != 0 ? &r->analysis.findings[a->finding - 1] : NULL;
   if (f == NULL || f->n_accounts != 1 || f->account + 1 != account || f->kind != LG_FINDING_GROWTH)
      return NULL;
   *unit = "/tick";
   if (f->per_tick.is_known)
      return &f->per_tick;
   *unit = r->p->unit == 'm' ? "/s" : r->p->unit == 'B' ? "/MiB" : r->p->unit == 'i' ? "/M instr" : "/tick";
   return f->per_unit.is_known ? &f->per_unit : NULL;
}

static void put_rate(const report *r, out *o, uint32_t account)
{
   words w;
   const char *unit;
   const lg_slope *slope = rate_of(r, account, &unit);
   words_begin(&w);
   if (slope != NULL) {
      lg_word_milli_bytes(&w.text, slope->mB);
      lg_word_text(&w.text, unit);
   } else {
      lg_word_text(&w.text, "-");
   }
   text_cell(o, -17, w.data);
}

static void put_grown(out *o, const lg_trend *t)
{
   words w;
   words_begin(&w);
   if (t->verdict == LG_GROWING)
      lg_word_bytes_signed(&w.text, t->grown_B);
   else
      lg_word_text(&w.text, "-");
   text_cell(o, -11, w.data);
}

static void put_spark(const report *r, out *o, uint32_t account)
{
   lg_rec recs[LG_INTERVALS_MAX];
   uint64_t max[LG_INTERVALS_MAX], held = 0;
   uint32_t n = report_records(r, account, recs), next = 0;
   for (uint32_t i = 0; i < r->p->n_intervals; i++) {
      max[i] = held;
      if (next < n && recs[next].index == i) {
         max[i] = recs[next].max_B;
         held = recs[next++].end_B;
      }
   }
   text_sparkline(o, max, r->p->n_intervals, SPARK_WIDTH);
}

static void put_account(const report *r, out *o, uint32_t rank, uint32_t id)
{
   const profile *p = r->p;
   const account *a = &p->accounts[id];
   const stack *st = &p->stacks[a->stack];
   const lg_trend *t = &report_account(r, id)->trend;
   out_printf(o, "%4u ", (unsigned)rank);
   text_cell(o, 13, lg_verdict_name(t->verdict));
   text_cell(o, 13, report_shape(r, id));
   text_bytes_cell(o, -11, r->sums[id].held_B);
   text_bytes_cell(o, -11, r->sums[id].live_B);
   text_count_cell(o, -10, r->sums[id].live_blk);
   put_grown(o, t);
   put_rate(r, o, id);
   out_text(o, "  ");
   put_spark(r, o, id);
   out_text(o, "  ");
   if (a->kind == LG_ACCOUNT_MAPPING)
      out_text(o, "[mapped] ");
   if (st->n != 0)
      text_frame(o, p, st->frames[lg_word_user_frame(&r->src, st->frames, st->n)]);
   else
      out_text(o, "(no stack)");
   if (a->context != 0) {
      out_text(o, " in ");
      text_context(o, r, a->context);
   }
   out_text(o, "\n");
}

void text_accounts(const report *r, const view_opts *opts, out *o)
{
   uint32_t top = opts->top != 0 ? (uint32_t)opts->top : TEXT_TOP_DEFAULT;
   uint32_t n = r->n_order < top ? r->n_order : top;
   text_title(o, "Accounts: stacks that allocate; growing ones first, then by bytes live before the end began");
   out_text(o, "   # verdict      shape               live at the end    blocks      grown             rate  ");
   out_text(o, "maximum over time         where\n");
   for (uint32_t i = 0; i < n; i++)
      put_account(r, o, i + 1, r->order[i]);
   if (n < r->n_order)
      out_printf(o, "     and %u more (--top=%u lists all)\n", (unsigned)(r->n_order - n), (unsigned)r->n_order);
}
