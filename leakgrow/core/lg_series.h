/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_series: what one account did in each interval, kept sparse, thinned by halving.
 *
 * Answers: between which exact bounds did an account's live bytes and blocks move in every interval of the run, and how many
 * of the blocks born in an interval are still alive?
 *
 * Time is cut into base intervals (10 ms by default), numbered from 0. An interval is the pair (index, shift): it covers base
 * intervals [index << shift, (index + 1) << shift). All intervals of a series have one shift, at most LG_INTERVALS_MAX of
 * them exist, and when they run out the shift grows by one and neighbours are merged.
 *
 * S1  records of a series are sorted by index, each index occurs at most once.
 * S2  an interval in which nothing happened has no record: its minimum, maximum and end all equal the end of the last record
 *     before it (0 before the first).
 * S3  merging is exact: minimum of minima, maximum of maxima, end of the later, sums of births, deaths and survivors; the
 *     missing half of a pair counts as an interval in which nothing happened.
 * Freestanding; the caller owns all memory; nothing here allocates or fails. */
#ifndef LG_SERIES_H
#define LG_SERIES_H

#include <stddef.h>
#include <stdint.h>

enum {
   LG_INTERVALS_MAX = 200, /* intervals of one shift; 100 to 200 are in use after the first halving */
   LG_AGES = 64            /* buckets of the age-at-death histogram, two to an octave */
};

#define LG_VALUE_MAX \
  (INT64_MAX >> 8) /* larger values, and negative survivors, occur in hostile files only: they are clamped */

/* One interval of one account. Counts of blocks are 32 bits: 2^32 live blocks need more memory than a shadow could be kept for. */
typedef struct {
   uint32_t index;
   uint32_t min_blk, max_blk, end_blk;
   uint64_t min_B, max_B, end_B;
   uint64_t births, deaths; /* blocks allocated and freed in this interval; a realloc is neither */
   uint64_t births_B;       /* bytes allocated, as in totals: a realloc adds its new size */
   uint64_t resizes;        /* reallocs of blocks of this account; totals count each as one more allocation */
   int64_t surv_blk; /* blocks born in this interval that are alive; signed because a reader adds up differences */
   int64_t surv_B;   /* their bytes */
   int64_t held_blk, held_B; /* the part of surv_blk and surv_B that a writer still holds back; a reader leaves it 0 */
} lg_rec;

/* The same, dense: what the analysis reads. Element [n - 1] is the interval in progress, which no verdict uses. Values are in
 * 0..LG_VALUE_MAX; they are signed, and bounded, so that differences and sums over all intervals cannot overflow. */
typedef struct {
   uint32_t n;
   int64_t min_B[LG_INTERVALS_MAX], max_B[LG_INTERVALS_MAX], end_B[LG_INTERVALS_MAX];
   int64_t min_blk[LG_INTERVALS_MAX], max_blk[LG_INTERVALS_MAX], end_blk[LG_INTERVALS_MAX];
   int64_t births[LG_INTERVALS_MAX], deaths[LG_INTERVALS_MAX], births_B[LG_INTERVALS_MAX];
   int64_t surv_blk[LG_INTERVALS_MAX], surv_B[LG_INTERVALS_MAX];
   int64_t died_at_age[LG_AGES]; /* deaths by lg_age_bucket() of their age in base intervals */
} lg_dense;

/* Merges `later` into `rec`; both belong to the same interval of the coarser shift and nothing lies between them (S3). The
 * index stays rec's. */
void lg_rec_merge(lg_rec *rec, const lg_rec *later);

/* Merges the half before `rec`, in which nothing happened and the account held before_B and before_blk, into it. Does nothing
 * when the minimum and maximum of `rec` include the level at which its interval began, as the tool's do. */
void lg_rec_widen(lg_rec *rec, uint64_t before_B, uint32_t before_blk);

/* Halves the index of every record and merges neighbours, in place (S1 must hold). Returns the new number of records. O(n). */
uint32_t lg_series_halve(lg_rec *recs, uint32_t n);

/* The sum of two series into `out`, which has room for LG_INTERVALS_MAX records and is neither of them. Returns its number of
 * records. Where only one of the two has a record the sum is exact; where both have one, extremes within the interval need not have
 * coincided, and those of the sum are taken from the interval's two ends, which are exact. So floors err upwards and never make a
 * sum look as if it had grown since. O(n). */
uint32_t lg_series_add(const lg_rec *a, uint32_t n_a, const lg_rec *b, uint32_t n_b, lg_rec *out);

/* Position of the record with this index, or n if there is none (S1 must hold). O(log n), O(1) for the last record. */
uint32_t lg_series_find(const lg_rec *recs, uint32_t n, uint32_t index);

/* Fills `out` with `n_intervals` intervals (<= LG_INTERVALS_MAX) from sparse records (S2). Records beyond are ignored;
 * elements beyond n_intervals are not written. died_at_age is left alone. */
void lg_series_expand(const lg_rec *recs, uint32_t n, uint32_t n_intervals, lg_dense *out);

/* Forgets the first intervals. died_at_age is left alone. */
void lg_dense_skip(lg_dense *d, uint32_t first);

/* Bucket of died_at_age for an age in base intervals, at most LG_AGES - 1. Bucket 0 holds ages 0 and 1; two buckets share an octave:
 * 2k - 1 begins at 2^k, 2k at 3 * 2^(k-1). */
uint32_t lg_age_bucket(uint64_t age);

/* The smallest age in a bucket. */
uint64_t lg_age_of_bucket(uint32_t bucket);

/* True when an interval of the whole program only tears down: births * 8 <= deaths and something died. Trailing intervals of
 * this kind are not judged, and the survivor counts of before are kept through them. */
int lg_is_draining(uint64_t births, uint64_t deaths);

#endif
