/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source.h"

#include "lg_format.h"
#include "mem.h"

#include <string.h>

/* One look at the history of each account, since much is asked of all of them. */
static account_summary summarise(profile *p, const account *a)
{
   lg_rec *recs = p->records;
   account_summary sum = {0};
   history_unpack(&a->hist, p->shift, p->scratch);
   uint32_t n = history_records(p->scratch, recs);
   for (uint32_t i = 0; i < n; i++) {
      sum.total_B += recs[i].births_B;
      sum.total_blk += recs[i].births + recs[i].resizes; /* as in totals */
      if (recs[i].max_B > sum.peak_B) {
         sum.peak_B = recs[i].max_B;
         sum.peak_interval = recs[i].index;
      }
   }
   if (n != 0) {
      sum.live_B = sum.end_B = recs[n - 1].end_B;
      sum.live_blk = recs[n - 1].end_blk;
   }
   if (p->scratch->has_last) {
      sum.live_B = p->scratch->last.live_B;
      sum.live_blk = p->scratch->last.live_blk;
      sum.total_B = p->scratch->last.allocated_B;
      sum.total_blk = p->scratch->last.allocs;
   }
   return sum;
}

static void get_account(void *self, uint32_t n, lg_account_info *out)
{
   const profile *p = self;
   const account *a = &p->accounts[n + 1];
   const account_summary *sum = &p->sums[n + 1];
   const stack *st = &p->stacks[a->stack];
   *out = (lg_account_info){.kind = (lg_account_kind)a->kind,
                            .context = a->context,
                            .n_frames = st->n,
                            .frames = st->frames,
                            .live_B = sum->live_B,
                            .live_blk = sum->live_blk,
                            .total_blk = sum->total_blk};
}

static void get_census(void *self, uint32_t n, lg_census_info *out)
{
   const profile *p = self;
   const census_entry *e = &p->census.e[p->accounts[n + 1].census];
   out->file = p->files.name[e->file];
   out->line = e->line;
   memcpy(out->misuse, e->misuse, sizeof out->misuse);
}

static void get_sparse(void *self, uint32_t n, lg_sparse *out)
{
   profile *p = self;
   const account *a = &p->accounts[n + 1];
   history_unpack(&a->hist, p->shift, p->scratch);
   out->kind = (lg_account_kind)a->kind;
   out->n_recs = history_records(p->scratch, p->records);
   out->recs = p->records;
}

static void get_series(void *self, uint32_t n, lg_dense *out)
{
   const profile *p = self;
   lg_rec recs[LG_INTERVALS_MAX];
   history_unpack(&p->accounts[n + 1].hist, p->shift, p->scratch);
   lg_series_expand(recs, history_records(p->scratch, recs), p->n_intervals, out);
   for (uint32_t k = 0; k < LG_AGES; k++) {
      int64_t died = p->scratch->ages[k];
      out->died_at_age[k] = died < 0 ? 0 : died > LG_VALUE_MAX ? LG_VALUE_MAX : died;
   }
}

static uint32_t get_frame_fn(void *self, uint32_t frame)
{
   const profile *p = self;
   return p->fn_group[p->frames[frame].fn];
}

static const char *get_fn_name(void *self, uint32_t fn)
{
   const profile *p = self;
   return p->group_name[fn];
}

static const char *get_frame_file(void *self, uint32_t frame)
{
   const profile *p = self;
   return p->files.name[p->frames[frame].file];
}

static uint32_t get_frame_line(void *self, uint32_t frame)
{
   const profile *p = self;
   return p->frames[frame].line;
}

static const char *get_frame_object(void *self, uint32_t frame)
{
   const profile *p = self;
   return p->objects.name[p->frames[frame].object];
}

static const char *get_context_label(void *self, uint32_t context)
{
   const profile *p = self;
   return p->contexts[context].label;
}

static uint32_t get_context_parent(void *self, uint32_t context)
{
   const profile *p = self;
   return p->contexts[context].parent;
}

static void get_domain(void *self, uint32_t n, lg_domain_info *out)
{
   const domain *d = &((const profile *)self)->domains.d[n + 1];
   *out = (lg_domain_info){d->scheme, d->context, d->name, d->now.coverage, d->now.n_readers, d->now.n_incidents};
}

static void get_domain_points(void *self, uint32_t n, lg_domain_point *out)
{
   const profile *p = self;
   domain_points(&p->domains.d[n + 1].now, p->shift, p->n_intervals, out);
}

static void get_domain_lag(void *self, uint32_t n, lg_lag which, lg_hist *out)
{
   *out = ((const profile *)self)->domains.d[n + 1].now.hist[which];
}

static void get_domain_reader(void *self, uint32_t n, uint32_t nth, lg_reader *out)
{
   const profile *p = self;
   const domain_reader *r = &p->domains.d[n + 1].now.readers[nth];
   *out = r->r;
   out->n_frames = p->stacks[r->stack].n;
   out->frames = p->stacks[r->stack].frames;
}

static void get_domain_incident(void *self, uint32_t n, uint32_t nth, lg_incident *out)
{
   const profile *p = self;
   const domain_incident *i = &p->domains.d[n + 1].now.incidents[nth];
   *out = i->i;
   out->n_frames = p->stacks[i->stack].n;
   out->frames = p->stacks[i->stack].frames;
   if (out->is_open)
      out->until = p->now.has_exit ? p->now.exit_time : p->totals[p->n_intervals - 1].time;
   if (out->until < out->since)
      out->until = out->since;
}

void source_init(lg_source *src, profile *p)
{
   memset(src, 0, sizeof *src);
   p->sums = mem_zalloc(p->n_accounts, sizeof *p->sums);
   for (size_t i = 1; i < p->n_accounts; i++)
      p->sums[i] = summarise(p, &p->accounts[i]);
   src->self = p;
   src->n_accounts = (uint32_t)(p->n_accounts - 1);
   src->n_intervals = p->n_intervals;
   src->shift = p->shift;
   src->base = p->base;
   src->unit = p->unit;
   src->totals = p->totals;
   src->exit_interval = p->exit_interval;
   src->depth = p->depth > LG_FRAMES_MAX ? LG_FRAMES_MAX : (uint32_t)p->depth;
   src->heap_limit_B = p->heap_limit_B;
   src->account = get_account;
   src->series = get_series;
   src->sparse = get_sparse;
   src->frame_fn = get_frame_fn;
   src->fn_name = get_fn_name;
   src->frame_file = get_frame_file;
   src->frame_line = get_frame_line;
   src->frame_object = get_frame_object;
   src->context_label = get_context_label;
   src->context_parent = get_context_parent;
   src->census = get_census;
   src->n_domains = (uint32_t)(p->domains.n - 1);
   src->domain = get_domain;
   src->domain_points = get_domain_points;
   src->domain_lag = get_domain_lag;
   src->domain_reader = get_domain_reader;
   src->domain_incident = get_domain_incident;
}
