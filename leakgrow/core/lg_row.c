/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_row: see lg_row.h. */
#include "lg_row.h"

static const struct {
   const char *name;
   int has_id, has_label, has_parent, has_n; /* 0: may not be given, 1: may, 2: must */
} events[] = {
#define X(id, name, has_id, has_label, has_parent, has_n) {name, has_id, has_label, has_parent, has_n},
   LG_ROW_EVENTS(X)
#undef X
};

typedef struct {
   const char *at, *end;
} text;

/* ---- words ---- */

static int is_blank(char c)
{
   return c == ' ' || c == '\t';
}

static void skip_blanks(text *t)
{
   while (t->at < t->end && is_blank(*t->at))
      t->at++;
}

/* Moves behind the word if the text goes on with it. */
static int take(text *t, const char *word)
{
   const char *p = t->at;
   while (*word != '\0') {
      if (p == t->end || *p != *word)
         return 0;
      p++;
      word++;
   }
   t->at = p;
   return 1;
}

/* A word that ends at a blank. */
static int take_word(text *t, const char *word)
{
   text before = *t;
   if (take(t, word) && (t->at == t->end || is_blank(*t->at)))
      return 1;
   *t = before;
   return 0;
}

static int take_number(text *t, int32_t max, int32_t *v)
{
   const char *begin = t->at;
   int32_t n = 0;
   while (t->at < t->end && *t->at >= '0' && *t->at <= '9') {
      n = n * 10 + (*t->at++ - '0');
      if (n > max)
         return 0;
   }
   *v = n;
   return t->at > begin;
}

/* ---- values ---- */

static int take_value(text *t, lg_row_value *v)
{
   int32_t n;
   v->n_steps = 0;
   if (take(t, "result"))
      v->from = LG_ROW_ARGS + 1;
   else if (take(t, "arg") && take_number(t, LG_ROW_ARGS, &n) && n >= 1)
      v->from = (uint8_t)n;
   else
      return 0;
   while (take(t, "->")) {
      int is_negative = take(t, "-");
      if (v->n_steps == LG_ROW_STEPS || !take_number(t, LG_ROW_OFFSET_MAX, &n))
         return 0;
      v->steps[v->n_steps++] = is_negative ? -n : n;
   }
   return 1;
}

static int is_at_blank(const text *t)
{
   return t->at == t->end || is_blank(*t->at);
}

static int take_quoted(text *t, const char **s, size_t *n)
{
   if (!take(t, "\""))
      return 0;
   *s = t->at;
   while (t->at < t->end && *t->at != '"')
      t->at++;
   *n = (size_t)(t->at - *s);
   return take(t, "\"");
}

static int take_label(text *t, lg_row *row)
{
   row->has_label = 1;
   if (take_word(t, "fn")) {
      row->label = LG_ROW_FN;
      return 1;
   }
   if (t->at < t->end && *t->at == '"') {
      row->label = LG_ROW_TEXT;
      return take_quoted(t, &row->text, &row->text_n) && is_at_blank(t);
   }
   row->label = take(t, "symbol:") ? LG_ROW_SYMBOL : LG_ROW_STRING;
   if (!take_value(t, &row->string))
      return 0;
   if (row->label == LG_ROW_STRING && take(t, ",")) {
      row->label = LG_ROW_SIZED;
      if (!take_value(t, &row->length))
         return 0;
   }
   return is_at_blank(t);
}

static int take_parent(text *t, lg_row *row)
{
   row->parent = LG_ROW_CURRENT;
   if (take_word(t, "current"))
      return 1;
   if (take_word(t, "none")) {
      row->parent = LG_ROW_NONE;
      return 1;
   }
   row->parent = LG_ROW_VALUE;
   return take_value(t, &row->parent_id) && is_at_blank(t);
}

/* ---- lines ---- */

static int fail(const char **why, const char *what)
{
   *why = what;
   return -1;
}

/* Takes id=, label= and so on; 1 when all were right. */
static int take_fields(text *t, lg_row *row, const char **why)
{
   for (;;) {
      skip_blanks(t);
      if (take(t, "id=")) {
         if (row->id.from != 0 || !take_value(t, &row->id) || !is_at_blank(t))
            return fail(why, "id= wants one of arg1 to arg6 or result, then ->OFFSET for what it points to");
      } else if (take(t, "n=")) {
         if (row->n.from != 0 || !take_value(t, &row->n) || !is_at_blank(t))
            return fail(why, "n= wants one of arg1 to arg6 or result, then ->OFFSET for what it points to");
      } else if (take(t, "label=")) {
         if (row->has_label || !take_label(t, row))
            return fail(why, "label= wants \"text\", fn, a value, two values with a comma, or symbol: and a value");
      } else if (take(t, "parent=")) {
         if (row->parent != LG_ROW_CURRENT || !take_parent(t, row))
            return fail(why, "parent= wants none, current or a value");
      } else {
         return 1;
      }
   }
}

static int take_pattern(text *t, lg_row *row, const char **why)
{
   while (t->end > t->at && is_blank(t->end[-1]))
      t->end--;
   if (t->at < t->end && *t->at == '"') {
      if (!take_quoted(t, &row->pattern, &row->pattern_n) || t->at != t->end)
         return fail(why, "the quotes of the pattern are not closed at the end of the line");
   } else {
      row->pattern = t->at;
      row->pattern_n = (size_t)(t->end - t->at);
   }
   if (row->pattern_n == 0)
      return fail(why, "the pattern of the function's name is missing");
   for (size_t i = 0; i < row->pattern_n; i++)
      if ((unsigned char)row->pattern[i] < 0x20)
         return fail(why, "the pattern holds a control character");
   return 1;
}

static int needs_result(const lg_row *row)
{
   enum { RESULT = LG_ROW_ARGS + 1 };
   return row->n.from == RESULT || row->parent_id.from == RESULT || row->string.from == RESULT ||
          row->length.from == RESULT;
}

static int check(const lg_row *row, const char **why)
{
   if (events[row->event].has_id == 2 && row->id.from == 0)
      return fail(why, "this event needs an id=");
   if (events[row->event].has_id == 0 && row->id.from != 0)
      return fail(why, "this event has no id");
   if (!events[row->event].has_label && row->has_label)
      return fail(why, "this event has no label");
   if (!events[row->event].has_parent && row->parent != LG_ROW_CURRENT)
      return fail(why, "this event has no parent");
   if (!events[row->event].has_n && row->n.from != 0)
      return fail(why, "this event has no n");
   if (needs_result(row))
      return fail(why, "only an id can be the result");
   if (row->id.from == LG_ROW_ARGS + 1 && row->event != LG_ROW_SPAN_NEW && row->event != LG_ROW_TASK_NEW)
      return fail(why, "only span-new and task-new can have the result as their id");
   if (row->id.from == LG_ROW_ARGS + 1 && row->parent == LG_ROW_VALUE)
      return fail(why, "with the result as id, the parent can only be none or current");
   return 1;
}

int lg_row_parse(const char *line, size_t n, lg_row *row, const char **why)
{
   static const lg_row empty;
   text t = {line, line + n};
   *row = empty;
   if (n > 0 && line[n - 1] == '\r')
      t.end--;
   skip_blanks(&t);
   if (t.at == t.end || *t.at == '#')
      return 0;
   unsigned e = 0;
   while (e < LG_N_ROW_EVENTS && !take_word(&t, events[e].name))
      e++;
   if (e == LG_N_ROW_EVENTS)
      return fail(why,
                  "it does not begin with an event: span-new, span-enter, span-exit, span-close, span-begin, span-end, "
                  "call, task-new, task-run, task-resume, task-suspend, task-end, tick, mark or snapshot");
   row->event = (lg_row_event)e;
   int ok = take_fields(&t, row, why);
   if (ok == 1)
      ok = take_pattern(&t, row, why);
   return ok == 1 ? check(row, why) : ok;
}

const char *lg_row_event_name(lg_row_event event)
{
   return events[event].name;
}
