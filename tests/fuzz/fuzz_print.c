/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: any bytes through the reader, the analysis and every renderer.
 *
 * Numbers and checksums of transactions would stop every mutation at the door, so the input is sealed first: `b` and `c` lines
 * get the right ones. Input that begins with '!' is read as it is. */
#include "baseline.h"
#include "gate_render.h"
#include "report.h"

#include "lg_format.h"
#include "mem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends a line, [line, line + length) with its newline, in its right form: `b` and `c` lines get the next number and checksum. */
typedef struct {
   char *text;
   size_t n;
   uint32_t crc;
   uint64_t seq; /* of the next commit */
} sealer;

static void seal_line(sealer *s, const char *line, size_t length)
{
   char *to = s->text + s->n;
   uint64_t old, time;
   lg_fields f = {line + 1, line + length - 1};
   int is_short = length < 40 && length > 1 && line[length - 1] == '\n';
   if (is_short && line[0] == 'c' && lg_get_u64(&f, &old)) {
      s->n += (size_t)sprintf(to, "c %" PRIu64 " %08x\n", s->seq++, (unsigned)s->crc);
      s->crc = 0;
      return;
   }
   if (is_short && line[0] == 'b' && lg_get_u64(&f, &old) && lg_get_u64(&f, &time)) {
      length = (size_t)sprintf(to, "b %" PRIu64 " %" PRIu64 "\n", s->seq, time);
   } else {
      memcpy(to, line, length);
   }
   s->crc = lg_crc32(s->crc, to, length);
   s->n += length;
}

/* Copies the input with right numbers and checksums. The shortest commit, "c 0\n", grows by less than 40 bytes. */
static char *seal(const char *data, size_t size, size_t *n)
{
   sealer s = {mem_alloc(12 * size + 64), 0, 0, 0};
   for (size_t at = 0; at < size;) {
      const char *newline = memchr(data + at, '\n', size - at);
      size_t length = newline != NULL ? (size_t)(newline - (data + at)) + 1 : size - at;
      seal_line(&s, data + at, length);
      at += length;
   }
   *n = s.n;
   return s.text;
}

static void render(const report *r, int fd)
{
   static const char *const selections[] = {"events", "all", "none", "0-2,5"};
   out *o = mem_alloc(sizeof *o);
   view_opts opts = {.threshold = (long)(r->p->pid % 3) * 1000,
                     .x = 10 + (long)(r->p->pid % 80),
                     .y = 3 + (long)(r->p->pid % 20),
                     .top = (long)(r->p->pid % 5),
                     .snapshots = selections[r->p->pid % 4]};
   out_init(o, fd, (int)(r->p->pid % 2));
   render_text(r, &opts, o);
   render_json(r, &opts, o);
   out_flush(o);
   free(o);
}

/* The profile before the gate: against a budget with a rule of every kind, and against itself as a baseline. */
static void check(const report *r, int fd)
{
   static char rules[] =
      "total growth <= 1 B per tick\ntotal peak <= 1 GiB\nmapped growth <= 1 MiB per second\n"
      "function \"*\" growth <= 1 KiB per second\nfunction \"*e*\" live <= 1 MiB\nfunction m* peak <= 1 MiB\n"
      "context \"*\" live <= 1 KiB\nspan \"*\" open <= 64\ntask \"*\" growth <= 1 per tick\n"
      "domain \"*\" backlog <= 4 MiB\ndomain \"*\" lag p99 <= 50 ms\nrequire ticks 1\n"
      "suppress function \"*a*\" until 2027-01-01 because \"of that\"\n";
   char why[512] = "";
   budget b;
   symbol_table symbols = {0};
   ledger old, now;
   gate_file file;
   gate_list rest = {0};
   gate_terms terms = {.budget = &b, .baseline = &old, .today = "2026-11-21", .symbols = &symbols};
   FILE *in = fmemopen(rules, sizeof rules - 1, "rb");
   if (!budget_read(in, &b, why, sizeof why))
      abort();
   fclose(in);
   ledger_make(&old, r, &symbols);
   ledger_make(&now, r, &symbols);
   ledger_match(&old, &now);
   gate_judge(&terms, r, &r->read, "fuzz", &now, &file);
   gate_finish(&terms, &rest);
   gate_results g = {&file, 1, &rest, file.list.result};
   out *o = mem_alloc(sizeof *o);
   out_init(o, fd, /*is_unicode*/ 1);
   gate_text(&g, o);
   gate_junit(&g, o);
   gate_markdown(&g, o);
   baseline_write(&now, o);
   out_flush(o);
   free(o);
   gate_list_free(&rest);
   gate_file_free(&file);
   ledger_free(&old);
   ledger_free(&now);
   symbol_table_free(&symbols);
   budget_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   size_t n = size;
   if (size == 0 || size > 1 << 20)
      return 0;
   char *text = data[0] == '!' ? mem_string((const char *)data + 1, --n) : seal((const char *)data, size, &n);
   FILE *in = n != 0 ? fmemopen(text, n, "rb") : NULL;
   if (in != NULL) {
      read_result read;
      profile *p = reader_read(in, &read);
      fclose(in);
      if (p != NULL) {
         report r;
         int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
         report_make(&r, "fuzz", p, &read);
         render(&r, fd);
         check(&r, fd);
         report_free(&r);
         close(fd);
      }
   }
   free(text);
   return 0;
}
