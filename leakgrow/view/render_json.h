/* SPDX-License-Identifier: GPL-2.0-or-later */
/* render_json: parts of the JSON report that its sections share. Internal to render_json*.c. */
#ifndef VIEW_RENDER_JSON_H
#define VIEW_RENDER_JSON_H

#include "json.h"
#include "report.h"

/* An array of frames, innermost first. */
void json_put_stack(json *j, const char *key, const profile *p, const uint32_t *frames, uint32_t n);
/* Stack of a profile account. */
void json_put_account_stack(json *j, const char *key, const profile *p, uint32_t account);
/* "context": labels from the root's child inwards. */
void json_put_context(json *j, const profile *p, uint32_t id);
/* A member of the open object: `key`, a label, and where it is declared. */
void json_put_label(json *j, const report *r, uint32_t account);

/* "discipline": what was counted against each rule. */
void json_put_misuse(json *j, const uint64_t *misuse);

/* The sections "contexts" and "census", of at most `limit` entries each, and "coverage". */
void json_put_contexts(json *j, const report *r, uint64_t limit);
void json_put_census(json *j, const report *r, uint64_t limit);
void json_put_coverage(json *j, const report *r);

/* The section "domains": render_json_domain.c. */
void json_put_domains(json *j, const report *r);

#endif
