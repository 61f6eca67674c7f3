/* SPDX-License-Identifier: GPL-2.0-or-later */
/* out and bytes: what is written arrives or is missed, names are harmless, packed numbers come back. */
#include "bytes.h"
#include "out.h"

#include "lgtest.h"

#include <errno.h>
#include <fcntl.h>

/* ---- UTF-8 ---- */

/* Encodes one code point, surrogates and all; returns the length. */
static size_t encode(uint32_t c, char *s)
{
   if (c < 0x80) {
      s[0] = (char)c;
      return 1;
   }
   size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
   for (size_t i = n - 1; i > 0; i--, c >>= 6)
      s[i] = (char)(0x80 | (c & 0x3f));
   s[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
   return n;
}

static void every_code_point(void)
{
   for (uint32_t c = 1; c < 0x120000; c++) {
      char s[8] = {0};
      size_t n = encode(c, s);
      int is_good = c < 0x110000 && !(c >= 0xd800 && c < 0xe000);
      if (utf8_length(s) != (is_good ? n : 0))
         lgt_fail(__FILE__, __LINE__, "code point %x", (unsigned)c);
      for (size_t cut = 1; cut < n; cut++) {
         char torn[8] = {0};
         memcpy(torn, s, cut);
         if (utf8_length(torn) != 0)
            lgt_fail(__FILE__, __LINE__, "code point %x cut after %zu bytes", (unsigned)c, cut);
      }
   }
}

static void overlong_forms(void)
{
   LGT_EQ_U(utf8_length("\xc0\x80"), 0);
   LGT_EQ_U(utf8_length("\xc1\xbf"), 0);
   LGT_EQ_U(utf8_length("\xe0\x9f\xbf"), 0);
   LGT_EQ_U(utf8_length("\xf0\x8f\xbf\xbf"), 0);
   LGT_EQ_U(utf8_length("\xf5\x80\x80\x80"), 0);
   LGT_EQ_U(utf8_length("\x80"), 0);
   LGT_EQ_U(utf8_length("\xff"), 0);
}

/* ---- writing ---- */

static const char *written_name(const char *name, int is_unicode)
{
   static char text[64];
   static out o;
   out_init(&o, -1, is_unicode);
   out_name(&o, name);
   memcpy(text, o.buf, o.used);
   text[o.used] = '\0';
   return text;
}

static void names_are_harmless(void)
{
   LGT_EQ_S(written_name("plain (x.c:3)", 0), "plain (x.c:3)");
   LGT_EQ_S(written_name("\x1b[31m\n\t\x7f", 1), "?[31m???");
   LGT_EQ_S(written_name("\xc2\x9b"
                         "2J",
                         1),
            "?2J");
   LGT_EQ_S(written_name("\xc3\x9c", 1), "\xc3\x9c");
   LGT_EQ_S(written_name("\xc3\x9c\xe2\x82\xac", 0), "??");
   LGT_EQ_S(written_name("a\xff\xc3", 1), "a??");
}

static void everything_arrives(void)
{
   int fds[2];
   static out o;
   char got[8];
   size_t total = 0, sum = 0;
   LGT_EQ_I(pipe(fds), 0);
   out_init(&o, fds[1], 0);
   fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
   for (unsigned i = 0; i < 20000; i++)
      out_printf(&o, "%u,", i);
   out_repeat(&o, "-", 17000);
   LGT_EQ_I(out_flush(&o), 0);
   close(fds[1]);
   for (ssize_t n; (n = read(fds[0], got, sizeof got)) > 0; total += (size_t)n)
      for (ssize_t i = 0; i < n; i++)
         sum += got[i] == ',';
   LGT_EQ_U(sum, 20000);
   LGT_EQ_U(total, 10 * 2 + 90 * 3 + 900 * 4 + 9000 * 5 + 10000 * 6 + 17000);
}

static void long_formats(void)
{
   static out o;
   static char name[3000];
   out_init(&o, -1, 0);
   memset(name, 'x', sizeof name - 1);
   out_printf(&o, "<%s>", name);
   LGT_EQ_U(o.used, sizeof name + 1);
   LGT_OK(o.buf[0] == '<' && o.buf[o.used - 1] == '>');
}

static void first_error_stays(void)
{
   static out o;
   out_init(&o, -1, 0);
   out_repeat(&o, "0123456789", 5000);
   LGT_EQ_I(o.error, EBADF);
   o.fd = open("/dev/null", O_WRONLY);
   out_text(&o, "more");
   LGT_EQ_I(out_flush(&o), EBADF);
   close(o.fd);
}

/* ---- numbers ---- */

static void numbers_come_back(void)
{
   bytes b = {0};
   uint64_t put[3000];
   uint32_t at = 0;
   for (int i = 0; i < 3000; i++) {
      put[i] = i < 64 ? (uint64_t)1 << i : i < 128 ? ((uint64_t)1 << (i - 64)) - 1 : lgt_rand() >> (lgt_rand() % 64);
      LGT_OK(bytes_room(&b, 20));
      bytes_put(&b, put[i]);
      bytes_put_signed(&b, (int64_t)put[i]);
   }
   bytes_fit(&b);
   LGT_EQ_U(b.len, b.cap);
   for (int i = 0; i < 3000; i++) {
      LGT_EQ_U(bytes_get(&b, &at), put[i]);
      LGT_EQ_I(bytes_get_signed(&b, &at), (int64_t)put[i]);
   }
   LGT_EQ_U(at, b.len);
   bytes_free(&b);
   LGT_OK(!bytes_room(&(bytes){NULL, UINT32_MAX - 3, UINT32_MAX - 3}, 10));
}

LGT_MAIN(LGT(every_code_point), LGT(overlong_forms), LGT(names_are_harmless), LGT(everything_arrives),
         LGT(long_formats), LGT(first_error_stays), LGT(numbers_come_back))
