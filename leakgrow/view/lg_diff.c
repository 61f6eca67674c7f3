/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_diff: what changed between two runs. */
#include "compare.h"
#include "diff_options.h"
#include "program.h"

#include <stdio.h>

static const cmdline_row rows[] = {
#define DIFF_OPTION_ROW(type, field, name, meta, preset, min, max, help) \
  {TYPE_##type, offsetof(diff_opts, field), name, meta, preset, min, max, help},
   DIFF_OPTIONS(DIFF_OPTION_ROW)
#undef DIFF_OPTION_ROW
};

static const cmdline_program program = {
   .name = "lg_diff",
   .files = "OLD NEW",
   .about = "Compares two leakgrow profiles, also of different builds: what grows that did not, what grows faster.\n"
            "Places are matched by the names of functions, not by addresses or lines.\n",
   .status = "0 the difference was shown, 2 a profile could not be read or is damaged, 3 wrong usage, 4 cannot write",
   .rows = rows,
   .n_rows = sizeof rows / sizeof *rows,
};

/* Returns 1 and a report, or 0; *status becomes EXIT_INPUT when something is wrong. */
static int read_report(const char *file, report *r, int *status)
{
   read_result read;
   profile *p = reader_read_file(file, &read);
   if (read.message[0] != '\0')
      fprintf(stderr, "lg_diff: %s: %s\n", file, read.message);
   if (p == NULL || read.status == READ_DAMAGED)
      *status = EXIT_INPUT;
   if (p == NULL)
      return 0;
   report_make(r, file, p, &read);
   return 1;
}

static void show(const report *old_report, const report *now_report, const diff_opts *opts, out *o)
{
   symbol_table symbols = {0};
   ledger old, now;
   comparison c;
   ledger_make(&old, old_report, &symbols);
   ledger_make(&now, now_report, &symbols);
   ledger_match(&old, &now);
   compare_make(&c, old_report, now_report, &old, &now);
   if (opts->format == FORMAT_JSON)
      diff_json(&c, (uint64_t)opts->top, o);
   else
      diff_text(&c, (uint64_t)opts->top, o);
   compare_free(&c);
   ledger_free(&old);
   ledger_free(&now);
   symbol_table_free(&symbols);
}

int main(int argc, char **argv)
{
   diff_opts opts;
   report old, now;
   int first, status = EXIT_OK;
   options_result result = cmdline_parse(&program, argc, argv, &opts, &first);
   if (result != OPTIONS_RUN)
      return result == OPTIONS_DONE ? EXIT_OK : EXIT_USAGE;
   if (argc - first != 2) {
      fprintf(stderr, "lg_diff: two files are needed, not %d; usage: lg_diff [options] OLD NEW, see --help\n",
              argc - first);
      return EXIT_USAGE;
   }
   if (!read_report(argv[first], &old, &status))
      return status;
   if (!read_report(argv[first + 1], &now, &status)) {
      report_free(&old);
      return status;
   }
   out *o = program_stdout(opts.unicode);
   show(&old, &now, &opts, o);
   report_free(&old);
   report_free(&now);
   int written = program_close("lg_diff", o);
   return written != EXIT_OK ? written : status;
}
