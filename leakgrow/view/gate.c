/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate_judge.h"
#include "mem.h"

#include "lg_scale.h"

#include <stdlib.h>
#include <string.h>

/* ---- items ---- */

gate_item *gate_add_item(gate_list *list, lg_gate_result result, const char *name, const char *text)
{
   list->items = mem_grow(list->items, &list->cap, list->n + 1, sizeof *list->items);
   gate_item *item = &list->items[list->n++];
   *item =
      (gate_item){.result = result, .name = mem_string(name, strlen(name)), .text = mem_string(text, strlen(text))};
   if (result > list->result)
      list->result = result;
   return item;
}

void gate_add_note(gate_list *list, const char *name, const char *text)
{
   gate_add_item(list, LG_GATE_PASS, name, text)->is_note = 1;
}

void gate_name_line(sentence *s, const char *what, unsigned line, const char *text)
{
   sentence_begin(s);
   lg_word_text(&s->t, what);
   lg_word_text(&s->t, " line ");
   lg_word_count(&s->t, line);
   lg_word_text(&s->t, ": ");
   lg_word_text(&s->t, text);
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
                      .unfollowed_ends = report_counter(r, "closes-guessed"),
                      .unfollowed_retires = report_counter(r, "retires-dropped"),
                      .is_prelude = j->terms->role == GATE_PRELUDE,
                      .is_moment = j->terms->role == GATE_MOMENT,
                      .is_blind = is_blind(r->p)};
   if (b != NULL) {
      run.need_time = b->need_ms;
      run.need_intervals = b->need_intervals;
      run.need_ticks = b->need_ticks;
   }
   sentence remark;
   sentence_begin(&remark);
   if (lg_gate_remark(&remark.t, &run))
      gate_add_note(j->list, "end", remark.data);
   for (uint32_t i = 0;; i++) {
      sentence s;
      sentence_begin(&s);
      if (!lg_gate_doubt(&s.t, &r->src, &r->analysis, &run, i)) {
         if (i == 0)
            lg_word_statement(&s.t, &r->src, &r->analysis, 0);
         if (i == 0)
            gate_add_note(j->list, "evidence", s.data);
         return;
      }
      gate_add_item(j->list, LG_GATE_INCONCLUSIVE, "evidence", s.data);
   }
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
   free(j->waves);
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
      gate_add_item(&out->list, LG_GATE_INCONCLUSIVE, "evidence", read->message);
      return;
   }
   judge j = {.terms = terms, .r = r, .l = l, .list = &out->list};
   out->pid = r->p->pid;
   out->start = r->p->start;
   out->is_replaced = r->p->now.end == END_EXEC;
   out->is_long = !r->analysis.is_short;
   out->is_moment =
      r->analysis.is_short && r->read.status == READ_OK && (out->is_replaced || r->p->now.end == END_EXIT);
   judge_open(&j);
   judge_evidence(&j);
   if (terms->role == GATE_WHOLE || !r->analysis.is_short) {
      gate_judge_findings(&j);
      gate_judge_waves(&j);
   }
   gate_judge_rules(&j);
   take_numbers(r, &out->numbers);
   judge_close(&j);
}

gate_role gate_role_of(const gate_file *files, size_t n, size_t i, int allow_short)
{
   int has_long = 0;
   for (size_t k = 0; k < n; k++) {
      has_long |= files[k].is_long;
      if (files[i].is_replaced && files[i].start != 0 && !files[k].is_replaced && files[k].pid == files[i].pid &&
          files[k].start == files[i].start)
         return GATE_PRELUDE;
   }
   return allow_short && has_long && files[i].is_moment ? GATE_MOMENT : GATE_WHOLE;
}

/* A limit on what is held means nothing when the place has another name now. Growth without a rule fails by itself. */
static void finish_rule(const budget_rule *rule, gate_list *out)
{
   sentence name;
   if (rule->is_seen)
      return;
   gate_name_line(&name, "budget", rule->line, rule->text);
   static const char *const texts[] = {[SUBJECT_TOTAL] = "no profile has a heap",
                                       [SUBJECT_MAPPED] = "no profile has mapped memory",
                                       [SUBJECT_FUNCTION] = "no profile has a function of this name",
                                       [SUBJECT_CONTEXT] = "no profile has a context of this name",
                                       [SUBJECT_SPAN] = "no profile has a span of this label",
                                       [SUBJECT_TASK] = "no profile has a task of this label",
                                       [SUBJECT_DOMAIN] = "no profile has a reclamation domain of this name"};
   const char *text = texts[rule->subject.kind];
   if (rule->measure == MEASURE_GROWTH)
      gate_add_note(out, name.data, text);
   else
      gate_add_item(out, LG_GATE_INCONCLUSIVE, name.data, text);
}

static void finish_suppression(const gate_terms *terms, const budget_suppression *sup, gate_list *out)
{
   sentence s, name;
   int is_over = strcmp(terms->today, sup->until) > 0;
   if (!is_over && sup->is_used)
      return;
   gate_name_line(&name, "suppression", sup->line, sup->subject.name);
   sentence_begin(&s);
   if (is_over) {
      lg_word_text(&s.t, "it expired on ");
      lg_word_text(&s.t, sup->until);
      lg_word_text(&s.t, sup->is_used ? ", and it grows still: " : ", renew or remove it: ");
      lg_word_text(&s.t, sup->reason);
      gate_add_item(out, LG_GATE_FAIL, name.data, s.data);
      return;
   }
   lg_word_text(&s.t, "it is not needed: nothing of it grows");
   gate_add_note(out, name.data, s.data);
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
