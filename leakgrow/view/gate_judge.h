/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate_judge: what the parts of the gate share while one profile is judged. Internal to gate.c and gate_*.c.
 *
 * gate_subject   what is this rule or suppression about?
 * gate_finding   which findings fail, and what excuses the others?
 * gate_rule      what do the budget's rules measure?
 * gate           whether there is evidence enough, and the order of all that. */
#ifndef VIEW_GATE_JUDGE_H
#define VIEW_GATE_JUDGE_H

#include "gate.h"

/* A place that was judged bounded, while the run cannot exclude growth under its waves. */
typedef struct {
   uint32_t account; /* of the analysis */
   lg_rates rates;   /* what is not excluded: up to hi */
} gate_wave;

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
   gate_wave *waves;
   size_t n_waves, cap_waves;
} judge;

enum { EXCUSED_NOT, EXCUSED_BY_DATE, EXCUSED_BY_BASELINE };

/* A sentence under construction. */
typedef struct {
   lg_text t;
   char data[2 * LG_SENTENCE_MAX];
} sentence;

static inline void sentence_begin(sentence *s)
{
   lg_text_init(&s->t, s->data, sizeof s->data);
}

/* ---- gate ---- */

/* Copies name and text. The item is valid until the next one is added. */
gate_item *gate_add_item(gate_list *list, lg_gate_result result, const char *name, const char *text);
/* What decides nothing. */
void gate_add_note(gate_list *list, const char *name, const char *text);
/* "budget line 3: total growth <= 0" */
void gate_name_line(sentence *s, const char *what, unsigned line, const char *text);

/* ---- gate_subject ---- */

/* Marks the functions that a subject names: as the compiler wrote them, in their normal form, or without parameters. */
void gate_mark_functions(judge *j, const budget_subject *s);
/* Is a profile account part of the subject? gate_mark_functions() was called for it. */
int gate_has_account(const judge *j, const budget_subject *s, uint32_t account);
/* Is a finding as a whole part of the subject? The same. */
int gate_has_finding(const judge *j, const budget_subject *s, const lg_finding *f);
/* Is it growth, of bytes or of open instances, what is retired and not freed, or use of spans against the rules: something that must
 * not pass by itself? */
int gate_is_judged(const lg_finding *f);
int gate_is_expired(const judge *j, const budget_suppression *s);
/* Leaves out of j->accounts what a suppression excuses that still holds. gate_judge_findings() was called before. */
void gate_exclude_suppressed(judge *j, uint32_t *n);

/* ---- gate_finding ---- */

void gate_judge_findings(judge *j);
/* Places that no finding is about, but that a gate cannot let pass. Fills j->waves with those of them that a rule for a rate is about. */
void gate_judge_waves(judge *j);

/* ---- gate_rule ---- */

void gate_judge_rules(judge *j);

#endif
