/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_unfollowed: open instances that are counted, but not known one by one any more.
 *
 * Answers: how many open spans and tasks of which account and age were given up to stay below --max-tool-memory, and whose end is it when one
 * ends that is not known? Spans that leak are the oldest ones, and never end: for them nothing is lost. Those that do end are taken for the
 * oldest of their kind. So the number of open instances is always right, and which account an end belongs to is a guess that is counted.
 *
 * V1  an instance given up stays alive in its account until unfollowed_close() takes it. */
#ifndef LG_UNFOLLOWED_H
#define LG_UNFOLLOWED_H

#include "lg_account.h"

/* An open instance of this account, born in this base interval, is not followed any more. Followed by unfollowed_settle(). */
void LG_(unfollowed_add)(UInt account, UInt birth);
/* After adding some: puts them in order, and together. O(n log n). */
void LG_(unfollowed_settle)(void);

/* Whether there is one of this kind, a span or a task: then an event for an id that is unknown is no mistake. */
Bool LG_(unfollowed_any)(lg_account_kind kind);
/* An instance that is not known has ended: the oldest one of the kind dies. False when there is none. */
Bool LG_(unfollowed_close)(lg_account_kind kind);

/* How many there are. */
ULong LG_(unfollowed_count)(void);

#endif
