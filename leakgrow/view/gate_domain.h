/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate_domain: limits on reclamation domains.
 *
 * Answers: does every domain that a rule names keep its limit on what waits, or on how long it waited? */
#ifndef VIEW_GATE_DOMAIN_H
#define VIEW_GATE_DOMAIN_H

#include "budget.h"
#include "report.h"

#include "lg_gate.h"

/* Is the domain one that this pattern names? */
int gate_domain_matches(const report *r, uint32_t domain, const char *pattern);

/* Judges a rule about domains: the worst of those it names decides, and *t says which one that is. Returns how many it names. */
uint32_t gate_domain_rule(const report *r, const budget_rule *rule, lg_text *t, lg_gate_result *result);

#endif
