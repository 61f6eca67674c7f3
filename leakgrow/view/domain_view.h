/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain_view: one reclamation domain with everything that renderers need of it.
 *
 * Answers: what waited in this domain in each interval, how did its epoch move, and which stacks retired into it? Made when it is
 * rendered, because there may be thousands. */
#ifndef VIEW_DOMAIN_VIEW_H
#define VIEW_DOMAIN_VIEW_H

#include "report.h"

typedef struct {
   uint32_t domain;
   lg_domain_info info;
   const lg_domain_result *result;
   lg_dense backlog;                         /* all zeros when nothing was ever retired */
   lg_domain_point points[LG_INTERVALS_MAX]; /* [n_intervals] of the profile */
   uint32_t n_retirers;
   uint32_t *retirers; /* profile accounts by retire stack, in the report's order of accounts */
} domain_view;

domain_view *domain_view_make(const report *r, uint32_t domain);
void domain_view_free(domain_view *v);

/* All domains: those with a finding first, by rank; then by what waited at most, then by name. Caller frees; n_domains elements. */
uint32_t *domain_view_order(const report *r);

#endif
