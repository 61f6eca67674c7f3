/* SPDX-License-Identifier: GPL-2.0-or-later */
/* groups: the census as renderers see it.
 *
 * Answers: in which order are groups of open spans and tasks listed, and how many were open in each interval? Verdicts and numbers are
 * the analysis' (lg_census). */
#ifndef VIEW_GROUPS_H
#define VIEW_GROUPS_H

#include "lg_analysis.h"
#include "profile.h"

/* One interval of a group. Bounds are exact for a group of one account, else floor and ceiling enclose them. */
typedef struct {
   uint64_t open, floor, ceiling; /* open: at its end */
   int has_moved;                 /* something was opened or closed in it */
} group_point;

/* Groups in the order of lists: growing ones first, by what they gained, then by how many are open, opened; then by name. The
 * caller frees; never NULL. */
uint32_t *groups_order(const lg_analysis *a);

/* Fills points[0 .. p->n_intervals). */
void groups_series(profile *p, const lg_analysis *a, uint32_t group, group_point *points);

/* The label of a group. */
const char *groups_label(const profile *p, const lg_census_group *g);

#endif
