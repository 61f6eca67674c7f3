/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_userhook: hooks that the user asked for: --hooks=FILE and --context-fn=PATTERN.
 *
 * Answers: a function of the user's own executor, or of a program without any, is called: which event is that? Rows of a file (lg_row, docs/MANUAL.md
 * section 13) name functions, events and where the id and the label stand among the arguments.
 *
 * W1  a file with a mistake ends the run at once, with file and line; nothing is skipped.
 * W2  values are read from the client's memory through lg_peek; an event whose value cannot be read is counted and left out. */
#ifndef LG_USERHOOK_H
#define LG_USERHOOK_H

#include "lg_compat.h"

/* Reads the file of --hooks=FILE and adds its set, named after the file. Ends the run when it cannot. */
void LG_(userhook_add_file)(const HChar *path);

/* Adds the set "context-fn" for all --context-fn, if there are any. */
void LG_(userhook_add_context_fns)(void);

#endif
