/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series against a brute-force model that keeps the whole history of one account, event by event. */
#include "lg_series.h"
#include "lg_flow.h"
#include "lgtest.h"

enum { MODEL_BASES = LG_INTERVALS_MAX << 3, MODEL_BLOCKS = 4000 };

typedef struct {
   uint32_t born_base, died_base; /* died_base == UINT32_MAX: alive */
   uint64_t size_B;
} model_block;

/* Exact truth per base interval. */
typedef struct {
   uint32_t n_bases, n_blocks;
   lg_rec base[MODEL_BASES];
   int active[MODEL_BASES];
   model_block block[MODEL_BLOCKS];
} model;

static void model_level(lg_rec *r, uint64_t live_B, uint32_t live_blk)
{
   if (live_B < r->min_B)
      r->min_B = live_B;
   if (live_B > r->max_B)
      r->max_B = live_B;
   if (live_blk < r->min_blk)
      r->min_blk = live_blk;
   if (live_blk > r->max_blk)
      r->max_blk = live_blk;
   r->end_B = live_B;
   r->end_blk = live_blk;
}

/* A random history: bursts of allocations and frees with long silences, at any density. */
static void model_run(model *m, uint32_t n_bases)
{
   memset(m, 0, sizeof *m);
   m->n_bases = n_bases;
   uint64_t live_B = 0;
   uint32_t live_blk = 0, silence = 1 + (uint32_t)lgt_rand_below(20), grow = (uint32_t)lgt_rand_below(3);
   for (uint32_t t = 0; t < n_bases; t++) {
      lg_rec *r = &m->base[t];
      r->index = t;
      r->min_B = r->max_B = r->end_B = live_B;
      r->min_blk = r->max_blk = r->end_blk = live_blk;
      if (lgt_rand_below(silence) != 0)
         continue;
      for (uint64_t k = 1 + lgt_rand_below(6); k > 0; k--) {
         if (lgt_rand_below(3 + grow) < 1 + grow && m->n_blocks < MODEL_BLOCKS) {
            model_block *b = &m->block[m->n_blocks++];
            b->born_base = t;
            b->died_base = UINT32_MAX;
            b->size_B = lgt_rand_below(1000);
            live_B += b->size_B;
            live_blk++;
            r->births++;
            r->births_B += b->size_B;
         } else if (m->n_blocks > 0) {
            model_block *b = &m->block[lgt_rand_below(m->n_blocks)];
            if (b->died_base != UINT32_MAX)
               continue;
            b->died_base = t;
            live_B -= b->size_B;
            live_blk--;
            r->deaths++;
         } else {
            continue;
         }
         m->active[t] = 1;
         model_level(r, live_B, live_blk);
      }
   }
   for (uint32_t i = 0; i < m->n_blocks; i++)
      if (m->block[i].died_base == UINT32_MAX) {
         m->base[m->block[i].born_base].surv_blk++;
         m->base[m->block[i].born_base].surv_B += (int64_t)m->block[i].size_B;
      }
}

/* The sparse records of the model's base intervals [0, n). */
static uint32_t model_sparse(const model *m, lg_rec *out)
{
   uint32_t n = 0;
   for (uint32_t t = 0; t < m->n_bases; t++)
      if (m->active[t])
         out[n++] = m->base[t];
   return n;
}

/* What interval (index, shift) must hold, from the base intervals it covers. */
static lg_rec model_interval(const model *m, uint32_t index, uint32_t shift)
{
   uint32_t first = index << shift, last = (index + 1) << shift;
   lg_rec r = m->base[first];
   r.index = index;
   for (uint32_t t = first + 1; t < last && t < m->n_bases; t++) {
      const lg_rec *b = &m->base[t];
      r.min_B = b->min_B < r.min_B ? b->min_B : r.min_B;
      r.max_B = b->max_B > r.max_B ? b->max_B : r.max_B;
      r.min_blk = b->min_blk < r.min_blk ? b->min_blk : r.min_blk;
      r.max_blk = b->max_blk > r.max_blk ? b->max_blk : r.max_blk;
      r.end_B = b->end_B;
      r.end_blk = b->end_blk;
      r.births += b->births;
      r.deaths += b->deaths;
      r.births_B += b->births_B;
      r.surv_blk += b->surv_blk;
      r.surv_B += b->surv_B;
   }
   return r;
}

static void check_dense(const model *m, const lg_dense *d, uint32_t i, uint32_t shift)
{
   lg_rec want = model_interval(m, i, shift);
   LGT_EQ_I(d->min_B[i], want.min_B);
   LGT_EQ_I(d->max_B[i], want.max_B);
   LGT_EQ_I(d->end_B[i], want.end_B);
   LGT_EQ_I(d->min_blk[i], want.min_blk);
   LGT_EQ_I(d->max_blk[i], want.max_blk);
   LGT_EQ_I(d->end_blk[i], want.end_blk);
   LGT_EQ_I(d->births[i], want.births);
   LGT_EQ_I(d->deaths[i], want.deaths);
   LGT_EQ_I(d->births_B[i], want.births_B);
   LGT_EQ_I(d->surv_blk[i], want.surv_blk);
   LGT_EQ_I(d->surv_B[i], want.surv_B);
}

/* S1..S3 at every shift: halving what was halved equals the truth computed from scratch. */
static void halving_is_exact(void)
{
   static model m;
   static lg_rec recs[MODEL_BASES];
   static lg_dense d;
   for (int round = 0; round < 300; round++) {
      model_run(&m, 1 + (uint32_t)lgt_rand_below(MODEL_BASES));
      uint32_t n = model_sparse(&m, recs);
      for (uint32_t shift = 0; shift <= 12; shift++) {
         uint32_t n_intervals = (m.n_bases + (1u << shift) - 1) >> shift;
         for (uint32_t i = 1; i < n; i++)
            LGT_OK(recs[i - 1].index < recs[i].index);
         if (n_intervals <= LG_INTERVALS_MAX) {
            lg_series_expand(recs, n, n_intervals, &d);
            LGT_EQ_U(d.n, n_intervals);
            for (uint32_t i = 0; i < n_intervals && lgt.failures < 20; i++)
               check_dense(&m, &d, i, shift);
         }
         n = lg_series_halve(recs, n);
      }
   }
}

/* A writer may halve in the middle of the run and go on: the result is that of halving at the end. */
static void halving_midway_is_exact(void)
{
   static model m;
   static lg_rec recs[MODEL_BASES], late[MODEL_BASES];
   static lg_dense d;
   for (int round = 0; round < 300; round++) {
      model_run(&m, 2 + (uint32_t)lgt_rand_below(2 * LG_INTERVALS_MAX - 2));
      uint32_t n_all = model_sparse(&m, late), n = 0, next = 0;
      uint32_t cut = (uint32_t)lgt_rand_below(m.n_bases / 2 + 1) * 2; /* the shift rises between two base intervals */
      while (next < n_all && late[next].index < cut)
         recs[n++] = late[next++];
      n = lg_series_halve(recs, n);
      uint32_t n_late = 0;
      for (uint32_t i = next; i < n_all; i++)
         late[n_late++] = late[i];
      for (uint32_t i = 0; i < n_late; i++) { /* the writer fills the coarser record directly */
         uint32_t index = late[i].index >> 1;
         if (n > 0 && recs[n - 1].index == index) {
            lg_rec_merge(&recs[n - 1], &late[i]);
            continue;
         }
         lg_rec_widen(&late[i], n > 0 ? recs[n - 1].end_B : 0, n > 0 ? recs[n - 1].end_blk : 0);
         recs[n] = late[i];
         recs[n++].index = index;
      }
      uint32_t n_intervals = (m.n_bases + 1) / 2;
      lg_series_expand(recs, n, n_intervals, &d);
      for (uint32_t i = 0; i < n_intervals && lgt.failures < 20; i++)
         check_dense(&m, &d, i, 1);
   }
}

static void halving_nothing(void)
{
   LGT_EQ_U(lg_series_halve(NULL, 0), 0);
   lg_rec one = {.index = UINT32_MAX, .min_B = 5, .max_B = 7, .end_B = 6, .min_blk = 1, .max_blk = 1, .end_blk = 1};
   LGT_EQ_U(lg_series_halve(&one, 1), 1);
   LGT_EQ_U(one.index, UINT32_MAX / 2);
   LGT_EQ_U(one.min_B, 0); /* an odd record: the half before it held nothing */
   LGT_EQ_U(one.max_B, 7);
}

static void find_agrees_with_a_scan(void)
{
   lg_rec recs[64];
   for (int round = 0; round < 3000; round++) {
      uint32_t n = (uint32_t)lgt_rand_below(64), index = 0;
      memset(recs, 0, sizeof recs);
      for (uint32_t i = 0; i < n; i++)
         recs[i].index = index += 1 + (uint32_t)lgt_rand_below(4);
      for (uint32_t want = 0; want <= index + 2; want++) {
         uint32_t at = 0;
         while (at < n && recs[at].index != want)
            at++;
         LGT_EQ_U(lg_series_find(recs, n, want), at);
      }
   }
   LGT_EQ_U(lg_series_find(NULL, 0, 3), 0);
}

/* A sum has the union of the records; ends and counts add up, and the bounds hold what both ends of an interval say. */
static void sums_of_series(void)
{
   lg_rec a[64], b[64], sum[LG_INTERVALS_MAX];
   static lg_dense da, db, ds;
   for (int round = 0; round < 2000; round++) {
      lg_rec *both[2] = {a, b};
      uint32_t n[2];
      memset(a, 0, sizeof a);
      memset(b, 0, sizeof b);
      for (int k = 0; k < 2; k++) {
         uint32_t index = (uint32_t)lgt_rand_below(3);
         uint64_t held = 0;
         n[k] = (uint32_t)lgt_rand_below(40);
         for (uint32_t i = 0; i < n[k]; i++, index += 1 + (uint32_t)lgt_rand_below(3)) {
            uint64_t end = lgt_rand_below(1000);
            uint64_t low = held < end ? held : end, high = held < end ? end : held;
            both[k][i] = (lg_rec){.index = index,
                                  .min_B = low / 2,
                                  .max_B = high + 5,
                                  .end_B = end,
                                  .end_blk = (uint32_t)end,
                                  .max_blk = (uint32_t)high,
                                  .min_blk = (uint32_t)low,
                                  .births = i,
                                  .surv_B = (int64_t)i};
            held = end;
         }
      }
      uint32_t n_sum = lg_series_add(a, n[0], b, n[1], sum);
      lg_series_expand(a, n[0], LG_INTERVALS_MAX, &da);
      lg_series_expand(b, n[1], LG_INTERVALS_MAX, &db);
      lg_series_expand(sum, n_sum, LG_INTERVALS_MAX, &ds);
      for (uint32_t i = 0; i < LG_INTERVALS_MAX; i++) {
         int64_t before = i > 0 ? ds.end_B[i - 1] : 0;
         LGT_EQ_I(ds.end_B[i], da.end_B[i] + db.end_B[i]);
         LGT_EQ_I(ds.end_blk[i], da.end_blk[i] + db.end_blk[i]);
         LGT_EQ_I(ds.births[i], da.births[i] + db.births[i]);
         LGT_EQ_I(ds.surv_B[i], da.surv_B[i] + db.surv_B[i]);
         LGT_OK(ds.min_B[i] <= ds.end_B[i] && ds.end_B[i] <= ds.max_B[i]);
         LGT_OK(ds.min_B[i] <= before && before <= ds.max_B[i]);
         LGT_OK(ds.min_B[i] >= da.min_B[i] + db.min_B[i] && ds.max_B[i] <= da.max_B[i] + db.max_B[i]);
         LGT_OK(ds.min_blk[i] <= ds.end_blk[i] && ds.end_blk[i] <= ds.max_blk[i]);
      }
   }
   LGT_EQ_U(lg_series_add(NULL, 0, NULL, 0, sum), 0);
}

static void expand_clamps_hostile_values(void)
{
   static lg_dense d;
   lg_rec recs[3] = {
      {.index = 1,
       .min_B = UINT64_MAX,
       .max_B = UINT64_MAX,
       .end_B = UINT64_MAX,
       .births = UINT64_MAX,
       .surv_blk = INT64_MIN,
       .surv_B = INT64_MAX,
       .end_blk = UINT32_MAX},
      {.index = 2, .surv_blk = -1},
      {.index = 4000000000u},
   };
   lg_series_expand(recs, 3, LG_INTERVALS_MAX + 50, &d);
   LGT_EQ_U(d.n, LG_INTERVALS_MAX);
   LGT_EQ_I(d.end_B[0], 0);
   LGT_EQ_I(d.min_B[1], LG_VALUE_MAX);
   LGT_EQ_I(d.births[1], LG_VALUE_MAX);
   LGT_EQ_I(d.surv_blk[1], 0);
   LGT_EQ_I(d.surv_B[1], LG_VALUE_MAX);
   LGT_EQ_I(d.end_blk[1], UINT32_MAX);
   LGT_EQ_I(d.surv_blk[2], 0);
   LGT_EQ_I(d.end_B[LG_INTERVALS_MAX - 1], 0);
   int64_t sum = 0;
   for (int i = 0; i < LG_INTERVALS_MAX; i++)
      sum += LG_VALUE_MAX;
   LGT_OK(sum > 0);
   lg_series_expand(recs, 3, 0, &d);
   LGT_EQ_U(d.n, 0);
}

static void merging_hostile_counters_wraps(void)
{
   lg_rec a = {.index = 0, .births = UINT64_MAX, .surv_blk = INT64_MAX, .surv_B = INT64_MIN}, b = a;
   lg_rec_merge(&a, &b);
   LGT_EQ_U(a.births, UINT64_MAX - 1);
   LGT_EQ_I(a.surv_blk, -2);
   LGT_EQ_I(a.surv_B, 0);
}

static void age_buckets(void)
{
   LGT_EQ_U(lg_age_bucket(0), 0);
   LGT_EQ_U(lg_age_bucket(1), 0);
   LGT_EQ_U(lg_age_of_bucket(0), 0);
   for (uint32_t k = 1; k < LG_AGES; k++) {
      uint64_t begin = lg_age_of_bucket(k);
      LGT_EQ_U(lg_age_bucket(begin), k);
      LGT_EQ_U(lg_age_bucket(begin - 1), k - 1);
      LGT_EQ_U(begin, k & 1 ? (uint64_t)1 << (k / 2 + 1) : (uint64_t)3 << (k / 2 - 1));
   }
   LGT_EQ_U(lg_age_bucket(UINT64_MAX), LG_AGES - 1);
}

static void draining(void)
{
   LGT_OK(!lg_is_draining(0, 0));
   LGT_OK(lg_is_draining(0, 1));
   LGT_OK(!lg_is_draining(1, 7));
   LGT_OK(lg_is_draining(1, 8));
   LGT_OK(!lg_is_draining(UINT64_MAX / 4, UINT64_MAX));
   LGT_OK(lg_is_draining(UINT64_MAX / 8, UINT64_MAX));
}

/* What came and went, event by event, in the two orders that the guess knows. */
static void flows_guess_two_orders(void)
{
   for (int round = 0; round < 20000; round++) {
      uint32_t before = (uint32_t)lgt_rand_below(5), births = (uint32_t)lgt_rand_below(5);
      uint32_t deaths = (uint32_t)lgt_rand_below(before + births + 1);
      int went_first = deaths <= before;
      uint64_t size_B = 1 + lgt_rand_below(100);
      lg_flow f = {births, births * size_B, deaths, deaths * size_B, before, before * size_B};
      lg_rec got = {0}, want = {0};
      want.min_blk = want.max_blk = want.end_blk = before;
      for (uint32_t i = 0; i < births + deaths; i++) {
         want.end_blk += (went_first ? i >= deaths : i < births) ? 1 : (uint32_t)-1;
         want.min_blk = want.end_blk < want.min_blk ? want.end_blk : want.min_blk;
         want.max_blk = want.end_blk > want.max_blk ? want.end_blk : want.max_blk;
      }
      LGT_MUST(lg_flow_record(&f, &got));
      LGT_EQ_U(got.min_blk, want.min_blk);
      LGT_EQ_U(got.max_blk, want.max_blk);
      LGT_EQ_U(got.end_blk, want.end_blk);
      LGT_EQ_U(got.min_B, want.min_blk * size_B);
      LGT_EQ_U(got.max_B, want.max_blk * size_B);
      LGT_EQ_U(got.end_B, want.end_blk * size_B);
      LGT_OK(got.births == births && got.deaths == deaths && got.births_B == births * size_B);
   }
}

static void hostile_flows_are_refused(void)
{
   const uint64_t huge = INT64_MAX;
   lg_rec r = {0};
   LGT_OK(!lg_flow_record(&(lg_flow){1, 1, 2, 1, 0, 0}, &r));
   LGT_OK(!lg_flow_record(&(lg_flow){1, 1, 1, 2, 0, 0}, &r));
   LGT_OK(!lg_flow_record(&(lg_flow){huge, 1, huge, 1, huge, 1}, &r));
   LGT_OK(!lg_flow_record(&(lg_flow){UINT32_MAX, 1, 0, 0, 1, 0}, &r));
   LGT_OK(lg_flow_record(&(lg_flow){UINT32_MAX, 1, UINT32_MAX, 1, UINT32_MAX, 1}, &r));
   LGT_EQ_U(r.max_blk, UINT32_MAX);
   LGT_EQ_U(r.min_blk, 0);
   LGT_OK(!lg_flow_record(&(lg_flow){1, huge, 1, huge, 1, huge - 1}, &r));
}

LGT_MAIN(LGT(halving_is_exact), LGT(halving_midway_is_exact), LGT(halving_nothing), LGT(find_agrees_with_a_scan),
         LGT(sums_of_series), LGT(expand_clamps_hostile_values), LGT(merging_hostile_counters_wraps), LGT(age_buckets),
         LGT(draining), LGT(flows_guess_two_orders), LGT(hostile_flows_are_refused))
