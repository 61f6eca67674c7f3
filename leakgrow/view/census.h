/* SPDX-License-Identifier: GPL-2.0-or-later */
/* census: what a profile says of spans and tasks besides their accounts' intervals, and of the hooks that saw them.
 *
 * Answers: where is an account's label declared, how often was it used against the rules, how much of the program could be
 * observed? Part of a profile: filled line by line, undone when a transaction is not committed.
 *
 * C1  entry 0 means "no census account"; the others belong to accounts of kinds span and task, one each.
 * C2  what later lines replace takes no memory: there is one row per entry and discipline, and one text per hook set. */
#ifndef VIEW_CENSUS_H
#define VIEW_CENSUS_H

#include "lg_discipline.h"

#include <stddef.h>
#include <stdint.h>

enum { CENSUS_COVERAGE_MAX = 256 /* hook sets */ };

typedef struct {
   uint32_t file, line; /* of the label; 0: unknown */
   uint32_t place_txn;  /* transaction of the `u` line; 0: there was none */
   uint64_t misuse[LG_N_DISCIPLINES];
} census_entry;

/* What was observed through one set of hooks. */
typedef struct {
   char *name, *text;
} census_coverage;

typedef struct {
   uint32_t entry, which; /* of entries and disciplines, or of coverage */
   uint64_t count;
   char *text; /* coverage; NULL: a count */
} census_change;

typedef struct {
   census_entry *e;
   size_t n, cap, committed;
   census_coverage *coverage; /* [n_coverage], in the order in which they were first named */
   size_t n_coverage, coverage_cap, coverage_committed;
   census_change *changes; /* of the open transaction, in order */
   size_t n_changes, changes_cap;
} census;

void census_init(census *c);
void census_free(census *c);

/* A new entry: its number, or 0 when there are too many. */
uint32_t census_add(census *c);

/* Notes where the label is declared. Returns 0 when it is known already. */
int census_place(census *c, uint32_t entry, uint32_t file, uint32_t line, uint32_t txn);

/* Replaces a count, the text of a hook set; copies. census_cover() returns 0 when there are too many sets. */
void census_count(census *c, uint32_t entry, lg_discipline which, uint64_t count);
int census_cover(census *c, const char *name, size_t name_n, const char *text, size_t text_n);

/* The end of a transaction. */
void census_commit(census *c);
void census_rollback(census *c, uint32_t txn);

#endif
