/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines `u`, `m` and `j` leave behind, and that a transaction which is not committed leaves nothing. */
#include "census.h"
#include "reader.h"

#include "lg_format.h"
#include "lgtest.h"

static void later_counts_replace_earlier_ones(void)
{
   census c;
   census_init(&c);
   uint32_t a = census_add(&c), b = census_add(&c);
   census_count(&c, a, LG_DISCIPLINE_ORDER, 3);
   census_count(&c, a, LG_DISCIPLINE_ORDER, 5);
   census_count(&c, b, LG_DISCIPLINE_SUSPENDED, 1);
   LGT_EQ_U(c.n_changes, 2);
   LGT_EQ_U(c.e[a].misuse[LG_DISCIPLINE_ORDER], 0);
   census_commit(&c);
   census_count(&c, b, LG_DISCIPLINE_SUSPENDED, 4);
   census_commit(&c);
   LGT_EQ_U(c.e[a].misuse[LG_DISCIPLINE_ORDER], 5);
   LGT_EQ_U(c.e[a].misuse[LG_DISCIPLINE_SUSPENDED], 0);
   LGT_EQ_U(c.e[b].misuse[LG_DISCIPLINE_SUSPENDED], 4);
   census_free(&c);
}

static void coverage_keeps_one_text_per_set(void)
{
   census c;
   census_init(&c);
   LGT_OK(census_cover(&c, "tokio", 5, "1 call", 6));
   census_commit(&c);
   for (int i = 0; i < 1000; i++) {
      LGT_OK(census_cover(&c, "tracing", 7, "5 of 5", 6));
      LGT_OK(census_cover(&c, "tokio", 5, "2 calls", 7));
   }
   LGT_EQ_U(c.n_changes, 2);
   census_commit(&c);
   LGT_EQ_U(c.n_coverage, 2);
   LGT_EQ_S(c.coverage[0].text, "2 calls");
   LGT_EQ_S(c.coverage[1].text, "5 of 5");
   char name[] = "a000";
   int n = 0;
   while (n < 1000) {
      snprintf(name, sizeof name, "%03d", n);
      if (!census_cover(&c, name, 3, "", 0))
         break;
      n++;
   }
   LGT_EQ_U(n, CENSUS_COVERAGE_MAX - 2);
   census_free(&c);
}

static void a_rollback_undoes_everything(void)
{
   census c;
   census_init(&c);
   uint32_t a = census_add(&c);
   census_count(&c, a, LG_DISCIPLINE_OPEN, 1);
   LGT_OK(census_cover(&c, "tokio", 5, "1 call", 6));
   census_commit(&c);
   uint32_t b = census_add(&c);
   LGT_OK(census_place(&c, a, 3, 7, 2));
   LGT_OK(!census_place(&c, a, 3, 7, 2));
   census_count(&c, a, LG_DISCIPLINE_OPEN, 9);
   census_count(&c, b, LG_DISCIPLINE_OPEN, 9);
   LGT_OK(census_cover(&c, "tokio", 5, "2 calls", 7));
   LGT_OK(census_cover(&c, "tracing", 7, "", 0));
   census_rollback(&c, 2);
   LGT_EQ_U(c.n, 2);
   LGT_EQ_U(c.n_coverage, 1);
   LGT_EQ_S(c.coverage[0].text, "1 call");
   LGT_EQ_U(c.e[a].misuse[LG_DISCIPLINE_OPEN], 1);
   LGT_EQ_U(c.e[a].place_txn, 0);
   LGT_EQ_U(c.e[a].line, 0);
   census_free(&c);
}

static void names_are_found_again(void)
{
   for (unsigned d = 0; d < LG_N_DISCIPLINES; d++) {
      const char *name = lg_discipline_name((lg_discipline)d);
      LGT_EQ_U(lg_discipline_find(name, strlen(name)), d);
      LGT_EQ_U(lg_discipline_find(name, strlen(name) - 1), LG_N_DISCIPLINES);
   }
   LGT_EQ_U(lg_discipline_find("orders", 6), LG_N_DISCIPLINES);
   LGT_EQ_U(lg_discipline_find("", 0), LG_N_DISCIPLINES);
   LGT_EQ_S(lg_discipline_name(LG_N_DISCIPLINES), "?");
}

/* Reads a profile whose second transaction is these lines. Returns the reader's message. */
static const char *message_of(const char *lines)
{
   static read_result result;
   char text[4096];
   static const char head[] = "leakgrow-profile 1\nh unit ms\nh base 10\n";
   static const char defs[] = "b 1 10\ns 1 a.rs\nx 1 0 req\nk 1 0\na 1 h 1 1\na 2 s 1 1\na 3 t 1 1\na 4 r 0 0\n"
                              "t 0 0 10 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
   size_t n = (size_t)snprintf(text, sizeof text, "%sc 0 %08x\n", head, (unsigned)lg_crc32(0, head, strlen(head)));
   size_t begin = n;
   n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", defs, lines);
   uint32_t crc = lg_crc32(0, text + begin, n - begin);
   n += (size_t)snprintf(text + n, sizeof text - n, "c 1 %08x\n", (unsigned)crc);
   FILE *in = fmemopen(text, n, "rb");
   profile *p = reader_read(in, &result);
   fclose(in);
   profile_free(p);
   return result.message;
}

static void lines_are_checked(void)
{
   static const struct {
      const char *lines, *message;
   } cases[] = {
      {"u 2 1 9\nu 3 0 0\nm 2 order 1\nm 2 order 2\nm 3 unknown 4611686018427387904\nj tokio \nj a b c\n", ""},
      {"u 1 1 9\n", "account 1 is not one of spans or tasks"},
      {"m 4 order 1\n", "account 4 is not one of spans or tasks"},
      {"u 5 1 9\n", "account 5 is not defined"},
      {"u 2 2 9\n", "source file 2 is not defined"},
      {"u 2 1 4294967296\n", "line is 4294967296, beyond 4294967295"},
      {"u 2 1\n", "the field line is missing"},
      {"u 2 1 9 1\n", "something follows its last field"},
      {"u 2 1 9\nu 2 1 9\n", "the account's place is known already"},
      {"m 2 disorder 1\n", "its name is unknown"},
      {"m 2\n", "its name is missing"},
      {"m 2 order -1\n", "the field count is missing or is not a number"},
      {"m 2 order 4611686018427387905\n", "count is 4611686018427387905, beyond"},
      {"m 2 order 1 1\n", "something follows its last field"},
      {"j\n", "its name is missing"},
      {"j tokio\n", "its text is missing or malformed"},
      {"j tokio a\\x00b\n", "its text is missing or malformed"},
   };
   for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      const char *message = message_of(cases[i].lines);
      if (cases[i].message[0] == '\0' ? message[0] == '\0' || strstr(message, "no interval") != NULL
                                      : strstr(message, cases[i].message) != NULL)
         continue;
      lgt_fail(__FILE__, __LINE__, "\"%s\" gives \"%s\", not \"%s\"", cases[i].lines, message, cases[i].message);
   }
}

LGT_MAIN(LGT(later_counts_replace_earlier_ones), LGT(coverage_keeps_one_text_per_set),
         LGT(a_rollback_undoes_everything), LGT(names_are_found_again), LGT(lines_are_checked))
