/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_brief: why is that enough (B1)?
 *
 *   floors    A window is called growing, a warm-up or a doubt only when the retained envelope rose in LG_RISES_MIN intervals of it. Where the
 *             envelope rises, the floors rise; so fewer rises of the floors are enough to know. On the clock of work an element is a run of
 *             intervals, and its floor the lowest of theirs: it has no more rises.
 *   births    The same of the survivors: fewer than LG_RISES_MIN intervals with survivors are fewer rises of their sum. And fewer than
 *             LG_OLD_SURVIVORS never speak.
 *   doubling  takes LG_DOUBLINGS_MIN doublings, and ends that never fall.
 *   short     runs are judged by how often the ends rose. */
#include "lg_brief.h"

#include "lg_retained.h"
#include "lg_route.h"
#include "lg_trend_shape.h"

/* What was seen of the floors, interval by interval. */
typedef struct {
   int64_t first_B, first_blk, last_B, last_blk, highest_B, moved;
   uint32_t rises_B, rises_blk;
} floors_seen;

static inline int64_t at_most_max(uint64_t v)
{
   return v > (uint64_t)LG_VALUE_MAX ? LG_VALUE_MAX : (int64_t)v;
}

static inline void begin_floors(floors_seen *f, int64_t B, int64_t blk)
{
   f->first_B = f->last_B = f->highest_B = B;
   f->first_blk = f->last_blk = blk;
   f->rises_B = f->rises_blk = 0;
   f->moved = 0;
}

static inline void see_floor(floors_seen *f, int64_t B, int64_t blk)
{
   f->rises_B += B > f->last_B;
   f->rises_blk += blk > f->last_blk;
   f->moved |= (B ^ f->first_B) | (blk ^ f->first_blk);
   f->highest_B = B > f->highest_B ? B : f->highest_B;
   f->last_B = B;
   f->last_blk = blk;
}

/* What was seen of the ends, and of survivors. */
typedef struct {
   uint32_t rises, doublings, births_kept;
   int is_no_table;
   int64_t survivors;
} ends_seen;

static inline void see_end(ends_seen *e, int64_t before, int64_t end)
{
   int64_t rise = end - before;
   if (rise == 0)
      return;
   if (rise < 0) {
      e->is_no_table = 1;
      return;
   }
   e->rises++;
   e->is_no_table |= before > 0 && rise < before - (before >> 1);
   e->doublings += before > 0;
}

static inline void see_survivors(ends_seen *e, const lg_rec *r)
{
   int64_t kept = (r->surv_blk < 0 ? 0 : at_most_max((uint64_t)r->surv_blk)) - r->held_blk;
   e->births_kept += kept > 0;
   e->survivors += lg_clamp(kept, LG_COUNT_MAX);
}

static int is_settled(uint32_t n, const floors_seen *f, const ends_seen *e)
{
   if (n < LG_TREND_INTERVALS_MIN)
      return e->rises < 2;
   return f->rises_B < LG_RISES_MIN && f->rises_blk < LG_RISES_MIN &&
          (e->births_kept < LG_RISES_MIN || e->survivors < LG_OLD_SURVIVORS) &&
          (e->doublings < LG_DOUBLINGS_MIN || e->is_no_table);
}

/* Intervals without a record follow each other unchanged: only the first of a run of them can be a rise. */
void lg_brief_read(const lg_sparse *a, uint32_t first, uint32_t n, lg_brief *out)
{
   const lg_rec *r = a->recs, *last = r + a->n_recs;
   uint32_t next = first, end = first + n;
   int64_t held_B = 0, held_blk = 0;
   ends_seen ends = {0, 0, 0, 0, 0};
   floors_seen floors;

   for (; r < last && r->index < first; r++) {
      held_B = at_most_max(r->end_B);
      held_blk = r->end_blk;
   }
   if (r < last && r->index == first && n > 0)
      begin_floors(&floors, at_most_max(r->min_B), r->min_blk);
   else
      begin_floors(&floors, held_B, held_blk);
   for (; r < last && r->index < end; r++) {
      int64_t end_B = at_most_max(r->end_B);
      if (r->index > next)
         see_floor(&floors, held_B, held_blk);
      see_floor(&floors, at_most_max(r->min_B), r->min_blk);
      if (r->index > first)
         see_end(&ends, held_B, end_B);
      see_survivors(&ends, r);
      held_B = end_B;
      held_blk = r->end_blk;
      next = r->index + 1;
   }
   if (next < end)
      see_floor(&floors, held_B, held_blk);
   out->is_settled = is_settled(n, &floors, &ends);
   out->has_moved = floors.moved != 0;
   out->end_B = n > 0 ? held_B : 0;
   out->highest_B = floors.highest_B;
}

void lg_brief_floors(const lg_sparse *a, uint32_t first, uint32_t n, int64_t *floors)
{
   const lg_rec *r = a->recs, *last = r + a->n_recs;
   int64_t held = 0;
   uint32_t i = 0;
   for (; r < last && r->index < first; r++)
      held = at_most_max(r->end_B);
   for (; r < last && r->index - first < n; r++) {
      for (; i < r->index - first; i++)
         floors[i] = held;
      floors[i++] = at_most_max(r->min_B);
      held = at_most_max(r->end_B);
   }
   for (; i < n; i++)
      floors[i] = held;
}

/* How many records are not after an interval. */
static uint32_t count_until(const lg_sparse *a, uint32_t interval)
{
   uint32_t lo = 0, hi = a->n_recs;
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2;
      if (a->recs[mid].index <= interval)
         lo = mid + 1;
      else
         hi = mid;
   }
   return lo;
}

int64_t lg_brief_ceiling(const lg_sparse *a, uint32_t interval)
{
   uint32_t n = count_until(a, interval);
   if (n == 0)
      return 0;
   const lg_rec *r = &a->recs[n - 1];
   return at_most_max(r->index == interval ? r->max_B : r->end_B);
}

int64_t lg_brief_held(const lg_sparse *a, uint32_t interval)
{
   uint32_t n = count_until(a, interval);
   return n > 0 ? at_most_max(a->recs[n - 1].end_B) : 0;
}
