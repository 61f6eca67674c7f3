/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_lines: see lg_domain_lines.h. */
#include "lg_domain_lines.h"

#include "lg_clock.h"
#include "lg_domain_state.h"
#include "lg_frames.h"
#include "lg_pin.h"
#include "lg_stack.h"
#include "lg_stall.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

/* ---- intervals ---- */

static void close_interval(LgDomain *d)
{
   LgDomainRec *last = d->n_recs ? &d->recs[d->n_recs - 1] : NULL;
   if (!d->rec_is_news)
      return;
   if (!last || last->index != LG_(clock).index) {
      if (d->n_recs == d->recs_size) {
         d->recs_size = d->recs_size ? d->recs_size * 2 : 8;
         d->recs = VG_(realloc)("lg.domain_lines.recs.1", d->recs, d->recs_size * sizeof *d->recs);
      }
      last = &d->recs[d->n_recs++];
   }
   *last = (LgDomainRec){LG_(clock).index, d->epoch, d->n_advances, d->n_pins};
}

void LG_(domain_close_interval)(void)
{
   for (UInt id = 1; id <= LG_(domain_count)(); id++)
      close_interval(LG_(domain_by_id)(id));
}

static void halve(LgDomain *d)
{
   UInt n = 0;
   for (UInt i = 0; i < d->n_recs; i++) {
      LgDomainRec r = d->recs[i];
      r.index /= 2;
      if (n > 0 && d->recs[n - 1].index == r.index)
         n--;
      d->recs[n++] = r;
   }
   d->n_recs = n;
}

void LG_(domain_halve)(void)
{
   for (UInt id = 1; id <= LG_(domain_count)(); id++)
      halve(LG_(domain_by_id)(id));
}

void LG_(domain_refresh)(void)
{
   if (LG_(domain_count)() == 0 || LG_(account_is_frozen)())
      return;
   LG_(stall_check_all)(LG_(clock_micros)());
   for (UInt id = 1; id <= LG_(domain_count)(); id++) {
      LgDomain *d = LG_(domain_by_id)(id);
      for (UInt i = 0; i < d->n_readers; i++)
         d->readers[i].is_news = True;
   }
}

void LG_(domain_keep_stacks)(UChar *is_evicted)
{
   for (UInt id = 1; id <= LG_(domain_count)(); id++) {
      const LgDomain *d = LG_(domain_by_id)(id);
      for (UInt i = 0; i < d->n_pins_known; i++)
         is_evicted[d->pins[i]->stack] = 0;
      for (UInt i = 0; i < d->n_stashes; i++)
         is_evicted[d->stashes[i]->stack] = 0;
      for (UInt i = 0; i < d->n_readers; i++)
         is_evicted[d->readers[i].stack] = 0;
      for (UInt i = 0; i < d->n_stalls; i++)
         is_evicted[d->stalls[i].stack] = 0;
   }
}

/* ---- lines ---- */

static lg_buf *begin(LgOut *o, HChar tag, const LgDomain *d)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, tag);
   lg_put_u64(b, d->id);
   return b;
}

void LG_(domain_lines_definitions)(LgOut *o, UInt *n_defined)
{
   while (*n_defined < LG_(domain_count)()) {
      const LgDomain *d = LG_(domain_by_id)(++*n_defined);
      lg_buf *b = begin(o, 'd', d);
      lg_put_word(b, lg_reclaim_name((lg_reclaim_scheme)d->scheme));
      lg_put_u64(b, d->context);
      lg_put_string(b, d->name);
      lg_line_end(b);
   }
}

static void coverage_line(LgOut *o, const LgDomain *d)
{
   lg_buf *b = begin(o, 'C', d);
   lg_put_string(b, d->coverage);
   lg_line_end(b);
}

static void point_line(LgOut *o, const LgDomain *d, const LgDomainRec *r)
{
   lg_buf *b = begin(o, 'D', d);
   lg_put_u64(b, r->index);
   lg_put_u64(b, LG_(clock).shift);
   lg_put_u64(b, r->epoch);
   lg_put_u64(b, r->advances);
   lg_put_u64(b, r->pins);
   lg_line_end(b);
}

static void reader_line(LgOut *o, LgDomain *d, UInt nth)
{
   lg_reader r;
   UInt stack;
   LG_(pin_reader)(d, nth, &r, &stack);
   lg_buf *b = begin(o, 'P', d);
   lg_put_u64(b, r.thread);
   lg_put_u64(b, r.pins);
   lg_put_u64(b, r.pinned_us);
   lg_put_u64(b, r.observed_us);
   lg_put_u64(b, r.longest_us);
   lg_put_u64(b, r.is_pinned);
   lg_put_u64(b, r.since);
   lg_put_u64(b, r.context);
   lg_put_u64(b, stack);
   lg_put_string(b, r.name);
   lg_line_end(b);
   d->readers[nth].is_news = r.is_pinned; /* until it leaves its time grows */
}

static void lag_line(LgOut *o, const LgDomain *d, lg_lag metric)
{
   const lg_hist *h = &d->lag[metric];
   if (h->n == 0)
      return;
   lg_buf *b = begin(o, 'H', d);
   lg_put_word(b, lg_lag_name(metric));
   lg_put_u64(b, h->max);
   for (UInt i = 0; i < h->n; i++) {
      lg_put_u64(b, h->cells[i].bucket);
      lg_put_u64(b, h->cells[i].count);
   }
   lg_line_end(b);
}

static void stall_line(LgOut *o, const LgDomain *d, LgStall *s)
{
   lg_buf *b = begin(o, 'F', d);
   lg_put_u64(b, s->serial);
   lg_put_word(b, lg_stall_name(s->kind));
   lg_put_u64(b, s->since);
   lg_put_u64(b, s->is_open ? 0 : s->until);
   lg_put_u64(b, s->context);
   lg_put_u64(b, s->stack);
   lg_put_u64(b, s->n);
   lg_put_u64(b, s->B);
   lg_put_u64(b, s->peak_n);
   lg_put_u64(b, s->peak_B);
   lg_put_u64(b, s->thread);
   lg_put_string(b, s->name);
   lg_line_end(b);
   s->is_news = False;
}

static void domain_lines(LgOut *o, LgDomain *d, Bool all)
{
   if ((all && d->coverage[0]) || d->is_coverage_news)
      coverage_line(o, d);
   for (UInt i = all || d->n_recs == 0 ? 0 : d->n_recs - 1; i < d->n_recs; i++)
      if (all || d->rec_is_news)
         point_line(o, d, &d->recs[i]);
   for (UInt i = 0; i < d->n_readers; i++)
      if (all || d->readers[i].is_news)
         reader_line(o, d, i);
   for (lg_lag k = 0; k < LG_N_LAGS; k++)
      if (all || d->lag_is_news)
         lag_line(o, d, k);
   for (UInt i = 0; i < d->n_stalls; i++)
      if (all || d->stalls[i].is_news)
         stall_line(o, d, &d->stalls[i]);
   d->is_coverage_news = d->lag_is_news = False;
   d->rec_is_news = d->rec_is_news && d->n_recs == 0;
}

void LG_(domain_lines_news)(LgOut *o)
{
   for (UInt id = 1; id <= LG_(domain_count)(); id++)
      domain_lines(o, LG_(domain_by_id)(id), /*all*/ False);
}

void LG_(domain_lines_all)(LgOut *o)
{
   for (UInt id = 1; id <= LG_(domain_count)(); id++)
      domain_lines(o, LG_(domain_by_id)(id), /*all*/ True);
}

/* ---- the analysis ---- */

static LgDomain *nth_domain(uint32_t domain)
{
   return LG_(domain_by_id)(domain + 1);
}

static void source_domain(void *self, uint32_t domain, lg_domain_info *out)
{
   const LgDomain *d = nth_domain(domain);
   (void)self;
   out->scheme = (lg_reclaim_scheme)d->scheme;
   out->context = d->context;
   out->name = d->name;
   out->coverage = d->coverage;
   out->n_readers = d->n_readers;
   out->n_incidents = d->n_stalls;
}

static void source_points(void *self, uint32_t domain, lg_domain_point *out)
{
   const LgDomain *d = nth_domain(domain);
   const lg_source *src = self;
   lg_domain_point now = {0, 0, 0};
   for (UInt i = 0, k = 0; i < src->n_intervals; i++) {
      for (; k < d->n_recs && d->recs[k].index <= i; k++)
         now = (lg_domain_point){d->recs[k].epoch, d->recs[k].advances, d->recs[k].pins};
      out[i] = now;
   }
}

static void source_lag(void *self, uint32_t domain, lg_lag which, lg_hist *out)
{
   (void)self;
   *out = nth_domain(domain)->lag[which];
}

/* The reader that has `nth` others with smaller numbers. */
static void source_reader(void *self, uint32_t domain, uint32_t nth, lg_reader *out)
{
   LgDomain *d = nth_domain(domain);
   UInt found = 0, stack;
   (void)self;
   for (UInt i = 0; i < d->n_readers; i++) {
      UInt n_before = 0;
      for (UInt k = 0; k < d->n_readers; k++)
         n_before += d->readers[k].thread < d->readers[i].thread;
      if (n_before == nth)
         found = i;
   }
   LG_(pin_reader)(d, found, out, &stack);
   out->n_frames = LG_(frames_of)(stack, &out->frames);
}

static void source_incident(void *self, uint32_t domain, uint32_t nth, lg_incident *out)
{
   const LgStall *s = &nth_domain(domain)->stalls[nth];
   (void)self;
   VG_(memset)(out, 0, sizeof *out);
   out->diagnosis = s->kind;
   out->is_open = s->is_open;
   out->since = s->since;
   out->until = s->is_open ? LG_(clock).now : s->until;
   out->objects = s->n;
   out->B = s->B;
   out->peak_objects = s->peak_n;
   out->peak_B = s->peak_B;
   out->thread = s->thread;
   out->thread_name = s->name;
   out->context = s->context;
   out->n_frames = LG_(frames_of)(s->stack, &out->frames);
}

void LG_(domain_source)(lg_source *src)
{
   src->n_domains = LG_(domain_count)();
   src->domain = source_domain;
   src->domain_points = source_points;
   src->domain_lag = source_lag;
   src->domain_reader = source_reader;
   src->domain_incident = source_incident;
}
