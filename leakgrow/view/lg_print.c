/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_print: reads profiles, writes reports. */
#include "fleet.h"
#include "follow.h"

#include "program.h"

#include <stdio.h>
#include <sys/stat.h>

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

static int print_files(char **files, int n, const view_opts *opts, out *o)
{
   int status = EXIT_OK;
   for (int i = 0; i < n && o->error == 0; i++) {
      if (i > 0)
         out_text(o, "\n");
      int result = print_file(files[i], opts, o);
      status = result != EXIT_OK ? result : status;
   }
   return status;
}

static int print_fleet(char **paths, int n, const view_opts *opts, out *o)
{
   fleet f = {0};
   for (int i = 0; i < n; i++)
      fleet_add(&f, paths[i]);
   fleet_sort(&f);
   if (opts->format == FORMAT_JSON)
      fleet_json(&f, o);
   else if (f.n > 0)
      fleet_text(&f, o);
   int status = f.is_damaged ? EXIT_INPUT : EXIT_OK;
   fleet_free(&f);
   return status;
}

static int wants_fleet(const view_opts *opts, char **paths, int n)
{
   struct stat info;
   if (opts->fleet != FLEET_AUTO)
      return opts->fleet == FLEET_YES;
   return n > 1 || (stat(paths[0], &info) == 0 && S_ISDIR(info.st_mode));
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
   int is_fleet = wants_fleet(&opts, argv + first, argc - first);
   if (opts.format == FORMAT_JSON && argc - first > 1 && !is_fleet) {
      fprintf(stderr, "lg_print: --fleet=no --format=json takes one file, not %d\n", argc - first);
      return EXIT_USAGE;
   }
   out *o = program_stdout(opts.unicode);
   if (opts.follow)
      status = follow_file(argv[first], &opts, o);
   else if (is_fleet)
      status = print_fleet(argv + first, argc - first, &opts, o);
   else
      status = print_files(argv + first, argc - first, &opts, o);
   int written = program_close("lg_print", o);
   return written != EXIT_OK ? written : status;
}
