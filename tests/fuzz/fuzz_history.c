/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: any bytes as the history of lg_check, and a night appended to it.
 *
 * Each line has a checksum, which would stop every mutation at the door: it is computed anew where a line has that many fields, unless the
 * input begins with '!'. */
#include "mem.h"
#include "nights.h"

#include "lg_format.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BEFORE_CRC = 12, CRC = 9 /* a space and eight digits */ };

/* Mends the checksum of a line without its newline, when it has one. */
static void seal_line(char *line, size_t n)
{
   lg_fields f = {line + 1, line + n};
   const char *word;
   size_t length;
   for (int i = 0; i < BEFORE_CRC; i++)
      if (n < 2 || line[0] != 'n' || !lg_get_word(&f, &word, &length))
         return;
   size_t before = (size_t)(f.p - line);
   char *worst = mem_alloc(n + 1), crc[CRC + 1];
   lg_fields rest = {line + before + CRC, line + n};
   if (before + CRC < n && lg_get_string(&rest, worst, n + 1) >= 0) {
      snprintf(crc, sizeof crc, " %08x", (unsigned)lg_crc32(lg_crc32(0, line, before), worst, strlen(worst)));
      memcpy(line + before, crc, CRC);
   }
   free(worst);
}

static void seal(char *text, size_t n)
{
   for (size_t at = 0; at < n;) {
      const char *newline = memchr(text + at, '\n', n - at);
      size_t length = newline != NULL ? (size_t)(newline - (text + at)) : n - at;
      seal_line(text + at, length);
      at += length + 1;
   }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size < 2 || size > 1 << 20)
      return 0;
   int is_raw = data[0] == '!';
   size_t n = size - (size_t)is_raw;
   char *text = mem_string((const char *)data + is_raw, n);
   if (!is_raw)
      seal(text, n);
   FILE *in = fmemopen(text, n, "rb");
   nights list;
   if (nights_read_stream(in, &list) == 0) {
      out *o = mem_alloc(sizeof *o);
      int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
      out_init(o, fd, (int)(list.count % 2));
      nights_text(&list, o);
      out_flush(o);
      close(fd);
      free(o);
   }
   nights_free(&list);
   fclose(in);
   free(text);
   return 0;
}
