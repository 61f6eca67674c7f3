/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backlog of a domain is an account like any other, so that the rule of lg_trend applies: what is retired and given back later has
 * floors that come back, what waits for ever does not.
 *
 * What explains growth of the heap is not told by sizes that happen to agree. For each heap account there is a series of those of its
 * blocks that wait; the account is judged again without them. */
#include "lg_place.h"
#include "lg_scale.h"
#include "lg_work.h"

enum { BAGS_PER_OBJECT = 2 }; /* a bag may hold one object, or only closures that own no memory */

/* ---- series ---- */

static int64_t less(int64_t a, int64_t b)
{
   return a > b ? a - b : 0;
}

/* d without the waiting blocks. Bounds are those that are sure within an interval. Births and survivors do not tell which of them
 * wait, so that only floors can speak. */
static void subtract(lg_dense *d, const lg_dense *waiting)
{
   for (uint32_t i = 0; i < d->n && i < waiting->n; i++) {
      d->end_B[i] = less(d->end_B[i], waiting->end_B[i]);
      d->end_blk[i] = less(d->end_blk[i], waiting->end_blk[i]);
      d->min_B[i] = less(d->min_B[i], waiting->max_B[i]);
      d->min_blk[i] = less(d->min_blk[i], waiting->max_blk[i]);
      d->max_B[i] = less(d->max_B[i], waiting->min_B[i]);
      d->max_blk[i] = less(d->max_blk[i], waiting->min_blk[i]);
      d->births[i] = d->deaths[i] = d->births_B[i] = d->surv_blk[i] = d->surv_B[i] = 0;
   }
   for (uint32_t k = 0; k < LG_AGES; k++)
      d->died_at_age[k] = 0;
}

int lg_lag_subtract(const lg_work *w, uint32_t account, lg_dense *d)
{
   if (!w->has_partners || w->partner[account] == 0)
      return 0;
   lg_work_read(w, w->partner[account] - 1, w->waiting);
   subtract(d, w->waiting);
   return 1;
}

/* Objects in the place of bytes, but for births_B: they say how much of the program's work is the account's own. */
static void count_objects(const lg_dense *d, lg_dense *out)
{
   *out = *d;
   for (uint32_t i = 0; i < d->n; i++) {
      out->min_B[i] = d->min_blk[i];
      out->max_B[i] = d->max_blk[i];
      out->end_B[i] = d->end_blk[i];
      out->surv_B[i] = d->surv_blk[i];
   }
}

/* ---- a domain ---- */

/* The slot of w->table that holds the domain of this context, or where it would be. A context belongs to one domain. */
static uint32_t slot_of_context(const lg_work *w, uint32_t context)
{
   uint32_t at = (uint32_t)(context * 0x9e3779b1u) & (w->table_size - 1);
   lg_domain_info info;
   for (; w->table[at] != 0; at = (at + 1) & (w->table_size - 1)) {
      w->src->domain(w->src->self, w->table[at] - 1, &info);
      if (info.context == context)
         break;
   }
   return at;
}

static void clear_table(lg_work *w)
{
   for (uint32_t i = 0; i < w->table_size; i++)
      w->table[i] = 0;
}

static void init_domains(lg_work *w)
{
   static const lg_domain_result nothing = {
      .backlog = UINT32_MAX, .retirer = UINT32_MAX, .trend = {.verdict = LG_BOUNDED}, .idle_since = UINT64_MAX};
   lg_domain_info info;
   clear_table(w);
   for (uint32_t d = 0; d < w->src->n_domains; d++) {
      w->domains[d] = nothing;
      w->src->domain(w->src->self, d, &info);
      uint32_t slot = slot_of_context(w, info.context);
      if (w->table[slot] == 0)
         w->table[slot] = d + 1;
   }
}

/* Finds the accounts of the domains, and what they hold. */
static void find_accounts(lg_work *w)
{
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      lg_account_info info;
      w->src->account(w->src->self, a, &info);
      if (info.kind != LG_ACCOUNT_RETIRED)
         continue;
      uint32_t d = w->table[slot_of_context(w, info.context)];
      if (d == 0)
         continue;
      lg_domain_result *r = &w->domains[d - 1];
      if (info.n_frames == 0) {
         r->backlog = a;
         r->retired = info.total_blk;
         r->objects = info.live_blk;
         r->B = info.live_B;
      } else if (r->retirer == UINT32_MAX || info.live_B > r->retirer_B ||
                 (info.live_B == r->retirer_B && lg_account_compare(w->src, a, r->retirer) < 0)) {
         r->retirer = a;
         r->retirer_B = info.live_B;
      }
   }
   for (uint32_t d = 0; d < w->src->n_domains; d++)
      if (w->domains[d].retirer == UINT32_MAX)
         w->domains[d].retirer = w->domains[d].backlog;
}

static void judge_backlog(lg_work *w, lg_domain_result *r)
{
   lg_dense *d = w->one, *objects = w->sum;
   lg_trend by_objects;
   lg_work_read(w, r->backlog, d);
   for (uint32_t i = 0; i < d->n; i++) {
      r->peak_B = (uint64_t)d->max_B[i] > r->peak_B ? (uint64_t)d->max_B[i] : r->peak_B;
      r->peak_objects = (uint64_t)d->max_blk[i] > r->peak_objects ? (uint64_t)d->max_blk[i] : r->peak_objects;
   }
   if (d->n > w->n_judged + 1)
      d->n = w->n_judged + 1;
   if (w->n_judged > 0 && d->n > w->n_judged) {
      r->judged_B = (uint64_t)d->end_B[w->n_judged - 1];
      r->judged_objects = (uint64_t)d->end_blk[w->n_judged - 1];
   }
   count_objects(d, objects);
   lg_work_judge(w, d, &r->trend);
   lg_work_judge(w, objects, &by_objects);
   if (r->trend.verdict == LG_GROWING || by_objects.verdict == LG_BOUNDED ||
       (r->trend.verdict == LG_INCONCLUSIVE && by_objects.verdict == LG_INCONCLUSIVE))
      return;
   r->trend = by_objects;
   r->is_by_objects = 1;
}

static uint64_t at_least_0(int64_t v)
{
   return v > 0 ? (uint64_t)v : 0;
}

/* J1. */
static int matters(const lg_work *w, const lg_domain_result *r)
{
   uint64_t objects = at_least_0(r->is_by_objects ? r->trend.grown_B : r->trend.grown_blk);
   uint64_t B = r->is_by_objects ? 0 : at_least_0(r->trend.grown_B);
   return objects >= w->params.lag_objects || (B >= w->floor_B && B >= w->params.lag_B);
}

static void find_stalls(lg_work *w, uint32_t domain, const lg_domain_info *info, lg_domain_result *r)
{
   lg_incident i, best = {0}, best_ended = {0};
   for (uint32_t n = 0; n < info->n_incidents; n++) {
      w->src->domain_incident(w->src->self, domain, n, &i);
      if (i.is_open && i.objects == 0 && i.B == 0)
         continue;
      if (i.is_open) {
         r->n_open++;
         if (r->worst == 0 || i.B > best.B || (i.B == best.B && i.objects > best.objects)) {
            r->worst = n + 1;
            best = i;
         }
      } else {
         r->n_ended++;
         if (r->worst_ended == 0 || i.peak_B > best_ended.peak_B ||
             (i.peak_B == best_ended.peak_B && i.peak_objects > best_ended.peak_objects)) {
            r->worst_ended = n + 1;
            best_ended = i;
         }
      }
   }
}

static void find_hints(lg_work *w, uint32_t domain, const lg_domain_info *info, lg_domain_result *r)
{
   lg_reader reader;
   uint64_t oldest = 0;
   for (uint32_t n = 0; n < info->n_readers; n++) {
      w->src->domain_reader(w->src->self, domain, n, &reader);
      if (reader.is_pinned && (r->oldest_pin == 0 || reader.since < oldest)) {
         r->oldest_pin = n + 1;
         oldest = reader.since;
      }
   }
   r->idle_since = UINT64_MAX;
   w->src->domain_points(w->src->self, domain, w->points);
   uint64_t before = 0;
   for (uint32_t i = 0; i < w->n_points; i++) {
      if (w->points[i].advances > before)
         r->idle_since = w->first > i ? w->start_time : w->src->totals[i - w->first].time;
      before = w->points[i].advances;
   }
}

/* ---- findings ---- */

static void begin_finding(lg_work *w, lg_finding *f, lg_finding_kind kind, uint32_t domain, const lg_domain_result *r)
{
   lg_trend trend = r->trend;
   trend.shape = LG_SHAPE_LAG;
   if (trend.verdict != LG_GROWING)
      trend.verdict = LG_INCONCLUSIVE;
   lg_finding_init(f, kind, LG_ABOUT_DOMAIN, &trend);
   lg_finding_of_account(w, f, r->backlog);
   f->domain = domain + 1;
   f->idle_since = r->idle_since;
   f->serial = w->n_serials++;
   if (w->n_lags++ == 0)
      w->lag_serial = f->serial;
}

static void report_lag(lg_work *w, uint32_t domain, const lg_domain_result *r)
{
   lg_finding f;
   lg_account_info info;
   begin_finding(w, &f, LG_FINDING_LAG, domain, r);
   f.is_by_objects = r->is_by_objects;
   f.incident = r->worst;
   f.reader = r->oldest_pin;
   lg_work_series(w, r->backlog, w->one);
   if (r->is_by_objects) {
      count_objects(w->one, w->sum);
      lg_finding_measure(w, &f, w->sum);
      f.change_blk = f.change_B;
      f.change_B = 0;
   } else {
      lg_finding_measure(w, &f, w->one);
   }
   f.judged_B = f.rank_B = r->judged_B;
   f.judged_blk = r->judged_objects;
   f.account = r->retirer;
   w->src->account(w->src->self, r->retirer, &info);
   f.n_frames = info.n_frames;
   lg_finding_insert(w, &f);
}

static void report_stall(lg_work *w, uint32_t domain, const lg_domain_result *r, uint32_t nth)
{
   lg_finding f;
   lg_incident i;
   w->src->domain_incident(w->src->self, domain, nth, &i);
   if (!i.is_open || (i.objects == 0 && i.B == 0))
      return;
   begin_finding(w, &f, LG_FINDING_STALL, domain, r);
   f.incident = nth + 1;
   f.n_frames = 0; /* its stack is the incident's: lg_finding_stack() */
   f.context = i.context != 0 ? i.context : f.context;
   f.begin = i.since;
   f.end = i.until;
   f.judged_B = f.change_B = i.B;
   f.judged_blk = f.change_blk = i.objects;
   f.rank_B = nth + 1 == r->worst && r->judged_B > i.B ? r->judged_B : i.B;
   lg_finding_insert(w, &f);
}

static void judge_domain(lg_work *w, uint32_t domain)
{
   lg_domain_result *r = &w->domains[domain];
   lg_domain_info info;
   if (r->backlog == UINT32_MAX)
      return;
   w->src->domain(w->src->self, domain, &info);
   lg_work_look_at(w, LG_ACCOUNT_RETIRED);
   judge_backlog(w, r);
   find_stalls(w, domain, &info, r);
   find_hints(w, domain, &info, r);
   int is_large = matters(w, r);
   if (r->trend.why == LG_WHY_SHORT && is_large)
      w->out->is_short = 1;
   if (r->trend.verdict == LG_GROWING && !is_large)
      r->trend.verdict =
         LG_BOUNDED; /* what fills up stashes is no backlog yet; as growth of the heap it is judged by itself */
   uint32_t n_before = w->n_lags;
   if (r->trend.verdict == LG_GROWING)
      report_lag(w, domain, r);
   for (uint32_t n = 0; r->n_open > 0 && n < info.n_incidents; n++)
      report_stall(w, domain, r, n);
   if (w->n_lags > n_before)
      w->waiting_objects = lg_sum(w->waiting_objects, r->judged_objects);
   lg_work_look_at(w, LG_ACCOUNT_HEAP);
}

/* ---- accounts of waiting blocks ---- */

static uint32_t hash(const lg_account_info *info)
{
   uint64_t h =
      (uint64_t)(uintptr_t)info->frames * 0x9e3779b97f4a7c15u + info->context * 0xff51afd7ed558ccdu + info->n_frames;
   return (uint32_t)(h >> 32 ^ h >> 15);
}

static int is_same_place(const lg_account_info *a, const lg_account_info *b)
{
   if (a->context != b->context || a->n_frames != b->n_frames)
      return 0;
   for (uint32_t i = 0; i < a->n_frames; i++)
      if (a->frames[i] != b->frames[i])
         return 0;
   return 1;
}

/* The slot of w->table that holds an account of this place, or where it would be. Sources intern stacks, so that equal stacks are at one
 * address; if one does not, the partner is not found and its growth stays growth. */
static uint32_t find_slot(const lg_work *w, const lg_account_info *info)
{
   uint32_t at = hash(info) & (w->table_size - 1);
   lg_account_info other;
   for (; w->table[at] != 0; at = (at + 1) & (w->table_size - 1)) {
      w->src->account(w->src->self, w->table[at] - 1, &other);
      if (is_same_place(info, &other))
         break;
   }
   return at;
}

static int is_allocated_by(const lg_work *w, const lg_account_info *info, const char *const *names)
{
   return info->n_frames > 0 &&
          lg_word_starts_with_any(w->src->fn_name(w->src->self, w->src->frame_fn(w->src->self, info->frames[0])),
                                  names);
}

static const char *const libraries[] = {"crossbeam_epoch::", "<crossbeam_epoch::", "<T as crossbeam_epoch::", NULL};

/* Without a lag only a library's own blocks are looked at: those that wait are no growth of the program's, and come and go with how full
 * the library's bags are. */
static void find_partners(lg_work *w)
{
   lg_account_info info;
   clear_table(w);
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      w->src->account(w->src->self, a, &info);
      if (info.kind == LG_ACCOUNT_WAITING)
         w->table[find_slot(w, &info)] = a + 1;
   }
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      w->src->account(w->src->self, a, &info);
      int may_wait = info.kind == LG_ACCOUNT_HEAP && (w->n_lags > 0 || is_allocated_by(w, &info, libraries));
      w->partner[a] = may_wait ? w->table[find_slot(w, &info)] : 0;
      w->has_partners |= w->partner[a] != 0;
   }
}

/* ---- the analysis ---- */

void lg_lags_judge(lg_work *w)
{
   if (w->src->n_domains == 0)
      return;
   init_domains(w);
   find_accounts(w);
   for (uint32_t d = 0; d < w->src->n_domains; d++)
      judge_domain(w, d);
   find_partners(w);
}

/* Some libraries allocate what they keep waiting objects in, a block for one or more of them. It grows with the backlog and goes with it,
 * but is neither retired nor owned by what is. Names, because nothing else tells these blocks from those of users; registered threads
 * are kept as well, but not because of a backlog. */
static int is_bag(const lg_work *w, uint32_t account, const lg_trend *t)
{
   static const char *const bags[] = {"crossbeam_epoch::internal::", "<crossbeam_epoch::internal::", NULL};
   static const char *const others[] = {"crossbeam_epoch::internal::Local::register",
                                        "<crossbeam_epoch::internal::Local>::register", NULL};
   lg_account_info info;
   w->src->account(w->src->self, account, &info);
   return w->n_lags > 0 && t->grown_blk > 0 && (uint64_t)t->grown_blk / BAGS_PER_OBJECT <= w->waiting_objects &&
          is_allocated_by(w, &info, bags) && !is_allocated_by(w, &info, others);
}

int lg_lag_explains(lg_work *w, uint32_t account, lg_dense *d, lg_trend *t)
{
   lg_trend rest;
   if (t->verdict == LG_BOUNDED)
      return 0;
   int is_kept_by_library = is_bag(w, account, t);
   if (!is_kept_by_library && !lg_lag_subtract(w, account, d))
      return 0;
   if (is_kept_by_library)
      rest.verdict = LG_BOUNDED;
   else
      lg_work_judge(w, d, &rest);
   if (w->n_lags == 0 || rest.verdict == LG_GROWING ||
       (rest.verdict == LG_INCONCLUSIVE && t->verdict == LG_INCONCLUSIVE)) {
      *t = rest;
      return 0;
   }
   w->explained_B = lg_sum(w->explained_B, t->verdict == LG_GROWING ? at_least_0(t->grown_B) : 0);
   t->shape = LG_SHAPE_LAG;
   return 1;
}

void lg_lags_number(lg_work *w)
{
   for (uint32_t i = w->out->n_findings; i-- > 0;) {
      const lg_finding *f = &w->findings[i];
      if (f->domain != 0)
         w->domains[f->domain - 1].finding = i + 1;
   }
   for (uint32_t d = 0; d < w->src->n_domains; d++) {
      w->domains[d].trend.from += w->first;
      w->domains[d].trend.to += w->first;
   }
}
