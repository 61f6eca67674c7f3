/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_task: see lg_task.h and lg_instance.h. */
#include "lg_task.h"

#include "lg_tally.h"
#include "lg_context.h"
#include "lg_heap.h"
#include "lg_opened.h"
#include "lg_unfollowed.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

/* What a suspended task keeps, from the outside in. */
typedef struct {
   struct Kept *next; /* VgHashTable's */
   UWord task;
   UInt n;
   LgNestEntry entries[];
} Kept;

static struct {
   VgHashTable *kept;
   LgNestEntry *scratch; /* entries of a task that is being suspended */
   UInt scratch_size;
} st;

UInt LG_(task_current)(ThreadId tid)
{
   UInt position = LG_(nest_task)(tid);
   return position ? LG_(nest_at)(tid, position)->serial : 0;
}

/* ---- what suspended tasks keep ---- */

LgNestEntry *LG_(task_kept)(UInt task, UInt at)
{
   Kept *k = st.kept ? VG_(HT_lookup)(st.kept, task) : NULL;
   return k && at >= 1 && at <= k->n ? &k->entries[at - 1] : NULL;
}

void LG_(task_drop_kept)(UInt task, UInt at)
{
   LgNestEntry *e = LG_(task_kept)(task, at);
   if (e)
      e->kind = LG_NEST_GAP;
}

/* `entries` from the inside out. */
static void keep(UInt task, const LgNestEntry *entries, UInt n)
{
   if (!st.kept)
      st.kept = VG_(HT_construct)("lg.task.kept");
   Kept *k = VG_(malloc)("lg.task.kept.1", sizeof *k + n * sizeof *entries);
   k->task = task;
   k->n = n;
   for (UInt i = 0; i < n; i++) {
      k->entries[i] = entries[n - 1 - i];
      LgOpened *o = LG_(opened_if)(k->entries[i].instance, k->entries[i].serial);
      if (o && o->at == 0) { /* see take_out() */
         o->where = LG_IN_TASK | task;
         o->at = i + 1;
      }
   }
   VG_(HT_add_node)(st.kept, k);
   LG_(opened_at)(task)->has_kept = 1;
}

static Kept *take_kept(UInt task)
{
   LgOpened *o = LG_(opened_at)(task);
   if (!o->has_kept)
      return NULL;
   o->has_kept = 0;
   return VG_(HT_remove)(st.kept, task);
}

ULong LG_(task_n_begun)(void)
{
   ULong n = 0;
   if (!st.kept)
      return 0;
   VG_(HT_ResetIter)(st.kept);
   for (const Kept *k = VG_(HT_Next)(st.kept); k; k = VG_(HT_Next)(st.kept))
      for (UInt i = 0; i < k->n; i++)
         n += k->entries[i].kind == LG_NEST_BEGUN && k->entries[i].account;
   return n;
}

/* ---- suspending ---- */

static void end_begun(const LgNestEntry *e)
{
   if (e->account)
      LG_(account_death)(LG_(account_by_id)(e->account), 1, e->birth);
}

/* Takes the innermost entry off the thread's nest. True when the task is to keep it. */
static Bool take_out(ThreadId tid, UInt position, LgNestEntry *e)
{
   *e = *LG_(nest_at)(tid, position);
   LG_(nest_remove)(tid, position);
   if (e->kind == LG_NEST_CALL) {
      end_begun(e);
      return False;
   }
   LgOpened *o = LG_(opened_if)(e->instance, e->serial);
   if (o && o->where == tid && o->at == position)
      o->where = o->at = 0;
   if (e->kind == LG_NEST_SPAN) {
      if (!e->is_told)
         LG_(tally_misuse)(e->account, LG_DISCIPLINE_SUSPENDED);
      e->is_told = True;
      LG_(nest_note_left)(tid, e->instance, e->serial);
   }
   return True;
}

static void suspend_innermost(ThreadId tid, UInt position)
{
   UInt n = 0, task = LG_(nest_at)(tid, position)->instance;
   for (UInt p = LG_(nest_top)(tid); p > position; p = LG_(nest_top)(tid)) {
      if (n == st.scratch_size) {
         st.scratch_size = st.scratch_size ? st.scratch_size * 2 : 16;
         st.scratch = VG_(realloc)("lg.task.scratch.1", st.scratch, st.scratch_size * sizeof *st.scratch);
      }
      n += take_out(tid, p, &st.scratch[n]);
   }
   LG_(nest_remove)(tid, position);
   LgOpened *o = LG_(opened_at)(task);
   o->where = o->at = 0;
   o->n_entered = 0;
   if (n > 0)
      keep(task, st.scratch, n);
}

void LG_(task_leave)(ThreadId tid, UInt position)
{
   for (UInt p = LG_(nest_task)(tid); p > position; p = LG_(nest_task)(tid))
      suspend_innermost(tid, p);
   suspend_innermost(tid, position);
}

/* ---- resuming ---- */

static void enter_again(ThreadId tid, UInt task, const Kept *k)
{
   for (UInt i = 0; i < k->n; i++) {
      const LgNestEntry *e = &k->entries[i];
      LgOpened *o = LG_(opened_if)(e->instance, e->serial);
      if (e->kind == LG_NEST_GAP || (e->kind == LG_NEST_SPAN && !o))
         continue;
      UInt position = LG_(nest_push)(tid, e);
      if (!position && e->kind == LG_NEST_BEGUN)
         end_begun(e);
      if (o && o->where == (LG_IN_TASK | task) && o->at == i + 1) {
         o->where = tid;
         o->at = position;
      }
   }
}

/* The number of the open task after what ended by itself has ended, or 0; then the event is counted. */
static UInt find_task(ThreadId tid, LgIdSpace space, ULong id)
{
   LG_(context_settle)(tid);
   UInt task = LG_(opened_find)(space, id);
   const LgOpened *o = task ? LG_(opened_at)(task) : NULL;
   if (!o && !LG_(unfollowed_any)(LG_ACCOUNT_TASK))
      LG_(tally_unknown)(tid, LG_ACCOUNT_TASK);
   if (o && o->n_entered && o->where != tid)
      LG_(context_settle)(o->where);
   return task;
}

void LG_(task_resume)(ThreadId tid, LgIdSpace space, ULong id, Addr sp)
{
   UInt task = find_task(tid, space, id);
   if (!task)
      return;
   LgOpened *o = LG_(opened_at)(task);
   if (o->n_entered) {
      LG_(tally_misuse)(o->account, o->where == tid ? LG_DISCIPLINE_ORDER : LG_DISCIPLINE_THREAD);
      LG_(task_leave)(o->where, o->at);
   }
   LgNestEntry e = {.instance = task, .serial = o->serial, .account = o->account, .context = o->context, .sp = sp};
   e.kind = LG_NEST_TASK;
   e.tid = (UShort)tid;
   UInt position = LG_(nest_push)(tid, &e);
   if (!position)
      return;
   o->n_entered = 1;
   o->where = tid;
   o->at = position;
   Kept *k = take_kept(task);
   if (k)
      enter_again(tid, task, k);
   VG_(free)(k);
}

void LG_(task_suspend)(ThreadId tid, LgIdSpace space, ULong id)
{
   UInt task = find_task(tid, space, id);
   if (!task)
      return;
   const LgOpened *o = LG_(opened_at)(task);
   if (o->n_entered == 0) {
      LG_(tally_misuse)(o->account, LG_DISCIPLINE_UNENTERED);
      return;
   }
   if (o->where != tid)
      LG_(tally_misuse)(o->account, LG_DISCIPLINE_THREAD);
   LG_(task_leave)(o->where, o->at);
}

/* ---- birth and death ---- */

static void end(UInt task)
{
   const LgOpened *o = LG_(opened_at)(task);
   if (o->n_entered)
      LG_(task_leave)(o->where, o->at);
   Kept *k = take_kept(task);
   for (UInt i = 0; k && i < k->n; i++) {
      const LgNestEntry *e = &k->entries[i];
      LgOpened *span = LG_(opened_if)(e->instance, e->serial);
      if (e->kind == LG_NEST_BEGUN) {
         LG_(tally_misuse)(e->account, LG_DISCIPLINE_OPEN);
         end_begun(e);
      } else if (e->kind == LG_NEST_SPAN && span) {
         span->n_entered -= span->n_entered > 0;
         if (span->where == (LG_IN_TASK | task) && span->at == i + 1)
            span->where = span->at = 0;
      }
   }
   VG_(free)(k);
   LG_(opened_remove)(task);
}

void LG_(task_new)(ThreadId tid, LgIdSpace space, ULong id, UInt label, UInt stack, UInt context)
{
   LG_(context_settle)(tid);
   UInt old = LG_(opened_find)(space, id);
   if (old) {
      LG_(tally_misuse)(LG_(opened_at)(old)->account, LG_DISCIPLINE_REUSED);
      end(old);
   }
   UInt inside = LG_(context_child)(context, label);
   LgAccount *a = LG_(tally_account)(tid, LG_ACCOUNT_TASK, stack, inside, label);
   LG_(opened_add)(space, id, a, LG_(context_child)(0, label));
}

void LG_(task_end)(ThreadId tid, LgIdSpace space, ULong id)
{
   UInt task = find_task(tid, space, id);
   if (task)
      end(task);
   else
      LG_(unfollowed_close)(LG_ACCOUNT_TASK);
}

Bool LG_(task_in_block)(LgIdSpace space, ULong id)
{
   LgHeapBlock block;
   UInt task = LG_(opened_find)(space, id);
   if (!task || id > ~(Addr)0 || !LG_(heap_find)((Addr)id, &block) || block.start != id)
      return False;
   LG_(heap_watch)(block.start);
   LG_(opened_at)(task)->in_block = 1;
   return True;
}

void LG_(instance_block_freed)(ThreadId tid, Addr start, SizeT szB)
{
   (void)tid;
   (void)szB;
   for (LgIdSpace space = LG_SPACE_TASK; space <= LG_SPACE_HOOK_TASK; space++) {
      UInt task = LG_(opened_find)(space, start);
      if (task && (space != LG_SPACE_TASK || LG_(opened_at)(task)->in_block))
         end(task);
   }
}
