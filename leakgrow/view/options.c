/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

typedef enum { TYPE_CHOICE, TYPE_NUMBER, TYPE_PERCENT, TYPE_TEXT } option_type;

typedef struct {
   option_type type;
   size_t offset; /* in view_opts */
   const char *name, *meta, *preset;
   long min, max;
   const char *help;
} option_row;

static const option_row rows[] = {
#define VIEW_OPTION_ROW(type, field, name, meta, preset, min, max, help) \
  {TYPE_##type, offsetof(view_opts, field), name, meta, preset, min, max, help},
   VIEW_OPTIONS(VIEW_OPTION_ROW)
#undef VIEW_OPTION_ROW
};

enum { N_ROWS = sizeof rows / sizeof *rows, OPTION_HELP = N_ROWS, OPTION_VERSION };

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
static int parse_number(const char *value, const option_row *r, long *out)
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
static int parse_percent(const char *value, const option_row *r, long *out)
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

static int set_value(view_opts *opts, const option_row *r, const char *value)
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
      return value[0] != '\0';
   }
   return 0;
}

static void complain(const option_row *r, const char *value)
{
   fprintf(stderr, "lg_print: --%s=%s: ", r->name, value);
   if (r->type == TYPE_CHOICE)
      fprintf(stderr, "not available; choose one of %s\n", r->meta);
   else if (r->type == TYPE_TEXT)
      fprintf(stderr, "a value is needed\n");
   else
      fprintf(stderr, "not a number from %ld to %ld\n", r->min, r->max);
}

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

/* ---- help ---- */

static void print_help(void)
{
   printf("usage: lg_print [options] FILE...\n\n"
          "Shows what a leakgrow profile says: which code keeps growing the heap first of all.\n"
          "FILE is what 'valgrind --tool=leakgrow' wrote (leakgrow.out.<pid>); - is standard input.\n\noptions, "
          "[default]:\n");
   for (size_t i = 0; i < N_ROWS; i++) {
      int n = printf("  --%s=%s", rows[i].name, rows[i].meta);
      printf("%*s%s [%s]\n", n < 28 ? 28 - n : 1, "", rows[i].help, rows[i].preset);
   }
   printf("  -h, --help%*sprint this and exit\n  -V, --version%*sprint the version and exit\n", 16, "", 13, "");
   printf(
      "\nexit status: 0 all was shown, 2 a profile could not be read or is damaged, 3 wrong usage, 4 cannot write\n");
}

static options_result done(void)
{
   if (fflush(stdout) != 0 || ferror(stdout)) {
      fprintf(stderr, "lg_print: cannot write: %s\n", strerror(errno));
      exit(4);
   }
   return OPTIONS_DONE;
}

/* ---- parsing ---- */

static options_result wrong_option(char **argv, int which)
{
   if (which == ':')
      fprintf(stderr, "lg_print: %s: a value is needed\n", argv[optind - 1]);
   else if (strncmp(argv[optind - 1], "--", 2) == 0 && optopt != 0)
      fprintf(stderr, "lg_print: %s: this option takes no value\n", argv[optind - 1]);
   else if (optopt != 0 && optopt < 128)
      fprintf(stderr, "lg_print: -%c: unknown option, see --help\n", isprint(optopt) ? optopt : '?');
   else
      fprintf(stderr, "lg_print: %s: unknown option, see --help\n", argv[optind - 1]);
   return OPTIONS_WRONG;
}

options_result options_parse(int argc, char **argv, view_opts *opts, int *first_file)
{
   struct option longs[N_ROWS + 3];
   memset(longs, 0, sizeof longs);
   for (int i = 0; i < N_ROWS; i++) {
      longs[i] = (struct option){rows[i].name, required_argument, NULL, 256 + i};
      set_value(opts, &rows[i], rows[i].preset);
   }
   longs[OPTION_HELP] = (struct option){"help", no_argument, NULL, 'h'};
   longs[OPTION_VERSION] = (struct option){"version", no_argument, NULL, 'V'};
   opterr = 0;
   int which;
   while ((which = getopt_long(argc, argv, ":hV", longs, NULL)) != -1) {
      if (which == 'h') {
         print_help();
         return done();
      }
      if (which == 'V') {
         printf("lg_print %s\n", PACKAGE_VERSION);
         return done();
      }
      if (which < 256)
         return wrong_option(argv, which);
      const option_row *r = &rows[which - 256];
      if (!set_value(opts, r, optarg)) {
         complain(r, optarg);
         return OPTIONS_WRONG;
      }
   }
   if (!is_selection(opts->snapshots)) {
      fprintf(stderr, "lg_print: --snapshots=%s: none, events, all, or numbers such as 3,7-9\n", opts->snapshots);
      return OPTIONS_WRONG;
   }
   *first_file = optind;
   if (optind < argc)
      return OPTIONS_RUN;
   fprintf(stderr, "lg_print: no file given; usage: lg_print [options] FILE..., see --help\n");
   return OPTIONS_WRONG;
}
