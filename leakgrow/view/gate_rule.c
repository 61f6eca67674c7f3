/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule measures is the larger one of what was found place by place and of what the sum of its places does. */
#include "gate_domain.h"
#include "gate_judge.h"

#include "lg_scale.h"

#include <string.h>

/* What a rule measures. */
typedef struct {
   lg_gate_sum sum;
   lg_rates found; /* of its growing findings together */
   uint64_t found_B;
   lg_rates undecided; /* of its undecided ones */
   uint64_t undecided_B;
   uint32_t n_accounts;
} measured;

static int64_t plus(int64_t a, int64_t b)
{
   return a <= INT64_MAX - b ? a + b : INT64_MAX;
}

static void add_slope(lg_slope *to, const lg_slope *s)
{
   if (!s->is_known || s->lo_mB < 0)
      return;
   to->is_known = 1;
   to->mB = plus(to->mB, s->mB);
   to->lo_mB = plus(to->lo_mB, s->lo_mB);
   to->hi_mB = plus(to->hi_mB, s->hi_mB);
}

static void add_rates(lg_rates *to, const lg_rates *r)
{
   add_slope(&to->per_s, &r->per_s);
   add_slope(&to->per_tick, &r->per_tick);
}

static void measure_rule(judge *j, const budget_rule *rule, measured *m)
{
   const lg_analysis *a = &j->r->analysis;
   uint32_t n = 0;
   memset(m, 0, sizeof *m);
   m->found.unit = m->undecided.unit = j->r->src.unit;
   m->found.is_count = budget_is_counted(&rule->subject);
   gate_mark_functions(j, &rule->subject);
   for (uint32_t i = 1; i < j->r->p->n_accounts; i++)
      if (gate_has_account(j, &rule->subject, i))
         j->accounts[n++] = i - 1;
   for (uint32_t i = 0; i < a->n_findings; i++) {
      const lg_finding *f = &a->findings[i];
      if (f->kind == LG_FINDING_DISCIPLINE || !gate_is_judged(f) || j->excuse[i] == EXCUSED_BY_DATE ||
          !gate_has_finding(j, &rule->subject, f))
         continue;
      int is_growing = f->trend.verdict == LG_GROWING;
      lg_rates rates = {.per_s = f->per_s, .per_tick = f->per_tick};
      add_rates(is_growing ? &m->found : &m->undecided, &rates);
      uint64_t *sum_B = is_growing ? &m->found_B : &m->undecided_B;
      *sum_B = lg_sum(*sum_B, f->rank_B);
      m->n_accounts++; /* a finding's function exists even if only mappings have it */
   }
   for (size_t i = 0; i < j->n_waves; i++)
      if (gate_has_account(j, &rule->subject, j->waves[i].account + 1))
         add_rates(&m->undecided, &j->waves[i].rates);
   m->n_accounts += n;
   if (rule->measure == MEASURE_GROWTH)
      gate_exclude_suppressed(j, &n);
   lg_gate_measure(&j->r->src, a, j->accounts, n, &j->scratch[0], &j->scratch[1], &m->sum);
}

/* The larger one of what was found place by place and what the sum does. */
static void judge_rate(judge *j, const budget_rule *rule, const measured *m, lg_text *t, lg_gate_result *result)
{
   lg_axis axis = rule->per == PER_TICK ? LG_AXIS_TICK : LG_AXIS_SECOND;
   const lg_analysis *a = &j->r->analysis;
   uint32_t last = a->first_judged + a->n_judged;
   int has_axis = rule->per == PER_TICK ? last > 0 && j->r->src.totals[last - 1].ticks > 0 : j->r->src.unit == 'm';
   if (!has_axis) {
      *result = LG_GATE_INCONCLUSIVE;
      lg_word_no_axis(t, axis);
      return;
   }
   const lg_slope none = {1, 0, 0, 0};
   lg_rates rates = m->found;
   lg_slope *rate = rule->per == PER_TICK ? &rates.per_tick : &rates.per_s;
   const lg_slope *sum = rule->per == PER_TICK ? &m->sum.rates.per_tick : &m->sum.rates.per_s;
   const lg_slope *more = rule->per == PER_TICK ? &m->undecided.per_tick : &m->undecided.per_s;
   int is_unmeasured = !rate->is_known && m->found_B > 0; /* it grows, but not while ticks came */
   if (!rate->is_known)
      *rate = none;
   if (m->sum.trend.verdict == LG_GROWING && sum->is_known && sum->mB > rate->mB)
      *rate = *sum;
   if (more->is_known)
      rate->hi_mB = plus(rate->hi_mB, more->hi_mB);
   *result = is_unmeasured ? LG_GATE_INCONCLUSIVE : lg_gate_rate(rate, rule->limit_mB);
   if (is_unmeasured)
      lg_word_no_axis(t, axis);
   else
      lg_word_rate_result(t, *result, &rates, axis, rule->limit_mB);
}

/* What of the subject is open before teardown. */
static uint64_t open_of(const judge *j, const budget_subject *s)
{
   const lg_analysis *a = &j->r->analysis;
   uint64_t open = 0;
   for (uint32_t g = 0; g < a->n_census; g++)
      if (gate_has_account(j, s, a->census[g].account + 1))
         open = lg_sum(open, a->census[g].held);
   return open;
}

static void judge_amount(judge *j, const budget_rule *rule, const measured *m, lg_text *t, lg_gate_result *result)
{
   const report *r = j->r;
   uint64_t lo = 0, hi = 0, limit_B = (uint64_t)rule->limit_mB / 1000;
   if (rule->measure == MEASURE_GROWTH) {
      lo = m->found_B > m->sum.grown_B ? m->found_B : m->sum.grown_B;
      hi = lg_sum(lo, m->undecided_B);
   } else if (rule->measure == MEASURE_PEAK) {
      int is_exact = rule->subject.kind == SUBJECT_TOTAL && r->p->now.has_peak;
      lo = is_exact ? r->p->now.peak_B : m->sum.peak_lo_B;
      hi = is_exact ? r->p->now.peak_B : m->sum.peak_hi_B;
   } else if (rule->measure == MEASURE_OPEN) {
      lo = hi = open_of(j, &rule->subject);
   } else {
      lo = hi = r->analysis.n_judged > 0 ? m->sum.judged_B : m->sum.live_B;
   }
   *result = lg_gate_amount(lo, hi, limit_B);
   if (budget_is_counted(&rule->subject))
      lg_word_count_result(t, *result, lo, hi, limit_B);
   else
      lg_word_amount_result(t, *result, lo, hi, limit_B);
}

static void judge_rule(judge *j, budget_rule *rule)
{
   measured m;
   sentence s, name;
   lg_gate_result result;
   if (rule->subject.kind == SUBJECT_DOMAIN) {
      sentence_begin(&s);
      if (gate_domain_rule(j->r, rule, &s.t, &result) == 0)
         return; /* gate_finish() says it, if no other profile has it */
      rule->is_seen = 1;
      gate_name_line(&name, "budget", rule->line, rule->text);
      gate_add_item(j->list, result, name.data, s.data);
      return;
   }
   measure_rule(j, rule, &m);
   if (m.n_accounts == 0 && rule->subject.name != NULL)
      return; /* gate_finish() says it, if no other profile has it */
   rule->is_seen = 1;
   sentence_begin(&s);
   if (rule->per == PER_RUN)
      judge_amount(j, rule, &m, &s.t, &result);
   else
      judge_rate(j, rule, &m, &s.t, &result);
   gate_name_line(&name, "budget", rule->line, rule->text);
   gate_add_item(j->list, result, name.data, s.data);
}

void gate_judge_rules(judge *j)
{
   for (size_t i = 0; j->terms->budget != NULL && i < j->terms->budget->n_rules; i++)
      judge_rule(j, &j->terms->budget->rules[i]);
}
