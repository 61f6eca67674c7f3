/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_out: transactions into a file, whole or not at all.
 *
 * Answers: did these lines reach the file? Lines gather in a buffer and go out in pieces; the commit line that makes them count comes
 * last. The first failure latches: one message, nothing more is written to this file.
 *
 * W1  what stands in the file up to the last commit line is a valid profile, whatever fails afterwards.
 * W2  after a failure is_failed stays set and further calls do nothing. A file that was deleted or cut off has failed:
 *     nobody can read it. */
#ifndef LG_OUT_H
#define LG_OUT_H

#include "lg_compat.h"

#include "lg_format.h"

typedef struct {
   Int fd;      /* -1: closed */
   lg_buf buf;  /* lines not yet written */
   UInt crc;    /* of the transaction's bytes that have left the buffer */
   ULong seq;   /* of the transaction in progress, or of the next one */
   ULong bytes; /* written so far */
   Bool is_failed, is_quiet;
   Bool is_watched; /* the file system tells whether the file still has a name: some never do */
   HChar *name;     /* owned; for messages */
} LgOut;

/* Creates or truncates the file. Returns False when that fails. With `is_quiet` no failure, now or later, is told. */
Bool LG_(out_open)(LgOut *o, const HChar *name, Bool is_quiet);
/* Closes it; buffered lines that were not committed are lost. */
void LG_(out_close)(LgOut *o);

/* Fails when the file was deleted or cut off since the last transaction. */
void LG_(out_check)(LgOut *o);

/* Begins a transaction, after such a check: the `b` line, except for transaction 0, which is the head. */
void LG_(out_begin)(LgOut *o, ULong time);
/* Where to put the next line: a buffer with room for a line of any length. */
lg_buf *LG_(out_line)(LgOut *o);
/* Ends the transaction. Returns False when it, or anything before it, did not reach the file. */
Bool LG_(out_commit)(LgOut *o);

#endif
