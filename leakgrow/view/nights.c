/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nights.h"

#include "budget.h"
#include "lg_format.h"
#include "mem.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_SIZE = 8192, WORST_MAX = 1024, SHOWN = 30 };

static char *path_of(const char *dir)
{
   size_t n = strlen(dir) + sizeof "/lg_check.history";
   char *path = mem_alloc(n);
   snprintf(path, n, "%s/lg_check.history", dir);
   return path;
}

/* ---- lines ---- */

static uint32_t checksum(const char *line, size_t n, const char *worst)
{
   return lg_crc32(lg_crc32(0, line, n), worst, strlen(worst));
}

static void put_slope(lg_buf *b, const lg_slope *s)
{
   lg_put_u64(b, s->is_known != 0);
   lg_put_i64(b, s->is_known ? s->mB : 0);
}

/* Writes the line into `data`; returns its length. */
static size_t make_line(const night *n, char *data, size_t size)
{
   char worst[WORST_MAX];
   lg_buf b;
   snprintf(worst, sizeof worst, "%s", n->worst);
   lg_buf_init(&b, data, size);
   lg_line_begin(&b, 'n');
   lg_put_u64(&b, 1);
   lg_put_word(&b, n->date);
   lg_put_word(&b, lg_gate_name(n->result));
   lg_put_u64(&b, n->n_files);
   lg_put_u64(&b, n->held_B);
   lg_put_u64(&b, n->peak_B);
   lg_put_u64(&b, n->grown_B);
   lg_put_u64(&b, n->n_growing);
   put_slope(&b, &n->per_s);
   put_slope(&b, &n->per_tick);
   lg_put_crc(&b, checksum(data, b.used, worst));
   lg_put_string(&b, worst);
   lg_line_end(&b);
   return b.used;
}

static int get_result(lg_fields *f, lg_gate_result *result)
{
   const char *word;
   size_t n;
   if (!lg_get_word(f, &word, &n))
      return 0;
   for (int r = LG_GATE_PASS; r <= LG_GATE_FAIL; r++) {
      const char *name = lg_gate_name((lg_gate_result)r);
      *result = (lg_gate_result)r;
      if (strlen(name) == n && memcmp(word, name, n) == 0)
         return 1;
   }
   return 0;
}

static int get_slope(lg_fields *f, lg_slope *s)
{
   uint64_t known;
   if (!lg_get_u64(f, &known) || known > 1 || !lg_get_i64(f, &s->mB))
      return 0;
   s->is_known = (int)known;
   return 1;
}

static int parse_line(const char *line, size_t size, night *n)
{
   lg_fields f = {line + 1, line + size};
   uint64_t version;
   const char *date;
   size_t n_date;
   uint32_t crc;
   char worst[LINE_SIZE];
   memset(n, 0, sizeof *n);
   if (size < 2 || size >= LINE_SIZE || line[0] != 'n' || !lg_get_u64(&f, &version) || version != 1 ||
       !lg_get_word(&f, &date, &n_date) || n_date != 10)
      return 0;
   memcpy(n->date, date, n_date);
   if (!budget_is_date(n->date) || !get_result(&f, &n->result) || !lg_get_u64(&f, &n->n_files) ||
       !lg_get_u64(&f, &n->held_B) || !lg_get_u64(&f, &n->peak_B) || !lg_get_u64(&f, &n->grown_B) ||
       !lg_get_u64(&f, &n->n_growing) || !get_slope(&f, &n->per_s) || !get_slope(&f, &n->per_tick))
      return 0;
   size_t before = (size_t)(f.p - line);
   if (!lg_get_crc(&f, &crc) || lg_get_string(&f, worst, sizeof worst) < 0 || crc != checksum(line, before, worst))
      return 0;
   n->worst = mem_string(worst, strlen(worst));
   return 1;
}

/* ---- the file ---- */

/* A torn last line must not swallow the next one. */
static int ends_within_line(int fd)
{
   char last;
   off_t size = lseek(fd, 0, SEEK_END);
   return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static int append_locked(int fd, const night *n)
{
   char data[LINE_SIZE];
   size_t lead = 0;
   if (ends_within_line(fd))
      data[lead++] = '\n';
   size_t size = lead + make_line(n, data + lead, sizeof data - lead);
   ssize_t written = write(fd, data, size);
   if (written < 0)
      return errno;
   if ((size_t)written != size)
      return ENOSPC;
   return fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
}

int nights_append(const char *dir, const night *n)
{
   if (mkdir(dir, 0777) != 0 && errno != EEXIST)
      return errno;
   char *path = path_of(dir);
   int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666), error = fd < 0 ? errno : 0;
   free(path);
   if (error != 0)
      return error;
   while (flock(fd, LOCK_EX) != 0 && error == 0)
      error = errno == EINTR ? 0 : errno;
   if (error == 0)
      error = append_locked(fd, n);
   return close(fd) != 0 && error == 0 ? errno : error;
}

int nights_read_stream(FILE *in, nights *list)
{
   char *line = NULL;
   size_t size = 0;
   ssize_t n;
   memset(list, 0, sizeof *list);
   while ((n = getline(&line, &size, in)) > 0) {
      night one;
      int is_whole = line[n - 1] == '\n';
      if (is_whole && n == 1)
         continue;
      if (!is_whole || !parse_line(line, (size_t)n - 1, &one)) {
         list->n_unreadable++;
         continue;
      }
      list->n = mem_grow(list->n, &list->cap, list->count + 1, sizeof *list->n);
      list->n[list->count++] = one;
   }
   free(line);
   return ferror(in) ? EIO : 0;
}

int nights_read(const char *dir, nights *list)
{
   char *path = path_of(dir);
   memset(list, 0, sizeof *list);
   FILE *in = fopen(path, "rb");
   int error = in == NULL ? errno : 0;
   free(path);
   if (error != 0)
      return error;
   error = nights_read_stream(in, list);
   fclose(in);
   return error;
}

void nights_free(nights *list)
{
   for (size_t i = 0; i < list->count; i++)
      free(list->n[i].worst);
   free(list->n);
   memset(list, 0, sizeof *list);
}

/* ---- the table ---- */

static void put_slope_cell(out *o, const lg_slope *s)
{
   words w;
   words_begin(&w);
   if (s->is_known)
      lg_word_milli_bytes(&w.text, s->mB);
   text_cell(o, -13, w.data);
}

static void put_night(const night *n, out *o)
{
   char worst[WORST_MAX];
   snprintf(worst, sizeof worst, "%s", n->worst);
   out_printf(o, "%s  ", n->date);
   text_cell(o, 12, lg_gate_name(n->result));
   text_bytes_cell(o, -11, n->held_B);
   text_bytes_cell(o, -11, n->peak_B);
   put_slope_cell(o, &n->per_s);
   put_slope_cell(o, &n->per_tick);
   if (worst[0] != '\0') {
      out_text(o, "  ");
      out_name(o, worst);
   }
   out_text(o, "\n");
}

static void put_spark(const nights *list, size_t first, out *o, const char *label, size_t offset)
{
   uint64_t values[SHOWN];
   uint32_t n = 0;
   for (size_t i = first; i < list->count; i++)
      memcpy(&values[n++], (const char *)&list->n[i] + offset, sizeof *values);
   out_text(o, label);
   text_sparkline(o, values, n, n);
   out_text(o, "|\n");
}

void nights_text(const nights *list, out *o)
{
   size_t first = list->count > SHOWN ? list->count - SHOWN : 0;
   text_title(o, "Night by night");
   out_printf(o, "%-10s  %-12s%11s%11s%13s%13s  %s\n", "date", "result", "held", "peak", "B per second", "B per tick",
              "what grows");
   for (size_t i = first; i < list->count; i++)
      put_night(&list->n[i], o);
   if (list->count > 1) {
      put_spark(list, first, o, "held  |", offsetof(night, held_B));
      put_spark(list, first, o, "grown |", offsetof(night, grown_B));
   }
   if (first > 0)
      out_printf(o, "%zu earlier runs are not shown\n", first);
   if (list->n_unreadable != 0)
      out_printf(o, "%zu %s of the history could not be read\n", list->n_unreadable,
                 list->n_unreadable == 1 ? "line" : "lines");
}
