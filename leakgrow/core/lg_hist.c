/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_hist.h"

#include "lg_scale.h"

enum { LINEAR_BITS = 4 }; /* log2 of LG_HIST_PARTS: values below 16 are exact */

/* ---- buckets ---- */

static uint32_t octave(uint64_t value) /* floor(log2), value > 0 */
{
   uint32_t bits = 0;
   for (uint32_t step = 32; step > 0; step /= 2) {
      if (value >> step != 0) {
         value >>= step;
         bits += step;
      }
   }
   return bits;
}

uint32_t lg_hist_bucket(uint64_t value)
{
   if (value < LG_HIST_PARTS)
      return (uint32_t)value;
   uint32_t shift = octave(value) - LINEAR_BITS;
   return shift * LG_HIST_PARTS + (uint32_t)(value >> shift);
}

uint64_t lg_hist_lowest(uint32_t bucket)
{
   if (bucket >= LG_HIST_BUCKETS)
      bucket = LG_HIST_BUCKETS - 1;
   if (bucket < 2 * LG_HIST_PARTS)
      return bucket;
   uint32_t shift = bucket / LG_HIST_PARTS - 1;
   return (uint64_t)(bucket % LG_HIST_PARTS + LG_HIST_PARTS) << shift;
}

uint64_t lg_hist_highest(uint32_t bucket)
{
   return bucket + 1 < LG_HIST_BUCKETS ? lg_hist_lowest(bucket + 1) - 1 : UINT64_MAX;
}

/* ---- cells ---- */

void lg_hist_init(lg_hist *h, lg_hist_cell *cells, uint32_t cap)
{
   h->cells = cells;
   h->cap = cap;
   h->n = 0;
   h->total = h->max = 0;
}

lg_hist_cell *lg_hist_move(lg_hist *h, lg_hist_cell *cells, uint32_t cap)
{
   lg_hist_cell *old = h->cells;
   for (uint32_t i = 0; i < h->n; i++)
      cells[i] = old[i];
   h->cells = cells;
   h->cap = cap;
   return old;
}

/* Position of the first cell whose bucket is not below this one. */
static uint32_t position(const lg_hist *h, uint32_t bucket)
{
   uint32_t lo = 0, hi = h->n;
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2;
      if (h->cells[mid].bucket < bucket)
         lo = mid + 1;
      else
         hi = mid;
   }
   return lo;
}

static int add(lg_hist *h, uint32_t bucket, uint64_t value, uint64_t count)
{
   if (count == 0)
      return 1;
   uint32_t at = position(h, bucket);
   if (at == h->n || h->cells[at].bucket != bucket) {
      if (h->n == h->cap)
         return 0;
      for (uint32_t i = h->n; i > at; i--)
         h->cells[i] = h->cells[i - 1];
      h->cells[at].bucket = bucket;
      h->cells[at].count = 0;
      h->n++;
   }
   h->cells[at].count = lg_sum(h->cells[at].count, count);
   h->total = lg_sum(h->total, count);
   if (value > h->max)
      h->max = value;
   return 1;
}

int lg_hist_add(lg_hist *h, uint64_t value, uint64_t count)
{
   return add(h, lg_hist_bucket(value), value, count);
}

int lg_hist_add_bucket(lg_hist *h, uint32_t bucket, uint64_t count)
{
   if (bucket >= LG_HIST_BUCKETS)
      bucket = LG_HIST_BUCKETS - 1;
   return add(h, bucket, lg_hist_highest(bucket), count);
}

int lg_hist_set_max(lg_hist *h, uint64_t max)
{
   if (h->n == 0 || lg_hist_bucket(max) != h->cells[h->n - 1].bucket)
      return 0;
   h->max = max;
   return 1;
}

/* ---- merging ---- */

uint32_t lg_hist_merged(const lg_hist *a, const lg_hist *b)
{
   uint32_t n = 0, i = 0, k = 0;
   while (i < a->n || k < b->n) {
      int is_a = k == b->n || (i < a->n && a->cells[i].bucket <= b->cells[k].bucket);
      int is_b = i == a->n || (k < b->n && b->cells[k].bucket <= a->cells[i].bucket);
      i += (uint32_t)is_a;
      k += (uint32_t)is_b;
      n++;
   }
   return n;
}

/* From the end, so that cells of h move only to where they were read already. */
int lg_hist_merge(lg_hist *h, const lg_hist *from)
{
   uint32_t n = lg_hist_merged(h, from), i = h->n, k = from->n;
   if (n > h->cap)
      return 0;
   for (uint32_t at = n; at > 0; at--) {
      int is_h = k == 0 || (i > 0 && h->cells[i - 1].bucket >= from->cells[k - 1].bucket);
      int is_from = i == 0 || (k > 0 && from->cells[k - 1].bucket >= h->cells[i - 1].bucket);
      lg_hist_cell c = is_h ? h->cells[i - 1] : from->cells[k - 1];
      if (is_h && is_from)
         c.count = lg_sum(c.count, from->cells[k - 1].count);
      i -= (uint32_t)is_h;
      k -= (uint32_t)is_from;
      h->cells[at - 1] = c;
   }
   h->n = n;
   h->total = lg_sum(h->total, from->total);
   if (from->max > h->max)
      h->max = from->max;
   return 1;
}

/* ---- quantiles ---- */

/* ceil(total * num / den), at least 1. The product may have 128 bits: its remainder is below den, so that comparing 64 bits
 * tells whether there is one. */
static uint64_t rank_of(uint64_t total, uint64_t num, uint64_t den)
{
   uint64_t rank = lg_scale(total, num, den);
   if (rank * den != total * num && rank < total)
      rank++;
   return rank > 0 ? rank : 1;
}

uint64_t lg_hist_quantile(const lg_hist *h, uint64_t num, uint64_t den)
{
   uint64_t rank = rank_of(h->total, num, den), seen = 0;
   for (uint32_t i = 0; i < h->n; i++) {
      seen = lg_sum(seen, h->cells[i].count);
      if (seen >= rank) {
         uint64_t v = lg_hist_highest(h->cells[i].bucket);
         return v < h->max ? v : h->max;
      }
   }
   return h->max;
}
