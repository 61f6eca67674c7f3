/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_stall: reclamation that does not get on, and why.
 *
 * Answers: does what was retired wait for a reader that does not leave, for somebody to advance or poll, for a stash to be flushed, or for
 * a destructor that kept the block? A stall is an incident with a begin and, if it passed, an end.
 *
 * What counts as one is borrowed from the Linux kernel's RCU: a grace period that is held up for 21 s (rcu_cpu_stall_timeout), or 10 000
 * callbacks that wait (qhimark). Under Valgrind programs run about SLOWDOWN times slower, so in the same time as many times fewer objects
 * are retired: 10 000 / SLOWDOWN of them are enough (--stall-objects), once they have waited for --stall-time / SLOWDOWN. */
#ifndef LG_STALL_H
#define LG_STALL_H

#include "lg_domain_state.h"

enum { LG_STALL_SLOWDOWN = 20 };

/* Opens, updates and ends stalls of all domains. O(number of pending objects that have waited for long). */
void LG_(stall_check_all)(ULong now_us);
/* The oldest pin is about to leave: ends its stall. */
void LG_(stall_pin_leaves)(LgDomain *d, const LgPin *p);

#endif
