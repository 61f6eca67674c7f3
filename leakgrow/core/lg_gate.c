/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_gate: the gate's decisions. Everything here errs on the side of "don't know".
 *
 * Trap: a gate that divides growth by run time passes a leak that began late, and one that fits a line fails a sawtooth. Rates
 * and verdicts are those of lg_trend, which looks at what was never given back; nothing here measures growth by itself. */
#include "lg_gate.h"
#include "lg_retained.h"
#include "lg_scale.h"
#include "lg_waves.h"
#include "lg_work.h"

enum {
   ACTIVE_MIN = 16, /* judged intervals in which the program must have done something */
   IDLE_DEN = 3,    /* and it must not have been idle for more than this share of the run at a stretch */
   WAVE_DEN = 64,   /* of the heap: smaller waves are not looked at */
   RISE_PPM = 1000, /* of the heap, and RISE_B: what must have been gained under them to matter */
   RISE_B = 1024,
   APART_TIME_DEN = 4, /* rates by seconds must lie apart by this share of the old one */
   APART_WORK_DEN = 20 /* rates by ticks, bytes or instructions */
};

const char *lg_gate_name(lg_gate_result r)
{
   static const char *const names[] = {"pass", "inconclusive", "fail"};
   return (unsigned)r < sizeof names / sizeof *names ? names[r] : "?";
}

/* ---- doubts ---- */

/* SIGHUP, SIGINT and SIGTERM are how services are told to end. 0 is unknown, which is remarked: the profile is complete. */
static int is_usual_signal(uint64_t signal)
{
   return signal == 0 || signal == 1 || signal == 2 || signal == 15;
}

int lg_gate_remark(lg_text *t, const lg_gate_run *run)
{
   if (run->is_moment)
      lg_word_text(t, "the process ended by itself, too early to be judged");
   else if (run->is_prelude)
      lg_word_text(t, "the process became another program, whose profile is checked, too");
   else if (run->end == LG_END_SIGNAL && run->signal == 0)
      lg_word_text(t,
                   "a signal ended the program, the profile does not say which: whether it was stopped or crashed, its "
                   "exit status says");
   else
      return 0;
   return 1;
}

static int doubt_end(lg_text *t, const lg_gate_run *run)
{
   if (run->end == LG_END_DAMAGED) {
      lg_word_text(t, "the profile is damaged: what followed the damage is unknown");
      return 1;
   }
   if (run->is_truncated_fine || run->end == LG_END_EXIT)
      return 0;
   if (run->end == LG_END_SIGNAL) {
      if (is_usual_signal(run->signal))
         return 0;
      lg_word_text(t, "the program was killed by signal ");
      lg_word_count(t, run->signal);
      return 1;
   }
   lg_word_text(t, "there is no final snapshot: the program was killed from outside, or is still running");
   if (run->end == LG_END_TORN)
      lg_word_text(t, ", and the last write was cut off");
   return 1;
}

/* A place that leaks within a large sum may be lost in its waves. */
static int doubt_merged(lg_text *t, const lg_gate_run *run)
{
   enum { SHARE = 4 };
   if (run->merged_B <= run->held_B / SHARE)
      return 0;
   lg_word_bytes(t, run->merged_B);
   lg_word_text(t, " of ");
   lg_word_bytes(t, run->held_B);
   lg_word_text(t, " are in accounts that were merged into (other): give more --max-tool-memory or --max-file-size");
   return 1;
}

#define ENDS_WORDS    " spans and tasks ended of which it is not known which ones"
#define RETIRES_WORDS " retired objects were not followed"

/* Tables that were full: --max-tool-memory. */
static int doubt_unfollowed(lg_text *t, uint64_t n, const char *words)
{
   if (n == 0)
      return 0;
   lg_word_count(t, n);
   lg_word_text(t, words);
   lg_word_text(t, ": give more --max-tool-memory");
   return 1;
}

static int doubt_blind(lg_text *t, const lg_gate_run *run)
{
   if (run->is_blind)
      lg_word_text(t, "the program's malloc was not replaced: nothing is known of its heap");
   return run->is_blind;
}

static uint32_t end_of(const lg_analysis *a)
{
   return a->first_judged + a->n_judged;
}

/* The last total that was judged; n_judged > 0. */
static const lg_total *last_of(const lg_source *src, const lg_analysis *a)
{
   return &src->totals[end_of(a) - 1];
}

static uint64_t start_of(const lg_source *src, const lg_analysis *a)
{
   return a->first_judged > 0 ? src->totals[a->first_judged - 1].time : 0;
}

static int is_idle(const lg_source *src, uint32_t i)
{
   const lg_total *now = &src->totals[i], *before = i > 0 ? &src->totals[i - 1] : NULL;
   uint64_t allocs = before != NULL ? before->allocs : 0, ticks = before != NULL ? before->ticks : 0;
   return now->allocs <= allocs && now->ticks <= ticks;
}

static int doubt_idle(lg_text *t, const lg_source *src, const lg_analysis *a, const lg_gate_run *run)
{
   uint32_t active = 0, stretch = 0, longest = 0, from = 0;
   if (run->is_idle_fine || a->is_short || run->is_blind || run->is_prelude)
      return 0;
   for (uint32_t i = a->first_judged; i < end_of(a); i++) {
      stretch = is_idle(src, i) ? stretch + 1 : 0;
      active += stretch == 0;
      if (stretch > longest) {
         longest = stretch;
         from = i + 1 - stretch;
      }
   }
   if (active >= ACTIVE_MIN && longest <= a->n_judged / IDLE_DEN)
      return 0;
   lg_word_text(t, "the program was hardly used: it allocated or ticked in ");
   lg_word_count(t, active);
   lg_word_text(t, " of ");
   lg_word_count(t, a->n_judged);
   lg_word_text(t, " intervals, and nothing was recorded for ");
   uint64_t begin = from > 0 ? src->totals[from - 1].time : 0,
            end = longest > 0 ? src->totals[from + longest - 1].time : begin;
   lg_word_duration(t, src->unit, lg_excess(end, begin));
   lg_word_text(t, " at a stretch");
   return 1;
}

static int doubt_need_time(lg_text *t, const lg_source *src, const lg_analysis *a, const lg_gate_run *run)
{
   if (run->need_time > 0 && src->unit != 'm') {
      lg_word_text(t, "the budget requires a duration, and the clock of this profile is not time");
      return 1;
   }
   uint64_t time = a->n_judged > 0 ? lg_excess(last_of(src, a)->time, start_of(src, a)) : 0;
   if (time >= run->need_time)
      return 0;
   lg_word_text(t, "the budget requires ");
   lg_word_duration(t, src->unit, run->need_time);
   lg_word_text(t, ", only ");
   lg_word_duration(t, src->unit, time);
   lg_word_text(t, " could be judged");
   return 1;
}

static int doubt_need_count(lg_text *t, uint64_t need, uint64_t have, const char *what)
{
   if (have >= need)
      return 0;
   lg_word_text(t, "the budget requires ");
   lg_word_count(t, need);
   lg_word_text(t, what);
   lg_word_text(t, ", there were ");
   lg_word_count(t, have);
   return 1;
}

static int doubt_needs(lg_text *t, const lg_source *src, const lg_analysis *a, const lg_gate_run *run, int which)
{
   uint64_t ticks = a->n_judged > 0 ? last_of(src, a)->ticks : 0;
   if (run->is_prelude || run->is_moment)
      return 0;
   if (which == 0)
      return doubt_need_time(t, src, a, run);
   if (which == 1)
      return doubt_need_count(t, run->need_intervals, a->n_judged, " judged intervals");
   return doubt_need_count(t, run->need_ticks, ticks, " ticks");
}

int lg_gate_doubt(lg_text *t, const lg_source *src, const lg_analysis *a, const lg_gate_run *run, uint32_t nth)
{
   uint32_t seen = 0;
   size_t before = t->used;
   for (int which = 0; which < 9; which++) {
      int is_said = which == 0   ? doubt_end(t, run)
                    : which == 1 ? doubt_blind(t, run)
                    : which == 2 ? doubt_idle(t, src, a, run)
                    : which == 3 ? doubt_merged(t, run)
                    : which == 4 ? doubt_unfollowed(t, run->unfollowed_ends, ENDS_WORDS)
                    : which == 5 ? doubt_unfollowed(t, run->unfollowed_retires, RETIRES_WORDS)
                                 : doubt_needs(t, src, a, run, which - 6);
      if (is_said && seen++ == nth)
         return 1;
      t->used = before;
      t->data[before] = '\0';
   }
   return !((run->is_prelude || run->is_moment) && a->is_short) && lg_word_doubt(t, src, a, nth - seen);
}

/* ---- waves ---- */

static const lg_slope *rate_on(const lg_rates *r, lg_axis axis)
{
   return axis == LG_AXIS_TICK ? &r->per_tick : axis == LG_AXIS_SECOND ? &r->per_s : &r->per_unit;
}

static const char *axis_words(lg_axis axis, char unit)
{
   if (axis == LG_AXIS_TICK || unit == 't')
      return " per tick";
   if (axis == LG_AXIS_SECOND || unit == 'm')
      return " per second";
   return unit == 'B' ? " per MiB allocated and freed" : " per million instructions";
}

/* "sessions (pool.c:7) may be growing: it rises and falls by up to 3.0 MiB, ..." */
static void say_waves(lg_text *t, const lg_source *src, uint32_t account, const lg_waves *v)
{
   lg_word_account(t, src, account);
   lg_word_text(t, " may be growing: it rises and falls by up to ");
   lg_word_bytes(t, (uint64_t)v->fall);
   if (v->n_lows < 2) {
      lg_word_text(t, ", and the run shows less than two waves of it; what lies under them cannot be told");
   } else {
      lg_word_text(t, ", and the ");
      lg_word_count(t, v->n_lows);
      lg_word_text(t, " lowest points of these waves rise from ");
      lg_word_bytes(t, (uint64_t)v->first);
      lg_word_text(t, " to ");
      lg_word_bytes(t, (uint64_t)v->last);
   }
}

/* Up to how much growth is not excluded, on the best axis there is. */
static void say_limit(lg_text *t, const lg_rates *rates)
{
   lg_axis axis = lg_gate_axis(rates, rates);
   if (axis == LG_AXIS_NONE)
      return;
   lg_slope most = {1, rate_on(rates, axis)->hi_mB, 0, 0};
   most.lo_mB = most.hi_mB = most.mB;
   lg_word_text(t, "; a leak of up to ");
   lg_word_slope(t, &most, axis_words(axis, rates->unit));
   lg_word_text(t, " is not excluded");
}

int lg_gate_doubt_waves(lg_text *t, const lg_source *src, const lg_analysis *a, uint32_t account, lg_dense *d,
                        lg_rates *rates)
{
   lg_account_info info;
   lg_waves v;
   *rates = (lg_rates){.unit = src->unit};
   if (a->accounts[account].trend.verdict != LG_BOUNDED || a->is_short)
      return 0;
   src->account(src->self, account, &info);
   if (info.kind != LG_ACCOUNT_HEAP)
      return 0;
   src->series(src->self, account, d);
   uint64_t floor_B = lg_scale(a->judged_B, RISE_PPM, 1000000);
   if (d->n < end_of(a) || !lg_waves_doubt(d->min_B + a->first_judged, a->n_judged, (int64_t)(a->judged_B / WAVE_DEN),
                                           (int64_t)(floor_B > RISE_B ? floor_B : RISE_B), &v))
      return 0;
   const lg_total *totals = src->totals + a->first_judged;
   lg_slopes_measure(src, v.rise, v.lo, v.hi, lg_excess(totals[v.to].time, totals[v.from].time),
                     lg_excess(totals[v.to].ticks, totals[v.from].ticks), &rates->per_s, &rates->per_tick,
                     &rates->per_unit);
   say_waves(t, src, account, &v);
   say_limit(t, rates);
   lg_word_text(t, "; let the run last for twelve waves");
   return 1;
}

/* ---- budgets ---- */

lg_gate_result lg_gate_rate(const lg_slope *rate, int64_t limit_mB)
{
   if (!rate->is_known)
      return LG_GATE_INCONCLUSIVE;
   if (rate->mB > limit_mB)
      return LG_GATE_FAIL;
   return rate->hi_mB > limit_mB ? LG_GATE_INCONCLUSIVE : LG_GATE_PASS;
}

lg_gate_result lg_gate_amount(uint64_t lo_B, uint64_t hi_B, uint64_t limit_B)
{
   return lo_B > limit_B ? LG_GATE_FAIL : hi_B > limit_B ? LG_GATE_INCONCLUSIVE : LG_GATE_PASS;
}

/* ---- sums ---- */

static int64_t plus(int64_t a, int64_t b)
{
   return a <= LG_VALUE_MAX - b ? a + b : LG_VALUE_MAX;
}

/* Interval i of the sum is interval first + i of the account: the sum begins where judging does. */
static void add_series(lg_dense *sum, const lg_dense *one, uint32_t first)
{
   for (uint32_t i = 0, from = first; i < sum->n && from < one->n; i++, from++) {
      sum->min_B[i] = plus(sum->min_B[i], one->min_B[from]);
      sum->max_B[i] = plus(sum->max_B[i], one->max_B[from]);
      sum->end_B[i] = plus(sum->end_B[i], one->end_B[from]);
      sum->min_blk[i] = plus(sum->min_blk[i], one->min_blk[from]);
      sum->max_blk[i] = plus(sum->max_blk[i], one->max_blk[from]);
      sum->end_blk[i] = plus(sum->end_blk[i], one->end_blk[from]);
      sum->births[i] = plus(sum->births[i], one->births[from]);
      sum->deaths[i] = plus(sum->deaths[i], one->deaths[from]);
      sum->births_B[i] = plus(sum->births_B[i], one->births_B[from]);
      sum->surv_blk[i] = plus(sum->surv_blk[i], one->surv_blk[from]);
      sum->surv_B[i] = plus(sum->surv_B[i], one->surv_B[from]);
   }
   for (uint32_t k = 0; k < LG_AGES; k++)
      sum->died_at_age[k] = plus(sum->died_at_age[k], one->died_at_age[k]);
}

/* The exact peak of a sum is not recorded. While one account was at its maximum, the others held at least their minimum. */
static void bound_peak(const lg_dense *sum, const int64_t *lift, lg_gate_sum *out)
{
   for (uint32_t i = 0; i < sum->n; i++) {
      int64_t lo = plus(sum->min_B[i], lift[i]);
      lo = lo > sum->end_B[i] ? lo : sum->end_B[i];
      out->peak_lo_B = out->peak_lo_B > (uint64_t)lo ? out->peak_lo_B : (uint64_t)lo;
      out->peak_hi_B = out->peak_hi_B > (uint64_t)sum->max_B[i] ? out->peak_hi_B : (uint64_t)sum->max_B[i];
   }
}

static void judge_sum(const lg_source *src, const lg_analysis *a, lg_dense *sum, lg_gate_sum *out)
{
   uint64_t ticks[LG_INTERVALS_MAX], alloc_B[LG_INTERVALS_MAX];
   const lg_total *totals = src->totals + a->first_judged;
   uint32_t n = a->n_judged;
   for (uint32_t i = 0; i < sum->n; i++) {
      ticks[i] = totals[i < n ? i : n - 1].ticks;
      alloc_B[i] = totals[i < n ? i : n - 1].allocated_B;
   }
   sum->n = n + 1 < sum->n ? n + 1 : sum->n;
   lg_trend_in in = {.d = sum, .ticks = ticks[n - 1] > 0 ? ticks : NULL, .alloc_B = alloc_B};
   in.units_per_interval = (uint64_t)1 << (src->shift < 63 ? src->shift : 63);
   lg_trend_judge(&in, &out->trend);
   lg_trend *t = &out->trend;
   if (t->grown_B > 0 && t->to < n && t->from < t->to) {
      uint64_t time = lg_excess(totals[t->to].time, totals[t->from].time);
      uint64_t run = lg_excess(totals[n - 1].time, start_of(src, a));
      lg_slopes_measure(src, t->grown_B, t->grown_lo_B, t->grown_hi_B, time, lg_excess(ticks[t->to], ticks[t->from]),
                        &out->rates.per_s, &out->rates.per_tick, &out->rates.per_unit);
      if (t->verdict == LG_GROWING)
         out->grown_B = time > 0 ? lg_scale((uint64_t)t->grown_B, run, time) : (uint64_t)t->grown_B;
   }
   t->from += a->first_judged;
   t->to += a->first_judged;
}

void lg_gate_measure(const lg_source *src, const lg_analysis *a, const uint32_t *accounts, uint32_t n, lg_dense *one,
                     lg_dense *sum, lg_gate_sum *out)
{
   static const lg_gate_sum nothing = {0};
   int64_t lift[LG_INTERVALS_MAX]; /* the largest maximum - minimum of one account */
   uint32_t first = a->first_judged;
   *out = nothing;
   out->rates.unit = src->unit;
   lg_series_expand(NULL, 0, first < src->n_intervals ? src->n_intervals - first : 0, sum);
   for (uint32_t k = 0; k < LG_AGES; k++)
      sum->died_at_age[k] = 0;
   for (uint32_t i = 0; i < LG_INTERVALS_MAX; i++)
      lift[i] = 0;
   for (uint32_t k = 0; k < n; k++) {
      lg_account_info info;
      src->account(src->self, accounts[k], &info);
      src->series(src->self, accounts[k], one);
      out->live_B = lg_sum(out->live_B, info.live_B);
      for (uint32_t i = first; i < one->n; i++)
         if (one->max_B[i] - one->min_B[i] > lift[i - first])
            lift[i - first] = one->max_B[i] - one->min_B[i];
      add_series(sum, one, first);
   }
   bound_peak(sum, lift, out);
   if (n == 0 || a->n_judged == 0 || a->n_judged > sum->n)
      return;
   out->judged_B = (uint64_t)sum->end_B[a->n_judged - 1];
   judge_sum(src, a, sum, out);
}

/* ---- two runs ---- */

lg_axis lg_gate_axis(const lg_rates *before, const lg_rates *now)
{
   if (before->per_tick.is_known && now->per_tick.is_known)
      return LG_AXIS_TICK;
   if (before->per_s.is_known && now->per_s.is_known)
      return LG_AXIS_SECOND;
   return before->unit == now->unit && before->per_unit.is_known && now->per_unit.is_known ? LG_AXIS_UNIT
                                                                                           : LG_AXIS_NONE;
}

lg_change lg_gate_compare(const lg_rates *before, const lg_rates *now)
{
   lg_axis axis = lg_gate_axis(before, now);
   if (axis == LG_AXIS_NONE)
      return LG_CHANGE_NO_AXIS;
   const lg_slope *x = rate_on(before, axis), *y = rate_on(now, axis);
   int is_time = axis == LG_AXIS_SECOND || (axis == LG_AXIS_UNIT && now->unit == 'm');
   int64_t apart = x->mB / (is_time ? APART_TIME_DEN : APART_WORK_DEN);
   int64_t above = x->hi_mB <= INT64_MAX - apart ? x->hi_mB + apart : INT64_MAX;
   if (y->lo_mB > above)
      return LG_CHANGE_STEEPER;
   if (y->mB > above)
      return LG_CHANGE_UNSURE;
   return y->hi_mB < x->lo_mB - apart ? LG_CHANGE_FLATTER : LG_CHANGE_SAME;
}

lg_change lg_gate_change(lg_verdict before, const lg_rates *rates_before, lg_verdict now, const lg_rates *rates_now)
{
   if (before == LG_INCONCLUSIVE || now == LG_INCONCLUSIVE)
      return before == now ? LG_CHANGE_SAME : LG_CHANGE_UNSURE;
   if (before == now)
      return before == LG_GROWING ? lg_gate_compare(rates_before, rates_now) : LG_CHANGE_SAME;
   return now == LG_GROWING ? LG_CHANGE_STEEPER : LG_CHANGE_FLATTER;
}

const char *lg_change_name(lg_change c)
{
   static const char *const names[] = {"same", "steeper", "flatter", "unsure", "incomparable"};
   return (unsigned)c < sizeof names / sizeof *names ? names[c] : "?";
}

void lg_word_rate(lg_text *t, const lg_rates *r, lg_axis axis)
{
   if (axis == LG_AXIS_NONE)
      axis = lg_gate_axis(r, r);
   const lg_slope *s = rate_on(r, axis);
   if (axis == LG_AXIS_NONE || !s->is_known)
      lg_word_text(t, r->is_count ? "0" : "0 B");
   else if (r->is_count)
      lg_word_count_slope(t, s, axis_words(axis, r->unit));
   else
      lg_word_slope(t, s, axis_words(axis, r->unit));
}

void lg_word_rate_result(lg_text *t, lg_gate_result result, const lg_rates *r, lg_axis axis, int64_t limit_mB)
{
   lg_word_rate(t, r, axis);
   lg_word_text(t, result == LG_GATE_FAIL           ? ", more than "
                   : result == LG_GATE_INCONCLUSIVE ? ", too uncertain to be called at most "
                                                    : ", at most ");
   if (r->is_count)
      lg_word_milli_count(t, limit_mB);
   else
      lg_word_milli_bytes(t, limit_mB);
   lg_word_text(t, axis_words(axis, r->unit));
}

static void put_amount_result(lg_text *t, lg_gate_result result, uint64_t lo, uint64_t hi, uint64_t limit,
                              void (*put)(lg_text *t, uint64_t n))
{
   put(t, result == LG_GATE_PASS ? hi : lo);
   if (result == LG_GATE_INCONCLUSIVE) {
      lg_word_text(t, " to ");
      put(t, hi);
   }
   lg_word_text(t, result == LG_GATE_FAIL           ? ", more than "
                   : result == LG_GATE_INCONCLUSIVE ? ", the history is too coarse to call it at most "
                                                    : ", at most ");
   put(t, limit);
}

void lg_word_amount_result(lg_text *t, lg_gate_result result, uint64_t lo_B, uint64_t hi_B, uint64_t limit_B)
{
   put_amount_result(t, result, lo_B, hi_B, limit_B, lg_word_bytes);
}

void lg_word_count_result(lg_text *t, lg_gate_result result, uint64_t lo, uint64_t hi, uint64_t limit)
{
   put_amount_result(t, result, lo, hi, limit, lg_word_count);
}

void lg_word_time_result(lg_text *t, lg_gate_result result, uint64_t lo_us, uint64_t hi_us, uint64_t limit_us)
{
   put_amount_result(t, result, lo_us, hi_us, limit_us, lg_word_micros);
}

void lg_word_no_axis(lg_text *t, lg_axis axis)
{
   lg_word_text(t, axis == LG_AXIS_TICK ? "it is a budget per tick, and the program sent no ticks"
                                        : "it is a budget per second, and the clock of this profile is not time");
}

void lg_word_change(lg_text *t, lg_change c, const lg_rates *before, const lg_rates *now)
{
   static const char *const leads[] = {"as fast as before", "steeper than before", "flatter than before",
                                       "too uncertain to be compared with before", "cannot be compared with before"};
   lg_axis axis = lg_gate_axis(before, now);
   lg_word_text(t, (unsigned)c < sizeof leads / sizeof *leads ? leads[c] : "?");
   if (axis == LG_AXIS_NONE)
      return;
   lg_word_text(t, ": ");
   lg_word_rate(t, now, axis);
   lg_word_text(t, ", was ");
   lg_word_rate(t, before, axis);
}

static void put_open(lg_text *t, const lg_place_change *p)
{
   lg_word_count(t, p->is_now ? p->held_now_B : p->held_old_B);
   lg_word_text(t, p->is_now ? " open" : " were open");
   if (!p->is_old || !p->is_now) {
      lg_word_text(t, p->is_now ? ", there were none before" : ", there are none any more");
      return;
   }
   lg_word_text(t, ", were ");
   lg_word_count(t, p->held_old_B);
}

static void put_held(lg_text *t, const lg_place_change *p)
{
   if (p->is_now ? p->rates_now.is_count : p->rates_old.is_count) {
      put_open(t, p);
      return;
   }
   lg_word_text(t, p->is_now ? "holds " : "held ");
   lg_word_bytes(t, p->is_now ? p->held_now_B : p->held_old_B);
   if (!p->is_old || !p->is_now) {
      lg_word_text(t, p->is_now ? ", it was not there before" : ", it is not there any more");
      return;
   }
   lg_word_text(t, ", was ");
   lg_word_bytes(t, p->held_old_B);
}

void lg_word_place_change(lg_text *t, const lg_place_change *p)
{
   int grew = p->is_old && p->verdict_old == LG_GROWING, grows = p->is_now && p->verdict_now == LG_GROWING;
   if (p->is_misuse) {
      lg_word_text(t, !p->is_now   ? "is kept now"
                      : !p->is_old ? "breaks the rules, which it did not before"
                                   : "breaks the rules, as before");
      return;
   }
   if (grew && grows) {
      lg_word_change(t, lg_gate_compare(&p->rates_old, &p->rates_now), &p->rates_old, &p->rates_now);
   } else if (grows) {
      lg_word_text(t, "grows by ");
      lg_word_rate(t, &p->rates_now, LG_AXIS_NONE);
      lg_word_text(t, !p->is_old                          ? ", it was not there before"
                      : p->verdict_old == LG_INCONCLUSIVE ? ", it was undecided before"
                                                          : ", which it did not before");
   } else if (grew) {
      lg_word_text(t, "grew by ");
      lg_word_rate(t, &p->rates_old, LG_AXIS_NONE);
      lg_word_text(t, !p->is_now                          ? ", it is not there any more"
                      : p->verdict_now == LG_INCONCLUSIVE ? ", it is undecided now"
                                                          : ", which it does not any more");
   } else {
      put_held(t, p);
   }
}
