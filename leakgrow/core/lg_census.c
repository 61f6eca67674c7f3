/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_census: sorts accounts of spans and tasks into groups, judges the groups, then their labels.
 *
 *   accounts ──sort by names──> runs of equal (label, place, stack): groups ──> runs of equal (label, place): labels
 *                                       |                                            |
 *                                 trend of the count                    sum of groups that no finding explains
 *                                       '---> findings: census <---------------------'
 *                                                        and, where events broke the rules, span-discipline
 *
 * The sum of several accounts is judged by its floors alone, as in lg_group: instances of one context that never close would hide
 * the late closes of another. */
#include "lg_retained.h"
#include "lg_scale.h"
#include "lg_work.h"

enum {
   SUM_SHARE = 64, /* a label's sum must gain this part of what it holds, */
   LARGEST_NUM = 3,
   LARGEST_DEN = 4, /* no group may give more than three quarters of it, for that was judged by itself, */
   SPAN_DEN = 2,    /* it must last for half of what was judged, */
   EVEN_DEN = 2,    /* and be even: the lower end of its interval is at least half of it */
   DOUBT_FACTOR = 4 /* an undecided group matters when it gained this many times min_open, and half of what is open */
};

/* What of a label is a mistake of the program. The other counters say that events were missing: calls that no hook saw. */
static const uint8_t is_mistake[LG_N_DISCIPLINES] = {
   [LG_DISCIPLINE_SUSPENDED] = 1, [LG_DISCIPLINE_ORDER] = 1,  [LG_DISCIPLINE_THREAD] = 1,
   [LG_DISCIPLINE_OPEN] = 1,      [LG_DISCIPLINE_NESTED] = 1, [LG_DISCIPLINE_FOREIGN] = 1,
};

/* ---- groups ---- */

/* Negative, 0, positive: which label comes first (M2). */
static int label_compare(const lg_census_row *a, const lg_census_row *b)
{
   int order = lg_text_compare(a->label, b->label);
   if (order == 0)
      order = (int)b->kind - (int)a->kind;
   if (order == 0)
      order = lg_text_compare(a->file, b->file);
   return order != 0 ? order : a->line < b->line ? -1 : a->line > b->line;
}

static int stack_compare(const lg_work *w, const lg_census_row *a, const lg_census_row *b)
{
   for (uint32_t i = 0; i < a->n_frames && i < b->n_frames; i++) {
      int order = lg_frame_compare(w->src, a->frames[i], b->frames[i]);
      if (order != 0)
         return order;
   }
   return a->n_frames < b->n_frames ? -1 : a->n_frames > b->n_frames;
}

static int row_compare(const lg_work *w, uint32_t x, uint32_t y)
{
   const lg_census_row *a = &w->census_rows[x], *b = &w->census_rows[y];
   int order = label_compare(a, b);
   if (order == 0)
      order = stack_compare(w, a, b);
   if (order == 0)
      order = lg_context_compare(w->src, a->context, b->context);
   return order != 0 ? order : x < y ? -1 : x > y;
}

/* Contexts are numbered below what this returns. */
static uint32_t count_contexts(const lg_work *w)
{
   const lg_source *src = w->src;
   uint32_t n = 1;
   for (uint32_t a = 0; a < src->n_accounts; a++) {
      lg_account_info info;
      src->account(src->self, a, &info);
      uint32_t levels = 0;
      for (uint32_t c = info.context; c != 0 && levels < LG_CONTEXT_LEVELS; c = src->context_parent(src->self, c)) {
         n = c >= n ? c + 1 : n;
         levels++;
      }
   }
   return n;
}

static void lay_out(lg_work *w, lg_arena *m)
{
   uint64_t n = w->n_census;
   w->census_rows = lg_arena_take(m, n, sizeof *w->census_rows);
   w->census_spare = lg_arena_take(m, n, sizeof *w->census_spare);
   w->census = lg_arena_take(m, n, sizeof *w->census);
   w->census_accounts = lg_arena_take(m, n, sizeof *w->census_accounts);
   w->census_order = lg_arena_take(m, n, sizeof *w->census_order);
   w->census_order_spare = lg_arena_take(m, n, sizeof *w->census_order_spare);
   w->census_pot = lg_arena_take(m, n, sizeof *w->census_pot);
   w->census_B = lg_arena_take(m, w->n_contexts, sizeof *w->census_B);
   w->census_name = lg_arena_take(m, w->n_contexts, sizeof *w->census_name);
}

static void read_rows(lg_work *w)
{
   const lg_source *src = w->src;
   uint32_t n = 0;
   for (uint32_t a = 0; a < src->n_accounts && n < w->n_census; a++) {
      lg_account_info info;
      lg_census_info place;
      if (!lg_is_census(w->results[a].kind))
         continue;
      src->account(src->self, a, &info);
      src->census(src->self, a, &place);
      w->census_rows[n++] = (lg_census_row){.kind = info.kind,
                                            .account = a,
                                            .context = info.context,
                                            .n_frames = info.n_frames,
                                            .frames = info.frames,
                                            .label = src->context_label(src->self, info.context),
                                            .file = place.file,
                                            .line = place.line};
   }
}

static void sort_rows(lg_work *w)
{
   lg_census_row *rows = w->census_rows;
   for (uint32_t i = 0; i < w->n_census; i++)
      w->census_order[i] = i;
   lg_sort(w, w->census_order, w->census_order_spare, w->n_census, row_compare);
   for (uint32_t i = 0; i < w->n_census; i++)
      w->census_spare[i] = rows[w->census_order[i]];
   w->census_rows = w->census_spare;
   w->census_spare = rows;
}

static void add_misuse(uint64_t *sum, const uint64_t *v)
{
   for (int d = 0; d < LG_N_DISCIPLINES; d++)
      sum[d] = lg_sum(sum[d], v[d]);
}

/* Makes groups of equal neighbours and notes what needs no judging. */
static void form_groups(lg_work *w)
{
   uint32_t n = 0;
   for (uint32_t i = 0; i < w->n_census; i++) {
      const lg_census_row *row = &w->census_rows[i];
      int is_new = i == 0 || label_compare(&row[-1], row) != 0 || stack_compare(w, &row[-1], row) != 0;
      if (is_new) {
         static const lg_census_group nothing = {0};
         w->census[n] = nothing;
         w->census[n].kind = row->kind;
         w->census[n].account = row->account;
         w->census[n++].first = i;
      }
      lg_census_group *g = &w->census[n - 1];
      lg_account_info info;
      lg_census_info use;
      w->src->account(w->src->self, row->account, &info);
      w->src->census(w->src->self, row->account, &use);
      g->n_accounts++;
      g->open = lg_sum(g->open, info.live_blk);
      g->opened = lg_sum(g->opened, info.total_blk);
      add_misuse(g->misuse, use.misuse);
      w->census_accounts[i] = row->account;
   }
   for (uint32_t i = 0; i < n; i++)
      w->census[i].closed = lg_excess(w->census[i].opened, w->census[i].open);
   w->out->n_census = n;
}

/* ---- counts ---- */

/* An account as instances: B becomes blocks (M1). */
static void count_series(const lg_work *w, uint32_t account, lg_dense *d)
{
   lg_work_series(w, account, d);
   for (uint32_t i = 0; i < d->n; i++) {
      d->min_B[i] = d->min_blk[i];
      d->max_B[i] = d->max_blk[i];
      d->end_B[i] = d->end_blk[i];
      d->births_B[i] = d->births[i];
      d->surv_B[i] = d->surv_blk[i];
   }
}

/* Both at most LG_VALUE_MAX. */
static void add_to(int64_t *sum, const int64_t *v, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      sum[i] = sum[i] > LG_VALUE_MAX - v[i] ? LG_VALUE_MAX : sum[i] + v[i];
}

/* The sum of the accounts of rows [first, first + n): floors are lower bounds; no survivors, no ages. */
static void begin_sum(const lg_work *w)
{
   lg_series_expand(NULL, 0, w->n_judged + 1, w->sum);
   for (int k = 0; k < LG_AGES; k++)
      w->sum->died_at_age[k] = 0;
}

static void add_rows(const lg_work *w, uint32_t first, uint32_t n)
{
   lg_dense *sum = w->sum, *d = w->one;
   for (uint32_t i = first; i < first + n; i++) {
      count_series(w, w->census_accounts[i], d);
      uint32_t n_both = d->n < sum->n ? d->n : sum->n;
      add_to(sum->min_B, d->min_B, n_both);
      add_to(sum->max_B, d->max_B, n_both);
      add_to(sum->end_B, d->end_B, n_both);
      add_to(sum->end_blk, d->end_B, n_both);
      add_to(sum->births, d->births, n_both);
      add_to(sum->deaths, d->deaths, n_both);
   }
}

/* When the oldest of the open instances was opened, at the latest; the series' last judged interval is `last`. */
static void note_oldest(const lg_work *w, lg_census_group *g, const lg_dense *d)
{
   uint32_t last = w->n_judged - 1, i = 0;
   while (i < last && d->surv_blk[i] <= 0)
      i++;
   uint64_t age = lg_excess(w->src->totals[last].time, w->src->totals[i].time);
   if (d->end_blk[last] > 0 && d->surv_blk[i] > 0 && age > g->oldest_age)
      g->oldest_age = age;
}

static int has_grown(const lg_work *w, const lg_trend *t)
{
   return t->verdict == LG_GROWING && t->grown_B > 0 && (uint64_t)t->grown_B >= w->params.min_open;
}

static void measure_slopes(const lg_work *w, lg_census_group *g)
{
   const lg_total *totals = w->src->totals;
   const lg_trend *t = &g->trend;
   if (t->verdict != LG_GROWING || t->from >= t->to || t->to >= w->n_judged)
      return;
   lg_slopes_measure(w->src, t->grown_B, t->grown_lo_B, t->grown_hi_B,
                     lg_excess(totals[t->to].time, totals[t->from].time),
                     lg_excess(totals[t->to].ticks, totals[t->from].ticks), &g->per_s, &g->per_tick, &g->per_unit);
}

/* Judges a group. Of several accounts the sum is asked first; growth of one of them alone is the group's, too. */
static void judge_group(lg_work *w, lg_census_group *g)
{
   uint32_t last = w->n_judged > 0 ? w->n_judged - 1 : 0;
   for (uint32_t i = g->first; i < g->first + g->n_accounts; i++) {
      lg_trend one;
      count_series(w, w->census_accounts[i], w->one);
      if (w->n_judged > 0 && w->one->n > last) {
         g->held = lg_sum(g->held, (uint64_t)w->one->end_blk[last]);
         note_oldest(w, g, w->one);
      }
      lg_work_judge(w, w->one, &one);
      if (i == g->first || (one.verdict == LG_GROWING && one.grown_B > g->trend.grown_B) ||
          (one.verdict == LG_INCONCLUSIVE && g->trend.verdict == LG_BOUNDED))
         g->trend = one;
   }
   if (w->n_judged == 0)
      g->held = g->open;
   if (g->n_accounts < 2)
      return;
   lg_trend all;
   begin_sum(w);
   add_rows(w, g->first, g->n_accounts);
   lg_work_judge(w, w->sum, &all);
   if (has_grown(w, &all) && all.grown_B > g->trend.grown_B)
      g->trend = all;
}

/* ---- findings ---- */

static void init_finding(const lg_work *w, lg_finding *f, lg_finding_kind kind, lg_about about,
                         const lg_census_group *g, const lg_trend *t)
{
   lg_finding_init(f, kind, about, t);
   lg_finding_of_account(w, f, g->account);
   f->group = (uint32_t)(g - w->census);
   f->instances = g->kind;
   f->n_groups = 1;
   f->live_B = 0;
   f->live_blk = 0;
}

static void add_group(lg_finding *f, const lg_census_group *g)
{
   f->live_B = lg_sum(f->live_B, g->retained_B);
   f->live_blk = lg_sum(f->live_blk, g->open);
   f->judged_blk = lg_sum(f->judged_blk, g->held);
   f->opened = lg_sum(f->opened, g->opened);
   if (g->oldest_age > f->oldest_age)
      f->oldest_age = g->oldest_age;
   add_misuse(f->misuse, g->misuse);
}

/* Window, evidence and rates of a finding about instances; `d` is the series its trend is of. */
static void measure(const lg_work *w, lg_finding *f, const lg_dense *d)
{
   uint64_t held = f->judged_blk;
   lg_finding_measure(w, f, d);
   f->judged_blk = held;
   f->change_blk = f->change_B; /* M1 */
   f->change_B = 0;
   f->judged_B = f->live_B;
   f->until_double = f->until_limit = UINT64_MAX;
}

/* What the accounts of a finding have in common besides the label and, for one group, the stack. */
static void narrow_context(const lg_work *w, lg_finding *f, uint32_t first, uint32_t n)
{
   for (uint32_t i = first; i < first + n; i++)
      if (w->census_rows[i].context != f->context)
         f->context = 0;
}

static void report_group(lg_work *w, lg_census_group *g)
{
   lg_finding f;
   init_finding(w, &f, LG_FINDING_CENSUS, g->n_accounts > 1 ? LG_ABOUT_STACK : LG_ABOUT_ACCOUNT, g, &g->trend);
   add_group(&f, g);
   f.n_accounts = g->n_accounts;
   narrow_context(w, &f, g->first, g->n_accounts);
   if (g->n_accounts == 1) {
      count_series(w, g->account, w->one);
      measure(w, &f, w->one);
   } else {
      begin_sum(w);
      add_rows(w, g->first, g->n_accounts);
      measure(w, &f, w->sum);
   }
   g->finding = LG_IN_GROUP;
   lg_finding_insert(w, &f);
}

/* The groups [first, first + n) of one label, as one: those that no finding explains. */
typedef struct {
   lg_trend trend;
   uint32_t largest, n; /* the group that gave most; how many have a part */
   int64_t gain, largest_gain;
} label_sum;

static void judge_label(lg_work *w, uint32_t first, uint32_t n, int is_rest_only, label_sum *s)
{
   static const label_sum nothing = {.largest_gain = -1};
   *s = nothing;
   s->largest = first;
   begin_sum(w);
   for (uint32_t i = first; i < first + n; i++) {
      const lg_census_group *g = &w->census[i];
      if (is_rest_only && g->finding != 0)
         continue;
      add_rows(w, g->first, g->n_accounts);
      s->n++;
   }
   lg_work_judge(w, w->sum, &s->trend);
   for (uint32_t i = first; i < first + n; i++) {
      const lg_census_group *g = &w->census[i];
      if (is_rest_only && g->finding != 0)
         continue;
      int64_t gain = 0;
      for (uint32_t k = g->first; k < g->first + g->n_accounts; k++) {
         count_series(w, w->census_accounts[k], w->one);
         gain += lg_retained_gain(w->one->min_B, w->n_judged, s->trend.from, s->trend.to);
      }
      s->gain += gain;
      if (gain > s->largest_gain) {
         s->largest_gain = gain;
         s->largest = i;
      }
   }
}

/* Sums of bounded groups make false alarms of their own: they must show more (lg_group.h). */
static int is_believed(const lg_work *w, const label_sum *s)
{
   const lg_trend *t = &s->trend;
   int64_t held = w->n_judged > 0 ? w->sum->end_B[w->n_judged - 1] : 0;
   return has_grown(w, t) && s->n >= 2 && t->grown_lo_B >= t->grown_B / EVEN_DEN && t->grown_B >= held / SUM_SHARE &&
          (t->to - t->from) * SPAN_DEN >= w->n_judged && s->largest_gain / LARGEST_NUM < s->gain / LARGEST_DEN;
}

static void report_label(lg_work *w, uint32_t first, uint32_t n, const label_sum *s)
{
   lg_finding f;
   init_finding(w, &f, LG_FINDING_CENSUS, LG_ABOUT_LABEL, &w->census[s->largest], &s->trend);
   f.n_groups = s->n;
   f.n_accounts = 0;
   for (uint32_t i = first; i < first + n; i++) {
      lg_census_group *g = &w->census[i];
      if (g->finding != 0)
         continue;
      add_group(&f, g);
      f.n_accounts += g->n_accounts;
      narrow_context(w, &f, g->first, g->n_accounts);
      g->finding = LG_IN_GROUP;
   }
   measure(w, &f, w->sum); /* judge_label() left it there */
   lg_finding_insert(w, &f);
}

static uint64_t mistakes_in(const uint64_t *misuse)
{
   uint64_t n = 0;
   for (int d = 0; d < LG_N_DISCIPLINES; d++)
      n = lg_sum(n, is_mistake[d] ? misuse[d] : 0);
   return n;
}

static int is_same_label(const lg_work *w, uint32_t a, uint32_t b)
{
   return label_compare(&w->census_rows[w->census[a].first], &w->census_rows[w->census[b].first]) == 0;
}

/* Groups from `first` on that have its label. */
static uint32_t label_length(const lg_work *w, uint32_t first)
{
   uint32_t n = 1;
   while (first + n < w->out->n_census && is_same_label(w, first, first + n))
      n++;
   return n;
}

/* A label whose spans were used against the rules. `foreign` are spans of other labels that became children across tasks because this
 * one was left entered: said here instead of as findings of their own. */
static void report_discipline(lg_work *w, uint32_t first, uint32_t n, const uint64_t *misuse, uint64_t foreign)
{
   label_sum s;
   lg_finding f;
   lg_work_look_at(w, w->census[first].kind);
   judge_label(w, first, n, /*is_rest_only*/ 0, &s);
   if (n == 1)
      s.trend = w->census[first].trend;
   init_finding(w, &f, LG_FINDING_DISCIPLINE, LG_ABOUT_LABEL, &w->census[s.largest], &s.trend);
   f.n_groups = n;
   f.n_accounts = 0;
   for (uint32_t i = first; i < first + n; i++) {
      add_group(&f, &w->census[i]);
      f.n_accounts += w->census[i].n_accounts;
      narrow_context(w, &f, w->census[i].first, w->census[i].n_accounts);
   }
   if (!has_grown(w, &f.trend) && f.trend.verdict == LG_GROWING)
      f.trend.verdict = LG_BOUNDED;
   if (n == 1 && w->census[first].n_accounts == 1)
      count_series(w, w->census[first].account, w->sum);
   measure(w, &f, w->sum);
   f.foreign = foreign;
   if (f.trend.verdict != LG_GROWING)
      f.rank_B = mistakes_in(misuse);
   w->out->n_misused++;
   lg_finding_insert(w, &f);
}

/* Whose guard held across await is behind children of other tasks: the label with most of them. UINT32_MAX: none. */
static uint32_t find_culprit(const lg_work *w, uint64_t *foreign)
{
   uint32_t culprit = UINT32_MAX;
   uint64_t most = 0;
   *foreign = 0;
   for (uint32_t first = 0, n; first < w->out->n_census; first += n) {
      uint64_t misuse[LG_N_DISCIPLINES] = {0};
      n = label_length(w, first);
      for (uint32_t i = first; i < first + n; i++)
         add_misuse(misuse, w->census[i].misuse);
      if (misuse[LG_DISCIPLINE_SUSPENDED] > most) {
         most = misuse[LG_DISCIPLINE_SUSPENDED];
         culprit = first;
      }
      if (mistakes_in(misuse) == misuse[LG_DISCIPLINE_FOREIGN])
         *foreign = lg_sum(*foreign, misuse[LG_DISCIPLINE_FOREIGN]);
   }
   return culprit;
}

static void report_disciplines(lg_work *w)
{
   uint64_t foreign;
   uint32_t culprit = find_culprit(w, &foreign);
   for (uint32_t first = 0, n; first < w->out->n_census; first += n) {
      uint64_t misuse[LG_N_DISCIPLINES] = {0};
      n = label_length(w, first);
      for (uint32_t i = first; i < first + n; i++)
         add_misuse(misuse, w->census[i].misuse);
      uint64_t mistakes = mistakes_in(misuse);
      int is_consequence = culprit != UINT32_MAX && mistakes == misuse[LG_DISCIPLINE_FOREIGN];
      if (mistakes > 0 && !is_consequence)
         report_discipline(w, first, n, misuse, first == culprit ? foreign : 0);
   }
}

/* Undecided groups that would matter if they grew, as undecided accounts are reported. */
static void report_undecided(lg_work *w, lg_census_group *g)
{
   lg_trend *t = &g->trend;
   if (t->verdict != LG_INCONCLUSIVE || t->warming_up || w->n_judged < LG_JUDGED_MIN)
      return;
   if (t->from >= t->to || t->grown_B <= 0) {
      count_series(w, g->account, w->one);
      t->from = 0;
      t->to = w->n_judged - 1;
      t->grown_B = t->grown_hi_B = lg_retained_gain(w->one->min_B, w->n_judged, 0, t->to);
      t->grown_lo_B = 0;
   }
   uint64_t grown = t->grown_B > 0 ? (uint64_t)t->grown_B : 0;
   if (t->why == LG_WHY_SHORT && grown >= w->params.min_open)
      w->out->is_short = 1;
   if (grown >= DOUBT_FACTOR * (uint64_t)w->params.min_open && grown >= g->held / 2)
      report_group(w, g);
}

int lg_census_judge(lg_work *w)
{
   uint32_t n_groups;
   w->n_census = w->n_of_kind[LG_ACCOUNT_SPAN] + w->n_of_kind[LG_ACCOUNT_TASK];
   if (w->n_census == 0)
      return 1;
   w->n_contexts = count_contexts(w);
   if (!lg_work_get(w, lay_out))
      return 0;
   read_rows(w);
   sort_rows(w);
   form_groups(w);
   n_groups = w->out->n_census;
   for (uint32_t i = 0; i < n_groups; i++) {
      lg_work_look_at(w, w->census[i].kind);
      judge_group(w, &w->census[i]);
   }
   lg_census_weigh(w);
   for (uint32_t i = 0; i < n_groups; i++) {
      lg_census_group *g = &w->census[i];
      lg_work_look_at(w, g->kind);
      measure_slopes(w, g);
      if (has_grown(w, &g->trend))
         report_group(w, g);
      else
         report_undecided(w, g);
   }
   for (uint32_t first = 0, n; first < n_groups; first += n) {
      label_sum s;
      n = label_length(w, first);
      lg_work_look_at(w, w->census[first].kind);
      if (n < 2)
         continue;
      judge_label(w, first, n, /*is_rest_only*/ 1, &s);
      if (is_believed(w, &s))
         report_label(w, first, n, &s);
   }
   report_disciplines(w);
   lg_work_look_at(w, LG_ACCOUNT_HEAP);
   return 1;
}

void lg_census_number(lg_work *w)
{
   lg_analysis *out = w->out;
   for (uint32_t i = 0; i < out->n_findings; i++) {
      const lg_finding *f = &w->findings[i];
      if (f->kind == LG_FINDING_CENSUS && f->about != LG_ABOUT_LABEL)
         w->census[f->group].finding = i + 1;
   }
   for (uint32_t i = 0; i < out->n_findings; i++) {
      const lg_finding *f = &w->findings[i];
      if (f->kind != LG_FINDING_CENSUS || f->about != LG_ABOUT_LABEL)
         continue;
      uint32_t first = f->group;
      while (first > 0 && is_same_label(w, first - 1, first))
         first--;
      for (uint32_t g = first; g == first || (g < out->n_census && is_same_label(w, g - 1, g)); g++)
         if (w->census[g].finding == LG_IN_GROUP)
            w->census[g].finding = i + 1;
   }
   for (uint32_t g = 0; g < out->n_census; g++)
      if (w->census[g].finding == LG_IN_GROUP)
         w->census[g].finding = 0; /* its finding was left out */
}
