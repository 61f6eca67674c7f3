/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger: a profile reduced to what can be found again in a profile of another run, or of another build.
 *
 * Answers: what did each place hold and how fast did it grow, and which place of the other run is it? A place is an account, or
 * the subject of a finding about a sum, a group of open spans or tasks, or a label whose spans are used against the rules. Its identity is what it is about, its context's labels, and its frames as pairs of
 * function and object in their normal form (symbol.h), without lines, addresses and repetitions; accounts of one identity are
 * one entry. docs/MANUAL.md has the rules of matching; in short, and each only for what the one before left over:
 *   1. the same identity;
 *   2. the same identity, after those frames of one of them were left out whose function is found nowhere in the other run;
 *   3. the frames of one are those of the other with some left out (inlined there), the outermost ones being the same.
 * A match by 2 or 3 counts only when there is exactly one candidate on both sides. */
#ifndef VIEW_LEDGER_H
#define VIEW_LEDGER_H

#include "lg_gate.h"
#include "report.h"
#include "symbol.h"

#define LEDGER_MISUSE "rules: " /* begins the context of entries about how a label is used */

typedef enum { MATCH_NONE, MATCH_SAME, MATCH_FOLDED, MATCH_INLINED } match_how;

typedef struct {
   /* identity */
   lg_about about;
   uint32_t context;  /* symbol: labels joined by " > "; 0: the root. About a label: "span: label", "task: label" or
                         "rules: label", and numbers are instances; about a domain: "ebr: name" */
   uint32_t n_frames; /* innermost first */
   uint32_t *frames;  /* symbols: "function\tobject" */
   /* numbers */
   lg_verdict verdict;
   lg_rates rates;
   uint64_t grown_B, held_B, live_B; /* held_B: before teardown */
   uint32_t first_account;           /* profile account; others of this entry by next_account[]; 0: none */
   int is_misuse;                    /* how a label is used: verdict is "growing", the rates are of its instances */
   char *title;                      /* for people; NULL until ledger_title() */
   /* the other run */
   size_t match; /* 1 + its index there; 0: none */
   match_how how;
} ledger_entry;

typedef struct {
   symbol_table *symbols; /* shared by both ledgers of a comparison */
   const report *r;       /* NULL: it was read from a baseline */
   ledger_entry *e;
   size_t n, cap;
   uint32_t *entry_of;     /* [n_accounts] of the profile: 1 + index */
   uint32_t *next_account; /* [n_accounts] */
   uint32_t *symbol_of;    /* [n_frames] of the profile: symbol, or 0 until asked for */
   size_t *entry_of_sum;   /* [n_findings]: 1 + index for findings about sums, else 0 */
} ledger;

/* Fills a ledger; it borrows both. */
void ledger_make(ledger *l, const report *r, symbol_table *symbols);
void ledger_free(ledger *l);

/* Fills match and how of both. */
void ledger_match(ledger *old, ledger *now);

/* The entry that a finding of the report is about. */
const ledger_entry *ledger_of_finding(const ledger *l, uint32_t finding);

/* What an entry is called: "request_log (server.c:120)" or, of a baseline, "request_log". */
const char *ledger_title(ledger *l, size_t entry);

/* Adds an entry of this identity; frames are copied. For baseline.c. */
ledger_entry *ledger_add(ledger *l, lg_about about, uint32_t context, const uint32_t *frames, uint32_t n_frames);

#endif
