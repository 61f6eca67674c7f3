/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_event: what happened once, and suddenly.
 *
 * Both kinds are looked for in the exact floors and ceilings of the whole heap, where many small accounts that move together add
 * up; the accounts are asked afterwards who moved most.
 *
 *   ceiling      _                        burst: the ceiling leaves the usual level (the one that nine tenths of all
 *   ............| |........ usual         ceilings stay under) by burst_ppm of it, and comes back or is open at the end
 *   ____________| |________
 *                   ___________           step: the retained envelope of the floors rises within an interval by burst_ppm
 *   _______________|                      of what it was, after start-up, and stays */
#include "lg_brief.h"
#include "lg_retained.h"
#include "lg_scale.h"
#include "lg_work.h"

enum {
   N_MIN = 16, /* intervals below which nothing is usual */
   STEP_PART_DEN = 4,
   START_SHARE = 10, /* a step in the first tenth of the run is start-up */
   LONG_BURSTS = 2,
   OPEN_SHARE = 20 /* a burst that has not come back is one if it is younger than a twentieth of the run */
};

static uint64_t sudden_B(const lg_work *w, uint64_t level_B)
{
   uint64_t share = lg_scale(level_B, w->params.burst_ppm, 1000000);
   return share > w->params.burst_B ? share : w->params.burst_B;
}

/* Keeps the largest LG_EVENTS_MAX of each kind. */
static void keep_event(lg_work *w, const lg_event *e)
{
   lg_event *smallest = NULL;
   uint32_t n_kind = 0;
   for (uint32_t i = 0; i < w->n_events; i++) {
      if (w->events[i].is_burst != e->is_burst)
         continue;
      n_kind++;
      if (smallest == NULL || w->events[i].change_B < smallest->change_B)
         smallest = &w->events[i];
   }
   if (n_kind < LG_EVENTS_MAX)
      w->events[w->n_events++] = *e;
   else if (smallest->change_B < e->change_B)
      *smallest = *e;
}

static void sort_u64(uint64_t *v, uint32_t n)
{
   for (uint32_t i = 1; i < n; i++) {
      uint64_t x = v[i];
      uint32_t k = i;
      for (; k > 0 && v[k - 1] > x; k--)
         v[k] = v[k - 1];
      v[k] = x;
   }
}

/* A burst that is still open could be the beginning of growth: it must be young, and most of it must have come at once. */
static int is_sudden(const lg_work *w, const lg_event *e, uint32_t n)
{
   uint64_t at_once = lg_excess(w->src->totals[e->first].ceiling_B, e->base_B);
   return (e->last - e->first + 1) * OPEN_SHARE <= n + OPEN_SHARE && at_once >= e->change_B / 2;
}

/* Keeps every stay of the ceiling above `top`. Returns how many there were. */
static uint32_t keep_bursts(lg_work *w, uint32_t n, uint64_t top)
{
   const lg_total *t = w->src->totals;
   uint32_t n_kept = 0;
   for (uint32_t i = 0; i < n; i++) {
      if (t[i].ceiling_B <= top)
         continue;
      lg_event e = {.is_burst = 1, .first = i, .peak = i, .last = i, .account = UINT32_MAX};
      for (; i < n && t[i].ceiling_B > top; i++) {
         e.last = i;
         if (t[i].ceiling_B > t[e.peak].ceiling_B)
            e.peak = i;
      }
      e.is_open = e.last == n - 1 && t[e.last].live_B > top;
      e.base_B = e.first > 0 ? t[e.first - 1].live_B : 0;
      e.change_B = lg_excess(t[e.peak].ceiling_B, e.base_B);
      if (e.is_open && !is_sudden(w, &e, n))
         continue;
      keep_event(w, &e);
      n_kept++;
   }
   return n_kept;
}

/* Short bursts leave the level that nine tenths of the run stay under. One that lasts longer, up to a quarter of the run, must more than
 * double the level of the rest, and at most LONG_BURSTS of them are bursts: more are the way the program works. */
static void find_bursts(lg_work *w, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      w->sorted[i] = w->src->totals[i].ceiling_B;
   sort_u64(w->sorted, n);
   uint64_t usual = w->sorted[(n - 1) * 9 / 10];
   if (keep_bursts(w, n, lg_sum(usual, sudden_B(w, usual))) > 0)
      return;
   usual = w->sorted[(n - 1) * 3 / 4];
   if (keep_bursts(w, n, lg_sum(usual, lg_sum(usual, sudden_B(w, usual)))) > LONG_BURSTS)
      w->n_events = 0;
}

static int64_t clamped(uint64_t v)
{
   return v > (uint64_t)LG_VALUE_MAX ? LG_VALUE_MAX : (int64_t)v;
}

static void find_steps(lg_work *w)
{
   const lg_total *t = w->src->totals;
   uint32_t n = w->n_judged;
   int64_t floors[LG_INTERVALS_MAX], kept[LG_INTERVALS_MAX];
   floors[0] = 0;
   for (uint32_t i = 0; i < n; i++)
      floors[i] = clamped(t[i].floor_B);
   lg_envelope(floors, 0, n, kept);
   uint32_t held = lg_excursion(floors, 0, n); /* a rise is for good only if it outlives what was given back before */
   for (uint32_t i = 1 + n / START_SHARE; i + held < n; i++) {
      uint64_t rise = (uint64_t)(kept[i] - kept[i - 1]);
      if (rise < sudden_B(w, (uint64_t)kept[i - 1]))
         continue;
      lg_event e = {.first = i, .peak = i, .last = i, .account = UINT32_MAX};
      e.base_B = (uint64_t)kept[i - 1];
      e.change_B = rise;
      keep_event(w, &e);
   }
}

void lg_events_find(lg_work *w)
{
   uint32_t n = w->out->is_exited ? w->n_judged + 1 : w->src->n_intervals;
   w->n_events = 0;
   if (n > LG_INTERVALS_MAX)
      n = LG_INTERVALS_MAX;
   if (w->n_judged < N_MIN)
      return;
   find_bursts(w, n);
   find_steps(w);
}

/* How much of a step is that of an account with these floors? A block may be noticed in the floor of the next interval only: compare one
 * interval further out. */
static int64_t step_share(const lg_work *w, const lg_event *e, const int64_t *floors)
{
   uint32_t before = e->first >= 2 ? e->first - 2 : 0, after = e->first + 1 < w->n_judged ? e->first + 1 : e->first;
   return lg_retained_gain(floors, w->n_judged, before, after);
}

/* How much of the event is this account's? */
static int64_t share_of(const lg_work *w, const lg_event *e, const lg_dense *d)
{
   if (e->is_burst)
      return e->peak < d->n ? d->max_B[e->peak] - (e->first > 0 ? d->end_B[e->first - 1] : 0) : 0;
   return step_share(w, e, d->min_B);
}

static void offer(const lg_work *w, lg_event *e, uint32_t account, int64_t share)
{
   if (share <= 0 || (uint64_t)share < e->part_B)
      return;
   if ((uint64_t)share > e->part_B || lg_account_compare(w->src, account, e->account) < 0) {
      e->part_B = (uint64_t)share;
      e->account = account;
   }
}

void lg_events_offer(lg_work *w, uint32_t account, const lg_dense *d)
{
   for (uint32_t i = 0; i < w->n_events; i++)
      offer(w, &w->events[i], account, share_of(w, &w->events[i], d));
}

/* What is kept cannot rise by more than the highest floor: few accounts need a closer look. */
void lg_events_offer_sparse(lg_work *w, uint32_t account, const lg_sparse *a, int64_t highest_B)
{
   int64_t floors[LG_INTERVALS_MAX];
   for (uint32_t i = 0; i < w->n_events; i++) {
      lg_event *e = &w->events[i];
      if (e->is_burst) {
         int64_t before = e->first > 0 ? lg_brief_held(a, w->first + e->first - 1) : 0;
         offer(w, e, account, lg_brief_ceiling(a, w->first + e->peak) - before);
      } else if (highest_B > 0 && (uint64_t)highest_B >= e->part_B) {
         lg_brief_floors(a, w->first, w->n_judged, floors);
         offer(w, e, account, step_share(w, e, floors));
      }
   }
}

/* Is a slope the better word for it, or could it become one? */
static int is_growth(const lg_work *w, const lg_event *e)
{
   const lg_account_result *r = &w->results[e->account];
   if (e->is_burst && !e->is_open)
      return 0;
   return r->trend.verdict == LG_GROWING || r->trend.why == LG_WHY_DOUBLING_DUE || r->finding != 0;
}

/* A step nobody had much to do with is the sum of unrelated rises, or of a rise and what hides its end. */
static int is_blurred(const lg_event *e)
{
   return !e->is_burst && e->part_B < e->change_B / STEP_PART_DEN;
}

static int is_same_thing(const lg_event *a, const lg_event *b)
{
   return a->is_burst == b->is_burst && a->account == b->account;
}

/* How many events of this kind the account had; 0 when e is not the largest, or first of the largest. */
static uint32_t count_events(const lg_work *w, const lg_event *e)
{
   uint32_t n = 0;
   for (uint32_t i = 0; i < w->n_events; i++) {
      const lg_event *other = &w->events[i];
      if (!is_same_thing(other, e))
         continue;
      if (other->change_B > e->change_B || (other->change_B == e->change_B && other->first < e->first))
         return 0;
      n++;
   }
   return n;
}

static void report_event(lg_work *w, const lg_event *e, uint32_t n_events)
{
   lg_finding f;
   lg_finding_init(&f, e->is_burst ? LG_FINDING_BURST : LG_FINDING_STEP, LG_ABOUT_ACCOUNT,
                   &w->results[e->account].trend);
   lg_finding_of_account(w, &f, e->account);
   f.trend.verdict = LG_BOUNDED;
   f.trend.shape = e->is_burst ? LG_SHAPE_BURST : LG_SHAPE_STEP;
   f.trend.why = LG_WHY_BOUNDED;
   f.begin = e->peak > 0 ? w->src->totals[e->peak - 1].time : w->start_time;
   f.end = w->src->totals[e->peak].time;
   f.base_B = e->base_B;
   f.change_B = e->change_B;
   f.rank_B = e->change_B;
   f.part_B = e->part_B < e->change_B ? e->part_B : e->change_B;
   f.judged_B = (uint64_t)w->results[e->account].judged_B;
   f.is_open = e->is_open;
   f.n_events = n_events;
   lg_finding_insert(w, &f);
}

void lg_events_report(lg_work *w)
{
   for (uint32_t i = 0; i < w->n_events; i++) {
      const lg_event *e = &w->events[i];
      if (e->account == UINT32_MAX || is_growth(w, e) || is_blurred(e))
         continue;
      uint32_t n_events = count_events(w, e);
      if (n_events > 0)
         report_event(w, e, n_events);
   }
}
