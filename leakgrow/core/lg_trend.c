/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_trend: puts the evidence together.
 *
 *   doubling   capacity that only doubles rises too rarely for statistics; it has its own timetable
 *   time       lg_route on the clock of the profile; growth while the program was idle is not believed
 *   work       where load and time differ, lg_route on the clock of work, too. What grows on both clocks grows. What grows evenly
 *              on the clock of work alone grows with the load: the wall clock only shows that the load paused. What grows on the
 *              wall clock alone must do so evenly, or the load made it look so.
 *
 * The rates of false alarms and of detection are measured by tests/stat and listed in docs/TRENDS.md. */
#include "lg_trend.h"
#include "lg_load.h"
#include "lg_retained.h"
#include "lg_route.h"
#include "lg_scale.h"
#include "lg_trend_shape.h"

enum {
   N_SHORT = 40,         /* up to here growing is only suspected */
   CELLS_MIN = 24,       /* a clock of work coarser than this is not asked */
   SPREAD_ON_WORK = 12,  /* parts that growth must be spread over to be believed on the clock of work alone, */
   SPREAD_ON_TIME = 8,   /* on the clock of time when work does not show it, */
   SPREAD_IN_DOUBT = 10, /* and when work shows a warm-up instead */
   RESTS_MIN = 2 /* pauses of the load that must have been pauses of the growth, unless ticks tell what work is */
};

/* What an account kept, at every element of a lane. */
static void kept_by(const lg_lane *lane, const lg_window *w, int why, int64_t *kept_B, int64_t *kept_blk)
{
   int64_t sum_B = 0, sum_blk = 0;
   if (why != LG_WHY_BIRTHS) {
      lg_envelope(lane->min_B, w->from, lane->n, kept_B);
      lg_envelope(lane->min_blk, w->from, lane->n, kept_blk);
      return;
   }
   for (uint32_t i = 0; i < lane->n; i++) {
      kept_B[i] = sum_B += lg_clamp(lane->surv_B[i], LG_BYTES_MAX);
      kept_blk[i] = sum_blk += lg_clamp(lane->surv_blk[i], LG_COUNT_MAX);
   }
}

/* How many bytes the account gained for good in the window that decided, and how sure that is: 95 % of an error estimated from
 * the spread of sixteen parts. */
static void measure_growth(const lg_lane *lane, uint32_t n, const lg_window *w, int why, lg_trend *out)
{
   int64_t kept_B[LG_INTERVALS_MAX], kept_blk[LG_INTERVALS_MAX], spread = 0, all, error;
   uint32_t span = w->to - w->from, shift = 0;

   kept_by(lane, w, why, kept_B, kept_blk);
   out->from = lg_lane_interval(lane, n, w->from);
   out->to = lg_lane_interval(lane, n, w->to);
   out->grown_B = kept_B[w->to] - kept_B[w->from];
   out->grown_blk = kept_blk[w->to] - kept_blk[w->from];

   while (out->grown_B >> shift >> 20)
      shift++;
   all = out->grown_B >> shift;
   for (uint32_t k = 0; k < LG_PARTS; k++) {
      uint32_t a = w->from + span * k / LG_PARTS, b = w->from + span * (k + 1) / LG_PARTS;
      int64_t off = LG_PARTS * ((kept_B[b] - kept_B[a]) >> shift) - all;
      spread += off * off;
   }
   /* variance of the sum of 16 parts = spread / (16 * 15); 273 / 65536 is 1 / 240. Student's t for 15 degrees is 2.13. */
   error = (int64_t)(lg_root((uint64_t)spread * 273 >> 16) * 545 >> 8 << shift);
   out->grown_lo_B = out->grown_B > error ? out->grown_B - error : 0;
   out->grown_hi_B = out->grown_B <= INT64_MAX - error ? out->grown_B + error : INT64_MAX;
}

static void judge_doubling(const lg_lane *time, lg_doubling state, lg_trend *out)
{
   lg_window whole = {0};
   out->shape = LG_SHAPE_DOUBLING;
   if (state == LG_DOUBLING_GROWING) {
      out->verdict = LG_GROWING;
      out->why = LG_WHY_DOUBLING;
      whole.to = time->n - 1;
      measure_growth(time, time->n, &whole, out->why, out);
   } else if (state == LG_DOUBLING_WAITING) {
      out->verdict = LG_INCONCLUSIVE;
      out->why = LG_WHY_DOUBLING_DUE;
   } else {
      out->verdict = LG_BOUNDED;
      out->why = LG_WHY_DOUBLING_OVER;
   }
}

/* Too few intervals for any test: only what is flat is called bounded. */
static void judge_tiny(const lg_dense *d, uint32_t n, lg_trend *out)
{
   uint32_t grew = 0;
   for (uint32_t i = 1; i < n; i++)
      grew += d->end_B[i] > d->end_B[i - 1];
   out->verdict = grew >= 2 ? LG_INCONCLUSIVE : LG_BOUNDED;
   out->why = grew >= 2 ? LG_WHY_SHORT : LG_WHY_BOUNDED;
   out->shape = lg_shape_of_rest(d, n);
}

/* Growth that only shows on the clock of work: is it so even there that work must be what drives it? */
static int is_even_on_work(const lg_load *load, const lg_window *w)
{
   int64_t later, variance;
   lg_window_lean(w, 0, LG_PARTS * 64 / 2, &later, &variance);
   return !(later < 0 && later * later * 2 > 3 * variance) && lg_window_spread(w, SPREAD_ON_WORK) &&
          w->from * 4 <= load->n_cells;
}

/* And to the very end of the work? One pause of the load may be chance: something else may have ended with it. Then ticks must tell what
 * work is, and the growth must go on at full rate into the last sixteenth of the work. */
static int is_driven_by_work(const lg_load *load, const lg_window *w)
{
   int64_t total = 0, last = w->part[LG_PARTS - 1];
   for (int k = 0; k < LG_PARTS; k++)
      total += w->part[k];
   if (load->rests >= RESTS_MIN)
      return last * 32 >= total;
   return load->clock == LG_CLOCK_TICKS && last * 18 >= total;
}

/* Asks the clock of work as well and lets it overrule the clock of time. Returns 1 when `on_time` was replaced by what work says. */
static int consider_work(lg_route_in *in, const lg_load *load, const lg_lane *work, lg_route *on_time)
{
   lg_route_in on_work_in = *in;
   lg_route on_work;

   on_work_in.lane = work;
   on_work_in.load = NULL;
   lg_route_find(&on_work_in, &on_work);
   if (on_time->found && !on_work.found) {
      in->whole = on_work.why != LG_WHY_BOUNDED;
      in->spread = in->whole ? SPREAD_IN_DOUBT : SPREAD_ON_TIME;
      lg_route_find(in, on_time);
   } else if (!on_time->found && on_work.found && is_even_on_work(load, &on_work.hit)) {
      if (is_driven_by_work(load, &on_work.hit)) {
         *on_time = on_work;
         return 1;
      }
      on_time->why = LG_WHY_WITH_LOAD;
   }
   return 0;
}

static void judge_intervals(const lg_trend_in *in, const lg_lane *time, lg_trend *out)
{
   lg_route_in how = {in->d, time->n, in->units_per_interval, time, NULL, 0, 0};
   const lg_lane *lane = time;
   lg_cells cells;
   lg_lane work;
   lg_load load;
   lg_route route;

   if (lg_route_is_idle(in->d, time->n)) {
      out->verdict = LG_BOUNDED;
      out->why = LG_WHY_BOUNDED;
      out->shape = lg_shape_of_rest(in->d, time->n);
      return;
   }
   lg_load_learn(in, time->n, &load);
   if (load.known)
      how.load = &load;
   lg_route_find(&how, &route);
   if (load.known && load.uneven && load.n_cells >= CELLS_MIN) {
      lg_lane_of_work(in->d, time->n, &load, &cells, &work);
      if (consider_work(&how, &load, &work, &route)) {
         lane = &work;
         out->clock = load.clock;
      }
   }
   out->why = route.why;
   if (route.found) {
      out->verdict = LG_GROWING;
      out->shape = lg_shape_of_growth(&route.hit);
      measure_growth(lane, time->n, &route.hit, route.why, out);
   } else {
      out->verdict = route.why == LG_WHY_BOUNDED ? LG_BOUNDED : LG_INCONCLUSIVE;
      out->shape = lg_shape_of_rest(in->d, time->n);
      out->warming_up = route.why == LG_WHY_WARMING_UP;
   }
}

void lg_trend_judge(const lg_trend_in *in, lg_trend *out)
{
   static const lg_trend nothing = {0};
   uint32_t n = in->d->n ? in->d->n - 1 : 0; /* without the interval in progress */
   lg_doubling doubling;
   lg_lane time;

   *out = nothing;
   if (n < LG_TREND_INTERVALS_MIN) {
      judge_tiny(in->d, n, out);
      return;
   }
   lg_lane_of_time(in->d, n, &time);
   doubling = lg_doubling_state(in->d->end_B, n);
   if (doubling != LG_DOUBLING_NONE)
      judge_doubling(&time, doubling, out);
   else
      judge_intervals(in, &time, out);
   if (out->verdict == LG_GROWING && n <= N_SHORT) {
      out->verdict = LG_INCONCLUSIVE;
      out->why = LG_WHY_SHORT;
   }
}

const char *lg_verdict_name(lg_verdict v)
{
   static const char *const names[] = {"bounded", "growing", "inconclusive"};
   return (unsigned)v < sizeof names / sizeof *names ? names[v] : "?";
}

const char *lg_shape_name(lg_shape s)
{
   static const char *const names[] = {"flat",     "linear",  "accelerating", "saturating", "step",     "burst",
                                       "sawtooth", "plateau", "lag",          "batches",    "doubling", "fluctuating"};
   return (unsigned)s < sizeof names / sizeof *names ? names[s] : "?";
}

const char *lg_trend_why(int why)
{
   static const char *const clauses[] = {
      [LG_WHY_BOUNDED] = "because nothing it keeps is still growing",
      [LG_WHY_FLOOR_BYTES] = "because the bytes it never gives back keep rising",
      [LG_WHY_FLOOR_BLOCKS] = "because the blocks it never gives back keep rising in number",
      [LG_WHY_BIRTHS] = "because part of the blocks born in every stretch of the run are never freed",
      [LG_WHY_DOUBLING] = "because its capacity keeps doubling on time",
      [LG_WHY_DOUBLING_DUE] = "because its capacity has doubled and the next doubling is not due yet",
      [LG_WHY_DOUBLING_OVER] = "because its capacity doubled but has stopped doing so",
      [LG_WHY_WARMING_UP] = "because its growth is slowing down as a warm-up does",
      [LG_WHY_FEW_CYCLES] = "because it rises and falls in too few cycles to see what lies under them",
      [LG_WHY_SHORT] = "because the run is too short",
      [LG_WHY_WITH_LOAD] = "because it rose as the program's load did, or only while the program was idle",
   };
   return (unsigned)why < sizeof clauses / sizeof *clauses ? clauses[why] : "?";
}
