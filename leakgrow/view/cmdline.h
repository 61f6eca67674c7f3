/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmdline: the command lines of the viewer's programs.
 *
 * Answers: what did the user ask for? Each program has one table (options.h, diff_options.h, check_options.h) that makes its
 * struct, its parser and its --help; its manual page and docs/MANUAL.md have a paragraph per row, which a test compares. */
#ifndef VIEW_CMDLINE_H
#define VIEW_CMDLINE_H

#include <stddef.h>

/* OPTION(type, field, "name", "metavariable", preset, min, max, "help")
 *
 * type      value                             field's type
 * CHOICE    one of the words of metavariable  int: its position
 * NUMBER    min .. max                        long
 * PERCENT   min .. max, up to 3 decimals      long: thousandths of a percent
 * TEXT      anything but nothing              const char *; NULL when not given and the preset is NULL
 * FLAG      none                              int: 1 when given                                        */
typedef enum { TYPE_CHOICE, TYPE_NUMBER, TYPE_PERCENT, TYPE_TEXT, TYPE_FLAG } cmdline_type;

typedef int view_option_CHOICE;
typedef long view_option_NUMBER;
typedef long view_option_PERCENT;
typedef const char *view_option_TEXT;
typedef int view_option_FLAG;

#define CMDLINE_FIELD(type, field, name, meta, preset, min, max, help) view_option_##type field;

typedef struct {
   cmdline_type type;
   size_t offset; /* in the program's struct */
   const char *name, *meta, *preset;
   long min, max;
   const char *help;
} cmdline_row;

enum { CMDLINE_ROWS_MAX = 32 };

typedef struct {
   const char *name;   /* "lg_print" */
   const char *files;  /* "FILE..." */
   const char *about;  /* what it does, lines with newlines */
   const char *status; /* its exit statuses, one line */
   const cmdline_row *rows;
   size_t n_rows; /* at most CMDLINE_ROWS_MAX */
} cmdline_program;

typedef enum { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG } options_result;

/* Exit statuses of all programs; lg_check has its own meaning for 1. */
enum { EXIT_OK, EXIT_INPUT = 2, EXIT_USAGE = 3, EXIT_OUTPUT = 4 };

/* Parses the command line into the program's struct; borrows strings from argv. RUN: *first_file is the index of the first
 * operand, argc when there is none. DONE: --help or --version was answered on standard output. WRONG: what is wrong was said on
 * standard error. */
options_result cmdline_parse(const cmdline_program *program, int argc, char **argv, void *opts, int *first_file);

/* Says that a file is missing. Returns OPTIONS_WRONG. */
options_result cmdline_no_file(const cmdline_program *program);

#endif
