/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_format: the profile's lines, written and taken apart. docs/FORMAT.md is the specification.
 *
 * Answers: how does a line of the profile look, and what are the fields of this line? Writer and reader share the numbers,
 * the escapes and the checksum; the meaning of the tags is theirs.
 *
 * F1  a line that lg_line_end() accepted is well-formed: no control bytes, one newline, at most LG_LINE_MAX bytes.
 * F2  a line that did not fit is not in the buffer at all; lg_line_end() says so.
 * Freestanding; buffers belong to the caller. */
#ifndef LG_FORMAT_H
#define LG_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define LG_FORMAT_MAGIC  "leakgrow-profile"
#define LG_CONTEXT_OTHER "(other)" /* the child of the root for contexts beyond the limit */

enum {
   LG_FORMAT_VERSION = 1,
   LG_LINE_MAX = 65535, /* bytes, newline included */
   LG_FRAMES_MAX = 1024,
   LG_ALL_FRAMES_MAX = 1 << 28, /* of all stacks with more than one frame */
   LG_CONTEXT_DEPTH_MAX = 256,
   LG_SHIFT_MAX = 40
};

/* A buffer of whole lines. `used` is their length; `line` is where the line under construction began, and `limit` how far it may reach. */
typedef struct {
   char *data;
   size_t size, used, line, limit;
   int overflow; /* the line under construction did not fit */
} lg_buf;

void lg_buf_init(lg_buf *b, char *data, size_t size);

/* Starts a line with its tag. Fields are put in order, each after a space, then the line is ended. */
void lg_line_begin(lg_buf *b, char tag);
void lg_line_begin_magic(lg_buf *b); /* the first line of a file; the version is its only field */
void lg_put_u64(lg_buf *b, uint64_t v);
void lg_put_i64(lg_buf *b, int64_t v);
void lg_put_numbers(lg_buf *b, const uint64_t *v, size_t n); /* n fields */
void lg_put_word(lg_buf *b, const char *word); /* a keyword; spaces and control bytes would become '_' (F1) */
void lg_put_crc(lg_buf *b, uint32_t crc);
void lg_put_string(lg_buf *b,
                   const char *s); /* last field; escaped; cut at a character's end when too long for a line */
/* Ends the line. Returns 1, or 0 when the buffer was too small: the buffer then holds what it held before lg_line_begin(). */
int lg_line_end(lg_buf *b);

/* CRC-32 (IEEE 802.3) of more bytes; start with 0. */
uint32_t lg_crc32(uint32_t crc, const void *data, size_t n);

/* Fields of a received line, [p, end): from behind the tag (or the magic) up to its newline. */
typedef struct {
   const char *p, *end;
} lg_fields;

/* Each takes the next field and returns 1, or returns 0 and moves nothing when the field is missing or malformed. */
int lg_get_u64(lg_fields *f, uint64_t *v);
int lg_get_i64(lg_fields *f, int64_t *v);
int lg_get_word(lg_fields *f, const char **word, size_t *n); /* borrowed */
int lg_get_crc(lg_fields *f, uint32_t *crc);
int lg_get_end(const lg_fields *f); /* 1 when nothing is left */
/* Takes the string that ends the line, unescaped, into dst (end - p bytes are always enough); 0-terminated; returns its length, or -1 and moves
 * nothing when an escape is malformed, a control byte or \x00 is in it, or dst is too small. */
long lg_get_string(lg_fields *f, char *dst, size_t size);

#endif
