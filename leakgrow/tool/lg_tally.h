/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tally: what is known of accounts of open instances beyond their series.
 *
 * Answers: where in the source is this group of spans or tasks declared, and how often were its instances used against the rules? The rules
 * are core's lg_discipline; breaking one is counted and never more than that.
 *
 * N1  counts only grow. */
#ifndef LG_TALLY_H
#define LG_TALLY_H

#include "lg_account.h"
#include "lg_discipline.h"

/* The account of instances created at the stack (0: the one of now) under the label, in this context. NULL when --ignore-fn leaves the
 * stack out. */
LgAccount *LG_(tally_account)(ThreadId tid, lg_account_kind kind, UInt stack, UInt context, UInt label);

/* The label for which the account was made, or 0. */
UInt LG_(tally_label)(UInt account);

/* An instance of the account was used against a rule. Account 0 is ignored. */
void LG_(tally_misuse)(UInt account, lg_discipline d);
/* The same for an event of an instance that nobody created: the account "(unknown)" of the stack of now. */
void LG_(tally_unknown)(ThreadId tid, lg_account_kind kind);
/* An instance was entered inside so many others of its label: a misuse when that is much, and more than ever before. */
void LG_(tally_nested)(UInt account, UInt depth);

ULong LG_(tally_misuses)(UInt account, lg_discipline d);

/* Accounts whose counts changed since tally_clear_changed(), or with `all` those that have any: calls `visit` for each, in order of ids. */
void LG_(tally_visit)(Bool all, void (*visit)(void *arg, UInt account), void *arg);
void LG_(tally_clear_changed)(void);

/* An account of the census is about to be merged into another one of its kind: its mistakes count there from now on. */
void LG_(tally_merge)(UInt account, UInt into);

/* Sums over all accounts, for --stats=yes. */
void LG_(tally_stats)(ULong *n_accounts, ULong sums[LG_N_DISCIPLINES]);

#endif
