/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_books: the books in memory as the analysis sees them.
 *
 * Answers: what would lg_print find now? The core's analysis runs on the tool's own tables, through the same lg_source that the viewer
 * fills from a file.
 * R1  what is held back from the file counts as not having happened here either. */
#ifndef LG_BOOKS_H
#define LG_BOOKS_H

#include "lg_compat.h"

#include "lg_analysis.h"

typedef struct {
   lg_source source;
   lg_analysis analysis;
   lg_total *totals;            /* owned */
   void *pieces[LG_PIECES_MAX]; /* owned; what the analysis borrows */
   UInt n_pieces;
} LgBooks;

/* Analyses everything up to the last interval that was recorded. False when there is not enough memory: then only source is usable. In
 * both cases books_release() follows. */
Bool LG_(books_analyse)(LgBooks *b);
void LG_(books_release)(LgBooks *b);

/* Prints statements about the run and at most `max` findings through `say`, which is VG_(umsg) or VG_(gdb_printf). */
void LG_(books_say)(const LgBooks *b, UInt max, UInt (*say)(const HChar *format, ...));

#endif
