/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, durations, names and proportions as people read them. */
#include "lg_scale.h"
#include "lgsim.h"

static char line[LG_SENTENCE_MAX];

static lg_text *start(void)
{
   static lg_text t;
   lg_text_init(&t, line, sizeof line);
   return &t;
}

static void counts(void)
{
   static const struct {
      uint64_t n;
      const char *text;
   } cases[] = {{0, "0"},
                {7, "7"},
                {999, "999"},
                {1000, "1,000"},
                {1234567, "1,234,567"},
                {UINT64_MAX, "18,446,744,073,709,551,615"}};
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      lg_word_count(start(), cases[i].n);
      LGT_EQ_S(line, cases[i].text);
   }
}

static void bytes(void)
{
   static const struct {
      uint64_t n;
      const char *text;
   } cases[] = {{0, "0 B"},
                {1023, "1,023 B"},
                {1024, "1.0 KiB"},
                {1536, "1.5 KiB"},
                {1024 * 1024 - 1, "1.0 MiB"},
                {12897485, "12.3 MiB"},
                {(uint64_t)3 << 30, "3.0 GiB"},
                {(uint64_t)1 << 40, "1.0 TiB"},
                {(uint64_t)1 << 50, "1.0 PiB"},
                {(uint64_t)1 << 60, "1.0 EiB"},
                {UINT64_MAX, "16.0 EiB"}};
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      lg_word_bytes(start(), cases[i].n);
      LGT_EQ_S(line, cases[i].text);
   }
   lg_word_bytes_signed(start(), -1536);
   LGT_EQ_S(line, "-1.5 KiB");
   lg_word_bytes_signed(start(), INT64_MIN);
   LGT_EQ_S(line, "-8.0 EiB");
   lg_word_bytes_signed(start(), 0);
   LGT_EQ_S(line, "+0 B");
}

static void slopes(void)
{
   static const struct {
      int64_t mB;
      const char *text;
   } cases[] = {{0, "0.00 B"},          {1, "less than 0.01 B"}, {10, "0.01 B"},
                {250, "0.25 B"},        {994, "0.99 B"},         {995, "1 B"},
                {999, "1 B"},           {1000, "1 B"},           {1449, "1.4 B"},
                {48000, "48 B"},        {99949, "99.9 B"},       {99950, "100 B"},
                {100000, "100 B"},      {1536000, "1.5 KiB"},    {-250, "-0.25 B"},
                {INT64_MIN, "-8.2 PiB"}};
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      lg_word_milli_bytes(start(), cases[i].mB);
      LGT_EQ_S(line, cases[i].text);
   }
}

static void durations(void)
{
   static const struct {
      char unit;
      uint64_t n;
      const char *text;
   } cases[] = {{'m', 0, "0 ms"},
                {'m', 999, "999 ms"},
                {'m', 12345, "12.3 s"},
                {'m', 59999, "59.9 s"},
                {'m', 60000, "1 min"},
                {'m', 200 * 1000, "3 min 20 s"},
                {'m', 200 * 60000, "3 h 20 min"},
                {'m', (uint64_t)47 * 3600000, "47 h"},
                {'m', (uint64_t)52 * 3600000, "2 days 4 h"},
                {'m', (uint64_t)365 * 24 * 3600000 * 5 / 2, "2.5 years"},
                {'m', UINT64_MAX, "584,942,417.3 years"},
                {'B', 12897485, "12.3 MiB allocated and freed"},
                {'i', 1234, "1,234 instructions"},
                {'i', 91987473272, "91,987 million instructions"},
                {'t', 1, "1 tick"}};
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      lg_word_duration(start(), cases[i].unit, cases[i].n);
      LGT_EQ_S(line, cases[i].text);
   }
   lg_word_moment(start(), 'm', 200 * 60000);
   LGT_EQ_S(line, "at 3 h 20 min");
   lg_word_moment(start(), 't', 5);
   LGT_EQ_S(line, "after 5 ticks");
}

static void percents(void)
{
   lg_word_percent(start(), 1, 3);
   LGT_EQ_S(line, "33.3%");
   lg_word_percent(start(), 5, 0);
   LGT_EQ_S(line, "0.0%");
   lg_word_percent(start(), UINT64_MAX, UINT64_MAX);
   LGT_EQ_S(line, "100.0%");
}

static void function_names(void)
{
   static const struct {
      const char *name, *text;
   } cases[] = {
      {"f", "f"},
      {"", "???"},
      {"f(int, char*)", "f"},
      {"ns::C::f(std::map<int, void (*)(int)>) const", "ns::C::f"},
      {"ns::C::operator()(int)", "ns::C::operator()"},
      {"ns::C::operator()", "ns::C::operator()"},
      {"(anonymous namespace)::f(int)", "(anonymous namespace)::f"},
      {"ns::(anonymous namespace)", "ns::(anonymous namespace)"},
      {"<T as core::fmt::Debug>::fmt", "<T as core::fmt::Debug>::fmt"},
      {"()", "()"},
      {"a)", "a)"},
      {"f(int)::{lambda(int)#1}::operator()(int) const", "f(int)::{lambda(int)#1}::operator()"},
      {"a\tb", "a?b"},
   };
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      lg_word_function(start(), cases[i].name, 80);
      LGT_EQ_S(line, cases[i].text);
   }
   lg_word_function(start(), "abcdefghijklmnopqrstuvwxyz", 16);
   LGT_EQ_S(line, "abcdefgh...vwxyz");
   lg_word_function(start(), "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 17);
   LGT_EQ_S(line, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4...\xc3\xa4\xc3\xa4");
}

static uint32_t user_frame(const char *const *fns, const char *const *objects, uint32_t n)
{
   sim *s = sim_new(2);
   uint32_t frames[8];
   for (uint32_t i = 0; i < n; i++)
      frames[i] = sim_frame_id(s, fns[i], "", 0, objects[i]);
   uint32_t at = lg_word_user_frame(&s->src, frames, n);
   sim_free(s);
   return at;
}

static void the_users_frame(void)
{
   const char *const prog[] = {"/usr/bin/prog", "/usr/bin/prog", "/usr/bin/prog", "/usr/bin/prog"};
   const char *const libc[] = {"/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/libcurl.so.4", "/usr/bin/prog",
                               "/usr/bin/prog"};
   LGT_EQ_U(user_frame((const char *const[]){"mine", "main"}, prog, 2), 0);
   LGT_EQ_U(user_frame((const char *const[]){"strdup", "curl_dup", "main"}, libc, 3), 1);
   LGT_EQ_U(user_frame((const char *const[]){"std::vector<int, std::allocator<int> >::push_back(int&&)", "mine(int)"},
                       prog, 2),
            1);
   LGT_EQ_U(user_frame((const char *const[]){"void std::vector<a::b>::_M_realloc_insert<a::b>(a::b&&)", "mine", "main"},
                       prog, 3),
            1);
   LGT_EQ_U(user_frame((const char *const[]){"std::vector<int> mine::make<int>(int)", "main"}, prog, 2), 0);
   LGT_EQ_U(user_frame((const char *const[]){"<alloc::vec::Vec<T> as core::clone::Clone>::clone",
                                             "alloc::raw_vec::finish_grow", "app::push"},
                       prog, 3),
            2);
   LGT_EQ_U(user_frame((const char *const[]){"<app::X as core::clone::Clone>::clone", "main"}, prog, 2), 0);
   LGT_EQ_U(user_frame((const char *const[]){"???", "???"}, prog, 2), 0);
   LGT_EQ_U(user_frame((const char *const[]){"stdlib_like", "main"}, prog, 2), 0);
   LGT_EQ_U(user_frame((const char *const[]){"mmap", "pool_grow"}, prog, 2), 1);
   LGT_EQ_U(user_frame((const char *const[]){"mmap_reader", "pool_grow"}, prog, 2), 0);
}

/* L3 at every size: always terminated, never beyond, and the cut is told. */
static void a_small_buffer_cuts(void)
{
   for (size_t size = 1; size < 40; size++) {
      char *data = malloc(size);
      lg_text t;
      LGT_MUST(data != NULL);
      lg_text_init(&t, data, size);
      lg_word_text(&t, "twelve bytes");
      lg_word_count(&t, 1234567);
      size_t want = size - 1 < 21 ? size - 1 : 21;
      LGT_EQ_U(strlen(data), want);
      LGT_EQ_U(t.used, want);
      LGT_EQ_I(t.is_cut, size - 1 < 21);
      free(data);
   }
}

static void scales_are_exact(void)
{
#ifdef __SIZEOF_INT128__
   for (int round = 0; round < 200000; round++) {
      uint64_t v = lgt_rand() >> lgt_rand_below(64), num = lgt_rand() >> lgt_rand_below(64),
               den = lgt_rand() >> lgt_rand_below(64);
      unsigned __int128 want = den == 0 ? (unsigned __int128)UINT64_MAX : (unsigned __int128)v * num / den;
      LGT_EQ_U(lg_scale(v, num, den), want > UINT64_MAX ? UINT64_MAX : (uint64_t)want);
   }
#endif
   LGT_EQ_U(lg_scale(UINT64_MAX, UINT64_MAX, UINT64_MAX), UINT64_MAX);
   LGT_EQ_U(lg_scale(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1), UINT64_MAX);
   LGT_EQ_U(lg_scale(UINT64_MAX, UINT64_MAX - 1, UINT64_MAX), UINT64_MAX - 1);
   LGT_EQ_U(lg_scale(0, 5, 0), UINT64_MAX);
   LGT_EQ_I(lg_scale_signed(-7, 10, 3), -23);
   LGT_EQ_I(lg_scale_signed(INT64_MIN, 2, 1), -INT64_MAX);
   LGT_EQ_U(lg_sum(UINT64_MAX, 1), UINT64_MAX);
   LGT_EQ_U(lg_excess(1, 2), 0);
}

static void contexts(void)
{
   sim *s = sim_new(2);
   uint32_t c = sim_context(s, 0, "conn");
   c = sim_context(s, c, "request\n");
   lg_word_context(start(), &s->src, c);
   LGT_EQ_S(line, "conn > request?");
   lg_word_context(start(), &s->src, 0);
   LGT_EQ_S(line, "");
   for (int i = 0; i < 10; i++)
      c = sim_context(s, c, i == 9 ? "inner" : "deep");
   lg_word_context(start(), &s->src, c);
   LGT_EQ_S(line, "conn > ... > deep > deep > inner");
   sim_free(s);
}

/* Units other than milliseconds have no seconds to speak of. */
static void slopes_follow_the_unit(void)
{
   static const struct {
      char unit;
      const char *part, *absent;
   } cases[] = {{'m', " per second", " per tick"},
                {'B', " per MiB allocated and freed", " per second"},
                {'i', " per million instructions", " per second"},
                {'t', " per tick", " per second"}};
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      sim *s = sim_new(100);
      sim_account *x = sim_add(s, 64);
      SIM_STACK(s, x, "grow", "main");
      SIM_SHAPE(s, x, t * 640);
      s->src.unit = cases[i].unit;
      sim_run(s);
      LGT_MUST(s->out.n_findings == 1);
      LGT_EQ_I(s->out.findings[0].per_s.is_known, cases[i].unit == 'm');
      LGT_OK(strstr(sim_text(s, &s->out.findings[0]), cases[i].part) != NULL);
      LGT_OK(strstr(sim_text(s, &s->out.findings[0]), cases[i].absent) == NULL);
      sim_free(s);
   }
}

LGT_MAIN(LGT(counts), LGT(bytes), LGT(slopes), LGT(durations), LGT(percents), LGT(function_names), LGT(the_users_frame),
         LGT(a_small_buffer_cuts), LGT(scales_are_exact), LGT(contexts), LGT(slopes_follow_the_unit))
