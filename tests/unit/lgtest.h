/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lgtest: a unit test program in one header. Speaks TAP.
 *
 *    static void adds(void) { LGT_EQ_U(1 + 1, 2); }
 *    LGT_MAIN(LGT(adds), LGT(subtracts))
 *
 * Every case runs in a forked child: a crash, a sanitizer report or an endless loop (LGT_TIMEOUT seconds) fails that case only.
 * A failed check prints its place and values and lets the case go on. Random numbers come from lgt_rand(), which starts every case
 * with the same seed; LGT_SEED in the environment replaces it. Arguments of the program select cases by name. */
#ifndef LGTEST_H
#define LGTEST_H

#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LGT_TIMEOUT = 300 };

typedef struct {
   const char *name;
   void (*run)(void);
} lgt_case;

static struct {
   unsigned failures;
   uint64_t random;
} lgt;

#define LGT(fn) \
  {             \
#    fn, fn     \
  }

__attribute__((format(printf, 3, 4), unused)) static void lgt_fail(const char *file, int line, const char *format, ...)
{
   __builtin_va_list args;
   __builtin_va_start(args, format);
   printf("# %s:%d: ", file, line);
   vprintf(format, args);
   printf("\n");
   __builtin_va_end(args);
   lgt.failures++;
}

#define LGT_OK(cond)                             \
  do {                                           \
    if (!(cond))                                 \
      lgt_fail(__FILE__, __LINE__, "%s", #cond); \
  } while (0)

#define LGT_EQ_I(a, b)                                                                            \
  do {                                                                                            \
    int64_t lgt_a = (int64_t)(a), lgt_b = (int64_t)(b);                                           \
    if (lgt_a != lgt_b)                                                                           \
      lgt_fail(__FILE__, __LINE__, "%s is %" PRId64 ", not %s = %" PRId64, #a, lgt_a, #b, lgt_b); \
  } while (0)

#define LGT_EQ_U(a, b)                                                                            \
  do {                                                                                            \
    uint64_t lgt_a = (uint64_t)(a), lgt_b = (uint64_t)(b);                                        \
    if (lgt_a != lgt_b)                                                                           \
      lgt_fail(__FILE__, __LINE__, "%s is %" PRIu64 ", not %s = %" PRIu64, #a, lgt_a, #b, lgt_b); \
  } while (0)

#define LGT_EQ_S(a, b)                                                            \
  do {                                                                            \
    const char *lgt_a = (a), *lgt_b = (b);                                        \
    if (strcmp(lgt_a, lgt_b) != 0)                                                \
      lgt_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #a, lgt_a, lgt_b); \
  } while (0)

/* Stops the case when going on makes no sense. */
#define LGT_MUST(cond)                                          \
  do {                                                          \
    if (!(cond)) {                                              \
      lgt_fail(__FILE__, __LINE__, "%s (case stopped)", #cond); \
      return;                                                   \
    }                                                           \
  } while (0)

/* Uniform 64 bits (splitmix64). */
__attribute__((unused)) static uint64_t lgt_rand(void)
{
   uint64_t z = (lgt.random += 0x9e3779b97f4a7c15u);
   z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
   z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
   return z ^ (z >> 31);
}

/* Uniform in [0, n), n > 0. */
__attribute__((unused)) static uint64_t lgt_rand_below(uint64_t n)
{
   return lgt_rand() % n;
}

static int lgt_run_in_child(const lgt_case *c)
{
   fflush(NULL);
   pid_t child = fork();
   if (child == 0) {
      const char *seed = getenv("LGT_SEED");
      lgt.random = seed != NULL ? strtoull(seed, NULL, 0) : 20090731u;
      alarm(LGT_TIMEOUT);
      c->run();
      fflush(NULL);
      _exit(lgt.failures != 0);
   }
   int status = 0;
   if (child < 0 || waitpid(child, &status, 0) != child)
      return 0;
   if (WIFSIGNALED(status))
      printf("# %s: killed by signal %d%s\n", c->name, WTERMSIG(status),
             WTERMSIG(status) == SIGALRM ? " (too slow)" : "");
   return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int lgt_is_selected(const char *name, int argc, char **argv)
{
   for (int i = 1; i < argc; i++)
      if (strcmp(argv[i], name) == 0)
         return 1;
   return argc <= 1;
}

static int lgt_main(const lgt_case *cases, size_t n, int argc, char **argv)
{
   size_t n_run = 0, n_failed = 0;
   for (size_t i = 0; i < n; i++) {
      if (!lgt_is_selected(cases[i].name, argc, argv))
         continue;
      int ok = lgt_run_in_child(&cases[i]);
      n_failed += !ok;
      printf("%sok %zu - %s\n", ok ? "" : "not ", ++n_run, cases[i].name);
   }
   printf("1..%zu\n", n_run);
   return n_failed != 0;
}

#define LGT_MAIN(...)                                                   \
  int main(int argc, char **argv)                                       \
  {                                                                     \
    static const lgt_case cases[] = {__VA_ARGS__};                      \
    return lgt_main(cases, sizeof cases / sizeof cases[0], argc, argv); \
  }

#endif
