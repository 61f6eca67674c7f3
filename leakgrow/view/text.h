/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text: the parts of the text report, and how its cells look.
 *
 * Answers: how is a number, a name, a column written in a report for people? */
#ifndef VIEW_TEXT_H
#define VIEW_TEXT_H

#include "report.h"

enum { TEXT_TOP_DEFAULT = 20 }; /* rows of a table, without --top */

/* A short text under construction: lg_word's functions append to `text`. */
typedef struct {
   lg_text text;
   char data[LG_SENTENCE_MAX];
} words;

void words_begin(words *w);

/* Writes the string in a column of this many characters, aligned to the right when `width` is negative. What is too long is cut
 * off on the right, or stays whole in a column aligned to the right. */
void text_cell(out *o, int width, const char *s);
void text_count_cell(out *o, int width, uint64_t n); /* 1,234,567 */
void text_bytes_cell(out *o, int width, uint64_t n); /* 12.3 MiB */

void text_rule(out *o); /* a line of dashes */
void text_title(out *o, const char *title);

/* "fn (file.c:12)" or "fn (in object)". */
void text_frame(out *o, const profile *p, uint32_t frame);

/* "(root)" or "label > label". */
void text_context(out *o, const report *r, uint32_t context);

/* A line of one value per interval, at most `width` characters, in eight heights of the largest value. */
void text_sparkline(out *o, const uint64_t *values, uint32_t n, uint32_t width);

/* Least and largest value within an interval. */
typedef struct {
   uint64_t floor, ceiling;
} text_bounds;

/* A row below a graph: a letter, or a space, for each interval; a column shows the last of its letters. */
typedef struct {
   const char *name; /* at most 6 characters */
   const char *letters;
} text_band;

/* A graph of bytes by interval, with rows below. `bounds` and letters are of all intervals of the profile. */
void text_bars(const report *r, const view_opts *opts, out *o, uint32_t height, const text_bounds *bounds,
               const text_band *bands, uint32_t n_bands);

/* The parts, in the order of the report. */
void text_graph(const report *r, const view_opts *opts, out *o);
void text_accounts(const report *r, const view_opts *opts, out *o);
void text_census(const report *r, const view_opts *opts, out *o); /* nothing when there are no spans and tasks */
void text_contexts(const report *r, const view_opts *opts, out *o);
void text_domains(const report *r, const view_opts *opts, out *o);
void text_snapshots(const report *r, const view_opts *opts, out *o);

#endif
