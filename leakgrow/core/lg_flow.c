/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_flow: see lg_flow.h. */
#include "lg_flow.h"

#define BYTES_MAX ((uint64_t)1 << 62)

typedef struct {
   uint64_t min, max, end;
} bounds;

static int bounds_of(uint64_t before, uint64_t came, uint64_t went, int went_first, uint64_t limit, bounds *b)
{
   b->max = before + came; /* below 2^64 */
   if (b->max < went)
      return 0;
   b->end = b->max - went;
   b->min = before < b->end ? before : b->end;
   if (went_first) {
      b->min = before - went;
      b->max = before > b->end ? before : b->end;
   }
   return b->max <= limit;
}

int lg_flow_record(const lg_flow *f, lg_rec *rec)
{
   int went_first = f->deaths <= f->before_blk && f->deaths_B <= f->before_B;
   bounds blk, B;
   if (!bounds_of(f->before_blk, f->births, f->deaths, went_first, UINT32_MAX, &blk) ||
       !bounds_of(f->before_B, f->births_B, f->deaths_B, went_first, BYTES_MAX, &B))
      return 0;
   rec->min_blk = (uint32_t)blk.min;
   rec->max_blk = (uint32_t)blk.max;
   rec->end_blk = (uint32_t)blk.end;
   rec->min_B = B.min;
   rec->max_B = B.max;
   rec->end_B = B.end;
   rec->births = f->births;
   rec->deaths = f->deaths;
   rec->births_B = f->births_B;
   return 1;
}
