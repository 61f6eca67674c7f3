/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_instance: see lg_instance.h. Spans, begun spans, calls and threads; tasks are in lg_task.c. */
#include "lg_instance.h"

#include "lg_account.h"
#include "lg_tally.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_nest.h"
#include "lg_opened.h"
#include "lg_task.h"
#include "lg_unfollowed.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"

/* Entries that are searched for one whose position is not known. */
enum { SEARCHED = 4096 };

static struct {
   Bool requests_trace; /* E2: a request spoke of a span of LG_SPACE_TRACING */
} st;

Bool LG_(instance_is_open)(LgIdSpace space, ULong id)
{
   return LG_(opened_find)(space, id) != 0;
}

/* ---- who is listened to ---- */

/* E2. False when the event is to be ignored. `span`: its number, or 0. */
static Bool is_heard(LgIdSpace space, LgOrigin origin, UInt span)
{
   if (space != LG_SPACE_TRACING)
      return True;
   if (origin == LG_BY_REQUEST) {
      st.requests_trace = True;
      if (span)
         LG_(opened_at)(span)->origins |= 1u << LG_BY_REQUEST;
      return True;
   }
   if (!st.requests_trace)
      return True;
   return span && !(LG_(opened_at)(span)->origins & (1u << LG_BY_REQUEST));
}

/* E2, for an id that is new. True when it was reported before, by the other side. */
static Bool is_told_twice(LgIdSpace space, LgOrigin origin, UInt span)
{
   if (space != LG_SPACE_TRACING || !span)
      return False;
   UInt by_request = LG_(opened_at)(span)->origins & (1u << LG_BY_REQUEST);
   if (origin == LG_BY_HOOK)
      return by_request != 0;
   return !by_request && is_heard(space, origin, span);
}

/* ---- leaving ---- */

static Bool is_entry_of(const LgNestEntry *e, UInt number, const LgOpened *o)
{
   return e->kind == LG_NEST_SPAN && e->instance == number && e->serial == o->serial;
}

/* Position of the span's innermost entry on the thread, or 0. */
static UInt search(ThreadId tid, UInt number)
{
   const LgOpened *o = LG_(opened_at)(number);
   if (o->where == tid && o->at)
      return o->at;
   UInt position = LG_(nest_top)(tid);
   for (UInt i = 0; position && i < SEARCHED; i++) {
      if (is_entry_of(LG_(nest_at)(tid, position), number, o))
         return position;
      position = LG_(nest_below)(tid, position);
   }
   return 0;
}

/* Takes the entry at the place that the span remembers out, and forgets the place. The thread that entered it. */
static ThreadId leave_remembered(UInt number)
{
   LgOpened *o = LG_(opened_at)(number);
   ThreadId by = VG_INVALID_THREADID;
   if (o->at == 0)
      return by;
   if (o->where & LG_IN_TASK) {
      const LgNestEntry *e = LG_(task_kept)(o->where & ~LG_IN_TASK, o->at);
      by = e ? e->tid : VG_INVALID_THREADID;
      LG_(task_drop_kept)(o->where & ~LG_IN_TASK, o->at);
   } else {
      by = LG_(nest_at)(o->where, o->at)->tid;
      LG_(nest_remove)(o->where, o->at);
   }
   o->where = o->at = 0;
   return by;
}

/* Takes one entry of a span that is entered out, the one on this thread if there is any. */
static void leave(ThreadId tid, UInt number)
{
   LgOpened *o = LG_(opened_at)(number);
   UInt position = o->at == 0 || o->where == tid || o->n_entered > 1 ? search(tid, number) : 0;
   ThreadId by;
   if (position) {
      by = LG_(nest_at)(tid, position)->tid;
      if (position != LG_(nest_top)(tid))
         LG_(tally_misuse)(o->account, LG_DISCIPLINE_ORDER);
      if (o->where == tid && o->at == position)
         o->where = o->at = 0;
      LG_(nest_remove)(tid, position);
   } else {
      by = leave_remembered(number);
   }
   if (by != tid && by != VG_INVALID_THREADID)
      LG_(tally_misuse)(o->account, LG_DISCIPLINE_THREAD);
   o->n_entered--;
}

static void close(ThreadId tid, UInt number)
{
   const LgOpened *o = LG_(opened_at)(number);
   if (o->n_entered) {
      LG_(tally_misuse)(o->account, LG_DISCIPLINE_OPEN);
      leave_remembered(number);
   }
   LG_(opened_remove)(number);
   LG_(nest_top)(tid); /* drops its other entries, if they are what the thread is in */
}

/* ---- spans with an id ---- */

/* Left entered by a task that is suspended and is not the one that runs here. */
static Bool is_foreign(ThreadId tid, const LgOpened *parent)
{
   return parent->n_entered && (parent->where & LG_IN_TASK) &&
          LG_(opened_at)(parent->where & ~LG_IN_TASK)->serial != LG_(task_current)(tid);
}

/* Nothing was entered on the thread since another task left a span entered there: whoever asks the thread for the current span gets
 * that one. */
static Bool inherits_foreign(ThreadId tid)
{
   UInt serial, left = LG_(nest_left)(tid, &serial), top = LG_(nest_top)(tid);
   const LgOpened *o = LG_(opened_if)(left, serial);
   return o && is_foreign(tid, o) && (top == 0 || LG_(nest_at)(tid, top)->kind == LG_NEST_TASK);
}

void LG_(span_new)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id, UInt label, LgParent mode, ULong parent_id)
{
   UInt old = LG_(opened_find)(space, id);
   if (is_told_twice(space, origin, old))
      return;
   UInt context = LG_(context_of_thread)(tid), reused = old ? LG_(opened_at)(old)->account : 0;
   UInt parent = mode == LG_PARENT_ID ? LG_(opened_find)(space, parent_id) : 0;
   Bool foreign = mode == LG_PARENT_CURRENT && inherits_foreign(tid);
   if (parent) {
      context = LG_(opened_at)(parent)->context;
      foreign = is_foreign(tid, LG_(opened_at)(parent));
   } else if (mode == LG_PARENT_NONE) {
      context = 0;
   }
   if (old) {
      LG_(tally_misuse)(reused, LG_DISCIPLINE_REUSED);
      close(tid, old);
   }
   UInt inside = LG_(context_child)(context, label);
   LgAccount *a = LG_(tally_account)(tid, LG_ACCOUNT_SPAN, 0, inside, label);
   UInt number = LG_(opened_add)(space, id, a, inside);
   LgOpened *o = LG_(opened_at)(number);
   o->task = LG_(task_current)(tid);
   o->origins = (UChar)(1u << origin);
   is_heard(space, origin, number);
   if (foreign)
      LG_(tally_misuse)(o->account, LG_DISCIPLINE_FOREIGN);
   if (mode == LG_PARENT_ID && !parent && !LG_(unfollowed_any)(LG_ACCOUNT_SPAN))
      LG_(tally_misuse)(o->account, LG_DISCIPLINE_UNKNOWN);
}

/* The number of the span for an event that is heard, or 0. One that nobody created is counted. */
static UInt heard_span(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id)
{
   LG_(context_settle)(tid);
   UInt number = LG_(opened_find)(space, id);
   if (!is_heard(space, origin, number))
      return 0;
   if (!number && !LG_(unfollowed_any)(LG_ACCOUNT_SPAN))
      LG_(tally_unknown)(tid, LG_ACCOUNT_SPAN);
   return number;
}

void LG_(span_enter)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id)
{
   UInt number = heard_span(tid, space, origin, id);
   if (!number)
      return;
   LgOpened *o = LG_(opened_at)(number);
   if (o->n_entered == 0xffff)
      return;
   LgNestEntry e = {.instance = number, .serial = o->serial, .account = o->account, .context = o->context};
   e.kind = LG_NEST_SPAN;
   e.tid = (UShort)tid;
   UInt position = LG_(nest_push)(tid, &e);
   o->n_entered++;
   if (!position)
      return;
   o->where = tid;
   o->at = position;
   LG_(tally_nested)(o->account, LG_(nest_at)(tid, position)->depth);
}

void LG_(span_exit)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id)
{
   UInt number = heard_span(tid, space, origin, id);
   if (!number)
      return;
   if (LG_(opened_at)(number)->n_entered)
      leave(tid, number);
   else
      LG_(tally_misuse)(LG_(opened_at)(number)->account, LG_DISCIPLINE_UNENTERED);
}

void LG_(span_close)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id)
{
   LG_(context_settle)(tid);
   UInt number = LG_(opened_find)(space, id);
   if (!is_heard(space, origin, number))
      return;
   if (number)
      close(tid, number);
   else if (!LG_(unfollowed_close)(LG_ACCOUNT_SPAN))
      LG_(tally_unknown)(tid, LG_ACCOUNT_SPAN);
}

/* ---- spans that are entries ---- */

static void end_entry(ThreadId tid, UInt position)
{
   const LgNestEntry *e = LG_(nest_at)(tid, position);
   if (e->account)
      LG_(account_death)(LG_(account_by_id)(e->account), 1, e->birth);
   LG_(nest_remove)(tid, position);
}

static void begin_entry(ThreadId tid, LgNestKind kind, UInt label, Addr sp)
{
   UInt inside = LG_(context_child)(LG_(context_of_thread)(tid), label);
   LgAccount *a = LG_(tally_account)(tid, LG_ACCOUNT_SPAN, 0, inside, label);
   LgNestEntry e = {.account = a ? a->id : 0, .birth = LG_(clock).epoch, .context = inside, .label = label, .sp = sp};
   e.kind = (UChar)kind;
   e.tid = (UShort)tid;
   UInt position = LG_(nest_push)(tid, &e);
   if (!position || !a)
      return;
   LG_(account_birth)(a, 1);
   if (kind != LG_NEST_CALL) /* functions may well call themselves */
      LG_(tally_nested)(a->id, LG_(nest_at)(tid, position)->depth);
}

void LG_(span_begin)(ThreadId tid, UInt label)
{
   begin_entry(tid, LG_NEST_BEGUN, label, 0);
}

void LG_(span_end)(ThreadId tid, UInt label)
{
   LG_(context_settle)(tid);
   UInt top = LG_(nest_top)(tid), position = top;
   for (UInt i = 0; position && i < SEARCHED; i++) {
      const LgNestEntry *e = LG_(nest_at)(tid, position);
      if (e->kind == LG_NEST_TASK)
         break;
      if (e->kind == LG_NEST_BEGUN && (label == 0 || e->label == label)) {
         if (position != top)
            LG_(tally_misuse)(e->account, LG_DISCIPLINE_ORDER);
         end_entry(tid, position);
         return;
      }
      position = LG_(nest_below)(tid, position);
   }
   if (label == 0) {
      LG_(tally_unknown)(tid, LG_ACCOUNT_SPAN);
      return;
   }
   UInt inside = LG_(context_child)(LG_(context_of_thread)(tid), label);
   const LgAccount *a = LG_(tally_account)(tid, LG_ACCOUNT_SPAN, 0, inside, label);
   LG_(tally_misuse)(a ? a->id : 0, LG_DISCIPLINE_UNENTERED);
}

/* A call that begins at the stack pointer of an earlier one, or above, took its place: by a jump from its end. */
static void end_replaced(ThreadId tid, Addr sp)
{
   for (UInt top = LG_(nest_top)(tid); top; top = LG_(nest_top)(tid)) {
      const LgNestEntry *e = LG_(nest_at)(tid, top);
      if (e->kind != LG_NEST_CALL || sp < e->sp || sp > e->sp_max)
         return;
      end_entry(tid, top);
   }
}

void LG_(call_begin)(ThreadId tid, UInt label, Addr sp)
{
   LG_(context_settle)(tid);
   end_replaced(tid, sp);
   begin_entry(tid, LG_NEST_CALL, label, sp);
}

/* ---- threads ---- */

UInt LG_(context_settle)(ThreadId tid)
{
   for (UInt ended = LG_(nest_ended)(tid); ended; ended = LG_(nest_ended)(tid)) {
      if (LG_(nest_at)(tid, ended)->kind == LG_NEST_TASK)
         LG_(task_leave)(tid, ended);
      else
         end_entry(tid, ended);
   }
   return LG_(thread_contexts)[tid].context;
}

void LG_(instance_settle)(void)
{
   for (ThreadId tid = 1; tid < VG_N_THREADS; tid++)
      if (LG_(thread_contexts)[tid].lazy_sp)
         LG_(context_settle)(tid);
}

/* A span loses its innermost entry on a thread that ends. */
static void leave_dying(ThreadId tid, UInt position, Bool by_itself)
{
   const LgNestEntry *e = LG_(nest_at)(tid, position);
   UInt number = e->instance, account = e->account;
   LgOpened *o = LG_(opened_at)(number);
   if (o->where == tid && o->at == position)
      o->where = o->at = 0;
   o->n_entered -= o->n_entered > 0;
   LG_(nest_remove)(tid, position);
   if (by_itself)
      LG_(tally_misuse)(account, LG_DISCIPLINE_THREAD);
}

void LG_(instance_thread_ends)(ThreadId tid, Bool by_itself)
{
   for (UInt top = LG_(nest_top)(tid); top; top = LG_(nest_top)(tid)) {
      const LgNestEntry *e = LG_(nest_at)(tid, top);
      switch (e->kind) {
      case LG_NEST_TASK:
         LG_(task_leave)(tid, top);
         break;
      case LG_NEST_SPAN:
         leave_dying(tid, top, by_itself);
         break;
      default:
         if (by_itself && e->kind == LG_NEST_BEGUN)
            LG_(tally_misuse)(e->account, LG_DISCIPLINE_OPEN);
         end_entry(tid, top);
      }
   }
   LG_(nest_note_left)(tid, 0, 0);
   LG_(nest_set_base)(tid, 0);
}

void LG_(instance_forked)(ThreadId tid)
{
   for (ThreadId other = 1; other < VG_N_THREADS; other++)
      if (other != tid)
         LG_(instance_thread_ends)(other, /*by_itself*/ False);
}

/* O2 */
static void check_place(UInt number, const LgOpened *o)
{
   const LgNestEntry *e;
   if (o->at == 0)
      return;
   if (o->where & LG_IN_TASK)
      e = LG_(task_kept)(o->where & ~LG_IN_TASK, o->at);
   else
      e = LG_(nest_at)(o->where, o->at);
   tl_assert2(o->n_entered > 0 && e && e->instance == number && e->serial == o->serial, "O2");
}

void LG_(instance_sanity)(void)
{
   LG_(opened_sanity)();
   ULong n = LG_(nest_sanity)() + LG_(task_n_begun)() + LG_(unfollowed_count)(), live = 0;
   for (UInt number = 1; number <= LG_(opened_last)(); number++) {
      const LgOpened *o = LG_(opened_at)(number);
      if (o->serial == 0)
         continue;
      check_place(number, o);
      n += o->account != 0;
   }
   for (UInt id = 1; id <= LG_(account_count)(); id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      if (a->kind == LG_ACCOUNT_SPAN || a->kind == LG_ACCOUNT_TASK)
         live += a->live_blk;
   }
   tl_assert2(n == live, "blocks of the census are open instances");
}
