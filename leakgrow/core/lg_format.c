/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_format: see lg_format.h.
 *
 * Writing never checks for room at every call site: a line that does not fit only sets `overflow`, and lg_line_end() takes the
 * whole line back. Reading moves the cursor only after a field turned out to be well-formed, so a caller may try another type. */
#include "lg_format.h"

/* ---- writing ---- */

void lg_buf_init(lg_buf *b, char *data, size_t size)
{
   b->data = data;
   b->size = size;
   b->used = 0;
   b->line = 0;
   b->limit = 0;
   b->overflow = 0;
}

/* How far `used` may come: a line's newline, which always has its place, goes there at the latest. */
static void begin_at_end(lg_buf *b)
{
   size_t line_end = b->used + LG_LINE_MAX - 1;
   b->line = b->used;
   b->limit = b->size <= b->used ? b->used : b->size - 1 < line_end ? b->size - 1 : line_end;
   b->overflow = b->size <= b->used;
}

/* Appends n bytes or none. */
static void append(lg_buf *b, const char *s, size_t n)
{
   if (b->overflow || n > b->limit - b->used) {
      b->overflow = 1;
      return;
   }
   for (size_t i = 0; i < n; i++)
      b->data[b->used + i] = s[i];
   b->used += n;
}

void lg_line_begin(lg_buf *b, char tag)
{
   begin_at_end(b);
   append(b, &tag, 1);
}

void lg_line_begin_magic(lg_buf *b)
{
   begin_at_end(b);
   append(b, LG_FORMAT_MAGIC, sizeof LG_FORMAT_MAGIC - 1);
}

enum { NUMBER_MAX = 22 }; /* space, sign, 20 digits */

static const char pairs[] =
   "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495"
   "05152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697989"
   "9";

static unsigned count_digits(uint64_t v)
{
   unsigned n = 1;
   for (; v >= 10000; v /= 10000)
      n += 4;
   return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Writes v at p; returns the place behind it. */
static char *write_decimal(char *p, uint64_t v)
{
   if (v < 10) {
      *p = (char)('0' + v);
      return p + 1;
   }
   char *end = p + count_digits(v);
   char *at = end;
   for (; v >= 100; v /= 100) {
      const char *pair = pairs + v % 100 * 2;
      *--at = pair[1];
      *--at = pair[0];
   }
   if (v >= 10) {
      *--at = pairs[v * 2 + 1];
      *--at = pairs[v * 2];
   } else {
      *--at = (char)('0' + v);
   }
   return end;
}

static void put_decimal(lg_buf *b, uint64_t v, int is_negative)
{
   char text[NUMBER_MAX];
   int is_roomy = !b->overflow && b->limit - b->used >= NUMBER_MAX;
   char *start = is_roomy ? b->data + b->used : text, *p = start;
   *p++ = ' ';
   if (is_negative)
      *p++ = '-';
   p = write_decimal(p, v);
   if (is_roomy)
      b->used += (size_t)(p - start);
   else
      append(b, text, (size_t)(p - start));
}

void lg_put_u64(lg_buf *b, uint64_t v)
{
   put_decimal(b, v, /*is_negative*/ 0);
}

void lg_put_i64(lg_buf *b, int64_t v)
{
   put_decimal(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0);
}

void lg_put_numbers(lg_buf *b, const uint64_t *v, size_t n)
{
   if (b->overflow || (b->limit - b->used) / NUMBER_MAX < n) {
      for (size_t i = 0; i < n; i++)
         lg_put_u64(b, v[i]);
      return;
   }
   char *p = b->data + b->used;
   for (size_t i = 0; i < n; i++) {
      *p++ = ' ';
      p = write_decimal(p, v[i]);
   }
   b->used = (size_t)(p - b->data);
}

static int is_control(unsigned char c)
{
   return c < 0x20 || c == 0x7f;
}

void lg_put_word(lg_buf *b, const char *word)
{
   append(b, " ", 1);
   if (*word == '\0')
      append(b, "_", 1);
   for (; *word != '\0'; word++) {
      int is_allowed = !is_control((unsigned char)*word) && *word != ' ';
      append(b, is_allowed ? word : "_", 1);
   }
}

static char hex_digit(uint32_t v)
{
   return "0123456789abcdef"[v & 15];
}

void lg_put_crc(lg_buf *b, uint32_t crc)
{
   char text[9];
   text[0] = ' ';
   for (int i = 0; i < 8; i++)
      text[1 + i] = hex_digit(crc >> (28 - 4 * i));
   append(b, text, sizeof text);
}

/* Bytes of the character at s that must not be torn apart: a whole UTF-8 sequence, or one byte of anything else. */
static size_t character_length(const unsigned char *s)
{
   size_t want = s[0] >= 0xf0 && s[0] <= 0xf4  ? 4
                 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                                               : 1;
   for (size_t i = 1; i < want; i++)
      if ((s[i] & 0xc0) != 0x80)
         return 1;
   return want;
}

/* Writes the escaped form of the character at *s to `unit` (4 bytes), moves *s behind it, returns the form's length. */
static size_t escape_character(const unsigned char **s, char *unit)
{
   unsigned char c = **s;
   if (c == '\\' || c == '\n') {
      unit[0] = '\\';
      unit[1] = c == '\n' ? 'n' : '\\';
      (*s)++;
      return 2;
   }
   if (is_control(c)) {
      unit[0] = '\\';
      unit[1] = 'x';
      unit[2] = hex_digit(c >> 4);
      unit[3] = hex_digit(c);
      (*s)++;
      return 4;
   }
   size_t n = character_length(*s);
   for (size_t i = 0; i < n; i++)
      unit[i] = (char)*(*s)++;
   return n;
}

void lg_put_string(lg_buf *b, const char *s)
{
   const unsigned char *p = (const unsigned char *)s;
   append(b, " ", 1);
   while (*p != '\0' && !b->overflow) {
      char unit[4];
      size_t n = escape_character(&p, unit);
      if (b->used - b->line + n > LG_LINE_MAX - 1)
         return;
      append(b, unit, n);
   }
}

int lg_line_end(lg_buf *b)
{
   if (b->overflow) {
      b->used = b->line;
      b->overflow = 0;
      return 0;
   }
   b->data[b->used++] = '\n'; /* `limit` kept its place free */
   b->line = b->used;
   return 1;
}

/* ---- reading ---- */

/* Where the next field begins, or NULL when there is no further one. */
static const char *field_start(const lg_fields *f)
{
   if (f->p >= f->end || *f->p != ' ')
      return NULL;
   return f->p + 1;
}

static int is_field_end(const char *p, const char *end)
{
   return p == end || *p == ' ';
}

/* Takes decimal digits up to the field's end. Returns the place behind them, or NULL: none, leading zero, above 2^64 - 1. */
static const char *take_digits(const char *p, const char *end, uint64_t *v)
{
   enum { SURE = 19 }; /* so many digits do not pass 2^64 */
   const char *start = p, *sure = end - p > SURE ? p + SURE : end;
   uint64_t value = 0;
   for (; p < sure && (unsigned char)(*p - '0') < 10; p++)
      value = value * 10 + (uint64_t)(*p - '0');
   for (; p < end && (unsigned char)(*p - '0') < 10; p++) {
      uint64_t digit = (uint64_t)(*p - '0');
      if (value > (UINT64_MAX - digit) / 10)
         return NULL;
      value = value * 10 + digit;
   }
   if (p == start || !is_field_end(p, end) || (*start == '0' && p - start > 1))
      return NULL;
   *v = value;
   return p;
}

int lg_get_u64(lg_fields *f, uint64_t *v)
{
   const char *p = field_start(f);
   if (p != NULL)
      p = take_digits(p, f->end, v);
   if (p == NULL)
      return 0;
   f->p = p;
   return 1;
}

int lg_get_i64(lg_fields *f, int64_t *v)
{
   const char *p = field_start(f);
   if (p == NULL)
      return 0;
   int is_negative = p < f->end && *p == '-';
   uint64_t magnitude;
   p = take_digits(p + is_negative, f->end, &magnitude);
   if (p == NULL || magnitude > (uint64_t)INT64_MAX + (is_negative ? 1 : 0) || (is_negative && magnitude == 0))
      return 0;
   *v = is_negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
   f->p = p;
   return 1;
}

int lg_get_word(lg_fields *f, const char **word, size_t *n)
{
   const char *start = field_start(f);
   if (start == NULL)
      return 0;
   const char *p = start;
   while (!is_field_end(p, f->end)) {
      if (is_control((unsigned char)*p))
         return 0;
      p++;
   }
   if (p == start)
      return 0;
   *word = start;
   *n = (size_t)(p - start);
   f->p = p;
   return 1;
}

/* Value of a lower-case hexadecimal digit, or -1. */
static int hex_value(char c)
{
   if (c >= '0' && c <= '9')
      return c - '0';
   return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int lg_get_crc(lg_fields *f, uint32_t *crc)
{
   const char *p = field_start(f);
   if (p == NULL || f->end - p < 8 || !is_field_end(p + 8, f->end))
      return 0;
   uint32_t value = 0;
   for (int i = 0; i < 8; i++) {
      int digit = hex_value(p[i]);
      if (digit < 0)
         return 0;
      value = value << 4 | (uint32_t)digit;
   }
   *crc = value;
   f->p = p + 8;
   return 1;
}

int lg_get_end(const lg_fields *f)
{
   return f->p == f->end;
}

/* Takes one byte of a string, escaped or not. Returns the place behind it or NULL. */
static const char *take_string_byte(const char *p, const char *end, char *c)
{
   if (is_control((unsigned char)*p))
      return NULL;
   if (*p != '\\') {
      *c = *p;
      return p + 1;
   }
   if (end - p >= 2 && (p[1] == '\\' || p[1] == 'n')) {
      *c = p[1] == 'n' ? '\n' : '\\';
      return p + 2;
   }
   if (end - p < 4 || p[1] != 'x' || hex_value(p[2]) < 0 || hex_value(p[3]) < 0)
      return NULL;
   unsigned value = (unsigned)hex_value(p[2]) << 4 | (unsigned)hex_value(p[3]);
   if (value == 0 || !is_control((unsigned char)value))
      return NULL;
   *c = (char)value;
   return p + 4;
}

long lg_get_string(lg_fields *f, char *dst, size_t size)
{
   const char *p = field_start(f);
   size_t n = 0;
   if (p == NULL || size == 0)
      return -1;
   while (p < f->end) {
      char c;
      p = take_string_byte(p, f->end, &c);
      if (p == NULL || n + 1 >= size)
         return -1;
      dst[n++] = c;
   }
   dst[n] = '\0';
   f->p = p;
   return (long)n;
}
