/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for people: what was run, the findings, then the evidence. Sentences come from lg_word as they are. */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FRAMES_SHOWN = 12, LIBRARY_SHOWN = 2 };

/* The counter that is a size. */
#define BOOKS "books-B"

/* ---- head ---- */

/* What could be seen of spans, tasks and reclamation: a report without them must say whether there were any to be seen. */
static void put_coverage(const report *r, out *o)
{
   const census *c = &r->p->census;
   words w;
   if (c->n_coverage == 0)
      return;
   words_begin(&w);
   for (size_t i = 0; i < c->n_coverage; i++)
      lg_word_hooks(&w.text, c->coverage[i].name, c->coverage[i].text);
   out_text(o, "Hooks:     ");
   out_name(o, w.data);
   out_text(o, "\n");
}

static void put_command(const report *r, out *o)
{
   out_text(o, "Command:   ");
   for (size_t i = 0; i < r->p->n_args; i++) {
      out_text(o, i != 0 ? " " : "");
      out_name(o, r->p->args[i]);
   }
   out_text(o, "\n");
   if (r->p->desc[0] != '\0') {
      out_text(o, "About:     ");
      out_name(o, r->p->desc);
      out_text(o, "\n");
   }
}

static void put_end(const report *r, out *o)
{
   const profile_state *s = &r->p->now;
   out_text(o, "End:       ");
   switch (s->end) {
   case END_EXIT:
      out_printf(o, "exit status %" PRIu64, s->end_code);
      break;
   case END_SIGNAL:
      if (s->end_code)
         out_printf(o, "killed by signal %" PRIu64, s->end_code);
      else
         out_printf(o, "killed by a signal");
      break;
   case END_EXEC:
      out_text(o, "became another program (exec)");
      break;
   case END_RUNNING:
      out_text(o, r->read.status == READ_OK ? "still running, or killed from outside" : "");
      break;
   }
   if (r->read.status != READ_OK)
      out_printf(o, "%s%s", s->end != END_RUNNING ? "; " : "", r->read.message);
   out_text(o, "\n");
}

static void put_head(const report *r, out *o)
{
   const profile *p = r->p;
   const snapshot *last = &r->snaps.s[r->snaps.n - 1];
   words w;
   text_rule(o);
   put_command(r, o);
   out_text(o, "Profile:   ");
   out_name(o, r->file);
   out_printf(o, " (pid %" PRIu64 ", leakgrow ", p->pid);
   out_name(o, p->tool_version);
   out_text(o, ", Valgrind ");
   out_name(o, p->valgrind_version);
   out_text(o, ")\nDuration:  ");
   words_begin(&w);
   lg_word_duration(&w.text, p->unit, p->now.end == END_RUNNING ? last->time : p->now.end_time);
   out_name(o, w.data);
   words_begin(&w);
   lg_word_duration(&w.text, p->unit, p->base << p->shift);
   out_printf(o, ", in %u interval%s of ", (unsigned)p->n_intervals, p->n_intervals == 1 ? "" : "s");
   out_name(o, w.data);
   out_text(o, "\n");
   put_end(r, o);
   put_coverage(r, o);
   text_rule(o);
}

/* ---- findings ---- */

static void put_finding_stack(const report *r, out *o, const lg_finding *f)
{
   const profile *p = r->p;
   const uint32_t *frames;
   uint32_t n = lg_finding_stack(&r->src, f, &frames),
            user = n > FRAMES_SHOWN ? lg_word_user_frame(&r->src, frames, n) : 0;
   uint32_t hidden =
      user > LIBRARY_SHOWN + 1 ? user - LIBRARY_SHOWN : 0; /* what stands between the event and the program */
   uint32_t shown = n - hidden < FRAMES_SHOWN ? n - hidden : FRAMES_SHOWN;
   for (uint32_t k = 0; k < shown; k++) {
      uint32_t i = k < LIBRARY_SHOWN ? k : k + hidden;
      if (hidden > 0 && k == LIBRARY_SHOWN)
         out_printf(o, "          (%u frames of libraries)\n", (unsigned)hidden);
      out_text(o, i > 0 ? "       by " : f->instances != LG_ACCOUNT_HEAP ? "  created at " : "       at ");
      text_frame(o, p, frames[i]);
      out_text(o, "\n");
   }
   if (shown + hidden < n)
      out_printf(o, "       and %u more frames\n", (unsigned)(n - shown - hidden));
}

/* What must be known before any verdict is read. */
static void put_warning(const report *r, out *o)
{
   const profile_state *s = &r->p->now;
   for (uint32_t i = 0; i < s->n_counters; i++)
      if (strcmp(s->counters[i].name, "not-preloaded") == 0 && s->counters[i].value != 0)
         out_text(
            o,
            "\nwarning: the program's malloc was not replaced, so nothing is known of its heap: the program is linked\n"
            "statically and stripped, or refuses preloaded objects. What follows is of mappings and announced blocks "
            "only.\n");
}

static void put_findings(const report *r, out *o)
{
   const lg_analysis *a = &r->analysis;
   words w;
   out_text(o, "\n");
   for (uint32_t i = 0;; i++) {
      words_begin(&w);
      if (!lg_word_statement(&w.text, &r->src, a, i))
         break;
      out_name(o, w.data);
      out_text(o, "\n");
   }
   for (uint32_t i = 0; i < a->n_findings; i++) {
      words_begin(&w);
      lg_word_finding(&w.text, &r->src, &a->findings[i]);
      out_printf(o, "\n%4u. ", (unsigned)(i + 1));
      out_name(o, w.data);
      out_text(o, "\n");
      put_finding_stack(r, o, &a->findings[i]);
   }
}

/* ---- totals ---- */

static void put_total(out *o, const char *what, uint64_t B, uint64_t blk, const char *unit)
{
   out_printf(o, "%-22s", what);
   text_count_cell(o, -20, B);
   words w;
   words_begin(&w);
   lg_word_count(&w.text, blk);
   out_printf(o, " B in %s %s\n", w.data, unit);
}

/* Tables that had their part of --max-tool-memory. */
static void put_unfollowed(const report *r, out *o)
{
   uint64_t spans = report_counter(r, "instances-dropped"), ends = report_counter(r, "closes-guessed");
   uint64_t retires = report_counter(r, "retires-dropped");
   words w;
   if (spans != 0) {
      words_begin(&w);
      lg_word_text(&w.text, "To stay below --max-tool-memory, ");
      lg_word_count(&w.text, spans);
      lg_word_text(&w.text, " open spans and tasks, the oldest ones, were not followed any more; ");
      lg_word_count(&w.text, ends);
      lg_word_text(&w.text, " of them ended, and were taken for the oldest.");
      out_printf(o, "%s\n", w.data);
   }
   if (retires != 0) {
      words_begin(&w);
      lg_word_text(&w.text, "To stay below --max-tool-memory, ");
      lg_word_count(&w.text, retires);
      lg_word_text(&w.text,
                   " retired objects were not followed: as many more waited, for a while or still, than is said here.");
      out_printf(o, "%s\n", w.data);
   }
}

/* What limits of the tool took from the resolution of this report. */
static void put_merged(const report *r, out *o)
{
   uint64_t merged = report_counter(r, "accounts-merged"), refused = report_counter(r, "stacks-refused");
   words w;
   if (merged != 0 || refused != 0) {
      words_begin(&w);
      lg_word_text(&w.text, "To stay below --max-tool-memory or --max-file-size, ");
      lg_word_count(&w.text, merged);
      lg_word_text(&w.text, " accounts that held and did little were merged into (other), ");
      lg_word_count(&w.text, refused);
      lg_word_text(&w.text, " allocations by further stacks counted there; it holds ");
      lg_word_bytes(&w.text, report_merged_B(r));
      out_printf(o, "%s.\n", w.data);
   }
   put_unfollowed(r, o);
   if (report_counter(r, "memory-over") != 0)
      out_text(o, "leakgrow's books outgrew --max-tool-memory all the same: what is needed per live block cannot be "
                  "given up.\n");
   if (report_counter(r, "file-over") != 0)
      out_text(
         o,
         "The profile outgrew --max-file-size all the same: definitions and the most important accounts need more.\n");
}

static void put_totals(const report *r, out *o)
{
   const profile_state *s = &r->p->now;
   const snapshot *last = &r->snaps.s[r->snaps.n - 1];
   words w;
   text_title(o, "Totals");
   put_total(o, "allocated", last->allocated_B, last->allocs, "allocations");
   put_total(o, "live at the end", last->live_B, last->live_blk, "blocks");
   if (s->has_peak)
      put_total(o, "peak", s->peak_B, s->peak_blk, "blocks");
   words_begin(&w);
   lg_word_count(&w.text, last->frees);
   out_printf(o, "%-22s%20s\n", "frees", w.data);
   if (last->ticks != 0) {
      words_begin(&w);
      lg_word_count(&w.text, last->ticks);
      out_printf(o, "%-22s%20s\n", "ticks", w.data);
   }
   words_begin(&w);
   lg_word_count(&w.text, r->p->totals[r->p->n_intervals - 1].tool_B);
   out_printf(o, "%-22s%20s B (not part of the above)\n", "Valgrind and tool", w.data);
   uint64_t books_B = report_counter(r, BOOKS);
   if (books_B != 0) {
      words_begin(&w);
      lg_word_count(&w.text, books_B);
      out_printf(o, "%-22s%20s B (part of Valgrind and tool)\n", "leakgrow's books", w.data);
   }
   words_begin(&w);
   lg_word_count(&w.text, r->read.file_B);
   out_printf(o, "%-22s%20s B\n", "profile", w.data);
   put_merged(r, o);
}

static void put_counters(const report *r, out *o)
{
   const profile_state *s = &r->p->now;
   int is_first = 1;
   for (uint32_t i = 0; i < s->n_counters; i++) {
      if (s->counters[i].value == 0 || strcmp(s->counters[i].name, BOOKS) == 0)
         continue;
      if (is_first)
         text_title(o, "Mistakes of the program, and limits reached");
      is_first = 0;
      text_count_cell(o, -12, s->counters[i].value);
      out_text(o, "  ");
      out_name(o, s->counters[i].name);
      out_text(o, "\n");
   }
}

void render_text(const report *r, const view_opts *opts, out *o)
{
   put_head(r, o);
   put_warning(r, o);
   put_findings(r, o);
   text_graph(r, opts, o);
   put_totals(r, o);
   put_counters(r, o);
   text_census(r, opts, o);
   text_accounts(r, opts, o);
   text_contexts(r, opts, o);
   text_domains(r, opts, o);
   text_snapshots(r, opts, o);
}
