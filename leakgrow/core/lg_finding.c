/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_finding: from a trend to the numbers an engineer asks for. All proportions are exact (lg_scale). */
#include "lg_finding.h"
#include "lg_retained.h"
#include "lg_scale.h"
#include "lg_work.h"

const char *lg_finding_kind_name(lg_finding_kind k)
{
   static const char *const names[] = {"growth", "burst", "step", "census", "span-discipline", "lag", "stall"};
   return (unsigned)k < sizeof names / sizeof *names ? names[k] : "?";
}

const char *lg_about_name(lg_about a)
{
   static const char *const names[] = {"account", "stack", "function", "context",
                                       "mapping", "total", "label",    "domain"};
   return (unsigned)a < sizeof names / sizeof *names ? names[a] : "?";
}

uint32_t lg_finding_stack(const lg_source *src, const lg_finding *f, const uint32_t **frames)
{
   lg_account_info info;
   lg_incident i;
   *frames = NULL;
   if (f->kind == LG_FINDING_STALL) {
      src->domain_incident(src->self, f->domain - 1, f->incident - 1, &i);
      *frames = i.frames;
      return i.n_frames;
   }
   src->account(src->self, f->account, &info);
   if (f->n_frames == 0 || f->first_frame + f->n_frames > info.n_frames)
      return 0;
   *frames = info.frames + f->first_frame;
   return f->n_frames;
}

void lg_finding_init(lg_finding *f, lg_finding_kind kind, lg_about about, const lg_trend *t)
{
   static const lg_finding nothing = {0};
   *f = nothing;
   f->kind = kind;
   f->about = about;
   f->trend = *t;
   f->until_limit = f->until_double = UINT64_MAX;
}

void lg_finding_of_account(const lg_work *w, lg_finding *f, uint32_t account)
{
   lg_account_info info;
   w->src->account(w->src->self, account, &info);
   f->account = account;
   f->n_accounts = 1;
   f->context = info.context;
   f->first_frame = 0;
   f->n_frames = info.n_frames;
   f->live_B = info.live_B;
   f->live_blk = info.live_blk;
   f->is_cut_stack = w->src->depth > 0 && info.n_frames >= w->src->depth;
}

static lg_slope slope_of(int64_t grown_B, int64_t lo_B, int64_t hi_B, uint64_t factor, uint64_t axis)
{
   lg_slope s = {0, 0, 0, 0};
   if (axis == 0)
      return s;
   s.is_known = 1;
   s.mB = lg_scale_signed(grown_B, factor, axis);
   s.lo_mB = lg_scale_signed(lo_B, factor, axis);
   s.hi_mB = lg_scale_signed(hi_B, factor, axis);
   return s;
}

/* Thousandths of a byte, and what a unit is too small for (lg_finding.h). */
static uint64_t per_unit_factor(char unit)
{
   return unit == 'm' ? 1000 * 1000 : unit == 'B' ? 1000 << 20 : unit == 'i' ? 1000 * 1000000 : 1000;
}

void lg_slopes_measure(const lg_source *src, int64_t grown_B, int64_t lo_B, int64_t hi_B, uint64_t time, uint64_t ticks,
                       lg_slope *per_s, lg_slope *per_tick, lg_slope *per_unit)
{
   *per_s = slope_of(grown_B, lo_B, hi_B, 1000 * 1000, src->unit == 'm' ? time : 0);
   *per_tick = slope_of(grown_B, lo_B, hi_B, 1000, ticks);
   *per_unit = slope_of(grown_B, lo_B, hi_B, per_unit_factor(src->unit), time);
}

uint64_t lg_time_until(uint64_t room_B, uint64_t grown_B, uint64_t time)
{
   if (grown_B == 0 || time == 0)
      return UINT64_MAX;
   return lg_scale(room_B, time, grown_B);
}

/* In how many intervals of the window did the series the verdict rests on rise for good? */
static uint32_t count_rises(const lg_work *w, const lg_finding *f, const lg_dense *d)
{
   int64_t kept[LG_INTERVALS_MAX];
   uint32_t rises = 0;
   if (f->trend.why == LG_WHY_BIRTHS) {
      for (uint32_t i = f->trend.from + 1; i <= f->trend.to; i++)
         rises += d->surv_blk[i] > 0;
      return rises;
   }
   lg_envelope(f->trend.why == LG_WHY_FLOOR_BLOCKS ? d->min_blk : d->min_B, f->trend.from, w->n_judged, kept);
   for (uint32_t i = f->trend.from + 1; i <= f->trend.to; i++)
      rises += kept[i] > kept[i - 1];
   return rises;
}

void lg_finding_measure(const lg_work *w, lg_finding *f, const lg_dense *d)
{
   const lg_total *totals = w->src->totals;
   const lg_trend *t = &f->trend;
   if (w->n_judged == 0 || t->to >= w->n_judged || t->from >= t->to)
      return;
   f->begin = totals[t->from].time;
   f->end = totals[t->to].time;
   f->ticks = lg_excess(totals[t->to].ticks, totals[t->from].ticks);
   f->n_judged = t->to - t->from;
   f->rises = count_rises(w, f, d);
   for (uint32_t i = t->from + 1; i <= t->to; i++) {
      f->births += (uint64_t)d->births[i];
      f->deaths += (uint64_t)d->deaths[i];
   }
   f->judged_B = (uint64_t)d->end_B[w->n_judged - 1];
   f->judged_blk = (uint64_t)d->end_blk[w->n_judged - 1];
   f->change_B = t->grown_B > 0 ? (uint64_t)t->grown_B : 0;
   f->change_blk = t->grown_blk > 0 ? (uint64_t)t->grown_blk : 0;

   uint64_t time = lg_excess(f->end, f->begin);
   lg_slopes_measure(w->src, t->grown_B, t->grown_lo_B, t->grown_hi_B, time, f->ticks, &f->per_s, &f->per_tick,
                     &f->per_unit);
   f->rank_B = time > 0 ? lg_scale(f->change_B, w->run_time, time) : f->change_B;
   if (f->about == LG_ABOUT_MAPPING)
      return;
   f->until_double = lg_time_until(w->out->judged_B, f->change_B, time);
   if (w->src->heap_limit_B > 0)
      f->until_limit = lg_time_until(lg_excess(w->src->heap_limit_B, w->out->judged_B), f->change_B, time);
}
