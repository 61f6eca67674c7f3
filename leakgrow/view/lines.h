/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines: the meaning of a profile's lines.
 *
 * Answers: is this line allowed here, are all of its fields well-formed and within their limits, do its ids exist? If so it is
 * put into the profile. docs/FORMAT.md sections 3, 5 and 7 are the specification. `b` and `c` lines are the reader's. Lines about
 * one subject have a file of their own, lines_*.c; lines.c has the head and what every profile holds. */
#ifndef VIEW_LINES_H
#define VIEW_LINES_H

#include "lg_format.h"
#include "profile.h"

typedef struct {
   profile *p;
   char why[256];          /* after a failure: what was wrong, without a full stop */
   uint32_t event_account; /* account of the last `r` line */
   int is_event_open;      /* `r` lines may follow: the last event has rows and came in this transaction */
   int has_unit, has_base;
   char text[LG_LINE_MAX + 1]; /* the unescaped string of the line */
   uint32_t frames[LG_FRAMES_MAX];
   lg_hist_cell cells[LG_HIST_BUCKETS];
} lines;

/* Begins a file, a transaction. */
void lines_init(lines *l, profile *p);
void lines_begin(lines *l);

/* Each takes one line [line, end) without its newline and returns 1, or 0 with `why` filled. The profile may hold parts of a
 * refused line; the caller rolls the transaction back. */
int lines_head(lines *l, const char *line, const char *end); /* lines of transaction 0 */
int lines_head_end(lines *l);                                /* is the head complete? */
int lines_take(lines *l, const char *line, const char *end); /* lines of later transactions */

/* Notes a printf-like reason. lines_fail() is 0, and the compiler sees that. */
void lines_note(lines *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define lines_fail(l, ...) (lines_note((l), __VA_ARGS__), 0)

/* Fields. Each takes the next one and returns 1, or 0 with `why` filled; `what` names it there. */
int lines_u64(lines *l, lg_fields *f, const char *what, uint64_t max, uint64_t *v); /* at most max */
int lines_u32(lines *l, lg_fields *f, const char *what, uint32_t max, uint32_t *v);
/* An id of something defined: 1 to n - 1, or 0 where is_none_ok allows it. */
int lines_id(lines *l, lg_fields *f, const char *what, size_t n, int is_none_ok, uint32_t *id);
int lines_account(lines *l, lg_fields *f, uint32_t *id);
int lines_string(lines *l, lg_fields *f, const char **s); /* the string that ends the line, kept by the profile */
int lines_end(lines *l, const lg_fields *f);              /* nothing must be left */

/* 0: "there are too many of its kind" */
int lines_full(lines *l);

int lines_is_word(const char *word, size_t n, const char *name);

/* ---- lines_domain.c: reclamation ---- */

int lines_take_domain(lines *l, lg_fields *f);          /* `d` */
int lines_take_domain_coverage(lines *l, lg_fields *f); /* `C` */
int lines_take_domain_point(lines *l, lg_fields *f);    /* `D` */
int lines_take_reader(lines *l, lg_fields *f);          /* `P` */
int lines_take_lag(lines *l, lg_fields *f);             /* `H` */
int lines_take_incident(lines *l, lg_fields *f);        /* `F` */

/* ---- lines_census.c: spans, tasks, hooks ---- */

int lines_take_place(lines *l, lg_fields *f);    /* `u` */
int lines_take_misuse(lines *l, lg_fields *f);   /* `m` */
int lines_take_coverage(lines *l, lg_fields *f); /* `j` */

#endif
