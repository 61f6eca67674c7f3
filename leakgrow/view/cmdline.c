/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmdline.h"

#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

/* Position of the word in "a|b|c", or -1. */
static int find_choice(const char *words, const char *value)
{
   size_t n = strlen(value);
   for (int at = 0;; at++) {
      size_t length = strcspn(words, "|");
      if (length == n && memcmp(words, value, n) == 0)
         return at;
      if (words[length] == '\0')
         return -1;
      words += length + 1;
   }
}

/* Digits only: no sign, no spaces. */
static int parse_number(const char *value, const cmdline_row *r, long *out)
{
   char *end;
   if (!isdigit((unsigned char)value[0]))
      return 0;
   errno = 0;
   long v = strtol(value, &end, 10);
   if (errno != 0 || *end != '\0' || v < r->min || v > r->max)
      return 0;
   *out = v;
   return 1;
}

/* Up to three decimals, with a point whatever the locale; an optional % at the end. */
static int parse_percent(const char *value, const cmdline_row *r, long *out)
{
   long v = 0;
   int digits = 0;
   for (; isdigit((unsigned char)*value) && digits < 9; value++, digits++)
      v = v * 10 + (*value - '0');
   int decimals = -1;
   if (*value == '.')
      for (value++, decimals = 0; isdigit((unsigned char)*value) && decimals < 3; value++, decimals++)
         v = v * 10 + (*value - '0');
   for (int i = decimals < 0 ? 0 : decimals; i < 3; i++)
      v *= 10;
   value += *value == '%';
   if (*value != '\0' || digits == 0 || decimals == 0 || v < r->min * 1000 || v > r->max * 1000)
      return 0;
   *out = v;
   return 1;
}

static int set_value(void *opts, const cmdline_row *r, const char *value)
{
   void *field = (char *)opts + r->offset;
   int choice;
   switch (r->type) {
   case TYPE_CHOICE:
      choice = find_choice(r->meta, value);
      if (choice < 0)
         return 0;
      *(view_option_CHOICE *)field = choice;
      return 1;
   case TYPE_NUMBER:
      return parse_number(value, r, field);
   case TYPE_PERCENT:
      return parse_percent(value, r, field);
   case TYPE_TEXT:
      *(view_option_TEXT *)field = value;
      return value == NULL || value[0] != '\0';
   case TYPE_FLAG:
      *(view_option_FLAG *)field = value != NULL;
      return 1;
   }
   return 0;
}

static void complain(const cmdline_program *program, const cmdline_row *r, const char *value)
{
   fprintf(stderr, "%s: --%s=%s: ", program->name, r->name, value);
   if (r->type == TYPE_CHOICE)
      fprintf(stderr, "not available; choose one of %s\n", r->meta);
   else if (r->type == TYPE_TEXT)
      fprintf(stderr, "a value is needed\n");
   else
      fprintf(stderr, "not a number from %ld to %ld\n", r->min, r->max);
}

/* ---- help ---- */

static void print_help(const cmdline_program *program)
{
   printf("usage: %s [options] %s\n\n%s\noptions, [default]:\n", program->name, program->files, program->about);
   for (size_t i = 0; i < program->n_rows; i++) {
      const cmdline_row *r = &program->rows[i];
      int n = r->type == TYPE_FLAG ? printf("  --%s", r->name) : printf("  --%s=%s", r->name, r->meta);
      printf("%*s%s [%s]\n", n < 28 ? 28 - n : 1, "", r->help,
             r->preset != NULL      ? r->preset
             : r->type == TYPE_FLAG ? "no"
                                    : "none");
   }
   printf("  -h, --help%*sprint this and exit\n  -V, --version%*sprint the version and exit\n", 16, "", 13, "");
   printf("\nexit status: %s\n", program->status);
}

static options_result done(const cmdline_program *program)
{
   if (fflush(stdout) != 0 || ferror(stdout)) {
      fprintf(stderr, "%s: cannot write: %s\n", program->name, strerror(errno));
      exit(EXIT_OUTPUT);
   }
   return OPTIONS_DONE;
}

/* ---- parsing ---- */

static options_result wrong_option(const char *program, char **argv, int which)
{
   if (which == ':')
      fprintf(stderr, "%s: %s: a value is needed\n", program, argv[optind - 1]);
   else if (strncmp(argv[optind - 1], "--", 2) == 0 && optopt != 0)
      fprintf(stderr, "%s: %s: this option takes no value\n", program, argv[optind - 1]);
   else if (optopt != 0 && optopt < 128)
      fprintf(stderr, "%s: -%c: unknown option, see --help\n", program, isprint(optopt) ? optopt : '?');
   else
      fprintf(stderr, "%s: %s: unknown option, see --help\n", program, argv[optind - 1]);
   return OPTIONS_WRONG;
}

options_result cmdline_no_file(const cmdline_program *program)
{
   fprintf(stderr, "%s: no file given; usage: %s [options] %s, see --help\n", program->name, program->name,
           program->files);
   return OPTIONS_WRONG;
}

options_result cmdline_parse(const cmdline_program *program, int argc, char **argv, void *opts, int *first_file)
{
   struct option longs[CMDLINE_ROWS_MAX + 3];
   size_t n = program->n_rows;
   assert(n <= CMDLINE_ROWS_MAX);
   memset(longs, 0, sizeof longs);
   for (size_t i = 0; i < n; i++) {
      const cmdline_row *r = &program->rows[i];
      longs[i] = (struct option){r->name, r->type == TYPE_FLAG ? no_argument : required_argument, NULL, 256 + (int)i};
      set_value(opts, r, r->preset);
   }
   longs[n] = (struct option){"help", no_argument, NULL, 'h'};
   longs[n + 1] = (struct option){"version", no_argument, NULL, 'V'};
   opterr = 0;
   int which;
   while ((which = getopt_long(argc, argv, ":hV", longs, NULL)) != -1) {
      if (which == 'h') {
         print_help(program);
         return done(program);
      }
      if (which == 'V') {
         printf("%s %s\n", program->name, PACKAGE_VERSION);
         return done(program);
      }
      if (which < 256)
         return wrong_option(program->name, argv, which);
      const cmdline_row *r = &program->rows[which - 256];
      if (!set_value(opts, r, r->type == TYPE_FLAG ? "" : optarg)) {
         complain(program, r, optarg);
         return OPTIONS_WRONG;
      }
   }
   *first_file = optind;
   return OPTIONS_RUN;
}
