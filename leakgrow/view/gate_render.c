/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate_render.h"

#include <string.h>

/* ---- text ---- */

static void text_list(const gate_list *list, out *o)
{
   for (size_t i = 0; i < list->n; i++) {
      const gate_item *item = &list->items[i];
      out_text(o, "  ");
      out_printf(o, "%-13s", item->is_note ? "note" : lg_gate_name(item->result));
      out_name(o, item->kind != NULL ? item->kind : item->name);
      out_text(o, ": ");
      out_name(o, item->text);
      out_text(o, "\n");
   }
}

void gate_text(const gate_results *g, out *o)
{
   for (size_t i = 0; i < g->n_files; i++) {
      out_name(o, g->files[i].file);
      out_printf(o, ": %s\n", lg_gate_name(g->files[i].list.result));
      text_list(&g->files[i].list, o);
   }
   if (g->rest->n != 0) {
      out_printf(o, "budget: %s\n", lg_gate_name(g->rest->result));
      text_list(g->rest, o);
   }
   out_printf(o, "lg_check: %s\n", lg_gate_name(g->result));
}

/* ---- JUnit ---- */

/* XML 1.0 has no place for most control characters, not even escaped, and wants UTF-8. */
static void xml_text(out *o, const char *s)
{
   while (*s != '\0') {
      size_t n = utf8_length(s);
      unsigned char c = (unsigned char)*s;
      int is_beyond = n == 3 && c == 0xef && (unsigned char)s[1] == 0xbf && (unsigned char)s[2] >= 0xbe;
      if (n == 0 || (n == 1 && (c < 0x20 || c == 0x7f)) || is_beyond)
         out_text(o, "?");
      else if (c == '&')
         out_text(o, "&amp;");
      else if (c == '<')
         out_text(o, "&lt;");
      else if (c == '>')
         out_text(o, "&gt;");
      else if (c == '"')
         out_text(o, "&quot;");
      else
         out_write(o, s, n);
      s += n != 0 ? n : 1;
   }
}

static void junit_outcome(out *o, const char *element, const char *type, const char *text)
{
   out_printf(o, ">\n      <%s type=\"%s\" message=\"", element, type);
   xml_text(o, text);
   out_text(o, "\">");
   xml_text(o, text);
   out_printf(o, "</%s>\n    </testcase>\n", element);
}

static void junit_note(out *o, const char *text)
{
   out_text(o, ">\n      <system-out>");
   xml_text(o, text);
   out_text(o, "</system-out>\n    </testcase>\n");
}

static void junit_case(const char *suite, const gate_item *item, out *o)
{
   out_text(o, "    <testcase classname=\"leakgrow.");
   xml_text(o, suite);
   out_text(o, "\" name=\"");
   xml_text(o, item->name);
   out_text(o, "\"");
   if (item->result == LG_GATE_FAIL)
      junit_outcome(o, "failure", item->kind != NULL ? item->kind : "budget", item->text);
   else if (item->result == LG_GATE_INCONCLUSIVE)
      junit_outcome(o, "error", "inconclusive", item->text);
   else
      junit_note(o, item->text);
}

static size_t count(const gate_list *list, lg_gate_result result)
{
   size_t n = 0;
   for (size_t i = 0; i < list->n; i++)
      n += list->items[i].result == result;
   return n;
}

static void junit_suite(const char *name, const gate_list *list, out *o)
{
   out_text(o, "  <testsuite name=\"");
   xml_text(o, name);
   out_printf(o, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\">\n", list->n,
              count(list, LG_GATE_FAIL), count(list, LG_GATE_INCONCLUSIVE));
   for (size_t i = 0; i < list->n; i++)
      junit_case(name, &list->items[i], o);
   out_text(o, "  </testsuite>\n");
}

void gate_junit(const gate_results *g, out *o)
{
   size_t tests = g->rest->n, failures = count(g->rest, LG_GATE_FAIL), errors = count(g->rest, LG_GATE_INCONCLUSIVE);
   for (size_t i = 0; i < g->n_files; i++) {
      tests += g->files[i].list.n;
      failures += count(&g->files[i].list, LG_GATE_FAIL);
      errors += count(&g->files[i].list, LG_GATE_INCONCLUSIVE);
   }
   out_text(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
   out_printf(o, "<testsuites name=\"lg_check\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", tests, failures,
              errors);
   for (size_t i = 0; i < g->n_files; i++)
      junit_suite(g->files[i].file, &g->files[i].list, o);
   if (g->rest->n != 0)
      junit_suite("budget", g->rest, o);
   out_text(o, "</testsuites>\n");
}

/* ---- Markdown ---- */

/* Every character that could begin markup is escaped; names cannot break out of their cell. */
static void markdown_text(out *o, const char *s)
{
   while (*s != '\0') {
      size_t n = utf8_length(s);
      unsigned char c = (unsigned char)*s;
      if (n == 0 || (n == 1 && (c < 0x20 || c == 0x7f)))
         out_text(o, "?");
      else if (c == '<')
         out_text(o, "&lt;");
      else if (c == '>')
         out_text(o, "&gt;");
      else if (c == '&')
         out_text(o, "&amp;");
      else if (n == 1 && strchr("\\`*_{}[]|#!~@", c) != NULL)
         out_printf(o, "\\%c", c);
      else
         out_write(o, s, n);
      s += n != 0 ? n : 1;
   }
}

static void markdown_list(const char *name, const gate_list *list, out *o)
{
   out_text(o, "\n### ");
   markdown_text(o, name);
   out_printf(o, ": %s\n\n| result | what | |\n|---|---|---|\n", lg_gate_name(list->result));
   for (size_t i = 0; i < list->n; i++) {
      const gate_item *item = &list->items[i];
      int is_bad = item->result != LG_GATE_PASS;
      out_printf(o, "| %s%s%s | ", is_bad ? "**" : "", item->is_note ? "note" : lg_gate_name(item->result),
                 is_bad ? "**" : "");
      markdown_text(o, item->kind != NULL ? item->kind : item->name);
      out_text(o, " | ");
      markdown_text(o, item->text);
      out_text(o, " |\n");
   }
}

void gate_markdown(const gate_results *g, out *o)
{
   out_printf(o, "## leakgrow: %s\n", lg_gate_name(g->result));
   for (size_t i = 0; i < g->n_files; i++)
      markdown_list(g->files[i].file, &g->files[i].list, o);
   if (g->rest->n != 0)
      markdown_list("budget", g->rest, o);
}
