/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reader: from a profile file to a profile.
 *
 * Answers: how much of this file can be believed? It is read once, front to back, and applied transaction by transaction, each
 * only when its commit line is there and its checksum is right. Whatever follows the last commit is dropped and said.
 *
 * E1  no input makes it crash, hang, or use memory out of proportion to the input.
 * E2  every prefix of a good file is read without an error as far as it goes (READ_OK or READ_TORN), once its head is there. */
#ifndef VIEW_READER_H
#define VIEW_READER_H

#include "profile.h"

#include <stdio.h>

typedef enum {
   READ_OK,      /* the file ends with a commit */
   READ_TORN,    /* the file ends within transaction `transaction`, which is dropped */
   READ_DAMAGED, /* something is wrong at `line`; what was committed before it is kept */
   READ_REFUSED  /* nothing can be used: not a profile, of a newer version, torn within its head, unreadable */
} read_status;

typedef struct {
   read_status status;
   uint64_t file_B;      /* bytes read */
   uint64_t line;        /* the line that ended the reading, from 1 */
   uint64_t transaction; /* sequence number of the last transaction that was kept */
   char message[512];    /* one line for people, without the file's name; empty when READ_OK */
} read_result;

/* Reads the stream to its end into a new profile. The profile is finished and belongs to the caller; NULL when READ_REFUSED.
 * A profile with a head and no interval is READ_REFUSED, too: there is nothing to show yet. */
profile *reader_read(FILE *in, read_result *result);

/* The same for a file by name; "-" is standard input. */
profile *reader_read_file(const char *name, read_result *result);

#endif
