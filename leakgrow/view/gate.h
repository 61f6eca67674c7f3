/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate: profiles against a budget and a baseline.
 *
 * Answers: pass, fail or don't know, and for which reasons? Decisions and sentences are lg_gate's and lg_word's (core); here is what
 * they are about: which rule concerns which places, which growth is excused by what.
 *
 * A1  every finding of growth or reclamation is an item: it fails unless a suppression, the baseline or a rule for a rate speaks of it, or
 *     another item that is as bad has the same cause.
 * A2  the result of a file is the worst of its items, that of all files the worst of theirs; no file is no pass.
 * A3  what excuses something is named in the item it excuses. */
#ifndef VIEW_GATE_H
#define VIEW_GATE_H

#include "budget.h"
#include "ledger.h"

/* One line of the result. */
typedef struct {
   lg_gate_result result;
   int is_note; /* it decides nothing: excused growth, a rule that concerns nothing */
   const char
      *kind;   /* of a finding, as in the JSON report ("growth", "lag"): its text names the place; else NULL. Static */
   char *name; /* "evidence", "budget line 3: ...", a finding's title: with `text`, what a test case is called */
   char *text; /* one sentence */
} gate_item;

typedef struct {
   gate_item *items;
   size_t n, cap;
   lg_gate_result result;
} gate_list;

/* Numbers of one profile for the history. */
typedef struct {
   int is_known;
   uint64_t held_B, peak_B, grown_B; /* held before teardown; gained by what grows */
   lg_rates rates;                   /* of all growth together */
   uint32_t n_growing;
   char *worst; /* title of the first finding of growth, or "" */
} gate_numbers;

typedef struct {
   const char *file;
   gate_list list;
   gate_numbers numbers;
   uint64_t pid, start; /* the process, as in the profile's head; start is 0 when it is not known */
   int is_replaced;     /* it ended by becoming another program */
} gate_file;

typedef struct {
   budget *budget; /* NULL: none */
   const char *budget_name;
   ledger *baseline;  /* NULL: none */
   const char *today; /* YYYY-MM-DD */
   int allow_truncated, allow_idle;
   symbol_table *symbols; /* the baseline's */
   int is_prelude;        /* of the profile looked at: what the process was then is checked, too */
} gate_terms;

/* Judges one profile. `r` is NULL when it could not be read, and read->message says why. When `l` is not NULL it is the report's
 * ledger, already matched with the baseline. */
void gate_judge(const gate_terms *terms, const report *r, const read_result *read, const char *file, ledger *l,
                gate_file *out);

/* Does one of the profiles tell how the process of files[i] went on after that became another program? Then files[i] is only its prelude:
 * it may be too short to be judged, and what a budget requires of a run is required of what came after. */
int gate_is_prelude(const gate_file *files, size_t n, size_t i);

/* What is to be said once all files were judged: rules and suppressions that spoke of nothing, expired suppressions. */
void gate_finish(const gate_terms *terms, gate_list *out);

void gate_file_free(gate_file *f);
void gate_list_free(gate_list *l);

#endif
