/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_print: reads profiles, writes reports. */
#include "report.h"

#include "mem.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The locale decides about characters only: numbers and texts are the same in all of them. */
static int wants_unicode(const view_opts *opts)
{
   if (opts->unicode != UNICODE_AUTO)
      return opts->unicode == UNICODE_YES;
   return setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

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

/* A report that could not be written completely is an error, whatever else went well. */
static int close_output(out *o)
{
   int error = out_flush(o);
   if (error == 0 && close(o->fd) != 0)
      error = errno;
   if (error == 0)
      return EXIT_OK;
   fprintf(stderr, "lg_print: cannot write standard output: %s\n", strerror(error));
   return EXIT_OUTPUT;
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
   signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error like any other */
   out *o = mem_alloc(sizeof *o);
   out_init(o, STDOUT_FILENO, wants_unicode(&opts));
   for (int i = first; i < argc && o->error == 0; i++) {
      if (i > first)
         out_text(o, "\n");
      int result = print_file(argv[i], &opts, o);
      status = result != EXIT_OK ? result : status;
   }
   int written = close_output(o);
   free(o);
   return written != EXIT_OK ? written : status;
}
