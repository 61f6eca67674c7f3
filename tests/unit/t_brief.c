/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is concluded from records alone must be what the whole series say: random programs are analysed both ways, and everything that the
 * analysis gives out is compared. */
#include "lg_brief.h"
#include "lg_analysis.h"
#include "lg_steps.h"
#include "lg_trend_shape.h"
#include "lg_word.h"
#include "lgtest.h"

enum { ACCOUNTS_MAX = 700, FNS = 12, FRAMES_MAX = 5, CONTEXTS = 6 };

typedef struct {
   lg_account_kind kind;
   uint32_t context, n_frames, frames[FRAMES_MAX];
   uint32_t n_recs;
   lg_rec recs[LG_INTERVALS_MAX];
   int64_t ages[LG_AGES];
} random_account;

typedef struct {
   lg_source src;
   lg_total totals[LG_INTERVALS_MAX];
   random_account *accounts;
   void *pieces[LG_PIECES_MAX];
   uint32_t n_pieces;
   lg_analysis out;
} program;

/* ---- a source ---- */

static void get_account(void *self, uint32_t i, lg_account_info *out)
{
   const random_account *a = &((const program *)self)->accounts[i];
   const lg_rec *last = a->n_recs > 0 ? &a->recs[a->n_recs - 1] : NULL;
   *out = (lg_account_info){.kind = a->kind, .context = a->context, .n_frames = a->n_frames, .frames = a->frames};
   out->live_B = last != NULL ? last->end_B : 0;
   out->live_blk = last != NULL ? last->end_blk : 0;
}

static void get_series(void *self, uint32_t i, lg_dense *out)
{
   const program *p = self;
   const random_account *a = &p->accounts[i];
   lg_series_expand(a->recs, a->n_recs, p->src.n_intervals, out);
   for (uint32_t k = 0; k < a->n_recs && a->recs[k].index < p->src.n_intervals; k++)
      out->surv_blk[a->recs[k].index] -= a->recs[k].held_blk;
   memcpy(out->died_at_age, a->ages, sizeof a->ages);
}

static void get_sparse(void *self, uint32_t i, lg_sparse *out)
{
   const random_account *a = &((const program *)self)->accounts[i];
   *out = (lg_sparse){a->kind, a->n_recs, a->recs};
}

static uint32_t get_fn(void *self, uint32_t frame)
{
   (void)self;
   return frame;
}

static const char *get_name(void *self, uint32_t fn)
{
   static const char *const names[FNS] = {"main", "run",       "serve", "parse", "std::vector<int>::push_back",
                                          "copy", "join",      "leaf",  "keep",  "drop",
                                          "poll", "std::__new"};
   (void)self;
   return names[fn];
}

static const char *get_empty(void *self, uint32_t id)
{
   (void)self;
   (void)id;
   return "";
}

static uint32_t get_line(void *self, uint32_t id)
{
   (void)self;
   return id;
}

static const char *get_label(void *self, uint32_t context)
{
   static const char *const labels[CONTEXTS] = {"", "a", "b", "c", "d", "e"};
   (void)self;
   return labels[context];
}

static uint32_t get_parent(void *self, uint32_t context)
{
   (void)self;
   return context / 2;
}

static void *get_piece(void *self, size_t size)
{
   program *p = self;
   void *piece = p->n_pieces < LG_PIECES_MAX ? malloc(size) : NULL;
   if (piece == NULL)
      abort();
   return p->pieces[p->n_pieces++] = memset(piece, 0x5a, size);
}

/* ---- random accounts ---- */

/* How the level of an account moves. */
typedef enum { CHURN, STEPS, LEAK, TABLE, NOISE, TEETH, WARMUP, WILD, N_STYLES } style;

static uint64_t new_level(style how, uint64_t level, uint64_t unit, uint32_t i, uint32_t n)
{
   switch (how) {
   case CHURN:
      return lgt_rand_below(8) != 0 ? 0 : unit * lgt_rand_below(3);
   case STEPS:
      return level + (lgt_rand_below(n / 4 + 1) == 0 ? unit * (1 + lgt_rand_below(2)) : 0);
   case LEAK:
      return level + unit * lgt_rand_below(3);
   case TABLE:
      return lgt_rand_below(i + 2) == 0 ? 2 * level + unit : level;
   case NOISE:
      return unit * lgt_rand_below(40);
   case TEETH:
      return lgt_rand_below(9) == 0 ? unit : level + unit;
   case WARMUP:
      return level + unit * (lgt_rand_below(n) > 2 * i);
   default:
      return lgt_rand() >> lgt_rand_below(64);
   }
}

static uint64_t between(uint64_t a, uint64_t b)
{
   uint64_t lo = a < b ? a : b, hi = a < b ? b : a;
   return lo + (hi > lo ? lgt_rand_below(hi - lo < UINT64_MAX ? hi - lo + 1 : hi - lo) : 0);
}

/* A record in which the account went from one level to another, as the tool would make it or, if it is wild, as nobody would. */
static lg_rec make_record(uint32_t index, uint64_t from, uint64_t to, uint64_t unit, int is_deep, int is_wild)
{
   lg_rec r = {.index = index, .end_B = to, .end_blk = (uint32_t)(to / unit)};
   uint64_t dip = is_deep && lgt_rand_below(4) == 0 ? between(0, from < to ? from : to) : from < to ? from : to;
   uint64_t top = (from > to ? from : to) + (lgt_rand_below(4) == 0 ? unit * lgt_rand_below(5) : 0);
   r.min_B = is_wild ? lgt_rand() >> lgt_rand_below(64) : dip;
   r.max_B = is_wild ? lgt_rand() >> lgt_rand_below(64) : top;
   r.min_blk = (uint32_t)(r.min_B / unit);
   r.max_blk = (uint32_t)(r.max_B / unit);
   r.births = lgt_rand_below(20);
   r.deaths = lgt_rand_below(20);
   r.births_B = r.births * unit;
   if (lgt_rand_below(3) == 0) {
      r.surv_blk = (int64_t)lgt_rand_below(5) - (is_wild ? 2 : 0);
      r.held_blk = r.surv_blk > 0 ? (int64_t)lgt_rand_below((uint64_t)r.surv_blk + 1) : 0;
   }
   if (to > from && lgt_rand_below(2) == 0)
      r.surv_blk += (int64_t)((to - from) / unit % 1000000);
   return r;
}

/* Sane ones hold what programs hold. */
static void make_account(random_account *a, uint32_t n, uint32_t dead, int is_sane)
{
   style how = (style)lgt_rand_below(is_sane ? WILD : N_STYLES);
   int is_wild = how == WILD && lgt_rand_below(2) == 0, is_deep = lgt_rand_below(3) == 0;
   uint64_t level = 0, unit = how == WILD ? 1 + (lgt_rand() >> 40) : 16 + 16 * lgt_rand_below(4096);
   uint32_t density = 1 + (uint32_t)lgt_rand_below(lgt_rand_below(2) ? 4 : 60);
   uint32_t begin = lgt_rand_below(2) ? 0 : (uint32_t)lgt_rand_below(n + 1), end = n;
   if (lgt_rand_below(4) == 0)
      end = begin + (uint32_t)lgt_rand_below(n - begin + 1);
   memset(a, 0, sizeof *a);
   a->kind = lgt_rand_below(12) == 0 ? LG_ACCOUNT_MAPPING : LG_ACCOUNT_HEAP;
   if (a->kind == LG_ACCOUNT_HEAP && begin < dead)
      begin = dead;
   a->context = (uint32_t)lgt_rand_below(CONTEXTS);
   a->n_frames = (uint32_t)lgt_rand_below(FRAMES_MAX + 1);
   for (uint32_t i = 0; i < a->n_frames; i++)
      a->frames[i] = (uint32_t)lgt_rand_below(FNS);
   for (uint32_t i = begin; i < end; i++) {
      if (lgt_rand_below(density) != 0)
         continue;
      uint64_t to = new_level(how, level, unit, i - begin, n);
      a->recs[a->n_recs++] = make_record(i, level, to, unit, is_deep, is_wild);
      level = to;
   }
   for (uint32_t k = 0; k < LG_AGES; k++)
      a->ages[k] = lgt_rand_below(6) == 0 ? (int64_t)lgt_rand_below(30) : 0;
}

/* The fewest rises that growth can be seen in, or fewer: evenly spaced, of a block that becomes larger, of blocks of which only every second
 * brings bytes, or of blocks that stay while many others come and go. */
static void make_even_account(random_account *a, uint32_t n, uint32_t dead)
{
   enum { ONE_BLOCK, BLOCKS, HALF_EMPTY, AMONG_OTHERS, N_WAYS };
   uint32_t n_rises = 3 + (uint32_t)lgt_rand_below(7), how = (uint32_t)lgt_rand_below(N_WAYS), rises = 0;
   int64_t kept = (int64_t)lgt_rand_below(4);
   memset(a, 0, sizeof *a);
   a->n_frames = 1;
   a->frames[0] = (uint32_t)lgt_rand_below(FNS);
   for (uint32_t i = dead; i < n; i++) {
      int is_rise = (i - dead) * n_rises / (n - dead) != (i + 1 - dead) * n_rises / (n - dead);
      lg_rec r = {.index = i};
      if (!is_rise && how != AMONG_OTHERS)
         continue;
      rises += is_rise;
      uint64_t before = rises - (uint32_t)is_rise, noise = how == AMONG_OTHERS ? lgt_rand_below(30) : 0;
      uint64_t half = how == HALF_EMPTY;
      r.min_blk = (uint32_t)(how == ONE_BLOCK ? before > 0 : before);
      r.max_blk = r.end_blk = (uint32_t)(how == ONE_BLOCK ? 1 : rises + noise);
      r.min_B = (before >> half) * 65536;
      r.max_B = r.end_B = ((rises >> half) + noise) * 65536;
      r.births = noise + (uint64_t)is_rise;
      r.surv_blk = is_rise ? kept : 0;
      a->recs[a->n_recs++] = r;
   }
   a->ages[0] = how == AMONG_OTHERS ? 3000 : 0;
}

static uint64_t limited_sum(uint64_t a, uint64_t b)
{
   return a + b < (uint64_t)1 << 60 ? a + b : (uint64_t)1 << 60;
}

static void fill_totals(program *p)
{
   static lg_dense d;
   uint64_t is_loaded = lgt_rand_below(2), ticks = lgt_rand_below(2) ? 0 : 1 + lgt_rand_below(50), load = 0;
   memset(p->totals, 0, sizeof p->totals);
   for (uint32_t a = 0; a < p->src.n_accounts; a++) {
      uint64_t allocs = 0, frees = 0, allocated_B = 0;
      if (p->accounts[a].kind != LG_ACCOUNT_HEAP)
         continue;
      get_series(p, a, &d);
      for (uint32_t i = 0; i < d.n; i++) {
         lg_total *t = &p->totals[i];
         t->live_B = limited_sum(t->live_B, (uint64_t)d.end_B[i]);
         t->live_blk = limited_sum(t->live_blk, (uint64_t)d.end_blk[i]);
         t->floor_B = limited_sum(t->floor_B, (uint64_t)d.min_B[i]);
         t->ceiling_B = limited_sum(t->ceiling_B, (uint64_t)d.max_B[i]);
         t->allocs = limited_sum(t->allocs, allocs += (uint64_t)d.births[i]);
         t->frees = limited_sum(t->frees, frees += (uint64_t)d.deaths[i]);
         t->allocated_B = limited_sum(t->allocated_B, allocated_B += (uint64_t)d.births_B[i]);
      }
   }
   for (uint32_t i = 0; i < p->src.n_intervals; i++) {
      lg_total *t = &p->totals[i];
      t->time = (uint64_t)(i + 1) * (10 << p->src.shift);
      load += ticks * (is_loaded ? lgt_rand_below(i % 20 < 8 ? 1 : 9) : 4);
      t->ticks = load;
   }
}

static void make_any_account(random_account *a, uint32_t n, uint32_t dead, int is_sane)
{
   if (lgt_rand_below(4) == 0 && n > dead)
      make_even_account(a, n, dead);
   else
      make_account(a, n, dead, is_sane);
}

static program *make_program(uint32_t n_accounts, uint32_t n, int is_sane)
{
   program *p = calloc(1, sizeof *p);
   if (p == NULL || (p->accounts = calloc(n_accounts + 1, sizeof *p->accounts)) == NULL)
      abort();
   uint32_t dead = lgt_rand_below(2) ? 0 : (uint32_t)lgt_rand_below(n / 4 + 1);
   for (uint32_t a = 0; a < n_accounts; a++)
      make_any_account(&p->accounts[a], n, dead, is_sane);
   p->src =
      (lg_source){.self = p,
                  .n_accounts = n_accounts,
                  .n_intervals = n,
                  .shift = (uint32_t)lgt_rand_below(8),
                  .base = 10,
                  .unit = 'm',
                  .totals = p->totals,
                  .exit_interval = n > 0 ? n - 1 - (lgt_rand_below(3) == 0 ? (uint32_t)lgt_rand_below(n) / 4 : 0) : 0,
                  .account = get_account,
                  .series = get_series,
                  .sparse = get_sparse,
                  .frame_fn = get_fn,
                  .fn_name = get_name,
                  .frame_file = get_empty,
                  .frame_line = get_line,
                  .frame_object = get_empty,
                  .context_label = get_label,
                  .context_parent = get_parent};
   fill_totals(p);
   return p;
}

static void release(program *p)
{
   while (p->n_pieces > 0)
      free(p->pieces[--p->n_pieces]);
   free(p->accounts);
   free(p);
}

static void analyse(program *p)
{
   lg_params params;
   lg_params_init(&params);
   LGT_MUST(lg_analysis_run(&p->src, &params, &(lg_memory){p, get_piece}, &p->out));
}

/* ---- both ways ---- */

static void same(int line, const char *field, uint64_t x, uint64_t y)
{
   if (x != y)
      lgt_fail(__FILE__, line, "%s is %" PRIu64 " by records, %" PRIu64 " by series", field, x, y);
}

#define SAME(field) same(__LINE__, #field, (uint64_t)x->field, (uint64_t)y->field)

static void compare_trends(const lg_trend *x, const lg_trend *y)
{
   SAME(verdict), SAME(why), SAME(clock), SAME(warming_up), SAME(from), SAME(to);
   SAME(grown_B), SAME(grown_lo_B), SAME(grown_hi_B), SAME(grown_blk);
}

static void compare_slopes(const lg_slope *x, const lg_slope *y)
{
   SAME(is_known), SAME(mB), SAME(lo_mB), SAME(hi_mB);
}

static void compare_findings(const program *p, const lg_finding *x, const lg_finding *y)
{
   static char text_x[LG_SENTENCE_MAX], text_y[LG_SENTENCE_MAX];
   lg_text t;
   compare_trends(&x->trend, &y->trend);
   SAME(trend.shape);
   SAME(kind), SAME(about), SAME(account), SAME(n_accounts), SAME(context), SAME(n_frames), SAME(first_frame);
   SAME(n_outer), SAME(live_B), SAME(live_blk), SAME(judged_B), SAME(judged_blk), SAME(change_B), SAME(change_blk);
   SAME(part_B), SAME(base_B), SAME(begin), SAME(end), SAME(ticks), SAME(rises), SAME(n_judged), SAME(births);
   SAME(deaths), SAME(n_events), SAME(is_open), SAME(is_cut_stack), SAME(is_covered), SAME(rank_B), SAME(until_limit);
   SAME(until_double);
   compare_slopes(&x->per_s, &y->per_s);
   compare_slopes(&x->per_tick, &y->per_tick);
   compare_slopes(&x->per_unit, &y->per_unit);
   lg_text_init(&t, text_x, sizeof text_x);
   lg_word_finding(&t, &p->src, x);
   lg_text_init(&t, text_y, sizeof text_y);
   lg_word_finding(&t, &p->src, y);
   LGT_EQ_S(text_x, text_y);
}

static void compare_runs(const lg_analysis *x, const lg_analysis *y)
{
   SAME(n_findings), SAME(n_left_out), SAME(verdict), SAME(first_judged), SAME(n_judged), SAME(n_drained);
   SAME(is_exited), SAME(is_short), SAME(is_partial), SAME(is_warming_up), SAME(n_growing), SAME(n_bounded);
   SAME(n_undecided), SAME(n_warming), SAME(undecided_B), SAME(warming_B), SAME(largest_undecided), SAME(floor_B);
   SAME(judged_B), SAME(heap_grown_B), SAME(mapped_grown_B), SAME(until_limit), SAME(until_double);
   compare_slopes(&x->per_s, &y->per_s);
   compare_slopes(&x->per_tick, &y->per_tick);
   compare_slopes(&x->per_unit, &y->per_unit);
}

/* What was met, so that the comparison is known to have compared something. */
static struct {
   uint64_t settled, growing, undecided, of_account, of_sum, sudden;
} met;

static void compare_program(program *p)
{
   static lg_dense scratch;
   lg_analysis by_series;
   p->src.sparse = NULL;
   analyse(p);
   by_series = p->out;
   void *kept[LG_PIECES_MAX];
   uint32_t n_kept = p->n_pieces;
   memcpy(kept, p->pieces, sizeof kept);
   p->n_pieces = 0;
   p->src.sparse = get_sparse;
   analyse(p);
   const lg_analysis *a = &p->out;
   compare_runs(a, &by_series);
   for (uint32_t i = 0; i < p->src.n_accounts; i++) {
      const lg_account_result *x = &a->accounts[i], *y = &by_series.accounts[i];
      compare_trends(&x->trend, &y->trend);
      SAME(judged_B), SAME(finding), SAME(kind);
      LGT_EQ_U(lg_account_shape(&p->src, a, i, &scratch), y->trend.shape);
      met.settled += x->has_no_shape;
      met.growing += x->trend.verdict == LG_GROWING;
      met.undecided += x->trend.verdict == LG_INCONCLUSIVE;
   }
   for (uint32_t i = 0; i < a->n_findings && i < by_series.n_findings; i++) {
      const lg_finding *f = &a->findings[i];
      compare_findings(p, f, &by_series.findings[i]);
      met.of_sum += f->n_accounts > 1;
      met.of_account += f->n_accounts == 1 && f->kind == LG_FINDING_GROWTH;
      met.sudden += f->kind == LG_FINDING_BURST || f->kind == LG_FINDING_STEP;
   }
   while (n_kept > 0)
      free(kept[--n_kept]);
}

static void records_and_series_say_the_same(void)
{
   for (int round = 0; round < 400 && lgt.failures == 0; round++) {
      uint32_t n = round % 8 == 0 ? (uint32_t)lgt_rand_below(30) : 16 + (uint32_t)lgt_rand_below(LG_INTERVALS_MAX - 15);
      program *p = make_program((uint32_t)lgt_rand_below(round % 16 == 0 ? ACCOUNTS_MAX : 60), n, round % 4);
      compare_program(p);
      release(p);
   }
   LGT_OK(met.settled > 2000);
   LGT_OK(met.growing > 150);
   LGT_OK(met.undecided > 300);
   LGT_OK(met.of_account > 100);
   LGT_OK(met.of_sum > 3);
   LGT_OK(met.sudden > 20);
}

/* Many small accounts that grow only together, some of which did more. */
static void spread_growth_is_found_by_records_too(void)
{
   met.of_sum = 0;
   for (int round = 0; round < 40 && lgt.failures == 0; round++) {
      program *p = make_program(300, 60 + (uint32_t)lgt_rand_below(140), 1);
      for (uint32_t a = 0; a < 300; a++) {
         random_account *x = &p->accounts[a];
         uint64_t level = 0;
         if (a % 10 == 9 && round % 2 == 0)
            continue;
         x->kind = LG_ACCOUNT_HEAP;
         x->n_recs = 0;
         for (uint32_t i = a % 40; i < p->src.n_intervals; i++) {
            if (lgt_rand_below(p->src.n_intervals / 3) != 0)
               continue;
            x->recs[x->n_recs++] = make_record(i, level, level + 4096, 4096, 0, 0);
            level += 4096;
         }
      }
      fill_totals(p);
      compare_program(p);
      release(p);
   }
   LGT_OK(met.of_sum > 5);
}

/* B1, with loads that no program of this test has. */
static void settled_accounts_are_bounded_under_any_load(void)
{
   static random_account a;
   static lg_dense d;
   static uint64_t ticks[LG_INTERVALS_MAX], alloc_B[LG_INTERVALS_MAX];
   uint32_t n_settled = 0;
   for (int round = 0; round < 60000; round++) {
      uint32_t n = (uint32_t)lgt_rand_below(LG_INTERVALS_MAX), first = (uint32_t)lgt_rand_below(n / 3 + 1);
      lg_brief b;
      lg_trend t;
      make_any_account(&a, n + 1, lgt_rand_below(2) ? 0 : first, 0);
      const lg_sparse sparse = {a.kind, a.n_recs, a.recs};
      lg_series_expand(a.recs, a.n_recs, n + 1, &d);
      memcpy(d.died_at_age, a.ages, sizeof a.ages);
      for (uint32_t k = 0; k < a.n_recs; k++)
         d.surv_blk[a.recs[k].index] -= a.recs[k].held_blk;
      lg_dense_skip(&d, first);
      lg_brief_read(&sparse, first, n - first, &b);
      uint64_t busy = 1 + lgt_rand_below(60), phase = lgt_rand_below(60);
      for (uint32_t i = 0; i < d.n; i++) {
         uint64_t before_t = i > 0 ? ticks[i - 1] : 0, before_B = i > 0 ? alloc_B[i - 1] : 0;
         ticks[i] = before_t + ((i + phase) % 60 < busy ? 5 + lgt_rand_below(5) : 0);
         alloc_B[i] = before_B + ((i + phase) % 60 < busy ? lgt_rand_below(1 << 20) : 0) + (uint64_t)d.births_B[i];
      }
      const lg_trend_in in = {&d, 4, lgt_rand_below(2) ? ticks : NULL, lgt_rand_below(4) ? alloc_B : NULL};
      lg_trend_judge(&in, &t);
      LGT_EQ_I(b.end_B, n > first ? d.end_B[n - first - 1] : 0);
      if (!b.is_settled)
         continue;
      n_settled++;
      LGT_EQ_U(t.verdict, LG_BOUNDED);
      LGT_EQ_U(t.why, LG_WHY_BOUNDED);
      LGT_EQ_U(t.clock, LG_CLOCK_TIME);
      LGT_OK(!t.warming_up && t.from == 0 && t.to == 0 && t.grown_B == 0 && t.grown_hi_B == 0 && t.grown_blk == 0);
   }
   LGT_OK(n_settled > 15000 && n_settled < 55000);
}

static void briefs_are_what_the_series_hold(void)
{
   static random_account a;
   static lg_dense d;
   int64_t floors[LG_INTERVALS_MAX];
   for (int round = 0; round < 5000; round++) {
      uint32_t n = 1 + (uint32_t)lgt_rand_below(LG_INTERVALS_MAX), first = (uint32_t)lgt_rand_below(n);
      int64_t highest = 0;
      int has_moved = 0;
      lg_brief b;
      make_account(&a, n, 0, 0);
      const lg_sparse sparse = {a.kind, a.n_recs, a.recs};
      lg_series_expand(a.recs, a.n_recs, n, &d);
      lg_brief_read(&sparse, first, n - first, &b);
      lg_brief_floors(&sparse, first, n - first, floors);
      for (uint32_t i = first; i < n; i++) {
         LGT_EQ_I(floors[i - first], d.min_B[i]);
         LGT_EQ_I(lg_brief_ceiling(&sparse, i), d.max_B[i]);
         LGT_EQ_I(lg_brief_held(&sparse, i), d.end_B[i]);
         highest = d.min_B[i] > highest ? d.min_B[i] : highest;
         has_moved |= d.min_B[i] != d.min_B[first] || d.min_blk[i] != d.min_blk[first];
      }
      LGT_EQ_I(b.highest_B, highest);
      LGT_EQ_I(b.has_moved, has_moved);
   }
}

static int64_t plus(int64_t a, int64_t b)
{
   return a + b > LG_VALUE_MAX ? LG_VALUE_MAX : a + b;
}

static void add_series(lg_dense *sum, const lg_dense *d)
{
   for (uint32_t i = 0; i < sum->n; i++) {
      sum->min_B[i] = plus(sum->min_B[i], d->min_B[i]);
      sum->max_B[i] = plus(sum->max_B[i], d->max_B[i]);
      sum->end_B[i] = plus(sum->end_B[i], d->end_B[i]);
      sum->end_blk[i] = plus(sum->end_blk[i], d->end_blk[i]);
      sum->births[i] = plus(sum->births[i], d->births[i]);
      sum->deaths[i] = plus(sum->deaths[i], d->deaths[i]);
   }
}

static void compare_sums(const lg_dense *x, const lg_dense *y)
{
   for (uint32_t i = 0; i < x->n; i++) {
      SAME(min_B[i]), SAME(max_B[i]), SAME(end_B[i]), SAME(end_blk[i]), SAME(births[i]), SAME(deaths[i]);
   }
}

static void steps_add_up(void)
{
   static random_account accounts[400];
   static lg_dense one, by_steps, by_series;
   static lg_steps steps;
   int n_cut = 0;
   for (int round = 0; round < 60; round++) {
      uint32_t n = 1 + (uint32_t)lgt_rand_below(LG_INTERVALS_MAX), first = (uint32_t)lgt_rand_below(n), n_kept = 200;
      int is_cut = 0;
      lg_steps_clear(&steps, n - first);
      lg_series_expand(NULL, 0, n - first, &by_steps);
      lg_series_expand(NULL, 0, n - first, &by_series);
      for (uint32_t a = 0; a < 400; a++) {
         make_account(&accounts[a], n, 0, round % 2);
         const lg_sparse sparse = {accounts[a].kind, accounts[a].n_recs, accounts[a].recs};
         if (lg_steps_add(&steps, &sparse, first))
            is_cut |= lg_steps_flush(&steps, &by_steps);
         lg_series_expand(accounts[a].recs, accounts[a].n_recs, n, &one);
         lg_dense_skip(&one, first);
         if (a >= n_kept)
            add_series(&by_series, &one);
      }
      is_cut |= lg_steps_flush(&steps, &by_steps);
      n_cut += is_cut;
      for (uint32_t a = 0; a < n_kept && !is_cut; a++) {
         const lg_sparse sparse = {accounts[a].kind, accounts[a].n_recs, accounts[a].recs};
         if (lg_steps_take_out(&steps, &sparse, first))
            lg_steps_flush(&steps, &by_steps);
      }
      lg_steps_flush(&steps, &by_steps);
      for (uint32_t a = 0; a < n_kept && is_cut; a++) {
         lg_series_expand(accounts[a].recs, accounts[a].n_recs, n, &one);
         lg_dense_skip(&one, first);
         add_series(&by_series, &one);
      }
      compare_sums(&by_steps, &by_series);
   }

   LGT_OK(n_cut > 5 && n_cut < 55);
}

LGT_MAIN(LGT(records_and_series_say_the_same), LGT(spread_growth_is_found_by_records_too),
         LGT(settled_accounts_are_bounded_under_any_load), LGT(briefs_are_what_the_series_hold), LGT(steps_add_up))
