/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nights: the results of earlier runs, one line each.
 *
 * Answers: how did it go night by night? The file is text: `lg_check.history` in a directory of the user's.
 *
 *    n 1 <date> <result> <files> <held_B> <peak_B> <grown_B> <n growing> <known> <mB per second> <known> <mB per tick> <checksum> <worst>
 *
 * date is YYYY-MM-DD, result pass, inconclusive or fail; sizes are sums over the files of the run; the checksum is that of
 * everything before it and of the string behind it, which is escaped as in a profile (docs/FORMAT.md).
 *
 * T1  a line is appended by one write under a lock, and is on disk when nights_append() returns.
 * T2  a line that is torn or was changed is left out and counted; the next line begins on a line of its own. */
#ifndef VIEW_NIGHTS_H
#define VIEW_NIGHTS_H

#include "lg_gate.h"
#include "out.h"

#include <stdio.h>

typedef struct {
   char date[11];
   lg_gate_result result;
   uint64_t n_files, held_B, peak_B, grown_B, n_growing;
   lg_slope per_s, per_tick; /* only is_known and mB */
   char *worst;
} night;

typedef struct {
   night *n;
   size_t count, cap;
   size_t n_unreadable; /* lines */
} nights;

/* Appends to the history in `dir`, which is made if only its last part is missing. Returns 0 or an errno. */
int nights_append(const char *dir, const night *n);

/* Reads. Returns 0 or an errno; nights_free() in both cases. */
int nights_read(const char *dir, nights *list);
int nights_read_stream(FILE *in, nights *list);
void nights_free(nights *list);

/* Shows the last nights as a table. */
void nights_text(const nights *list, out *o);

#endif
