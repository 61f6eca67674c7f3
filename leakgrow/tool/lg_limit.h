/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_limit: how near the end is.
 *
 * Answers: at which heap level is a snapshot due because memory runs out? The limit is --heap-limit, which is about the heap alone, or
 * else the memory limit of the process' control group, which is about all that the process has resident, Valgrind included:
 * whoever is killed at a limit wants to find in the profile who was growing just before.
 *
 * U1  a share of the limit (90, 95, 99 %) is reported once, and again only after the heap fell well below it. */
#ifndef LG_LIMIT_H
#define LG_LIMIT_H

#include "lg_compat.h"

/* Finds the limit; from post_clo_init. Limits that change later are not noticed. */
void LG_(limit_init)(void);

/* Heap level in bytes at which the next share is reached, given what is live and resident now; ~0 when there is none. */
ULong LG_(limit_level)(ULong live_B, ULong rss_B);

/* The heap has reached a level that limit_level() named: moves on to the next share. Returns words for the snapshot ("90% of
 * --heap-limit"), in static storage. */
const HChar *LG_(limit_reached)(void);

/* The limit in bytes, 0 for none, and whether it is the control group's; for the report. */
ULong LG_(limit_get)(Bool *is_cgroup);

#endif
