/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "baseline.h"

#include "lg_format.h"
#include "mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BASELINE_MAGIC "leakgrow-baseline 1\n"

enum { ABOUT_MAX = LG_ABOUT_DOMAIN, ENTRIES_MAX = 1 << 20 };

/* ---- writing ---- */

typedef struct {
   out *o;
   lg_buf buf;
   uint32_t crc;
   char data[LG_LINE_MAX + 1];
} writer;

static void end_line(writer *w)
{
   lg_line_end(&w->buf);
   w->crc = lg_crc32(w->crc, w->buf.data, w->buf.used);
   out_write(w->o, w->buf.data, w->buf.used);
   lg_buf_init(&w->buf, w->data, sizeof w->data);
}

static void put_slope(lg_buf *b, const lg_slope *s)
{
   lg_put_u64(b, s->is_known != 0);
   if (!s->is_known)
      return;
   lg_put_i64(b, s->mB);
   lg_put_i64(b, s->lo_mB);
   lg_put_i64(b, s->hi_mB);
}

static void put_entry(writer *w, const ledger *l, const ledger_entry *e)
{
   char unit[2] = {e->rates.unit, '\0'};
   lg_line_begin(&w->buf, 'g');
   lg_put_u64(&w->buf, e->about);
   lg_put_u64(&w->buf, e->grown_B);
   lg_put_u64(&w->buf, e->held_B);
   lg_put_word(&w->buf, unit);
   put_slope(&w->buf, &e->rates.per_s);
   put_slope(&w->buf, &e->rates.per_tick);
   put_slope(&w->buf, &e->rates.per_unit);
   lg_put_u64(&w->buf, e->n_frames);
   end_line(w);
   lg_line_begin(&w->buf, 'x');
   lg_put_string(&w->buf, l->symbols->name[e->context]);
   end_line(w);
   for (uint32_t i = 0; i < e->n_frames; i++) {
      lg_line_begin(&w->buf, 'f');
      lg_put_string(&w->buf, l->symbols->name[e->frames[i]]);
      end_line(w);
   }
}

/* By bytes, then by names: two baselines of the same run are equal. */
static int by_growth(const void *a, const void *b, void *arg)
{
   const char *const *name = ((const ledger *)arg)->symbols->name;
   const ledger_entry *x = *(const ledger_entry *const *)a, *y = *(const ledger_entry *const *)b;
   if (x->grown_B != y->grown_B)
      return x->grown_B < y->grown_B ? 1 : -1;
   if (x->about != y->about)
      return x->about < y->about ? -1 : 1;
   int order = strcmp(name[x->context], name[y->context]);
   for (uint32_t i = 0; order == 0 && i < x->n_frames && i < y->n_frames; i++)
      order = strcmp(name[x->frames[i]], name[y->frames[i]]);
   return order != 0 ? order : (x->n_frames > y->n_frames) - (x->n_frames < y->n_frames);
}

void baseline_write(const ledger *l, out *o)
{
   writer *w = mem_zalloc(1, sizeof *w);
   const ledger_entry **list = mem_zalloc(l->n, sizeof *list);
   size_t n = 0;
   w->o = o;
   lg_buf_init(&w->buf, w->data, sizeof w->data);
   out_text(o, BASELINE_MAGIC);
   w->crc = lg_crc32(0, BASELINE_MAGIC, strlen(BASELINE_MAGIC));
   for (size_t i = 0; i < l->n; i++)
      if (l->e[i].verdict == LG_GROWING)
         list[n++] = &l->e[i];
   qsort_r(list, n, sizeof *list, by_growth, (void *)l);
   for (size_t i = 0; i < n; i++)
      put_entry(w, l, list[i]);
   uint32_t crc = w->crc;
   lg_line_begin(&w->buf, 'c');
   lg_put_u64(&w->buf, n);
   lg_put_crc(&w->buf, crc);
   end_line(w);
   free(list);
   free(w);
}

/* ---- reading ---- */

typedef struct {
   FILE *in;
   ledger *l;
   symbol_table *symbols;
   uint32_t crc;
   unsigned long line;
   char *why;
   size_t why_size;
   size_t n; /* bytes of text without the newline */
   char text[LG_LINE_MAX + 1], string[LG_LINE_MAX + 1];
} source;

static int wrong(source *s, const char *what)
{
   snprintf(s->why, s->why_size, "line %lu: %s; the baseline cannot be used", s->line, what);
   return 0;
}

/* Reads a line; its tag and the space behind it are checked by the caller. */
static int read_line(source *s)
{
   size_t n = 0;
   int c;
   s->line++;
   while ((c = getc(s->in)) != EOF && c != '\n') {
      if (n == LG_LINE_MAX)
         return wrong(s, "it is too long");
      s->text[n++] = (char)c;
   }
   s->text[n] = '\0';
   s->n = n;
   if (ferror(s->in))
      return wrong(s, strerror(errno));
   return c != EOF || wrong(s, "the file ends before its last line");
}

static void count_line(source *s)
{
   s->crc = lg_crc32(s->crc, s->text, s->n);
   s->crc = lg_crc32(s->crc, "\n", 1);
}

static int get_slope(lg_fields *f, lg_slope *s)
{
   uint64_t known;
   if (!lg_get_u64(f, &known) || known > 1)
      return 0;
   s->is_known = (int)known;
   if (!known)
      return 1;
   return lg_get_i64(f, &s->mB) && lg_get_i64(f, &s->lo_mB) && lg_get_i64(f, &s->hi_mB) && s->lo_mB >= 0 &&
          s->lo_mB <= s->mB && s->mB <= s->hi_mB;
}

static int get_string(source *s, char tag, uint32_t *symbol)
{
   if (!read_line(s))
      return 0;
   lg_fields f = {s->text + 1, s->text + s->n};
   if (s->n < 2 || s->text[0] != tag || lg_get_string(&f, s->string, sizeof s->string) < 0)
      return wrong(s, "it is malformed");
   count_line(s);
   *symbol = s->string[0] != '\0' ? symbol_id(s->symbols, s->string) : 0;
   return 1;
}

static int get_entry(source *s)
{
   lg_fields f = {s->text + 1, s->text + s->n};
   uint64_t about, grown_B, held_B, n_frames;
   const char *unit;
   size_t n_unit;
   lg_rates rates = {0};
   if (!lg_get_u64(&f, &about) || !lg_get_u64(&f, &grown_B) || !lg_get_u64(&f, &held_B) ||
       !lg_get_word(&f, &unit, &n_unit) || !get_slope(&f, &rates.per_s) || !get_slope(&f, &rates.per_tick) ||
       !get_slope(&f, &rates.per_unit) || !lg_get_u64(&f, &n_frames) || !lg_get_end(&f))
      return wrong(s, "it is malformed");
   if (about > ABOUT_MAX || n_unit != 1 || strchr("mBit", *unit) == NULL || n_frames > LG_FRAMES_MAX)
      return wrong(s, "a field is beyond its limits");
   rates.unit = *unit;
   rates.is_count = about == LG_ABOUT_LABEL;
   count_line(s);
   uint32_t context, frames[LG_FRAMES_MAX];
   if (!get_string(s, 'x', &context))
      return 0;
   for (uint64_t i = 0; i < n_frames; i++)
      if (!get_string(s, 'f', &frames[i]))
         return 0;
   ledger_entry *e = ledger_add(s->l, (lg_about)about, context, frames, (uint32_t)n_frames);
   e->verdict = LG_GROWING;
   e->rates = rates;
   e->is_misuse =
      about == LG_ABOUT_LABEL && strncmp(s->symbols->name[context], LEDGER_MISUSE, strlen(LEDGER_MISUSE)) == 0;
   e->grown_B = grown_B;
   e->held_B = e->live_B = held_B;
   return s->l->n <= ENTRIES_MAX || wrong(s, "there are too many entries");
}

static int get_end(source *s)
{
   lg_fields f = {s->text + 1, s->text + s->n};
   uint64_t n;
   uint32_t crc;
   if (!lg_get_u64(&f, &n) || !lg_get_crc(&f, &crc) || !lg_get_end(&f))
      return wrong(s, "it is malformed");
   if (n != s->l->n || crc != s->crc)
      return wrong(s, "the checksum is wrong: the file was changed or cut");
   return getc(s->in) == EOF || wrong(s, "something follows the last line");
}

static int read_all(source *s)
{
   if (!read_line(s))
      return 0;
   count_line(s);
   if (strlen(BASELINE_MAGIC) != s->n + 1 || memcmp(s->text, BASELINE_MAGIC, s->n) != 0)
      return wrong(s, "this is no baseline of version 1");
   for (;;) {
      if (!read_line(s))
         return 0;
      if (s->text[0] == 'c')
         return get_end(s);
      if (s->text[0] != 'g')
         return wrong(s, "its tag is unknown");
      if (!get_entry(s))
         return 0;
   }
}

int baseline_read(FILE *in, ledger *l, symbol_table *symbols, char *why, size_t why_size)
{
   source *s = mem_zalloc(1, sizeof *s);
   memset(l, 0, sizeof *l);
   l->symbols = symbols;
   s->in = in;
   s->l = l;
   s->symbols = symbols;
   s->why = why;
   s->why_size = why_size;
   int ok = read_all(s);
   free(s);
   return ok;
}

int baseline_is(FILE *in)
{
   char begin[] = "leakgrow-baseline", read[sizeof begin];
   size_t n = fread(read, 1, sizeof begin - 1, in);
   rewind(in);
   return n == sizeof begin - 1 && memcmp(read, begin, n) == 0;
}
