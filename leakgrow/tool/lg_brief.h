/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_brief: what a touched account did in its interval, in one short line.
 *
 * Answers: can the record, the survivors and the ages of an account be told by what came and what went? Nearly always: who died in the
 * interval and was not born in an earlier one was born in this one, and who did not become old died young. Lines of this kind (`A` in
 * docs/FORMAT.md) are most of a profile, so their length is its size. */
#ifndef LG_BRIEF_H
#define LG_BRIEF_H

#include "lg_account.h"
#include "lg_out.h"

/* Writes the open record of a touched account with everything that is held back, and counts that as written. Must follow the `t` line of
 * the interval. Returns False, and does nothing, when only longer lines can say it. */
Bool LG_(brief_line)(LgOut *o, LgAccount *a);

#endif
