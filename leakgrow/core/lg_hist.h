/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_hist: how are many values distributed, in little memory and with a known error?
 *
 * A log-linear histogram: values below 16 have a bucket each, from there on every octave [2^k, 2^(k+1)) is cut into 16 equal buckets. A
 * bucket is at most 1/16 of the values in it wide, over all 64 bits, with 976 buckets (Tene's HdrHistogram has the same
 * layout). Only buckets that hold something take memory, 16 bytes each, because there can be thousands of histograms.
 *
 * U1  cells are sorted by bucket, each bucket occurs at most once, no count is 0.
 * U2  total is the sum of the counts and max the largest value, exactly; every count and total saturate at UINT64_MAX.
 * U3  when n > 0, max lies in the last cell's bucket.
 * Freestanding; the caller owns the cells; what does not fit changes nothing and says so. */
#ifndef LG_HIST_H
#define LG_HIST_H

#include <stdint.h>

enum {
   LG_HIST_PARTS = 16,   /* buckets per octave */
   LG_HIST_BUCKETS = 976 /* no histogram needs more cells */
};

typedef struct {
   uint64_t count;
   uint32_t bucket;
} lg_hist_cell;

/* All zeros is an empty histogram without memory. */
typedef struct {
   lg_hist_cell *cells; /* the caller's, `cap` of them */
   uint32_t n, cap;
   uint64_t total, max;
} lg_hist;

/* An empty histogram in this memory; cells may be NULL when cap is 0. */
void lg_hist_init(lg_hist *h, lg_hist_cell *cells, uint32_t cap);

/* Moves the cells into other memory, which must have room for h->n. Returns the old memory, which is the caller's again. */
lg_hist_cell *lg_hist_move(lg_hist *h, lg_hist_cell *cells, uint32_t cap);

/* Counts `count` times a value; count 0 does nothing. Returns 1, or 0 when a new cell is needed and there is none: then give it more memory
 * (lg_hist_move; h->n + 1 is enough) and call again. O(log n), O(n) for a new bucket. */
int lg_hist_add(lg_hist *h, uint64_t value, uint64_t count);

/* The same for a bucket read from a file: its values are known only by their bucket, so that max becomes the bucket's largest. A bucket
 * beyond the last counts as the last. */
int lg_hist_add_bucket(lg_hist *h, uint32_t bucket, uint64_t count);

/* Says what the largest value really was. Returns 0, and does nothing, when it is not in the last cell's bucket (U3). */
int lg_hist_set_max(lg_hist *h, uint64_t max);

/* Adds all of `from` to `h`. Returns 1, or 0 when there is no room: lg_hist_merged(h, from) cells are needed. O(n). */
int lg_hist_merge(lg_hist *h, const lg_hist *from);
uint32_t lg_hist_merged(const lg_hist *a, const lg_hist *b);

/* The quantile num/den by the nearest-rank definition: the smallest value v such that at least num/den of all values are <= v, which is
 * the value of rank ceil(total * num / den) in ascending order (the inverse of the empirical distribution function; definition 1 of
 * Hyndman and Fan, "Sample quantiles in statistical packages", 1996). It is known by its bucket only: the bucket's largest value is
 * returned, or max when that is less, so the result is never too small and at most 1/16 too large. 0 < num <= den;
 * 0 for an empty histogram. O(n). */
uint64_t lg_hist_quantile(const lg_hist *h, uint64_t num, uint64_t den);

/* The bucket of a value, the smallest and the largest value of a bucket. */
uint32_t lg_hist_bucket(uint64_t value);
uint64_t lg_hist_lowest(uint32_t bucket);
uint64_t lg_hist_highest(uint32_t bucket);

#endif
