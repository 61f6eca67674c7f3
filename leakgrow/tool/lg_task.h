/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_task: what lg_instance needs of tasks beyond their events.
 *
 * Answers: what becomes of what was entered in a task that is suspended, and goes on elsewhere? A suspended task keeps its entries, so that
 * they are entered again wherever it is resumed. */
#ifndef LG_TASK_H
#define LG_TASK_H

#include "lg_nest.h"

/* Suspends the task at this position of the thread's nest, and the tasks inside of it. */
void LG_(task_leave)(ThreadId tid, UInt position);

/* The entry that a suspended task keeps at `at` (1 ..), or NULL. */
LgNestEntry *LG_(task_kept)(UInt task, UInt at);
void LG_(task_drop_kept)(UInt task, UInt at);

/* How many begun spans with an account suspended tasks keep; for sanity checks. */
ULong LG_(task_n_begun)(void);

/* Serial of the task that runs on the thread; 0: none. */
UInt LG_(task_current)(ThreadId tid);

#endif
