/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "follow.h"

#include "mem.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 100, READING_SHARE = 5, MISSING_MS = 5000 };

typedef struct {
   const char *file;
   out *o;
   int is_terminal;
   int columns, rows;
   struct stat seen; /* the file when it was last read */
   int is_seen, is_report, was_alive;
   report r;
   read_result read;
} follower;

static uint64_t now_ms(void)
{
   struct timespec t;
   clock_gettime(CLOCK_MONOTONIC, &t);
   return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void sleep_ms(uint64_t ms)
{
   struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
   nanosleep(&t, NULL);
}

/* ---- the terminal ---- */

static int is_terminal(int fd)
{
   const char *term = getenv("TERM");
   return isatty(fd) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

/* True when the size changed. */
static int take_size(follower *f)
{
   struct winsize size = {0};
   int columns = 80, rows = 24;
   if (f->is_terminal && ioctl(f->o->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
      columns = size.ws_col;
      rows = size.ws_row;
   }
   int is_new = columns != f->columns || rows != f->rows;
   f->columns = columns;
   f->rows = rows;
   return is_new;
}

/* A line of the screen: as wide as it is and no wider, so that it never wraps. */
static void put_line(const follower *f, const char *s)
{
   text_cell(f->o, f->columns - 1, s);
   out_text(f->o, "\033[K\n");
}

/* ---- what is said ---- */

static void say_end(lg_text *t, const report *r)
{
   const profile_state *s = &r->p->now;
   char number[32];
   snprintf(number, sizeof number, " %" PRIu64, s->end_code);
   if (s->end == END_EXIT) {
      lg_word_text(t, "ended with status");
      lg_word_text(t, number);
   } else if (s->end == END_SIGNAL) {
      lg_word_text(t, "killed by signal");
      lg_word_text(t, s->end_code != 0 ? number : " (unknown)");
   } else {
      lg_word_text(t, s->end == END_EXEC ? "became another program" : "running");
   }
}

static void say_heap(lg_text *t, const report *r)
{
   const snapshot *last = &r->snaps.s[r->snaps.n - 1];
   lg_word_duration(t, r->p->unit, r->p->now.end == END_RUNNING ? last->time : r->p->now.end_time);
   lg_word_text(t, ": heap ");
   lg_word_bytes(t, last->live_B);
   lg_word_text(t, " in ");
   lg_word_count(t, last->live_blk);
   lg_word_text(t, " blocks, peak ");
   lg_word_bytes(t, r->p->now.peak_B);
   if (last->ticks != 0) {
      lg_word_text(t, ", ");
      lg_word_count(t, last->ticks);
      lg_word_text(t, " ticks");
   }
}

static void say_row(lg_text *t, const report *r, uint32_t account)
{
   const lg_account_result *result = report_account(r, account);
   const lg_finding *f = result->finding != 0 ? &r->analysis.findings[result->finding - 1] : NULL;
   char cell[64];
   lg_text c;
   snprintf(cell, sizeof cell, "%-13s", lg_verdict_name(result->trend.verdict));
   lg_word_text(t, cell);
   lg_text_init(&c, cell, sizeof cell);
   if (result->trend.verdict == LG_GROWING && f != NULL && f->account + 1 == account) {
      const lg_slope *s = f->per_tick.is_known ? &f->per_tick : f->per_s.is_known ? &f->per_s : &f->per_unit;
      lg_word_milli_bytes(&c, s->mB);
      lg_word_text(&c, s == &f->per_tick ? "/tick" : s == &f->per_s ? "/s" : "/unit");
   } else {
      lg_word_text(&c, "-");
   }
   char row[128];
   snprintf(row, sizeof row, "%14s  ", cell);
   lg_word_text(t, row);
   lg_text_init(&c, cell, sizeof cell);
   lg_word_bytes(&c, r->sums[account].live_B);
   snprintf(row, sizeof row, "%10s  ", cell);
   lg_word_text(t, row);
   lg_text_init(&c, cell, sizeof cell);
   lg_word_count(&c, r->sums[account].live_blk);
   snprintf(row, sizeof row, "%12s  ", cell);
   lg_word_text(t, row);
   lg_word_account(t, &r->src, account - 1);
}

/* An account of the table, and its place in the report's order. */
typedef struct {
   uint32_t account, place;
   uint64_t live_B;
   int is_growing;
} shown;

static int by_now(const void *a, const void *b)
{
   const shown *x = a, *y = b;
   if (x->is_growing != y->is_growing)
      return y->is_growing - x->is_growing;
   if (!x->is_growing && x->live_B != y->live_B)
      return x->live_B < y->live_B ? 1 : -1;
   return (x->place > y->place) - (x->place < y->place);
}

/* Growing accounts as in a report, then the others by what they hold now, which is what the table says. The caller frees. */
static shown *order_now(const report *r)
{
   shown *list = mem_zalloc((size_t)r->n_order + 1, sizeof *list);
   for (uint32_t i = 0; i < r->n_order; i++) {
      uint32_t account = r->order[i];
      list[i] = (shown){account, i, r->sums[account].live_B, report_account(r, account)->trend.verdict == LG_GROWING};
   }
   qsort(list, r->n_order, sizeof *list, by_now);
   return list;
}

static void put_heap_line(const follower *f)
{
   const profile *p = f->r.p;
   uint64_t live[LG_INTERVALS_MAX];
   for (uint32_t i = 0; i < p->n_intervals; i++)
      live[i] = p->totals[i].ceiling_B;
   text_sparkline(f->o, live, p->n_intervals, f->columns > 2 ? (uint32_t)f->columns - 1 : 1);
   out_text(f->o, "\033[K\n");
}

/* The whole screen, in place: the cursor goes home and every line clears what was behind it. */
static void draw(const follower *f)
{
   enum { HEAD = 6 };
   const report *r = &f->r;
   char pid[32];
   words w;
   out_text(f->o, "\033[H");
   words_begin(&w);
   lg_word_text(&w.text, f->file);
   snprintf(pid, sizeof pid, ", pid %" PRIu64 ", ", r->p->pid);
   lg_word_text(&w.text, pid);
   say_end(&w.text, r);
   put_line(f, w.data);
   words_begin(&w);
   say_heap(&w.text, r);
   put_line(f, w.data);
   put_heap_line(f);
   words_begin(&w);
   lg_word_statement(&w.text, &r->src, &r->analysis, 0);
   put_line(f, w.data);
   put_line(f, "");
   char head[128];
   snprintf(head, sizeof head, "%-13s%14s  %10s  %12s  %s", "verdict", "rate", "live", "blocks", "where");
   put_line(f, head);
   shown *list = order_now(r);
   for (uint32_t i = 0; i < r->n_order && (int)i + HEAD + 1 < f->rows; i++) {
      words_begin(&w);
      say_row(&w.text, r, list[i].account);
      put_line(f, w.data);
   }
   free(list);
   out_text(f->o, "\033[J");
}

/* Where there is no screen: what changed, on one line. */
static void put_change(const follower *f)
{
   words w;
   words_begin(&w);
   say_heap(&w.text, &f->r);
   lg_word_text(&w.text, "; ");
   lg_word_statement(&w.text, &f->r.src, &f->r.analysis, 0);
   if (f->r.p->now.end != END_RUNNING) {
      lg_word_text(&w.text, "; ");
      say_end(&w.text, &f->r);
   }
   out_name(f->o, w.data);
   out_text(f->o, "\n");
}

static void show(const follower *f)
{
   if (f->is_terminal)
      draw(f);
   else
      put_change(f);
   out_flush(f->o);
}

/* ---- the file ---- */

static int is_changed(const follower *f, const struct stat *s)
{
   return !f->is_seen || s->st_ino != f->seen.st_ino || s->st_dev != f->seen.st_dev || s->st_size != f->seen.st_size ||
          s->st_mtim.tv_sec != f->seen.st_mtim.tv_sec || s->st_mtim.tv_nsec != f->seen.st_mtim.tv_nsec;
}

/* Reads the file anew. False when it is no profile (any more); one without an interval is just too young. */
static int read_again(follower *f, const struct stat *s)
{
   read_result read;
   f->seen = *s;
   f->is_seen = 1;
   profile *p = reader_read_file(f->file, &read);
   if (p == NULL && !f->is_report)
      f->read = read;
   if (p == NULL)
      return 0;
   if (f->is_report)
      report_free(&f->r);
   f->read = read;
   f->is_report = 1;
   report_make(&f->r, f->file, p, &f->read);
   return 1;
}

/* The process was there and is not any more. A profile from another machine or container has a pid that says nothing here. */
static int is_gone(follower *f)
{
   if (!f->is_report || f->r.p->pid == 0 || f->r.p->pid > INT32_MAX)
      return 0;
   int is_alive = kill((pid_t)f->r.p->pid, 0) == 0 || errno == EPERM;
   f->was_alive |= is_alive;
   return f->was_alive && !is_alive;
}

static int has_ended(const follower *f)
{
   return f->is_report && (f->r.p->now.end == END_EXIT || f->r.p->now.end == END_SIGNAL);
}

static int fail(follower *f, const char *why)
{
   out_flush(f->o);
   fprintf(stderr, "lg_print: %s: %s\n", f->file, why);
   return EXIT_INPUT;
}

/* Until the run ends. Returns an exit code. */
static int follow(follower *f, uint64_t refresh_ms)
{
   uint64_t next = 0, missing_since = 0;
   for (;; sleep_ms(POLL_MS)) {
      struct stat s;
      uint64_t start = now_ms();
      if (f->o->error != 0)
         return EXIT_OK; /* program_close() tells */
      if (f->is_terminal && f->is_report && take_size(f))
         show(f);
      if (start < next)
         continue;
      int is_last = is_gone(f);
      if (stat(f->file, &s) != 0) {
         missing_since = missing_since != 0 ? missing_since : start;
         if (!f->is_seen || is_last || start - missing_since > MISSING_MS)
            return fail(f, strerror(errno));
         continue;
      }
      missing_since = 0;
      if (is_changed(f, &s) && read_again(f, &s))
         show(f);
      if (has_ended(f))
         return f->read.status == READ_DAMAGED ? EXIT_INPUT : EXIT_OK;
      if (is_last) {
         out_text(f->o, "The process is gone without having written an end: killed from outside.\n");
         return EXIT_OK;
      }
      if (!f->is_report && f->read.transaction == 0 && f->read.status == READ_REFUSED && s.st_size > 1 << 20)
         return fail(f, f->read.message);
      uint64_t took = now_ms() - start;
      next = start + took + (took * READING_SHARE > refresh_ms ? took * READING_SHARE : refresh_ms);
   }
}

int follow_file(const char *file, const view_opts *opts, out *o)
{
   follower f = {.file = file, .o = o, .is_terminal = is_terminal(o->fd)};
   take_size(&f);
   if (f.is_terminal)
      out_text(o, "\033[H\033[2J");
   int status = follow(&f, (uint64_t)opts->refresh * 1000);
   if (f.is_report)
      report_free(&f.r);
   return status;
}
