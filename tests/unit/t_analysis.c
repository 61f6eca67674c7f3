/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The analysis on synthetic profiles: what must be found, what must not, and that nothing depends on numbering. */
#include "lg_format.h"
#include "lgsim.h"

/* Noise in [-size, size]. */
static int64_t noise(int64_t size)
{
   return (int64_t)lgt_rand_below(2 * (uint64_t)size + 1) - size;
}

static int64_t at_least_0(int64_t v)
{
   return v > 0 ? v : 0;
}

static uint32_t count_kind(const sim *s, lg_finding_kind kind)
{
   uint32_t n = 0;
   for (uint32_t i = 0; i < s->out.n_findings; i++)
      n += s->out.findings[i].kind == kind;
   return n;
}

static int says(const char *text, const char *part)
{
   return text != NULL && strstr(text, part) != NULL;
}

/* A server: start-up tables, a cache at its limit, request scratch. */
static void add_server(sim *s)
{
   sim_account *x = sim_add(s, 4096);
   SIM_STACK(s, x, "load_tables", "setup", "main");
   SIM_SHAPE(s, x, 8 << 20);
   x = sim_add(s, 256);
   SIM_STACK(s, x, "cache_put", "handle_request", "serve", "main");
   SIM_SHAPE(s, x, (t < 100 ? t * 40960 : 4096000) + noise(40960) * (t >= 100));
   x->churn = 200;
   x = sim_add(s, 1024);
   SIM_STACK(s, x, "read_request", "handle_request", "serve", "main");
   SIM_SHAPE(s, x, lgt_rand_below(64) * 1024);
   x->churn = 2000;
   x = sim_add(s, 64);
   SIM_STACK(s, x, "parse_header", "read_request", "handle_request", "serve", "main");
   SIM_SHAPE(s, x, lgt_rand_below(640) * 64);
   x->churn = 5000;
}

static sim_account *add_leak(sim *s, const char *fn, int64_t per_interval)
{
   sim_account *x = sim_add(s, 48);
   SIM_STACK(s, x, fn, "handle_request", "serve", "main");
   SIM_SHAPE(s, x, t * per_interval / SIM_STEPS / 48 * 48);
   x->keeps = 1;
   return x;
}

static void a_leak_under_churn_is_found_first(void)
{
   sim *s = sim_new(150);
   s->src.heap_limit_B = 64 << 20;
   s->tick_rate = 100;
   add_server(s);
   add_leak(s, "request_log", 4800);
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_findings, 1);
   LGT_MUST(s->out.n_findings >= 1);
   const lg_finding *f = &s->out.findings[0];
   LGT_EQ_I(f->kind, LG_FINDING_GROWTH);
   LGT_EQ_I(f->about, LG_ABOUT_ACCOUNT);
   LGT_EQ_I(f->trend.verdict, LG_GROWING);
   LGT_EQ_I(s->out.verdict, LG_GROWING);
   LGT_EQ_U(f->account, 4);
   LGT_EQ_U(s->out.accounts[4].finding, 1);
   LGT_EQ_U(s->out.accounts[0].finding, 0);
   LGT_OK(f->per_s.is_known && f->per_s.lo_mB <= 480000000 && f->per_s.hi_mB >= 480000000); /* 4800 B per 10 ms */
   LGT_OK(f->per_s.mB > 470000000 && f->per_s.mB < 490000000);
   LGT_OK(f->per_tick.is_known && f->per_tick.mB > 47000 && f->per_tick.mB < 49000); /* 48 B per tick */
   LGT_OK(f->until_limit > 100000 && f->until_limit < 120000);                       /* about 52 MiB at 480 kB/s */
   LGT_OK(says(sim_text(s, f), "request_log (main.c:10) keeps growing: +"));
   LGT_OK(says(sim_text(s, f), " per second"));
   LGT_OK(says(sim_text(s, f), " per tick"));
   LGT_OK(says(sim_text(s, f), "called by handle_request < serve < main"));
   LGT_OK(says(sim_text(s, f), "its floor rose in "));
   LGT_OK(says(sim_text(s, f), "reaches --heap-limit (64.0 MiB) in 1 min"));
   LGT_OK(says(sim_statement(s, 0), "1 place keeps growing: heap +"));
   sim_free(s);
}

static void a_bounded_server_has_no_findings(void)
{
   sim *s = sim_new(150);
   add_server(s);
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_findings, 0);
   LGT_EQ_I(s->out.verdict, LG_BOUNDED);
   LGT_OK(says(sim_statement(s, 0), "no growth: nothing the program keeps is still growing, 4 accounts"));
   LGT_OK(sim_statement(s, 1) == NULL);
   sim_free(s);
}

static void small_growth_is_not_mentioned(void)
{
   sim *s = sim_new(150);
   add_server(s);
   add_leak(s, "request_log", 48); /* 7 KiB in 12 MiB: below 0.1 % */
   sim_run(s);
   LGT_EQ_U(s->out.n_findings, 0);
   LGT_EQ_I(s->out.accounts[4].trend.verdict, LG_GROWING);
   LGT_OK(says(sim_statement(s, 0), "1 of them grows by less than 12.")); /* KiB: 0.1 % of the heap */
   s->params.min_ppm = 0;
   sim_run(s);
   LGT_EQ_U(s->out.n_findings, 1);
   sim_free(s);
}

static void findings_are_ranked_by_bytes(void)
{
   sim *s = sim_new(150);
   add_server(s);
   add_leak(s, "small", 960);
   add_leak(s, "large", 9600);
   add_leak(s, "middle", 4800);
   sim_run(s);
   LGT_MUST(s->out.n_findings == 3);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "large (main.c:10)"));
   LGT_OK(says(sim_text(s, &s->out.findings[1]), "middle (main.c:10)"));
   LGT_OK(says(sim_text(s, &s->out.findings[2]), "small (main.c:10)"));
   LGT_OK(says(sim_statement(s, 0), "3 places keep growing"));
   sim_free(s);
}

/* A leak spread over twenty stacks, each too rare to be seen: one block every few intervals. */
static void add_spread_leak(sim *s, const char *const *names, uint32_t n, const char *under)
{
   for (uint32_t a = 0; a < n; a++) {
      sim_account *x = sim_add(s, 16384);
      SIM_STACK(s, x, names[a], under, "serve", "main");
      uint32_t steps = s->src.n_intervals * SIM_STEPS;
      for (int k = 0; k < 4; k++) { /* four rises are a step or two, not growth */
         uint32_t when = (uint32_t)k * steps / 4 + a * steps / 4 / n + (uint32_t)lgt_rand_below(steps / 40);
         for (uint32_t t = when; t < steps; t++)
            x->live[t] += 16384;
      }
   }
}

static const char *const names20[] = {"leaf_a", "leaf_b", "leaf_c", "leaf_d", "leaf_e", "leaf_f", "leaf_g",
                                      "leaf_h", "leaf_i", "leaf_j", "leaf_k", "leaf_l", "leaf_m", "leaf_n",
                                      "leaf_o", "leaf_p", "leaf_q", "leaf_r", "leaf_s", "leaf_t"};

static void a_leak_spread_over_twenty_stacks_names_their_function(void)
{
   sim *s = sim_new(150);
   add_server(s);
   add_spread_leak(s, names20, 20, "plugin_call");
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings >= 1);
   const lg_finding *f = &s->out.findings[0];
   LGT_EQ_I(f->about, LG_ABOUT_FUNCTION);
   LGT_OK(says(sim_text(s, f), "what plugin_call (main.c:20) allocates, itself and through others, keeps growing"));
   LGT_OK(says(sim_text(s, f), "stacks, none of which is seen to grow by itself"));
   LGT_EQ_U(f->n_outer, 0);
   LGT_OK(f->n_accounts >= 18);
   LGT_EQ_U(count_kind(s, LG_FINDING_GROWTH), 1);
   sim_free(s);
}

static void the_common_leaf_of_many_callers_is_named(void)
{
   sim *s = sim_new(150);
   add_server(s);
   for (uint32_t a = 0; a < 20; a++) {
      sim_account *x = sim_add(s, 16384);
      SIM_STACK(s, x, "intern_key", names20[a], "serve", "main");
      uint32_t steps = s->src.n_intervals * SIM_STEPS;
      for (uint32_t k = 0; k < 4; k++)
         for (uint32_t t = k * steps / 4 + a * steps / 80; t < steps; t++)
            x->live[t] += 16384;
   }
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings >= 1);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "what intern_key (main.c:10) allocates"));
   LGT_EQ_U(s->out.findings[0].n_frames, 1);
   LGT_EQ_U(s->out.findings[0].n_outer, 2);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "; all of it under serve < main"));
   sim_free(s);
}

static void one_stack_in_many_contexts_is_one_finding(void)
{
   sim *s = sim_new(150);
   add_server(s);
   uint32_t top = sim_context(s, 0, "conn");
   for (uint32_t a = 0; a < 20; a++) {
      sim_account *x = sim_add(s, 16384);
      SIM_STACK(s, x, "push_event", "serve", "main");
      x->context = sim_context(s, top, names20[a]);
      uint32_t steps = s->src.n_intervals * SIM_STEPS;
      for (uint32_t k = 0; k < 4; k++)
         for (uint32_t t = k * steps / 4 + a * steps / 80; t < steps; t++)
            x->live[t] += 16384;
   }
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings >= 1);
   const lg_finding *f = &s->out.findings[0];
   LGT_EQ_I(f->about, LG_ABOUT_STACK);
   LGT_EQ_U(f->context, top);
   LGT_OK(says(sim_text(s, f), "push_event (main.c:10) keeps growing"));
   LGT_OK(says(sim_text(s, f), "spread over 20 contexts"));
   LGT_OK(says(sim_text(s, f), "in conn"));
   sim_free(s);
}

/* Stacks with nothing in common but the context they happen in. */
static void a_leak_spread_over_a_context_names_it(void)
{
   sim *s = sim_new(150);
   add_server(s);
   uint32_t conn = sim_context(s, 0, "conn"), request = sim_context(s, conn, "request");
   for (uint32_t a = 0; a < 20; a++) {
      sim_account *x = sim_add(s, 16384);
      SIM_STACK(s, x, names20[a]);
      x->context = a % 3 == 0 ? sim_context(s, request, names20[a]) : request;
      uint32_t steps = s->src.n_intervals * SIM_STEPS;
      for (uint32_t k = 0; k < 4; k++)
         for (uint32_t t = k * steps / 4 + a * steps / 80; t < steps; t++)
            x->live[t] += 16384;
   }
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings == 1);
   LGT_EQ_I(s->out.findings[0].about, LG_ABOUT_CONTEXT);
   LGT_EQ_U(s->out.findings[0].context, request);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "what is allocated in conn > request keeps growing"));
   sim_free(s);
}

static void growth_nobody_can_be_named_for_is_the_totals(void)
{
   sim *s = sim_new(150);
   for (uint32_t a = 0; a < 20; a++) {
      sim_account *x = sim_add(s, 16384);
      SIM_STACK(s, x, names20[a]); /* nothing in common */
      uint32_t steps = s->src.n_intervals * SIM_STEPS;
      for (uint32_t k = 0; k < 4; k++)
         for (uint32_t t = k * steps / 4 + a * steps / 80; t < steps; t++)
            x->live[t] += 16384;
   }
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings == 1);
   LGT_EQ_I(s->out.findings[0].about, LG_ABOUT_TOTAL);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "the growth cannot be attributed"));
   sim_free(s);
}

/* An account that grows explains its callers: no second finding for serve() or main(). */
static void explained_growth_is_not_repeated(void)
{
   sim *s = sim_new(150);
   add_server(s);
   add_leak(s, "request_log", 48000);
   add_leak(s, "other_log", 48000);
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.n_findings, 2);
   sim_free(s);
}

/* Everything is freed from step `from` of a run of 150 intervals on, over 11 intervals. */
static sim *torn_down(uint32_t from)
{
   sim *s = sim_new(150);
   add_server(s);
   add_leak(s, "request_log", 4800);
   for (uint32_t a = 0; a < s->n_accounts; a++) {
      s->accounts[a].churn = 0;
      int64_t held = s->accounts[a].live[from - 1];
      for (uint32_t t = from; t < 150 * SIM_STEPS; t++)
         s->accounts[a].live[t] = at_least_0(held - held * (int64_t)(t - from + 1) / (11 * SIM_STEPS)) /
                                  (int64_t)s->accounts[a].block_B * (int64_t)s->accounts[a].block_B;
   }
   return s;
}

static void teardown_is_cut_off(void)
{
   for (uint32_t k = 0; k < 4; k++) {
      int is_exit_seen = k % 2, is_mixed = k >= 2; /* mixed: the program still works for half of the interval */
      sim *s = torn_down(138 * SIM_STEPS + (is_mixed ? SIM_STEPS / 2 : 0));
      if (is_exit_seen)
         s->src.exit_interval = 138 + (uint32_t)is_mixed;
      sim_run(s);
      sim_show(s);
      LGT_EQ_I(s->out.is_exited, is_exit_seen);
      LGT_OK(s->out.n_judged == 138 || s->out.n_judged == 137); /* one interval may be given up for safety */
      LGT_MUST(s->out.n_findings >= 1);
      LGT_OK(says(sim_text(s, &s->out.findings[0]), "request_log (main.c:10) keeps growing"));
      LGT_EQ_U(s->out.findings[0].live_B, 0);
      LGT_EQ_U(s->out.n_judged + s->out.n_drained, is_exit_seen ? s->src.exit_interval : 149);
      sim_free(s);
   }
}

/* Destructors allocate a little; the exit handler too. */
static void teardown_with_a_few_allocations_is_cut_off(void)
{
   sim *s = torn_down(138 * SIM_STEPS);
   sim_account *x = sim_add(s, 96);
   SIM_STACK(s, x, "format_farewell", "main");
   SIM_SHAPE(s, x, t >= 147 * SIM_STEPS && t < 147 * SIM_STEPS + 2 ? 96 : 0);
   sim_run(s);
   sim_show(s);
   LGT_OK(s->out.n_judged == 138 || s->out.n_judged == 137);
   LGT_MUST(s->out.n_findings >= 1);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "request_log (main.c:10) keeps growing"));
   sim_free(s);
}

/* An opaque arena is unmapped piece by piece while the heap still works, then the program ends. */
static void teardown_of_mappings_is_cut_off(void)
{
   for (int is_torn = 0; is_torn < 2; is_torn++) {
      sim *s = torn_down(138 * SIM_STEPS);
      sim_account *x = sim_add(s, 1 << 20);
      x->kind = LG_ACCOUNT_MAPPING;
      SIM_STACK(s, x, "arena_grow", "intern", "main");
      SIM_SHAPE(s, x,
                (int64_t)(is_torn && t >= 130 * SIM_STEPS ? at_least_0(65 - (int64_t)(t - 130 * SIM_STEPS))
                                                          : t / (2 * SIM_STEPS))
                   << 20);
      sim_run(s);
      sim_show(s);
      int is_found = 0;
      for (uint32_t i = 0; i < s->out.n_findings; i++)
         is_found |= says(sim_text(s, &s->out.findings[i]), "memory mapped by arena_grow (main.c:10) keeps growing");
      LGT_OK(is_found);
      sim_free(s);
   }
}

/* Mapped early, kept, unmapped at the end: no growth, whatever is cut off. */
static void mappings_that_stopped_growing_are_bounded(void)
{
   sim *s = torn_down(138 * SIM_STEPS);
   sim_account *x = sim_add(s, 1 << 20);
   x->kind = LG_ACCOUNT_MAPPING;
   SIM_STACK(s, x, "arena_grow", "intern", "main");
   SIM_SHAPE(s, x,
             (int64_t)(t >= 130 * SIM_STEPS ? at_least_0(30 - (int64_t)(t - 130 * SIM_STEPS))
                       : t < 30 * SIM_STEPS ? t / SIM_STEPS
                                            : 30)
                << 20);
   sim_run(s);
   sim_show(s);
   for (uint32_t i = 0; i < s->out.n_findings; i++)
      LGT_OK(s->out.findings[i].about != LG_ABOUT_MAPPING || s->out.findings[i].trend.verdict == LG_BOUNDED);
   sim_free(s);
}

/* A fifth of the run at a multiple of the usual level, given back. Five of them are the way the program works. */
static void a_long_burst_is_found_and_many_are_not(void)
{
   for (int is_one = 0; is_one < 2; is_one++) {
      sim *s = sim_new(150);
      add_server(s);
      sim_account *x = sim_add(s, 1 << 20);
      SIM_STACK(s, x, "symbolise", "format_error", "main");
      SIM_SHAPE(s, x, (is_one ? t >= 60 * SIM_STEPS && t < 90 * SIM_STEPS : t / SIM_STEPS % 30 < 6) ? 200 << 20 : 0);
      sim_run(s);
      sim_show(s);
      LGT_EQ_U(count_kind(s, LG_FINDING_BURST), (uint32_t)is_one);
      LGT_EQ_U(count_kind(s, LG_FINDING_GROWTH), 0);
      sim_free(s);
   }
}

static void a_warm_up_is_said_once(void)
{
   sim *s = sim_new(120);
   for (uint32_t a = 0; a < 10; a++) {
      sim_account *x = sim_add(s, 64);
      SIM_STACK(s, x, names20[a], "cache", "main");
      int64_t left = 4 << 20, have = 0;
      for (uint32_t t = 0; t < 120 * SIM_STEPS; t++) { /* 1 - exp(-t / 0.5 run) */
         int64_t step = left / (60 * SIM_STEPS);
         have += step;
         left -= step;
         x->live[t] = have / 64 * 64;
      }
   }
   sim_run(s);
   sim_show(s);
   LGT_OK(s->out.is_warming_up);
   LGT_EQ_U(count_kind(s, LG_FINDING_GROWTH), 0);
   LGT_EQ_I(s->out.verdict, LG_INCONCLUSIVE);
   LGT_OK(says(sim_statement(s, 1), "still warming up, 10 accounts with 100.0% of the heap"));
   sim_free(s);
}

static void mappings_that_the_heap_does_not_explain_are_said(void)
{
   sim *s = sim_new(150);
   add_server(s);
   sim_account *x = sim_add(s, 65536);
   x->kind = LG_ACCOUNT_MAPPING;
   SIM_STACK(s, x, "mmap", "pool_grow", "pool_alloc", "serve", "main");
   SIM_SHAPE(s, x, t * 16384 / 65536 * 65536);
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings == 1);
   LGT_EQ_I(s->out.findings[0].about, LG_ABOUT_MAPPING);
   LGT_OK(!s->out.findings[0].is_covered);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "memory mapped by mmap (main.c:10)") ||
          says(sim_text(s, &s->out.findings[0]), "memory mapped by pool_grow (main.c:20)"));
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "the heap does not explain it"));
   LGT_OK(says(sim_statement(s, 0), "1 place keeps growing: mapped memory +"));
   LGT_OK(says(sim_statement(s, 1), "mapped memory grows while the heap does not"));
   sim_free(s);
}

/* A pool told to the tool counts twice, as heap and as what it mapped: the heap comes first, whatever the sizes. */
static void mappings_that_the_heap_covers_come_last(void)
{
   sim *s = sim_new(150);
   add_server(s);
   sim_account *x = sim_add(s, 65536);
   x->kind = LG_ACCOUNT_MAPPING;
   SIM_STACK(s, x, "pool_grow", "pool_alloc", "serve", "main");
   SIM_SHAPE(s, x, t * 1024 / 65536 * 65536);
   add_leak(s, "first", 4800);
   add_leak(s, "second", 4752);
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings == 3);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "first (main.c:10) keeps growing"));
   LGT_OK(says(sim_text(s, &s->out.findings[1]), "second (main.c:10) keeps growing"));
   LGT_EQ_I(s->out.findings[2].about, LG_ABOUT_MAPPING);
   LGT_OK(s->out.findings[2].is_covered && s->out.findings[2].rank_B > s->out.findings[0].rank_B);
   LGT_OK(says(sim_text(s, &s->out.findings[2]), "these may be the same bytes"));
   LGT_EQ_U(s->out.accounts[4].finding, 3);
   LGT_EQ_U(s->out.accounts[5].finding, 1);
   sim_free(s);
}

static void a_burst_between_snapshots_is_found(void)
{
   for (int is_open = 0; is_open <= 1; is_open++) {
      sim *s = sim_new(150);
      add_server(s);
      sim_account *x = sim_add(s, 1 << 20);
      SIM_STACK(s, x, "symbolize", "format_error", "handle_request", "serve", "main");
      uint32_t from = is_open ? 149 * SIM_STEPS + 2 : 90 * SIM_STEPS + 2, to = is_open ? 150 * SIM_STEPS : from + 4;
      for (uint32_t t = from; t < to; t++)
         x->live[t] = 200 << 20;
      sim_run(s);
      sim_show(s);
      LGT_MUST(s->out.n_findings == 1);
      const lg_finding *f = &s->out.findings[0];
      LGT_EQ_I(f->kind, LG_FINDING_BURST);
      LGT_EQ_I(f->trend.verdict, LG_BOUNDED);
      LGT_EQ_I(f->trend.shape, LG_SHAPE_BURST);
      LGT_OK(f->change_B >= 199 << 20 && f->part_B == (uint64_t)200 << 20);
      LGT_EQ_I(f->is_open, is_open);
      LGT_OK(says(sim_text(s, f), "a burst of 200."));
      LGT_OK(says(sim_text(s, f), "from symbolize (main.c:10)"));
      LGT_OK(says(sim_text(s, f), "not a slope"));
      LGT_EQ_I(s->out.verdict, LG_BOUNDED);
      sim_free(s);
   }
}

static void a_step_is_found_and_not_called_growth(void)
{
   sim *s = sim_new(150);
   add_server(s);
   sim_account *x = sim_add(s, 4096);
   SIM_STACK(s, x, "reload_config", "main");
   SIM_SHAPE(s, x, t >= 700 ? 20 << 20 : 0);
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings == 1);
   LGT_EQ_I(s->out.findings[0].kind, LG_FINDING_STEP);
   LGT_OK(s->out.findings[0].change_B > 19 << 20 && s->out.findings[0].change_B < 21 << 20);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "the heap rose once by "));
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "from reload_config (main.c:10)"));
   sim_free(s);
}

/* The loader's time before the first allocation tells nothing: a leak that starts with the program is not late. */
static void the_dead_start_is_not_judged(void)
{
   sim *s = sim_new(150);
   sim_account *x = sim_add(s, 48);
   SIM_STACK(s, x, "request_log", "main");
   SIM_SHAPE(s, x, t < 60 * SIM_STEPS ? 0 : (int64_t)(t - 60 * SIM_STEPS) * 4800 / SIM_STEPS / 48 * 48);
   x->keeps = 1;
   x = sim_add(s, 4096);
   SIM_STACK(s, x, "load_tables", "main");
   SIM_SHAPE(s, x, t >= 61 * SIM_STEPS ? 8 << 20 : 0);
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(s->out.first_judged, 60);
   LGT_EQ_U(s->out.n_judged, 89);
   LGT_MUST(s->out.n_findings == 1); /* the tables are start-up, no step */
   const lg_finding *f = &s->out.findings[0];
   LGT_EQ_I(f->trend.verdict, LG_GROWING);
   LGT_EQ_I(f->trend.shape, LG_SHAPE_LINEAR);
   LGT_OK(f->trend.from >= 60 && f->trend.to > 140);
   LGT_OK(f->begin >= 600 && f->per_s.mB > 470000000 && f->per_s.mB < 490000000);
   LGT_OK(f->rank_B > 89 * 4700 && f->rank_B < 91 * 4800);
   sim_free(s);
}

/* The last tooth of a sawtooth has not fallen yet: that makes no step of it. */
static void the_last_tooth_is_no_step(void)
{
   sim *s = sim_new(150);
   sim_account *x = sim_add(s, 1024);
   SIM_STACK(s, x, "fill", "main");
   SIM_SHAPE(s, x, (1 << 20) + (t + 30) % 100 * 65536);
   sim_run(s);
   sim_show(s);
   LGT_EQ_U(count_kind(s, LG_FINDING_STEP), 0);
   LGT_EQ_U(count_kind(s, LG_FINDING_GROWTH), 0);
   sim_free(s);
}

/* A table that doubled twice after start-up is one finding, not two. */
static void steps_of_one_account_are_one_finding(void)
{
   sim *s = sim_new(150);
   add_server(s);
   sim_account *x = sim_add(s, 4096);
   SIM_STACK(s, x, "rehash", "insert", "main");
   SIM_SHAPE(s, x, t >= 900 ? 40 << 20 : t >= 500 ? 20 << 20 : 0);
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings == 1);
   LGT_EQ_I(s->out.findings[0].kind, LG_FINDING_STEP);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "the heap rose 2 times at once, the most by "));
   sim_free(s);
}

static void the_limits_of_a_stack_are_said(void)
{
   sim *s = sim_new(150);
   add_server(s);
   sim_account *x = add_leak(s, "dup_string", 4800);
   x->churn = 5000; /* one user of it leaks, many do not */
   s->src.depth = 4;
   sim_run(s);
   sim_show(s);
   LGT_MUST(s->out.n_findings >= 1);
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "other uses of this stack may be innocent"));
   LGT_OK(says(sim_text(s, &s->out.findings[0]), "its stack was cut at 4 frames"));
   sim_free(s);
}

/* Same program, other numbers: texts and order must be the same. */
static void nothing_depends_on_numbering(void)
{
   for (int round = 0; round < 12; round++) {
      sim *s = sim_new(120), *p = sim_new(120);
      uint32_t n_leaks = 0;
      add_server(s);
      for (; n_leaks < 3; n_leaks++)
         add_leak(s, names20[n_leaks], 4800); /* equal sizes: only names can order them */
      add_spread_leak(s, names20, 20, "plugin_call");
      for (uint32_t k = 0; k < 2; k++) { /* two equal steps and two equal bursts at the same time */
         sim_account *x = sim_add(s, 4096);
         SIM_STACK(s, x, names20[5 + k], "reload", "main");
         SIM_SHAPE(s, x, t >= 500 ? 8 << 20 : 0);
         x = sim_add(s, 4096);
         SIM_STACK(s, x, names20[8 + k], "format", "main");
         SIM_SHAPE(s, x, t >= 700 && t < 705 ? 64 << 20 : 0);
      }
      uint32_t order[64], n = s->n_accounts;
      for (uint32_t i = 0; i < n; i++)
         order[i] = i;
      for (uint32_t i = n; i > 1; i--) {
         uint32_t k = (uint32_t)lgt_rand_below(i), swap = order[i - 1];
         order[i - 1] = order[k];
         order[k] = swap;
      }
      for (uint32_t i = 0; i < n; i++) {
         const sim_account *from = &s->accounts[order[i]];
         sim_account *to = sim_add(p, from->block_B);
         for (uint32_t k = 0; k < from->n_frames; k++) {
            const sim_frame *f = &s->frames[from->frames[k]];
            to->frames[to->n_frames++] = sim_frame_id(p, f->fn, f->file, f->line, f->object);
         }
         memcpy(to->live, from->live, sizeof *to->live * s->src.n_intervals * SIM_STEPS);
         to->churn = from->churn;
         to->keeps = from->keeps;
      }
      sim_run(s);
      sim_run(p);
      LGT_MUST(s->out.n_findings == p->out.n_findings && s->out.n_findings >= 6);
      for (uint32_t i = 0; i < s->out.n_findings; i++) {
         char text[LG_SENTENCE_MAX];
         snprintf(text, sizeof text, "%s", sim_text(s, &s->out.findings[i]));
         LGT_EQ_S(sim_text(p, &p->out.findings[i]), text);
      }
      sim_free(s);
      sim_free(p);
   }
}

static void no_accounts_and_no_intervals(void)
{
   for (uint32_t n = 1; n <= 20; n++) {
      sim *s = sim_new(n);
      sim_run(s);
      LGT_EQ_U(s->out.n_findings, 0);
      LGT_EQ_U(s->out.n_judged, n - 1);
      LGT_EQ_I(s->out.verdict, n - 1 < 16 ? LG_INCONCLUSIVE : LG_BOUNDED);
      LGT_OK(sim_statement(s, 0) != NULL);
      sim_free(s);
      s = sim_new(n);
      add_server(s);
      add_leak(s, "request_log", 4800);
      sim_run(s);
      LGT_OK(s->out.verdict != LG_GROWING);
      LGT_OK(n > 17 || says(sim_statement(s, 1), "the run is too short"));
      sim_free(s);
   }
   sim *s = sim_new(1);
   s->src.n_intervals = 0;
   s->src.exit_interval = 0;
   sim_run(s);
   LGT_EQ_U(s->out.n_judged, 0);
   sim_free(s);
}

static void too_little_memory_is_refused(void)
{
   sim *s = sim_new(100);
   add_server(s);
   sim_run(s);
   uint32_t n = s->n_pieces;
   LGT_OK(n >= 3);
   for (s->refuses = 1; s->refuses <= n; s->refuses++)
      LGT_OK(!sim_analyse(s));
   LGT_OK(sim_analyse(s));
   LGT_EQ_U(s->n_pieces, n);
   sim_free(s);
}

/* Names of every kind end up as one printable line. */
static void hostile_names_are_harmless(void)
{
   static char long_name[70000];
   memset(long_name, 'x', sizeof long_name - 1);
   for (size_t i = 1; i + 2 < sizeof long_name; i += 50) {
      long_name[i] = '\xc3';
      long_name[i + 1] = '\xa4';
   }
   const char *const names[] = {
      "",  "a\nb\x1b[31m", long_name, "%s%n",    "operator()(int)", "(anonymous namespace)::f()", ")",
      "(", "<<<<",         "std::",   "> < > <", "\xff\xfe"};
   for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
      sim *s = sim_new(100);
      sim_account *x = add_leak(s, "ok", 48000);
      x->frames[0] = sim_frame_id(s, names[k], names[k], UINT32_MAX, names[(k + 1) % 12]);
      x->frames[1] = sim_frame_id(s, names[k], "", 0, names[k]);
      x->context = sim_context(s, sim_context(s, 0, names[k]), names[k]);
      for (int deep = 0; deep < 40; deep++)
         x->context = sim_context(s, x->context, names[k]);
      sim_run(s);
      LGT_MUST(s->out.n_findings == 1);
      const char *text = sim_text(s, &s->out.findings[0]);
      LGT_OK(strlen(text) < LG_SENTENCE_MAX - 1);
      for (const char *c = text; *c != '\0'; c++)
         LGT_OK((unsigned char)*c >= 0x20 && *c != 0x7f);
      sim_free(s);
   }
}

/* A file can claim anything that fits into its fields: values of any size, time that stands still, minima above maxima. */
static int64_t wild(void)
{
   switch (lgt_rand_below(6)) {
   case 0:
      return 0;
   case 1:
      return LG_VALUE_MAX;
   case 2:
      return LG_VALUE_MAX - (int64_t)lgt_rand_below(1000);
   case 3:
      return (int64_t)lgt_rand_below(1000);
   default:
      return (int64_t)(lgt_rand() >> (9 + lgt_rand_below(54)));
   }
}

static uint64_t wild_seed;
static int wild_is_rising;

static void wild_series(void *self, uint32_t a, lg_dense *d)
{
   uint64_t saved = lgt.random;
   int64_t *const all[] = {d->min_B,  d->max_B,  d->end_B,    d->min_blk,  d->max_blk, d->end_blk,
                           d->births, d->deaths, d->births_B, d->surv_blk, d->surv_B};
   lgt.random = wild_seed + a; /* the same at every call */
   d->n = ((sim *)self)->src.n_intervals;
   for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
      int64_t step = wild() / 512;
      for (uint32_t i = 0; i < d->n; i++)
         all[k][i] = wild_is_rising ? step * i + (int64_t)lgt_rand_below((uint64_t)step / 4 + 1) : wild();
   }
   for (int k = 0; k < LG_AGES; k++)
      d->died_at_age[k] = wild();
   lgt.random = saved;
}

static void anything_goes(void)
{
   static const char *const fns[] = {"f", "g", "h", "???", ""};
   for (int round = 0; round < 400; round++) {
      sim *s = sim_new(1 + (uint32_t)lgt_rand_below(LG_INTERVALS_MAX));
      uint32_t n = (uint32_t)lgt_rand_below(300);
      for (uint32_t a = 0; a < n; a++) {
         sim_account *x = sim_add(s, 1);
         x->kind = lgt_rand_below(8) == 0 ? LG_ACCOUNT_MAPPING : LG_ACCOUNT_HEAP;
         for (uint64_t k = lgt_rand_below(6); k > 0; k--)
            x->frames[x->n_frames++] = sim_frame_id(s, fns[lgt_rand_below(5)], "", 0, "");
      }
      sim_total(s);
      s->src.n_accounts = n;
      for (uint32_t i = 0; i < s->src.n_intervals; i++) {
         uint64_t *t = (uint64_t *)&s->totals[i];
         for (size_t k = 0; k < sizeof s->totals[i] / sizeof *t; k++)
            t[k] = lgt_rand_below(4) ? (uint64_t)wild() : lgt_rand();
      }
      s->src.series = wild_series;
      s->src.shift = (uint32_t)lgt_rand_below(LG_SHIFT_MAX + 1);
      s->src.exit_interval = (uint32_t)lgt_rand_below(2 * s->src.n_intervals);
      s->src.heap_limit_B = lgt_rand() >> lgt_rand_below(64);
      s->src.unit = "mBit"[lgt_rand_below(4)];
      wild_seed = lgt_rand();
      wild_is_rising = round & 1;
      LGT_MUST(sim_analyse(s));
      for (uint32_t i = 0; i < s->out.n_findings; i++)
         LGT_OK(strlen(sim_text(s, &s->out.findings[i])) < LG_SENTENCE_MAX - 1);
      for (uint32_t i = 0; sim_statement(s, i) != NULL; i++)
         LGT_OK(i < 8);
      for (uint32_t a = 0; a < n; a++)
         LGT_OK(s->out.accounts[a].finding <= s->out.n_findings);
      sim_free(s);
   }
}

static uint32_t deep_stack[1024];

static void deep_account(void *self, uint32_t a, lg_account_info *out)
{
   sim_info(self, 0, out);
   (void)a;
   out->frames = deep_stack;
   out->n_frames = 1024;
}

static void deep_series(void *self, uint32_t a, lg_dense *d)
{
   (void)a;
   sim_series(self, 0, d);
}

/* An index of 70 million frames is refused, the accounts are judged all the same. */
static void too_many_stacks_are_judged_without_sums(void)
{
   sim *s = sim_new(20);
   sim_account *x = sim_add(s, 64);
   SIM_STACK(s, x, "f", "main");
   SIM_SHAPE(s, x, t < 40 ? 64 : 128);
   for (int i = 0; i < 1024; i++)
      deep_stack[i] = x->frames[i % 2];
   sim_total(s);
   s->src.n_accounts = 70000;
   s->src.account = deep_account;
   s->src.series = deep_series;
   LGT_MUST(sim_analyse(s));
   LGT_OK(s->out.is_partial);
   LGT_OK(says(sim_statement(s, 1), "too many stacks"));
   sim_free(s);
}

LGT_MAIN(LGT(a_leak_under_churn_is_found_first), LGT(a_bounded_server_has_no_findings),
         LGT(small_growth_is_not_mentioned), LGT(findings_are_ranked_by_bytes),
         LGT(a_leak_spread_over_twenty_stacks_names_their_function), LGT(the_common_leaf_of_many_callers_is_named),
         LGT(one_stack_in_many_contexts_is_one_finding), LGT(a_leak_spread_over_a_context_names_it),
         LGT(growth_nobody_can_be_named_for_is_the_totals), LGT(explained_growth_is_not_repeated),
         LGT(teardown_is_cut_off), LGT(teardown_with_a_few_allocations_is_cut_off),
         LGT(teardown_of_mappings_is_cut_off), LGT(mappings_that_stopped_growing_are_bounded),
         LGT(a_long_burst_is_found_and_many_are_not), LGT(a_warm_up_is_said_once),
         LGT(mappings_that_the_heap_does_not_explain_are_said), LGT(mappings_that_the_heap_covers_come_last),
         LGT(a_burst_between_snapshots_is_found), LGT(a_step_is_found_and_not_called_growth),
         LGT(the_dead_start_is_not_judged), LGT(the_last_tooth_is_no_step), LGT(steps_of_one_account_are_one_finding),
         LGT(the_limits_of_a_stack_are_said), LGT(nothing_depends_on_numbering), LGT(no_accounts_and_no_intervals),
         LGT(too_little_memory_is_refused), LGT(too_many_stacks_are_judged_without_sums),
         LGT(hostile_names_are_harmless), LGT(anything_goes))
