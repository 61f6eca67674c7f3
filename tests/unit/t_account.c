/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounts with packed histories against plain arrays of records, through births, deaths, resizes, halvings, mergings and writing. */
#include "lg_account.h"
#include "lg_arena.h"
#include "lg_clock.h"
#include "lg_record.h"
#include "vgshim.h"

#include "lgtest.h"

LgClock LG_(clock);

enum { ACCOUNTS = 5, BLOCKS = 2000 };

/* ---- the model ---- */

typedef struct {
   LgAccount *a;
   uint64_t live_B;
   uint32_t live_blk;
   lg_rec rec[LG_INTERVALS_MAX];
   uint32_t n;
   uint64_t deaths[LG_AGES], held[LG_AGES];
   int into; /* of a merged one; -1: none */
} plain;

typedef struct {
   LgAccount *a; /* as it was when the block was born; NULL: no block */
   int model;
   uint64_t szB;
   uint32_t birth;
} block;

static plain model[ACCOUNTS];
static block blocks[BLOCKS];

static plain *now_of(int i)
{
   while (model[i].into >= 0)
      i = model[i].into;
   return &model[i];
}

static lg_rec *open_rec(plain *m)
{
   if (m->n > 0 && m->rec[m->n - 1].index == LG_(clock).index)
      return &m->rec[m->n - 1];
   LGT_OK(m->n < LG_INTERVALS_MAX);
   lg_rec *r = &m->rec[m->n++];
   *r = (lg_rec){.index = LG_(clock).index,
                 .min_B = m->live_B,
                 .max_B = m->live_B,
                 .end_B = m->live_B,
                 .min_blk = m->live_blk,
                 .max_blk = m->live_blk,
                 .end_blk = m->live_blk};
   return r;
}

static void note(plain *m, lg_rec *r)
{
   r->end_B = m->live_B;
   r->end_blk = m->live_blk;
   r->min_B = r->end_B < r->min_B ? r->end_B : r->min_B;
   r->max_B = r->end_B > r->max_B ? r->end_B : r->max_B;
   r->min_blk = r->end_blk < r->min_blk ? r->end_blk : r->min_blk;
   r->max_blk = r->end_blk > r->max_blk ? r->end_blk : r->max_blk;
}

static void survivors(plain *m, uint32_t birth, int64_t blk, int64_t B)
{
   const uint32_t i = lg_series_find(m->rec, m->n, birth >> LG_(clock).shift);
   LGT_MUST(i < m->n);
   m->rec[i].surv_blk += blk;
   m->rec[i].held_blk += blk;
   m->rec[i].surv_B += B;
   m->rec[i].held_B += B;
}

/* ---- events, in both ---- */

static void birth(int i, block *b, uint64_t szB)
{
   plain *m = &model[i];
   *b = (block){m->a, i, szB, LG_(clock).epoch};
   LG_(account_birth)(m->a, szB);
   lg_rec *r = open_rec(m);
   m->live_B += szB;
   m->live_blk++;
   r->births++;
   r->births_B += szB;
   survivors(m, b->birth, 1, (int64_t)szB);
   note(m, r);
}

static void death(block *b)
{
   plain *m = now_of(b->model);
   LG_(account_death)(b->a, b->szB, b->birth);
   lg_rec *r = open_rec(m);
   m->live_B -= b->szB;
   m->live_blk--;
   r->deaths++;
   survivors(m, b->birth, -1, -(int64_t)b->szB);
   m->deaths[lg_age_bucket(LG_(clock).epoch - b->birth)]++;
   m->held[lg_age_bucket(LG_(clock).epoch - b->birth)]++;
   note(m, r);
   b->a = NULL;
}

static void resize(block *b, uint64_t szB)
{
   plain *m = now_of(b->model);
   LG_(account_resize)(b->a, b->szB, szB, b->birth);
   lg_rec *r = open_rec(m);
   m->live_B = m->live_B - b->szB + szB;
   survivors(m, b->birth, 0, (int64_t)szB - (int64_t)b->szB);
   r->births_B += szB;
   r->resizes++;
   note(m, r);
   b->szB = szB;
}

static void written(void)
{
   for (int i = 0; i < ACCOUNTS; i++) {
      LG_(record_survivors_written)(model[i].a);
      LG_(record_ages_written)(model[i].a);
      memset(model[i].held, 0, sizeof model[i].held);
      for (uint32_t k = 0; k < model[i].n; k++)
         model[i].rec[k].held_blk = model[i].rec[k].held_B = 0;
   }
}

/* Or goes on with the one in progress, when that is longer. */
static void next_interval(uint32_t epochs)
{
   LG_(record_close_all)();
   LG_(clock).epoch += epochs;
   LG_(clock).index = LG_(clock).epoch >> LG_(clock).shift;
   while (LG_(clock).index >= LG_INTERVALS_MAX) {
      LG_(clock).index = LG_(clock).epoch >> ++LG_(clock).shift;
      LG_(account_halve)();
      for (int i = 0; i < ACCOUNTS; i++)
         model[i].n = lg_series_halve(model[i].rec, model[i].n);
   }
   LG_(account_begin_interval)();
}

static void merge(int from, int to)
{
   static lg_rec sum[LG_INTERVALS_MAX];
   plain *a = &model[from], *b = &model[to];
   if (from == to || a->into >= 0 || b->into >= 0)
      return;
   LG_(record_close_all)();
   LG_(account_merge)(a->a, b->a);
   b->n = lg_series_add(b->rec, b->n, a->rec, a->n, sum);
   memcpy(b->rec, sum, b->n * sizeof *sum);
   b->live_B += a->live_B;
   b->live_blk += a->live_blk;
   for (int k = 0; k < LG_AGES; k++) {
      b->deaths[k] += a->deaths[k];
      b->held[k] += a->held[k];
   }
   *a = (plain){.a = a->a, .into = to};
}

/* ---- comparing ---- */

static int same(const lg_rec *a, const lg_rec *b)
{
   return a->index == b->index && a->min_blk == b->min_blk && a->max_blk == b->max_blk && a->end_blk == b->end_blk &&
          a->min_B == b->min_B && a->max_B == b->max_B && a->end_B == b->end_B && a->births == b->births &&
          a->deaths == b->deaths && a->births_B == b->births_B && a->resizes == b->resizes &&
          a->surv_blk == b->surv_blk && a->surv_B == b->surv_B && a->held_blk == b->held_blk && a->held_B == b->held_B;
}

static void compare(void)
{
   static lg_rec all[LG_INTERVALS_MAX];
   for (int i = 0; i < ACCOUNTS; i++) {
      const plain *m = &model[i];
      LGT_EQ_U(m->a->live_B, m->live_B);
      LGT_EQ_U(m->a->live_blk, m->live_blk);
      LGT_MUST(LG_(record_count)(m->a) == m->n);
      LGT_EQ_U(LG_(record_all)(m->a, all), m->n);
      for (uint32_t k = 0; k < m->n; k++) {
         lg_rec one;
         LG_(record_get)(m->a, k, &one);
         LGT_OK(same(&one, &m->rec[k]) && same(&all[k], &one));
         LGT_OK(k >= LG_(record_held_from)(m->a) || (one.held_blk == 0 && one.held_B == 0));
      }
      for (unsigned k = 0; k < LG_AGES; k++) {
         uint64_t deaths, held;
         LG_(record_ages)(m->a, k, &deaths, &held);
         LGT_OK(deaths == m->deaths[k] && held == m->held[k] && (k < LG_(record_n_ages)(m->a) || deaths == 0));
      }
   }
   LG_(account_sanity)();
   LG_(arena_sanity)();
}

static void begin(void)
{
   LG_(account_init)();
   LG_(account_begin_interval)();
   for (int i = 0; i < ACCOUNTS; i++)
      model[i] = (plain){.a = LG_(account_get)(LG_ACCOUNT_HEAP, (UInt)i + 1, 7), .into = -1};
   LGT_OK(LG_(account_get)(LG_ACCOUNT_HEAP, 1, 7) == model[0].a && LG_(account_by_id)(model[1].a->id) == model[1].a);
}

static void step(unsigned magnitude)
{
   block *b = &blocks[lgt_rand_below(BLOCKS)];
   const int i = (int)lgt_rand_below(ACCOUNTS);
   const uint64_t szB = lgt_rand_below((uint64_t)1 << (1 + lgt_rand_below(magnitude)));
   const uint64_t dice = lgt_rand_below(1000);
   if (dice < 10)
      next_interval(1 + (uint32_t)(lgt_rand_below(4) == 0 ? lgt_rand_below(300) : 0));
   else if (dice < 15)
      LG_(record_close_all)(); /* goes on with the same record */
   else if (dice < 20)
      written();
   else if (b->a && dice < 400)
      resize(b, szB);
   else if (b->a)
      death(b);
   else if (model[i].into < 0)
      birth(i, b, szB);
}

static void random_lives(void)
{
   begin();
   for (int k = 0; k < 120000; k++) {
      step(k < 40000 ? 8 : k < 80000 ? 20 : 40);
      if (k % 200 == 0)
         compare();
      if (k % 30000 == 29999)
         merge((int)lgt_rand_below(ACCOUNTS), (int)lgt_rand_below(ACCOUNTS));
   }
   next_interval(1);
   compare();
   for (int k = 0; k < BLOCKS; k++)
      if (blocks[k].a)
         death(&blocks[k]);
   compare();
}

/* Counts of one interval that pass 8, 16 bits, and go back to nothing: 2^17 blocks that are born in one and die in others. */
static void many_blocks(void)
{
   enum { N = 1 << 17 };
   static block many[N];
   begin();
   for (int k = 0; k < N; k++) {
      birth(0, &many[k], 3);
      if (k % 1000 == 0)
         next_interval(1);
   }
   compare();
   next_interval(5);
   for (int k = 0; k < N; k++) {
      death(&many[(k * 7919) % N]);
      if (k % 5000 == 0) {
         compare();
         next_interval(1);
      }
   }
   compare();
   LGT_EQ_U(model[0].live_blk, 0);
}

/* Young deaths are counted in 32 bits until those are full. */
static void full_counter(void)
{
   begin();
   model[2].a->young = model[2].a->young_held = UINT32_MAX - 2;
   model[2].deaths[0] = model[2].held[0] = UINT32_MAX - 2;
   for (int k = 0; k < 6; k++) {
      birth(2, &blocks[0], 10);
      death(&blocks[0]);
      compare();
   }
   written();
   next_interval(1);
   merge(2, 1);
   compare();
   birth(1, &blocks[0], 10);
   death(&blocks[0]);
   compare();
   LGT_EQ_U(model[1].deaths[0], (uint64_t)UINT32_MAX + 5);
}

/* After the end of the series nothing is recorded, but what is live is known. */
static void frozen(void)
{
   begin();
   birth(0, &blocks[0], 100);
   next_interval(1);
   birth(0, &blocks[1], 50);
   LG_(record_close_all)();
   LG_(account_freeze)();
   const uint32_t n = LG_(record_count)(model[0].a);
   LG_(clock).index += 3;
   LG_(clock).epoch += 3;
   LG_(account_death)(model[0].a, 100, blocks[0].birth);
   LG_(account_birth)(model[0].a, 7);
   LGT_EQ_U(model[0].a->live_B, 57);
   LGT_EQ_U(LG_(record_count)(model[0].a), n);
   LGT_OK(model[0].a->is_late && !model[1].a->is_late && !LG_(record_touched)());
   LG_(account_sanity)();
}

/* A hundred thousand small accounts: a tenth of what plain records would take. */
static void small_accounts(void)
{
   enum { N = 100000, ROUNDS = 8 };
   ULong n_recs, bytes;
   LG_(account_init)();
   LG_(account_begin_interval)();
   for (UInt round = 0; round < ROUNDS; round++) {
      for (UInt i = 1; i <= N; i++) {
         LgAccount *a = LG_(account_get)(LG_ACCOUNT_HEAP, i, 0);
         LG_(account_birth)(a, 16 + i % 48);
         LG_(account_death)(a, 16 + i % 48, LG_(clock).epoch);
         LG_(record_survivors_written)(a);
         LG_(record_ages_written)(a);
         if (i % 10000 == 0)
            next_interval(1);
      }
   }
   LG_(account_sanity)();
   LG_(arena_sanity)();
   LG_(account_stats)(&n_recs, &bytes);
   LGT_EQ_U(n_recs, N * ROUNDS);
   LGT_OK(bytes < N * (ROUNDS * sizeof(lg_rec) / 10 + sizeof(LgAccount) + 48));
   printf("# %llu bytes for each of %d accounts with %d records\n", bytes / N, N, ROUNDS);
}

LGT_MAIN(LGT(random_lives), LGT(many_blocks), LGT(full_counter), LGT(frozen), LGT(small_accounts))
