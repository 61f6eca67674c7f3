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
