/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_writer: the profile, line by line (docs/FORMAT.md).
 *
 * Answers: which lines say what changed since the last transaction? Definitions go out before their first use; survivors and ages
 * as differences; and now and then the whole state is written anew beside the file and renamed over it, so that the file stays
 * in proportion to what it says.
 *
 * V1  after each call every committed transaction is in the file, or the failure was told once.
 * V2  a failed rewrite leaves the old file as it was. */
#ifndef LG_WRITER_H
#define LG_WRITER_H

#include "lg_snapshot.h"

/* Expands the file name, opens the profile and writes its head. Without a file the run goes on: the summary still comes. */
void LG_(writer_open)(void);

/* The interval in progress: totals, the records of touched accounts, survivors, ages, a new peak. With `hold_survivors`
 * survivors and ages stay unwritten until a later call. */
void LG_(writer_interval)(const lg_total_rec *total, Bool hold_survivors);
void LG_(writer_event)(const LgEvent *e);
/* Exit began in the interval that was just written. */
void LG_(writer_exit_begins)(void);
/* The last transaction; `how` as in FORMAT.md. */
void LG_(writer_end)(const HChar *how, Int code);

/* After writer_end("signal", 0): this is the signal. */
void LG_(writer_signal)(Int number);

/* True when what was appended since the last rewrite calls for one. */
Bool LG_(writer_wants_rewrite)(void);
void LG_(writer_rewrite)(void);
/* False when the profile is a device or a pipe: what is written there cannot be changed. */
Bool LG_(writer_can_rewrite)(void);
/* The books are about to change in a way that only a rewrite can tell: nothing is appended until one succeeds. */
void LG_(writer_invalidate)(void);
/* Bytes of the profile when it was last rewritten, with what the end may add. */
ULong LG_(writer_state_B)(void);
/* Writes the whole state to another file. False when that failed. */
Bool LG_(writer_save)(const HChar *name);

/* We are the child of a fork: the next transaction opens a file of our own. */
void LG_(writer_forked)(void);
/* True until then. */
Bool LG_(writer_is_pending)(void);

/* Name of the profile, or NULL when there is none; size and number of writes for --stats=yes. */
const HChar *LG_(writer_file_name)(void);
/* True when the profile lacks what came after a failed write. */
Bool LG_(writer_is_failed)(void);
void LG_(writer_stats)(ULong *file_bytes, ULong *written_bytes, ULong *rewrites);

#endif
