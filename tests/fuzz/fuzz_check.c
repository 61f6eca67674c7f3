/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: any bytes as a budget file and as a baseline, against a profile with one leak.
 *
 * The last line of a baseline is its checksum, which would stop every mutation at the door: it is computed anew, unless the input
 * begins with '!'. */
#include "baseline.h"
#include "gate_render.h"
#include "mem.h"

#include "lg_format.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A profile of 60 intervals in which one place keeps a block per interval, and a reclamation domain 100 objects. The caller frees. */
static char *make_profile(size_t *n)
{
   char *text = NULL;
   FILE *f = open_memstream(&text, n);
   size_t done = 0;
   fprintf(f, "leakgrow-profile 1\nh unit ms\nh base 10\n");
   for (unsigned i = 0; i <= 60; i++) {
      if (i > 0)
         fprintf(f, "b %u %u\n", i, 10 * i);
      if (i == 1)
         fprintf(f, "o 1 /bin/p\ns 1 p.c\nf 1 leak\nf 2 main\nn 1 1 1 1 3 0\nn 2 2 1 1 9 0\nk 1 2 1 2\nx 1 0 POST\na 1 "
                    "h 1 1\nx 2 0 d\nd 1 ebr 2 d\na 2 r 2 0\n");
      if (i > 0)
         fprintf(f,
                 "t %u 0 %u %u %u %u %u %u %u %u 0 %u %u 0 0 0\ni 1 %u 0 %u %u %u %u %u %u 1 0 100 0\nv 1 %u 0 1 100\n",
                 i - 1, 10 * i, 100 * i, i, 100 * i - 100, 100 * i, i - 1, i, i, 100 * i, i, i - 1, 100 * i - 100,
                 100 * i, 100 * i, i - 1, i, i, i - 1);
      if (i > 0)
         fprintf(f, "i 2 %u 0 %u %u %u %u %u %u 100 0 6400 0\nH 1 lag_ms 20 16 3 20 1\n", i - 1, 6400 * (i - 1),
                 6400 * i, 6400 * i, 100 * (i - 1), 100 * i, 100 * i);
      if (i == 60)
         fprintf(f, "z exit 600 0\n");
      fflush(f);
      uint32_t crc = lg_crc32(0, text + done, *n - done);
      fprintf(f, "c %u %08x\n", i, (unsigned)crc);
      fflush(f);
      done = *n;
   }
   fclose(f);
   return text;
}

static profile *read_text(char *text, size_t n, read_result *read)
{
   FILE *in = fmemopen(text, n, "rb");
   profile *p = reader_read(in, read);
   fclose(in);
   return p;
}

static void judge(const report *r, const gate_terms *terms, ledger *l)
{
   gate_file file;
   gate_list rest = {0};
   read_result read = {0};
   out *o = mem_alloc(sizeof *o);
   int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
   gate_judge(terms, r, &read, "fuzz", l, &file);
   gate_finish(terms, &rest);
   gate_results g = {&file, 1, &rest, file.list.result};
   out_init(o, fd, /*is_unicode*/ 1);
   gate_text(&g, o);
   gate_junit(&g, o);
   gate_markdown(&g, o);
   out_flush(o);
   close(fd);
   free(o);
   gate_list_free(&rest);
   gate_file_free(&file);
}

static void try_budget(const report *r, FILE *in)
{
   char why[512] = "";
   budget b;
   symbol_table symbols = {0};
   gate_terms terms = {.budget = &b, .today = "2026-11-21", .symbols = &symbols};
   if (budget_read(in, &b, why, sizeof why))
      judge(r, &terms, NULL);
   budget_free(&b);
}

static void try_baseline(const report *r, FILE *in)
{
   char why[512] = "";
   symbol_table symbols = {0};
   ledger old, now;
   gate_terms terms = {.baseline = &old, .today = "2026-11-21", .symbols = &symbols};
   if (baseline_read(in, &old, &symbols, why, sizeof why)) {
      ledger_make(&now, r, &symbols);
      ledger_match(&old, &now);
      judge(r, &terms, &now);
      ledger_free(&now);
   }
   ledger_free(&old);
   symbol_table_free(&symbols);
}

/* The input with a last line that fits, when it looks like a baseline. */
static char *seal(const uint8_t *data, size_t size, size_t *n)
{
   char *text = mem_alloc(size + 64);
   size_t entries = 0;
   memcpy(text, data, size);
   *n = size;
   if (size < 2 || text[0] != 'l')
      return text;
   const char *end = memrchr(text, '\n', size - 1);
   size_t body = end != NULL ? (size_t)(end - text) + 1 : size;
   for (size_t i = 0; i + 1 < body; i++)
      entries += text[i] == '\n' && text[i + 1] == 'g';
   *n = body + (size_t)sprintf(text + body, "c %zu %08x\n", entries, (unsigned)lg_crc32(0, text, body));
   return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size == 0 || size > 1 << 20)
      return 0;
   size_t n, profile_n;
   int is_raw = data[0] == '!';
   char *text = is_raw ? mem_string((const char *)data + 1, n = size - 1) : seal(data, size, &n);
   char *profile_text = make_profile(&profile_n);
   read_result read;
   report r;
   report_make(&r, "fuzz", read_text(profile_text, profile_n, &read), &read);
   void (*const tries[])(const report *, FILE *) = {try_budget, try_baseline};
   for (int i = 0; i < 2 && n > 0; i++) {
      FILE *in = fmemopen(text, n, "rb");
      tries[i](&r, in);
      fclose(in);
   }
   report_free(&r);
   free(profile_text);
   free(text);
   return 0;
}
