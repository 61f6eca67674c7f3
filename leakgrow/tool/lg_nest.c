/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_nest: see lg_nest.h. Links to tasks and lazy entries may lead to gaps, which lead on outwards. */
#include "lg_nest.h"

#include "lg_context.h"
#include "lg_counter.h"
#include "lg_opened.h"
#include "lg_peek.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"

enum {
   FIRST_ENTRIES = 16,
   LOOKED_BACK = 64 /* entries that are searched for one of the same context */
};

typedef struct {
   LgNestEntry *entries; /* by position - 1 */
   UInt n, size, n_gaps;
   UInt base;             /* context */
   Addr stack, stack_max; /* the mapping that held a lazy entry's stack pointer last */
   UInt left_instance, left_serial;
} Nest;

static struct {
   Nest *nests; /* by thread */
   ULong n_entries, n_size;
} st;

void LG_(nest_init)(void)
{
   st.nests = VG_(calloc)("lg.nest.init.1", VG_N_THREADS, sizeof *st.nests);
}

static inline LgNestEntry *at(const Nest *t, UInt position)
{
   return &t->entries[position - 1];
}

/* Its instance was closed while it was entered. */
static inline Bool is_stale(const LgNestEntry *e)
{
   return (e->kind == LG_NEST_SPAN || e->kind == LG_NEST_TASK) && !LG_(opened_if)(e->instance, e->serial);
}

/* ---- links ---- */

static UInt follow_lazy(const Nest *t, UInt position)
{
   UInt lazy = position ? at(t, position)->lazy : 0;
   while (lazy && at(t, lazy)->kind == LG_NEST_GAP)
      lazy = at(t, lazy)->lazy;
   return lazy;
}

static UInt follow_task(const Nest *t, UInt position)
{
   UInt task = position ? at(t, position)->task : 0;
   while (task && (at(t, task)->kind == LG_NEST_GAP || is_stale(at(t, task))))
      task = task > 1 ? at(t, task - 1)->task : 0;
   return task;
}

static void set_links(Nest *t, UInt position)
{
   LgNestEntry *e = at(t, position);
   const LgNestEntry *outer = position > 1 ? at(t, position - 1) : NULL;
   e->task = e->kind == LG_NEST_TASK ? position : outer ? outer->task : 0;
   e->lazy = e->kind != LG_NEST_GAP && e->sp ? position : outer ? outer->lazy : 0;
}

/* ---- gaps ---- */

static void make_gap(Nest *t, UInt position)
{
   LgNestEntry *e = at(t, position);
   e->kind = LG_NEST_GAP;
   set_links(t, position);
   t->n_gaps++;
   while (t->n > 0 && at(t, t->n)->kind == LG_NEST_GAP) {
      t->n--;
      t->n_gaps--;
      st.n_entries--;
   }
}

static void squeeze(Nest *t)
{
   UInt to = 0;
   for (UInt from = 1; from <= t->n; from++) {
      LgNestEntry *e = at(t, from);
      if (e->kind == LG_NEST_GAP)
         continue;
      if (++to != from) {
         LgOpened *o = LG_(opened_if)(e->instance, e->serial);
         if (o && o->at == from && o->where == (UInt)(t - st.nests))
            o->at = to;
         *at(t, to) = *e;
      }
      set_links(t, to);
   }
   st.n_entries -= t->n - to;
   t->n = to;
   t->n_gaps = 0;
}

static void make_room(Nest *t)
{
   if (t->n_gaps > t->n / 2) {
      squeeze(t);
      return;
   }
   st.n_size -= t->size;
   t->size = t->size ? t->size * 2 : FIRST_ENTRIES;
   st.n_size += t->size;
   t->entries = VG_(realloc)("lg.nest.entries.1", t->entries, t->size * sizeof *t->entries);
}

/* ---- walking ---- */

static UInt next_outwards(Nest *t, UInt position)
{
   while (position > 0 && (at(t, position)->kind == LG_NEST_GAP || is_stale(at(t, position)))) {
      if (at(t, position)->kind != LG_NEST_GAP)
         make_gap(t, position);
      position--;
      if (position > t->n)
         position = t->n;
   }
   return position;
}

/* G1 */
static void refresh(ThreadId tid)
{
   Nest *t = &st.nests[tid];
   UInt top = next_outwards(t, t->n), lazy = follow_lazy(t, t->n);
   LG_(thread_contexts)[tid].context = top ? at(t, top)->context : t->base;
   LG_(thread_contexts)[tid].lazy_sp = lazy ? at(t, lazy)->sp : 0;
}

UInt LG_(nest_top)(ThreadId tid)
{
   Nest *t = &st.nests[tid];
   if (UNLIKELY(t->n > 0 && is_stale(at(t, t->n))))
      refresh(tid);
   return t->n;
}

UInt LG_(nest_below)(ThreadId tid, UInt position)
{
   return next_outwards(&st.nests[tid], position - 1);
}

LgNestEntry *LG_(nest_at)(ThreadId tid, UInt position)
{
   const Nest *t = &st.nests[tid];
   tl_assert(position >= 1 && position <= t->n);
   return at(t, position);
}

UInt LG_(nest_task)(ThreadId tid)
{
   const Nest *t = &st.nests[tid];
   return follow_task(t, t->n);
}

/* A call that ended by an exception or longjmp leaves the stack pointer where the next call from the same place makes it grow over the
 * old frame again. */
static Bool is_overwritten(const LgNestEntry *e)
{
   Addr now;
   return e->return_to && LG_(peek)(e->sp, &now, sizeof now) && now != e->return_to;
}

UInt LG_(nest_ended)(ThreadId tid)
{
   const Nest *t = &st.nests[tid];
   UInt lazy = follow_lazy(t, t->n);
   if (!lazy)
      return 0;
   Addr sp = VG_(get_SP)(tid);
   const LgNestEntry *e = at(t, lazy);
   if (sp <= e->sp_max && (sp > e->sp || is_overwritten(e)))
      return lazy;
   return 0;
}

/* ---- entering and leaving ---- */

/* How many entries of the running task have this context already, as far as a few steps outwards tell. */
static UInt depth_of(Nest *t, UInt context)
{
   UInt position = next_outwards(t, t->n);
   for (UInt i = 0; position && i < LOOKED_BACK; i++) {
      const LgNestEntry *e = at(t, position);
      if (e->kind == LG_NEST_TASK)
         break;
      if (e->context == context)
         return e->depth;
      position = next_outwards(t, position - 1);
   }
   return 0;
}

/* The end of the mapping that the stack is in: a stack pointer beyond it is on another stack. */
static Addr stack_max(Nest *t, Addr sp)
{
   if (sp < t->stack || sp > t->stack_max || t->stack_max == 0) {
      const NSegment *seg = VG_(am_find_nsegment)(sp);
      t->stack = seg ? seg->start : 0;
      t->stack_max = seg ? seg->end : ~(Addr)0;
   }
   return t->stack_max;
}

UInt LG_(nest_push)(ThreadId tid, const LgNestEntry *e)
{
   Nest *t = &st.nests[tid];
   if (st.n_entries >= LG_NEST_MAX)
      squeeze(t);
   if (st.n_entries >= LG_NEST_MAX) {
      LG_(counter_add)(LG_ENTER_REFUSED, VG_INVALID_THREADID);
      return 0;
   }
   if (t->n == t->size)
      make_room(t);
   UInt depth = e->kind == LG_NEST_TASK ? 0 : depth_of(t, e->context);
   st.n_entries++;
   LgNestEntry *own = at(t, ++t->n);
   *own = *e;
   own->depth = depth + 1;
   own->sp_max = e->sp ? stack_max(t, e->sp) : 0;
   if (!e->sp || !LG_(peek)(e->sp, &own->return_to, sizeof(Addr)))
      own->return_to = 0;
   set_links(t, t->n);
   refresh(tid);
   return t->n;
}

void LG_(nest_remove)(ThreadId tid, UInt position)
{
   Nest *t = &st.nests[tid];
   tl_assert(position >= 1 && position <= t->n && at(t, position)->kind != LG_NEST_GAP);
   make_gap(t, position);
   refresh(tid);
}

void LG_(nest_set_base)(ThreadId tid, UInt context)
{
   st.nests[tid].base = context;
   refresh(tid);
}

UInt LG_(nest_base)(ThreadId tid)
{
   return st.nests[tid].base;
}

void LG_(nest_note_left)(ThreadId tid, UInt instance, UInt serial)
{
   st.nests[tid].left_instance = instance;
   st.nests[tid].left_serial = serial;
}

UInt LG_(nest_left)(ThreadId tid, UInt *serial)
{
   *serial = st.nests[tid].left_serial;
   return st.nests[tid].left_instance;
}

/* ---- counting and checking ---- */

void LG_(nest_stats)(ULong *n_entries, ULong *bytes, ULong *n_refused)
{
   *n_entries = st.n_entries;
   *bytes = st.n_size * sizeof(LgNestEntry) + VG_N_THREADS * sizeof *st.nests;
   *n_refused = LG_(counter_get)(LG_ENTER_REFUSED);
}

ULong LG_(nest_sanity)(void)
{
   ULong n = 0, n_begun = 0;
   for (ThreadId tid = 0; tid < VG_N_THREADS; tid++) {
      const Nest *t = &st.nests[tid];
      UInt n_gaps = 0;
      for (UInt i = 1; i <= t->n; i++) {
         const LgNestEntry *e = at(t, i);
         n_gaps += e->kind == LG_NEST_GAP;
         n_begun += (e->kind == LG_NEST_BEGUN || e->kind == LG_NEST_CALL) && e->account;
         tl_assert2(e->task <= i && e->lazy <= i, "links lead outwards");
      }
      tl_assert2(n_gaps == t->n_gaps, "gaps of a nest");
      tl_assert2(t->n == 0 || at(t, t->n)->kind != LG_NEST_GAP, "innermost entry");
      tl_assert2(t->n > 0 || LG_(thread_contexts)[tid].context == t->base, "G1");
      tl_assert2(t->n == 0 || is_stale(at(t, t->n)) || LG_(thread_contexts)[tid].context == at(t, t->n)->context, "G1");
      n += t->n;
   }
   tl_assert2(n == st.n_entries, "count of all nests");
   return n_begun;
}
