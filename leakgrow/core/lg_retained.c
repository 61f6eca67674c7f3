/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_retained: see the header for the idea, docs/TRENDS.md for the rule and its measured rates.
 *
 * Traps: 64-bit division is not available to 32-bit freestanding code, so everything is multiplied and compared. Values may be
 * as large as 2^63 - 1; differences of two of them fit, sums and products do not, hence the shift before the moments. */
#include "lg_retained.h"

enum {
   K_SURE = 12,      /* windows this many times longer than H are judged */
   K_MAYBE = 6,      /* and from here on they are worth a doubt */
   RISES_FREE = 8,   /* rises that need no regularity */
   RISES_EVEN = 24,  /* beyond this many the centre of mass says more than regularity does */
   MOMENT_BITS = 20  /* growth is scaled below 2^20, so that the moments stay below 2^63 */
};

/* 1024 times the centre of mass of the growth of 1 - exp(-t / tau), tau = 0.6 of the run, over a window of p eighths of the run. */
static const int warmup_centre[9] = {512, 494, 477, 459, 442, 424, 408, 391, 376};

/* Squared standard errors by which the centre of mass must lie later than a warm-up's, for windows that begin at 0, 1/16, 1/4,
 * 1/2 and 3/4 of the run: the shorter the window, the less of a warm-up's bend is in it. */
static int64_t z2_needed(uint32_t begin, uint32_t end)
{
   uint32_t at = begin * 16;
   if (at >= end * 11)
      return 9;
   if (at >= end * 7)
      return 6;
   if (at >= end * 3)
      return 5;
   return 3;
}

uint32_t lg_excursion(const int64_t *x, uint32_t begin, uint32_t end)
{
   /* The stack holds positions of increasing values; x[j] returns to a level last seen at the position below it. */
   uint32_t stack[LG_INTERVALS_MAX];
   uint32_t depth = 0, longest = 0;

   for (uint32_t j = begin; j < end; j++) {
      while (depth && x[stack[depth - 1]] > x[j])
         depth--;
      uint32_t above = depth ? stack[depth - 1] + 1 : begin;
      if (j - above > longest)
         longest = j - above;
      stack[depth++] = j;
   }
   return longest;
}

void lg_envelope(const int64_t *x, uint32_t begin, uint32_t end, int64_t *r)
{
   int64_t low = INT64_MAX;
   for (uint32_t i = end; i-- > begin;) {
      if (x[i] < low)
         low = x[i];
      r[i] = low;
   }
}

/* What the rises of r look like, beyond what goes into lg_window. */
typedef struct {
   uint32_t first, last;    /* the first and the last rise */
   int64_t least, most;     /* smallest and largest rise */
} rises_seen;

static void count_rises(const int64_t *r, lg_window *w, rises_seen *seen)
{
   w->rises = w->gap_max = 0;
   seen->first = seen->last = w->from;
   seen->least = seen->most = 0;
   for (uint32_t i = w->from + 1; i <= w->to; i++) {
      int64_t rise = r[i] - r[i - 1];
      if (rise == 0)
         continue;
      if (w->rises == 0)
         seen->first = i;
      else if (i - seen->last > w->gap_max)
         w->gap_max = i - seen->last;
      seen->last = i;
      if (w->rises == 0 || rise < seen->least)
         seen->least = rise;
      if (rise > seen->most)
         seen->most = rise;
      w->rises++;
   }
   w->gap_end = w->to - seen->last;
}

/* Few but even rises over most of the run: what fires by a counter, every thousandth request. */
static int is_regular(const lg_window *w, const rises_seen *seen, uint32_t end)
{
   if (w->rises < LG_RISES_MIN || w->rises > RISES_EVEN)
      return 0;
   uint32_t span = seen->last - seen->first, gaps = w->rises - 1;
   uint32_t limit = 3 * span + 2 * gaps; /* 2 * gaps * (1.5 * mean gap + 1) */
   return w->gap_max * 2 * gaps <= limit && w->gap_end * 2 * gaps <= limit && ((seen->most - 1) >> 2) < seen->least
          && span * 8 >= end * 5;
}

static void cut_into_parts(const int64_t *r, lg_window *w)
{
   uint32_t span = w->to - w->from;
   int64_t halves[2] = {0, 0};

   w->part_shift = 0;
   while ((w->grown >> w->part_shift) >> MOMENT_BITS)
      w->part_shift++;
   for (uint32_t k = 0; k < LG_PARTS; k++) {
      uint32_t a = w->from + span * k / LG_PARTS, b = w->from + span * (k + 1) / LG_PARTS;
      w->part[k] = (r[b] >> w->part_shift) - (r[a] >> w->part_shift);
      halves[k >= LG_PARTS / 2] += w->part[k];
   }
   w->halved = halves[1] * 2 <= halves[0];
}

/* Does the growth lie later in the window than that of the slowest warm-up? The spread of the parts is its own error estimate. */
static int is_sustained(const lg_window *w, uint32_t begin, uint32_t end)
{
   uint32_t eighths = ((w->to - w->from) * 8 + end / 2) / end;
   int64_t centre = warmup_centre[eighths], total = 0, later = 0, variance = 0;

   for (int k = 0; k < LG_PARTS; k++)
      total += w->part[k];
   for (int k = 0; k < LG_PARTS; k++) {
      int64_t arm = 64 * k + 32 - centre, off = LG_PARTS * w->part[k] - total;
      later += w->part[k] * arm;
      variance += ((off * off) >> 4) * ((arm * arm) >> 4);
   }
   return later > 0 && later * later >= z2_needed(begin, end) * variance;
}

/* Does the window end above what was held, and given back, before it began? */
static int is_fresh(const int64_t *x, const int64_t *r, const lg_window *w, uint32_t begin, uint32_t end)
{
   int64_t held = 0;
   for (uint32_t i = 0; i < begin; i++) {
      if (x[i] > held)
         held = x[i];
   }
   return begin == 0 || r[w->to] - held >= w->grown / 2 || end - begin >= 4 * lg_excursion(x, 0, begin);
}

/* Has the growth lasted for a fifth of the run, its first tenth not counted? */
static int has_lasted(const int64_t *r, const lg_window *w, uint32_t end)
{
   uint32_t begun = w->from;
   int64_t all = w->grown >> w->part_shift;
   while (begun < w->to && ((r[begun] - r[w->from]) >> w->part_shift) * 10 <= all)
      begun++;
   return (w->to - begun) * 5 >= end;
}

static lg_window_result classify(const int64_t *x, const int64_t *r, uint32_t begin, uint32_t end, uint32_t cut, lg_window *w)
{
   rises_seen seen;
   int noisy = !cut && w->excursion * K_SURE > end - begin;

   if (w->to <= begin + 2 || r[w->to] <= r[begin])
      return noisy ? LG_WINDOW_NOISE : LG_WINDOW_FLAT;

   w->grown = r[w->to] - r[begin];
   count_rises(r, w, &seen);
   cut_into_parts(r, w);

   int rising = w->gap_end <= 2 * w->gap_max + 1, lasted = has_lasted(r, w, end);
   int fresh = cut || is_fresh(x, r, w, begin, end);
   int later = is_regular(w, &seen, end) || (w->rises >= RISES_FREE && is_sustained(w, begin, end));
   if (noisy) {
      int maybe = w->excursion * K_MAYBE <= end - begin && w->rises >= LG_RISES_MIN && rising && lasted && fresh && later;
      return maybe ? LG_WINDOW_MAYBE : LG_WINDOW_NOISE;
   }
   if (w->rises < LG_RISES_MIN)
      return LG_WINDOW_FEW;
   if (!rising)
      return LG_WINDOW_STOPPED;
   if (!lasted)
      return LG_WINDOW_LATE;
   if (!fresh)
      return LG_WINDOW_OLD;
   return later ? LG_WINDOW_GROWING : LG_WINDOW_WARMUP;
}

void lg_window_judge(const int64_t *x, uint32_t begin, uint32_t end, uint32_t cut, lg_window *out)
{
   static const lg_window nothing = {0};
   int64_t r[LG_INTERVALS_MAX];

   *out = nothing;
   out->from = out->to = begin;
   out->excursion = cut ? cut : lg_excursion(x, begin, end);
   if (out->excursion + 1 < end - begin)
      out->to = end - 1 - out->excursion;
   lg_envelope(x, begin, end, r);
   out->result = classify(x, r, begin, end, cut, out);
}
