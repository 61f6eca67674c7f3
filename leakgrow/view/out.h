/* SPDX-License-Identifier: GPL-2.0-or-later */
/* out: where a report goes.
 *
 * Answers: did everything reach the file? The first write error latches: nothing is written after it, and out_close() tells.
 * Text is buffered. Nothing a profile contains may reach a terminal as a control sequence: out_name() takes care of it. */
#ifndef VIEW_OUT_H
#define VIEW_OUT_H

#include <stddef.h>

typedef struct {
   int fd;
   int error;      /* errno of the first failed write, or 0 */
   int is_unicode; /* UTF-8 may be written */
   size_t used;
   char buf[16384];
} out;

void out_init(out *o, int fd, int is_unicode);
void out_write(out *o, const char *s, size_t n);
void out_text(out *o, const char *s);
void out_printf(out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_repeat(out *o, const char *s, size_t n);

/* A string from the profile, for people: control characters become '?', and so does what is no UTF-8, or no ASCII when the
 * output is not Unicode. */
void out_name(out *o, const char *s);

/* Writes what is buffered. Returns 0, or the errno of the first error. */
int out_flush(out *o);

/* Length in bytes of the well-formed UTF-8 character at s (1 to 4), or 0 when there is none; s is not at its end. */
size_t utf8_length(const char *s);

#endif
