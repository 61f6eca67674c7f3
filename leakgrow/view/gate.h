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
   int is_moment;       /* it ended by itself, too early to be judged */
   int is_long;         /* it could be judged */
} gate_file;

/* Why a profile may be too short. */
typedef enum {
   GATE_WHOLE,   /* it may not */
   GATE_PRELUDE, /* what the process became by exec is checked, too */
   GATE_MOMENT   /* it ended by itself, and that was allowed */
} gate_role;

typedef struct {
   budget *budget; /* NULL: none */
   const char *budget_name;
   ledger *baseline;  /* NULL: none */
   const char *today; /* YYYY-MM-DD */
   int allow_truncated, allow_idle;
   symbol_table *symbols; /* the baseline's */
   gate_role role;        /* of the profile looked at */
} gate_terms;

/* Judges one profile. `r` is NULL when it could not be read, and read->message says why. When `l` is not NULL it is the report's
 * ledger, already matched with the baseline. */
void gate_judge(const gate_terms *terms, const report *r, const read_result *read, const char *file, ledger *l,
                gate_file *out);

/* The role of files[i] among all n, once they were judged. When one of them tells how the process of files[i] went on after it had become
 * another program, files[i] is its prelude. With allow_short, a process that ended by itself too early is a moment, when another one could be
 * judged. What a budget requires of a run is not required of either. */
gate_role gate_role_of(const gate_file *files, size_t n, size_t i, int allow_short);

/* What is to be said once all files were judged: rules and suppressions that spoke of nothing, expired suppressions. */
void gate_finish(const gate_terms *terms, gate_list *out);

void gate_file_free(gate_file *f);
void gate_list_free(gate_list *l);

#endif
