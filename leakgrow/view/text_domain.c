/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reclamation: a table of all domains, then a section for each of those worth one: backlog over time with its epoch, how long objects
 * waited and in which part, stalls, readers, and who retires. */
#include "text.h"

#include "domain_view.h"
#include "mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED = 20, DETAILED = 5, ROWS_SHOWN = 10, LOWEST_GRAPH = 3 };

static void put_micros_cell(out *o, uint64_t us, int is_known)
{
   words w;
   words_begin(&w);
   if (is_known)
      lg_word_micros(&w.text, us);
   else
      lg_word_text(&w.text, "-");
   text_cell(o, -10, w.data);
}

/* ---- the table ---- */

static void put_row(const report *r, out *o, uint32_t domain)
{
   const lg_domain_result *d = &r->analysis.domains[domain];
   domain_view *v = domain_view_make(r, domain);
   uint64_t values[LG_INTERVALS_MAX];
   lg_hist h;
   r->src.domain_lag(r->src.self, domain, LG_LAG_TIME, &h);
   out_text(o, "  ");
   text_cell(o, 13, lg_verdict_name(d->trend.verdict));
   text_cell(o, 6, lg_reclaim_name(v->info.scheme));
   text_count_cell(o, -12, d->retired);
   text_count_cell(o, -12, d->objects);
   text_bytes_cell(o, -11, d->B);
   text_bytes_cell(o, -11, d->peak_B);
   put_micros_cell(o, lg_hist_quantile(&h, 99, 100), h.total > 0);
   put_micros_cell(o, h.max, h.total > 0);
   text_count_cell(o, -8, v->info.n_incidents);
   out_text(o, "  ");
   for (uint32_t i = 0; i < r->p->n_intervals; i++)
      values[i] = (uint64_t)v->backlog.end_B[i];
   text_sparkline(o, values, r->p->n_intervals, 24);
   out_text(o, "  ");
   out_name(o, v->info.name);
   out_text(o, "\n");
   domain_view_free(v);
}

static void put_table(const report *r, out *o, uint32_t n)
{
   text_title(o, "Reclamation: what was retired and waits to be freed");
   out_text(o, "  backlog      scheme     retired     waiting             at most   lag p99       max  stalls"
               "  bytes over time           domain\n");
   for (uint32_t i = 0; i < n; i++)
      put_row(r, o, r->domain_order[i]);
   if (n < r->src.n_domains)
      out_printf(o, "  and %u more domains, which held less\n", (unsigned)(r->src.n_domains - n));
}

/* ---- one domain ---- */

/* '=' where the epoch advanced, '.' where it stood; '!' while something was held up. */
static void fill_bands(const report *r, const domain_view *v, char *epoch, char *stall)
{
   uint64_t before = 0, begin = 0;
   for (uint32_t i = 0; i < r->p->n_intervals; i++) {
      uint64_t end = r->p->totals[i].time;
      epoch[i] = v->points[i].advances > before ? '=' : '.';
      stall[i] = ' ';
      before = v->points[i].advances;
      for (uint32_t n = 0; n < v->info.n_incidents; n++) {
         lg_incident inc;
         r->src.domain_incident(r->src.self, v->domain, n, &inc);
         if (inc.since < end && inc.until > begin)
            stall[i] = '!';
      }
      begin = end;
   }
}

static void put_graph(const report *r, const view_opts *opts, out *o, const domain_view *v)
{
   text_bounds bounds[LG_INTERVALS_MAX];
   char epoch[LG_INTERVALS_MAX], stall[LG_INTERVALS_MAX];
   uint32_t height = (uint32_t)opts->y / 2 < LOWEST_GRAPH ? LOWEST_GRAPH : (uint32_t)opts->y / 2;
   int is_advancing = v->points[r->p->n_intervals - 1].advances > 0;
   for (uint32_t i = 0; i < r->p->n_intervals; i++)
      bounds[i] = (text_bounds){(uint64_t)v->backlog.min_B[i], (uint64_t)v->backlog.max_B[i]};
   fill_bands(r, v, epoch, stall);
   text_band bands[2] = {{"epoch", epoch}, {"stall", stall}};
   const text_band *first = is_advancing ? bands : bands + 1;
   text_bars(r, opts, o, height, bounds, first, (uint32_t)is_advancing + (v->info.n_incidents > 0));
   if (is_advancing)
      out_text(o, "   epoch: = advanced, . stood still\n");
}

static void put_lag_row(out *o, const report *r, uint32_t domain, lg_lag which, const char *title)
{
   static const uint64_t percents[] = {50, 95, 99, 100};
   lg_hist h;
   r->src.domain_lag(r->src.self, domain, which, &h);
   if (h.total == 0)
      return;
   out_printf(o, "   %-34s", title);
   for (int i = 0; i < 4; i++) {
      uint64_t q = lg_hist_quantile(&h, percents[i], 100);
      if (which == LG_LAG_BYTES)
         text_bytes_cell(o, -12, q);
      else if (which == LG_LAG_EPOCHS)
         text_count_cell(o, -12, q);
      else {
         out_text(o, "  ");
         put_micros_cell(o, q, /*is_known*/ 1);
      }
   }
   out_text(o, "\n");
}

static void put_lags(const report *r, out *o, uint32_t domain)
{
   static const struct {
      lg_lag which;
      const char *title;
   } rows[] = {{LG_LAG_TIME, "retired to freed"},
               {LG_LAG_STASH, "  stash: retired, not yet queued"},
               {LG_LAG_GRACE, "  grace: queued, too young"},
               {LG_LAG_DRAIN, "  drain: old enough, not yet run"},
               {LG_LAG_FREE, "  free: destructor run, not freed"},
               {LG_LAG_BYTES, "allocated meanwhile"},
               {LG_LAG_EPOCHS, "advances meanwhile"}};
   lg_hist h;
   r->src.domain_lag(r->src.self, domain, LG_LAG_TIME, &h);
   if (h.total == 0) {
      out_text(o, "\n   nothing was freed: there is no lag to be told\n");
      return;
   }
   out_printf(o, "\n   %-34s%12s%12s%12s%12s\n", "lag of what was freed", "p50", "p95", "p99", "max");
   for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
      put_lag_row(o, r, domain, rows[i].which, rows[i].title);
}

static void put_stalls(const report *r, out *o, const domain_view *v)
{
   words w;
   uint32_t n = v->info.n_incidents, first = n > ROWS_SHOWN ? n - ROWS_SHOWN : 0;
   if (n > 0)
      out_text(o, "\n   stalls\n");
   if (first > 0)
      out_printf(o, "   %u earlier ones are not shown\n", (unsigned)first);
   for (uint32_t i = first; i < n; i++) {
      words_begin(&w);
      lg_word_incident(&w.text, &r->src, v->domain, i);
      out_printf(o, "   %4u. ", (unsigned)(i + 1));
      out_name(o, w.data);
      out_text(o, "\n");
   }
}

typedef struct {
   uint64_t pinned_us;
   uint32_t nth;
} pinned;

static int by_pinned(const void *a, const void *b)
{
   const pinned *x = a, *y = b;
   if (x->pinned_us != y->pinned_us)
      return x->pinned_us > y->pinned_us ? -1 : 1;
   return (x->nth > y->nth) - (x->nth < y->nth);
}

static void put_reader(const report *r, out *o, uint32_t domain, uint32_t nth)
{
   words w;
   lg_reader d;
   r->src.domain_reader(r->src.self, domain, nth, &d);
   text_count_cell(o, -13, d.pins);
   words_begin(&w);
   lg_word_percent(&w.text, d.pinned_us, d.observed_us);
   text_cell(o, -10, w.data);
   put_micros_cell(o, d.longest_us, /*is_known*/ 1);
   words_begin(&w);
   if (d.is_pinned)
      lg_word_moment(&w.text, r->p->unit, d.since);
   else
      lg_word_text(&w.text, "-");
   out_text(o, "  ");
   text_cell(o, 16, w.data);
   out_printf(o, "%u", (unsigned)d.thread);
   if (d.name[0] != '\0') {
      out_text(o, " ");
      out_name(o, d.name);
   }
   if (d.n_frames > 0) {
      out_text(o, ", ");
      text_frame(o, r->p, d.frames[lg_word_reclaim_frame(&r->src, d.frames, d.n_frames)]);
   }
   out_text(o, "\n");
}

static void put_readers(const report *r, out *o, const domain_view *v)
{
   uint32_t n = v->info.n_readers;
   if (n == 0)
      return;
   pinned *list = mem_zalloc(n, sizeof *list);
   for (uint32_t i = 0; i < n; i++) {
      lg_reader d;
      r->src.domain_reader(r->src.self, v->domain, i, &d);
      list[i] = (pinned){d.pinned_us, i};
   }
   qsort(list, n, sizeof *list, by_pinned);
   out_text(o, "\n   readers: critical sections, share of the time in them, the longest one, the present one\n"
               "     sections     share   longest  pinned since    thread, and where it entered\n");
   for (uint32_t i = 0; i < n && i < ROWS_SHOWN; i++)
      put_reader(r, o, v->domain, list[i].nth);
   if (n > ROWS_SHOWN)
      out_printf(o, "   and %u more threads\n", (unsigned)(n - ROWS_SHOWN));
   free(list);
}

static void put_retirers(const report *r, out *o, const domain_view *v)
{
   const profile *p = r->p;
   if (v->n_retirers == 0)
      return;
   out_text(o, "\n   retired by\n        waiting     objects     retired  where\n");
   for (uint32_t i = 0; i < v->n_retirers && i < ROWS_SHOWN; i++) {
      const account_summary *s = &r->sums[v->retirers[i]];
      const stack *st = &p->stacks[p->accounts[v->retirers[i]].stack];
      text_bytes_cell(o, -15, s->live_B);
      text_count_cell(o, -12, s->live_blk);
      text_count_cell(o, -12, s->total_blk);
      out_text(o, "  ");
      if (st->n > 0)
         text_frame(o, p, st->frames[lg_word_reclaim_frame(&r->src, st->frames, st->n)]);
      else
         out_text(o, "???");
      out_text(o, "\n");
   }
   if (v->n_retirers > ROWS_SHOWN)
      out_printf(o, "   and %u more stacks\n", (unsigned)(v->n_retirers - ROWS_SHOWN));
}

static void put_domain(const report *r, const view_opts *opts, out *o, uint32_t domain)
{
   domain_view *v = domain_view_make(r, domain);
   const lg_domain_point *last = &v->points[r->p->n_intervals - 1];
   words w;
   out_text(o, "\n ");
   out_name(o, v->info.name);
   out_printf(o, " (%s): ", lg_reclaim_name(v->info.scheme));
   words_begin(&w);
   lg_word_count(&w.text, v->result->retired);
   lg_word_text(&w.text, " retired, ");
   lg_word_count(&w.text, v->result->retired - v->result->objects);
   lg_word_text(&w.text, " freed; ");
   lg_word_count(&w.text, last->advances);
   lg_word_text(&w.text, " advances, ");
   lg_word_count(&w.text, last->pins);
   lg_word_text(&w.text, " critical sections");
   out_name(o, w.data);
   out_text(o, "\n observed: ");
   out_name(o, v->info.coverage[0] != '\0' ? v->info.coverage : "the profile does not say");
   out_text(o, "\n\n");
   if (v->result->retired == 0) { /* there is nothing to be shown */
      domain_view_free(v);
      return;
   }
   put_graph(r, opts, o, v);
   put_lags(r, o, domain);
   put_stalls(r, o, v);
   put_readers(r, o, v);
   put_retirers(r, o, v);
   domain_view_free(v);
}

void text_domains(const report *r, const view_opts *opts, out *o)
{
   uint32_t n = r->src.n_domains, listed = opts->top != 0 ? (uint32_t)opts->top : LISTED, detailed = 0;
   if (n == 0)
      return;
   put_table(r, o, n < listed ? n : listed);
   for (uint32_t i = 0; i < n && i < listed; i++) {
      int has_finding = r->analysis.domains[r->domain_order[i]].finding != 0;
      if (!has_finding && detailed >= DETAILED)
         break;
      put_domain(r, opts, o, r->domain_order[i]);
      detailed++;
   }
}
