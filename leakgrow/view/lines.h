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

/* Limits of values (FORMAT.md section 7). */
#define MAX_TOTAL  ((uint64_t)1 << 62) /* times and cumulative counters */
#define MAX_BYTES  ((uint64_t)1 << 55) /* of one account or of the program at one moment */
#define MAX_BLOCKS ((uint64_t)UINT32_MAX)
#define MAX_CHANGE ((int64_t)1 << 55)

typedef struct {
   profile *p;
   char why[256];          /* after a failure: what was wrong, without a full stop */
   uint32_t event_account; /* account of the last `r` line */
   int is_event_open;      /* `r` lines may follow: the last event has rows and came in this transaction */
   int has_unit, has_base;
   int has_interval; /* there was a `t` line in this transaction: */
   uint32_t index, shift;
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
int lines_signed(lines *l, lg_fields *f, const char *what, int64_t *v); /* at most MAX_CHANGE either way */
/* An id of something defined: 1 to n - 1, or 0 where is_none_ok allows it. */
int lines_id(lines *l, lg_fields *f, const char *what, size_t n, int is_none_ok, uint32_t *id);
int lines_account(lines *l, lg_fields *f, uint32_t *id);
int lines_string(lines *l, lg_fields *f, const char **s); /* the string that ends the line, kept by the profile */
int lines_end(lines *l, const lg_fields *f);              /* nothing must be left */

/* 0: "there are too many of its kind" */
int lines_full(lines *l);

int lines_is_word(const char *word, size_t n, const char *name);

/* ---- lines_brief.c: an account in an interval ---- */

int lines_take_brief(lines *l, lg_fields *f); /* `A` */

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
