/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_say: the sentences about findings. A sentence is: who and where, how much, how fast, in which way, why we think so, from where it is
 * called, what will happen, and what cannot be told. Clauses are separated by "; ", facts within a clause by ", ". */
#include "lg_place.h"
#include "lg_say.h"
#include "lg_scale.h"
#include "lg_word.h"

enum { N_CALLERS = 4, CHURN = 8, YEARS_MAX = 1000 };

/* ---- pieces ---- */

/* The frames of a finding. */
static uint32_t frames_of(const lg_source *src, const lg_finding *f, const uint32_t **frames)
{
   lg_account_info info;
   src->account(src->self, f->account, &info);
   *frames = info.frames + f->first_frame;
   return f->first_frame + f->n_frames <= info.n_frames ? f->n_frames : 0;
}

static uint32_t user_frame_of(const lg_source *src, const uint32_t *frames, uint32_t n)
{
   return n > 0 ? lg_word_user_frame(src, frames, n) : 0;
}

static void put_where(lg_text *t, const lg_source *src, const lg_finding *f)
{
   const uint32_t *frames;
   uint32_t n = frames_of(src, f, &frames);
   if (n == 0) {
      lg_word_text(t, "code without a stack");
      return;
   }
   uint32_t at = f->about == LG_ABOUT_FUNCTION ? 0 : user_frame_of(src, frames, n);
   lg_word_frame(t, src, frames[at]);
}

static void put_callers(lg_text *t, const lg_source *src, const lg_finding *f)
{
   const uint32_t *frames;
   uint32_t n = frames_of(src, f, &frames);
   if (n == 0)
      return;
   uint32_t at = f->about == LG_ABOUT_FUNCTION ? 0 : user_frame_of(src, frames, n);
   lg_word_chain(t, f->about == LG_ABOUT_MAPPING ? "; mapped through " : "; allocated through ", src, frames, at, 2);
   lg_word_chain(t, "; called by ", src, frames + at + 1, n - at - 1, N_CALLERS);
   if (f->n_outer > 0) {
      lg_account_info info;
      src->account(src->self, f->account, &info);
      lg_word_chain(t, "; all of it under ", src, info.frames + info.n_frames - f->n_outer, f->n_outer, N_CALLERS);
   }
}

static void put_context(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->context == 0 || f->about == LG_ABOUT_CONTEXT)
      return;
   lg_word_text(t, "; in ");
   lg_word_context(t, src, f->context);
}

void lg_put_counted(lg_text *t, uint64_t n, const char *one, const char *many)
{
   lg_word_count(t, n);
   lg_word_text(t, " ");
   lg_word_text(t, n == 1 ? one : many);
}

/* "1.2 KiB per second (1.1 KiB to 1.3 KiB), 280 B per tick" */
static void put_slope(lg_text *t, const lg_slope *s, const char *unit)
{
   lg_word_text(t, ", ");
   lg_word_slope(t, s, unit);
}

void lg_put_slopes(lg_text *t, char unit, const lg_slope *per_s, const lg_slope *per_tick, const lg_slope *per_unit)
{
   if (per_s->is_known)
      put_slope(t, per_s, " per second");
   else if (unit == 'B' && per_unit->is_known)
      put_slope(t, per_unit, " per MiB allocated and freed");
   else if (unit == 'i' && per_unit->is_known)
      put_slope(t, per_unit, " per million instructions");
   if (per_tick->is_known)
      put_slope(t, per_tick, " per tick");
   else if (unit == 't' && per_unit->is_known)
      put_slope(t, per_unit, " per tick");
}

const char *lg_shape_words(lg_shape s)
{
   switch (s) {
   case LG_SHAPE_LINEAR:
      return ", steadily";
   case LG_SHAPE_ACCELERATING:
      return ", faster and faster";
   case LG_SHAPE_SATURATING:
      return ", more slowly than at first";
   case LG_SHAPE_BATCHES:
      return ", in batches";
   case LG_SHAPE_DOUBLING:
      return ", by doubling";
   case LG_SHAPE_SAWTOOTH:
      return ", under a sawtooth";
   case LG_SHAPE_FLUCTUATING:
      return ", under fluctuation";
   default:
      return "";
   }
}

const char *lg_clock_words(lg_clock c)
{
   return c == LG_CLOCK_TICKS   ? ", in step with the program's ticks"
          : c == LG_CLOCK_BYTES ? ", in step with what the program allocates"
                                : "";
}

static void put_amount(lg_text *t, char unit, const lg_finding *f)
{
   lg_word_text(t, "+");
   lg_word_bytes(t, f->change_B);
   if (f->change_blk > 0) {
      lg_word_text(t, " in ");
      lg_put_counted(t, f->change_blk, f->about == LG_ABOUT_MAPPING ? "piece" : "block",
                     f->about == LG_ABOUT_MAPPING ? "pieces" : "blocks");
   }
   if (f->change_blk > 1) {
      lg_word_text(t, f->change_B % f->change_blk == 0 ? " of " : " of about ");
      lg_word_bytes(t, f->change_B / f->change_blk);
   }
   lg_word_text(t, " kept over ");
   lg_word_duration(t, unit, lg_excess(f->end, f->begin));
   lg_put_slopes(t, unit, &f->per_s, &f->per_tick, &f->per_unit);
   lg_word_text(t, lg_shape_words(f->trend.shape));
   lg_word_text(t, lg_clock_words(f->trend.clock));
}

static void put_evidence(lg_text *t, const lg_finding *f)
{
   switch (f->trend.why) {
   case LG_WHY_FLOOR_BYTES:
      lg_word_text(t, "; its floor rose in ");
      break;
   case LG_WHY_FLOOR_BLOCKS:
      lg_word_text(t, "; the least number of blocks it held rose in ");
      break;
   case LG_WHY_BIRTHS:
      lg_word_text(t, "; blocks born in ");
      break;
   default:
      lg_word_text(t, f->trend.verdict == LG_GROWING ? "; " : "; undecided ");
      lg_word_text(t, lg_trend_why(f->trend.why));
      return;
   }
   lg_word_count(t, f->rises);
   lg_word_text(t, " of ");
   lg_put_counted(t, f->n_judged, "interval", "intervals");
   lg_word_text(t, f->trend.why == LG_WHY_BIRTHS ? " are still there" : " and never came back");
}

static int is_foreseeable(char unit, uint64_t time)
{
   return time != UINT64_MAX && (unit != 'm' || time / 1000 / 3600 / 24 / 365 < YEARS_MAX);
}

void lg_put_projection(lg_text *t, const lg_source *src, uint64_t until_limit, uint64_t until_double)
{
   if (src->heap_limit_B > 0 && until_limit == 0) {
      lg_word_text(t, "; the heap is already beyond --heap-limit (");
      lg_word_bytes(t, src->heap_limit_B);
      lg_word_text(t, ")");
   } else if (src->heap_limit_B > 0 && is_foreseeable(src->unit, until_limit)) {
      lg_word_text(t, "; reaches --heap-limit (");
      lg_word_bytes(t, src->heap_limit_B);
      lg_word_text(t, src->unit == 'm' ? ") in " : ") after another ");
      lg_word_duration(t, src->unit, until_limit);
      lg_word_text(t, " at this rate");
   } else if (src->heap_limit_B == 0 && is_foreseeable(src->unit, until_double)) {
      lg_word_text(t, src->unit == 'm' ? "; at this rate the heap doubles in "
                                       : "; at this rate the heap doubles after another ");
      lg_word_duration(t, src->unit, until_double);
   }
}

/* What the reader must not conclude. */
static void put_limits(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->about == LG_ABOUT_ACCOUNT && f->change_blk > 0 && f->births / CHURN >= f->change_blk) {
      lg_word_text(t, "; only 1 in ");
      lg_word_count(t, (f->births + f->change_blk / 2) / f->change_blk);
      lg_word_text(t, " of its blocks is kept: other uses of this stack may be innocent");
   }
   if (f->is_cut_stack) {
      lg_word_text(t, "; its stack was cut at ");
      lg_put_counted(t, src->depth, "frame", "frames");
      lg_word_text(t, ", callers beyond cannot be told apart: raise --depth");
   }
}

/* ---- findings ---- */

/* The subject of a growth finding, and its verb. */
static void put_subject(lg_text *t, const lg_source *src, const lg_finding *f)
{
   int is_growing = f->trend.verdict == LG_GROWING;
   switch (f->about) {
   case LG_ABOUT_FUNCTION:
      lg_word_text(t, "what ");
      put_where(t, src, f);
      lg_word_text(t, " allocates, itself and through others,");
      break;
   case LG_ABOUT_CONTEXT:
      lg_word_text(t, "what is allocated in ");
      lg_word_context(t, src, f->context);
      break;
   case LG_ABOUT_MAPPING:
      lg_word_text(t, "memory mapped by ");
      put_where(t, src, f);
      if (f->n_accounts > 1)
         lg_word_text(t, " and others");
      break;
   case LG_ABOUT_TOTAL:
      lg_word_text(t, "the heap as a whole");
      break;
   default:
      put_where(t, src, f);
      break;
   }
   lg_word_text(t, is_growing ? " keeps growing" : " may be growing");
}

static void put_breadth(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->n_accounts < 2)
      return;
   lg_word_text(t, "; spread over ");
   lg_word_count(t, f->n_accounts);
   if (f->about == LG_ABOUT_STACK) {
      lg_word_text(t, " contexts");
      return;
   }
   lg_word_text(t, f->about == LG_ABOUT_TOTAL ? " stacks, each below the threshold: the growth cannot be attributed"
                                              : " stacks, none of which is seen to grow by itself");
   if (f->about == LG_ABOUT_MAPPING)
      return;
   const uint32_t *frames;
   lg_account_info info;
   src->account(src->self, f->account, &info);
   frames = info.frames;
   if (info.n_frames == 0)
      return;
   lg_word_text(t, ", the largest at ");
   lg_word_frame(t, src, frames[lg_word_user_frame(src, frames, info.n_frames)]);
}

static void say_growth(lg_text *t, const lg_source *src, const lg_finding *f)
{
   put_subject(t, src, f);
   lg_word_text(t, ": ");
   put_amount(t, src->unit, f);
   put_evidence(t, f);
   put_breadth(t, src, f);
   if (f->about != LG_ABOUT_TOTAL)
      put_callers(t, src, f);
   put_context(t, src, f);
   if (f->trend.verdict == LG_GROWING)
      lg_put_projection(t, src, f->until_limit, f->until_double);
   put_limits(t, src, f);
   if (f->about == LG_ABOUT_MAPPING)
      lg_word_text(t, f->is_covered ? "; the heap grew by as much, these may be the same bytes"
                                    : "; the heap does not explain it: what an allocator of the program's own keeps in "
                                      "there cannot be seen unless it is announced");
}

static void put_share(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_word_text(t, "; ");
   if (f->part_B < f->change_B - f->change_B / 10) {
      lg_word_bytes(t, f->part_B);
      lg_word_text(t, " of it ");
   }
   lg_word_text(t, "from ");
   put_where(t, src, f);
   put_callers(t, src, f);
   put_context(t, src, f);
}

static void say_burst(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->n_events > 1) {
      lg_word_count(t, f->n_events);
      lg_word_text(t, " bursts, the largest of ");
   } else {
      lg_word_text(t, "a burst of ");
   }
   lg_word_bytes(t, f->change_B);
   lg_word_text(t, " on top of ");
   lg_word_bytes(t, f->base_B);
   lg_word_text(t, " ");
   lg_word_moment(t, src->unit, f->end);
   lg_word_text(t, ", within ");
   lg_word_duration(t, src->unit, lg_excess(f->end, f->begin));
   put_share(t, src, f);
   lg_word_text(t, f->is_open ? "; it was still held when the recording ended: " : "; it was given back: ");
   lg_word_text(t, f->n_events > 1 ? "single events, not a slope" : "one event, not a slope");
}

static void say_step(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_word_text(t, "the heap rose ");
   if (f->n_events > 1) {
      lg_word_count(t, f->n_events);
      lg_word_text(t, " times at once, the most by ");
   } else {
      lg_word_text(t, "once by ");
   }
   lg_word_bytes(t, f->change_B);
   lg_word_text(t, " on top of ");
   lg_word_bytes(t, f->base_B);
   lg_word_text(t, " ");
   lg_word_moment(t, src->unit, f->end);
   lg_word_text(t, " and kept it");
   put_share(t, src, f);
   lg_word_text(t, f->n_events > 1 ? "; steps, not a slope" : "; a one-time step, not a slope");
}

void lg_word_finding(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->domain != 0)
      lg_say_lag(t, src, f);
   else if (f->kind == LG_FINDING_BURST)
      say_burst(t, src, f);
   else if (f->kind == LG_FINDING_STEP)
      say_step(t, src, f);
   else if (f->kind == LG_FINDING_CENSUS)
      lg_say_census(t, src, f);
   else if (f->kind == LG_FINDING_DISCIPLINE)
      lg_say_discipline(t, src, f);
   else
      say_growth(t, src, f);
}

void lg_word_title(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->domain != 0) {
      lg_say_lag_title(t, src, f);
      return;
   }
   if (f->kind == LG_FINDING_GROWTH) {
      put_subject(t, src, f);
      return;
   }
   if (f->instances != LG_ACCOUNT_HEAP) {
      lg_say_census_title(t, src, f);
      return;
   }
   put_where(t, src, f);
   lg_word_text(t, f->kind == LG_FINDING_BURST ? ": a burst" : ": a one-time step");
}

void lg_word_account(lg_text *t, const lg_source *src, uint32_t account)
{
   lg_account_info info;
   src->account(src->self, account, &info);
   if (info.n_frames > 0)
      lg_word_frame(t, src, info.frames[lg_word_user_frame(src, info.frames, info.n_frames)]);
   else
      lg_word_text(t, "code without a stack");
}
