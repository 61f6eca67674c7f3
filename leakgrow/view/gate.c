/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subjects of rules are sets of accounts. A finding belongs to a function when the function is among the frames that the finding
 * names: for a sum, those are the frames which all of its accounts share. */
#include "gate.h"

#include "gate_domain.h"

#include "lg_scale.h"
#include "mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
   const gate_terms *terms;
   const report *r;
   ledger *l;
   gate_list *list;
   uint8_t *excuse; /* [n_findings] EXCUSED_ */
   lg_dense *scratch;
   uint32_t *accounts;               /* [n_accounts] */
   char **normal, **plain;           /* [n functions]: names in their normal form, and that without parameters */
   uint8_t *fn_hit;                  /* [n functions] those of the subject looked at */
   budget_suppression **suppression; /* [n_findings] which one speaks of it */
   const budget_rule **rate_rule;    /* [n_findings] the first rule for a rate that does */
} judge;

enum { EXCUSED_NOT, EXCUSED_BY_DATE, EXCUSED_BY_BASELINE };

/* ---- items ---- */

static gate_item *add_item(gate_list *list, lg_gate_result result, const char *name, const char *text)
{
   list->items = mem_grow(list->items, &list->cap, list->n + 1, sizeof *list->items);
   gate_item *item = &list->items[list->n++];
   *item =
      (gate_item){.result = result, .name = mem_string(name, strlen(name)), .text = mem_string(text, strlen(text))};
   if (result > list->result)
      list->result = result;
   return item;
}

static void add_note(gate_list *list, const char *name, const char *text)
{
   add_item(list, LG_GATE_PASS, name, text)->is_note = 1;
}

/* A sentence under construction. */
typedef struct {
   lg_text t;
   char data[2 * LG_SENTENCE_MAX];
} sentence;

static void sentence_begin(sentence *s)
{
   lg_text_init(&s->t, s->data, sizeof s->data);
}

/* "budget line 3: total growth <= 0" */
static void name_line(sentence *s, const char *what, unsigned line, const char *text)
{
   sentence_begin(s);
   lg_word_text(&s->t, what);
   lg_word_text(&s->t, " line ");
   lg_word_count(&s->t, line);
   lg_word_text(&s->t, ": ");
   lg_word_text(&s->t, text);
}

/* ---- subjects ---- */

static int context_is_in(const report *r, uint32_t context, const char *pattern)
{
   for (uint32_t c = context; c != 0; c = r->p->contexts[c].parent) {
      char path[LG_SENTENCE_MAX];
      lg_text t;
      lg_text_init(&t, path, sizeof path);
      lg_word_context(&t, &r->src, c);
      if (symbol_matches(pattern, r->p->contexts[c].label) || symbol_matches(pattern, path))
         return 1;
   }
   return 0;
}

/* Marks the functions that a subject names: as the compiler wrote them, in their normal form, or without parameters. */
static void mark_functions(judge *j, const budget_subject *s)
{
   const profile *p = j->r->p;
   memset(j->fn_hit, 0, p->fns.n);
   for (size_t f = 0; s->kind == SUBJECT_FUNCTION && f < p->fns.n; f++)
      j->fn_hit[f] = (uint8_t)(symbol_matches(s->name, p->fns.name[f]) || symbol_matches(s->name, j->normal[f]) ||
                               symbol_matches(s->name, j->plain[f]));
}

static int stack_is_hit(const judge *j, const uint32_t *frames, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      if (j->fn_hit[j->r->p->frames[frames[i]].fn])
         return 1;
   return 0;
}

/* Is a profile account part of the subject? mark_functions() was called for it. */
static int has_account(const judge *j, const budget_subject *s, uint32_t a)
{
   const account *acc = &j->r->p->accounts[a];
   const stack *st = &j->r->p->stacks[acc->stack];
   switch (s->kind) {
   case SUBJECT_TOTAL:
      return acc->kind == LG_ACCOUNT_HEAP;
   case SUBJECT_MAPPED:
      return acc->kind == LG_ACCOUNT_MAPPING;
   case SUBJECT_FUNCTION:
      return acc->kind == LG_ACCOUNT_HEAP && stack_is_hit(j, st->frames, st->n);
   case SUBJECT_SPAN:
      return acc->kind == LG_ACCOUNT_SPAN && symbol_matches(s->name, j->r->p->contexts[acc->context].label);
   case SUBJECT_TASK:
      return acc->kind == LG_ACCOUNT_TASK && symbol_matches(s->name, j->r->p->contexts[acc->context].label);
   case SUBJECT_DOMAIN:
      return 0; /* gate_domain.h measures them */
   case SUBJECT_CONTEXT:
      break;
   }
   return acc->kind == LG_ACCOUNT_HEAP && context_is_in(j->r, acc->context, s->name);
}

/* Is it growth, of bytes or of open instances, what is retired and not freed, or use of spans against the rules: something that must
 * not pass by itself? */
static int is_judged(const lg_finding *f)
{
   return f->kind == LG_FINDING_GROWTH || f->instances != LG_ACCOUNT_HEAP || f->domain != 0;
}

/* Is a finding as a whole part of the subject? */
static int has_finding(const judge *j, const budget_subject *s, const lg_finding *f)
{
   const profile *p = j->r->p;
   if (s->kind == SUBJECT_DOMAIN || f->domain != 0)
      return s->kind == SUBJECT_DOMAIN && f->domain != 0 && gate_domain_matches(j->r, f->domain - 1, s->name);
   if (budget_is_counted(s) || f->instances != LG_ACCOUNT_HEAP)
      return budget_is_counted(s) && f->instances != LG_ACCOUNT_HEAP && has_account(j, s, f->account + 1);
   const stack *st = &p->stacks[p->accounts[f->account + 1].stack];
   switch (s->kind) {
   case SUBJECT_TOTAL:
      return f->about != LG_ABOUT_MAPPING;
   case SUBJECT_MAPPED:
      return f->about == LG_ABOUT_MAPPING;
   case SUBJECT_FUNCTION:
      return f->about != LG_ABOUT_TOTAL && f->about != LG_ABOUT_CONTEXT &&
             stack_is_hit(j, st->frames + f->first_frame, f->n_frames);
   case SUBJECT_SPAN:
   case SUBJECT_TASK:
   case SUBJECT_DOMAIN:
   case SUBJECT_CONTEXT:
      break;
   }
   return f->about != LG_ABOUT_TOTAL && context_is_in(j->r, f->context, s->name);
}

/* ---- evidence ---- */

static lg_end end_of(const report *r)
{
   if (r->read.status == READ_DAMAGED)
      return LG_END_DAMAGED;
   switch (r->p->now.end) {
   case END_EXIT:
   case END_EXEC:
      return LG_END_EXIT;
   case END_SIGNAL:
      return LG_END_SIGNAL;
   case END_RUNNING:
      break;
   }
   return r->read.status == READ_TORN ? LG_END_TORN : LG_END_OPEN;
}

static int is_blind(const profile *p)
{
   for (uint32_t i = 0; i < p->now.n_counters; i++)
      if (strcmp(p->now.counters[i].name, "not-preloaded") == 0 && p->now.counters[i].value != 0)
         return 1;
   return 0;
}

/* What all heap accounts hold before teardown. */
static uint64_t held_B(const report *r)
{
   uint64_t sum = 0;
   for (uint32_t i = 0; i < r->n_order; i++)
      if (r->p->accounts[r->order[i]].kind == LG_ACCOUNT_HEAP)
         sum = lg_sum(sum, r->sums[r->order[i]].held_B);
   return sum;
}

static void judge_evidence(judge *j)
{
   const report *r = j->r;
   const budget *b = j->terms->budget;
   lg_gate_run run = {.end = end_of(r),
                      .signal = r->p->now.end_code,
                      .is_truncated_fine = j->terms->allow_truncated,
                      .is_idle_fine = j->terms->allow_idle,
                      .merged_B = report_merged_B(r),
                      .held_B = held_B(r),
                      .is_blind = is_blind(r->p)};
   if (b != NULL) {
      run.need_time = b->need_ms;
      run.need_intervals = b->need_intervals;
      run.need_ticks = b->need_ticks;
   }
   sentence remark;
   sentence_begin(&remark);
   if (lg_gate_remark(&remark.t, &run))
      add_note(j->list, "end", remark.data);
   for (uint32_t i = 0;; i++) {
      sentence s;
      sentence_begin(&s);
      if (!lg_gate_doubt(&s.t, &r->src, &r->analysis, &run, i)) {
         if (i == 0)
            lg_word_statement(&s.t, &r->src, &r->analysis, 0);
         if (i == 0)
            add_note(j->list, "evidence", s.data);
         return;
      }
      add_item(j->list, LG_GATE_INCONCLUSIVE, "evidence", s.data);
   }
}

/* ---- findings ---- */

static int is_expired(const judge *j, const budget_suppression *s)
{
   return strcmp(j->terms->today, s->until) > 0;
}

/* Of several suppressions one that has not expired counts; of several rules the first. */
static void find_excuses(judge *j)
{
   budget *b = j->terms->budget;
   const lg_analysis *a = &j->r->analysis;
   for (size_t i = 0; b != NULL && i < b->n_suppressions; i++) {
      budget_suppression *s = &b->suppressions[i];
      mark_functions(j, &s->subject);
      for (uint32_t n = 0; n < a->n_findings; n++) {
         if (!is_judged(&a->findings[n]) || !has_finding(j, &s->subject, &a->findings[n]))
            continue;
         s->is_used = 1;
         if (j->suppression[n] == NULL || is_expired(j, j->suppression[n]))
            j->suppression[n] = s;
      }
   }
   for (size_t i = 0; b != NULL && i < b->n_rules; i++) {
      const budget_rule *rule = &b->rules[i];
      if (rule->measure != MEASURE_GROWTH || rule->per == PER_RUN)
         continue; /* lg_gate.h, G4 */
      mark_functions(j, &rule->subject);
      for (uint32_t n = 0; n < a->n_findings; n++)
         if (j->rate_rule[n] == NULL && a->findings[n].kind != LG_FINDING_DISCIPLINE &&
             has_finding(j, &rule->subject, &a->findings[n]))
            j->rate_rule[n] = rule;
   }
}

/* Adds the finding's item; `lead` says what else there is to know and ends with ": ". */
static void add_finding(judge *j, const lg_finding *f, lg_gate_result result, int is_note, const char *lead)
{
   sentence s, name;
   sentence_begin(&s);
   lg_word_text(&s.t, lead);
   lg_word_finding(&s.t, &j->r->src, f);
   sentence_begin(&name);
   lg_word_title(&name.t, &j->r->src, f);
   gate_item *item = add_item(j->list, result, name.data, s.data);
   item->is_growth = 1;
   item->is_note = is_note;
}

/* Compared with the baseline: returns 1 when that decided. A finding that is undecided now is not in question here. */
static int judge_by_baseline(judge *j, uint32_t n)
{
   const lg_finding *f = &j->r->analysis.findings[n];
   int is_misuse = f->kind == LG_FINDING_DISCIPLINE;
   if (f->kind == LG_FINDING_STALL)
      return 0; /* somebody is in the way now, however fast it grows */
   if (j->l == NULL || (f->trend.verdict != LG_GROWING && !is_misuse))
      return 0;
   const ledger_entry *now = ledger_of_finding(j->l, n);
   if (now->match == 0)
      return 0;
   if (
      is_misuse) { /* how often a rule is broken depends on the load; whether its spans grow in number is a finding of its own */
      j->excuse[n] = EXCUSED_BY_BASELINE;
      add_finding(j, f, LG_GATE_PASS, /*is_note*/ 1, "known from the baseline: ");
      return 1;
   }
   const ledger_entry *old = &j->terms->baseline->e[now->match - 1];
   if (old->verdict != LG_GROWING)
      return 0;
   lg_rates rates = {j->r->src.unit, f->per_s, f->per_tick, f->per_unit, f->instances != LG_ACCOUNT_HEAP};
   lg_change change = lg_gate_compare(&old->rates, &rates);
   int is_known = change == LG_CHANGE_SAME || change == LG_CHANGE_FLATTER;
   sentence s;
   sentence_begin(&s);
   lg_word_text(&s.t, is_known ? "known from the baseline, " : "");
   lg_word_change(&s.t, change, &old->rates, &rates);
   lg_word_text(&s.t, ": ");
   if (is_known)
      j->excuse[n] = EXCUSED_BY_BASELINE;
   add_finding(j, f,
               is_known                      ? LG_GATE_PASS
               : change == LG_CHANGE_STEEPER ? LG_GATE_FAIL
                                             : LG_GATE_INCONCLUSIVE,
               is_known, s.data);
   return 1;
}

static void judge_finding(judge *j, uint32_t n)
{
   const lg_finding *f = &j->r->analysis.findings[n];
   if (!is_judged(f))
      return;
   sentence s;
   sentence_begin(&s);
   const budget_suppression *why = j->suppression[n];
   if (why != NULL && !is_expired(j, why)) {
      lg_word_text(&s.t, "suppressed until ");
      lg_word_text(&s.t, why->until);
      lg_word_text(&s.t, " (");
      lg_word_text(&s.t, why->reason);
      lg_word_text(&s.t, "): ");
      j->excuse[n] = EXCUSED_BY_DATE;
      add_finding(j, f, LG_GATE_PASS, /*is_note*/ 1, s.data);
      return;
   }
   if (judge_by_baseline(j, n))
      return;
   const budget_rule *rule = j->rate_rule[n];
   if (rule != NULL) {
      lg_word_text(&s.t, "within the scope of budget line ");
      lg_word_count(&s.t, rule->line);
      lg_word_text(&s.t, ": ");
      add_finding(j, f, LG_GATE_PASS, /*is_note*/ 1, s.data);
      return;
   }
   if (why != NULL) {
      lg_word_text(&s.t, "its suppression expired on ");
      lg_word_text(&s.t, why->until);
      lg_word_text(&s.t, ": ");
   } else if (j->l != NULL) {
      lg_word_text(&s.t, "not in the baseline: ");
   }
   /* Mappings that grew no more than the heap are the heap's: its findings decide. */
   int is_heaps = f->about == LG_ABOUT_MAPPING && f->is_covered;
   int is_wrong = f->trend.verdict == LG_GROWING || f->kind == LG_FINDING_DISCIPLINE;
   lg_gate_result result = is_wrong ? LG_GATE_FAIL : LG_GATE_INCONCLUSIVE;
   add_finding(j, f, is_heaps ? LG_GATE_PASS : result, is_heaps, s.data);
}

/* Leaves out of j->accounts what a suppression excuses that still holds. */
static void exclude_suppressed(judge *j, uint32_t *n)
{
   const budget *b = j->terms->budget;
   for (size_t i = 0; i < b->n_suppressions; i++) {
      uint32_t kept = 0;
      if (is_expired(j, &b->suppressions[i]))
         continue;
      mark_functions(j, &b->suppressions[i].subject);
      for (uint32_t k = 0; k < *n; k++)
         if (!has_account(j, &b->suppressions[i].subject, j->accounts[k] + 1))
            j->accounts[kept++] = j->accounts[k];
      *n = kept;
   }
   uint32_t kept = 0; /* growth that is nothing but the backlog of a suppressed domain */
   for (uint32_t k = 0; k < *n; k++) {
      uint32_t finding = j->r->analysis.accounts[j->accounts[k]].finding;
      int is_backlog = finding != 0 && j->r->analysis.findings[finding - 1].domain != 0;
      if (!is_backlog || j->excuse[finding - 1] != EXCUSED_BY_DATE)
         j->accounts[kept++] = j->accounts[k];
   }
   *n = kept;
}

/* Places that no finding is about, but that a gate cannot let pass. */
static void judge_waves(judge *j)
{
   uint32_t n = j->r->src.n_accounts;
   for (uint32_t i = 0; i < n; i++)
      j->accounts[i] = i;
   if (j->terms->budget != NULL)
      exclude_suppressed(j, &n);
   for (uint32_t i = 0; i < n; i++) {
      sentence s;
      lg_rates rates;
      sentence_begin(&s);
      if (lg_gate_doubt_waves(&s.t, &j->r->src, &j->r->analysis, j->accounts[i], &j->scratch[0], &rates))
         add_item(j->list, LG_GATE_INCONCLUSIVE, "waves", s.data);
   }
}

/* ---- rules ---- */

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

static void add_rates(lg_rates *to, const lg_finding *f)
{
   add_slope(&to->per_s, &f->per_s);
   add_slope(&to->per_tick, &f->per_tick);
}

static void measure_rule(judge *j, const budget_rule *rule, measured *m)
{
   const lg_analysis *a = &j->r->analysis;
   uint32_t n = 0;
   memset(m, 0, sizeof *m);
   m->found.unit = m->undecided.unit = j->r->src.unit;
   m->found.is_count = budget_is_counted(&rule->subject);
   mark_functions(j, &rule->subject);
   for (uint32_t i = 1; i < j->r->p->n_accounts; i++)
      if (has_account(j, &rule->subject, i))
         j->accounts[n++] = i - 1;
   for (uint32_t i = 0; i < a->n_findings; i++) {
      const lg_finding *f = &a->findings[i];
      if (f->kind == LG_FINDING_DISCIPLINE || !is_judged(f) || j->excuse[i] == EXCUSED_BY_DATE ||
          !has_finding(j, &rule->subject, f))
         continue;
      int is_growing = f->trend.verdict == LG_GROWING;
      add_rates(is_growing ? &m->found : &m->undecided, f);
      uint64_t *sum_B = is_growing ? &m->found_B : &m->undecided_B;
      *sum_B = lg_sum(*sum_B, f->rank_B);
      m->n_accounts++; /* a finding's function exists even if only mappings have it */
   }
   m->n_accounts += n;
   if (rule->measure == MEASURE_GROWTH)
      exclude_suppressed(j, &n);
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
      if (has_account(j, s, a->census[g].account + 1))
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
      name_line(&name, "budget", rule->line, rule->text);
      add_item(j->list, result, name.data, s.data);
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
   name_line(&name, "budget", rule->line, rule->text);
   add_item(j->list, result, name.data, s.data);
}

/* ---- files ---- */

static void take_numbers(const report *r, gate_numbers *n)
{
   const lg_analysis *a = &r->analysis;
   sentence s;
   sentence_begin(&s);
   n->is_known = 1;
   n->held_B = a->judged_B;
   n->peak_B = r->p->now.peak_B;
   n->grown_B = a->heap_grown_B;
   n->rates = (lg_rates){r->src.unit, a->per_s, a->per_tick, a->per_unit, 0};
   for (uint32_t i = a->n_findings; i-- > 0;) {
      const lg_finding *f = &a->findings[i];
      if ((f->kind != LG_FINDING_GROWTH && f->kind != LG_FINDING_CENSUS && f->kind != LG_FINDING_LAG) ||
          f->trend.verdict != LG_GROWING)
         continue;
      n->n_growing++;
      sentence_begin(&s);
      lg_word_title(&s.t, &r->src, f);
   }
   n->worst = mem_string(s.data, s.t.used);
}

static void judge_open(judge *j)
{
   const profile *p = j->r->p;
   uint32_t n = j->r->analysis.n_findings;
   j->excuse = mem_zalloc(n, 1);
   j->suppression = mem_zalloc(n, sizeof *j->suppression);
   j->rate_rule = mem_zalloc(n, sizeof *j->rate_rule);
   j->scratch = mem_zalloc(2, sizeof *j->scratch);
   j->accounts = mem_resize(NULL, p->n_accounts, sizeof *j->accounts);
   j->fn_hit = mem_zalloc(p->fns.n, 1);
   j->normal = mem_zalloc(p->fns.n, sizeof *j->normal);
   j->plain = mem_zalloc(p->fns.n, sizeof *j->plain);
   for (size_t f = 0; f < p->fns.n; f++) {
      j->normal[f] = symbol_function(p->fns.name[f]);
      j->plain[f] = symbol_plain(j->normal[f]);
   }
}

static void judge_close(judge *j)
{
   for (size_t f = 0; f < j->r->p->fns.n; f++) {
      free(j->normal[f]);
      free(j->plain[f]);
   }
   free(j->normal);
   free(j->plain);
   free(j->fn_hit);
   free(j->accounts);
   free(j->scratch);
   free(j->rate_rule);
   free(j->suppression);
   free(j->excuse);
}

void gate_judge(const gate_terms *terms, const report *r, const read_result *read, const char *file, ledger *l,
                gate_file *out)
{
   memset(out, 0, sizeof *out);
   out->file = file;
   if (r == NULL) {
      add_item(&out->list, LG_GATE_INCONCLUSIVE, "evidence", read->message);
      return;
   }
   judge j = {.terms = terms, .r = r, .l = l, .list = &out->list};
   judge_open(&j);
   find_excuses(&j);
   judge_evidence(&j);
   for (uint32_t i = 0; i < r->analysis.n_findings; i++)
      judge_finding(&j, i);
   judge_waves(&j);
   for (size_t i = 0; terms->budget != NULL && i < terms->budget->n_rules; i++)
      judge_rule(&j, &terms->budget->rules[i]);
   take_numbers(r, &out->numbers);
   judge_close(&j);
}

/* A limit on what is held means nothing when the place has another name now. Growth without a rule fails by itself. */
static void finish_rule(const budget_rule *rule, gate_list *out)
{
   sentence name;
   if (rule->is_seen)
      return;
   name_line(&name, "budget", rule->line, rule->text);
   static const char *const texts[] = {[SUBJECT_TOTAL] = "no profile has a heap",
                                       [SUBJECT_MAPPED] = "no profile has mapped memory",
                                       [SUBJECT_FUNCTION] = "no profile has a function of this name",
                                       [SUBJECT_CONTEXT] = "no profile has a context of this name",
                                       [SUBJECT_SPAN] = "no profile has a span of this label",
                                       [SUBJECT_TASK] = "no profile has a task of this label",
                                       [SUBJECT_DOMAIN] = "no profile has a reclamation domain of this name"};
   const char *text = texts[rule->subject.kind];
   if (rule->measure == MEASURE_GROWTH)
      add_note(out, name.data, text);
   else
      add_item(out, LG_GATE_INCONCLUSIVE, name.data, text);
}

static void finish_suppression(const gate_terms *terms, const budget_suppression *sup, gate_list *out)
{
   sentence s, name;
   int is_over = strcmp(terms->today, sup->until) > 0;
   if (!is_over && sup->is_used)
      return;
   name_line(&name, "suppression", sup->line, sup->subject.name);
   sentence_begin(&s);
   if (is_over) {
      lg_word_text(&s.t, "it expired on ");
      lg_word_text(&s.t, sup->until);
      lg_word_text(&s.t, sup->is_used ? ", and it grows still: " : ", renew or remove it: ");
      lg_word_text(&s.t, sup->reason);
      add_item(out, LG_GATE_FAIL, name.data, s.data);
      return;
   }
   lg_word_text(&s.t, "it is not needed: nothing of it grows");
   add_note(out, name.data, s.data);
}

void gate_finish(const gate_terms *terms, gate_list *out)
{
   const budget *b = terms->budget;
   for (size_t i = 0; b != NULL && i < b->n_rules; i++)
      finish_rule(&b->rules[i], out);
   for (size_t i = 0; b != NULL && i < b->n_suppressions; i++)
      finish_suppression(terms, &b->suppressions[i], out);
}

void gate_list_free(gate_list *l)
{
   for (size_t i = 0; i < l->n; i++) {
      free(l->items[i].name);
      free(l->items[i].text);
   }
   free(l->items);
   memset(l, 0, sizeof *l);
}

void gate_file_free(gate_file *f)
{
   gate_list_free(&f->list);
   free(f->numbers.worst);
   memset(f, 0, sizeof *f);
}
