/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_row: one line of a file of hooks (--hooks=FILE).
 *
 * Answers: which function means which event, and where do its id and its label stand?
 *
 *    EVENT [id=VALUE] [label=LABEL] [parent=none|current|VALUE] [n=VALUE] PATTERN
 *
 *    VALUE   argN or result, then any number of ->OFFSET, each the word that stands that many bytes behind: arg1->16
 *    LABEL   "text" | fn | VALUE (address of a C string) | VALUE,VALUE (address and length) | symbol:VALUE (a function's name)
 *    PATTERN the rest of the line, or what stands between double quotes
 *
 * Freestanding; pure. Strings of a row are borrowed from the line. */
#ifndef LG_ROW_H
#define LG_ROW_H

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define LG_ROW_EVENTS(X) \
/*   enum           name            id    label parent n  */ \
   X(SPAN_NEW,      "span-new",     2,    1,    1,     0) \
   X(SPAN_ENTER,    "span-enter",   2,    0,    0,     0) \
   X(SPAN_EXIT,     "span-exit",    2,    0,    0,     0) \
   X(SPAN_CLOSE,    "span-close",   2,    0,    0,     0) \
   X(SPAN_BEGIN,    "span-begin",   0,    1,    0,     0) \
   X(SPAN_END,      "span-end",     0,    1,    0,     0) \
   X(CALL,          "call",         0,    1,    0,     0) \
   X(TASK_NEW,      "task-new",     2,    1,    0,     0) \
   X(TASK_RUN,      "task-run",     2,    1,    0,     0) \
   X(TASK_RESUME,   "task-resume",  2,    0,    0,     0) \
   X(TASK_SUSPEND,  "task-suspend", 2,    0,    0,     0) \
   X(TASK_END,      "task-end",     2,    0,    0,     0) \
   X(TICK,          "tick",         0,    0,    0,     1) \
   X(MARK,          "mark",         0,    1,    0,     0) \
   X(SNAPSHOT,      "snapshot",     0,    1,    0,     0)
/* clang-format on */

typedef enum {
#define X(id, name, has_id, has_label, has_parent, has_n) LG_ROW_##id,
   LG_ROW_EVENTS(X)
#undef X
      LG_N_ROW_EVENTS
} lg_row_event;

enum { LG_ROW_ARGS = 6, LG_ROW_STEPS = 8, LG_ROW_OFFSET_MAX = 1 << 20 };

typedef struct {
   uint8_t from; /* 0: there is none; 1 .. LG_ROW_ARGS: that argument; LG_ROW_ARGS + 1: the result */
   uint8_t n_steps;
   int32_t steps[LG_ROW_STEPS]; /* bytes */
} lg_row_value;

typedef enum { LG_ROW_FN, LG_ROW_TEXT, LG_ROW_STRING, LG_ROW_SIZED, LG_ROW_SYMBOL } lg_row_label;
typedef enum { LG_ROW_CURRENT, LG_ROW_NONE, LG_ROW_VALUE } lg_row_parent;

typedef struct {
   lg_row_event event;
   lg_row_value id, n, parent_id;
   lg_row_parent parent;
   lg_row_label label;
   int has_label;    /* it was given: else label is LG_ROW_FN */
   const char *text; /* LG_ROW_TEXT */
   size_t text_n;
   lg_row_value string, length; /* STRING, SIZED, SYMBOL */
   const char *pattern;
   size_t pattern_n; /* > 0 */
} lg_row;

/* Takes the line [line, line + n), without its newline. 1: a row; 0: an empty line or a comment (#); -1: neither, and *why says what
 * is wrong in it, in a few words (static). */
int lg_row_parse(const char *line, size_t n, lg_row *row, const char **why);

const char *lg_row_event_name(lg_row_event event);

#endif
