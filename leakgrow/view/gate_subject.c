/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subjects of rules are sets of accounts. A finding belongs to a function when the function is among the frames that the finding
 * names: for a sum, those are the frames which all of its accounts share. */
#include "gate_domain.h"
#include "gate_judge.h"

#include <string.h>

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

void gate_mark_functions(judge *j, const budget_subject *s)
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

int gate_has_account(const judge *j, const budget_subject *s, uint32_t a)
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

int gate_is_judged(const lg_finding *f)
{
   return f->kind == LG_FINDING_GROWTH || f->instances != LG_ACCOUNT_HEAP || f->domain != 0;
}

int gate_has_finding(const judge *j, const budget_subject *s, const lg_finding *f)
{
   const profile *p = j->r->p;
   if (s->kind == SUBJECT_DOMAIN || f->domain != 0)
      return s->kind == SUBJECT_DOMAIN && f->domain != 0 && gate_domain_matches(j->r, f->domain - 1, s->name);
   if (budget_is_counted(s) || f->instances != LG_ACCOUNT_HEAP)
      return budget_is_counted(s) && f->instances != LG_ACCOUNT_HEAP && gate_has_account(j, s, f->account + 1);
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

int gate_is_expired(const judge *j, const budget_suppression *s)
{
   return strcmp(j->terms->today, s->until) > 0;
}

void gate_exclude_suppressed(judge *j, uint32_t *n)
{
   const budget *b = j->terms->budget;
   for (size_t i = 0; i < b->n_suppressions; i++) {
      uint32_t kept = 0;
      if (gate_is_expired(j, &b->suppressions[i]))
         continue;
      gate_mark_functions(j, &b->suppressions[i].subject);
      for (uint32_t k = 0; k < *n; k++)
         if (!gate_has_account(j, &b->suppressions[i].subject, j->accounts[k] + 1))
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
