/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_lines: the books as lines of the profile.
 *
 * Answers: how does this definition, this interval, this account look in the file? Each function writes whole lines into the
 * transaction that is open on `o`; none decides when. */
#ifndef LG_LINES_H
#define LG_LINES_H

#include "lg_account.h"
#include "lg_out.h"
#include "lg_snapshot.h"

/* How many definitions of each kind stand in the file; of stack_reused() and account_reused(), how many it has. */
typedef struct {
   UInt objects, files, fns, frames, stacks, contexts, accounts, domains;
   UInt reused_stacks, reused_accounts;
   UInt frames_of_stacks; /* see LG_ALL_FRAMES_MAX */
} LgDefined;

/* Transaction 0. */
void LG_(lines_head)(LgOut *o);
/* Everything that is known and not yet defined. */
void LG_(lines_definitions)(LgOut *o, LgDefined *d);
void LG_(lines_total)(LgOut *o, const lg_total_rec *t);
/* One interval of an account, at the clock's shift. */
void LG_(lines_rec)(LgOut *o, const LgAccount *a, const lg_rec *r);
/* Survivors and ages of an account: what is not written yet, or, with `all`, all of what was written before, for a new file. */
void LG_(lines_survivors)(LgOut *o, const LgAccount *a, Bool all);
void LG_(lines_peak)(LgOut *o);
void LG_(lines_at_peak)(LgOut *o, const LgAccount *a);
void LG_(lines_event)(LgOut *o, const LgEvent *e);
void LG_(lines_exit_began)(LgOut *o);
/* What the account holds at the end, where its intervals do not say so. */
void LG_(lines_late)(LgOut *o, const LgAccount *a);
void LG_(lines_counters)(LgOut *o);
/* Misuse of spans and tasks: what changed since it was written, or with `all` everything. */
void LG_(lines_misuse)(LgOut *o, Bool all);
/* What could be observed through hooks so far. */
void LG_(lines_coverage)(LgOut *o);
void LG_(lines_end)(LgOut *o, const HChar *how, Int code);

#endif
