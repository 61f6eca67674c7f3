/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_return: see lg_return.h. */
#include "lg_return.h"

#include "lg_peek.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_xarray.h"

#if LG_HAVE_HOOKS

/* Of Valgrind's core. While it is set, a fault is taken for the client's. */
extern Bool VG_(in_generated_code);

/* A return looks for its call among the innermost ones: if it is not there, the thread has many stacks. */
enum { SITES_MAX = 1 << 16, CALLS_MAX = 1 << 16, LOOKED_BACK = 64 };

typedef struct {
   Addr site, sp;
   LgReturnHandler handle;
   UWord data;
} Call;

typedef struct {
   Call *calls; /* [n], the latest last */
   UInt n, size;
   Addr again_at, again_sp; /* 0: not expected */
} Thread;

static struct {
   Thread *threads; /* [VG_N_THREADS] */
   VgHashTable *sites;
   XArray *stale;     /* of Addr */
   UWord result_high; /* of the return in hand */
} st;

static Thread *thread_of(ThreadId tid)
{
   if (UNLIKELY(!st.threads))
      st.threads = VG_(calloc)("lg.return.threads.1", VG_N_THREADS, sizeof *st.threads);
   tl_assert(tid < VG_N_THREADS);
   return &st.threads[tid];
}

/* ---- places ---- */

Bool LG_(return_is_site)(Addr a)
{
   return st.sites && VG_(HT_lookup)(st.sites, a) != NULL;
}

static Bool add_site(Addr site)
{
   if (LG_(return_is_site)(site))
      return True;
   if (!st.sites)
      st.sites = VG_(HT_construct)("lg.return.sites");
   if (VG_(HT_count_nodes)(st.sites) >= SITES_MAX)
      return False;
   VgHashNode *node = VG_(malloc)("lg.return.site.1", sizeof *node);
   node->key = site;
   VG_(HT_add_node)(st.sites, node);
   LG_(return_add_stale)(site);
   return True;
}

void LG_(return_add_stale)(Addr a)
{
   if (!st.stale)
      st.stale = VG_(newXA)(VG_(malloc), "lg.return.stale.1", VG_(free), sizeof(Addr));
   VG_(addToXA)(st.stale, &a);
}

static Addr take_stale(void)
{
   Word n = st.stale ? VG_(sizeXA)(st.stale) : 0;
   if (n == 0)
      return 0;
   Addr a = *(Addr *)VG_(indexXA)(st.stale, n - 1);
   VG_(dropTailXA)(st.stale, 1);
   return a;
}

/* ---- calls under way ---- */

/* Where another address stands now, the call ended without a return. */
static void drop_ended(Thread *t)
{
   UInt to = 0;
   for (UInt i = 0; i < t->n; i++) {
      Addr a;
      if (LG_(peek)(t->calls[i].sp, &a, sizeof a) && a == t->calls[i].site)
         t->calls[to++] = t->calls[i];
   }
   t->n = to;
}

/* A deep recursion may push the older half out: they are the least likely to be of interest still. */
static Call *new_call(Thread *t)
{
   if (t->n == t->size && t->n > 0)
      drop_ended(t);
   if (t->n == CALLS_MAX) {
      t->n -= CALLS_MAX / 2;
      VG_(memmove)(t->calls, t->calls + CALLS_MAX / 2, t->n * sizeof *t->calls);
   }
   if (t->n == t->size) {
      t->size = t->size ? 2 * t->size : 16;
      t->calls = VG_(realloc)("lg.return.calls.1", t->calls, t->size * sizeof *t->calls);
   }
   return &t->calls[t->n++];
}

static void drop_call(Thread *t, UInt i)
{
   VG_(memmove)(&t->calls[i], &t->calls[i + 1], (t->n - i - 1) * sizeof *t->calls);
   t->n--;
}

Bool LG_(return_expect)(ThreadId tid, Addr site, Addr sp, LgReturnHandler handle, UWord data)
{
   if (site == 0 || !add_site(site))
      return False;
   Thread *t = thread_of(tid);
   UInt least = t->n > LOOKED_BACK ? t->n - LOOKED_BACK : 0;
   for (UInt i = t->n; i-- > least;)
      if (t->calls[i].sp == sp && (t->calls[i].site != site || t->calls[i].handle == handle))
         drop_call(t, i);
   *new_call(t) = (Call){site, sp, handle, data};
   return True;
}

/* The address was popped: the stack pointer is one word above where it was at the entry or, on x86, further where the called function
 * takes its arguments off the stack. */
static Bool is_popped(Addr sp, Addr sp_at_entry)
{
#  if defined(VGA_x86)
   enum { POPPED_MAX_B = 256 };
   return sp - sp_at_entry >= sizeof(Addr) && sp - sp_at_entry <= POPPED_MAX_B;
#  else
   return sp - sp_at_entry == sizeof(Addr);
#  endif
}

static void on_return(ThreadId tid, Addr site, Addr sp, UWord result)
{
   Thread *t = thread_of(tid);
   UInt least = t->n > LOOKED_BACK ? t->n - LOOKED_BACK : 0;
   for (UInt i = t->n; i-- > least;) {
      Call c = t->calls[i];
      if (c.site != site || !is_popped(sp, c.sp))
         continue;
      drop_call(t, i);
      c.handle(tid, result, c.data);
      i = i < t->n ? i : t->n;
   }
}

/* Called by translated code. 1 to leave the translation, as in lg_hook: with the call told of, coming again does nothing. */
static UWord at_site(Guest *g)
{
   ThreadId tid = VG_(get_running_tid)();
   if (thread_of(tid)->n == 0)
      return 0;
   VG_(in_generated_code) = False;
   st.result_high = g->GUEST_RESULT_HIGH;
   on_return(tid, g->GUEST_IP, g->GUEST_SP, g->GUEST_RESULT);
   Bool is_left = LG_(return_leave)(g);
   VG_(in_generated_code) = True;
   return is_left;
}

UWord LG_(return_result_high)(void)
{
   return st.result_high;
}

void LG_(return_come_again)(ThreadId tid, Addr at, Addr sp)
{
   Thread *t = thread_of(tid);
   t->again_at = at;
   t->again_sp = sp;
}

Bool LG_(return_is_again)(ThreadId tid, Addr at, Addr sp)
{
   Thread *t = st.threads ? &st.threads[tid] : NULL;
   if (LIKELY(!t || t->again_at != at || t->again_sp != sp))
      return False;
   t->again_at = t->again_sp = 0;
   return True;
}

void LG_(return_thread_gone)(ThreadId tid)
{
   if (!st.threads)
      return;
   Thread *t = &st.threads[tid];
   VG_(free)(t->calls);
   VG_(memset)(t, 0, sizeof *t);
}

/* ---- code ---- */

static void tell(IRDirty *d, IREffect fx, UInt from, UInt to)
{
   Int i = d->nFxState++;
   d->fxState[i].fx = fx;
   d->fxState[i].offset = (UShort)from;
   d->fxState[i].size = (UShort)(to - from);
}

Bool LG_(return_leave)(Guest *g)
{
   Addr a = take_stale();
   if (LIKELY(a == 0))
      return False;
   g->guest_CMSTART = a;
   g->guest_CMLEN = 1;
   return True;
}

void LG_(return_add_helper)(IRSB *out, Addr a, IRTemp is_left, IRDirty *d)
{
   IRTemp guard = newIRTemp(out->tyenv, Ity_I1);
   VG_(memset)(&d->fxState, 0, sizeof d->fxState);
   d->nFxState = 0;
   tell(d, Ifx_Read, offsetof(Guest, GUEST_FIRST), offsetof(Guest, GUEST_LAST) + sizeof(UWord));
   tell(d, Ifx_Read, offsetof(Guest, GUEST_IP), offsetof(Guest, GUEST_IP) + sizeof(UWord));
   tell(d, Ifx_Modify, offsetof(Guest, guest_CMSTART), offsetof(Guest, guest_CMLEN) + sizeof(UWord));
   addStmtToIRSB(out, IRStmt_Put(GUEST_OFFSET(GUEST_IP), IRExpr_Const(GUEST_CONST(a))));
   addStmtToIRSB(out, IRStmt_Dirty(d));
   IRExpr *test = IRExpr_Binop(GUEST_CMP_NE, IRExpr_RdTmp(is_left), mkIRExpr_HWord(0));
   addStmtToIRSB(out, IRStmt_WrTmp(guard, test));
   addStmtToIRSB(out, IRStmt_Exit(IRExpr_RdTmp(guard), Ijk_InvalICache, GUEST_CONST(a), GUEST_OFFSET(GUEST_IP)));
}

void LG_(return_add_call)(IRSB *out, Addr a)
{
   IRTemp is_left = newIRTemp(out->tyenv, GUEST_WORD);
   IRDirty *d =
      unsafeIRDirty_1_N(is_left, 0, "leakgrow_return", VG_(fnptr_to_fnentry)(at_site), mkIRExprVec_1(IRExpr_GSPTR()));
   LG_(return_add_helper)(out, a, is_left, d);
}

#endif
