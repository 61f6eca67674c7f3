/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_retained: see the header for the idea, docs/TRENDS.md for the rule and its measured rates.
 *
 * Traps: 64-bit division is not available to 32-bit freestanding code, so everything is multiplied and compared. Values may be
 * as large as 2^63 - 1; differences of two of them fit, sums and products do not, hence the shift before the moments. */
#include "lg_retained.h"

enum {
   K_SURE = 12,     /* windows this many times longer than H are judged */
   K_MAYBE = 6,     /* and from here on they are worth a doubt */
   RISES_FREE = 8,  /* rises that need no regularity */
   RISES_EVEN = 24, /* beyond this many the centre of mass says more than regularity does */
   TAILS = 10,      /* starts of the tails of a window that must not look like warm-ups of their own, in parts */
   ONSET_LAST = 13, /* the last part a late onset is looked for */
   SPREAD = 5,      /* parts the growth must be spread over */
   MOMENT_BITS = 18 /* growth is scaled below 2^18, so that moments times squared errors stay below 2^63 */
};

/* 1024 times the centre of mass of the growth of 1 - exp(-t / tau), tau = 0.6 of the run, over a window of p eighths of the run. */
static const int warmup_centre[9] = {512, 494, 477, 459, 442, 424, 408, 391, 376};

/* Squared standard errors by which the centre of mass must lie later than a warm-up's, for windows that begin at 0, 1/16, 1/4,
 * 1/2 and 3/4 of the run: the shorter the window, the less of a warm-up's bend is in it. */
static int64_t z2_needed(uint32_t begin, uint32_t end)
{
   uint32_t at = begin * 16;
   if (at >= end * 11)
      return 16;
   if (at >= end * 7)
      return 9;
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
   uint32_t first, last; /* the first and the last rise */
   int64_t least, most;  /* smallest and largest rise */
   uint32_t begun;       /* where a tenth of the growth was done */
   uint32_t gap_max;     /* longest gap between rises from then on */
   int enough;           /* the growth is not the work of a few rises */
} rises_seen;

static void count_rises(const int64_t *r, lg_window *w, rises_seen *seen)
{
   w->rises = 0;
   seen->first = seen->last = w->from;
   seen->least = seen->most = 0;
   uint32_t gap = 0;
   for (uint32_t i = w->from + 1; i <= w->to; i++) {
      int64_t rise = r[i] - r[i - 1];
      if (rise == 0)
         continue;
      if (w->rises == 0)
         seen->first = i;
      else if (i - seen->last > gap)
         gap = i - seen->last;
      seen->last = i;
      if (w->rises == 0 || rise < seen->least)
         seen->least = rise;
      if (rise > seen->most)
         seen->most = rise;
      w->rises++;
   }
   w->gap_max = gap;
   w->gap_end = w->to - seen->last;
}

/* When the growth began in earnest, how long it paused since, and whether its rises count: growth^2 / sum of squared rises is the
 * number of equal rises that would be as uneven. Needs part_shift. */
static void weigh_rises(const int64_t *r, const lg_window *w, rises_seen *seen)
{
   int64_t all = w->grown >> w->part_shift, squares = 0;
   uint32_t last;

   seen->begun = w->from;
   while (seen->begun < w->to && ((r[seen->begun] - r[w->from]) >> w->part_shift) * 10 <= all)
      seen->begun++;
   last = seen->begun;
   seen->gap_max = 0;
   for (uint32_t i = w->from + 1; i <= w->to; i++) {
      int64_t rise = (r[i] - r[i - 1]) >> w->part_shift;
      squares += rise * rise;
      if (i <= seen->begun || r[i] == r[i - 1])
         continue;
      if (i - last > seen->gap_max)
         seen->gap_max = i - last;
      last = i;
   }
   seen->enough = 2 * all * all >= 9 * squares;
}

/* Few but even rises over most of the run: what fires by a counter, every thousandth request. */
static int is_regular(const lg_window *w, const rises_seen *seen, uint32_t end)
{
   if (w->rises < LG_RISES_MIN || w->rises > RISES_EVEN)
      return 0;
   uint32_t span = seen->last - seen->first, gaps = w->rises - 1;
   uint32_t limit = 3 * span + 2 * gaps; /* 2 * gaps * (1.5 * mean gap + 1) */
   return w->gap_max * 2 * gaps <= limit && w->gap_end * 2 * gaps <= limit && ((seen->most - 1) >> 2) < seen->least &&
          span * 8 >= end * 5;
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

void lg_window_lean(const lg_window *w, uint32_t first, int32_t centre, int64_t *later, int64_t *variance)
{
   int32_t n = LG_PARTS - (int32_t)first, reciprocal = 65536 / n;
   int64_t total = 0;

   *later = *variance = 0;
   for (uint32_t k = first; k < LG_PARTS; k++)
      total += w->part[k];
   for (uint32_t k = first; k < LG_PARTS; k++) {
      int32_t arm = 64 * (int32_t)k + 32 - centre;
      int64_t off = n * w->part[k] - total;
      *later += w->part[k] * arm;
      *variance += ((off * off * reciprocal) >> 16) * (arm * arm / n);
   }
}

/* Does the growth lie later in the window than that of the slowest warm-up? The spread of the parts is its own error estimate.
 * And does no tail of the window look like a warm-up that began with it? */
static int is_sustained(const lg_window *w, uint32_t begin, uint32_t end)
{
   for (uint32_t first = 0; first <= TAILS; first++) {
      uint32_t n = LG_PARTS - first, eighths = ((w->to - w->from) * n / 2 + end / 2) / end;
      int64_t later, variance;
      lg_window_lean(w, first, (int32_t)(first * 64) + warmup_centre[eighths] * (int32_t)n / LG_PARTS, &later,
                     &variance);
      if (first == 0 && (later <= 0 || later * later < z2_needed(begin, end) * variance))
         return 0;
      if (later <= 0 && later * later >= 2 * variance)
         return 0;
   }
   return 1;
}

/* A second warm-up after a rest: after two silent parts comes most of the growth, and it halves itself already. */
static int is_second_warmup(const lg_window *w)
{
   int64_t total = 0;
   for (int k = 0; k < LG_PARTS; k++)
      total += w->part[k];
   for (int s = 2; s <= ONSET_LAST; s++) {
      int64_t half[2] = {0, 0};
      if ((w->part[s - 1] + w->part[s - 2]) * 128 > total)
         continue;
      for (int k = s; k < LG_PARTS; k++) {
         int twice = 2 * (k - s) + 1 - (LG_PARTS - s); /* < 0: first half, 0: the part in the middle */
         half[0] += twice < 0 ? 2 * w->part[k] : twice == 0 ? w->part[k] : 0;
         half[1] += twice > 0 ? 2 * w->part[k] : twice == 0 ? w->part[k] : 0;
      }
      if ((half[0] + half[1]) * 2 > total && half[1] * 2 < half[0])
         return 1;
   }
   return 0;
}

int lg_window_spread(const lg_window *w, uint32_t parts)
{
   int64_t sum = 0, squares = 0;
   for (int k = 0; k < LG_PARTS; k++) {
      sum += w->part[k];
      squares += w->part[k] * w->part[k];
   }
   return sum * sum >= parts * squares;
}

/* Does the window end above what was held, and given back, before it began? */
static int is_fresh(const int64_t *x, const int64_t *r, const lg_window *w, uint32_t begin, uint32_t end)
{
   int64_t held = 0;
   for (uint32_t i = 0; i < begin; i++) {
      if (x[i] > held)
         held = x[i];
   }
   return begin == 0 || r[w->to] - held >= w->grown >> 1 || end - begin >= 4 * lg_excursion(x, 0, end);
}

static lg_window_result classify(const int64_t *x, const int64_t *r, uint32_t begin, uint32_t end, uint32_t cut,
                                 lg_window *w)
{
   rises_seen seen;
   int noisy = !cut && w->excursion * K_SURE > end - begin;

   if (w->to <= begin + 2 || r[w->to] <= r[begin])
      return noisy ? LG_WINDOW_NOISE : LG_WINDOW_FLAT;

   w->grown = r[w->to] - r[begin];
   count_rises(r, w, &seen);
   cut_into_parts(r, w);
   weigh_rises(r, w, &seen);

   int enough = w->rises >= LG_RISES_MIN && seen.enough;
   int rising = w->gap_end <= (cut ? seen.gap_max : 2 * seen.gap_max) + 1;
   int lasted =
      (w->to - seen.begun) * (cut ? 3 : 5) >= end; /* what is cut off has not been seen: ask more of the rest */
   int fresh = cut || is_fresh(x, r, w, begin, end);
   int later = is_regular(w, &seen, end) || (w->rises >= RISES_FREE && lg_window_spread(w, SPREAD) &&
                                             !is_second_warmup(w) && is_sustained(w, begin, end));
   if (noisy) {
      int maybe = w->excursion * K_MAYBE <= end - begin && enough && rising && lasted && fresh && later;
      return maybe ? LG_WINDOW_MAYBE : LG_WINDOW_NOISE;
   }
   if (!enough)
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
