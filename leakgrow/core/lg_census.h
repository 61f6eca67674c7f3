/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_census: how many spans and tasks are open, and do they become more?
 *
 * A group is what a person counts: the open instances of one label that were created at one stack, in whichever context. Its
 * growth is judged on the number of instances, because their bytes hide in tables that double; and because a task or span that
 * never ends is a mistake whatever it weighs. Groups of a label are judged together when none of them shows it, and what events say
 * of a label's use (lg_discipline) is one finding per label.
 *
 * M1  a group's trend is of instances: its fields in B are instances, too.
 * M2  groups are ordered by name (label, tasks before spans, place, stack), whatever the order of accounts.
 * M3  retained_B: live bytes of heap accounts with the group's creation stack (a task's own cell), and its share, by open
 *     instances, of live bytes in contexts that contain the label's name. Bytes in nested contexts belong to each label on the
 *     path: groups do not add up to the heap.
 * Part of lg_analysis. */
#ifndef LG_CENSUS_H
#define LG_CENSUS_H

#include "lg_source.h"
#include "lg_trend.h"

/* Thousandths per unit of an axis, of bytes or, in the census, of instances: JSON prints them divided by 1000. lo..hi is the 95 %
 * interval. per_unit is per second, MiB allocated and freed, million instructions or tick, as the profile's unit is. */
typedef struct {
   int is_known;
   int64_t mB, lo_mB, hi_mB;
} lg_slope;

typedef struct {
   lg_account_kind kind; /* SPAN or TASK */
   uint32_t account;     /* the first of its accounts: its context's innermost label and its stack are the group's */
   uint32_t first, n_accounts;    /* its accounts: lg_analysis.census_accounts[first ...] */
   lg_trend trend;                /* M1 */
   uint64_t open, opened, closed; /* at the end of the recording */
   uint64_t held;                 /* open at the end of what was judged: before teardown */
   uint64_t oldest_age; /* the oldest of these was open for at least so many time units then; 0: none, or just opened */
   uint64_t retained_B; /* M3, at the same moment */
   uint64_t misuse[LG_N_DISCIPLINES];  /* over the whole run */
   lg_slope per_s, per_tick, per_unit; /* of instances, when it grows */
   uint32_t finding;                   /* 1 + index of the census finding that is about it or its label, 0: none */
} lg_census_group;

#endif
