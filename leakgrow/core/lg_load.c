/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_load: work per interval is made small enough to be multiplied (SUM_BITS), sorted to find what is typical, and cut into cells.
 * An account's own allocations are no work: a buffer that is copied to grow would make its own clock run faster and faster. */
#include "lg_load.h"

enum {
   TICKS_MIN = 100, /* fewer ticks are no clock */
   BUSY_MIN = 8,    /* intervals with work that a clock needs */
   SUM_BITS = 44
};

#define WORK_MAX (UINT64_C(1) << 54)

static uint64_t difference(uint64_t after, uint64_t before)
{
   uint64_t d = after > before ? after - before : 0;
   return d < WORK_MAX ? d : WORK_MAX;
}

/* Sums of survivors from a damaged file must not overflow. */
static int64_t plausible(int64_t v)
{
   return v < 0 || v >> 54 ? 0 : v;
}

/* Work per interval, scaled; returns its sum. */
static uint64_t collect_work(const lg_trend_in *in, uint32_t n, lg_clock clock, uint64_t *work)
{
   const uint64_t *total = clock == LG_CLOCK_TICKS ? in->ticks : in->alloc_B;
   uint64_t sum = 0;
   uint32_t shift = 0;

   for (uint32_t i = 0; i < n; i++) {
      work[i] = difference(total[i], i ? total[i - 1] : 0);
      if (clock == LG_CLOCK_BYTES && in->d->births_B[i] > 0)
         work[i] = difference(work[i], (uint64_t)in->d->births_B[i]);
      sum += work[i]; /* at most 200 * 2^54 */
   }
   while (sum >> shift >> SUM_BITS)
      shift++;
   sum = 0;
   for (uint32_t i = 0; i < n; i++)
      sum += work[i] >>= shift;
   return sum;
}

static void insert(uint64_t *sorted, uint32_t n, uint64_t v)
{
   while (n > 0 && sorted[n - 1] > v) {
      sorted[n] = sorted[n - 1];
      n--;
   }
   sorted[n] = v;
}

static void find_rests(const uint64_t *work, uint32_t n, uint64_t busy, lg_load *out)
{
   uint32_t stretch = 0;
   out->rests = 0;
   for (uint32_t i = 0; i < n; i++) {
      out->idle[i] = work[i] * 6 < busy;
      stretch = out->idle[i] ? stretch + 1 : 0;
      out->rests += stretch == n / 30 + 1;
   }
}

/* Cuts the intervals into cells of `width` and sees whether work strays from a straight line by a thirtieth of the run. */
static void cut_cells(uint64_t *work, uint32_t n, uint64_t width, lg_load *out)
{
   uint64_t sum = 0, done = 0, in_cell = 0;
   for (uint32_t i = 0; i < n; i++) {
      if (work[i] > 2 * width)
         work[i] = 2 * width;
      sum += work[i];
   }
   out->n_cells = 0;
   for (uint32_t i = 0; i < n; i++) {
      done += work[i];
      in_cell += work[i];
      uint64_t straight = sum * (i + 1), real = done * n;
      if ((real > straight ? real - straight : straight - real) * 30 >= sum * n)
         out->uneven = 1;
      out->cell[i] = (uint8_t)out->n_cells;
      if (in_cell * 8 >= width * 7) {
         out->n_cells++;
         in_cell = 0;
      }
   }
}

void lg_load_learn(const lg_trend_in *in, uint32_t n, lg_load *out)
{
   uint64_t work[LG_INTERVALS_MAX], sorted[LG_INTERVALS_MAX], sum;
   uint32_t busy = 0;

   out->known = out->uneven = 0;
   if (n == 0 || (!in->ticks && !in->alloc_B))
      return;
   out->clock = in->ticks && in->ticks[n - 1] >= TICKS_MIN ? LG_CLOCK_TICKS : LG_CLOCK_BYTES;
   if (out->clock == LG_CLOCK_BYTES && !in->alloc_B)
      return;
   sum = collect_work(in, n, out->clock, work);
   for (uint32_t i = 0; i < n; i++)
      insert(sorted, i, work[i]);
   find_rests(work, n, sorted[n * 3 / 4], out);
   for (uint32_t i = 0; i < n; i++) {
      if (sum > 0 && sorted[i] * 8 * n >= sum)
         sorted[busy++] = sorted[i];
   }
   if (busy < BUSY_MIN)
      return;
   out->known = 1;
   cut_cells(work, n, sorted[busy / 2], out);
}

void lg_lane_of_time(const lg_dense *d, uint32_t n, lg_lane *out)
{
   out->n = n;
   out->min_B = d->min_B;
   out->min_blk = d->min_blk;
   out->end_B = d->end_B;
   out->end_blk = d->end_blk;
   out->surv_blk = d->surv_blk;
   out->surv_B = d->surv_B;
   out->load = NULL;
}

void lg_lane_of_work(const lg_dense *d, uint32_t n, const lg_load *load, lg_cells *room, lg_lane *out)
{
   for (uint32_t i = 0; i < n && load->cell[i] < load->n_cells; i++) {
      uint32_t c = load->cell[i];
      int first = i == 0 || load->cell[i - 1] != c;
      if (first || d->min_B[i] < room->min_B[c])
         room->min_B[c] = d->min_B[i];
      if (first || d->min_blk[i] < room->min_blk[c])
         room->min_blk[c] = d->min_blk[i];
      room->end_B[c] = d->end_B[i];
      room->end_blk[c] = d->end_blk[i];
      room->surv_blk[c] = (first ? 0 : room->surv_blk[c]) + plausible(d->surv_blk[i]);
      room->surv_B[c] = (first ? 0 : room->surv_B[c]) + plausible(d->surv_B[i]);
   }
   out->n = load->n_cells;
   out->min_B = room->min_B;
   out->min_blk = room->min_blk;
   out->end_B = room->end_B;
   out->end_blk = room->end_blk;
   out->surv_blk = room->surv_blk;
   out->surv_B = room->surv_B;
   out->load = load;
}

uint32_t lg_lane_interval(const lg_lane *lane, uint32_t n, uint32_t i)
{
   uint32_t last = 0;
   if (!lane->load)
      return i;
   for (uint32_t k = 0; k < n; k++) {
      if (lane->load->cell[k] <= i)
         last = k;
   }
   return last;
}

uint32_t lg_lane_cut(const lg_lane *lane, uint32_t n, uint32_t age)
{
   if (!lane->load || age == 0)
      return age;
   uint32_t cut = lane->n - lane->load->cell[n - age];
   return cut ? cut : 1;
}
