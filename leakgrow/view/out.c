/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "out.h"

#include "mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void out_init(out *o, int fd, int is_unicode)
{
   o->fd = fd;
   o->error = 0;
   o->is_unicode = is_unicode;
   o->used = 0;
}

static void write_all(out *o, const char *s, size_t n)
{
   while (n != 0 && o->error == 0) {
      ssize_t written = write(o->fd, s, n);
      if (written < 0 && errno == EINTR)
         continue;
      if (written <= 0) {
         o->error = written < 0 ? errno : EIO;
         return;
      }
      s += written;
      n -= (size_t)written;
   }
}

int out_flush(out *o)
{
   write_all(o, o->buf, o->used);
   o->used = 0;
   return o->error;
}

void out_write(out *o, const char *s, size_t n)
{
   if (o->error != 0)
      return;
   if (n > sizeof o->buf - o->used)
      out_flush(o);
   if (n > sizeof o->buf) {
      write_all(o, s, n);
      return;
   }
   memcpy(o->buf + o->used, s, n);
   o->used += n;
}

void out_text(out *o, const char *s)
{
   out_write(o, s, strlen(s));
}

void out_printf(out *o, const char *format, ...)
{
   char small[512];
   va_list args, again;
   va_start(args, format);
   va_copy(again, args);
   int n = vsnprintf(small, sizeof small, format, args);
   va_end(args);
   if (n >= 0 && (size_t)n < sizeof small) {
      out_write(o, small, (size_t)n);
   } else if (n >= 0) {
      char *large = mem_alloc((size_t)n + 1);
      vsnprintf(large, (size_t)n + 1, format, again);
      out_write(o, large, (size_t)n);
      free(large);
   }
   va_end(again);
}

void out_repeat(out *o, const char *s, size_t n)
{
   for (size_t i = 0; i < n; i++)
      out_text(o, s);
}

size_t utf8_length(const char *s)
{
   const unsigned char *p = (const unsigned char *)s;
   if (p[0] < 0x80)
      return 1;
   size_t n = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
   for (size_t i = 1; i < n; i++)
      if ((p[i] & 0xc0) != 0x80)
         return 0;
   int is_overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
   int is_beyond = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
   return n != 0 && (is_overlong || is_beyond) ? 0 : n;
}

/* C1 control characters (U+0080 to U+009F) move a terminal's cursor as ESC sequences do. */
static int is_printable(const char *s, size_t n)
{
   unsigned char c = (unsigned char)s[0], d = (unsigned char)(n > 1 ? s[1] : 0);
   if (n == 1)
      return c >= 0x20 && c != 0x7f;
   return !(n == 2 && c == 0xc2 && d < 0xa0);
}

void out_name(out *o, const char *s)
{
   while (*s != '\0') {
      size_t n = utf8_length(s);
      if (n == 0 || !is_printable(s, n) || (n > 1 && !o->is_unicode))
         out_write(o, "?", 1);
      else
         out_write(o, s, n);
      s += n != 0 ? n : 1;
   }
}
