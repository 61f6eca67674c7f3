/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_group: sets of accounts that have a function, a context or a stack in common. Internal: between lg_index, which knows the sets,
 * and lg_group, which judges their sums. */
#ifndef LG_GROUP_H
#define LG_GROUP_H

#include "lg_work.h"

typedef enum { LG_GROUP_FUNCTION, LG_GROUP_CONTEXT, LG_GROUP_STACK } lg_group_kind;

lg_group_kind lg_group_kind_of(const lg_work *w, uint32_t group);

/* Sizes of the index: sets n_functions, n_contexts, n_groups_all, n_entries. Returns 0 when it would be too large: then no sums are formed, and
 * w->out says so. */
int lg_groups_measure(lg_work *w);
/* Its memory, for lg_work_get(). */
void lg_groups_lay_out(lg_work *w, lg_arena *m);

/* Movers in the group: w->entries from w->group_begin[group] on. */
uint32_t lg_group_size_of(const lg_work *w, uint32_t group);

/* Could the sum of the accounts that are not explained yet have gained floor_B? Decided from their profiles. */
int lg_group_can_have_grown(const lg_work *w, uint32_t group);

/* Builds the index and fills w->candidates with one group per set of accounts, in the order they are to be asked. Returns how
 * many. */
uint32_t lg_groups_choose(lg_work *w);

#endif
