/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_hook: see lg_hook.h. Returns are lg_return's. */
#include "lg_hook.h"

#include "lg_guest.h"
#include "lg_object.h"
#include "lg_peek.h"
#include "lg_return.h"
#include "lg_scan.h"
#include "lg_stripped.h"

#include "lg_word.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_hashtable.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"
#include "pub_tool_xarray.h"

/* Of Valgrind's core. While in_generated_code is set, a fault is taken for the client's. */
extern Bool VG_(in_generated_code);
extern void VG_(discard_translations)(Addr start, ULong range, const HChar *who);

enum { FILTER_BITS = 1 << 15, COVERAGE_MAX = 200, AT_MAX = 4096 };

typedef struct {
   const LgHookSet *set;
   const LgHook *hook;
   UInt event;    /* the first row of the same set and event */
   Bool is_found; /* of the event; in its first row */
   ULong n_calls;
} Row;

/* A row that is bound to a function; or, from hook_at(), a handler without a row. */
typedef struct {
   UInt row;
   UInt note;
   void (*handle)(ThreadId tid, const LgHookCall *call); /* NULL: the row's */
} Action;

/* A function's first instruction: hash node, key is its address. */
typedef struct {
   VgHashNode node;
   const DebugInfo *di;
   HChar *fn;
   Bool is_shared;
   UInt n_actions;
   Action *actions;
} Entry;

static struct {
   XArray *sets; /* of const LgHookSet* */
   Row *rows;    /* by the numbers of lg_scan */
   UInt n_rows;
   VgHashTable *entries;
   UInt n_entries, n_at;
   UInt filter[FILTER_BITS / 32]; /* of entries' addresses */
   ULong n_unloads;
} st;

/* ---- tables ---- */

/* From row `first` on, where its set begins. */
static UInt first_of_event(UInt first, const LgHook *hook)
{
   while (!VG_STREQ(st.rows[first].hook->event, hook->event))
      first++;
   return first;
}

void LG_(hook_add_set)(const LgHookSet *set)
{
   if (!st.sets) {
      st.sets = VG_(newXA)(VG_(malloc), "lg.hook.add_set.1", VG_(free), sizeof(const LgHookSet *));
      st.entries = VG_(HT_construct)("lg.hook.entries");
   }
   VG_(addToXA)(st.sets, &set);
   st.rows = VG_(realloc)("lg.hook.add_set.2", st.rows, (st.n_rows + set->n_hooks) * sizeof *st.rows);
   for (UInt i = 0; i < set->n_hooks; i++) {
      UInt row = LG_(scan_add)(set->hooks[i].pattern);
      tl_assert(row == st.n_rows);
      st.rows[st.n_rows] = (Row){set, &set->hooks[i], 0, False, 0};
      st.rows[st.n_rows].event = first_of_event(st.n_rows - i, &set->hooks[i]);
      st.n_rows++;
   }
}

static inline UInt filter_bit(Addr a)
{
   return (UInt)(((ULong)a * 0x9e3779b97f4a7c15ULL) >> 49);
}

static void filter_add(Addr a)
{
   st.filter[filter_bit(a) / 32] |= 1u << (filter_bit(a) % 32);
}

static inline const Entry *find_entry(Addr a)
{
   if (LIKELY(!(st.filter[filter_bit(a) / 32] & 1u << (filter_bit(a) % 32))))
      return NULL;
   return VG_(HT_lookup)(st.entries, a);
}

Bool LG_(hook_is_entry)(Addr a)
{
   return find_entry(a) != NULL;
}

/* ---- objects ---- */

typedef struct {
   const DebugInfo *di;
   Addr addr;
} Symbol;

/* An object whose symbols are looked at. */
typedef struct {
   const DebugInfo *di;
   Bool has_rust;
} Object;

static Bool has_action(const Entry *e, const Action *a)
{
   for (UInt i = 0; i < e->n_actions; i++)
      if (e->actions[i].row == a->row && e->actions[i].handle == a->handle)
         return True;
   return False;
}

/* Has the function do this too, if it does not already. True when it is new, so that its translations are stale. */
static Bool add_action(const Symbol *s, const HChar *fn, Action a)
{
   Entry *e = VG_(HT_lookup)(st.entries, s->addr);
   Bool is_new = !e;
   if (is_new) {
      e = VG_(calloc)("lg.hook.bind.1", 1, sizeof *e);
      e->node.key = s->addr;
      e->di = s->di;
      e->fn = VG_(strdup)("lg.hook.bind.2", fn);
      VG_(HT_add_node)(st.entries, e);
      st.n_entries++;
      filter_add(s->addr);
   } else if (!VG_STREQ(e->fn, fn)) {
      e->is_shared = True;
   }
   if (has_action(e, &a)) /* another name of the same function */
      return False;
   e->actions = VG_(realloc)("lg.hook.bind.3", e->actions, (e->n_actions + 1) * sizeof *e->actions);
   e->actions[e->n_actions++] = a;
   return is_new;
}

static void bind(void *arg, UInt row, const HChar *fn)
{
   const Symbol *s = arg;
   if (add_action(s, fn, (Action){row, 0, NULL}))
      VG_(discard_translations)(s->addr, 1, "leakgrow: hooked function");
   st.rows[st.rows[row].event].is_found = True;
}

static void scan_symbol(void *arg, const HChar *name, Addr addr)
{
   Object *o = arg;
   Symbol s = {o->di, addr};
   o->has_rust = o->has_rust || LG_(scan_is_rust)(name);
   LG_(scan_symbol)(name, bind, &s);
}

void LG_(hook_object_loaded)(const DebugInfo *di)
{
   Object o = {di, False};
   if (!LG_HAVE_HOOKS || st.n_rows == 0)
      return;
   LG_(object_each_function)(di, scan_symbol, &o);
   if (!o.has_rust)
      LG_(stripped_note)(di);
}

void LG_(hook_object_unloaded)(const DebugInfo *di)
{
   st.n_unloads++;
   if (st.n_entries == 0)
      return;
   VG_(memset)(st.filter, 0, sizeof st.filter);
   VG_(HT_ResetIter)(st.entries);
   for (Entry *e = VG_(HT_Next)(st.entries); e; e = VG_(HT_Next)(st.entries)) {
      if (e->di != di) {
         filter_add(e->node.key);
         continue;
      }
      VG_(discard_translations)(e->node.key, 1, "leakgrow: hooked function unloaded");
      VG_(HT_remove_at_Iter)(st.entries);
      st.n_entries--;
      for (UInt i = 0; i < e->n_actions; i++)
         st.n_at -= e->actions[i].handle != NULL;
      VG_(free)(e->fn);
      VG_(free)(e->actions);
      VG_(free)(e);
   }
}

ULong LG_(hook_unloads)(void)
{
   return st.n_unloads;
}

/* ---- calls ---- */

#if LG_HAVE_HOOKS

static void read_call(const Guest *g, LgHookCall *call)
{
   VG_(memset)(call, 0, sizeof *call);
   call->sp = g->GUEST_SP;
#  if defined(VGA_amd64)
   call->arg[0] = g->guest_RDI;
   call->arg[1] = g->guest_RSI;
   call->arg[2] = g->guest_RDX;
   call->arg[3] = g->guest_RCX;
   call->arg[4] = g->guest_R8;
   call->arg[5] = g->guest_R9;
   if (!LG_(peek)(call->sp, &call->return_to, sizeof(Addr)))
      call->return_to = 0;
#  else
   UWord words[LG_HOOK_ARGS + 1];
   if (!LG_(peek)(call->sp, words, sizeof words)) { /* a call so near to the end of the stack that less can be read */
      if (!LG_(peek)(call->sp, &call->return_to, sizeof(Addr)))
         call->return_to = 0;
      return;
   }
   call->return_to = words[0];
   VG_(memcpy)(call->arg, words + 1, sizeof call->arg);
#  endif
}

/* Called by translated code. 1 when the place to return to has to be translated again first: then the translation is left and the same
 * instruction comes again. */
static UWord on_entry(Entry *e, Guest *g)
{
   ThreadId tid = VG_(get_running_tid)();
   if (UNLIKELY(LG_(return_is_again)(tid, e->node.key, g->GUEST_SP))) {
      if (!LG_(return_leave)(g))
         return 0;
      LG_(return_come_again)(tid, e->node.key, g->GUEST_SP);
      return 1;
   }
   VG_(in_generated_code) = False;
   LgHookCall call;
   read_call(g, &call);
   call.at = e->node.key;
   call.fn = e->fn;
   call.is_shared = e->is_shared;
   for (UInt i = 0; i < e->n_actions; i++) {
      Action *a = &e->actions[i];
      call.note = &a->note;
      if (a->handle) {
         call.hook = NULL;
         a->handle(tid, &call);
         continue;
      }
      Row *row = &st.rows[a->row];
      row->n_calls++;
      call.hook = row->hook;
      row->hook->handle(tid, &call);
   }
   Bool is_left = LG_(return_leave)(g);
   if (UNLIKELY(is_left))
      LG_(return_come_again)(tid, e->node.key, g->GUEST_SP);
   VG_(in_generated_code) = True;
   return is_left;
}

static void add_entry_call(IRSB *out, const Entry *e)
{
   IRTemp is_left = newIRTemp(out->tyenv, GUEST_WORD);
   IRDirty *d = unsafeIRDirty_1_N(is_left, 0, "leakgrow_entry", VG_(fnptr_to_fnentry)(on_entry),
                                  mkIRExprVec_2(mkIRExpr_HWord((HWord)e), IRExpr_GSPTR()));
   LG_(return_add_helper)(out, e->node.key, is_left, d);
}

/* The address at which a superblock begins; 0: it has no instruction. Only there are all registers what they are said to be (the core
 * leaves out what the same superblock overwrites), and hooked functions are never chased into. */
static Addr first_instr(const IRSB *sb)
{
   for (Int i = 0; i < sb->stmts_used; i++)
      if (sb->stmts[i]->tag == Ist_IMark)
         return sb->stmts[i]->Ist.IMark.addr;
   return 0;
}

IRSB *LG_(hook_instrument)(IRSB *sb)
{
   Addr a = st.n_entries > 0 ? first_instr(sb) : 0;
   const Entry *e = a ? find_entry(a) : NULL;
   Bool is_site = a && LG_(return_is_site)(a);
   if (LIKELY(!e && !is_site))
      return sb;
   IRSB *out = deepCopyIRSBExceptStmts(sb);
   Bool is_done = False;
   for (Int i = 0; i < sb->stmts_used; i++) {
      addStmtToIRSB(out, sb->stmts[i]);
      if (is_done || sb->stmts[i]->tag != Ist_IMark)
         continue;
      is_done = True;
      if (is_site)
         LG_(return_add_call)(out, a);
      if (e)
         add_entry_call(out, e);
   }
   return out;
}

Bool LG_(hook_at)(Addr fn, void (*handle)(ThreadId tid, const LgHookCall *call))
{
   const Entry *e = find_entry(fn);
   Action a = {0, 0, handle};
   if (LIKELY(e && has_action(e, &a)))
      return True;
   DiEpoch ep = VG_(current_DiEpoch)();
   Symbol s = {VG_(find_DebugInfo)(ep, fn), fn};
   const HChar *name;
   if (st.n_at == AT_MAX || !VG_(am_is_valid_for_client)(fn, 1, VKI_PROT_EXEC))
      return False;
   st.n_at++;
   if (add_action(&s, VG_(get_fnname)(ep, fn, &name) ? name : "", a))
      LG_(return_add_stale)(fn);
   return True;
}

Bool LG_(hook_on_return)(ThreadId tid, const LgHookCall *call, void (*handle)(ThreadId tid, UWord result, UWord data),
                         UWord data)
{
   return LG_(return_expect)(tid, call->return_to, call->sp, handle, data);
}

UWord LG_(hook_result_high)(void)
{
   return LG_(return_result_high)();
}

void LG_(hook_thread_gone)(ThreadId tid)
{
   LG_(return_thread_gone)(tid);
}

#else

IRSB *LG_(hook_instrument)(IRSB *sb)
{
   return sb;
}

Bool LG_(hook_at)(Addr fn, void (*handle)(ThreadId tid, const LgHookCall *call))
{
   (void)fn;
   (void)handle;
   return False;
}

Bool LG_(hook_on_return)(ThreadId tid, const LgHookCall *call, void (*handle)(ThreadId tid, UWord result, UWord data),
                         UWord data)
{
   (void)tid;
   (void)call;
   (void)handle;
   (void)data;
   return False;
}

UWord LG_(hook_result_high)(void)
{
   return 0;
}

void LG_(hook_thread_gone)(ThreadId tid)
{
   (void)tid;
}

#endif

/* ---- coverage ---- */

void LG_(hook_stats)(const HChar *set, LgHookStats *out)
{
   VG_(memset)(out, 0, sizeof *out);
   for (UInt i = 0; i < st.n_rows; i++) {
      const Row *row = &st.rows[i];
      if (!VG_STREQ(row->set->name, set))
         continue;
      out->n_events += row->event == i;
      out->n_found += row->event == i && row->is_found;
      out->n_calls += row->n_calls;
   }
}

ULong LG_(hook_calls)(const HChar *set, const HChar *event)
{
   ULong n = 0;
   for (UInt i = 0; i < st.n_rows; i++)
      if (VG_STREQ(st.rows[i].set->name, set) && VG_STREQ(st.rows[i].hook->event, event))
         n += st.rows[i].n_calls;
   return n;
}

void LG_(hook_word_found)(lg_text *t, const LgHookStats *s)
{
   lg_word_count(t, s->n_found);
   lg_word_text(t, " of ");
   lg_word_count(t, s->n_events);
   lg_word_text(t, s->n_events == 1 ? " hook, " : " hooks, ");
}

static void standard_coverage(const LgHookStats *s, HChar *text, SizeT size)
{
   lg_text t;
   lg_text_init(&t, text, size);
   if (!LG_HAVE_HOOKS) {
      lg_word_text(&t, "not available on this platform");
      return;
   }
   LG_(hook_word_found)(&t, s);
   lg_word_count(&t, s->n_calls);
   lg_word_text(&t, s->n_calls == 1 ? " call" : " calls");
}

void LG_(hook_visit)(void (*visit)(void *arg, const HChar *name, const HChar *text), void *arg)
{
   for (Word i = 0; st.sets && i < VG_(sizeXA)(st.sets); i++) {
      const LgHookSet *set = *(const LgHookSet **)VG_(indexXA)(st.sets, i);
      HChar text[COVERAGE_MAX];
      LgHookStats s;
      LG_(hook_stats)(set->name, &s);
      if (s.n_found == 0 && !set->is_asked_for && set->n_hooks > 0)
         continue;
      if (set->coverage && LG_HAVE_HOOKS)
         set->coverage(set->name, text, sizeof text);
      else
         standard_coverage(&s, text, sizeof text);
      if (*text)
         visit(arg, set->name, text);
   }
}
