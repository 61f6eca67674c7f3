/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program: what the viewer's programs have in common around their work.
 *
 * Answers: may Unicode be written, did everything reach standard output, how is a file replaced without ever being half of
 * itself? Messages go to standard error behind the program's name. */
#ifndef VIEW_PROGRAM_H
#define VIEW_PROGRAM_H

#include "out.h"

enum { UNICODE_YES, UNICODE_NO, UNICODE_AUTO };

/* The locale decides about characters only: numbers and texts are the same in all of them. */
int program_unicode(int choice);

/* A new `out` on standard output; a closed pipe becomes a write error like any other. program_close() frees it. */
out *program_stdout(int unicode_choice);

/* Returns EXIT_OK, or EXIT_OUTPUT after saying why: output that is not complete is an error, whatever else went well. */
int program_close(const char *program, out *o);

/* Writes a file through a temporary one beside it and renames it, or directly when it exists and is no regular file. Returns
 * EXIT_OK, or EXIT_OUTPUT after saying why; then an old file is as it was. */
typedef void program_writer(void *arg, out *o);
int program_save(const char *program, const char *file, program_writer *write, void *arg);

#endif
