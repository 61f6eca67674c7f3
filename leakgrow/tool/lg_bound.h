/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_bound: books and profile that stay below a limit, however long the run.
 *
 * Answers: what is to be given up when --max-tool-memory or --max-file-size is reached? History is bounded by itself (lg_clock), the
 * number of accounts is not: those that matter least are merged into one account per context whose stack is "(other)", and the profile
 * is rewritten. What an account matters is what it gained of late, then what it does and holds.
 *
 * B1  nothing is lost from the totals: what merged accounts held, and what their blocks do from then on, counts under (other).
 * B2  an account that is not merged is exact, as without a limit; one whose stack is seen again after merging starts anew.
 * B3  accounts of mappings, spans, tasks and retired objects are never merged, and neither are the LG_BOUND_KEPT most important ones.
 * B4  when merging does not help, new call stacks are not kept any more (lg_stack_refuse_new) until it does. What is needed to serve
 *     the program, a table entry per live block, cannot be given up; that the limit is missed then is counted and told. */
#ifndef LG_BOUND_H
#define LG_BOUND_H

#include "lg_compat.h"

enum { LG_BOUND_KEPT = 256 };

/* Memory of the books: accounts with their history, stacks, names, unwinding rules, tables of blocks, details of snapshots. Not
 * Valgrind's own: translations and debug information. O(1). */
ULong LG_(bound_books_B)(void);

/* Between two intervals, or with no account touched: merges and rewrites as is necessary. */
void LG_(bound_check)(void);

/* An account may have been made: now and then looks whether the limit is passed, and if so has bound_check() called soon. */
void LG_(bound_note_account)(void);
/* True when that is wanted. */
Bool LG_(bound_is_due)(void);

#endif
