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
#include "lg_work.h"

enum {
   WARMING_PERCENT = 5,  /* of the heap: above, warming up is a statement about the run */
   WARMING_MANY_DEN = 4, /* of the heap: above, sums are not asked, for they would all warm up together */
   UNDECIDED_DEN = 8     /* of the heap: an undecided account that gained less does not matter */
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

/* Hands out pieces of the caller's memory; with base NULL it only adds up. */
typedef struct {
   unsigned char *base;
   uint64_t used;
} arena;

static void *take(arena *m, uint64_t count, uint64_t size)
{
   void *piece = m->base != NULL ? m->base + m->used : NULL;
   m->used += (count * size + 7) & ~(uint64_t)7;
   return piece;
}

/* Counts are below 2^32 and sizes below 2^15, so that no product or sum here can pass 2^64. */
static void lay_out(lg_work *w, arena *m)
{
   uint64_t n = w->src->n_accounts, groups = w->n_groups_all;
   uint64_t n_domains = w->src->n_domains, n_findings = 2 * n + 2 * LG_EVENTS_MAX + 2 + n_domains;
   for (uint32_t d = 0; d < n_domains; d++) {
      lg_domain_info info;
      w->src->domain(w->src->self, d, &info);
      n_findings += info.n_incidents;
   }
   w->findings_size = n_findings < LG_FINDINGS_MAX ? (uint32_t)n_findings : LG_FINDINGS_MAX;
   for (w->table_size = 16; w->table_size < 2 * (groups > n ? groups : n) || w->table_size < 2 * n_domains;
        w->table_size *= 2)
      ;
   w->one = take(m, 1, sizeof *w->one);
   w->sum = take(m, 1, sizeof *w->sum);
   w->ticks_mem = take(m, LG_INTERVALS_MAX, sizeof *w->ticks_mem);
   w->alloc_mem = take(m, LG_INTERVALS_MAX, sizeof *w->alloc_mem);
   w->sorted = take(m, LG_INTERVALS_MAX, sizeof *w->sorted);
   w->results = take(m, n, sizeof *w->results);
   w->profiles = take(m, n, sizeof *w->profiles);
   w->findings = take(m, w->findings_size, sizeof *w->findings);
   w->group_position = take(m, groups, sizeof *w->group_position);
   w->group_set = take(m, groups, sizeof *w->group_set);
   w->group_begin = take(m, groups + 1, sizeof *w->group_begin);
   w->group_mark = take(m, groups, sizeof *w->group_mark);
   w->candidates = take(m, groups, sizeof *w->candidates);
   w->entries = take(m, w->n_entries, sizeof *w->entries);
   w->table = take(m, w->table_size, sizeof *w->table);
   w->census_rows = take(m, w->n_census, sizeof *w->census_rows);
   w->census_spare = take(m, w->n_census, sizeof *w->census_spare);
   w->census = take(m, w->n_census, sizeof *w->census);
   w->census_accounts = take(m, w->n_census, sizeof *w->census_accounts);
   w->census_order = take(m, w->n_census, sizeof *w->census_order);
   w->census_order_spare = take(m, w->n_census, sizeof *w->census_order_spare);
   w->census_pot = take(m, w->n_census, sizeof *w->census_pot);
   w->census_B = take(m, w->n_census > 0 ? w->n_contexts : 0, sizeof *w->census_B);
   w->census_name = take(m, w->n_census > 0 ? w->n_contexts : 0, sizeof *w->census_name);
   w->n_points = n_domains > 0 ? w->src->n_intervals : 0;
   w->domains = take(m, n_domains, sizeof *w->domains);
   w->points = take(m, w->n_points, sizeof *w->points);
   w->partner = take(m, n_domains > 0 ? n : 0, sizeof *w->partner);
   w->waiting = take(m, n_domains > 0, sizeof *w->waiting);
}

/* Sizes everything. Returns the bytes needed, or 0 when a size_t cannot hold them. */
static size_t measure(lg_work *w)
{
   arena m = {NULL, 0};
   lg_groups_measure(w);
   lay_out(w, &m);
   return m.used <= SIZE_MAX / 2 ? (size_t)m.used : 0;
}

size_t lg_analysis_size(const lg_source *src)
{
   static const lg_work nothing = {0};
   lg_work w = nothing;
   w.src = src;
   return measure(&w);
}

/* ---- accounts ---- */

static void drop_first(int64_t *v, uint32_t first, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      v[i] = v[first + i];
}

/* Without the dead start. */
void lg_work_read(const lg_work *w, uint32_t account, lg_dense *d)
{
   w->src->series(w->src->self, account, d);
   if (w->first == 0)
      return;
   int64_t *const all[] = {d->min_B,  d->max_B,  d->end_B,    d->min_blk,  d->max_blk, d->end_blk,
                           d->births, d->deaths, d->births_B, d->surv_blk, d->surv_B};
   d->n = d->n > w->first ? d->n - w->first : 0;
   for (uint32_t k = 0; k < sizeof all / sizeof all[0]; k++)
      drop_first(all[k], w->first, d->n);
}

void lg_work_series(const lg_work *w, uint32_t account, lg_dense *out)
{
   lg_work_read(w, account, out);
   lg_lag_subtract(w, account, out);
   if (out->n > w->n_judged + 1)
      out->n = w->n_judged + 1;
}

void lg_work_judge(const lg_work *w, const lg_dense *d, lg_trend *out)
{
   lg_trend_in in = {.d = d, .ticks = w->ticks, .alloc_B = w->alloc_B};
   in.units_per_interval = (uint64_t)1 << (w->src->shift < 63 ? w->src->shift : 63);
   lg_trend_judge(&in, out);
}

int64_t lg_retained_gain(const int64_t *floors, uint32_t n_judged, uint32_t from, uint32_t to)
{
   int64_t kept[LG_INTERVALS_MAX];
   if (from >= to || to >= n_judged)
      return 0;
   lg_envelope(floors, from, n_judged, kept);
   return kept[to] - kept[from];
}

static void profile_account(const lg_work *w, const lg_dense *d, lg_account_kind kind, lg_profile *p)
{
   uint32_t n = w->n_judged;
   int has_moved = 0;
   for (uint32_t i = 0; i < n; i++) {
      has_moved |= d->min_B[i] != d->min_B[0] || d->min_blk[i] != d->min_blk[0];
   }
   for (uint32_t k = 0; k < LG_PROFILE_PARTS; k++) {
      uint32_t begin = n * k / LG_PROFILE_PARTS, end = n * (k + 1) / LG_PROFILE_PARTS;
      int64_t sum = 0;
      for (uint32_t i = begin; i < end; i++)
         sum += d->min_B[i];
      p->mean_B[k] = begin < end ? sum / (end - begin) : 0;
   }
   p->is_still = kind != LG_ACCOUNT_HEAP || !has_moved;
}

/* Warming up is a statement about the run only where it still makes a difference: 1 % of the account in the second half. */
static int matters_warming(const lg_work *w, const lg_account_result *r, const lg_dense *d)
{
   if (!r->trend.warming_up || w->n_judged < 2)
      return 0;
   int64_t gain = lg_retained_gain(d->min_B, w->n_judged, w->n_judged / 2, w->n_judged - 1);
   return (uint64_t)gain >= w->floor_B && gain >= r->judged_B / 100;
}

static void count_verdict(lg_work *w, uint32_t account, const lg_account_info *info, const lg_dense *d)
{
   lg_analysis *out = w->out;
   const lg_account_result *r = &w->results[account];
   uint64_t held = (uint64_t)r->judged_B;
   if (r->trend.why == LG_WHY_SHORT && r->trend.grown_B > 0 && (uint64_t)r->trend.grown_B >= w->floor_B)
      out->is_short = 1;
   if (r->trend.verdict == LG_GROWING)
      out->n_growing++;
   else if (r->trend.verdict == LG_BOUNDED)
      out->n_bounded++;
   if (r->trend.verdict != LG_INCONCLUSIVE)
      return;
   out->n_undecided++;
   out->undecided_B = lg_sum(out->undecided_B, held);
   uint32_t largest = out->largest_undecided;
   if (largest == UINT32_MAX || w->results[largest].judged_B < r->judged_B ||
       (w->results[largest].judged_B == r->judged_B && lg_account_compare(w->src, account, largest) < 0))
      out->largest_undecided = account;
   if (info->kind != LG_ACCOUNT_HEAP || !matters_warming(w, r, d))
      return;
   out->n_warming++;
   out->warming_B = lg_sum(out->warming_B, held);
}

/* A finding about one account; d is its series. */
static void report_account(lg_work *w, uint32_t account, lg_account_kind kind, const lg_dense *d)
{
   lg_finding f;
   lg_finding_init(&f, LG_FINDING_GROWTH, kind == LG_ACCOUNT_MAPPING ? LG_ABOUT_MAPPING : LG_ABOUT_ACCOUNT,
                   &w->results[account].trend);
   lg_finding_of_account(w, &f, account);
   lg_finding_measure(w, &f, d);
   if (f.trend.verdict == LG_GROWING) {
      f.serial = w->n_serials++;
      w->results[account].finding = LG_IN_GROUP + f.serial;
   }
   lg_finding_insert(w, &f);
}

static void judge_account(lg_work *w, uint32_t account)
{
   lg_account_info info;
   lg_dense *d = w->one;
   w->src->account(w->src->self, account, &info);
   if (info.kind > LG_ACCOUNT_MAPPING) { /* counts of something else than memory have no part in sums of bytes */
      static const lg_account_result not_judged = {.trend = {.verdict = LG_BOUNDED}};
      w->results[account] = not_judged;
      w->profiles[account].is_still = 1;
      return;
   }
   lg_work_read(w, account, d);
   lg_events_offer(w, account, d);
   lg_work_look_at(w, info.kind);
   if (d->n > w->n_judged + 1)
      d->n = w->n_judged + 1;
   lg_account_result *r = &w->results[account];
   lg_work_judge(w, d, &r->trend);
   r->finding = 0;
   r->judged_B = w->n_judged > 0 && d->n > w->n_judged ? d->end_B[w->n_judged - 1] : 0;
   if (info.kind == LG_ACCOUNT_HEAP && lg_lag_explains(w, account, d, &r->trend)) {
      r->finding = LG_IN_GROUP + w->lag_serial;
      w->profiles[account].is_still = 1;
      return;
   }
   profile_account(w, d, info.kind, &w->profiles[account]);
   count_verdict(w, account, &info, d);
   if (r->trend.verdict == LG_GROWING && r->trend.grown_B > 0 && (uint64_t)r->trend.grown_B >= w->floor_B)
      report_account(w, account, info.kind, d);
   lg_work_look_at(w, LG_ACCOUNT_HEAP);
}

/* Undecided accounts that would matter if they grew. Those that warm up, and those of a run without intervals, are a statement. */
static void report_undecided(lg_work *w)
{
   uint64_t floor_B = w->out->judged_B / UNDECIDED_DEN;
   if (floor_B < w->floor_B)
      floor_B = w->floor_B;
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      lg_account_result *r = &w->results[a];
      lg_account_info info;
      if (r->trend.verdict != LG_INCONCLUSIVE || r->trend.warming_up || r->finding != 0 || w->n_judged < LG_JUDGED_MIN)
         continue;
      if (r->judged_B < 0 || (uint64_t)r->judged_B < floor_B)
         continue;
      w->src->account(w->src->self, a, &info);
      lg_work_look_at(w, info.kind);
      lg_work_series(w, a, w->one);
      if (r->trend.from >= r->trend.to || r->trend.grown_B <= 0) {
         r->trend.from = 0;
         r->trend.to = w->n_judged - 1;
         r->trend.grown_B = lg_retained_gain(w->one->min_B, w->n_judged, 0, w->n_judged - 1);
         r->trend.grown_lo_B = 0;
         r->trend.grown_hi_B = r->trend.grown_B;
      }
      if (r->trend.grown_B > 0 && (uint64_t)r->trend.grown_B >= floor_B)
         report_account(w, a, info.kind, w->one);
      lg_work_look_at(w, LG_ACCOUNT_HEAP);
   }
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
   uint32_t *index = w->table;
   for (uint32_t s = 0; s < w->n_serials && s < w->table_size; s++)
      index[s] = 0;
   for (uint32_t i = 0; i < out->n_findings; i++) {
      const lg_finding *f = &w->findings[i];
      if (is_of_growth(f) && f->serial < w->table_size)
         index[f->serial] = i + 1;
   }
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      uint32_t serial = w->results[a].finding - LG_IN_GROUP;
      if (w->results[a].finding != 0)
         w->results[a].finding = serial < w->table_size ? index[serial] : 0;
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

int lg_analysis_run(const lg_source *src, const lg_params *params, void *mem, size_t size, lg_analysis *out)
{
   static const lg_work no_work = {0};
   static const lg_analysis nothing = {0};
   lg_work w = no_work;
   arena m = {mem, 0};
   w.src = src;
   w.params = *params;
   w.out = out;
   size_t needed = measure(&w);
   if (needed == 0 || size < needed)
      return 0;
   lay_out(&w, &m);
   *out = nothing;
   out->largest_undecided = UINT32_MAX;
   out->is_partial = !w.is_indexed;
   lg_span_choose(&w, src);
   lg_lags_judge(&w);
   lg_events_find(&w);
   for (uint32_t a = 0; a < src->n_accounts; a++)
      judge_account(&w, a);
   out->is_warming_up = lg_scale(out->warming_B, 100, WARMING_PERCENT) > out->judged_B && out->warming_B > 0;
   if (w.n_judged >= LG_JUDGED_MIN && out->warming_B <= out->judged_B / WARMING_MANY_DEN)
      lg_groups_judge(&w);
   report_undecided(&w);
   lg_events_report(&w);
   lg_census_judge(&w);
   weigh_mappings(&w);
   number_findings(&w);
   lg_census_number(&w);
   lg_lags_number(&w);
   sum_up(&w);
   shift_back(&w);
   return 1;
}
