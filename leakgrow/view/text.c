/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <string.h>

void words_begin(words *w)
{
   lg_text_init(&w->text, w->data, sizeof w->data);
}

/* ---- cells ---- */

/* Characters that out_name() will write. */
static size_t display_length(const char *s)
{
   size_t n = 0;
   for (; *s != '\0'; n++) {
      size_t length = utf8_length(s);
      s += length != 0 ? length : 1;
   }
   return n;
}

/* Cuts a string in place after so many characters. */
static void cut(char *s, size_t characters)
{
   while (*s != '\0' && characters > 0) {
      size_t length = utf8_length(s);
      s += length != 0 ? length : 1;
      characters--;
   }
   *s = '\0';
}

void text_cell(out *o, int width, const char *s)
{
   char copy[LG_SENTENCE_MAX];
   size_t want = (size_t)(width < 0 ? -width : width), n = display_length(s);
   size_t pad = n < want ? want - n : 0;
   if (width < 0)
      out_repeat(o, " ", pad);
   if (width >= 0 && n > want && strlen(s) < sizeof copy) {
      strcpy(copy, s);
      cut(copy, want);
      s = copy;
   }
   out_name(o, s);
   if (width >= 0)
      out_repeat(o, " ", pad);
}

void text_count_cell(out *o, int width, uint64_t n)
{
   words w;
   words_begin(&w);
   lg_word_count(&w.text, n);
   text_cell(o, width, w.data);
}

void text_bytes_cell(out *o, int width, uint64_t n)
{
   words w;
   words_begin(&w);
   lg_word_bytes(&w.text, n);
   text_cell(o, width, w.data);
}

/* ---- lines ---- */

void text_rule(out *o)
{
   out_repeat(o, "-", 80);
   out_text(o, "\n");
}

void text_title(out *o, const char *title)
{
   out_text(o, "\n");
   text_rule(o);
   out_printf(o, "%s\n", title);
   text_rule(o);
}

void text_frame(out *o, const profile *p, uint32_t id)
{
   const frame *f = &p->frames[id];
   out_name(o, p->fns.name[f->fn]);
   if (p->files.name[f->file][0] != '\0') {
      out_text(o, " (");
      out_name(o, p->files.name[f->file]);
      if (f->line != 0)
         out_printf(o, ":%u", (unsigned)f->line);
      out_text(o, ")");
   } else if (p->objects.name[f->object][0] != '\0') {
      out_text(o, " (in ");
      out_name(o, p->objects.name[f->object]);
      out_text(o, ")");
   }
}

void text_context(out *o, const report *r, uint32_t context)
{
   words w;
   words_begin(&w);
   lg_word_context(&w.text, &r->src, context);
   out_name(o, w.text.used != 0 ? w.data : "(root)");
}

void text_sparkline(out *o, const uint64_t *values, uint32_t n, uint32_t width)
{
   static const char *const ascii[] = {" ", "_", ".", ",", "-", "=", "+", "*", "#"};
   static const char *const blocks[] = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                        "\u2585", "\u2586", "\u2587", "\u2588"};
   uint64_t max = 0;
   for (uint32_t i = 0; i < n; i++)
      max = values[i] > max ? values[i] : max;
   uint32_t columns = n < width ? n : width;
   for (uint32_t c = 0; c < columns; c++) {
      uint64_t v = 0;
      for (uint32_t i = c * n / columns; i < (c + 1) * n / columns; i++)
         v = values[i] > v ? values[i] : v;
      size_t height = v == 0 ? 0 : 1 + (size_t)(v / 8 >= max / 8 ? 7 : v * 7 / max);
      out_text(o, o->is_unicode ? blocks[height] : ascii[height]);
   }
   out_repeat(o, " ", width - columns);
}
