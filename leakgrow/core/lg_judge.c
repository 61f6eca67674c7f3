/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_judge: each account, once.
 *
 *   records ──> settled (lg_brief), which most accounts are
 *          └──> series ──> lg_trend ──> lg_lag ──> a finding, or a part in sums
 *
 * While the records of the heap's accounts are at hand they are added up: lg_group wants to know whether what is left of them grows. */
#include "lg_brief.h"
#include "lg_retained.h"
#include "lg_scale.h"
#include "lg_work.h"

enum { UNDECIDED_DEN = 64 /* of the heap: an undecided account that gained less does not matter */ };

/* Notes a heap account that has a part in sums. */
static void note_mover(lg_work *w, uint32_t account, const int64_t *floors)
{
   lg_mover *m = &w->movers[w->n_movers++];
   uint32_t n = w->n_judged;
   m->account = account;
   for (uint32_t k = 0; k < LG_PROFILE_PARTS; k++) {
      uint32_t begin = n * k / LG_PROFILE_PARTS, end = n * (k + 1) / LG_PROFILE_PARTS;
      int64_t sum = 0;
      for (uint32_t i = begin; i < end; i++)
         sum += floors[i];
      m->mean_B[k] = begin < end ? sum / (end - begin) : 0;
   }
}

static int has_moved(const lg_dense *d, uint32_t n)
{
   int64_t moved = 0;
   for (uint32_t i = 0; i < n; i++)
      moved |= (d->min_B[i] ^ d->min_B[0]) | (d->min_blk[i] ^ d->min_blk[0]);
   return moved != 0;
}

/* Warming up is a statement about the run only where it still makes a difference: 1 % of the account in the second half. */
static int matters_warming(const lg_work *w, const lg_account_result *r, const lg_dense *d)
{
   if (!r->trend.warming_up || w->n_judged < 2)
      return 0;
   int64_t gain = lg_retained_gain(d->min_B, w->n_judged, w->n_judged / 2, w->n_judged - 1);
   return (uint64_t)gain >= w->floor_B && gain >= r->judged_B / 100;
}

static void count_verdict(lg_work *w, uint32_t account, const lg_dense *d)
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
   if (r->kind != LG_ACCOUNT_HEAP || !matters_warming(w, r, d))
      return;
   out->n_warming++;
   out->warming_B = lg_sum(out->warming_B, held);
}

/* A finding about one account; d is its series. */
static void report_account(lg_work *w, uint32_t account, const lg_dense *d)
{
   lg_finding f;
   lg_finding_init(&f, LG_FINDING_GROWTH,
                   w->results[account].kind == LG_ACCOUNT_MAPPING ? LG_ABOUT_MAPPING : LG_ABOUT_ACCOUNT,
                   &w->results[account].trend);
   lg_finding_of_account(w, &f, account);
   lg_finding_measure(w, &f, d);
   if (f.trend.verdict == LG_GROWING) {
      f.serial = w->n_serials++;
      w->results[account].finding = LG_IN_GROUP + f.serial;
   }
   lg_finding_insert(w, &f);
}

static const lg_account_result bounded = {.trend = {.verdict = LG_BOUNDED}};

/* Judges an account on its series. */
static void judge_series(lg_work *w, uint32_t account)
{
   lg_dense *d = w->one;
   lg_account_result *r = &w->results[account];
   lg_work_read(w, account, d);
   lg_events_offer(w, account, d);
   lg_work_look_at(w, r->kind);
   if (d->n > w->n_judged + 1)
      d->n = w->n_judged + 1;
   lg_work_judge(w, d, &r->trend);
   r->judged_B = w->n_judged > 0 && d->n > w->n_judged ? d->end_B[w->n_judged - 1] : 0;
   if (r->kind == LG_ACCOUNT_HEAP && lg_lag_explains(w, account, d, &r->trend)) {
      r->finding = LG_IN_GROUP + w->lag_serial;
      return;
   }
   if (r->kind == LG_ACCOUNT_HEAP && has_moved(d, w->n_judged))
      note_mover(w, account, d->min_B);
   count_verdict(w, account, d);
   if (r->trend.verdict == LG_GROWING && r->trend.grown_B > 0 && (uint64_t)r->trend.grown_B >= w->floor_B)
      report_account(w, account, d);
   lg_work_look_at(w, LG_ACCOUNT_HEAP);
}

/* Judges a heap account on its records, if they are enough. Returns 0 when they are not. */
static int judge_records(lg_work *w, uint32_t account, const lg_sparse *a)
{
   lg_account_result *r = &w->results[account];
   lg_brief b;
   if (lg_steps_add(w->steps, a, w->first))
      w->is_heap_cut |= lg_steps_flush(w->steps, w->heap);
   lg_brief_read(a, w->first, w->n_judged, &b);
   if (!b.is_settled)
      return 0;
   lg_events_offer_sparse(w, account, a, b.highest_B);
   r->has_no_shape = 1;
   r->judged_B = b.end_B;
   if (b.has_moved) {
      int64_t floors[LG_INTERVALS_MAX];
      lg_brief_floors(a, w->first, w->n_judged, floors);
      note_mover(w, account, floors);
   }
   w->out->n_bounded++;
   return 1;
}

/* Counts of something else than memory have no part in sums of bytes: they stay bounded. Mappings have to wait: which of their intervals are
 * judged is known when all have been seen. */
static void judge_account(lg_work *w, uint32_t account)
{
   lg_account_result *r = &w->results[account];
   lg_sparse sparse;
   *r = bounded;
   if (w->src->sparse != NULL) {
      w->src->sparse(w->src->self, account, &sparse);
      r->kind = (uint8_t)sparse.kind;
   } else {
      lg_account_info info;
      w->src->account(w->src->self, account, &info);
      r->kind = (uint8_t)info.kind;
   }
   w->n_of_kind[r->kind]++;
   if (r->kind == LG_ACCOUNT_HEAP && (w->src->sparse == NULL || !judge_records(w, account, &sparse)))
      judge_series(w, account);
}

void lg_accounts_judge(lg_work *w)
{
   uint32_t n = w->src->n_accounts;
   lg_series_expand(NULL, 0, w->n_judged + 1, w->heap);
   lg_steps_clear(w->steps, w->n_judged + 1);
   for (uint32_t a = 0; a < n; a++)
      judge_account(w, a);
   w->is_heap_cut |= lg_steps_flush(w->steps, w->heap);
   lg_span_choose_others(w);
   for (uint32_t a = 0; a < n && w->n_of_kind[LG_ACCOUNT_MAPPING] > 0; a++)
      if (w->results[a].kind == LG_ACCOUNT_MAPPING)
         judge_series(w, a);
}

/* Undecided accounts that would matter if they grew. Those that warm up, and those of a run without intervals, are a statement. */
void lg_undecided_report(lg_work *w)
{
   uint64_t floor_B = w->out->judged_B / UNDECIDED_DEN;
   if (floor_B < w->floor_B)
      floor_B = w->floor_B;
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      lg_account_result *r = &w->results[a];
      if (r->trend.verdict != LG_INCONCLUSIVE || r->trend.warming_up || r->finding != 0 || w->n_judged < LG_JUDGED_MIN)
         continue;
      if (r->judged_B < 0 || (uint64_t)r->judged_B < floor_B)
         continue;
      lg_work_look_at(w, r->kind);
      lg_work_series(w, a, w->one);
      if (r->trend.from >= r->trend.to || r->trend.grown_B <= 0) {
         r->trend.from = 0;
         r->trend.to = w->n_judged - 1;
         r->trend.grown_B = lg_retained_gain(w->one->min_B, w->n_judged, 0, w->n_judged - 1);
         r->trend.grown_lo_B = 0;
         r->trend.grown_hi_B = r->trend.grown_B;
      }
      if (r->trend.grown_B > 0 && (uint64_t)r->trend.grown_B >= floor_B)
         report_account(w, a, w->one);
      lg_work_look_at(w, LG_ACCOUNT_HEAP);
   }
}
