/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_stall: see lg_stall.h.
 *
 * Every kind has a test of its own, so that the four causes cannot be mistaken for each other:
 *   reader    objects retired since the oldest pin; the pinned thread had its turn since, or is in a system call (else it waits for Valgrind)
 *   advance   queued objects that no pin blocks, and nothing was advanced, reclaimed or freed meanwhile
 *   stash     a stash into which nothing was put for a while
 *   callback  destructors that began and did not free
 * A reader that leaves and comes back at once never has an old pin: if participants are pinned DUTY of the time in few, long sections while
 * nothing is freed, what waits is theirs. */
#include "lg_stall.h"

#include "lg_clock.h"
#include "lg_counter.h"
#include "lg_options.h"
#include "lg_pending.h"
#include "lg_pin.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum {
   STALLS_MAX = 1024,   /* of a domain; what a profile may hold */
   MATTERS_B = 1 << 20, /* fewer objects matter too, after --stall-time, when they hold this much */
   CONFIRMED = 3,       /* looks in a row */
   TURNS = 3,           /* of the pinned thread: it was there, was interrupted, and came back */
   DUTY = 900,          /* 1/1000 of the time */
   DUTY_PINS = 100      /* more sections than this in a window are short ones */
};

/* What waits for one reason. */
typedef struct {
   ULong n, B;
   ULong oldest_us; /* age */
   ULong since;     /* time units, of the oldest */
} Wait;

/* What a look at a domain has found. */
typedef struct {
   ULong now, long_us, short_us; /* --stall-time and the part of it that many objects need */
   ULong objects;                /* --stall-objects */
   Wait advance, callback;
} Look;

static inline ULong age(ULong now, ULong since)
{
   return now > since ? now - since : 0;
}

/* ---- incidents ---- */

static LgStall *find_open(LgDomain *d, lg_stall kind, UWord subject)
{
   for (UInt i = 0; i < d->n_stalls; i++)
      if (d->stalls[i].is_open && d->stalls[i].kind == kind && d->stalls[i].subject == subject)
         return &d->stalls[i];
   return NULL;
}

static LgStall *open_stall(LgDomain *d, lg_stall kind, UWord subject, ULong since)
{
   if (d->n_stalls == STALLS_MAX) {
      LG_(counter_add)(LG_STALL_DROPPED, VG_INVALID_THREADID);
      return NULL;
   }
   if (d->n_stalls == d->stalls_size) {
      d->stalls_size = d->stalls_size ? d->stalls_size * 2 : 4;
      d->stalls = VG_(realloc)("lg.stall.open.1", d->stalls, d->stalls_size * sizeof *d->stalls);
   }
   LgStall *s = &d->stalls[d->n_stalls++];
   VG_(memset)(s, 0, sizeof *s);
   s->serial = d->n_stalls;
   s->kind = kind;
   s->is_open = True;
   s->since = since;
   s->subject = subject;
   return s;
}

static void set_level(LgStall *s, ULong n, ULong B)
{
   s->n = n;
   s->B = B;
   if (n > s->peak_n)
      s->peak_n = n;
   if (B > s->peak_B)
      s->peak_B = B;
   s->is_news = True;
}

static void end_stall(LgStall *s)
{
   s->n = s->B = 0;
   s->is_open = False;
   s->is_news = True;
   s->until = LG_(clock).now > 0 ? LG_(clock).now : 1;
}

/* An open stall stays until fewer wait than this: half of what opened it, or none. */
static ULong least_for(const Look *l, ULong n)
{
   return n >= l->objects ? l->objects / 2 + 1 : 1;
}

static Bool is_stall(const Look *l, const Wait *w)
{
   if (w->n >= l->objects && w->oldest_us >= l->short_us)
      return True;
   return w->oldest_us >= l->long_us && w->B >= MATTERS_B;
}

/* Opens, updates or ends the stall of this kind for what waits. `all`: with what has not waited for long. `seen` counts how often in a
 * row it looked like one: a program that got no processor for a while looks so once, too. */
static LgStall *judge(LgDomain *d, const Look *l, lg_stall kind, UWord subject, const Wait *w, const Wait *all,
                      UInt *seen)
{
   LgStall *s = find_open(d, kind, subject);
   if (s && w->n < s->least) {
      end_stall(s);
      return NULL;
   }
   *seen = is_stall(l, w) ? *seen + 1 : 0;
   if (!s && *seen >= CONFIRMED) {
      s = open_stall(d, kind, subject, w->since);
      if (s)
         s->least = least_for(l, w->n);
   }
   if (s)
      set_level(s, all->n, all->B);
   return s;
}

/* Everything in a phase. */
static Wait in_phase(const LgDomain *d, LgPhase phase)
{
   return (Wait){.n = d->phase_n[phase], .B = d->phase_B[phase]};
}

/* ---- readers ---- */

static void describe_reader(LgStall *s, const LgPin *p)
{
   s->context = p->context;
   s->stack = p->stack;
   s->thread = p->thread;
   s->subject_us = p->since_us;
   if (p->tid == VG_INVALID_THREADID)
      VG_(strcpy)(s->name, p->name);
   else
      LG_(thread_comm)(p->tid, s->name);
}

/* The thread does not merely wait for its turn. */
static Bool had_its_turn(const LgPin *p)
{
   return p->tid == VG_INVALID_THREADID || LG_(thread_is_in_syscall)(p->tid) ||
          LG_(thread_turns)(p->tid) >= p->turns + TURNS;
}

static void judge_oldest_pin(LgDomain *d, const Look *l)
{
   if (!d->oldest)
      return;
   const LgPin *p = LG_(pin_at)(d, d->oldest);
   LgStall *s = find_open(d, LG_STALL_READER, p->participant);
   if (s && s->subject_us != p->since_us) /* of a section before, by duty */
      return;
   ULong held = age(l->now, p->since_us);
   Bool looks_stalled = d->blocked_n > 0 &&
                        (held >= l->long_us || (d->blocked_n >= l->objects && held >= l->short_us && had_its_turn(p)));
   UInt *seen = &d->seen[LG_STALL_READER];
   *seen = looks_stalled ? *seen + 1 : 0;
   if (!s && *seen >= CONFIRMED) {
      s = open_stall(d, LG_STALL_READER, p->participant, p->since);
      if (s)
         describe_reader(s, p);
   }
   if (s) {
      set_level(s, d->blocked_peak_n, d->blocked_peak_B);
      set_level(s, d->blocked_n, d->blocked_B);
   }
}

void LG_(stall_pin_leaves)(LgDomain *d, const LgPin *p)
{
   LgStall *s = find_open(d, LG_STALL_READER, p->participant);
   ULong now = LG_(clock_micros)();
   if (age(now, p->since_us) >= LG_(opt).stall_time * 1000 / LG_STALL_SLOWDOWN / 2)
      d->released_us = now; /* until now, what waits did so for it */
   if (!s || s->by_duty)
      return;
   set_level(s, d->blocked_peak_n, d->blocked_peak_B);
   end_stall(s);
   d->progress_us = LG_(clock_micros)(); /* what waited for this reader waits for somebody to reclaim from now on */
}

/* The participant that was pinned for longest in the last window, of those who hardly ever left; one that never did is judged by the age
 * of its pin. */
static const LgPin *busiest(const LgDomain *d, ULong start_us)
{
   const LgPin *best = NULL;
   for (UInt i = 0; i < d->n_pins_known; i++) {
      const LgPin *p = d->pins[i];
      Bool is_busy = p->duty >= DUTY && p->sections <= DUTY_PINS && !(p->node && p->since_us <= start_us);
      if (is_busy && (!best || p->duty > best->duty))
         best = p;
   }
   return best;
}

/* Notes who is busy, and for how many windows in a row nothing was freed meanwhile. */
static void note_busy(LgDomain *d, const LgPin *p, Bool was_stuck)
{
   if (!p || d->busy != p->participant + 1) {
      d->busy = p ? p->participant + 1 : 0;
      d->busy_since = LG_(clock).now;
      d->busy_stuck = 0;
   }
   d->busy_stuck = was_stuck ? d->busy_stuck + 1 : 0;
}

static void judge_duty(LgDomain *d, const Look *l)
{
   enum { WINDOWS = 2 };
   ULong start_us = d->window_start_us;
   if (age(l->now, start_us) < l->short_us)
      return;
   Bool was_stuck = d->n_gone == d->window_gone && d->phase_n[LG_PHASE_GRACE] >= l->objects;
   LG_(pin_end_window)(d, l->now);
   const LgPin *p = busiest(d, start_us);
   note_busy(d, p, was_stuck);
   for (UInt i = 0; i < d->n_stalls; i++) {
      LgStall *s = &d->stalls[i];
      if (s->is_open && s->by_duty && (!p || !was_stuck || s->subject != p->participant))
         end_stall(s);
   }
   LgStall *s = p ? find_open(d, LG_STALL_READER, p->participant) : NULL;
   if (p && !s && d->busy_stuck >= WINDOWS &&
       (s = open_stall(d, LG_STALL_READER, p->participant, d->busy_since)) != NULL) {
      s->by_duty = True;
      describe_reader(s, p);
   }
   if (s && s->by_duty)
      set_level(s, d->phase_n[LG_PHASE_GRACE], d->phase_B[LG_PHASE_GRACE]);
}

/* ---- the others ---- */

static void add_to_wait(const Look *l, Wait *w, const LgNode *n, ULong since_us)
{
   ULong waits = age(l->now, since_us);
   if (waits < l->short_us)
      return;
   w->n++;
   w->B += n->B;
   if (waits > w->oldest_us) {
      w->oldest_us = waits;
      ULong ago_ms =
         waits / 1000; /* the unit of the clock may be another one: then the time of the interval is the best known */
      w->since =
         LG_(opt).time_unit == LG_UNIT_MS ? age(LG_(clock).now, ago_ms) : (ULong)LG_(node_birth)(n) * LG_(clock).base;
   }
}

/* A pin that has been held for so long also keeps the grace period of what was retired before it from ending. */
static Bool is_held_up(const LgDomain *d, const Look *l)
{
   return d->oldest && age(l->now, LG_(pin_at)(d, d->oldest)->since_us) >= l->short_us;
}

/* Objects stand in the order of their retire: what follows the first young one is younger. */
static void look_at_objects(const LgDomain *d, Look *l)
{
   Bool is_held = is_held_up(d, l);
   for (UInt id = d->list.first; id; id = LG_(node)(id)->next) {
      const LgNode *n = LG_(node)(id);
      if (n->is_pin)
         continue;
      if (age(l->now, n->retired_us) < l->short_us)
         break;
      if (n->phase == LG_PHASE_FREE)
         add_to_wait(l, &l->callback, n, n->u.since_us);
      else if (n->phase == LG_PHASE_GRACE && !n->is_blocked && (!is_held || LG_(pending_ripe_us)(d, n)))
         add_to_wait(l, &l->advance, n, n->u.since_us);
   }
}

/* Many objects wait while nothing happens at all, or some for so long that what happens does not reach them. */
static void judge_advance(LgDomain *d, const Look *l)
{
   static const Wait nothing = {0};
   ULong quiet_since = d->progress_us > d->released_us ? d->progress_us : d->released_us;
   Bool is_idle = age(l->now, quiet_since) >= l->short_us;
   Bool is_starved = l->advance.oldest_us >= l->long_us && age(l->now, d->released_us) >= l->long_us;
   Bool is_nobodys = (is_idle || is_starved) && d->busy == 0;
   Wait all = in_phase(d, LG_PHASE_GRACE);
   judge(d, l, LG_STALL_ADVANCE, 0, is_nobodys ? &l->advance : &nothing, &all, &d->seen[LG_STALL_ADVANCE]);
}

static void judge_stashes(LgDomain *d, const Look *l)
{
   for (UInt i = 0; i < d->n_stashes; i++) {
      LgStash *stash = d->stashes[i];
      Wait w = {.n = stash->n, .B = stash->B, .since = stash->since};
      if (stash->n > 0)
         w.oldest_us = age(l->now, LG_(node)(stash->first)->retired_us);
      if (age(l->now, stash->retired_us) < l->short_us) /* it is in use */
         w.n = w.B = 0;
      LgStall *s = judge(d, l, LG_STALL_STASH, i, &w, &w, &stash->seen);
      if (!s)
         continue;
      s->thread = stash->thread;
      s->stack = stash->stack;
      s->context = stash->context;
      if (stash->tid == VG_INVALID_THREADID)
         VG_(strcpy)(s->name, stash->name);
      else
         LG_(thread_comm)(stash->tid, s->name);
   }
}

static void check(LgDomain *d, ULong now)
{
   Look l = {.now = now,
             .long_us = LG_(opt).stall_time * 1000,
             .short_us = LG_(opt).stall_time * 1000 / LG_STALL_SLOWDOWN,
             .objects = LG_(opt).stall_objects};
   judge_oldest_pin(d, &l);
   judge_duty(d, &l);
   look_at_objects(d, &l);
   judge_advance(d, &l);
   judge_stashes(d, &l);
   Wait kept = in_phase(d, LG_PHASE_FREE);
   judge(d, &l, LG_STALL_CALLBACK, 0, &l.callback, &kept, &d->seen[LG_STALL_CALLBACK]);
}

void LG_(stall_check_all)(ULong now)
{
   for (UInt id = 1; id <= LG_(domain_count)(); id++)
      check(LG_(domain_by_id)(id), now);
}
