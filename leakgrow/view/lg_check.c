/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_check: the nightly gate. Growth fails, doubt is no pass. */
#include "baseline.h"
#include "check_options.h"
#include "gate_render.h"
#include "mem.h"
#include "nights.h"
#include "program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_GROWTH = 1 };

static const cmdline_row rows[] = {
#define CHECK_OPTION_ROW(type, field, name, meta, preset, min, max, help) \
  {TYPE_##type, offsetof(check_opts, field), name, meta, preset, min, max, help},
   CHECK_OPTIONS(CHECK_OPTION_ROW)
#undef CHECK_OPTION_ROW
};

static const cmdline_program program = {
   .name = "lg_check",
   .files = "FILE...",
   .about = "Says whether leakgrow profiles stay within a budget: pass, growth, or not known, with the reasons.\n"
            "What is missing never passes: short, idle, cut off or undecided runs are inconclusive.\n",
   .status = "0 bounded or within the budget, 1 growth, 2 inconclusive or unreadable, 3 wrong usage or a mistake in\n"
             "the budget file, 4 cannot write",
   .rows = rows,
   .n_rows = sizeof rows / sizeof *rows,
};

/* Everything one run of the program holds. */
typedef struct {
   check_opts opts;
   char today[32];
   budget budget;
   symbol_table symbols;
   report old_report; /* the baseline, when it is a profile */
   int has_old_report;
   ledger old;
   gate_terms terms;
   gate_file *files;
   size_t n_files;
   gate_list rest;
   ledger written; /* of the profile for --write-baseline */
   report written_report;
   int has_written;
} check;

/* ---- terms ---- */

static int take_date(check *c)
{
   time_t now = time(NULL);
   struct tm tm;
   if (c->opts.today == NULL && gmtime_r(&now, &tm) != NULL)
      strftime(c->today, sizeof c->today, "%Y-%m-%d", &tm);
   else if (c->opts.today != NULL && budget_is_date(c->opts.today))
      snprintf(c->today, sizeof c->today, "%s", c->opts.today);
   if (!budget_is_date(c->today)) {
      fprintf(stderr, "lg_check: --today=%s: a date is needed, as YYYY-MM-DD\n",
              c->opts.today != NULL ? c->opts.today : "");
      return EXIT_USAGE;
   }
   return EXIT_OK;
}

static int take_budget(check *c)
{
   char why[512] = "";
   if (c->opts.budget == NULL)
      return EXIT_OK;
   FILE *in = fopen(c->opts.budget, "rb");
   if (in == NULL) {
      fprintf(stderr, "lg_check: %s: cannot open it: %s\n", c->opts.budget, strerror(errno));
      return EXIT_USAGE;
   }
   int ok = budget_read(in, &c->budget, why, sizeof why);
   fclose(in);
   c->terms.budget = &c->budget;
   if (ok)
      return EXIT_OK;
   /* "line 3: what" becomes "file:3: what" */
   const char *rest = strncmp(why, "line ", 5) == 0 ? why + 5 : NULL;
   fprintf(stderr, "lg_check: %s:%s%s\n", c->opts.budget, rest != NULL ? "" : " ", rest != NULL ? rest : why);
   return EXIT_USAGE;
}

/* A baseline is a file of --write-baseline or a profile. */
static int take_baseline(check *c)
{
   char why[512] = "";
   const char *file = c->opts.baseline;
   if (file == NULL)
      return EXIT_OK;
   FILE *in = fopen(file, "rb");
   int is_text = in != NULL && baseline_is(in);
   if (is_text && !baseline_read(in, &c->old, &c->symbols, why, sizeof why))
      fprintf(stderr, "lg_check: %s: %s\n", file, why);
   if (in != NULL)
      fclose(in);
   c->terms.baseline = &c->old;
   if (is_text)
      return why[0] == '\0' ? EXIT_OK : EXIT_INPUT;
   read_result read;
   profile *p = reader_read_file(file, &read);
   if (read.message[0] != '\0')
      fprintf(stderr, "lg_check: %s: %s\n", file, read.message);
   if (p == NULL)
      return EXIT_INPUT;
   report_make(&c->old_report, file, p, &read);
   c->has_old_report = 1;
   ledger_make(&c->old, &c->old_report, &c->symbols);
   return EXIT_OK;
}

/* ---- files ---- */

/* The baseline's matches are those with the profile looked at. */
static void forget_matches(ledger *l)
{
   for (size_t i = 0; i < l->n; i++) {
      l->e[i].match = 0;
      l->e[i].how = MATCH_NONE;
   }
}

static void judge_file(check *c, const char *file, gate_file *out)
{
   read_result read;
   report r;
   ledger l;
   profile *p = reader_read_file(file, &read);
   if (p == NULL) {
      gate_judge(&c->terms, NULL, &read, file, NULL, out);
      return;
   }
   report_make(&r, file, p, &read);
   int needs_ledger = c->terms.baseline != NULL || c->opts.write_baseline != NULL;
   if (needs_ledger)
      ledger_make(&l, &r, &c->symbols);
   if (c->terms.baseline != NULL) {
      forget_matches(&c->old);
      ledger_match(&c->old, &l);
   }
   gate_judge(&c->terms, &r, &read, file, c->terms.baseline != NULL ? &l : NULL, out);
   if (c->opts.write_baseline != NULL && !c->has_written) {
      c->written = l;
      c->written_report = r;
      c->written.r = &c->written_report;
      c->has_written = 1;
      return;
   }
   if (needs_ledger)
      ledger_free(&l);
   report_free(&r);
}

static lg_gate_result judge_all(check *c, char **names, int n)
{
   lg_gate_result result = n > 0 ? LG_GATE_PASS : LG_GATE_INCONCLUSIVE;
   c->files = mem_zalloc((size_t)n, sizeof *c->files);
   c->n_files = (size_t)n;
   for (int i = 0; i < n; i++)
      judge_file(c, names[i], &c->files[i]);
   for (int i = 0; i < n; i++) { /* only now is it known what else was given */
      c->terms.role = gate_role_of(c->files, c->n_files, (size_t)i, c->opts.allow_short);
      if (c->terms.role != GATE_WHOLE) {
         gate_file_free(&c->files[i]);
         judge_file(c, names[i], &c->files[i]);
      }
   }
   c->terms.role = GATE_WHOLE;
   for (int i = 0; i < n; i++)
      result = c->files[i].list.result > result ? c->files[i].list.result : result;
   gate_finish(&c->terms, &c->rest);
   return c->rest.result > result ? c->rest.result : result;
}

/* ---- output ---- */

static void write_junit(void *arg, out *o)
{
   gate_junit(arg, o);
}

static void write_markdown(void *arg, out *o)
{
   gate_markdown(arg, o);
}

static void write_baseline(void *arg, out *o)
{
   baseline_write(arg, o);
}

static uint64_t add(uint64_t a, uint64_t b)
{
   return a <= UINT64_MAX - b ? a + b : UINT64_MAX;
}

static void add_slope(lg_slope *to, const lg_slope *s)
{
   to->is_known |= s->is_known;
   to->mB = s->mB <= INT64_MAX - to->mB ? to->mB + s->mB : INT64_MAX;
}

static night night_of(const check *c, lg_gate_result result)
{
   night n = {.result = result, .n_files = c->n_files, .worst = (char *)""};
   memcpy(n.date, c->today, 10);
   for (size_t i = 0; i < c->n_files; i++) {
      const gate_numbers *x = &c->files[i].numbers;
      if (!x->is_known)
         continue;
      n.held_B = add(n.held_B, x->held_B);
      n.peak_B = add(n.peak_B, x->peak_B);
      n.grown_B = add(n.grown_B, x->grown_B);
      n.n_growing += x->n_growing;
      add_slope(&n.per_s, &x->rates.per_s);
      add_slope(&n.per_tick, &x->rates.per_tick);
      if (n.worst[0] == '\0')
         n.worst = x->worst;
   }
   return n;
}

static int show_history(const check *c, out *o)
{
   nights list;
   int error = nights_read(c->opts.history, &list);
   if (error == 0)
      nights_text(&list, o);
   else
      fprintf(stderr, "lg_check: cannot read the history in %s: %s\n", c->opts.history, strerror(error));
   nights_free(&list);
   return error == 0 ? EXIT_OK : EXIT_INPUT;
}

static int keep_history(const check *c, lg_gate_result result)
{
   night n = night_of(c, result);
   int error = nights_append(c->opts.history, &n);
   if (error == 0)
      return EXIT_OK;
   fprintf(stderr, "lg_check: cannot write the history in %s: %s\n", c->opts.history, strerror(error));
   return EXIT_OUTPUT;
}

/* Writes everything that was asked for; all of it is tried. */
static int write_all(check *c, lg_gate_result result)
{
   gate_results g = {c->files, c->n_files, &c->rest, result};
   int status = EXIT_OK;
   out *o = program_stdout(c->opts.unicode);
   gate_text(&g, o);
   if (c->opts.junit != NULL)
      status |= program_save("lg_check", c->opts.junit, write_junit, &g);
   if (c->opts.markdown != NULL)
      status |= program_save("lg_check", c->opts.markdown, write_markdown, &g);
   if (c->has_written)
      status |= program_save("lg_check", c->opts.write_baseline, write_baseline, &c->written);
   if (c->opts.history != NULL) {
      status |= keep_history(c, result);
      show_history(c, o);
   }
   return status | program_close("lg_check", o);
}

static int run(check *c, char **names, int n)
{
   int status = take_date(c);
   status = status == EXIT_OK ? take_budget(c) : status;
   status = status == EXIT_OK ? take_baseline(c) : status;
   if (status != EXIT_OK)
      return status;
   c->terms.today = c->today;
   c->terms.allow_truncated = c->opts.allow_truncated;
   c->terms.allow_idle = c->opts.allow_idle;
   lg_gate_result result = judge_all(c, names, n);
   if (c->opts.write_baseline != NULL && !c->has_written)
      fprintf(stderr, "lg_check: %s is not written: the profile could not be read\n", c->opts.write_baseline);
   if (write_all(c, result) != EXIT_OK)
      return EXIT_OUTPUT;
   return result == LG_GATE_PASS ? EXIT_OK : result == LG_GATE_FAIL ? EXIT_GROWTH : EXIT_INPUT;
}

static void check_free(check *c)
{
   for (size_t i = 0; i < c->n_files; i++)
      gate_file_free(&c->files[i]);
   free(c->files);
   gate_list_free(&c->rest);
   if (c->has_written) {
      ledger_free(&c->written);
      report_free(&c->written_report);
   }
   ledger_free(&c->old);
   if (c->has_old_report)
      report_free(&c->old_report);
   symbol_table_free(&c->symbols);
   budget_free(&c->budget);
}

int main(int argc, char **argv)
{
   static check c;
   int first, status;
   options_result result = cmdline_parse(&program, argc, argv, &c.opts, &first);
   if (result != OPTIONS_RUN)
      return result == OPTIONS_DONE ? EXIT_OK : EXIT_USAGE;
   int n = argc - first;
   if (n == 0 && c.opts.history == NULL) {
      cmdline_no_file(&program);
      return EXIT_USAGE;
   }
   if (n != 1 && c.opts.write_baseline != NULL) {
      fprintf(stderr, "lg_check: --write-baseline takes one file, not %d\n", n);
      return EXIT_USAGE;
   }
   if (n == 0) {
      out *o = program_stdout(c.opts.unicode);
      status = show_history(&c, o);
      int written = program_close("lg_check", o);
      return written != EXIT_OK ? written : status;
   }
   status = run(&c, argv + first, n);
   check_free(&c);
   return status;
}
