/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_word: numbers for people. Sentences are in lg_say.c and lg_statement.c, names of places in lg_place.c. */
#include "lg_word.h"
#include "lg_place.h"
#include "lg_scale.h"

void lg_text_init(lg_text *t, char *data, size_t size)
{
   t->data = data;
   t->size = size;
   t->used = 0;
   t->is_cut = 0;
   data[0] = '\0';
}

/* L1, L3. */
static void put_char(lg_text *t, char c)
{
   unsigned char u = (unsigned char)c;
   if (t->used + 1 >= t->size) {
      t->is_cut = 1;
      return;
   }
   t->data[t->used++] = u < 0x20 || u == 0x7f ? '?' : c;
   t->data[t->used] = '\0';
}

void lg_word_text(lg_text *t, const char *s)
{
   for (; *s != '\0'; s++)
      put_char(t, *s);
}

void lg_word_piece(lg_text *t, const char *s, size_t n)
{
   for (size_t i = 0; i < n; i++)
      put_char(t, s[i]);
}

static void put_digits(lg_text *t, uint64_t n, int is_grouped)
{
   char digits[20];
   int count = 0;
   do {
      digits[count++] = (char)('0' + n % 10);
      n /= 10;
   } while (n > 0);
   while (count-- > 0) {
      put_char(t, digits[count]);
      if (is_grouped && count > 0 && count % 3 == 0)
         put_char(t, ',');
   }
}

void lg_word_count(lg_text *t, uint64_t n)
{
   put_digits(t, n, /*is_grouped*/ 1);
}

static void put_tenths(lg_text *t, uint64_t whole, uint64_t tenths, const char *unit)
{
   lg_word_count(t, whole);
   put_char(t, '.');
   put_digits(t, tenths, 0);
   put_char(t, ' ');
   lg_word_text(t, unit);
}

void lg_word_bytes(lg_text *t, uint64_t n)
{
   static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
   unsigned u = 0;
   while (u < 6 && n >> (10 * u) >= 1024)
      u++;
   if (u == 0) {
      lg_word_count(t, n);
      lg_word_text(t, " B");
      return;
   }
   uint64_t unit = (uint64_t)1 << (10 * u), whole = n / unit, tenths = (n % unit * 10 + unit / 2) / unit;
   if (tenths == 10) {
      tenths = 0;
      whole++;
   }
   if (whole == 1024 && u < 6) {
      whole = 1;
      u++;
   }
   put_tenths(t, whole, tenths, units[u]);
}

void lg_word_bytes_signed(lg_text *t, int64_t n)
{
   put_char(t, n < 0 ? '-' : '+');
   lg_word_bytes(t, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void lg_word_milli_bytes(lg_text *t, int64_t mB)
{
   uint64_t n = mB < 0 ? 0 - (uint64_t)mB : (uint64_t)mB;
   if (mB < 0)
      put_char(t, '-');
   if (n >= 100000) {
      lg_word_bytes(t, (n + 500) / 1000);
   } else if (n >= 995) {
      uint64_t tenths = (n + 50) / 100;
      if (tenths % 10 == 0) {
         lg_word_count(t, tenths / 10);
         lg_word_text(t, " B");
      } else {
         put_tenths(t, tenths / 10, tenths % 10, "B");
      }
   } else {
      uint64_t hundredths = (n + 5) / 10;
      lg_word_text(t, hundredths == 0 && n > 0 ? "less than 0.0" : hundredths < 10 ? "0.0" : "0.");
      put_digits(t, hundredths == 0 && n > 0 ? 1 : hundredths, 0);
      lg_word_text(t, " B");
   }
}

void lg_word_milli_count(lg_text *t, int64_t m)
{
   uint64_t n = m < 0 ? 0 - (uint64_t)m : (uint64_t)m;
   if (m < 0)
      put_char(t, '-');
   if (n >= 995) {
      uint64_t tenths = (n + 50) / 100;
      lg_word_count(t, tenths / 10);
      if (tenths % 10 == 0 || n >= 1000000)
         return;
      put_char(t, '.');
      put_digits(t, tenths % 10, 0);
   } else {
      uint64_t hundredths = (n + 5) / 10;
      lg_word_text(t, hundredths == 0 && n > 0 ? "less than 0.0" : hundredths < 10 ? "0.0" : "0.");
      put_digits(t, hundredths == 0 && n > 0 ? 1 : hundredths, 0);
   }
}

void lg_word_slope(lg_text *t, const lg_slope *s, const char *unit)
{
   lg_word_milli_bytes(t, s->mB);
   lg_word_text(t, unit);
   if (s->lo_mB == s->hi_mB)
      return;
   lg_word_text(t, " (");
   lg_word_milli_bytes(t, s->lo_mB);
   lg_word_text(t, " to ");
   lg_word_milli_bytes(t, s->hi_mB);
   lg_word_text(t, ")");
}

void lg_word_count_slope(lg_text *t, const lg_slope *s, const char *unit)
{
   lg_word_milli_count(t, s->mB);
   lg_word_text(t, unit);
   if (s->lo_mB == s->hi_mB)
      return;
   lg_word_text(t, " (");
   lg_word_milli_count(t, s->lo_mB);
   lg_word_text(t, " to ");
   lg_word_milli_count(t, s->hi_mB);
   lg_word_text(t, ")");
}

void lg_word_percent(lg_text *t, uint64_t part, uint64_t whole)
{
   uint64_t tenths = whole == 0 ? 0 : lg_scale(part, 1000, whole);
   lg_word_count(t, tenths / 10);
   put_char(t, '.');
   put_digits(t, tenths % 10, 0);
   put_char(t, '%');
}

/* "3 h 20 min": two units, the second one left out when 0. */
static void put_pair(lg_text *t, uint64_t big, const char *big_unit, uint64_t small, const char *small_unit)
{
   lg_word_count(t, big);
   lg_word_text(t, big_unit);
   if (small == 0)
      return;
   put_char(t, ' ');
   lg_word_count(t, small);
   lg_word_text(t, small_unit);
}

static void put_milliseconds(lg_text *t, uint64_t ms)
{
   const uint64_t s = 1000, min = 60 * s, h = 60 * min, day = 24 * h, year = 365 * day;
   if (ms < s) {
      lg_word_count(t, ms);
      lg_word_text(t, " ms");
   } else if (ms < min) {
      put_tenths(t, ms / s, ms % s / 100, "s");
   } else if (ms < h) {
      put_pair(t, ms / min, " min", ms % min / s, " s");
   } else if (ms < 2 * day) {
      put_pair(t, ms / h, " h", ms % h / min, " min");
   } else if (ms < 2 * year) {
      put_pair(t, ms / day, " days", ms % day / h, " h");
   } else {
      put_tenths(t, ms / year, ms % year * 10 / year, "years");
   }
}

void lg_word_duration(lg_text *t, char unit, uint64_t n)
{
   if (unit == 'm') {
      put_milliseconds(t, n);
   } else if (unit == 'B') {
      lg_word_bytes(t, n);
      lg_word_text(t, " allocated and freed");
   } else {
      int is_huge = unit == 'i' && n >= 10000000;
      lg_word_count(t, is_huge ? n / 1000000 : n);
      lg_word_text(t, is_huge ? " million instruction" : unit == 'i' ? " instruction" : " tick");
      lg_word_text(t, n == 1 ? "" : "s");
   }
}

void lg_word_micros(lg_text *t, uint64_t us)
{
   if (us < 1000) {
      lg_word_count(t, us);
      lg_word_text(t, " us");
   } else if (us < 1000000) {
      put_tenths(t, us / 1000, us % 1000 / 100, "ms");
   } else {
      put_milliseconds(t, us / 1000);
   }
}

void lg_word_moment(lg_text *t, char unit, uint64_t n)
{
   lg_word_text(t, unit == 'm' ? "at " : "after ");
   lg_word_duration(t, unit, n);
}
