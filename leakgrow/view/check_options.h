/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_options: lg_check's options, in one table. */
#ifndef VIEW_CHECK_OPTIONS_H
#define VIEW_CHECK_OPTIONS_H

#include "cmdline.h"

/* Columns: cmdline.h. */
#define CHECK_OPTIONS(OPTION)                                                                                      \
  OPTION(TEXT, baseline, "baseline", "OLD", NULL, 0, 0,                                                            \
         "only growth that is new or steeper than in this profile or baseline fails")                              \
  OPTION(TEXT, budget, "budget", "FILE", NULL, 0, 0, "limits and suppressions; without one, no growth is allowed") \
  OPTION(TEXT, write_baseline, "write-baseline", "FILE", NULL, 0, 0,                                               \
         "write what grows in the profile, for --baseline")                                                        \
  OPTION(TEXT, junit, "junit", "FILE", NULL, 0, 0, "write the results as JUnit XML")                               \
  OPTION(TEXT, markdown, "markdown", "FILE", NULL, 0, 0, "write a summary as Markdown")                            \
  OPTION(TEXT, history, "history", "DIR", NULL, 0, 0,                                                              \
         "append this run to DIR/lg_check.history and show the trend; without files, only show it")                \
  OPTION(TEXT, today, "today", "YYYY-MM-DD", NULL, 0, 0,                                                           \
         "the date that suppressions are compared with; none: today in UTC")                                       \
  OPTION(FLAG, allow_truncated, "allow-truncated", "", NULL, 0, 0,                                                 \
         "accept profiles without a final snapshot, and programs that were killed")                                \
  OPTION(FLAG, allow_idle, "allow-idle", "", NULL, 0, 0, "accept runs in which the program did little")            \
  OPTION(FLAG, allow_short, "allow-short", "", NULL, 0, 0,                                                         \
         "accept processes that ended by themselves too early to be judged, beside one that did not")              \
  OPTION(CHOICE, unicode, "unicode", "yes|no|auto", "auto", 0, 0, "write Unicode names; auto: if the locale has it")

typedef struct {
   CHECK_OPTIONS(CMDLINE_FIELD)
} check_opts;

#endif
