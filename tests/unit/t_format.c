/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the profile: what is written comes back, what does not fit leaves no trace, what is malformed is refused. */
#include "lg_format.h"
#include "lgtest.h"

static char space[1 << 18];

static lg_fields fields_of(const char *text)
{
   return (lg_fields){text, text + strlen(text)};
}

/* The fields of the only line in b, which must be well-formed (F1). */
static lg_fields only_line(const lg_buf *b)
{
   LGT_OK(b->used >= 2 && b->data[b->used - 1] == '\n');
   LGT_OK(b->used <= LG_LINE_MAX);
   for (size_t i = 0; i + 1 < b->used; i++)
      LGT_OK((unsigned char)b->data[i] >= 0x20 && b->data[i] != 0x7f);
   return (lg_fields){b->data + 1, b->data + b->used - 1};
}

static void a_line_reads_as_specified(void)
{
   lg_buf b;
   lg_buf_init(&b, space, sizeof space);
   lg_line_begin_magic(&b);
   lg_put_u64(&b, LG_FORMAT_VERSION);
   LGT_OK(lg_line_end(&b));
   lg_line_begin(&b, 'x');
   lg_put_word(&b, "mark");
   lg_put_u64(&b, 0);
   lg_put_u64(&b, UINT64_MAX);
   lg_put_i64(&b, INT64_MIN);
   lg_put_i64(&b, -1);
   lg_put_i64(&b, 0);
   lg_put_crc(&b, 0x00c0ffeeu);
   lg_put_string(&b, "a \\ b\n\t\x7f\xc3\xa4 ");
   LGT_OK(lg_line_end(&b));
   space[b.used] = '\0';
   LGT_EQ_S(space, "leakgrow-profile 1\n"
                   "x mark 0 18446744073709551615 -9223372036854775808 -1 0 00c0ffee a \\\\ b\\n\\x09\\x7f\xc3\xa4 \n");
}

static void numbers_come_back(void)
{
   for (int round = 0; round < 20000; round++) {
      uint64_t u = lgt_rand() >> lgt_rand_below(64), got_u;
      int64_t i = (int64_t)lgt_rand() >> lgt_rand_below(64), got_i;
      uint32_t c = (uint32_t)lgt_rand(), got_c;
      lg_buf b;
      lg_buf_init(&b, space, sizeof space);
      lg_line_begin(&b, 'i');
      lg_put_u64(&b, u);
      lg_put_i64(&b, i);
      lg_put_crc(&b, c);
      LGT_MUST(lg_line_end(&b));
      lg_fields f = only_line(&b);
      LGT_MUST(lg_get_u64(&f, &got_u) && lg_get_i64(&f, &got_i) && lg_get_crc(&f, &got_c) && lg_get_end(&f));
      LGT_EQ_U(got_u, u);
      LGT_EQ_I(got_i, i);
      LGT_EQ_U(got_c, c);
   }
}

static void malformed_numbers_move_nothing(void)
{
   static const char *const bad[] = {
      "",
      "1",
      " ",
      "  1",
      " -",
      " 01",
      " 00",
      " +1",
      " 1a",
      " 0x1",
      " 1.5",
      " a",
      " -1x",
      " 18446744073709551616",
      " 99999999999999999999999999",
      " 184467440737095516150",
      " --1",
      " 1\t2",
   };
   for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
      uint64_t u = 77;
      int64_t i = 77;
      lg_fields f = fields_of(bad[k]);
      if (lg_get_u64(&f, &u) || lg_get_i64(&f, &i) || f.p != bad[k] || u != 77 || i != 77)
         lgt_fail(__FILE__, __LINE__, "accepted \"%s\"", bad[k]);
   }
   uint64_t u;
   int64_t i;
   lg_fields f = fields_of(" -5");
   LGT_OK(!lg_get_u64(&f, &u) && lg_get_i64(&f, &i) && i == -5);
   f = fields_of(" -0");
   LGT_OK(!lg_get_i64(&f, &i));
   f = fields_of(" 9223372036854775808");
   LGT_OK(!lg_get_i64(&f, &i) && lg_get_u64(&f, &u));
   f = fields_of(" 9223372036854775807");
   LGT_OK(lg_get_i64(&f, &i) && i == INT64_MAX);
   f = fields_of(" -9223372036854775808");
   LGT_OK(lg_get_i64(&f, &i) && i == INT64_MIN);
   f = fields_of(" -9223372036854775809");
   LGT_OK(!lg_get_i64(&f, &i));
}

/* A field never reads behind its end, wherever the line was cut: the bytes there are not even mapped for the sanitizer. */
static void every_prefix_is_safe(void)
{
   static const char line[] = " 18446744073709551615 -17 word deadbeef a\\\\b\\n\\x01\\x7fz";
   for (size_t n = 0; n < sizeof line; n++) {
      char *copy = malloc(n ? n : 1), *text = malloc(n + 1);
      LGT_MUST(copy != NULL && text != NULL);
      memcpy(copy, line, n);
      lg_fields f = {copy, copy + n};
      uint64_t u;
      int64_t i;
      const char *word;
      size_t word_n;
      uint32_t crc;
      if (lg_get_u64(&f, &u) && lg_get_i64(&f, &i) && lg_get_word(&f, &word, &word_n) && lg_get_crc(&f, &crc) &&
          lg_get_string(&f, text, n + 1) >= 0)
         LGT_OK(lg_get_end(&f));
      free(copy);
      free(text);
   }
}

static void words_are_words(void)
{
   const char *word;
   size_t n;
   lg_fields f = fields_of(" exit rest");
   LGT_OK(lg_get_word(&f, &word, &n) && n == 4 && memcmp(word, "exit", 4) == 0);
   f = fields_of("  two");
   LGT_OK(!lg_get_word(&f, &word, &n));
   f = fields_of(" a\001b");
   LGT_OK(!lg_get_word(&f, &word, &n));
   f = fields_of(" ");
   LGT_OK(!lg_get_word(&f, &word, &n) && *f.p == ' ');
   lg_buf b;
   lg_buf_init(&b, space, sizeof space);
   lg_line_begin(&b, 'w');
   lg_put_word(&b, "two words\nnext");
   lg_put_word(&b, "");
   LGT_OK(lg_line_end(&b));
   space[b.used] = '\0';
   LGT_EQ_S(space, "w two_words_next _\n");
}

static void crc_fields(void)
{
   uint32_t c = 1;
   static const char *const bad[] = {" 1234567", " 123456789", " 1234567G", " 1234567A", " ", "", " 1234 678"};
   for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
      lg_fields f = fields_of(bad[k]);
      LGT_OK(!lg_get_crc(&f, &c) && f.p == bad[k]);
   }
   lg_fields f = fields_of(" 00000abc 1");
   LGT_OK(lg_get_crc(&f, &c) && c == 0xabc && !lg_get_end(&f));
}

/* The definition of the checksum, bit by bit. */
static uint32_t crc_by_bits(uint32_t crc, const unsigned char *p, size_t n)
{
   crc = ~crc;
   while (n-- > 0) {
      crc ^= *p++;
      for (int k = 0; k < 8; k++)
         crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
   }
   return ~crc;
}

static void crc_is_ieee(void)
{
   LGT_EQ_U(lg_crc32(0, "123456789", 9), 0xcbf43926u);
   LGT_EQ_U(lg_crc32(0, "", 0), 0);
   unsigned char data[300];
   for (int round = 0; round < 3000; round++) {
      size_t n = lgt_rand_below(sizeof data), from = lgt_rand_below(n + 1), cut = from + lgt_rand_below(n - from + 1);
      for (size_t i = 0; i < n; i++)
         data[i] = (unsigned char)lgt_rand();
      uint32_t want = crc_by_bits(0, data + from, n - from);
      LGT_EQ_U(lg_crc32(0, data + from, n - from), want);
      LGT_EQ_U(lg_crc32(lg_crc32(0, data + from, cut - from), data + cut, n - cut), want);
   }
}

static void hostile_strings_come_back(void)
{
   static const char alphabet[] = "a \\\n\t\r\x01\x1f\x7f\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xff\x80nx0123abc-";
   static char text[400], back[2000];
   for (int round = 0; round < 20000; round++) {
      size_t n = lgt_rand_below(sizeof text);
      for (size_t i = 0; i < n; i++)
         text[i] = round & 1 ? (char)(1 + lgt_rand_below(255)) : alphabet[lgt_rand_below(sizeof alphabet - 1)];
      text[n] = '\0';
      lg_buf b;
      lg_buf_init(&b, space, sizeof space);
      lg_line_begin(&b, 'f');
      lg_put_u64(&b, 1);
      lg_put_string(&b, text);
      LGT_MUST(lg_line_end(&b));
      lg_fields f = only_line(&b);
      uint64_t id;
      LGT_MUST(lg_get_u64(&f, &id));
      LGT_EQ_I(lg_get_string(&f, back, (size_t)(f.end - f.p)), n);
      LGT_OK(lg_get_end(&f));
      LGT_MUST(strcmp(back, text) == 0);
   }
}

static void malformed_strings_move_nothing(void)
{
   static const char *const bad[] = {
      "",       "x",    " \\",   " a\\",  " \\x",  " \\x0", " \\x0g",  " \\x41", " \\x00",
      " \\x1F", " \\q", " a\tb", " \x7f", " a\\x", " \\x7", " \\\\\\", " \\N",   " \\x80",
   };
   char text[64];
   for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
      lg_fields f = fields_of(bad[k]);
      if (lg_get_string(&f, text, sizeof text) != -1 || f.p != bad[k])
         lgt_fail(__FILE__, __LINE__, "accepted \"%s\"", bad[k]);
   }
   lg_fields f = fields_of(" ");
   LGT_EQ_I(lg_get_string(&f, text, 1), 0);
   LGT_EQ_S(text, "");
   f = fields_of(" four");
   LGT_EQ_I(lg_get_string(&f, text, 4), -1);
   LGT_EQ_I(lg_get_string(&f, text, 0), -1);
   LGT_EQ_I(lg_get_string(&f, text, 5), 4);
   LGT_EQ_S(text, "four");
}

/* F2 at every buffer size: the line is there as a whole or not at all, and the lines before it are untouched. */
static void a_line_that_does_not_fit_leaves_no_trace(void)
{
   lg_buf whole;
   lg_buf_init(&whole, space, sizeof space);
   for (int k = 0; k < 2; k++) {
      lg_line_begin(&whole, k ? 'k' : 'a');
      lg_put_u64(&whole, 1234567);
      lg_put_i64(&whole, -5);
      lg_put_word(&whole, "word");
      lg_put_crc(&whole, 1);
      lg_put_string(&whole, "str\\ing\n");
      LGT_MUST(lg_line_end(&whole));
   }
   size_t half = whole.used / 2;
   for (size_t size = 0; size <= whole.used; size++) {
      char *data = malloc(size ? size : 1);
      LGT_MUST(data != NULL);
      lg_buf b;
      lg_buf_init(&b, data, size);
      for (int k = 0; k < 2; k++) {
         size_t before = b.used;
         lg_line_begin(&b, k ? 'k' : 'a');
         lg_put_u64(&b, 1234567);
         lg_put_i64(&b, -5);
         lg_put_word(&b, "word");
         lg_put_crc(&b, 1);
         lg_put_string(&b, "str\\ing\n");
         int fits = size >= before + half;
         LGT_EQ_I(lg_line_end(&b), fits);
         LGT_EQ_U(b.used, before + (fits ? half : 0));
      }
      LGT_OK(memcmp(data, whole.data, b.used) == 0 || size < half);
      free(data);
   }
}

static void numbers_beyond_a_line_are_dropped(void)
{
   lg_buf b;
   lg_buf_init(&b, space, sizeof space);
   lg_line_begin(&b, 'k');
   for (int i = 0; i < 5000; i++)
      lg_put_u64(&b, UINT64_MAX);
   LGT_OK(!lg_line_end(&b));
   LGT_EQ_U(b.used, 0);
   lg_line_begin(&b, 'k');
   for (int i = 0; i < (LG_LINE_MAX - 2) / 2; i++)
      lg_put_u64(&b, 1);
   LGT_OK(lg_line_end(&b));
   LGT_OK(b.used <= LG_LINE_MAX);
}

/* A long name is cut between characters and escapes, and still reads back as a prefix of itself. */
static void long_strings_are_cut_at_a_character(void)
{
   static const char *const units[] = {"a", "\n", "\x01", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xff", "\\"};
   static char text[LG_LINE_MAX * 2], back[LG_LINE_MAX];
   for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
      for (size_t lead = 0; lead < 5; lead++) {
         size_t n = lead, len = strlen(units[u]);
         memset(text, 'b', lead);
         while (n + len < sizeof text) {
            memcpy(text + n, units[u], len);
            n += len;
         }
         text[n] = '\0';
         lg_buf b;
         lg_buf_init(&b, space, sizeof space);
         lg_line_begin(&b, 'f');
         lg_put_string(&b, text);
         LGT_MUST(lg_line_end(&b));
         LGT_OK(b.used <= LG_LINE_MAX && b.used > LG_LINE_MAX - 4);
         lg_fields f = only_line(&b);
         long got = lg_get_string(&f, back, sizeof back);
         LGT_MUST(got > 0);
         LGT_OK(memcmp(back, text, (size_t)got) == 0);
         LGT_EQ_U(((size_t)got - lead) % len, 0);
      }
}

LGT_MAIN(LGT(a_line_reads_as_specified), LGT(numbers_come_back), LGT(malformed_numbers_move_nothing),
         LGT(every_prefix_is_safe), LGT(words_are_words), LGT(crc_fields), LGT(crc_is_ieee),
         LGT(hostile_strings_come_back), LGT(malformed_strings_move_nothing),
         LGT(a_line_that_does_not_fit_leaves_no_trace), LGT(numbers_beyond_a_line_are_dropped),
         LGT(long_strings_are_cut_at_a_character))
