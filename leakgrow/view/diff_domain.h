/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff_domain: the reclamation domains of two runs side by side.
 *
 * Answers: which domain of one run is which of the other, and what waited in each? */
#ifndef VIEW_DIFF_DOMAIN_H
#define VIEW_DIFF_DOMAIN_H

#include "json.h"
#include "text.h"

/* One domain; UINT32_MAX where a run does not have it. */
typedef struct {
   uint32_t old, now;
   const lg_domain_info *info;
} diff_domain;

/* Calls put for each, in order of names. */
void diff_domains(const report *old, const report *now, void (*put)(void *self, const diff_domain *d), void *self);

/* A section of the text, nothing when neither run has domains; a member of the open JSON object. */
void diff_domains_text(const report *old, const report *now, out *o);
void diff_domains_json(const report *old, const report *now, json *j);

#endif
