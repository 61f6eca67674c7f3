/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line is cut into words, then taken apart word by word: each take_ function consumes what it knows or notes the mistake. */
#include "budget.h"

#include "mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 8192, WORDS_MAX = 64, RULES_MAX = 10000 };

static const int64_t LIMIT_MAX_mB = ((int64_t)1 << 55) * 250; /* 2^53 B, so that no sum of limits overflows */

typedef struct {
   budget *b;
   unsigned line;
   char *word[WORDS_MAX];
   int is_quoted[WORDS_MAX];
   int n, at;
   char *why;
   size_t why_size;
} parser;

static int wrong(parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Notes the mistake; returns 0. What is quoted from the file is made printable. */
static int wrong(parser *p, const char *format, ...)
{
   va_list args;
   int n = snprintf(p->why, p->why_size, "line %u: ", p->line);
   va_start(args, format);
   vsnprintf(p->why + n, p->why_size - (size_t)n, format, args);
   va_end(args);
   for (char *c = p->why; *c != '\0'; c++)
      if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
         *c = '?';
   return 0;
}

/* ---- words ---- */

/* Cuts a quoted word in place; *s is behind the opening quote. */
static int cut_quoted(parser *p, char **s)
{
   char *from = *s, *to = *s;
   while (*from != '"') {
      if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
         from++;
      else if (*from == '\\')
         return wrong(p, "after a backslash only \" or \\ may stand in a quoted name");
      if (*from == '\0')
         return wrong(p, "a quote is not closed");
      *to++ = *from++;
   }
   from++;
   if (*from != '\0' && *from != ' ' && *from != '\t')
      return wrong(p, "something follows a closing quote without a space");
   *s = *from == '\0' ? from : from + 1;
   *to = '\0';
   return 1;
}

static int cut_words(parser *p, char *s)
{
   p->n = p->at = 0;
   for (;;) {
      s += strspn(s, " \t");
      if (*s == '\0' || *s == '#')
         return 1;
      if (p->n == WORDS_MAX)
         return wrong(p, "there are more than %d words", WORDS_MAX);
      int is_quoted = p->is_quoted[p->n] = *s == '"';
      char *word = is_quoted ? ++s : s;
      if (is_quoted && !cut_quoted(p, &s))
         return 0;
      if (!is_quoted) {
         s += strcspn(s, " \t");
         if (*s != '\0')
            *s++ = '\0';
      }
      p->word[p->n++] = word;
   }
}

static const char *next_word(parser *p)
{
   return p->at < p->n ? p->word[p->at++] : NULL;
}

/* Takes this word, unquoted. */
static int take_word(parser *p, const char *word)
{
   if (p->at >= p->n || p->is_quoted[p->at] || strcmp(p->word[p->at], word) != 0)
      return 0;
   p->at++;
   return 1;
}

static const char *shown(const char *word)
{
   return word != NULL ? word : "the end of the line";
}

static int take_end(parser *p)
{
   return p->at == p->n || wrong(p, "\"%.60s\" is not expected here", p->word[p->at]);
}

/* ---- numbers ---- */

/* Digits with up to three decimals, in thousandths; *end is behind it. */
static int parse_milli(const char *s, int64_t *milli, const char **end)
{
   int64_t v = 0;
   int n = 0, decimals = -1;
   for (; isdigit((unsigned char)*s) && n < 15; s++, n++)
      v = v * 10 + (*s - '0');
   if (n == 0 || isdigit((unsigned char)*s))
      return 0;
   if (*s == '.')
      for (s++, decimals = 0; isdigit((unsigned char)*s) && decimals < 3; s++, decimals++)
         v = v * 10 + (*s - '0');
   if (decimals == 0 || isdigit((unsigned char)*s))
      return 0;
   for (int i = decimals < 0 ? 0 : decimals; i < 3; i++)
      v *= 10;
   *milli = v;
   *end = s;
   return 1;
}

/* "10 KiB", "10KiB", "0". */
static int take_bytes(parser *p, int64_t *mB)
{
   static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
   const char *word = next_word(p), *end;
   if (word == NULL || !parse_milli(word, mB, &end))
      return wrong(p, "a number of bytes is expected, with at most 15 digits and 3 decimals, not %.60s", shown(word));
   if (*end == '\0' && p->at < p->n && (isalpha((unsigned char)*p->word[p->at]) && strcmp(p->word[p->at], "per") != 0))
      end = next_word(p);
   if (*end == '\0' && *mB == 0)
      return 1;
   for (int u = 0; u < 5; u++) {
      if (strcmp(end, units[u]) != 0)
         continue;
      if (*mB > LIMIT_MAX_mB >> (10 * u))
         return wrong(p, "the limit is larger than 8 PiB");
      *mB <<= 10 * u;
      return 1;
   }
   return wrong(p, "a unit is expected (B, KiB, MiB, GiB, TiB), not %.60s", *end != '\0' ? end : "none");
}

/* A number of instances: "8", or "0.5" of a rate. */
static int take_instances(parser *p, int64_t *milli)
{
   const char *word = next_word(p), *end;
   if (word == NULL || !parse_milli(word, milli, &end) || *end != '\0')
      return wrong(p, "a number without a unit is expected, with at most 15 digits and 3 decimals, not %.60s",
                   shown(word));
   return 1;
}

/* "100 ms", in thousandths of a microsecond. */
static int take_micros(parser *p, int64_t *milli)
{
   static const struct {
      const char *name;
      int64_t us;
   } units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"min", 60000000}};
   const char *word = next_word(p), *end;
   if (word == NULL || !parse_milli(word, milli, &end) || *milli > (int64_t)10000000 * 1000)
      return wrong(p, "a number up to 10000000 is expected, not %.60s", shown(word));
   const char *unit = *end != '\0' ? end : next_word(p);
   for (int u = 0; u < 4 && unit != NULL; u++) {
      if (strcmp(unit, units[u].name) != 0)
         continue;
      *milli *= units[u].us;
      return 1;
   }
   return wrong(p, "a unit is expected (us, ms, s, min), not %.60s", shown(unit));
}

static int take_count(parser *p, uint64_t *n)
{
   const char *word = next_word(p);
   if (word == NULL || !isdigit((unsigned char)*word) || strlen(word) > 18 || word[strspn(word, "0123456789")] != '\0')
      return wrong(p, "a whole number of at most 18 digits is expected, not %.60s", shown(word));
   *n = strtoull(word, NULL, 10);
   return 1;
}

/* ---- rules ---- */

static int is_reserved(const char *word)
{
   static const char *const words[] = {"backlog", "lag", "stall", NULL};
   for (int i = 0; words[i] != NULL; i++)
      if (strcmp(word, words[i]) == 0)
         return 1;
   return 0;
}

static int unknown_word(parser *p, const char *word, const char *expected)
{
   if (word != NULL && is_reserved(word))
      return wrong(p, "%s is of reclamation domains: domain NAME backlog, peak or lag", word);
   return wrong(p, "%s is expected, not %.60s", expected, shown(word));
}

static int take_name(parser *p, budget_subject *s, subject_kind kind)
{
   const char *word = next_word(p);
   s->kind = kind;
   if (word == NULL || *word == '\0')
      return wrong(p, "a name is missing");
   s->name = mem_string(word, strlen(word));
   return 1;
}

static int take_subject(parser *p, budget_subject *s)
{
   if (take_word(p, "function"))
      return take_name(p, s, SUBJECT_FUNCTION);
   if (take_word(p, "context"))
      return take_name(p, s, SUBJECT_CONTEXT);
   if (take_word(p, "span"))
      return take_name(p, s, SUBJECT_SPAN);
   if (take_word(p, "task"))
      return take_name(p, s, SUBJECT_TASK);
   if (take_word(p, "domain"))
      return take_name(p, s, SUBJECT_DOMAIN);
   return unknown_word(p, next_word(p), "function, context, span, task or domain");
}

static int take_percentile(parser *p, budget_rule *r)
{
   static const struct {
      const char *word;
      unsigned percent;
   } words[] = {{"p50", 50}, {"p95", 95}, {"p99", 99}, {"max", 100}};
   r->measure = MEASURE_LAG;
   for (int i = 0; i < 4; i++) {
      if (take_word(p, words[i].word)) {
         r->percent = words[i].percent;
         return 1;
      }
   }
   return wrong(p, "p50, p95, p99 or max is expected, not %.60s", shown(next_word(p)));
}

/* What is measured of a reclamation domain, and its limit. */
static int take_domain_limit(parser *p, budget_rule *r)
{
   if (take_word(p, "backlog"))
      r->measure = MEASURE_BACKLOG;
   else if (take_word(p, "peak"))
      r->measure = MEASURE_PEAK;
   else if (!take_word(p, "lag"))
      return unknown_word(p, next_word(p), "backlog, peak or lag");
   else if (!take_percentile(p, r))
      return 0;
   if (!take_word(p, "<="))
      return wrong(p, "<= is expected, not %.60s", shown(next_word(p)));
   if (r->measure == MEASURE_LAG)
      return take_micros(p, &r->limit_mB);
   r->is_objects = p->at + 1 < p->n && strcmp(p->word[p->at + 1], "objects") == 0;
   if (!r->is_objects)
      return take_bytes(p, &r->limit_mB);
   return take_instances(p, &r->limit_mB) && take_word(p, "objects");
}

static int take_measure(parser *p, budget_rule *r)
{
   if (take_word(p, "growth"))
      r->measure = MEASURE_GROWTH;
   else if (take_word(p, "live"))
      r->measure = MEASURE_LIVE;
   else if (take_word(p, "peak"))
      r->measure = MEASURE_PEAK;
   else if (budget_is_counted(&r->subject) && take_word(p, "open"))
      r->measure = MEASURE_OPEN;
   else
      return unknown_word(p, next_word(p),
                          budget_is_counted(&r->subject) ? "growth, open or peak" : "growth, live or peak");
   if (budget_is_counted(&r->subject) && r->measure == MEASURE_LIVE)
      return wrong(p, "spans and tasks are counted: open, not live");
   if (r->subject.kind == SUBJECT_MAPPED && r->measure != MEASURE_GROWTH)
      return wrong(p, "of mapped memory only growth is measured");
   return take_word(p, "<=") || wrong(p, "<= is expected, not %.60s", shown(next_word(p)));
}

static int take_per(parser *p, budget_rule *r)
{
   r->per = PER_RUN;
   if (!take_word(p, "per"))
      return 1;
   if (r->measure != MEASURE_GROWTH)
      return wrong(p, "only growth can be per second or per tick");
   if (take_word(p, "second"))
      r->per = PER_SECOND;
   else if (take_word(p, "tick"))
      r->per = PER_TICK;
   else
      return wrong(p, "second or tick is expected, not %.60s", shown(next_word(p)));
   return 1;
}

static int is_same_subject(const budget_subject *x, const budget_subject *y)
{
   return x->kind == y->kind && (x->name == NULL || strcmp(x->name, y->name) == 0);
}

/* A second limit for the same thing is a mistake: one of the two would be forgotten. */
static int is_unique(parser *p, const budget_rule *r)
{
   for (const budget_rule *old = p->b->rules; old < r; old++)
      if (is_same_subject(&old->subject, &r->subject) && old->measure == r->measure && old->per == r->per &&
          old->is_objects == r->is_objects && old->percent == r->percent)
         return wrong(p, "line %u has a limit for the same already", old->line);
   return 1;
}

/* The rule in its own words, from word `from` on. */
static char *rule_text(const parser *p, int from)
{
   size_t n = 1;
   for (int i = from; i < p->at; i++)
      n += strlen(p->word[i]) + 3;
   char *text = mem_alloc(n);
   text[0] = '\0';
   for (int i = from; i < p->at; i++) {
      strcat(text, i > from ? " " : "");
      strcat(text, p->is_quoted[i] ? "\"" : "");
      strcat(text, p->word[i]);
      strcat(text, p->is_quoted[i] ? "\"" : "");
   }
   return text;
}

static int take_rule(parser *p)
{
   budget *b = p->b;
   if (b->n_rules == RULES_MAX)
      return wrong(p, "there are more than %d rules", RULES_MAX);
   b->rules = mem_grow(b->rules, &b->rules_cap, b->n_rules + 1, sizeof *b->rules);
   budget_rule *r = &b->rules[b->n_rules++];
   memset(r, 0, sizeof *r);
   r->line = p->line;
   if (take_word(p, "total"))
      r->subject.kind = SUBJECT_TOTAL;
   else if (take_word(p, "mapped"))
      r->subject.kind = SUBJECT_MAPPED;
   else if (!take_subject(p, &r->subject))
      return 0;
   if (r->subject.kind == SUBJECT_DOMAIN) {
      if (!take_domain_limit(p, r) || !take_end(p))
         return 0;
      r->text = rule_text(p, 0);
      return is_unique(p, r);
   }
   if (!take_measure(p, r))
      return 0;
   int ok = budget_is_counted(&r->subject) ? take_instances(p, &r->limit_mB) : take_bytes(p, &r->limit_mB);
   if (!ok || !take_per(p, r) || !take_end(p))
      return 0;
   r->text = rule_text(p, 0);
   return is_unique(p, r);
}

/* ---- suppressions and requirements ---- */

int budget_is_date(const char *s)
{
   static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
   for (int i = 0; i < 10; i++)
      if (i == 4 || i == 7 ? s[i] != '-' : !isdigit((unsigned char)s[i]))
         return 0;
   int year = atoi(s), month = atoi(s + 5), day = atoi(s + 8);
   if (s[10] != '\0' || month < 1 || month > 12 || day < 1)
      return 0;
   int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
   return day <= days[month - 1] + (month == 2 && is_leap);
}

static int take_suppression(parser *p)
{
   budget *b = p->b;
   if (b->n_suppressions == RULES_MAX)
      return wrong(p, "there are more than %d suppressions", RULES_MAX);
   b->suppressions = mem_grow(b->suppressions, &b->suppressions_cap, b->n_suppressions + 1, sizeof *b->suppressions);
   budget_suppression *s = &b->suppressions[b->n_suppressions++];
   memset(s, 0, sizeof *s);
   s->line = p->line;
   if (!take_subject(p, &s->subject))
      return 0;
   if (!take_word(p, "until"))
      return wrong(p, "a suppression needs a date: until YYYY-MM-DD");
   const char *date = next_word(p);
   if (date == NULL || !budget_is_date(date))
      return wrong(p, "a date is expected, as YYYY-MM-DD, not %.60s", shown(date));
   memcpy(s->until, date, sizeof s->until);
   if (!take_word(p, "because"))
      return wrong(p, "a suppression needs a reason: because \"...\"");
   const char *reason = next_word(p);
   if (reason == NULL || reason[strspn(reason, " \t")] == '\0')
      return wrong(p, "the reason of the suppression is missing");
   s->reason = mem_string(reason, strlen(reason));
   return take_end(p);
}

static int take_duration(parser *p, uint64_t *ms)
{
   static const struct {
      const char *name;
      int64_t ms;
   } units[] = {{"s", 1000}, {"min", 60000}, {"h", 3600000}, {"days", 86400000}};
   const char *word = next_word(p), *end;
   int64_t milli;
   if (word == NULL || !parse_milli(word, &milli, &end) || milli > (int64_t)100000 * 1000)
      return wrong(p, "a number up to 100000 is expected, not %.60s", shown(word));
   const char *unit = *end != '\0' ? end : next_word(p);
   for (int u = 0; u < 4 && unit != NULL; u++) {
      if (strcmp(unit, units[u].name) != 0)
         continue;
      *ms = (uint64_t)(milli * units[u].ms / 1000);
      return 1;
   }
   return wrong(p, "a unit is expected (s, min, h, days), not %.60s", shown(unit));
}

static int take_requirement(parser *p)
{
   uint64_t *need = NULL;
   if (take_word(p, "duration"))
      need = &p->b->need_ms;
   else if (take_word(p, "intervals"))
      need = &p->b->need_intervals;
   else if (take_word(p, "ticks"))
      need = &p->b->need_ticks;
   else
      return wrong(p, "duration, intervals or ticks is expected, not %.60s", shown(next_word(p)));
   if (*need != 0)
      return wrong(p, "this is required on another line already");
   if (!(need == &p->b->need_ms ? take_duration(p, need) : take_count(p, need)))
      return 0;
   if (*need == 0)
      return wrong(p, "0 requires nothing");
   return take_end(p);
}

/* ---- lines ---- */

static int take_line(parser *p, char *text)
{
   if (!cut_words(p, text))
      return 0;
   if (p->n == 0)
      return 1;
   if (take_word(p, "suppress"))
      return take_suppression(p);
   if (take_word(p, "require"))
      return take_requirement(p);
   static const char *const subjects[] = {"total", "mapped", "function", "context", "span", "task", "domain"};
   for (int i = 0; i < 7; i++)
      if (!p->is_quoted[0] && strcmp(p->word[0], subjects[i]) == 0)
         return take_rule(p);
   return unknown_word(p, p->word[0], "total, mapped, function, context, span, task, domain, suppress or require");
}

/* Reads one line without its end. Returns 0 at the end of the file or, with a message, when it cannot be used. */
static int read_line(parser *p, FILE *in, char *text)
{
   int n = 0, c;
   p->why[0] = '\0';
   while ((c = getc(in)) != EOF && c != '\n') {
      if (n == LINE_MAX_BYTES - 1)
         return wrong(p, "it is longer than %d bytes", LINE_MAX_BYTES);
      if ((c < 0x20 && c != '\t') || c == 0x7f)
         return wrong(p, "it holds a control character (code %d)%s", c,
                      c == '\r' ? "; lines end with a newline alone" : "");
      text[n++] = (char)c;
   }
   text[n] = '\0';
   if (ferror(in)) {
      snprintf(p->why, p->why_size, "cannot read it: %s", strerror(errno));
      return 0;
   }
   return c != EOF || n > 0;
}

int budget_read(FILE *in, budget *b, char *why, size_t why_size)
{
   char text[LINE_MAX_BYTES];
   parser p = {.b = b, .line = 1, .why = why, .why_size = why_size};
   memset(b, 0, sizeof *b);
   for (; read_line(&p, in, text); p.line++)
      if (!take_line(&p, text))
         return 0;
   return why[0] == '\0';
}

void budget_free(budget *b)
{
   for (size_t i = 0; i < b->n_rules; i++) {
      free(b->rules[i].subject.name);
      free(b->rules[i].text);
   }
   for (size_t i = 0; i < b->n_suppressions; i++) {
      free(b->suppressions[i].subject.name);
      free(b->suppressions[i].reason);
   }
   free(b->rules);
   free(b->suppressions);
   memset(b, 0, sizeof *b);
}
