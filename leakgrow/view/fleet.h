/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fleet: many processes at a glance.
 *
 * Answers: of all the profiles that a night left, which process is to be looked at first? Each is read, judged and reduced to one row
 * before the next one is opened, so memory is that of the largest. Verdicts and sentences are the report's.
 *
 * L1  rows are ordered: growing ones by what they gained, then inconclusive, bounded, and files that could not be read; then by name. */
#ifndef VIEW_FLEET_H
#define VIEW_FLEET_H

#include "report.h"

typedef struct {
   char *file;
   int is_read; /* false: nothing but `message` is known */
   uint64_t pid, ppid;
   char *command;
   const char *end, *unit;
   char letter; /* of the time unit, as in profile */
   uint64_t duration, live_B, live_blk, peak_B, grown_B;
   lg_verdict verdict;
   lg_slope per_s, per_tick, per_unit; /* of all growth together */
   uint32_t n_findings;
   char *title;   /* of the first finding, in a few words; "" for none */
   char *finding; /* the first one's sentence, or what is to be said of the run; "" for none */
   char *message; /* what was wrong with the file; "" for nothing */
} fleet_row;

typedef struct {
   fleet_row *rows;
   size_t n, cap;
   int is_damaged; /* something could not be read, or not to its end */
} fleet;

/* Adds the profile of one file, or all profiles that lie directly in a directory (other files there are passed over). Says what is wrong
 * on standard error. */
void fleet_add(fleet *f, const char *path);
void fleet_sort(fleet *f);
void fleet_free(fleet *f);

void fleet_text(const fleet *f, out *o);
void fleet_json(const fleet *f, out *o);

#endif
