/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_total: the whole program, interval by interval.
 *
 * Answers: what did heap, work and mappings look like at the end of every interval? Kept sparse like lg_series: an interval in
 * which nobody looked has no record.
 * O1  records are sorted by index, each index occurs at most once.
 * O2  a missing interval repeats the one before it: its floor, ceiling and live values are the live values before it.
 * Freestanding; the caller owns the memory. */
#ifndef LG_TOTAL_H
#define LG_TOTAL_H

#include <stdint.h>

/* One interval of the whole program. */
typedef struct {
   uint64_t time;                              /* end of the interval in time units; now, while it is in progress */
   uint64_t allocs, frees, allocated_B, ticks; /* cumulative at that time */
   uint64_t live_B, live_blk;                  /* at that time */
   uint64_t floor_B, ceiling_B;                /* exact bounds within the interval */
   uint64_t floor_blk, ceiling_blk;
   uint64_t rss_B, mapped_B, tool_B; /* sampled at that time */
} lg_total;

typedef struct {
   uint32_t index;
   lg_total t;
} lg_total_rec;

/* Halves the index of every record and merges neighbours, in place (lg_series S3). Returns the new number of records. */
uint32_t lg_totals_halve(lg_total_rec *recs, uint32_t n);

/* Fills out[0 .. n_intervals) from the records (O2). `units` is the width of an interval in time units; it dates the intervals
 * without a record. Records from n_intervals on are ignored. */
void lg_totals_expand(const lg_total_rec *recs, uint32_t n, uint32_t n_intervals, uint64_t units, lg_total *out);

#endif
