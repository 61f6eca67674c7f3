/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_analysis: cut off what must not be judged, judge the accounts, then what is left in sums, then say what happened once.
 *
 *   totals   ──> what is judged, bursts and steps
 *   accounts ──> verdicts ──> growing ones are findings
 *                        └──> the others, in sums (lg_group) ──> findings
 *                        └──> undecided ones that matter
 *
 * Trap: an account's dense series covers all intervals; everything that judges must see it cut to n_judged + 1. */
#include "lg_analysis.h"
#include "lg_retained.h"
#include "lg_scale.h"
#include "lg_trend_shape.h"
#include "lg_work.h"

enum {
   WARMING_PERCENT = 5, /* of the heap: above, warming up is a statement about the run */
   WARMING_MANY_DEN = 4 /* of the heap: above, sums are not asked, for they would all warm up together */
};

void lg_params_init(lg_params *p)
{
   p->min_B = 1024;
   p->min_ppm = 1000;
   p->burst_ppm = 250000;
   p->burst_B = 262144;
   p->min_open = 16;
   p->lag_B = 65536;
   p->lag_objects = 256;
}

/* ---- memory ---- */

/* What is needed before an account was looked at. */
static void lay_out(lg_work *w, lg_arena *m)
{
   uint64_t n = w->src->n_accounts, n_domains = w->src->n_domains;
   uint64_t n_findings = 2 * n + 2 * LG_EVENTS_MAX + 2 + n_domains;
   for (uint32_t d = 0; d < n_domains; d++) {
      lg_domain_info info;
      w->src->domain(w->src->self, d, &info);
      n_findings += info.n_incidents;
   }
   w->findings_size = n_findings < LG_FINDINGS_MAX ? (uint32_t)n_findings : LG_FINDINGS_MAX;
   for (w->table_size = 16; n_domains > 0 && w->table_size < 2 * (n_domains > n ? n_domains : n); w->table_size *= 2)
      ;
   w->one = lg_arena_take(m, 1, sizeof *w->one);
   w->sum = lg_arena_take(m, 1, sizeof *w->sum);
   w->heap = lg_arena_take(m, 1, sizeof *w->heap);
   w->steps = lg_arena_take(m, 1, sizeof *w->steps);
   w->ticks_mem = lg_arena_take(m, LG_INTERVALS_MAX, sizeof *w->ticks_mem);
   w->alloc_mem = lg_arena_take(m, LG_INTERVALS_MAX, sizeof *w->alloc_mem);
   w->sorted = lg_arena_take(m, LG_INTERVALS_MAX, sizeof *w->sorted);
   w->results = lg_arena_take(m, n, sizeof *w->results);
   w->movers = lg_arena_take(m, n, sizeof *w->movers);
   w->members = lg_arena_take(m, n, sizeof *w->members);
   w->findings = lg_arena_take(m, w->findings_size, sizeof *w->findings);
   w->n_points = n_domains > 0 ? w->src->n_intervals : 0;
   w->domains = lg_arena_take(m, n_domains, sizeof *w->domains);
   w->points = lg_arena_take(m, w->n_points, sizeof *w->points);
   w->partner = lg_arena_take(m, n_domains > 0 ? n : 0, sizeof *w->partner);
   w->waiting = lg_arena_take(m, n_domains > 0, sizeof *w->waiting);
   w->table = lg_arena_take(m, w->table_size, sizeof *w->table);
}

static void lay_out_numbers(lg_work *w, lg_arena *m)
{
   w->numbers = lg_arena_take(m, w->n_serials, sizeof *w->numbers);
}

/* ---- the run as a whole ---- */

static int is_growing(const lg_finding *f)
{
   return (f->kind == LG_FINDING_GROWTH || f->domain != 0) && f->trend.verdict == LG_GROWING;
}

static int is_undecided(const lg_finding *f)
{
   return (f->kind == LG_FINDING_GROWTH || f->kind == LG_FINDING_CENSUS || f->domain != 0) &&
          f->trend.verdict != LG_GROWING;
}

/* Memory that grows, and what waits to be reclaimed: they stand side by side. */
static int is_of_growth(const lg_finding *f)
{
   return is_growing(f) || f->domain != 0;
}

/* Serials of K2 become indices of findings. A finding that was left out explains nothing. */
static void number_findings(lg_work *w)
{
   lg_analysis *out = w->out;
   uint32_t *index = w->numbers;
   for (uint32_t s = 0; s < w->n_serials; s++)
      index[s] = 0;
   for (uint32_t i = 0; i < out->n_findings; i++) {
      const lg_finding *f = &w->findings[i];
      if (is_of_growth(f) && f->serial < w->n_serials)
         index[f->serial] = i + 1;
   }
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      uint32_t serial = w->results[a].finding - LG_IN_GROUP;
      if (w->results[a].finding != 0)
         w->results[a].finding = serial < w->n_serials ? index[serial] : 0;
   }
   for (uint32_t i = 0; i < out->n_findings; i++) {
      lg_finding *f = &w->findings[i];
      if (w->results[f->account].finding == 0)
         w->results[f->account].finding = i + 1;
   }
}

/* Intervals are numbered as the caller's source numbers them. */
static void shift_back(lg_work *w)
{
   if (w->first == 0)
      return;
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      w->results[a].trend.from += w->first;
      w->results[a].trend.to += w->first;
   }
   for (uint32_t i = 0; i < w->out->n_findings; i++) {
      w->findings[i].trend.from += w->first;
      w->findings[i].trend.to += w->first;
   }
   for (uint32_t i = 0; i < w->out->n_census; i++) {
      w->census[i].trend.from += w->first;
      w->census[i].trend.to += w->first;
   }
}

/* Adds up what grows. Mappings that the heap covers come after what grows in the heap: they may be the same bytes. */
static void weigh_mappings(lg_work *w)
{
   lg_analysis *out = w->out;
   uint32_t begin = 0;
   while (begin < out->n_findings && !is_of_growth(&w->findings[begin]))
      begin++;
   uint32_t n_growing = begin;
   for (; n_growing < out->n_findings && is_of_growth(&w->findings[n_growing]); n_growing++) {
      const lg_finding *f = &w->findings[n_growing];
      if (f->domain != 0) /* what its bytes are is counted below */
         continue;
      uint64_t *grown_B = f->about == LG_ABOUT_MAPPING ? &out->mapped_grown_B : &out->heap_grown_B;
      *grown_B = lg_sum(*grown_B, f->rank_B);
   }
   out->heap_grown_B = lg_sum(out->heap_grown_B, w->explained_B);
   for (uint32_t i = begin, left = n_growing - begin; left > 0; left--) {
      lg_finding f = w->findings[i];
      f.is_covered = f.about == LG_ABOUT_MAPPING && f.rank_B <= out->heap_grown_B;
      if (!f.is_covered) {
         w->findings[i++] = f;
         continue;
      }
      for (uint32_t k = i; k + 1 < n_growing; k++)
         w->findings[k] = w->findings[k + 1];
      w->findings[n_growing - 1] = f;
   }
}

static void sum_up(lg_work *w)
{
   lg_analysis *out = w->out;
   uint64_t ticks = w->ticks != NULL ? w->ticks[w->n_judged - 1] : 0;
   uint32_t n_growing = 0, n_undecided = 0;
   for (uint32_t i = 0; i < out->n_findings; i++) {
      n_growing += is_growing(&w->findings[i]);
      int is_census = w->findings[i].kind == LG_FINDING_CENSUS;
      out->n_census_growing += is_census && w->findings[i].trend.verdict == LG_GROWING;
      n_undecided += is_undecided(&w->findings[i]);
   }
   for (uint32_t d = 0; d < w->src->n_domains; d++)
      out->n_lagging += w->domains[d].finding != 0;
   int64_t grown = out->heap_grown_B < (uint64_t)INT64_MAX ? (int64_t)out->heap_grown_B : INT64_MAX;
   lg_slopes_measure(w->src, grown, grown, grown, w->run_time, ticks, &out->per_s, &out->per_tick, &out->per_unit);
   out->until_double = lg_time_until(out->judged_B, out->heap_grown_B, w->run_time);
   out->until_limit = UINT64_MAX;
   if (w->src->heap_limit_B > 0)
      out->until_limit = lg_time_until(lg_excess(w->src->heap_limit_B, out->judged_B), out->heap_grown_B, w->run_time);
   int is_doubtful = out->is_short || out->is_warming_up || n_undecided > 0;
   out->verdict = n_growing + out->n_census_growing > 0 ? LG_GROWING : is_doubtful ? LG_INCONCLUSIVE : LG_BOUNDED;
   out->floor_B = w->floor_B;
   out->findings = w->findings;
   out->census = w->census;
   out->census_accounts = w->census_accounts;
   out->accounts = w->results;
   out->domains = w->domains;
}

int lg_analysis_run(const lg_source *src, const lg_params *params, const lg_memory *memory, lg_analysis *out)
{
   static const lg_work no_work = {0};
   static const lg_analysis nothing = {0};
   lg_work w = no_work;
   w.src = src;
   w.memory = memory;
   w.params = *params;
   w.out = out;
   if (!lg_work_get(&w, lay_out))
      return 0;
   *out = nothing;
   out->largest_undecided = UINT32_MAX;
   lg_span_choose(&w, src);
   lg_lags_judge(&w);
   lg_events_find(&w);
   lg_accounts_judge(&w);
   out->is_warming_up = lg_scale(out->warming_B, 100, WARMING_PERCENT) > out->judged_B && out->warming_B > 0;
   int are_sums_asked = w.n_judged >= LG_JUDGED_MIN && out->warming_B <= out->judged_B / WARMING_MANY_DEN;
   if (are_sums_asked && !lg_groups_judge(&w))
      return 0;
   lg_undecided_report(&w);
   lg_events_report(&w);
   if (!lg_census_judge(&w))
      return 0;
   weigh_mappings(&w);
   if (!lg_work_get(&w, lay_out_numbers))
      return 0;
   number_findings(&w);
   lg_census_number(&w);
   lg_lags_number(&w);
   sum_up(&w);
   shift_back(&w);
   return 1;
}

lg_shape lg_account_shape(const lg_source *src, const lg_analysis *a, uint32_t account, lg_dense *scratch)
{
   const lg_account_result *r = &a->accounts[account];
   if (!r->has_no_shape)
      return r->trend.shape;
   src->series(src->self, account, scratch);
   lg_dense_skip(scratch, a->first_judged);
   return lg_shape_of_rest(scratch, a->n_judged);
}
