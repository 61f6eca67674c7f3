/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare: two ledgers side by side, in the order in which they should be read.
 *
 * Answers: which places are new, gone, steeper, flatter or the same? A renderer is `void diff_x(const comparison *, limit, out *)`. */
#ifndef VIEW_COMPARE_H
#define VIEW_COMPARE_H

#include "ledger.h"

typedef enum {
   DIFF_NEW,
   DIFF_STEEPER,
   DIFF_UNSURE,
   DIFF_INCOMPARABLE,
   DIFF_SAME,
   DIFF_FLATTER,
   DIFF_GONE,
   N_DIFFS
} diff_status;

typedef struct {
   size_t old, now; /* 1 + index of the entry; 0: none */
   diff_status status;
   int is_growing;  /* in one of the runs */
   int is_count;    /* it is about instances of a label */
   uint64_t weight; /* what it is ordered by: bytes, or instances */
   const char *title;
} diff_row;

typedef struct {
   const report *old_report, *now_report;
   ledger *old, *now;
   diff_row *rows; /* growing ones first; by status, then by weight */
   size_t n, n_growing;
   size_t count[N_DIFFS]; /* of the growing ones */
} comparison;

/* Borrows everything; the ledgers must have been matched. */
void compare_make(comparison *c, const report *old_report, const report *now_report, ledger *old, ledger *now);
void compare_free(comparison *c);

const char *diff_status_name(diff_status s); /* "new", "steeper" ... */

/* One row in one sentence, without its title. */
void compare_sentence(const comparison *c, const diff_row *row, lg_text *t);

/* limit: places that do not grow; 0: the format's own. */
void diff_text(const comparison *c, uint64_t limit, out *o);
void diff_json(const comparison *c, uint64_t limit, out *o);

#endif
