/* SPDX-License-Identifier: GPL-2.0-or-later */
/* budget: what a program may grow by, in a text file.
 *
 * Answers: which limits, suppressions and requirements does this file state? One per line; docs/MANUAL.md has the grammar.
 *
 *    total growth <= 16 B per tick
 *    function cache_fill live <= 64 MiB
 *    task heartbeat open <= 8
 *    domain "crossbeam-epoch" lag p99 <= 500 ms
 *    suppress function legacy_log until 2027-01-31 because "ticket 123, gone with version 3"
 *    require duration 8 h
 *
 * U1  a file with a mistake has no meaning at all: the first mistake is named with its line, and nothing is used.
 * U2  limits are in whole bytes up to 2^55, rates in thousandths of a byte. */
#ifndef VIEW_BUDGET_H
#define VIEW_BUDGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
   SUBJECT_TOTAL,
   SUBJECT_MAPPED,
   SUBJECT_FUNCTION,
   SUBJECT_CONTEXT,
   SUBJECT_SPAN, /* instances of a label: limits are counts */
   SUBJECT_TASK,
   SUBJECT_DOMAIN /* a reclamation domain */
} subject_kind;
typedef enum { MEASURE_GROWTH, MEASURE_LIVE, MEASURE_PEAK, MEASURE_OPEN, MEASURE_BACKLOG, MEASURE_LAG } budget_measure;
typedef enum { PER_RUN, PER_SECOND, PER_TICK } budget_per;

typedef struct {
   subject_kind kind;
   char *name; /* of a function, context, label or domain, may hold * and ?; NULL */
} budget_subject;

typedef struct {
   budget_subject subject;
   budget_measure measure;
   budget_per per;
   int64_t
      limit_mB; /* thousandths of a byte; of an instance; of an object when is_objects; of a microsecond for MEASURE_LAG */
   int is_objects;   /* MEASURE_BACKLOG and MEASURE_PEAK of a domain: objects are counted, not bytes */
   unsigned percent; /* MEASURE_LAG: the percentile; 100 is the largest */
   unsigned line;
   char *text;  /* the rule as it is to be named: "function f growth <= 3 KiB per tick" */
   int is_seen; /* for the gate: a profile had the subject */
} budget_rule;

typedef struct {
   budget_subject subject;
   char until[11]; /* YYYY-MM-DD, the last day it holds */
   char *reason;
   unsigned line;
   int is_used; /* for the gate: it excused something */
} budget_suppression;

typedef struct {
   budget_rule *rules;
   size_t n_rules, rules_cap;
   budget_suppression *suppressions;
   size_t n_suppressions, suppressions_cap;
   uint64_t need_ms, need_intervals, need_ticks; /* 0: not required */
} budget;

/* Reads. On a mistake returns 0, and `why` holds "line 3: ..." or why it cannot be read. budget_free() in both cases. */
int budget_read(FILE *in, budget *b, char *why, size_t why_size);
void budget_free(budget *b);

/* Is it about spans or tasks, so that limits are counts? */
static inline int budget_is_counted(const budget_subject *s)
{
   return s->kind == SUBJECT_SPAN || s->kind == SUBJECT_TASK;
}

/* Is this a day of the calendar, as YYYY-MM-DD? Dates of this form are ordered as strings. */
int budget_is_date(const char *s);

#endif
