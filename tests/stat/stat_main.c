/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stat: measures the growth rule on simulated accounts.
 *
 *    stat table base=SEED runs=N            every table of docs/TRENDS.md as tab-separated counts
 *    stat check rates.tsv [runs=N]          measures again, briefly, and fails where a rate is worse than the table allows (TAP);
 *                                           without arguments: the same with $LG_SRCDIR/tests/stat/rates.tsv
 *    stat counts base=SEED runs=N           the same accounts as open instances, few and many: false alarms by what must have grown
 *    stat labels [runs=N]                   are the cases what they claim to be? Runs them on to eight times their length
 *    stat list case=NAME what=VERDICT       runs of a case with that verdict; what=missed: leaks that were due and called bounded
 *    stat show case=NAME first=I            one run, interval by interval
 *    stat time                              microseconds per account */
#include "stat_rates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHECK_RUNS = 400, CHECK_SEED = 20260, CHECK_LABELS = 8 };

/* The tables: which runs, how long. */
typedef struct {
   const char *name;
   uint32_t steps_min, steps_max;
   uint32_t divide_runs; /* runs of this table are `runs` divided by this */
   int only_class;       /* -1: all */
} section;

static const section sections[] = {
   {"main", 150, 2000, 1, -1},        {"short 17-24", 18, 25, 4, -1},     {"short 25-40", 26, 41, 4, -1},
   {"short 41-64", 42, 65, 4, -1},    {"short 65-100", 66, 101, 4, -1},   {"halved 0 times", 150, 200, 4, 0},
   {"halved 1 time", 201, 400, 4, 0}, {"halved 2 times", 401, 800, 4, 0}, {"halved 3 times", 801, 1600, 4, 0},
};

static char class_letter(sim_class c)
{
   return "BSIO"[c];
}

static void print_counts(const char *table, const char *name, char class, const stat_tally *t)
{
   printf("%s\t%s\t%c\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u", table, name, class, t->runs, t->growing, t->inconclusive,
          t->due, t->found, t->unsure, t->slopes, t->covered);
   for (int k = 0; k < STAT_SHARES; k++)
      printf("\t%u\t%u\t%u", t->share_runs[k], t->share_found[k], t->share_unsure[k]);
   for (int k = 0; k < STAT_SHAPES; k++)
      printf("\t%u", t->shapes[k]);
   printf("\n");
   fflush(stdout);
}

static void run_section(const stat_plan *base_plan, const section *s)
{
   stat_plan plan = *base_plan;
   plan.steps_min = s->steps_min;
   plan.steps_max = s->steps_max;
   plan.runs = (base_plan->runs + s->divide_runs - 1) / s->divide_runs;
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      const sim_case *c = sim_case_get(k);
      stat_tally t;
      if (s->only_class >= 0 && c->class != (sim_class)s->only_class)
         continue;
      memset(&t, 0, sizeof t);
      for (uint32_t i = plan.first; i < plan.first + plan.runs; i++)
         stat_run(&plan, k, i, &t);
      print_counts(s->name, c->name, class_letter(c->class), &t);
   }
}

/* Sums of accounts: of bounded ones, and of bounded ones with one that leaks. */
static void run_sums(const stat_plan *plan)
{
   static const uint32_t sizes[] = {2, 5, 20};
   for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      for (int leaks = 0; leaks < 2; leaks++) {
         stat_tally t;
         char name[32];
         memset(&t, 0, sizeof t);
         for (uint32_t run = 0; run < plan->runs; run++)
            stat_run_sum(plan, sizes[i], leaks, run, &t);
         snprintf(name, sizeof name, "%u bounded%s", sizes[i], leaks ? " and a leak" : "");
         print_counts("sums", name, leaks ? 'S' : 'B', &t);
      }
   }
}

/* One line per part of the blocks that are instances, and class: runs, due, and for each least gain how many are called growing (due
 * ones, of leaks). */
static int run_counts(const stat_plan *plan)
{
   enum { N_MINS = 7 };
   static const int64_t mins[N_MINS] = {1, 4, 8, 16, 32, 64, 128};
   static const uint32_t parts[] = {1, 4, 16, 64, 256, 1024};
   printf("# seed %llu, %u runs per case; least gain 1 4 8 16 32 64 128\n", (unsigned long long)plan->base, plan->runs);
   for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
      for (int class = CLASS_BOUNDED; class <= CLASS_IRREGULAR; class ++) {
         uint32_t n = 0, n_due = 0, called[N_MINS] = {0}, due[N_MINS] = {0};
         for (uint32_t k = 0; k < sim_case_count(); k++) {
            if (sim_case_get(k)->class != (sim_class) class)
               continue;
            for (uint32_t i = 0; i < plan->runs; i++) {
               stat_count c;
               stat_run_counted(plan, k, i, parts[p], &c);
               n++;
               for (int m = 0; m < N_MINS; m++) {
                  int is_due = c.is_due && c.leaked >= (double)mins[m] && c.leaked >= 20;
                  due[m] += (uint32_t)is_due;
                  called[m] += c.grown >= mins[m] && (class == CLASS_BOUNDED || is_due);
               }
               n_due += (uint32_t)c.is_due;
            }
         }
         printf("%u\t%c\t%u\t%u", parts[p], class_letter((sim_class) class), n, n_due);
         for (int m = 0; m < N_MINS; m++)
            printf("\t%u/%u", called[m], class == CLASS_BOUNDED ? n : due[m]);
         printf("\n");
         fflush(stdout);
      }
   }
   return 0;
}

static int run_table(const stat_plan *plan, const char *only)
{
   printf("# seed %llu, %u runs per case\n", (unsigned long long)plan->base, plan->runs);
   for (size_t k = 0; k < sizeof sections / sizeof *sections; k++) {
      if (!only || !strcmp(only, sections[k].name))
         run_section(plan, &sections[k]);
   }
   if (!only || !strcmp(only, "sums"))
      run_sums(plan);
   return 0;
}

/* Is hits of n worse than was hits of was_n, by more than chance? `sign` +1: more is worse. */
static int is_worse(uint32_t hits, uint32_t n, uint32_t was, uint32_t was_n, int sign, double z)
{
   if (n == 0 || was_n == 0)
      return 0;
   double now = (double)hits / n, then = (double)was / was_n, pool = ((double)hits + was + 1) / ((double)n + was_n + 2);
   return sign * (now - then) > z * sqrt(pool * (1 - pool) * (1.0 / n + 1.0 / was_n)) + 0.5 / n;
}

typedef struct {
   char name[64], class;
   stat_tally t;
} committed;

/* The rows of the main table. Returns their number, or -1. */
static int read_committed(const char *path, committed *rows, int max)
{
   char line[1024], table[64];
   int n = 0;
   FILE *f = fopen(path, "r");
   if (!f)
      return -1;
   while (fgets(line, sizeof line, f)) {
      committed c;
      memset(&c, 0, sizeof c);
      if (sscanf(line, "%63[^\t]\t%63[^\t]\t%c\t%u\t%u\t%u\t%u\t%u\t%u", table, c.name, &c.class, &c.t.runs,
                 &c.t.growing, &c.t.inconclusive, &c.t.due, &c.t.found, &c.t.unsure) == 9 &&
          !strcmp(table, "main") && n < max)
         rows[n++] = c;
   }
   fclose(f);
   return n;
}

/* One TAP line for a case or for a class of cases. Totals are held to three standard errors, the many single cases to four. */
static int report(int number, const char *name, char class, const stat_tally *now, const stat_tally *then, double z)
{
   int bad;
   if (class == 'B')
      bad = is_worse(now->growing, now->runs, then->growing, then->runs, 1, z) ||
            is_worse(now->inconclusive, now->runs, then->inconclusive, then->runs, 1, z);
   else
      bad = is_worse(now->found, now->due, then->found, then->due, -1, z) ||
            is_worse(now->unsure, now->due, then->unsure, then->due, 1, z);
   printf("%sok %d - %s\n", bad ? "not " : "", number, name);
   if (bad)
      printf("# growing %u of %u (was %u of %u), inconclusive %u (%u); due %u found %u unsure %u (was %u, %u, %u)\n",
             now->growing, now->runs, then->growing, then->runs, now->inconclusive, then->inconclusive, now->due,
             now->found, now->unsure, then->due, then->found, then->unsure);
   return bad;
}

/* Runs of a case whose class does not hold in the long run. */
static uint32_t count_wrong_labels(const stat_plan *plan, uint32_t k, uint32_t runs)
{
   uint32_t bad = 0;
   for (uint32_t i = 0; i < runs; i++)
      bad += !sim_case_label_holds(sim_case_get(k), plan->base, k, i, stat_steps(plan, i));
   return bad;
}

static int run_check(const stat_plan *base_plan, const char *path)
{
   static committed rows[256];
   stat_tally now_sum[4], then_sum[4];
   stat_plan plan = *base_plan;
   int n = read_committed(path, rows, 256), number = 0, bad = 0;

   if (n < 0 || (uint32_t)n != sim_case_count()) {
      printf("Bail out! %s does not hold the %u cases\n", path, sim_case_count());
      return 1;
   }
   printf("1..%d\n", n + 4);
   memset(now_sum, 0, sizeof now_sum);
   memset(then_sum, 0, sizeof then_sum);
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      const sim_case *c = sim_case_get(k);
      const committed *row = &rows[k];
      stat_tally now;
      memset(&now, 0, sizeof now);
      for (uint32_t i = 0; i < plan.runs; i++)
         stat_run(&plan, k, i, &now);
      if (strcmp(row->name, c->name)) {
         printf("not ok %d - %s: the table has %s here\n", ++number, c->name, row->name);
         bad++;
         continue;
      }
      bad += report(++number, c->name, row->class, &now, &row->t, 4);
      stat_add(&now_sum[c->class], &now);
      stat_add(&then_sum[c->class], &row->t);
      fflush(stdout);
   }
   bad += report(++number, "all bounded", 'B', &now_sum[CLASS_BOUNDED], &then_sum[CLASS_BOUNDED], 3);
   bad += report(++number, "all steady leaks", 'S', &now_sum[CLASS_STEADY], &then_sum[CLASS_STEADY], 3);
   bad += report(++number, "all irregular leaks", 'I', &now_sum[CLASS_IRREGULAR], &then_sum[CLASS_IRREGULAR], 3);
   uint32_t wrong = 0;
   for (uint32_t k = 0; k < sim_case_count(); k++)
      wrong += count_wrong_labels(&plan, k, CHECK_LABELS);
   printf("%sok %d - the cases are what they claim to be, but for %u of %u\n",
          wrong * 50 > sim_case_count() * CHECK_LABELS ? "not " : "", ++number, wrong, sim_case_count() * CHECK_LABELS);
   return bad != 0 || wrong * 50 > sim_case_count() * CHECK_LABELS;
}

/* A label may fail by chance where a case is itself a matter of chance: one run in fifty is allowed. */
static int run_labels(const stat_plan *plan)
{
   int wrong = 0;
   printf("1..%u\n", sim_case_count());
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      uint32_t bad = count_wrong_labels(plan, k, plan->runs);
      int is_wrong = bad * 50 > plan->runs + 49;
      printf("%sok %u - %s: %u of %u labels fail\n", is_wrong ? "not " : "", k + 1, sim_case_get(k)->name, bad,
             plan->runs);
      wrong += is_wrong;
   }
   return wrong != 0;
}

static int find_case(const char *name)
{
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      if (name && !strcmp(sim_case_get(k)->name, name))
         return (int)k;
   }
   fprintf(stderr, "stat: no such case: %s\n", name ? name : "(none given)");
   return -1;
}

static int run_list(const stat_plan *plan, const char *name, const char *what)
{
   int k = find_case(name);
   if (k < 0)
      return 3;
   for (uint32_t i = plan->first; i < plan->first + plan->runs; i++) {
      stat_tally t;
      memset(&t, 0, sizeof t);
      lg_verdict v = stat_run(plan, (uint32_t)k, i, &t);
      if (!strcmp(lg_verdict_name(v), what) || (!strcmp(what, "missed") && t.due && !t.found && !t.unsure))
         printf("%u\t%u steps\n", i, stat_steps(plan, i));
   }
   return 0;
}

static int run_show(const stat_plan *plan, const char *name)
{
   static stat_input in;
   int k = find_case(name);
   uint32_t judged;
   lg_trend t;
   sim s;
   if (k < 0)
      return 3;
   sim_case_run(&s, sim_case_get((uint32_t)k), plan->base, (uint32_t)k, plan->first, stat_steps(plan, plan->first),
                &judged);
   stat_input_of(&s, judged, &in);
   lg_trend_judge(&in.in, &t);
   printf("# %s %s, %s; clock %d, intervals %u to %u, grown %lld (%lld to %lld)\n", lg_verdict_name(t.verdict),
          lg_shape_name(t.shape), lg_trend_why(t.why), (int)t.clock, t.from, t.to, (long long)t.grown_B,
          (long long)t.grown_lo_B, (long long)t.grown_hi_B);
   printf("# interval min_B max_B end_B min_blk end_blk births deaths survivors ticks allocated\n");
   for (uint32_t i = 0; i < in.dense.n; i++) {
      const lg_dense *d = &in.dense;
      printf("%u %lld %lld %lld %lld %lld %lld %lld %lld %llu %llu\n", i, (long long)d->min_B[i],
             (long long)d->max_B[i], (long long)d->end_B[i], (long long)d->min_blk[i], (long long)d->end_blk[i],
             (long long)d->births[i], (long long)d->deaths[i], (long long)d->surv_blk[i],
             (unsigned long long)in.ticks[i], (unsigned long long)in.alloc_B[i]);
   }
   sim_case_done(&s);
   return 0;
}

/* The judge alone, over accounts of every case, on processor time. */
static int run_time(const stat_plan *plan)
{
   enum { REPEATS = 20 };
   double total = 0, worst = 0;
   uint32_t n = 0;
   static stat_input in;
   for (uint32_t k = 0; k < sim_case_count(); k++) {
      double of_case = 0;
      for (uint32_t i = 0; i < 20; i++) {
         uint32_t judged;
         lg_trend t;
         sim s;
         sim_case_run(&s, sim_case_get(k), plan->base, k, i, 200, &judged);
         stat_input_of(&s, judged, &in);
         clock_t begin = clock();
         for (int r = 0; r < REPEATS; r++)
            lg_trend_judge(&in.in, &t);
         of_case += (double)(clock() - begin) / CLOCKS_PER_SEC / REPEATS;
         sim_case_done(&s);
         n++;
      }
      total += of_case;
      worst = fmax(worst, of_case / 20);
   }
   printf("%.1f us per account, %.1f in the worst case\n", 1e6 * total / n, 1e6 * worst);
   return 0;
}

int main(int argc, char **argv)
{
   stat_plan plan = {1, 0, 0, 150, 2000};
   const char *mode = argc > 1 ? argv[1] : "", *only = NULL, *what = "growing", *path = NULL;
   for (int i = 2; i < argc; i++) {
      if (!strncmp(argv[i], "base=", 5))
         plan.base = strtoull(argv[i] + 5, NULL, 10);
      else if (!strncmp(argv[i], "first=", 6))
         plan.first = (uint32_t)strtoul(argv[i] + 6, NULL, 10);
      else if (!strncmp(argv[i], "runs=", 5))
         plan.runs = (uint32_t)strtoul(argv[i] + 5, NULL, 10);
      else if (!strncmp(argv[i], "case=", 5))
         only = argv[i] + 5;
      else if (!strncmp(argv[i], "table=", 6))
         only = argv[i] + 6;
      else if (!strncmp(argv[i], "what=", 5))
         what = argv[i] + 5;
      else
         path = argv[i];
   }
   char in_sources[4096];
   if (argc < 2 && getenv("LG_SRCDIR")) {
      snprintf(in_sources, sizeof in_sources, "%s/tests/stat/rates.tsv", getenv("LG_SRCDIR"));
      mode = "check";
      path = in_sources;
   }
   uint32_t asked = plan.runs;
   plan.runs = asked ? asked : 200;
   if (!strcmp(mode, "table"))
      return run_table(&plan, only);
   if (!strcmp(mode, "counts"))
      return run_counts(&plan);
   if (!strcmp(mode, "labels"))
      return run_labels(&plan);
   if (!strcmp(mode, "list"))
      return run_list(&plan, only, what);
   if (!strcmp(mode, "show"))
      return run_show(&plan, only);
   if (!strcmp(mode, "time"))
      return run_time(&plan);
   if (!strcmp(mode, "check") && path) {
      plan.runs = asked ? asked : CHECK_RUNS;
      plan.base = CHECK_SEED;
      return run_check(&plan, path);
   }
   fputs(
      "usage: stat table|check FILE|counts|labels|list|show|time [base=N] [first=N] [runs=N] [case=NAME] [table=NAME] "
      "[what=WORD]\n",
      stderr);
   return 3;
}
