/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns of function names: what matches, which words mangled names must hold, what compilers append. */
#include "lg_pattern.h"
#include "lgtest.h"

static int match(const char *pattern, const char *text)
{
   return lg_pattern_match(pattern, text, strlen(text));
}

static void matching(void)
{
   static const struct {
      const char *pattern, *text;
      int yes;
   } cases[] = {{"", "", 1},
                {"", "a", 0},
                {"*", "", 1},
                {"*", "anything <at> all", 1},
                {"?", "", 0},
                {"a?c", "abc", 1},
                {"a?c", "ac", 0},
                {"*Command", "setCommand", 1},
                {"*Command", "setCommandKey", 0},
                {"set*", "set", 1},
                {"*a*b*", "xxaxxbxx", 1},
                {"*a*b", "axbxb", 1},
                {"*a*b", "axbxc", 0},
                {"<* as *Subscriber>::enter", "<tracing_subscriber::Registry as tracing_core::Subscriber>::enter", 1},
                {"<* as *Subscriber>::enter", "<tracing_subscriber::Registry as tracing_core::Subscriber>::exit", 0},
                {"a**b", "ab", 1},
                {"[x]", "[x]", 1},
                {"[x]", "x", 0}};
   for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
      if (match(cases[i].pattern, cases[i].text) != cases[i].yes)
         lgt_fail(__FILE__, __LINE__, "%s against %s: not %d", cases[i].pattern, cases[i].text, cases[i].yes);
}

/* Slow, but right by its form. */
static int matches_slowly(const char *p, const char *t)
{
   if (*p == '\0')
      return *t == '\0';
   if (*p == '*')
      return matches_slowly(p + 1, t) || (*t != '\0' && matches_slowly(p, t + 1));
   return *t != '\0' && (*p == '?' || *p == *t) && matches_slowly(p + 1, t + 1);
}

static void matching_as_defined(void)
{
   for (int round = 0; round < 200000; round++) {
      char p[9], t[11];
      size_t n_p = lgt_rand() % sizeof p, n_t = lgt_rand() % sizeof t;
      for (size_t i = 0; i < n_p; i++)
         p[i] = "ab*?"[lgt_rand() % 4];
      for (size_t i = 0; i < n_t; i++)
         t[i] = "ab"[lgt_rand() % 2];
      p[n_p] = t[n_t] = '\0';
      if (match(p, t) != matches_slowly(p, t))
         lgt_fail(__FILE__, __LINE__, "\"%s\" against \"%s\"", p, t);
   }
}

/* A thousand stars against a name of a million bytes: the time limit of the case is the check. */
static void matching_of_huge_names(void)
{
   enum { NAME = 1000000, STARS = 1000 };
   char *name = malloc(NAME + 1), *pattern = malloc(2 * STARS + 2);
   LGT_MUST(name != NULL && pattern != NULL);
   memset(name, 'a', NAME);
   name[NAME] = '\0';
   for (int i = 0; i < STARS; i++)
      memcpy(pattern + 2 * i, "*a", 2);
   strcpy(pattern + 2 * STARS, "b");
   LGT_EQ_I(match(pattern, name), 0);
   pattern[2 * STARS] = '*';
   LGT_EQ_I(match(pattern, name), 1);
   free(name);
   free(pattern);
}

static void words(void)
{
   static const struct {
      const char *pattern, *words;
   } cases[] = {{"tokio::runtime::task::raw::poll", "tokio runtime task raw poll "},
                {"*Command", "Command "},
                {"<std::string as ns::Thing<char>>::work", "Thing work "},
                {"*str*", ""},
                {"*llocat*", ""},
                {"llocat", "llocat "},
                {"ab::c?d::{closure#0}", ""},
                {"operator new(*", ""},
                {"x::vec123<12>", "vec123 "},
                {"*", ""}};
   for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      char all[200] = "";
      const char *word;
      size_t at = 0, n;
      while ((n = lg_pattern_word(cases[i].pattern, &at, &word)) > 0) {
         strncat(all, word, n);
         strcat(all, " ");
      }
      LGT_EQ_S(all, cases[i].words);
   }
}

static void appended(void)
{
   static const struct {
      const char *name, *bare;
   } cases[] = {{"main", "main"},
                {"f.constprop.0", "f"},
                {"f.isra.0.constprop.12", "f"},
                {"f.llvm.1234567", "f"},
                {"f.localalias", "f"},
                {"f.part.x", "f.part.x"},
                {"memcpy@@GLIBC_2.14", "memcpy"},
                {"f(int) [clone .constprop.0] [clone .isra.1]", "f(int)"},
                {"ns::operator[](int)", "ns::operator[](int)"},
                {"a::b::h0123456789abcdef", "a::b"},
                {"a::b::h0123456789abcdeg", "a::b::h0123456789abcdeg"},
                {"::h0123456789abcdef", "::h0123456789abcdef"},
                {".part.0", ".part.0"},
                {"", ""}};
   for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      char bare[100] = "";
      strncat(bare, cases[i].name, lg_pattern_bare_length(cases[i].name, strlen(cases[i].name)));
      LGT_EQ_S(bare, cases[i].bare);
   }
   LGT_OK(lg_pattern_is_fragment("f.cold", 6));
   LGT_OK(lg_pattern_is_fragment("f.cold.3", 8));
   LGT_OK(lg_pattern_is_fragment("f() [clone .cold]", 17));
   LGT_OK(!lg_pattern_is_fragment("f.colder", 8));
   LGT_OK(!lg_pattern_is_fragment("cold", 4));
}

LGT_MAIN(LGT(matching), LGT(matching_as_defined), LGT(matching_of_huge_names), LGT(words), LGT(appended))
