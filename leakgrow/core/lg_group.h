/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_group: sets of accounts that have a function, a context or a stack in common. Internal: between lg_index, which knows the sets,
 * and lg_group, which judges their sums. */
#ifndef LG_GROUP_H
#define LG_GROUP_H

#include "lg_work.h"

typedef enum { LG_GROUP_FUNCTION, LG_GROUP_CONTEXT, LG_GROUP_STACK } lg_group_kind;

lg_group_kind lg_group_kind_of(const lg_work *w, uint32_t group);

/* Accounts in the group: w->entries from w->group_begin[group] on. */
uint32_t lg_group_size_of(const lg_work *w, uint32_t group);

/* Could the sum of the accounts that are not explained yet have gained floor_B? Decided from their profiles. */
int lg_group_can_have_grown(const lg_work *w, uint32_t group);

/* Builds the index and fills w->candidates with one group per set of accounts, in the order they are to be asked. Returns how
 * many. */
uint32_t lg_groups_choose(lg_work *w);

#endif
