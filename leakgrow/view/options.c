/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <stdio.h>
#include <string.h>

static const cmdline_row rows[] = {
#define VIEW_OPTION_ROW(type, field, name, meta, preset, min, max, help) \
  {TYPE_##type, offsetof(view_opts, field), name, meta, preset, min, max, help},
   VIEW_OPTIONS(VIEW_OPTION_ROW)
#undef VIEW_OPTION_ROW
};

static const cmdline_program program = {
   .name = "lg_print",
   .files = "FILE...",
   .about = "Shows what a leakgrow profile says: which code keeps growing the heap first of all.\n"
            "FILE is what 'valgrind --tool=leakgrow' wrote (leakgrow.out.<pid>); - is standard input.\n",
   .status = "0 all was shown, 2 a profile could not be read or is damaged, 3 wrong usage, 4 cannot write",
   .rows = rows,
   .n_rows = sizeof rows / sizeof *rows,
};

/* none | events | all | N[-N][,...] */
static int is_selection(const char *s)
{
   if (strcmp(s, "none") == 0 || strcmp(s, "events") == 0 || strcmp(s, "all") == 0)
      return 1;
   for (;;) {
      size_t n = strspn(s, "0123456789");
      if (n == 0 || n > 9)
         return 0;
      s += n;
      if (*s == '-') {
         n = strspn(++s, "0123456789");
         if (n == 0 || n > 9)
            return 0;
         s += n;
      }
      if (*s == '\0')
         return 1;
      if (*s++ != ',')
         return 0;
   }
}

options_result options_parse(int argc, char **argv, view_opts *opts, int *first_file)
{
   options_result result = cmdline_parse(&program, argc, argv, opts, first_file);
   if (result != OPTIONS_RUN)
      return result;
   if (!is_selection(opts->snapshots)) {
      fprintf(stderr, "lg_print: --snapshots=%s: none, events, all, or numbers such as 3,7-9\n", opts->snapshots);
      return OPTIONS_WRONG;
   }
   if (opts->follow && (argc - *first_file > 1 || opts->format == FORMAT_JSON || opts->fleet == FLEET_YES)) {
      fprintf(stderr, "lg_print: --follow is for one profile, as text\n");
      return OPTIONS_WRONG;
   }
   if (opts->follow && *first_file < argc && strcmp(argv[*first_file], "-") == 0) {
      fprintf(stderr, "lg_print: --follow needs a file's name: standard input cannot be read again\n");
      return OPTIONS_WRONG;
   }
   return *first_file < argc ? OPTIONS_RUN : cmdline_no_file(&program);
}
