/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings fail unless something is said for them: a suppression first, then the baseline, then a rule of the budget for a rate, which
 * decides in the finding's place. */
#include "gate_judge.h"
#include "mem.h"

/* Of several suppressions one that has not expired counts; of several rules the first. */
static void find_excuses(judge *j)
{
   budget *b = j->terms->budget;
   const lg_analysis *a = &j->r->analysis;
   for (size_t i = 0; b != NULL && i < b->n_suppressions; i++) {
      budget_suppression *s = &b->suppressions[i];
      gate_mark_functions(j, &s->subject);
      for (uint32_t n = 0; n < a->n_findings; n++) {
         if (!gate_is_judged(&a->findings[n]) || !gate_has_finding(j, &s->subject, &a->findings[n]))
            continue;
         s->is_used = 1;
         if (j->suppression[n] == NULL || gate_is_expired(j, j->suppression[n]))
            j->suppression[n] = s;
      }
   }
   for (size_t i = 0; b != NULL && i < b->n_rules; i++) {
      const budget_rule *rule = &b->rules[i];
      if (rule->measure != MEASURE_GROWTH || rule->per == PER_RUN)
         continue; /* lg_gate.h, G4 */
      gate_mark_functions(j, &rule->subject);
      for (uint32_t n = 0; n < a->n_findings; n++)
         if (j->rate_rule[n] == NULL && a->findings[n].kind != LG_FINDING_DISCIPLINE &&
             gate_has_finding(j, &rule->subject, &a->findings[n]))
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
   gate_item *item = gate_add_item(j->list, result, name.data, s.data);
   item->kind = lg_finding_kind_name(f->kind);
   item->is_note = is_note;
}

/* A backlog grows because something holds it up: is that stall an item of its own, and as bad? */
static int is_said_by_stall(const judge *j, const lg_finding *f, lg_gate_result result)
{
   const lg_analysis *a = &j->r->analysis;
   for (uint32_t n = 0; f->kind == LG_FINDING_LAG && n < a->n_findings; n++) {
      const lg_finding *stall = &a->findings[n];
      int fails = stall->trend.verdict == LG_GROWING;
      if (stall->kind == LG_FINDING_STALL && stall->domain == f->domain &&
          (fails ? LG_GATE_FAIL : LG_GATE_INCONCLUSIVE) >= result)
         return 1;
   }
   return 0;
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
   int is_one_of_many = now->first_account != 0 && j->l->next_account[now->first_account] != 0;
   if (is_one_of_many && now->verdict == LG_GROWING)
      rates = now->rates; /* accounts that look alike are one place, then as now: the old rate is that of them all */
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
   if (!gate_is_judged(f))
      return;
   sentence s;
   sentence_begin(&s);
   const budget_suppression *why = j->suppression[n];
   if (why != NULL && !gate_is_expired(j, why)) {
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
   int is_wrong = f->trend.verdict == LG_GROWING || f->kind == LG_FINDING_DISCIPLINE;
   lg_gate_result result = is_wrong ? LG_GATE_FAIL : LG_GATE_INCONCLUSIVE;
   /* Mappings that grew no more than the heap are the heap's: its findings decide. */
   int is_said = (f->about == LG_ABOUT_MAPPING && f->is_covered) || is_said_by_stall(j, f, result);
   if (is_said && f->kind == LG_FINDING_LAG)
      lg_word_text(&s.t, "of one cause with the stall of this domain: ");
   add_finding(j, f, is_said ? LG_GATE_PASS : result, is_said, s.data);
}

void gate_judge_findings(judge *j)
{
   find_excuses(j);
   for (uint32_t n = 0; n < j->r->analysis.n_findings; n++)
      judge_finding(j, n);
}

/* The first rule for a rate that is about the account, or NULL. */
static const budget_rule *rate_rule_of(judge *j, uint32_t account)
{
   const budget *b = j->terms->budget;
   for (size_t i = 0; b != NULL && i < b->n_rules; i++) {
      const budget_rule *rule = &b->rules[i];
      if (rule->measure != MEASURE_GROWTH || rule->per == PER_RUN)
         continue;
      gate_mark_functions(j, &rule->subject);
      if (gate_has_account(j, &rule->subject, account + 1))
         return rule;
   }
   return NULL;
}

void gate_judge_waves(judge *j)
{
   uint32_t n = j->r->src.n_accounts;
   for (uint32_t i = 0; i < n; i++)
      j->accounts[i] = i;
   if (j->terms->budget != NULL)
      gate_exclude_suppressed(j, &n);
   for (uint32_t i = 0; i < n; i++) {
      sentence s, lead;
      lg_rates rates;
      sentence_begin(&s);
      if (!lg_gate_doubt_waves(&s.t, &j->r->src, &j->r->analysis, j->accounts[i], &j->scratch[0], &rates))
         continue;
      const budget_rule *rule = rate_rule_of(j, j->accounts[i]);
      if (rule == NULL) {
         gate_add_item(j->list, LG_GATE_INCONCLUSIVE, "waves", s.data);
         continue;
      }
      sentence_begin(&lead);
      lg_word_text(&lead.t, "within the scope of budget line ");
      lg_word_count(&lead.t, rule->line);
      lg_word_text(&lead.t, ": ");
      lg_word_text(&lead.t, s.data);
      gate_add_note(j->list, "waves", lead.data);
      j->waves = mem_grow(j->waves, &j->cap_waves, j->n_waves + 1, sizeof *j->waves);
      j->waves[j->n_waves++] = (gate_wave){j->accounts[i], rates};
   }
}
