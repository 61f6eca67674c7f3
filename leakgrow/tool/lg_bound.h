/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_bound: books and profile that stay below a limit, however long the run.
 *
 * Answers: what is to be given up when --max-tool-memory or --max-file-size is reached? History is bounded by itself (lg_clock), the
 * number of accounts is not: those that matter least are merged into one account per context whose stack is "(other)", and the profile
 * is rewritten. What an account matters is what it gained of late, then what it does and holds.
 *
 * B1  nothing is lost from the totals: what merged accounts held, and what their blocks do from then on, counts under (other).
 * B2  an account that is not merged is exact, as without a limit; one whose stack is seen again after merging starts anew.
 * B3  accounts of each kind are merged with their like: heap, mappings, spans, tasks, and retired objects within their domain. The account of
 *     what waits in the heap goes where that of the heap goes, so that they can be compared. The LG_BOUND_KEPT most important ones stay.
 * B4  when merging does not help, new call stacks are not kept any more (lg_stack_refuse_new) until it does. What is needed to serve
 *     the program, a table entry per live block, cannot be given up; that the limit is missed then is counted and told.
 * B5  tables that grow with what the program does, other than by accounts, have a part of the limit each (memory_share_B): open spans and tasks
 *     (lg_opened), retired objects (lg_pending), labels, contexts. What each gives up is its own business, and is counted. */
#ifndef LG_BOUND_H
#define LG_BOUND_H

#include "lg_compat.h"

enum { LG_BOUND_KEPT = 256 };

/* Memory of the books: everything of lg_memory. Not Valgrind's own: translations and debug information. O(1). */
ULong LG_(bound_books_B)(void);

/* Between two intervals, or with no account touched: merges and rewrites as is necessary. */
void LG_(bound_check)(void);

/* An account may have been made: now and then looks whether the limit is passed, and if so has bound_check() called soon. */
void LG_(bound_note_account)(void);
/* True when that is wanted. */
Bool LG_(bound_is_due)(void);

#endif
