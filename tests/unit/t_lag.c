/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about reclamation, on synthetic domains: a backlog, the heap accounts behind it and their waiting parts. */
#include "lg_scale.h"
#include "lgsim.h"

enum { N = 100, PER_STEP = 20, OBJECT_B = 100 };

/* What a simulated profile says of its domains. */
static struct {
   lg_domain_info info[8];
   lg_incident incidents[8][4];
   lg_reader readers[8][4];
   uint64_t stops_at[8]; /* interval from which on the epoch stands */
   uint32_t n, n_intervals;
} dom;

static void get_domain(void *self, uint32_t d, lg_domain_info *out)
{
   (void)self;
   *out = dom.info[d];
}

static void get_points(void *self, uint32_t d, lg_domain_point *out)
{
   (void)self;
   for (uint32_t i = 0; i < dom.n_intervals; i++) {
      uint64_t at = i < dom.stops_at[d] ? i : dom.stops_at[d];
      out[i] = (lg_domain_point){at, at, 10 * i};
   }
}

static void get_lag(void *self, uint32_t d, lg_lag which, lg_hist *out)
{
   (void)self;
   (void)d;
   (void)which;
   lg_hist_init(out, NULL, 0);
}

static void get_reader(void *self, uint32_t d, uint32_t nth, lg_reader *out)
{
   (void)self;
   *out = dom.readers[d][nth];
}

static void get_incident(void *self, uint32_t d, uint32_t nth, lg_incident *out)
{
   (void)self;
   *out = dom.incidents[d][nth];
}

static sim *start(uint32_t n_intervals)
{
   sim *s = sim_new(n_intervals);
   memset(&dom, 0, sizeof dom);
   dom.n_intervals = n_intervals;
   s->src.domain = get_domain;
   s->src.domain_points = get_points;
   s->src.domain_lag = get_lag;
   s->src.domain_reader = get_reader;
   s->src.domain_incident = get_incident;
   return s;
}

static uint32_t add_domain(sim *s, const char *name, lg_reclaim_scheme scheme)
{
   uint32_t d = dom.n++;
   dom.info[d] = (lg_domain_info){scheme, sim_context(s, 0, name), name, "", 0, 0};
   dom.stops_at[d] = UINT64_MAX;
   s->src.n_domains = dom.n;
   return d;
}

/* Accounts of one kind whose live blocks are the same function of time. */
typedef struct {
   sim_account *heap, *waiting, *backlog, *by_stack;
} part;

static part add_part(sim *s, uint32_t d)
{
   uint32_t context = dom.info[d].context;
   sim_add(s, OBJECT_B);
   sim_add(s, OBJECT_B);
   sim_add(s, OBJECT_B);
   sim_add(s, OBJECT_B);
   sim_account *x = s->accounts + s->n_accounts - 4; /* sim_add() moves them */
   part p = {x, x + 1, x + 2, x + 3};
   SIM_STACK(s, p.heap, "node_new", "push", "main");
   SIM_STACK(s, p.waiting, "node_new", "push", "main");
   SIM_STACK(s, p.by_stack, "defer", "pop", "main");
   /* equal stacks are at one address in a real source */
   memcpy(p.waiting->frames, p.heap->frames, sizeof p.heap->frames);
   p.waiting->kind = LG_ACCOUNT_WAITING;
   p.backlog->kind = p.by_stack->kind = LG_ACCOUNT_RETIRED;
   p.backlog->context = p.by_stack->context = context;
   return p;
}

/* As sim_info, but a heap account and its waiting part have their stack at one address. */
static void info_shared(void *self, uint32_t a, lg_account_info *out)
{
   const sim *s = self;
   sim_info(self, a, out);
   if (s->accounts[a].kind == LG_ACCOUNT_WAITING)
      out->frames = s->accounts[a - 1].frames;
}

static void run(sim *s)
{
   s->src.account = info_shared;
   sim_run(s);
}

#define FILL(s, p, expression)              \
  do {                                      \
    SIM_SHAPE(s, (p).heap, expression);     \
    SIM_SHAPE(s, (p).waiting, expression);  \
    SIM_SHAPE(s, (p).backlog, expression);  \
    SIM_SHAPE(s, (p).by_stack, expression); \
  } while (0)

static void add_stall(sim *s, uint32_t d, lg_stall diagnosis, uint64_t since)
{
   static uint32_t frames[3];
   frames[0] = sim_frame_id(s, "crossbeam_epoch::pin", "/src/default.rs", 5, "/usr/bin/prog");
   frames[1] = sim_frame_id(s, "Reader::scan", "/src/reader.rs", 40, "/usr/bin/prog");
   frames[2] = sim_frame_id(s, "main", "/src/main.rs", 9, "/usr/bin/prog");
   lg_incident *i = &dom.incidents[d][dom.info[d].n_incidents++];
   *i = (lg_incident){.diagnosis = diagnosis,
                      .is_open = 1,
                      .since = since,
                      .until = N * 10,
                      .objects = 5000,
                      .B = 5000 * OBJECT_B,
                      .peak_objects = 5000,
                      .peak_B = 5000 * OBJECT_B,
                      .thread = 3,
                      .thread_name = "reader",
                      .n_frames = 3,
                      .frames = frames};
}

static int has(const char *text, const char *piece)
{
   if (strstr(text, piece) != NULL)
      return 1;
   printf("# \"%s\" has no \"%s\"\n", text, piece);
   return 0;
}

static void a_stalled_reader_is_named(void)
{
   sim *s = start(N);
   uint32_t d = add_domain(s, "crossbeam-epoch", LG_RECLAIM_EBR);
   part p = add_part(s, d);
   FILL(s, p, (int64_t)t * PER_STEP * OBJECT_B);
   add_stall(s, d, LG_STALL_READER, 50);
   run(s);
   LGT_EQ_U(s->out.n_findings, 2);
   LGT_MUST(s->out.n_findings == 2);
   LGT_EQ_I(s->out.verdict, LG_GROWING);
   LGT_EQ_I(s->out.findings[0].kind, LG_FINDING_STALL);
   LGT_EQ_I(s->out.findings[1].kind, LG_FINDING_LAG);
   LGT_EQ_I(s->out.findings[0].trend.shape, LG_SHAPE_LAG);
   LGT_OK(has(sim_text(s, &s->out.findings[0]),
              "thread 3 \"reader\" has been pinned for 950 ms, begun at 50 ms, at Reader::scan (reader.rs:40)"));
   LGT_OK(has(sim_text(s, &s->out.findings[1]), "held up by thread 3 \"reader\""));
   LGT_OK(has(sim_text(s, &s->out.findings[1]), "retired by defer (main.c:10), called by pop < main"));
   /* the heap account is growing, but explained */
   LGT_EQ_I(s->out.accounts[0].trend.shape, LG_SHAPE_LAG);
   LGT_EQ_U(s->out.accounts[0].finding, 2);
   LGT_OK(s->out.heap_grown_B > 0);
   LGT_EQ_U(s->out.domains[d].finding, 1);
   sim_free(s);
}

static void without_waiting_accounts_nothing_is_explained(void)
{
   sim *s = start(N);
   uint32_t d = add_domain(s, "d", LG_RECLAIM_RCU);
   part p = add_part(s, d);
   FILL(s, p, (int64_t)t * PER_STEP * OBJECT_B);
   memset(p.waiting->live, 0, N * SIM_STEPS * sizeof *p.waiting->live);
   run(s);
   int n_growth = 0, n_lag = 0;
   for (uint32_t i = 0; i < s->out.n_findings; i++) {
      n_growth += s->out.findings[i].kind == LG_FINDING_GROWTH;
      n_lag += s->out.findings[i].kind == LG_FINDING_LAG;
   }
   LGT_EQ_I(n_growth, 1);
   LGT_EQ_I(n_lag, 1);
   sim_free(s);
}

/* The leak beside the backlog, through the same stack, is found and measured by itself. */
static void growth_beside_lag_has_its_own_rate(void)
{
   sim *s = start(N);
   part p = add_part(s, add_domain(s, "d", LG_RECLAIM_EBR));
   FILL(s, p, (int64_t)t * PER_STEP * OBJECT_B);
   SIM_SHAPE(s, p.heap, (int64_t)t * OBJECT_B * 3);
   run(s);
   const lg_finding *growth = NULL;
   for (uint32_t i = 0; i < s->out.n_findings; i++)
      if (s->out.findings[i].kind == LG_FINDING_GROWTH)
         growth = &s->out.findings[i];
   LGT_MUST(growth != NULL && growth->trend.verdict == LG_GROWING);
   /* 300 B in each of 8 steps per 10 ms */
   LGT_OK(growth->per_s.mB > 220000000 && growth->per_s.mB < 260000000);
   sim_free(s);
}

static void what_waits_a_while_is_healthy(void)
{
   for (int round = 0; round < 150; round++) {
      sim *s = start(N);
      part p = add_part(s, add_domain(s, "d", (lg_reclaim_scheme)(round % LG_N_RECLAIMS)));
      uint64_t period = 2 + lgt_rand_below(40), size = 1 + lgt_rand_below(500), noise = lgt_rand_below(200);
      int64_t *live[] = {p.heap->live, p.waiting->live, p.backlog->live, p.by_stack->live};
      for (uint32_t t = 0; t < N * SIM_STEPS; t++) {
         int64_t v = (int64_t)((t % period) * size + lgt_rand_below(noise + 1)) * OBJECT_B;
         for (int k = 0; k < 4; k++)
            live[k][t] = v;
      }
      run(s);
      for (uint32_t i = 0; i < s->out.n_findings; i++)
         LGT_OK(s->out.findings[i].domain == 0 &&
                (s->out.findings[i].kind != LG_FINDING_GROWTH || s->out.findings[i].trend.verdict != LG_GROWING));
      LGT_EQ_U(s->out.n_lagging, 0);
      sim_free(s);
   }
}

/* Bags of the library belong to the backlog; what users allocate through the library does not, nor what is more than a bag for each. */
static void bags_belong_to_the_backlog(void)
{
   static const struct {
      const char *fn;
      int64_t per_step;
      int is_growth;
   } cases[] = {{"crossbeam_epoch::internal::Local::defer", 1, 0},
                {"<crossbeam_epoch::internal::Global>::push_bag", 1, 0},
                {"crossbeam_epoch::internal::Local::register", 1, 1},
                {"crossbeam_epoch::atomic::Owned<T>::new", 1, 1},
                {"crossbeam_skiplist::base::Node<K,V>::alloc", 1, 1},
                {"crossbeam_epoch::internal::Local::defer", 3 * PER_STEP, 1}};
   for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
      for (int is_lagging = 0; is_lagging < 2; is_lagging++) {
         sim *s = start(N);
         part p = add_part(s, add_domain(s, "crossbeam-epoch", LG_RECLAIM_EBR));
         FILL(s, p, (is_lagging ? (int64_t)t : 1) * PER_STEP * OBJECT_B);
         sim_account *bag = sim_add(s, 2072);
         SIM_STACK(s, bag, cases[c].fn, "pop", "main");
         SIM_SHAPE(s, bag, (int64_t)t * cases[c].per_step * 2072);
         run(s);
         int n_growth = 0;
         for (uint32_t i = 0; i < s->out.n_findings; i++)
            n_growth += s->out.findings[i].kind == LG_FINDING_GROWTH && s->out.findings[i].trend.verdict == LG_GROWING;
         LGT_EQ_I(n_growth, cases[c].is_growth || !is_lagging);
         sim_free(s);
      }
   }
}

/* J1: a few objects more are not worth a finding. */
static void little_is_not_mentioned(void)
{
   sim *s = start(N);
   part p = add_part(s, add_domain(s, "d", LG_RECLAIM_EBR));
   FILL(s, p, (int64_t)(t / 16) * OBJECT_B);
   run(s);
   for (uint32_t i = 0; i < s->out.n_findings; i++)
      LGT_EQ_U(s->out.findings[i].domain, 0);
   LGT_EQ_I(s->out.domains[0].trend.verdict, LG_BOUNDED);
   sim_free(s);
   s = start(N);
   p = add_part(s, add_domain(s, "d", LG_RECLAIM_EBR));
   FILL(s, p, (int64_t)t * OBJECT_B);
   run(s);
   LGT_EQ_U(s->out.n_lagging, 1);
   sim_free(s);
}

static void a_lag_without_stall_says_what_is_known(void)
{
   sim *s = start(N);
   uint32_t d = add_domain(s, "d", LG_RECLAIM_EBR);
   part p = add_part(s, d);
   FILL(s, p, (int64_t)t * PER_STEP * OBJECT_B);
   run(s);
   LGT_MUST(s->out.n_findings == 1);
   LGT_OK(has(sim_text(s, s->out.findings), "more is retired than is freed"));
   dom.stops_at[d] = 20;
   run(s);
   LGT_OK(has(sim_text(s, s->out.findings), "nobody has advanced the epoch or collected for 780 ms, last at 210 ms"));
   dom.info[d].n_readers = 2;
   dom.readers[d][0] = (lg_reader){.thread = 1, .name = "", .is_pinned = 1, .since = 800};
   dom.readers[d][1] = (lg_reader){.thread = 4, .name = "scan\n", .is_pinned = 1, .since = 100};
   run(s);
   LGT_OK(has(sim_text(s, s->out.findings), "the oldest pin is that of thread 4 \"scan?\", begun at 100 ms"));
   sim_free(s);
}

static void ended_stalls_are_statements(void)
{
   sim *s = start(N);
   uint32_t d = add_domain(s, "d", LG_RECLAIM_HP);
   part p = add_part(s, d);
   FILL(s, p, (t > 200 && t < 400 ? (int64_t)(t - 200) : 1) * PER_STEP * OBJECT_B);
   for (int k = 0; k < 2; k++) {
      add_stall(s, d, LG_STALL_ADVANCE, 250);
      dom.incidents[d][k].is_open = 0;
      dom.incidents[d][k].until = 500;
      dom.incidents[d][k].objects = dom.incidents[d][k].B = 0;
   }
   run(s);
   LGT_EQ_U(s->out.n_lagging, 0);
   LGT_EQ_U(s->out.domains[d].n_ended, 2);
   int is_said = 0;
   for (uint32_t i = 0; sim_statement(s, i) != NULL; i++)
      is_said |= strstr(sim_statement(s, i), "2 stalls of reclamation have ended, the worst: in d") != NULL;
   LGT_OK(is_said);
   sim_free(s);
}

/* A stall that is too young for a verdict of growth leaves the run undecided, never bounded. */
static void an_open_stall_is_never_bounded(void)
{
   for (int diagnosis = 0; diagnosis < LG_N_STALLS; diagnosis++) {
      sim *s = start(N);
      uint32_t d = add_domain(s, "d", LG_RECLAIM_RCU);
      part p = add_part(s, d);
      FILL(s, p, (t % 16) * PER_STEP * OBJECT_B);
      add_stall(s, d, (lg_stall)diagnosis, 950);
      run(s);
      LGT_EQ_U(s->out.n_lagging, 1);
      LGT_EQ_I(s->out.verdict, LG_INCONCLUSIVE);
      LGT_MUST(s->out.n_findings >= 1);
      LGT_EQ_I(s->out.findings[0].kind, LG_FINDING_STALL);
      LGT_OK(has(sim_statement(s, 0), "1 reclamation domain is held up"));
      sim_free(s);
   }
}

/* N2: several domains, made in any order, give the same sentences. Of two domains in one context the first has the accounts. */
static void the_order_of_domains_does_not_matter(void)
{
   static char first[LG_SENTENCE_MAX * 4];
   for (int round = 0; round < 2; round++) {
      static const char *const names[] = {"alpha", "beta", "gamma"};
      char all[LG_SENTENCE_MAX * 4] = "";
      sim *s = start(N);
      for (int k = 0; k < 3; k++) {
         int which = round == 0 ? k : 2 - k;
         part p = add_part(s, add_domain(s, names[which], LG_RECLAIM_EBR));
         FILL(s, p, (int64_t)t * PER_STEP * OBJECT_B * (which + 1));
      }
      dom.info[dom.n] = dom.info[0];
      s->src.n_domains = ++dom.n;
      run(s);
      LGT_EQ_U(s->out.domains[3].backlog, UINT32_MAX);
      for (uint32_t i = 0; i < s->out.n_findings; i++) {
         strcat(all, sim_text(s, &s->out.findings[i]));
         strcat(all, "\n");
      }
      if (round == 0)
         strcpy(first, all);
      LGT_EQ_S(all, first);
      LGT_OK(strncmp(all, "gamma", 5) == 0);
      sim_free(s);
   }
}

static void names_of_words(void)
{
   for (int i = 0; i < LG_N_STALLS; i++)
      LGT_EQ_I(lg_stall_find(lg_stall_name((lg_stall)i), strlen(lg_stall_name((lg_stall)i))), i);
   for (int i = 0; i < LG_N_LAGS; i++)
      LGT_EQ_I(lg_lag_find(lg_lag_name((lg_lag)i), strlen(lg_lag_name((lg_lag)i))), i);
   for (int i = 0; i < LG_N_RECLAIMS; i++)
      LGT_EQ_I(lg_reclaim_find(lg_reclaim_name((lg_reclaim_scheme)i), strlen(lg_reclaim_name((lg_reclaim_scheme)i))),
               i);
   LGT_EQ_I(lg_stall_find("read", 4), LG_N_STALLS);
   LGT_EQ_I(lg_stall_find("readers", 7), LG_N_STALLS);
   LGT_EQ_I(lg_lag_find("", 0), LG_N_LAGS);
}

LGT_MAIN(LGT(a_stalled_reader_is_named), LGT(without_waiting_accounts_nothing_is_explained),
         LGT(growth_beside_lag_has_its_own_rate), LGT(what_waits_a_while_is_healthy), LGT(bags_belong_to_the_backlog),
         LGT(little_is_not_mentioned), LGT(a_lag_without_stall_says_what_is_known), LGT(ended_stalls_are_statements),
         LGT(an_open_stall_is_never_bounded), LGT(the_order_of_domains_does_not_matter), LGT(names_of_words))
