/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_series: see lg_series.h.
 *
 * All counters of a record are unsigned sums or extremes, so that a hostile file can wrap them but never cause undefined
 * behaviour; lg_series_expand() brings them into the range the analysis relies on. */
#include "lg_series.h"

/* Sums of signed counters, wrapping as unsigned ones do. */
static int64_t add_wrapping(int64_t a, int64_t b)
{
   return (int64_t)((uint64_t)a + (uint64_t)b);
}

void lg_rec_merge(lg_rec *rec, const lg_rec *later)
{
   if (later->min_B < rec->min_B)
      rec->min_B = later->min_B;
   if (later->max_B > rec->max_B)
      rec->max_B = later->max_B;
   if (later->min_blk < rec->min_blk)
      rec->min_blk = later->min_blk;
   if (later->max_blk > rec->max_blk)
      rec->max_blk = later->max_blk;
   rec->end_B = later->end_B;
   rec->end_blk = later->end_blk;
   rec->births += later->births;
   rec->deaths += later->deaths;
   rec->births_B += later->births_B;
   rec->resizes += later->resizes;
   rec->surv_blk = add_wrapping(rec->surv_blk, later->surv_blk);
   rec->surv_B = add_wrapping(rec->surv_B, later->surv_B);
   rec->held_blk = add_wrapping(rec->held_blk, later->held_blk);
   rec->held_B = add_wrapping(rec->held_B, later->held_B);
}

void lg_rec_widen(lg_rec *rec, uint64_t before_B, uint32_t before_blk)
{
   if (before_B < rec->min_B)
      rec->min_B = before_B;
   if (before_B > rec->max_B)
      rec->max_B = before_B;
   if (before_blk < rec->min_blk)
      rec->min_blk = before_blk;
   if (before_blk > rec->max_blk)
      rec->max_blk = before_blk;
}

/* The half after a lone even record needs no merging: it holds the record's end, which lies between its extremes. */
uint32_t lg_series_halve(lg_rec *recs, uint32_t n)
{
   uint32_t out = 0;
   for (uint32_t i = 0; i < n; i++) {
      uint32_t half = recs[i].index >> 1;
      if (out > 0 && recs[out - 1].index == half) {
         lg_rec_merge(&recs[out - 1], &recs[i]);
         continue;
      }
      int is_later_half = recs[i].index & 1;
      if (out != i)
         recs[out] = recs[i];
      recs[out].index = half;
      if (is_later_half)
         lg_rec_widen(&recs[out], out > 0 ? recs[out - 1].end_B : 0, out > 0 ? recs[out - 1].end_blk : 0);
      out++;
   }
   return out;
}

/* What a series holds before one of its records. */
typedef struct {
   uint64_t B;
   uint32_t blk;
} held;

static uint32_t add_blocks(uint32_t a, uint32_t b)
{
   return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* The bounds of `rec` while another series held `quiet` all the time. */
static void raise(lg_rec *rec, const held *quiet)
{
   rec->min_B += quiet->B;
   rec->max_B += quiet->B;
   rec->end_B += quiet->B;
   rec->min_blk = add_blocks(rec->min_blk, quiet->blk);
   rec->max_blk = add_blocks(rec->max_blk, quiet->blk);
   rec->end_blk = add_blocks(rec->end_blk, quiet->blk);
}

/* Adds what happened in `b` to `rec`, which is of the same interval; `before` is what both held together when it began. */
static void add_rec(lg_rec *rec, const lg_rec *b, const held *before)
{
   uint64_t end_B = rec->end_B + b->end_B;
   uint32_t end_blk = add_blocks(rec->end_blk, b->end_blk);
   lg_rec_merge(rec, b);
   rec->end_B = end_B;
   rec->end_blk = end_blk;
   rec->min_B = before->B < end_B ? before->B : end_B;
   rec->max_B = before->B < end_B ? end_B : before->B;
   rec->min_blk = before->blk < end_blk ? before->blk : end_blk;
   rec->max_blk = before->blk < end_blk ? end_blk : before->blk;
}

uint32_t lg_series_add(const lg_rec *a, uint32_t n_a, const lg_rec *b, uint32_t n_b, lg_rec *out)
{
   uint32_t n = 0, i = 0, k = 0;
   held in_a = {0, 0}, in_b = {0, 0};
   while (i < n_a || k < n_b) {
      int is_a = i < n_a && (k == n_b || a[i].index <= b[k].index);
      int is_b = k < n_b && (i == n_a || b[k].index <= a[i].index);
      out[n] = is_a ? a[i] : b[k];
      if (is_a && is_b) {
         const held both = {in_a.B + in_b.B, add_blocks(in_a.blk, in_b.blk)};
         add_rec(&out[n], &b[k], &both);
      } else {
         raise(&out[n], is_a ? &in_b : &in_a);
      }
      n++;
      if (is_a)
         in_a = (held){a[i].end_B, a[i].end_blk}, i++;
      if (is_b)
         in_b = (held){b[k].end_B, b[k].end_blk}, k++;
   }
   return n;
}

uint32_t lg_series_find(const lg_rec *recs, uint32_t n, uint32_t index)
{
   if (n == 0 || recs[n - 1].index < index)
      return n;
   if (recs[n - 1].index == index)
      return n - 1;
   uint32_t lo = 0, hi = n - 1; /* invariant: records before lo are smaller, records from hi on are larger */
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2;
      if (recs[mid].index == index)
         return mid;
      if (recs[mid].index < index)
         lo = mid + 1;
      else
         hi = mid;
   }
   return n;
}

static int64_t clamp_unsigned(uint64_t v)
{
   return v > (uint64_t)LG_VALUE_MAX ? LG_VALUE_MAX : (int64_t)v;
}

static int64_t clamp_signed(int64_t v)
{
   return v < 0 ? 0 : clamp_unsigned((uint64_t)v);
}

static void fill_from_record(const lg_rec *r, uint32_t i, lg_dense *out)
{
   out->min_B[i] = clamp_unsigned(r->min_B);
   out->max_B[i] = clamp_unsigned(r->max_B);
   out->end_B[i] = clamp_unsigned(r->end_B);
   out->min_blk[i] = r->min_blk;
   out->max_blk[i] = r->max_blk;
   out->end_blk[i] = r->end_blk;
   out->births[i] = clamp_unsigned(r->births);
   out->deaths[i] = clamp_unsigned(r->deaths);
   out->births_B[i] = clamp_unsigned(r->births_B);
   out->surv_blk[i] = clamp_signed(r->surv_blk);
   out->surv_B[i] = clamp_signed(r->surv_B);
}

static void fill_quiet(int64_t held_B, int64_t held_blk, uint32_t i, lg_dense *out)
{
   out->min_B[i] = out->max_B[i] = out->end_B[i] = held_B;
   out->min_blk[i] = out->max_blk[i] = out->end_blk[i] = held_blk;
   out->births[i] = out->deaths[i] = out->births_B[i] = 0;
   out->surv_blk[i] = out->surv_B[i] = 0;
}

void lg_series_expand(const lg_rec *recs, uint32_t n, uint32_t n_intervals, lg_dense *out)
{
   if (n_intervals > LG_INTERVALS_MAX)
      n_intervals = LG_INTERVALS_MAX;
   out->n = n_intervals;
   uint32_t next = 0;
   int64_t held_B = 0, held_blk = 0;
   for (uint32_t i = 0; i < n_intervals; i++) {
      if (next < n && recs[next].index == i) {
         fill_from_record(&recs[next], i, out);
         held_B = out->end_B[i];
         held_blk = out->end_blk[i];
         next++;
      } else {
         fill_quiet(held_B, held_blk, i, out);
      }
   }
}

static void drop_first(int64_t *v, uint32_t first, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      v[i] = v[first + i];
}

void lg_dense_skip(lg_dense *d, uint32_t first)
{
   int64_t *const all[] = {d->min_B,  d->max_B,  d->end_B,    d->min_blk,  d->max_blk, d->end_blk,
                           d->births, d->deaths, d->births_B, d->surv_blk, d->surv_B};
   if (first == 0)
      return;
   d->n = d->n > first ? d->n - first : 0;
   for (uint32_t k = 0; k < sizeof all / sizeof all[0]; k++)
      drop_first(all[k], first, d->n);
}

uint32_t lg_age_bucket(uint64_t age)
{
   uint32_t octave = 0, bucket;
   if (age < 2)
      return 0;
   while (age >> octave >> 1)
      octave++;
   bucket = 2 * octave - 1 + (uint32_t)(age >> (octave - 1) & 1);
   return bucket < LG_AGES ? bucket : LG_AGES - 1;
}

uint64_t lg_age_of_bucket(uint32_t bucket)
{
   return bucket == 0 ? 0 : (uint64_t)(bucket & 1 ? 2 : 3) << ((bucket - 1) >> 1);
}

int lg_is_draining(uint64_t births, uint64_t deaths)
{
   return deaths > 0 && births <= deaths / 8;
}
