/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options: lg_print's options, in one table.
 *
 * Answers: what did the user ask for? The table makes the struct, the parser and --help; the manual page and docs/MANUAL.md have
 * a paragraph per row, which a test compares. */
#ifndef VIEW_OPTIONS_H
#define VIEW_OPTIONS_H

#include "cmdline.h"
#include "program.h"

/* Columns: cmdline.h. */
#define VIEW_OPTIONS(OPTION)                                                                                           \
  OPTION(CHOICE, format, "format", "text|json", "text", 0, 0, "what to write")                                         \
  OPTION(PERCENT, threshold, "threshold", "PERCENT", "1.0", 0, 100,                                                    \
         "leave out of trees what holds less than this part of the heap")                                              \
  OPTION(NUMBER, x, "x", "N", "72", 10, 1000, "width of the graph, in columns")                                        \
  OPTION(NUMBER, y, "y", "N", "20", 3, 1000, "height of the graph, in rows")                                           \
  OPTION(NUMBER, top, "top", "N", "0", 0, 1000000000, "list at most N accounts; 0: the 20 first in text, all in json") \
  OPTION(TEXT, snapshots, "snapshots", "WHICH", "events", 0, 0,                                                        \
         "whose trees to show: none, events (peak, marks, requests, bursts, end), all, or numbers: 3,7-9")             \
  OPTION(CHOICE, tree, "tree", "stack|context|both", "both", 0, 0,                                                     \
         "begin trees with the allocating function, with the context, or show both if there are contexts")             \
  OPTION(CHOICE, fleet, "fleet", "auto|yes|no", "auto", 0, 0,                                                          \
         "one line per process instead of a report; auto: for a directory or several files")                           \
  OPTION(FLAG, follow, "follow", "", NULL, 0, 0, "show what grows in a run that is in progress, until it ends")        \
  OPTION(NUMBER, refresh, "refresh", "SECONDS", "1", 1, 3600, "with --follow: least time between two readings")        \
  OPTION(CHOICE, unicode, "unicode", "yes|no|auto", "auto", 0, 0, "draw with Unicode; auto: if the locale has it")

typedef struct {
   VIEW_OPTIONS(CMDLINE_FIELD)
} view_opts;

enum { FORMAT_TEXT, FORMAT_JSON };
enum { TREES_STACK, TREES_CONTEXT, TREES_BOTH };
enum { FLEET_AUTO, FLEET_YES, FLEET_NO };

/* Parses the command line; borrows strings from argv. RUN: *first_file is the index of the first file, at least one is there.
 * DONE: --help or --version was answered on standard output. WRONG: what is wrong was said on standard error. */
options_result options_parse(int argc, char **argv, view_opts *opts, int *first_file);

#endif
