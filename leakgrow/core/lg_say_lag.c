/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_say_lag: the sentences about reclamation. First what waits and how much, then who is in the way, since when and where. */
#include "lg_place.h"
#include "lg_say.h"
#include "lg_scale.h"

enum { N_FRAMES = 4 };

static void put_domain(lg_text *t, const lg_domain_info *info)
{
   if (info->name[0] == '\0')
      lg_word_text(t, "a reclamation domain");
   else
      lg_word_function(t, info->name, LG_NAME_MAX);
}

/* "1.5 GiB in 61,204 retired objects"; bytes are left out when they are not known. */
static void put_waiting(lg_text *t, uint64_t B, uint64_t objects)
{
   if (B > 0) {
      lg_word_bytes(t, B);
      lg_word_text(t, " in ");
   }
   lg_put_counted(t, objects, "retired object", "retired objects");
}

/* 'thread 3 "reader"' */
static void put_thread(lg_text *t, uint32_t number, const char *name)
{
   if (number == 0) {
      lg_word_text(t, "an unknown thread");
      return;
   }
   lg_word_text(t, "thread ");
   lg_word_count(t, number);
   if (name[0] == '\0')
      return;
   lg_word_text(t, " \"");
   lg_word_function(t, name, LG_NAME_MAX);
   lg_word_text(t, "\"");
}

uint32_t lg_word_reclaim_frame(const lg_source *src, const uint32_t *frames, uint32_t n)
{
   static const char *const libraries[] = {"crossbeam_", "<crossbeam_", "urcu_", "rcu_",
                                           "call_rcu",   "defer_rcu",   "ck_",   NULL};
   uint32_t at = lg_word_user_frame(src, frames, n);
   for (uint32_t i = at; i < n; i++) {
      const char *name = src->fn_name(src->self, src->frame_fn(src->self, frames[i]));
      if (!lg_word_starts_with_any(name, libraries) && !lg_word_is_library(name))
         return i;
   }
   return at;
}

/* ", called by f < g": callers up to the runtime's. */
static void put_callers(lg_text *t, const lg_source *src, const uint32_t *frames, uint32_t n)
{
   uint32_t n_own = 0;
   while (n_own < n && !lg_word_is_library(src->fn_name(src->self, src->frame_fn(src->self, frames[n_own]))))
      n_own++;
   lg_word_chain(t, ", called by ", src, frames, n_own, N_FRAMES);
}

/* ", at Reader::scan (reader.rs:40), called by f < g" */
static void put_stack(lg_text *t, const lg_source *src, const uint32_t *frames, uint32_t n)
{
   if (n == 0)
      return;
   uint32_t at = lg_word_reclaim_frame(src, frames, n);
   lg_word_text(t, ", at ");
   lg_word_frame(t, src, frames[at]);
   put_callers(t, src, frames + at + 1, n - at - 1);
}

static void put_since(lg_text *t, const lg_source *src, uint64_t since, uint64_t until)
{
   lg_word_duration(t, src->unit, lg_excess(until, since));
   lg_word_text(t, ", begun ");
   lg_word_moment(t, src->unit, since);
}

/* What nobody does when no reader is in the way. */
static const char *idle_words(lg_reclaim_scheme s)
{
   switch (s) {
   case LG_RECLAIM_EBR:
      return "nobody has advanced the epoch or collected";
   case LG_RECLAIM_HP:
      return "nobody has scanned the hazard pointers";
   default:
      return "nobody has let a grace period end";
   }
}

/* Who is in the way, as a clause whose subject is what waits. */
static void put_blocker(lg_text *t, const lg_source *src, const lg_domain_info *info, const lg_incident *i)
{
   switch (i->diagnosis) {
   case LG_STALL_READER:
      put_thread(t, i->thread, i->thread_name);
      lg_word_text(t, i->is_open ? " has been pinned for " : " was pinned for ");
      put_since(t, src, i->since, i->until);
      put_stack(t, src, i->frames, i->n_frames);
      if (i->n_frames == 0)
         lg_word_text(t, ", from a place that was not seen");
      break;
   case LG_STALL_STASH:
      put_thread(t, i->thread, i->thread_name);
      lg_word_text(t,
                   i->is_open ? " has kept them in its stash, retiring nothing, for " : " kept them in its stash for ");
      put_since(t, src, i->since, i->until);
      lg_word_text(t, "; a stash is only handed over when its thread goes on, flushes it or ends");
      break;
   case LG_STALL_CALLBACK:
      lg_word_text(t, i->is_open ? "their destructors were called, but their memory has been kept for "
                                 : "their destructors were called, but their memory was kept for ");
      put_since(t, src, i->since, i->until);
      break;
   default:
      lg_word_text(t, "no reader is in the way, but ");
      lg_word_text(t, idle_words(info->scheme));
      lg_word_text(t, " for ");
      put_since(t, src, i->since, i->until);
      break;
   }
   if (i->context != 0) {
      lg_word_text(t, ", in ");
      lg_word_context(t, src, i->context);
   }
}

static void say_stall(lg_text *t, const lg_source *src, const lg_finding *f, const lg_domain_info *info)
{
   lg_incident i;
   src->domain_incident(src->self, f->domain - 1, f->incident - 1, &i);
   put_domain(t, info);
   lg_word_text(t, ": ");
   put_waiting(t, i.B, i.objects);
   lg_word_text(t, i.objects == 1 ? " waits; " : " wait; ");
   put_blocker(t, src, info, &i);
}

/* Half of all objects waited at least a quarter of their time for destructors to begin that might have begun. False: not so. */
static int put_slow_destructors(lg_text *t, const lg_source *src, uint32_t domain)
{
   lg_hist lag, drain, took;
   src->domain_lag(src->self, domain, LG_LAG_TIME, &lag);
   src->domain_lag(src->self, domain, LG_LAG_DRAIN, &drain);
   src->domain_lag(src->self, domain, LG_LAG_FREE, &took);
   uint64_t half_lag = lg_hist_quantile(&lag, 1, 2), half_drain = lg_hist_quantile(&drain, 1, 2);
   if (half_drain < 1000 || half_drain < half_lag / 4)
      return 0;
   lg_word_text(t, "; destructors do not keep up: half of what could be freed waited more than ");
   lg_word_duration(t, 'm', half_drain / 1000);
   lg_word_text(t, " for its turn, and a destructor took ");
   lg_word_duration(t, 'm', lg_hist_quantile(&took, 1, 2) / 1000);
   return 1;
}

/* The reason, when no stall names one. */
static void put_hint(lg_text *t, const lg_source *src, const lg_finding *f, const lg_domain_info *info)
{
   uint64_t half = f->begin + lg_excess(f->end, f->begin) / 2;
   lg_reader r;
   if (put_slow_destructors(t, src, f->domain - 1))
      return;
   if (f->reader != 0) {
      src->domain_reader(src->self, f->domain - 1, f->reader - 1, &r);
      if (r.since <= half) {
         lg_word_text(t, "; the oldest pin is that of ");
         put_thread(t, r.thread, r.name);
         lg_word_text(t, ", begun ");
         lg_word_moment(t, src->unit, r.since);
         put_stack(t, src, r.frames, r.n_frames);
         return;
      }
   }
   if (f->idle_since <= half) {
      lg_word_text(t, "; ");
      lg_word_text(t, idle_words(info->scheme));
      lg_word_text(t, " for ");
      lg_word_duration(t, src->unit, lg_excess(f->end, f->idle_since));
      lg_word_text(t, ", last ");
      lg_word_moment(t, src->unit, f->idle_since);
      return;
   }
   lg_word_text(t, "; nothing that was seen holds it up: more is retired than is freed");
}

static void put_growth(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_word_text(t, "+");
   if (f->change_B > 0) {
      lg_word_bytes(t, f->change_B);
      if (f->change_blk > 0)
         lg_word_text(t, " in ");
   }
   if (f->change_blk > 0)
      lg_put_counted(t, f->change_blk, "object", "objects");
   lg_word_text(t, " over ");
   lg_word_duration(t, src->unit, lg_excess(f->end, f->begin));
   if (!f->is_by_objects)
      lg_put_slopes(t, src->unit, &f->per_s, &f->per_tick, &f->per_unit);
}

/* The same in a few words: the stall has a finding of its own. */
static void put_cause(lg_text *t, const lg_domain_info *info, const lg_incident *i)
{
   switch (i->diagnosis) {
   case LG_STALL_READER:
      lg_word_text(t, "; held up by ");
      put_thread(t, i->thread, i->thread_name);
      lg_word_text(t, ", which stays pinned");
      break;
   case LG_STALL_STASH:
      lg_word_text(t, "; part of it in the stash of ");
      put_thread(t, i->thread, i->thread_name);
      break;
   case LG_STALL_CALLBACK:
      lg_word_text(t, "; destructors are called, but the memory is kept");
      break;
   default:
      lg_word_text(t, "; ");
      lg_word_text(t, idle_words(info->scheme));
      break;
   }
}

static void say_lag(lg_text *t, const lg_source *src, const lg_finding *f, const lg_domain_info *info)
{
   const uint32_t *frames;
   lg_incident i;
   put_domain(t, info);
   lg_word_text(t, ": what is retired and not freed keeps growing: ");
   put_growth(t, src, f);
   lg_word_text(t, "; ");
   put_waiting(t, f->judged_B, f->judged_blk);
   lg_word_text(t, f->judged_blk == 1 ? " waits" : " wait");
   if (f->incident != 0) {
      src->domain_incident(src->self, f->domain - 1, f->incident - 1, &i);
      put_cause(t, info, &i);
   } else {
      put_hint(t, src, f, info);
   }
   uint32_t n = lg_finding_stack(src, f, &frames);
   if (n > 0) {
      uint32_t at = lg_word_reclaim_frame(src, frames, n);
      lg_word_text(t, "; most of it retired by ");
      lg_word_frame(t, src, frames[at]);
      put_callers(t, src, frames + at + 1, n - at - 1);
   }
   lg_put_projection(t, src, f->until_limit, f->until_double);
}

void lg_say_lag(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_domain_info info;
   src->domain(src->self, f->domain - 1, &info);
   if (f->kind == LG_FINDING_STALL)
      say_stall(t, src, f, &info);
   else
      say_lag(t, src, f, &info);
}

void lg_say_lag_title(lg_text *t, const lg_source *src, const lg_finding *f)
{
   lg_domain_info info;
   lg_incident i;
   src->domain(src->self, f->domain - 1, &info);
   put_domain(t, &info);
   if (f->kind != LG_FINDING_STALL) {
      lg_word_text(t, ": what is retired and not freed keeps growing");
      return;
   }
   src->domain_incident(src->self, f->domain - 1, f->incident - 1, &i);
   if (i.diagnosis == LG_STALL_READER || i.diagnosis == LG_STALL_STASH) {
      lg_word_text(t, i.diagnosis == LG_STALL_READER ? " is held up by " : " waits for the stash of ");
      put_thread(t, i.thread, i.thread_name);
   } else {
      lg_word_text(t, i.diagnosis == LG_STALL_CALLBACK ? ": destructors were called, but the memory is kept"
                                                       : ": nobody reclaims what was retired");
   }
}

void lg_word_incident(lg_text *t, const lg_source *src, uint32_t domain, uint32_t nth)
{
   lg_domain_info info;
   lg_incident i;
   src->domain(src->self, domain, &info);
   src->domain_incident(src->self, domain, nth, &i);
   put_waiting(t, i.is_open ? i.B : i.peak_B, i.is_open ? i.objects : i.peak_objects);
   lg_word_text(t, i.is_open ? " wait; " : " waited; ");
   put_blocker(t, src, &info, &i);
   if (!i.is_open)
      lg_word_text(t, "; it has ended");
}

/* Stalls that have ended, once for the domain in which most had waited. */
int lg_say_ended(lg_text *t, const lg_source *src, const lg_analysis *a)
{
   uint64_t n = 0, most = 0;
   uint32_t worst = UINT32_MAX;
   lg_domain_info info;
   lg_incident i;
   for (uint32_t d = 0; d < src->n_domains; d++) {
      n += a->domains[d].n_ended;
      if (a->domains[d].worst_ended == 0)
         continue;
      src->domain_incident(src->self, d, a->domains[d].worst_ended - 1, &i);
      if (worst == UINT32_MAX || i.peak_B > most) {
         worst = d;
         most = i.peak_B;
      }
   }
   if (worst == UINT32_MAX)
      return 0;
   src->domain(src->self, worst, &info);
   lg_put_counted(t, n, "stall of reclamation has ended", "stalls of reclamation have ended");
   lg_word_text(t, n == 1 ? ": in " : ", the worst: in ");
   put_domain(t, &info);
   lg_word_text(t, " ");
   lg_word_incident(t, src, worst, a->domains[worst].worst_ended - 1);
   return 1;
}
