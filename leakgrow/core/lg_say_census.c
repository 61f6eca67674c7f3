/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_say_census: sentences about open spans and tasks, in the manner of lg_say.c: facts within a clause are separated by ", ", clauses
 * by "; ". Rates are of instances. */
#include "lg_place.h"
#include "lg_say.h"
#include "lg_scale.h"

enum { N_CREATORS = 4 };

const char *lg_word_discipline(lg_discipline d)
{
   static const char *const words[LG_N_DISCIPLINES] = {
      [LG_DISCIPLINE_SUSPENDED] = "left entered when its task was suspended",
      [LG_DISCIPLINE_ORDER] = "exited out of order",
      [LG_DISCIPLINE_THREAD] = "exited on another thread than it was entered on",
      [LG_DISCIPLINE_UNENTERED] = "exited without having been entered",
      [LG_DISCIPLINE_OPEN] = "closed while entered",
      [LG_DISCIPLINE_NESTED] = "entered inside itself deeper and deeper",
      [LG_DISCIPLINE_FOREIGN] = "a child of another task's span",
      [LG_DISCIPLINE_REUSED] = "new under an id that was open",
      [LG_DISCIPLINE_UNKNOWN] = "used but never new",
   };
   return (unsigned)d < LG_N_DISCIPLINES ? words[d] : "?";
}

/* ---- places ---- */

static const char *label_of(const lg_source *src, uint32_t account)
{
   lg_account_info info;
   src->account(src->self, account, &info);
   return src->context_label(src->self, info.context);
}

void lg_word_label(lg_text *t, const lg_source *src, uint32_t account)
{
   lg_census_info place;
   src->census(src->self, account, &place);
   lg_word_text(t, "\"");
   lg_word_function(t, label_of(src, account), LG_NAME_MAX);
   lg_word_text(t, "\"");
   lg_put_file(t, place.file, place.line);
}

void lg_word_creation(lg_text *t, const lg_source *src, uint32_t account, uint32_t max)
{
   lg_account_info info;
   src->account(src->self, account, &info);
   if (info.n_frames == 0) {
      lg_word_text(t, "code without a stack");
      return;
   }
   uint32_t at = lg_word_user_frame(src, info.frames, info.n_frames), n = 1;
   uint32_t last = src->frame_fn(src->self, info.frames[at]);
   lg_word_frame(t, src, info.frames[at]);
   for (uint32_t i = at + 1; i < info.n_frames; i++) {
      uint32_t fn = src->frame_fn(src->self, info.frames[i]);
      if (fn == last || lg_word_is_library_frame(src, info.frames[i]))
         continue;
      lg_word_text(t, " < ");
      if (n++ == max) {
         lg_word_text(t, "...");
         return;
      }
      lg_word_function(t, src->fn_name(src->self, fn), LG_NAME_MAX);
      last = fn;
   }
}

static void put_creation(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_word_text(t, "created at ");
   if (f->n_groups > 1) {
      lg_word_count(t, f->n_groups);
      lg_word_text(t, " stacks, the most at ");
   }
   lg_word_creation(t, src, f->account, N_CREATORS);
}

/* The context it is created in: the path without the label itself. */
static void put_parent(lg_text *t, const lg_source *src, const lg_finding *f)
{
   uint32_t parent = f->context != 0 ? src->context_parent(src->self, f->context) : 0;
   if (parent == 0)
      return;
   lg_word_text(t, "; in ");
   lg_word_context(t, src, parent);
}

/* ---- numbers ---- */

static void put_rate(lg_text *t, const lg_slope *s, const char *unit)
{
   lg_word_text(t, ", +");
   lg_word_count_slope(t, s, unit);
}

static void put_growth(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->per_tick.is_known)
      put_rate(t, &f->per_tick, " per tick");
   else if (src->unit == 't' && f->per_unit.is_known)
      put_rate(t, &f->per_unit, " per tick");
   if (f->per_s.is_known)
      put_rate(t, &f->per_s, " per second");
   else if (src->unit == 'B' && f->per_unit.is_known)
      put_rate(t, &f->per_unit, " per MiB allocated and freed");
   else if (src->unit == 'i' && f->per_unit.is_known)
      put_rate(t, &f->per_unit, " per million instructions");
   lg_word_text(t, lg_shape_words(f->trend.shape));
   lg_word_text(t, lg_clock_words(f->trend.clock));
   lg_word_text(t, "; ");
   lg_word_count(t, f->change_blk);
   lg_word_text(t, " more are open after ");
   lg_word_duration(t, src->unit, lg_excess(f->end, f->begin));
   if (f->trend.verdict != LG_GROWING) {
      lg_word_text(t, "; undecided whether their number grows ");
      lg_word_text(t, lg_trend_why(f->trend.why));
      return;
   }
   if (f->trend.why == LG_WHY_BIRTHS)
      lg_word_text(t, ", opened in ");
   else if (f->trend.why == LG_WHY_FLOOR_BYTES || f->trend.why == LG_WHY_FLOOR_BLOCKS)
      lg_word_text(t, ", their least number rose in ");
   else
      return;
   lg_word_count(t, f->rises);
   lg_word_text(t, " of ");
   lg_put_counted(t, f->n_judged, "interval", "intervals");
   if (f->trend.why != LG_WHY_BIRTHS)
      lg_word_text(t, " and never came back");
}

/* "; they hold 12.3 MiB, 2.2 KiB each; the oldest has been open for 3 h; 6,000 were opened" */
static void put_holding(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->live_B > 0 && f->judged_blk > 0) {
      lg_word_text(t, f->judged_blk == 1 ? "; it holds " : "; they hold ");
      lg_word_bytes(t, f->live_B);
      if (f->judged_blk > 1) {
         lg_word_text(t, ", ");
         lg_word_bytes(t, f->live_B / f->judged_blk);
         lg_word_text(t, " each");
      }
   }
   if (f->oldest_age > 0) {
      lg_word_text(t, "; the oldest has been open for ");
      lg_word_duration(t, src->unit, f->oldest_age);
   }
   if (f->opened > f->judged_blk) {
      lg_word_text(t, "; ");
      lg_put_counted(t, f->opened, "was opened", "were opened");
      lg_word_text(t, " in all");
   }
}

static void put_kind(lg_text *t, const lg_finding *f, uint64_t n)
{
   if (f->instances == LG_ACCOUNT_TASK)
      lg_word_text(t, n == 1 ? " live task" : " live tasks");
   else
      lg_word_text(t, n == 1 ? " open span" : " open spans");
}

void lg_say_census(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_word_count(t, f->judged_blk);
   put_kind(t, f, f->judged_blk);
   lg_word_text(t, " ");
   lg_word_label(t, src, f->account);
   lg_word_text(t, ", ");
   put_creation(t, src, f);
   put_growth(t, src, f);
   put_holding(t, src, f);
   put_parent(t, src, f);
}

/* ---- discipline ---- */

static const char *times(uint64_t n)
{
   return n == 1 ? " time" : " times";
}

/* Spans of one label deep inside each other and exited out of order: synchronous code cannot do that, for what it enters last it exits
 * first. It shows a guard held across await where no task is seen to be suspended: futures joined within one task, or block_on. */
static int is_interleaved(const lg_finding *f)
{
   return f->misuse[LG_DISCIPLINE_NESTED] > 0 && f->misuse[LG_DISCIPLINE_ORDER] > 0;
}

/* What events show, the gravest first. */
static void put_misuse(lg_text *t, const lg_finding *f)
{
   static const lg_discipline order[] = {LG_DISCIPLINE_SUSPENDED, LG_DISCIPLINE_NESTED, LG_DISCIPLINE_ORDER,
                                         LG_DISCIPLINE_THREAD,    LG_DISCIPLINE_OPEN,   LG_DISCIPLINE_FOREIGN};
   int is_first = 1;
   for (unsigned i = 0; i < sizeof order / sizeof *order; i++) {
      uint64_t n = f->misuse[order[i]];
      if (n == 0)
         continue;
      lg_word_text(t, is_first ? " was " : "; ");
      lg_word_text(t, lg_word_discipline(order[i]));
      lg_word_text(t, ", ");
      lg_word_count(t, n);
      lg_word_text(t, times(n));
      if (order[i] == LG_DISCIPLINE_SUSPENDED)
         lg_word_text(t, ": guard held across await");
      is_first = 0;
   }
   if (f->misuse[LG_DISCIPLINE_SUSPENDED] == 0 && is_interleaved(f))
      lg_word_text(t, ": as with a guard held across await");
}

void lg_say_discipline(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_word_text(t, f->instances == LG_ACCOUNT_TASK ? "task " : "span ");
   lg_word_label(t, src, f->account);
   put_misuse(t, f);
   if (f->foreign > 0) {
      lg_word_text(t, "; ");
      lg_put_counted(t, f->foreign, "span", "spans");
      lg_word_text(t, " of other tasks became children of what was left entered");
   }
   lg_word_text(t, "; ");
   if (f->judged_blk == 0)
      lg_word_text(t, "none");
   else
      lg_word_count(t, f->judged_blk);
   lg_word_text(t, f->judged_blk <= 1 ? " is open" : " are open");
   if (f->trend.verdict == LG_GROWING)
      put_growth(t, src, f);
   put_holding(t, src, f);
   lg_word_text(t, "; ");
   put_creation(t, src, f);
   put_parent(t, src, f);
}

void lg_say_census_title(lg_text *t, const lg_source *src, const lg_finding *f)
{
   if (f->kind == LG_FINDING_DISCIPLINE) {
      lg_word_text(t, f->instances == LG_ACCOUNT_TASK ? "task " : "span ");
      lg_word_label(t, src, f->account);
      lg_word_text(t,
                   f->misuse[LG_DISCIPLINE_SUSPENDED] > 0 ? ": guard held across await" : ": used against the rules");
      return;
   }
   lg_word_text(t, f->instances == LG_ACCOUNT_TASK ? "live tasks " : "open spans ");
   lg_word_label(t, src, f->account);
   lg_word_text(t, f->trend.verdict == LG_GROWING ? " keep growing in number" : " may be growing in number");
}

/* ---- coverage ---- */

void lg_word_hooks(lg_text *t, const char *name, const char *text)
{
   lg_word_text(t, t->used > 0 ? "; " : "");
   lg_word_text(t, name);
   lg_word_text(t, ": ");
   lg_word_text(t, text);
}
