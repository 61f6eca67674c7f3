/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fleet.h"

#include "mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *copy_of(const char *s)
{
   size_t n = strlen(s) + 1;
   return memcpy(mem_alloc(n), s, n);
}

/* ---- one profile ---- */

static char *command_of(const profile *p)
{
   size_t n = 1;
   for (size_t i = 0; i < p->n_args; i++)
      n += strlen(p->args[i]) + 1;
   char *s = mem_alloc(n), *at = s;
   for (size_t i = 0; i < p->n_args; i++)
      at += sprintf(at, "%s%s", i != 0 ? " " : "", p->args[i]);
   *at = '\0';
   return s;
}

/* The first finding, or else what a report would say first: that nothing grows, or why that is not known. */
static char *first_sentence(const report *r)
{
   char data[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, data, sizeof data);
   if (r->analysis.n_findings > 0)
      lg_word_finding(&t, &r->src, &r->analysis.findings[0]);
   else
      lg_word_statement(&t, &r->src, &r->analysis, 0);
   return copy_of(data);
}

static char *first_title(const report *r)
{
   char data[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, data, sizeof data);
   if (r->analysis.n_findings > 0)
      lg_word_title(&t, &r->src, &r->analysis.findings[0]);
   return copy_of(data);
}

static void fill_row(fleet_row *row, const report *r)
{
   const profile *p = r->p;
   const snapshot *last = &r->snaps.s[r->snaps.n - 1];
   row->is_read = 1;
   row->pid = p->pid;
   row->ppid = p->ppid;
   row->command = command_of(p);
   row->end = p->now.end == END_EXEC ? "exec" : report_end(r);
   row->unit = report_unit(r);
   row->letter = p->unit;
   row->duration = p->now.end == END_RUNNING ? last->time : p->now.end_time;
   row->live_B = last->live_B;
   row->live_blk = last->live_blk;
   row->peak_B = p->now.peak_B;
   row->grown_B = r->analysis.heap_grown_B + r->analysis.mapped_grown_B;
   row->verdict = r->analysis.verdict;
   row->per_s = r->analysis.per_s;
   row->per_tick = r->analysis.per_tick;
   row->per_unit = r->analysis.per_unit;
   row->n_findings = r->analysis.n_findings;
   row->title = first_title(r);
   row->finding = first_sentence(r);
}

static void add_file(fleet *f, const char *file)
{
   read_result read;
   profile *p = reader_read_file(file, &read);
   f->rows = mem_grow(f->rows, &f->cap, f->n + 1, sizeof *f->rows);
   fleet_row *row = &f->rows[f->n++];
   memset(row, 0, sizeof *row);
   row->file = copy_of(file);
   row->message = copy_of(read.message);
   row->end = row->unit = "";
   if (read.message[0] != '\0')
      fprintf(stderr, "lg_print: %s: %s\n", file, read.message);
   f->is_damaged |= p == NULL || read.status == READ_DAMAGED;
   if (p == NULL) {
      row->command = copy_of("");
      row->title = copy_of("");
      row->finding = copy_of("");
      return;
   }
   report r;
   report_make(&r, file, p, &read);
   fill_row(row, &r);
   report_free(&r);
}

/* ---- directories ---- */

static int is_profile(const char *file)
{
   static const char magic[] = "leakgrow-profile ";
   char start[sizeof magic - 1];
   struct stat info;
   if (stat(file, &info) != 0 || !S_ISREG(info.st_mode))
      return 0;
   FILE *in = fopen(file, "rb");
   if (in == NULL)
      return 0;
   size_t n = fread(start, 1, sizeof start, in);
   fclose(in);
   return n == sizeof start && memcmp(start, magic, sizeof start) == 0;
}

/* The tool's own, while it rewrites: <name>.tmp.<pid>. */
static int is_temporary(const char *name)
{
   const char *dot = strrchr(name, '.');
   return dot != NULL && dot - name >= 4 && strncmp(dot - 4, ".tmp", 4) == 0 && dot[1] != '\0' &&
          strspn(dot + 1, "0123456789") == strlen(dot + 1);
}

static void add_directory(fleet *f, const char *path)
{
   struct dirent **names;
   int n = scandir(path, &names, NULL, alphasort);
   if (n < 0) {
      fprintf(stderr, "lg_print: %s: cannot read it: %s\n", path, strerror(errno));
      f->is_damaged = 1;
      return;
   }
   size_t before = f->n;
   for (int i = 0; i < n; i++) {
      size_t size = strlen(path) + strlen(names[i]->d_name) + 2, length = strlen(path);
      char *file = mem_alloc(size);
      snprintf(file, size, "%s%s%s", path, length > 0 && path[length - 1] == '/' ? "" : "/", names[i]->d_name);
      if (!is_temporary(names[i]->d_name) && is_profile(file))
         add_file(f, file);
      free(file);
      free(names[i]);
   }
   free(names);
   if (f->n == before) {
      fprintf(stderr, "lg_print: %s: there is no profile in this directory\n", path);
      f->is_damaged = 1;
   }
}

void fleet_add(fleet *f, const char *path)
{
   struct stat info;
   if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
      add_directory(f, path);
   else
      add_file(f, path);
}

/* ---- order ---- */

static int class_of(const fleet_row *r)
{
   return !r->is_read ? 3 : r->verdict == LG_GROWING ? 0 : r->verdict == LG_INCONCLUSIVE ? 1 : 2;
}

static int by_weight(const void *a, const void *b)
{
   const fleet_row *x = a, *y = b;
   if (class_of(x) != class_of(y))
      return class_of(x) - class_of(y);
   uint64_t gx = class_of(x) == 0 ? x->grown_B : x->live_B, gy = class_of(y) == 0 ? y->grown_B : y->live_B;
   if (gx != gy)
      return gx < gy ? 1 : -1;
   if (x->pid != y->pid)
      return x->pid < y->pid ? -1 : 1;
   return strcmp(x->file, y->file);
}

void fleet_sort(fleet *f)
{
   if (f->n > 0)
      qsort(f->rows, f->n, sizeof *f->rows, by_weight);
}

void fleet_free(fleet *f)
{
   for (size_t i = 0; i < f->n; i++) {
      free(f->rows[i].file);
      free(f->rows[i].command);
      free(f->rows[i].title);
      free(f->rows[i].finding);
      free(f->rows[i].message);
   }
   free(f->rows);
}
