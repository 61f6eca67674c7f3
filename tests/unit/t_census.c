/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open spans and tasks: which become more, what they retain, what was done against the rules, and how it is said. */
#include "lgsim.h"

static int says(const char *text, const char *part)
{
   return text != NULL && strstr(text, part) != NULL;
}

static const lg_finding *first_of(const sim *s, lg_finding_kind kind)
{
   for (uint32_t i = 0; i < s->out.n_findings; i++)
      if (s->out.findings[i].kind == kind)
         return &s->out.findings[i];
   return NULL;
}

static uint32_t count_kind(const sim *s, lg_finding_kind kind)
{
   uint32_t n = 0;
   for (uint32_t i = 0; i < s->out.n_findings; i++)
      n += s->out.findings[i].kind == kind;
   return n;
}

/* Something that keeps the heap busy. */
static void add_scratch(sim *s)
{
   sim_account *x = sim_add(s, 1024);
   SIM_STACK(s, x, "read_request", "serve", "main");
   SIM_SHAPE(s, x, lgt_rand_below(64) * 1024);
   x->churn = 2000;
}

static sim_account *add_tasks(sim *s, const char *label, const char *fn)
{
   sim_account *x = sim_add_open(s, LG_ACCOUNT_TASK, sim_context(s, 0, label), 42);
   SIM_STACK(s, x, "tokio::task::spawn::spawn", fn, "app::Client::with_heartbeat", "app::handle_request", "main");
   return x;
}

static void a_leak_of_tasks_is_found_by_its_count(void)
{
   sim *s = sim_new(100);
   s->tick_rate = 10;
   add_scratch(s);
   sim_account *x = add_tasks(s, "heartbeat", "app::HeartbeatTask::new");
   SIM_SHAPE(s, x, t * 10 / SIM_STEPS); /* one per tick */
   x->keeps = 1;
   sim_account *cell =
      sim_add(s, 256); /* the task's own block, at the same stack; it is much smaller than the heap's noise */
   SIM_STACK(s, cell, "tokio::task::spawn::spawn", "app::HeartbeatTask::new", "app::Client::with_heartbeat",
             "app::handle_request", "main");
   SIM_SHAPE(s, cell, t * 10 / SIM_STEPS * 256);
   cell->keeps = 1;
   sim_account *inside = sim_add(s, 64);
   inside->context = x->context;
   SIM_STACK(s, inside, "app::beat", "main");
   SIM_SHAPE(s, inside, 6400);
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings >= 1);
   const lg_finding *f = &s->out.findings[0];
   LGT_EQ_I(f->kind, LG_FINDING_CENSUS);
   LGT_EQ_I(f->trend.verdict, LG_GROWING);
   LGT_EQ_I(s->out.verdict, LG_GROWING);
   LGT_EQ_U(s->out.n_census, 1);
   LGT_EQ_U(s->out.n_census_growing, 1);
   const lg_census_group *g = &s->out.census[0];
   LGT_EQ_U(g->finding, 1);
   LGT_EQ_U(g->held, (99 * SIM_STEPS - 1) * 10 / SIM_STEPS);
   LGT_EQ_U(g->opened - g->closed, g->open);
   LGT_EQ_U(g->closed, 0);
   LGT_EQ_U(g->retained_B, g->held * 256 + 6400);
   LGT_OK(g->oldest_age >= 950 && g->oldest_age <= 990);
   LGT_OK(g->per_tick.is_known && g->per_tick.mB > 990 && g->per_tick.mB < 1010);
   LGT_OK(g->per_s.is_known && g->per_s.mB > 990000 && g->per_s.mB < 1010000);
   LGT_OK(says(sim_text(s, f),
               "988 live tasks \"heartbeat\" (app.rs:42), created at app::HeartbeatTask::new (main.c:20) < "
               "app::Client::with_heartbeat < app::handle_request < main, +1 per tick"));
   LGT_OK(says(sim_text(s, f), ", steadily; "));
   LGT_OK(says(sim_text(s, f), "their least number rose in "));
   LGT_OK(says(sim_text(s, f), "they hold 253."));
   LGT_OK(says(sim_text(s, f), "the oldest has been open for 9"));
   LGT_OK(says(sim_statement(s, 0), "1 group of live tasks keeps growing in number; 1 place keeps growing: heap +"));
   sim_free(s);
}

static void a_bounded_server_has_no_finding(void)
{
   sim *s = sim_new(120);
   s->tick_rate = 10;
   add_scratch(s);
   sim_account *x = sim_add_open(s, LG_ACCOUNT_SPAN, sim_context(s, 0, "request"), 10);
   SIM_STACK(s, x, "handle", "main");
   SIM_SHAPE(s, x, lgt_rand_below(40));
   x->churn = 100;
   x = add_tasks(s, "worker", "pool::start");
   SIM_SHAPE(s, x, t < 16 ? t : 16);
   x->keeps = 1;
   x = add_tasks(s, "rare", "cron::start"); /* fewer than can be told from chance */
   SIM_SHAPE(s, x, t / 100);
   x->keeps = 1;
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_findings, 0);
   LGT_EQ_I(s->out.verdict, LG_BOUNDED);
   LGT_EQ_U(s->out.n_census, 3);
   LGT_OK(says(sim_statement(s, 0), "no growth: nothing the program keeps is still growing, 1 account judged"));
   sim_free(s);
}

/* Requests of many kinds each leave a span of the same label open. */
static void one_label_in_many_contexts_is_one_group(void)
{
   sim *s = sim_new(100);
   add_scratch(s);
   for (int i = 0; i < 8; i++) {
      static const char *const routes[] = {"GET /a", "GET /b", "GET /c", "GET /d",
                                           "GET /e", "GET /f", "GET /g", "GET /h"};
      uint32_t route = sim_context(s, 0, routes[i]);
      sim_account *x = sim_add_open(s, LG_ACCOUNT_SPAN, sim_context(s, route, "query"), 7);
      SIM_STACK(s, x, "db_query", "main");
      SIM_SHAPE(s, x, t * 2 / SIM_STEPS);
      x->keeps = 1;
   }
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_census, 1);
   LGT_EQ_U(s->out.census[0].n_accounts, 8);
   LGT_EQ_U(count_kind(s, LG_FINDING_CENSUS), 1);
   const lg_finding *f = first_of(s, LG_FINDING_CENSUS);
   LGT_MUST(f != NULL);
   LGT_EQ_I(f->about, LG_ABOUT_STACK);
   LGT_EQ_U(f->context, 0);
   LGT_EQ_U(f->n_accounts, 8);
   LGT_EQ_U(f->judged_blk, 8 * ((99 * SIM_STEPS - 1) * 2 / SIM_STEPS));
   LGT_OK(f->change_blk > 1400);
   sim_free(s);
}

/* Every creation stack has a few that stay; only the label shows the leak. */
static void many_stacks_of_one_label_are_summed(void)
{
   static char names[40][8];
   sim *s = sim_new(120);
   add_scratch(s);
   uint32_t context = sim_context(s, 0, "upload");
   for (uint32_t i = 0; i < 40; i++) {
      snprintf(names[i], sizeof names[i], "fn%u", i);
      sim_account *x = sim_add_open(s, LG_ACCOUNT_TASK, context, 7);
      SIM_STACK(s, x, names[i], "main");
      SIM_SHAPE(s, x, t > i * 23 ? 3 : 0);
      x->keeps = 1;
   }
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_census, 40);
   LGT_EQ_U(count_kind(s, LG_FINDING_CENSUS), 1);
   const lg_finding *f = first_of(s, LG_FINDING_CENSUS);
   LGT_MUST(f != NULL);
   LGT_EQ_I(f->about, LG_ABOUT_LABEL);
   LGT_EQ_U(f->n_groups, 40);
   LGT_OK(says(sim_text(s, f), "120 live tasks \"upload\" (app.rs:7), created at 40 stacks, the most at fn"));
   for (uint32_t g = 0; g < s->out.n_census; g++)
      LGT_EQ_U(s->out.census[g].finding, 1);
   sim_free(s);
}

/* The span tree of tracing: every span became the parent of the next. */
static void a_guard_held_across_await_comes_first(void)
{
   sim *s = sim_new(100);
   s->tick_rate = 10;
   add_scratch(s);
   sim_account *leak = sim_add(s, 512);
   SIM_STACK(s, leak, "sharded_slab::page", "tracing_subscriber::registry", "app::connection", "main");
   SIM_SHAPE(s, leak, t * 100 * 512);
   leak->keeps = 1;
   uint32_t connection = sim_context(s, 0, "connection");
   sim_account *x = sim_add_open(s, LG_ACCOUNT_SPAN, connection, 42);
   SIM_STACK(s, x, "tracing::span::Span::new", "app::connection", "main");
   SIM_SHAPE(s, x, t * 10 / SIM_STEPS);
   x->keeps = 1;
   x->place.misuse[LG_DISCIPLINE_SUSPENDED] = 990;
   x->place.misuse[LG_DISCIPLINE_ORDER] = 1;
   x = sim_add_open(s, LG_ACCOUNT_SPAN, sim_context(s, connection, "query"), 50);
   SIM_STACK(s, x, "tracing::span::Span::new", "app::query", "main");
   SIM_SHAPE(s, x, t * 30 / SIM_STEPS);
   x->keeps = 1;
   x->place.misuse[LG_DISCIPLINE_FOREIGN] = 2900;
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings >= 3);
   LGT_EQ_U(s->out.n_misused, 1);
   const lg_finding *f = &s->out.findings[0];
   LGT_EQ_I(f->kind, LG_FINDING_DISCIPLINE);
   LGT_EQ_I(f->trend.verdict, LG_GROWING);
   LGT_EQ_I(s->out.findings[1].kind, LG_FINDING_CENSUS);
   LGT_EQ_I(s->out.findings[2].kind, LG_FINDING_CENSUS);
   LGT_OK(says(sim_text(s, f),
               "span \"connection\" (app.rs:42) was left entered when its task was suspended, 990 times: guard "
               "held across await; exited out of order, 1 time; 2,900 spans of other tasks became children"));
   LGT_OK(says(sim_text(s, f), "; 988 are open, +1 per tick"));
   LGT_OK(says(sim_text(s, f), "; created at app::connection (main.c:20) < main"));
   LGT_OK(says(sim_statement(s, 0), "2 groups of open spans keep growing in number; 1 place keeps growing"));
   LGT_EQ_S(sim_statement(s, 1), "1 span is entered and exited against the rules");
   sim_free(s);
}

static void misuse_without_growth_is_said_but_bounded(void)
{
   sim *s = sim_new(100);
   add_scratch(s);
   sim_account *x = sim_add_open(s, LG_ACCOUNT_SPAN, sim_context(s, 0, "request"), 0);
   x->place.file = "";
   SIM_STACK(s, x, "handle", "main");
   SIM_SHAPE(s, x, lgt_rand_below(4));
   x->churn = 10;
   x->place.misuse[LG_DISCIPLINE_ORDER] = 3;
   x->place.misuse[LG_DISCIPLINE_UNKNOWN] = 7;
   x = sim_add_open(s, LG_ACCOUNT_SPAN, sim_context(s, 0, "seen too late"), 0);
   x->place.misuse[LG_DISCIPLINE_UNENTERED] = 5;
   x->place.misuse[LG_DISCIPLINE_REUSED] = 5;
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_findings, 1);
   LGT_MUST(s->out.n_findings == 1);
   const lg_finding *f = &s->out.findings[0];
   LGT_EQ_I(f->kind, LG_FINDING_DISCIPLINE);
   LGT_EQ_I(f->trend.verdict, LG_BOUNDED);
   LGT_EQ_I(s->out.verdict, LG_BOUNDED);
   LGT_OK(says(sim_text(s, f), "span \"request\" was exited out of order, 3 times; "));
   LGT_OK(!says(sim_text(s, f), "guard held across await"));
   s->accounts[1].place.misuse[LG_DISCIPLINE_NESTED] = 40; /* futures joined in one task: no suspension is seen */
   sim_run(s);
   LGT_MUST(s->out.n_findings == 1);
   LGT_OK(says(sim_text(s, &s->out.findings[0]),
               "entered inside itself deeper and deeper, 40 times; exited out of order, 3 times: as "
               "with a guard held across await; "));
   sim_free(s);
}

/* Shares are whole bytes, by open instances; the rest goes to the first group by name. */
static void retained_bytes_are_shared(void)
{
   sim *s = sim_new(60);
   add_scratch(s);
   uint32_t outer = sim_context(s, 0, "outer"), inner = sim_context(s, outer, "inner");
   for (int i = 0; i < 3; i++) {
      sim_account *x = sim_add_open(s, LG_ACCOUNT_SPAN, outer, 1);
      SIM_STACK(s, x, i == 0 ? "b" : i == 1 ? "a" : "c", "main");
      SIM_SHAPE(s, x, i + 1);
   }
   sim_account *x = sim_add_open(s, LG_ACCOUNT_TASK, inner, 2);
   SIM_STACK(s, x, "d", "main");
   SIM_SHAPE(s, x, 1);
   sim_account *in_outer = sim_add(s, 1), *in_inner = sim_add(s, 1), *cell = sim_add(s, 1);
   in_outer->context = outer;
   in_inner->context = inner;
   SIM_SHAPE(s, in_outer, 1000);
   SIM_SHAPE(s, in_inner, 3);
   SIM_STACK(s, cell, "d", "main");
   cell->context = outer; /* the task's own cell: not part of what its spawner holds */
   SIM_SHAPE(s, cell, 50);
   sim_run(s);
   LGT_EQ_U(s->out.n_census, 4);
   static const uint64_t expected[] = {53, 335, 167, 501}; /* inner; outer by stack: a (2 open), b (1), c (3) */
   for (uint32_t g = 0; g < s->out.n_census; g++)
      LGT_EQ_U(s->out.census[g].retained_B, expected[g]);
   sim_free(s);
}

/* Findings and order do not depend on how accounts and contexts are numbered. */
static void numbering_does_not_matter(void)
{
   char *before = NULL;
   for (int reverse = 0; reverse < 2; reverse++) {
      sim *s = sim_new(100);
      s->tick_rate = 10;
      lgt.random = 7;
      static const char *const labels[] = {"one", "two", "three", "four", "five"};
      for (int k = 0; k < 5; k++) {
         int i = reverse ? 4 - k : k;
         uint32_t context = sim_context(s, 0, labels[i]);
         for (int j = 0; j < 3; j++) {
            static const char *const fns[] = {"x", "y", "z"};
            int m = reverse ? 2 - j : j;
            sim_account *x = sim_add_open(s, i % 2 ? LG_ACCOUNT_SPAN : LG_ACCOUNT_TASK, context, (uint32_t)i);
            SIM_STACK(s, x, fns[m], "main");
            SIM_SHAPE(s, x, i == 3 ? 5 : t * (m + 1) / SIM_STEPS);
            x->keeps = 1;
            x->place.misuse[LG_DISCIPLINE_ORDER] = i == 3;
         }
      }
      sim_run(s);
      char *text = calloc(1, 1 << 16);
      for (uint32_t i = 0; i < s->out.n_findings; i++)
         strcat(strcat(text, sim_text(s, &s->out.findings[i])), "\n");
      for (uint32_t i = 0; sim_statement(s, i) != NULL; i++)
         strcat(strcat(text, sim_statement(s, i)), "\n");
      LGT_EQ_U(s->out.n_findings, 13);
      if (before != NULL)
         LGT_EQ_S(text, before);
      free(before);
      before = text;
      sim_free(s);
   }
   free(before);
}

/* A runtime that is told to stop drops its tasks before the program exits: they were live until then. */
static void teardown_of_tasks_is_not_judged(void)
{
   sim *s = sim_new(101);
   s->src.exit_interval = 99;
   sim_account *cache = sim_add(s, 4096);
   SIM_STACK(s, cache, "cache", "main");
   SIM_SHAPE(s, cache, 8 << 20);
   add_scratch(s);
   sim_account *x = add_tasks(s, "job", "submit");
   SIM_SHAPE(s, x, t < 97 * SIM_STEPS ? t * 5 / SIM_STEPS : 0);
   x->keeps = 1;
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings >= 1);
   LGT_EQ_I(s->out.findings[0].kind, LG_FINDING_CENSUS);
   LGT_EQ_U(s->out.census[0].open, 0);
   LGT_EQ_U(s->out.census[0].held, (97 * SIM_STEPS - 1) * 5 / SIM_STEPS);
   sim_free(s);
}

static void a_short_run_says_so(void)
{
   sim *s = sim_new(30);
   add_scratch(s);
   sim_account *x = add_tasks(s, "job", "submit");
   SIM_SHAPE(s, x, t);
   x->keeps = 1;
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_findings, 1);
   LGT_MUST(s->out.n_findings == 1);
   LGT_EQ_I(s->out.findings[0].kind, LG_FINDING_CENSUS);
   LGT_EQ_I(s->out.findings[0].trend.verdict, LG_INCONCLUSIVE);
   LGT_EQ_U(s->out.n_census_growing, 0);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "undecided whether their number grows because the run is too short"));
   LGT_EQ_I(s->out.verdict, LG_INCONCLUSIVE);
   LGT_OK(says(sim_statement(s, 1), "the run is too short"));
   sim_free(s);
}

static void coverage_is_one_line(void)
{
   char text[256];
   lg_text t;
   lg_text_init(&t, text, sizeof text);
   lg_word_hooks(&t, "tokio", "1 of 1 hooks, 3004 calls");
   LGT_EQ_S(text, "tokio: 1 of 1 hooks, 3004 calls");
   lg_word_hooks(&t, "tracing", "4 of 5 hooks");
   LGT_EQ_S(text, "tokio: 1 of 1 hooks, 3004 calls; tracing: 4 of 5 hooks");
}

static void names_of_misuse_are_found_again(void)
{
   for (unsigned d = 0; d < LG_N_DISCIPLINES; d++) {
      const char *name = lg_discipline_name((lg_discipline)d);
      LGT_EQ_U(lg_discipline_find(name, strlen(name)), d);
      LGT_EQ_U(lg_discipline_find(name, strlen(name) - 1), LG_N_DISCIPLINES);
      LGT_OK(lg_word_discipline((lg_discipline)d)[0] != '?');
   }
   LGT_EQ_S(lg_word_discipline(LG_N_DISCIPLINES), "?");
}

/* Whatever the numbers are, the analysis ends and its groups add up. */
static void anything_can_be_judged(void)
{
   for (int round = 0; round < 200; round++) {
      sim *s = sim_new(1 + (uint32_t)lgt_rand_below(LG_INTERVALS_MAX));
      static const char *const labels[] = {"a", "b", "", "a"};
      uint32_t contexts[4], n = (uint32_t)lgt_rand_below(20), n_open = 0;
      for (int i = 0; i < 4; i++)
         contexts[i] = sim_context(s, i > 0 ? contexts[lgt_rand_below((uint64_t)i)] : 0, labels[i]);
      s->tick_rate = lgt_rand_below(3);
      for (uint32_t i = 0; i < n; i++) {
         sim_account *x = sim_add(s, 1);
         static const char *const fns[] = {"f", "g", "h"};
         x->kind = (lg_account_kind)lgt_rand_below(LG_N_ACCOUNT_KINDS);
         x->context = contexts[lgt_rand_below(4)];
         for (uint64_t k = lgt_rand_below(3); k > 0; k--)
            SIM_STACK(s, x, fns[lgt_rand_below(3)]);
         uint64_t limit = (uint64_t)1 << lgt_rand_below(40);
         int grows = (int)lgt_rand_below(2);
         SIM_SHAPE(s, x, lgt_rand_below(limit) * (grows ? t : 1));
         x->keeps = (int)lgt_rand_below(2);
         x->place.line = (uint32_t)lgt_rand_below(2);
         if (lg_is_census(x->kind) && lgt_rand_below(3) == 0)
            x->place.misuse[lgt_rand_below(LG_N_DISCIPLINES)] = lgt_rand();
         n_open += (uint32_t)lg_is_census(x->kind);
      }
      sim_run(s);
      uint32_t n_accounts = 0;
      for (uint32_t g = 0; g < s->out.n_census; g++) {
         LGT_EQ_U(s->out.census[g].first, n_accounts);
         LGT_OK(s->out.census[g].finding <= s->out.n_findings);
         n_accounts += s->out.census[g].n_accounts;
      }
      LGT_EQ_U(n_accounts, n_open);
      for (uint32_t i = 0; i < s->out.n_findings; i++)
         LGT_OK(sim_text(s, &s->out.findings[i])[0] != '\0');
      sim_free(s);
   }
}

LGT_MAIN(LGT(a_leak_of_tasks_is_found_by_its_count), LGT(a_bounded_server_has_no_finding),
         LGT(one_label_in_many_contexts_is_one_group), LGT(many_stacks_of_one_label_are_summed),
         LGT(a_guard_held_across_await_comes_first), LGT(misuse_without_growth_is_said_but_bounded),
         LGT(retained_bytes_are_shared), LGT(numbering_does_not_matter), LGT(teardown_of_tasks_is_not_judged),
         LGT(a_short_run_says_so), LGT(coverage_is_one_line), LGT(names_of_misuse_are_found_again),
         LGT(anything_can_be_judged))
