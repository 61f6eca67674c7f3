/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_total.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
   return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
   return a > b ? a : b;
}

/* The earlier half's bounds join the later half's; everything else is the later half's. */
static void merge_bounds(lg_total *later, const lg_total *earlier)
{
   later->floor_B = min_u64(later->floor_B, earlier->floor_B);
   later->ceiling_B = max_u64(later->ceiling_B, earlier->ceiling_B);
   later->floor_blk = min_u64(later->floor_blk, earlier->floor_blk);
   later->ceiling_blk = max_u64(later->ceiling_blk, earlier->ceiling_blk);
}

/* A lone later half: the earlier half stood at `live` throughout. */
static void widen(lg_total *t, uint64_t live_B, uint64_t live_blk)
{
   t->floor_B = min_u64(t->floor_B, live_B);
   t->ceiling_B = max_u64(t->ceiling_B, live_B);
   t->floor_blk = min_u64(t->floor_blk, live_blk);
   t->ceiling_blk = max_u64(t->ceiling_blk, live_blk);
}

uint32_t lg_totals_halve(lg_total_rec *recs, uint32_t n)
{
   uint32_t out = 0;
   for (uint32_t i = 0; i < n; i++) {
      lg_total_rec r = recs[i];
      uint32_t half = r.index >> 1;
      if (out > 0 && recs[out - 1].index == half) {
         merge_bounds(&r.t, &recs[--out].t);
      } else if (r.index & 1) {
         widen(&r.t, out > 0 ? recs[out - 1].t.live_B : 0, out > 0 ? recs[out - 1].t.live_blk : 0);
      }
      r.index = half;
      recs[out++] = r;
   }
   return out;
}

void lg_totals_expand(const lg_total_rec *recs, uint32_t n, uint32_t n_intervals, uint64_t units, lg_total *out)
{
   uint32_t next = 0;
   lg_total last;
   unsigned char *p = (unsigned char *)&last;
   for (uint32_t i = 0; i < sizeof last; i++)
      p[i] = 0;
   for (uint32_t i = 0; i < n_intervals; i++) {
      while (next < n && recs[next].index < i)
         next++;
      if (next < n && recs[next].index == i) {
         last = recs[next].t;
         out[i] = last;
      } else {
         last.time = max_u64(last.time, (uint64_t)(i + 1) * units);
         last.floor_B = last.ceiling_B = last.live_B;
         last.floor_blk = last.ceiling_blk = last.live_blk;
         out[i] = last;
      }
   }
}
