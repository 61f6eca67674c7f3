/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The histogram against a sorted list of the same values. */
#include "lg_hist.h"
#include "lgtest.h"

enum { MANY = 4096 };

static lg_hist_cell memory[2 * LG_HIST_BUCKETS];

/* U1 to U3. */
static int is_sane(const lg_hist *h)
{
   uint64_t total = 0;
   for (uint32_t i = 0; i < h->n; i++) {
      if (h->cells[i].count == 0 || h->cells[i].bucket >= LG_HIST_BUCKETS)
         return 0;
      if (i > 0 && h->cells[i].bucket <= h->cells[i - 1].bucket)
         return 0;
      total = total > UINT64_MAX - h->cells[i].count ? UINT64_MAX : total + h->cells[i].count;
   }
   return h->n <= h->cap && total == h->total && (h->n == 0 || lg_hist_bucket(h->max) == h->cells[h->n - 1].bucket);
}

static void buckets_cover_all_values_once(void)
{
   uint64_t next = 0;
   for (uint32_t b = 0; b < LG_HIST_BUCKETS; b++) {
      uint64_t lo = lg_hist_lowest(b), hi = lg_hist_highest(b);
      LGT_EQ_U(lo, next);
      LGT_OK(hi >= lo);
      LGT_EQ_U(lg_hist_bucket(lo), b);
      LGT_EQ_U(lg_hist_bucket(hi), b);
      LGT_OK(lo < 16 ? lo == hi : hi - lo <= lo / 16);
      next = hi + 1;
   }
   LGT_EQ_U(next, 0); /* the last bucket ends with the last value */
   LGT_EQ_U(lg_hist_bucket(UINT64_MAX), LG_HIST_BUCKETS - 1);
   LGT_EQ_U(lg_hist_highest(LG_HIST_BUCKETS + 5), UINT64_MAX);
   LGT_EQ_U(lg_hist_lowest(UINT32_MAX), lg_hist_lowest(LG_HIST_BUCKETS - 1));
}

static int by_value(const void *a, const void *b)
{
   uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
   return (x > y) - (x < y);
}

static void compare_with_list(lg_hist *h, uint64_t *values, uint32_t n)
{
   static const struct {
      uint64_t num, den;
   } q[] = {{1, 2}, {95, 100}, {99, 100}, {999, 1000}, {1, 1}, {1, 1000000}};
   qsort(values, n, sizeof *values, by_value);
   LGT_EQ_U(h->total, n);
   LGT_EQ_U(h->max, values[n - 1]);
   for (size_t i = 0; i < sizeof q / sizeof *q; i++) {
      uint64_t rank = (n * q[i].num + q[i].den - 1) / q[i].den;
      uint64_t exact = values[rank - 1], got = lg_hist_quantile(h, q[i].num, q[i].den);
      LGT_OK(got >= exact);
      LGT_OK(got - exact <= exact / 16);
      if (exact < 16)
         LGT_EQ_U(got, exact);
   }
   LGT_EQ_U(lg_hist_quantile(h, 1, 1), h->max);
}

static void quantiles_are_those_of_the_list(void)
{
   static uint64_t values[MANY];
   for (int round = 0; round < 200; round++) {
      uint32_t n = 1 + (uint32_t)lgt_rand_below(round < 50 ? 8 : MANY);
      uint64_t bits = lgt_rand_below(64);
      lg_hist h;
      lg_hist_init(&h, memory, LG_HIST_BUCKETS);
      for (uint32_t i = 0; i < n; i++) {
         values[i] = lgt_rand() >> (63 - bits + lgt_rand_below(bits + 1));
         LGT_MUST(lg_hist_add(&h, values[i], 1));
      }
      LGT_OK(is_sane(&h));
      compare_with_list(&h, values, n);
   }
}

static void nearest_rank_by_hand(void)
{
   lg_hist h;
   lg_hist_init(&h, memory, LG_HIST_BUCKETS);
   LGT_EQ_U(lg_hist_quantile(&h, 1, 2), 0);
   for (uint64_t v = 1; v <= 10; v++)
      lg_hist_add(&h, v, 1);
   LGT_EQ_U(lg_hist_quantile(&h, 50, 100), 5);
   LGT_EQ_U(lg_hist_quantile(&h, 51, 100), 6);
   LGT_EQ_U(lg_hist_quantile(&h, 95, 100), 10);
   LGT_EQ_U(lg_hist_quantile(&h, 1, 100), 1);
   lg_hist_add(&h, 3, 990);
   LGT_EQ_U(lg_hist_quantile(&h, 99, 100), 3);
   LGT_EQ_U(lg_hist_quantile(&h, 994, 1000), 4);
   LGT_EQ_U(lg_hist_quantile(&h, 999, 1000), 9);
}

/* What does not fit changes nothing; after a move it fits. */
static void grows_in_the_callers_memory(void)
{
   lg_hist h;
   lg_hist_cell *cells = NULL;
   lg_hist_init(&h, NULL, 0);
   LGT_OK(lg_hist_add(&h, 7, 0)); /* nothing to count */
   for (int i = 0; i < 3000; i++) {
      uint64_t v = lgt_rand() >> lgt_rand_below(64), total = h.total, max = h.max;
      if (!lg_hist_add(&h, v, 2)) {
         LGT_EQ_U(h.total, total);
         LGT_EQ_U(h.max, max);
         LGT_OK(is_sane(&h));
         cells = malloc((h.n + 1) * sizeof *cells);
         LGT_MUST(cells != NULL);
         free(lg_hist_move(&h, cells, h.n + 1));
         LGT_MUST(lg_hist_add(&h, v, 2));
      }
   }
   LGT_OK(is_sane(&h));
   LGT_EQ_U(h.total, 6000);
   LGT_OK(h.n <= LG_HIST_BUCKETS);
   free(cells);
}

static void merging_is_adding(void)
{
   static lg_hist_cell mem_a[LG_HIST_BUCKETS], mem_b[LG_HIST_BUCKETS], mem_all[LG_HIST_BUCKETS];
   for (int round = 0; round < 300; round++) {
      lg_hist a, b, all;
      lg_hist_init(&a, mem_a, LG_HIST_BUCKETS);
      lg_hist_init(&b, mem_b, LG_HIST_BUCKETS);
      lg_hist_init(&all, mem_all, LG_HIST_BUCKETS);
      uint64_t n = lgt_rand_below(400);
      for (uint64_t i = 0; i < n; i++) {
         uint64_t v = lgt_rand() >> lgt_rand_below(64), count = lgt_rand_below(5);
         lg_hist_add(i % 3 == 0 ? &a : &b, v, count);
         lg_hist_add(&all, v, count);
      }
      uint32_t needed = lg_hist_merged(&a, &b), before = a.n;
      LGT_EQ_U(needed, all.n);
      if (needed > a.n) {
         a.cap = needed - 1;
         LGT_OK(!lg_hist_merge(&a, &b));
         LGT_EQ_U(a.n, before);
      }
      a.cap = needed;
      LGT_MUST(lg_hist_merge(&a, &b));
      LGT_OK(is_sane(&a));
      LGT_EQ_U(a.total, all.total);
      LGT_EQ_U(a.max, all.max);
      for (uint32_t i = 0; i < all.n; i++)
         LGT_OK(a.cells[i].bucket == all.cells[i].bucket && a.cells[i].count == all.cells[i].count);
   }
}

static void counts_saturate(void)
{
   lg_hist h;
   lg_hist_init(&h, memory, LG_HIST_BUCKETS);
   LGT_OK(lg_hist_add(&h, 1, UINT64_MAX - 1));
   LGT_OK(lg_hist_add(&h, 1, 5));
   LGT_OK(lg_hist_add(&h, UINT64_MAX, UINT64_MAX));
   LGT_OK(is_sane(&h));
   LGT_EQ_U(h.total, UINT64_MAX);
   LGT_EQ_U(h.cells[0].count, UINT64_MAX);
   LGT_EQ_U(lg_hist_quantile(&h, 1, 2), 1);
   LGT_EQ_U(lg_hist_quantile(&h, 99, 100), 1);
   LGT_EQ_U(h.max, UINT64_MAX);
   lg_hist twice;
   lg_hist_init(&twice, memory + LG_HIST_BUCKETS, LG_HIST_BUCKETS);
   LGT_OK(lg_hist_merge(&twice, &h));
   LGT_OK(lg_hist_merge(&twice, &h));
   LGT_OK(is_sane(&twice));
   LGT_EQ_U(twice.total, UINT64_MAX);
}

/* As a reader does: buckets, then the maximum, which must fit them. */
static void reads_back_what_was_written(void)
{
   for (int round = 0; round < 200; round++) {
      lg_hist h, copy;
      lg_hist_init(&h, memory, LG_HIST_BUCKETS);
      lg_hist_init(&copy, memory + LG_HIST_BUCKETS, LG_HIST_BUCKETS);
      for (int i = 0; i < 50; i++)
         lg_hist_add(&h, lgt_rand() >> lgt_rand_below(64), 1 + lgt_rand_below(9));
      for (uint32_t i = 0; i < h.n; i++)
         LGT_OK(lg_hist_add_bucket(&copy, h.cells[i].bucket, h.cells[i].count));
      LGT_OK(lg_hist_set_max(&copy, h.max));
      LGT_OK(is_sane(&copy));
      LGT_EQ_U(copy.max, h.max);
      LGT_EQ_U(copy.total, h.total);
      for (uint64_t p = 1; p <= 100; p++)
         LGT_EQ_U(lg_hist_quantile(&copy, p, 100), lg_hist_quantile(&h, p, 100));
      uint32_t last = h.cells[h.n - 1].bucket;
      if (last > 0)
         LGT_OK(!lg_hist_set_max(&copy, lg_hist_lowest(last) - 1));
      if (lg_hist_highest(last) < UINT64_MAX)
         LGT_OK(!lg_hist_set_max(&copy, lg_hist_highest(last) + 1));
      LGT_EQ_U(copy.max, h.max);
   }
   lg_hist empty;
   lg_hist_init(&empty, NULL, 0);
   LGT_OK(!lg_hist_set_max(&empty, 0));
}

LGT_MAIN(LGT(buckets_cover_all_values_once), LGT(nearest_rank_by_hand), LGT(quantiles_are_those_of_the_list),
         LGT(grows_in_the_callers_memory), LGT(merging_is_adding), LGT(counts_saturate),
         LGT(reads_back_what_was_written))
