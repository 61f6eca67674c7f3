/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_lines: reclamation domains as lines of the profile (FORMAT.md, 5a) and as the analysis sees them.
 *
 * Answers: which lines say what changed in the domains since the last transaction? Each line replaces an earlier one, so that the
 * latest state is enough for a file that is written anew. */
#ifndef LG_DOMAIN_LINES_H
#define LG_DOMAIN_LINES_H

#include "lg_compat.h"

#include "lg_out.h"
#include "lg_source.h"

/* The interval in progress is about to be written: notes epochs, advances and pins as they stand. */
void LG_(domain_close_interval)(void);
/* Merges intervals after the clock's shift grew. */
void LG_(domain_halve)(void);
/* Stalls and readers as they are at this moment; before a write that may be the last one. */
void LG_(domain_refresh)(void);

/* Definitions of domains beyond the first *n_defined. Their contexts are defined. */
void LG_(domain_lines_definitions)(LgOut *o, UInt *n_defined);
/* What changed, and then counts as written; or all there is. */
void LG_(domain_lines_news)(LgOut *o);
void LG_(domain_lines_all)(LgOut *o);

/* Fills in what lg_source has of domains. */
void LG_(domain_source)(lg_source *src);

#endif
