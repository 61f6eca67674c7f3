/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_print: reads profiles, writes reports. */
#include "report.h"

#include "program.h"

#include <stdio.h>

/* Reads and renders one file. Returns an exit code. */
static int print_file(const char *file, const view_opts *opts, out *o)
{
   read_result read;
   report r;
   profile *p = reader_read_file(file, &read);
   if (read.message[0] != '\0')
      fprintf(stderr, "lg_print: %s: %s\n", file, read.message);
   if (p == NULL)
      return EXIT_INPUT;
   report_make(&r, file, p, &read);
   if (opts->format == FORMAT_JSON)
      render_json(&r, opts, o);
   else
      render_text(&r, opts, o);
   report_free(&r);
   return read.status == READ_DAMAGED ? EXIT_INPUT : EXIT_OK;
}

int main(int argc, char **argv)
{
   view_opts opts;
   int first, status = EXIT_OK;
   switch (options_parse(argc, argv, &opts, &first)) {
   case OPTIONS_DONE:
      return EXIT_OK;
   case OPTIONS_WRONG:
      return EXIT_USAGE;
   case OPTIONS_RUN:
      break;
   }
   if (opts.format == FORMAT_JSON && argc - first > 1) {
      fprintf(stderr, "lg_print: --format=json takes one file, not %d\n", argc - first);
      return EXIT_USAGE;
   }
   out *o = program_stdout(opts.unicode);
   for (int i = first; i < argc && o->error == 0; i++) {
      if (i > first)
         out_text(o, "\n");
      int result = print_file(argv[i], &opts, o);
      status = result != EXIT_OK ? result : status;
   }
   int written = program_close("lg_print", o);
   return written != EXIT_OK ? written : status;
}
