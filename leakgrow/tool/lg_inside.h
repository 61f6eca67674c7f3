/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_inside: contexts and census for a person who asks a running program.
 *
 * Answers: which work holds how much now, and which spans and tasks are open? Tables for the monitor commands `contexts` and `census`; sums
 * of the books as they are, in core's words. */
#ifndef LG_INSIDE_H
#define LG_INSIDE_H

#include "lg_compat.h"

/* The n contexts that hold most, what is below them not included. n 0: nothing. */
void LG_(inside_contexts)(UInt n, UInt (*say)(const HChar *format, ...));
/* The n groups of spans and tasks, by label and creation stack, of which most are open. n 0: nothing. */
void LG_(inside_census)(UInt n, UInt (*say)(const HChar *format, ...));

#endif
