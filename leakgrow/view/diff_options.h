/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff_options: lg_diff's options, in one table. */
#ifndef VIEW_DIFF_OPTIONS_H
#define VIEW_DIFF_OPTIONS_H

#include "cmdline.h"

/* Columns: cmdline.h. */
#define DIFF_OPTIONS(OPTION)                                                                         \
  OPTION(CHOICE, format, "format", "text|json", "text", 0, 0, "what to write")                       \
  OPTION(NUMBER, top, "top", "N", "0", 0, 1000000000,                                                \
         "list at most N places that do not grow; 0: the 20 that changed most in text, all in json") \
  OPTION(CHOICE, unicode, "unicode", "yes|no|auto", "auto", 0, 0, "write Unicode names; auto: if the locale has it")

typedef struct {
   DIFF_OPTIONS(CMDLINE_FIELD)
} diff_opts;

#endif
