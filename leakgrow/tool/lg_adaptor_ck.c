/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_adaptor_ck: Concurrency Kit 0.6 and 0.7, ck_epoch. A domain is a ck_epoch_t, a participant a record of it.
 *
 * ck_epoch_begin, _end and _call are always inlined. What can be seen is the records, which are registered by a call, and the calls
 * that reclaim: nothing leaves a record's lists but in them. So the lists are looked at before each of these calls and every 10 ms in
 * between: each object is seen, at most 10 ms late. Readers are seen at these moments only.
 *
 *    record   next @0, global @8, state @16, epoch @20, active @24, n_pending @80, n_dispatch @88, pending[4] {top, generation} @104
 *    global   epoch @0
 *    entry    function @0, next @8: the lists lead from next to next, and each begins with what came last
 *
 * A record is believed while its global is the one it was registered with, its state is 0 (used) and its counters are not absurd; a list is
 * not longer than n_pending says. */
#include "lg_adaptor.h"

#include "lg_domain.h"
#include "lg_hook.h"
#include "lg_peek.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"

enum { N_LISTS = 4, NEXT_AT = 8, USED = 0, GRACE_ADVANCES = 2, ADVANCES_MAX = 16 };

/* What stands in the client's record. */
typedef struct {
   Addr next, global;
   UInt state, epoch, active;
   UChar unused[80 - 28];
   UInt n_pending, n_peak, n_dispatch;
   Addr ct;
   struct {
      Addr top, generation;
   } pending[N_LISTS];
} Record;

/* A record that was registered: hash node, key is its address. */
typedef struct {
   VgHashNode node;
   Addr global;
   UInt domain;
   ThreadId tid; /* that registered it, or polled it last */
   Bool is_refused, is_pinned;
} Known;

/* A domain's ck_epoch_t: hash node, key is its address. */
typedef struct Global {
   VgHashNode node;
   struct Global *after; /* of all */
   UInt domain, epoch, n_records, n_refused;
} Global;

static struct {
   VgHashTable *records, *globals;
   Global *first; /* all of them: walking a hash table is far slower */
   UInt n_globals;
} st;

static void say_coverage(const Global *g)
{
   HChar text[200];
   VG_(snprintf)
   (text, sizeof text,
    "retires: sampled every 10 ms and before each poll (ck_epoch_call is inlined: counts exact, times up to 10 ms "
    "late, no "
    "retire stacks); callbacks: exact; pins: sampled every 10 ms%s",
    g->n_refused ? "; some records look unlike ck 0.7's and are left alone" : "");
   LG_(domain_set_coverage)(g->domain, text);
}

static void sample(void);

static Global *global_of(Addr at)
{
   Global *g = VG_(HT_lookup)(st.globals, at);
   if (g)
      return g;
   HChar name[32] = "ck_epoch";
   if (st.n_globals++ > 0)
      VG_(snprintf)(name, sizeof name, "ck_epoch #%u", st.n_globals);
   else
      LG_(domain_add_sampler)(sample, LG_ADAPTOR_PERIOD_MS);
   g = VG_(calloc)("lg.adaptor.ck.global", 1, sizeof *g);
   g->node.key = at;
   g->domain = LG_(domain_get)(at, LG_SCHEME_EBR, name);
   LG_(domain_set_grace)(g->domain, GRACE_ADVANCES);
   VG_(HT_add_node)(st.globals, g);
   g->after = st.first;
   st.first = g;
   LG_(peek)(at, &g->epoch, sizeof g->epoch);
   say_coverage(g);
   return g;
}

/* The epoch moved since it was last looked at. */
static void follow_epoch(Addr at)
{
   Global *g = global_of(at);
   UInt epoch;
   if (!LG_(peek)(at, &epoch, sizeof epoch))
      return;
   UInt steps = epoch - g->epoch;
   for (UInt i = steps < ADVANCES_MAX ? steps : ADVANCES_MAX; i > 0; i--)
      LG_(domain_advance)(g->domain, epoch - i + 1);
   g->epoch = epoch;
}

/* ---- records ---- */

static void on_callback(ThreadId tid, const LgHookCall *call)
{
   for (const Global *g = st.first; g; g = g->after)
      if (LG_(domain_is_pending)(g->domain, call->arg[0]))
         LG_(domain_reclaim)(g->domain, tid, call->arg[0]);
}

static Bool is_believed(const Known *k, const Record *r)
{
   return r->global == k->global && r->state == USED && r->n_pending < 1u << 30 && r->active < 1u << 20;
}

/* Retires what was put on a list since the last look: it is on top of what is known. */
static void read_list(const Known *k, Addr top, UInt *budget)
{
   Addr entry[2]; /* function, next */
   for (Addr at = top; at && *budget > 0; at = entry[1], (*budget)--) {
      LgRetire r = LG_RETIRE(at - NEXT_AT);
      if (LG_(domain_is_pending)(k->domain, r.object) || !LG_(peek)(r.object, entry, sizeof entry))
         return;
      r.is_sampled = True;
      r.levels = 1;
      if (!LG_(domain_retire)(k->domain, k->tid, &r))
         return;
      LG_(hook_at)(entry[0], on_callback);
   }
}

static void read_pin(Known *k, const Record *r)
{
   if (r->active)
      LG_(domain_see_pin)(k->domain, k->node.key, k->tid, r->epoch);
   else if (k->is_pinned)
      LG_(domain_see_no_pin)(k->domain, k->node.key);
   k->is_pinned = r->active != 0;
}

static void look_at(Known *k)
{
   Record r;
   if (k->is_refused)
      return;
   if (!LG_(peek)(k->node.key, &r, sizeof r) || !is_believed(k, &r)) {
      Global *g = global_of(k->global);
      k->is_refused = True;
      g->n_refused++;
      say_coverage(g);
      LG_(domain_forget)(k->domain, k->node.key);
      return;
   }
   read_pin(k, &r);
   /* Calls that run meanwhile may have pushed and not counted yet, or the other way round. */
   UInt budget = r.n_pending + 16;
   for (UInt i = 0; i < N_LISTS; i++)
      read_list(k, r.pending[i].top, &budget);
}

static void look_at_all(Addr global)
{
   follow_epoch(global);
   VG_(HT_ResetIter)(st.records);
   for (Known *k = VG_(HT_Next)(st.records); k; k = VG_(HT_Next)(st.records))
      if (k->global == global)
         look_at(k);
}

static void sample(void)
{
   for (const Global *g = st.first; g; g = g->after)
      look_at_all(g->node.key);
}

static void know(Addr global, Addr record, ThreadId tid)
{
   Known *k = VG_(HT_lookup)(st.records, record);
   Global *g = global_of(global);
   if (!k) {
      k = VG_(calloc)("lg.adaptor.ck.know", 1, sizeof *k);
      k->node.key = record;
      VG_(HT_add_node)(st.records, k);
      g->n_records++;
   } else {
      LG_(domain_forget)(k->domain, record);
   }
   k->global = global;
   k->domain = g->domain;
   k->tid = tid;
   k->is_refused = k->is_pinned = False;
}

/* ---- calls ---- */

/* Registering fills the record in after this. */
static void on_registered(ThreadId tid, UWord result, UWord record)
{
   Addr global;
   (void)result;
   if (LG_(peek)(record + offsetof(Record, global), &global, sizeof global))
      know(global, record, tid);
}

static void on_register(ThreadId tid, const LgHookCall *call)
{
   if (!LG_(hook_on_return)(tid, call, on_registered, call->arg[1]))
      know(call->arg[0], call->arg[1], tid);
}

static void on_recycled(ThreadId tid, UWord record, UWord global)
{
   if (record)
      know(global, record, tid);
}

static void on_recycle(ThreadId tid, const LgHookCall *call)
{
   LG_(hook_on_return)(tid, call, on_recycled, call->arg[0]);
}

static void on_unregister(ThreadId tid, const LgHookCall *call)
{
   Known *k = VG_(HT_remove)(st.records, call->arg[0]);
   (void)tid;
   if (!k)
      return;
   look_at(k);
   LG_(domain_forget)(k->domain, k->node.key);
   VG_(free)(k);
}

/* Something that can take entries off the lists of this record begins. */
static void on_reclaiming(ThreadId tid, const LgHookCall *call)
{
   Known *k = VG_(HT_lookup)(st.records, call->arg[0]);
   Addr global;
   if (!k) { /* registered before we looked, by code that was inlined, say */
      if (!LG_(peek)(call->arg[0] + offsetof(Record, global), &global, sizeof global) ||
          !VG_(HT_lookup)(st.globals, global))
         return;
      know(global, call->arg[0], tid);
      k = VG_(HT_lookup)(st.records, call->arg[0]);
   }
   look_at_all(k->global);
}

static void on_polled(ThreadId tid, UWord result, UWord global)
{
   (void)tid;
   UInt before = global_of(global)->epoch;
   follow_epoch(global);
   /* All readers were out: a grace period without a new epoch. */
   if ((result & 0xff) && global_of(global)->epoch == before)
      LG_(domain_advance)(global_of(global)->domain, before);
}

static void on_poll(ThreadId tid, const LgHookCall *call)
{
   on_reclaiming(tid, call);
   const Known *k = VG_(HT_lookup)(st.records, call->arg[0]);
   if (k)
      LG_(hook_on_return)(tid, call, on_polled, k->global);
}

static void on_synchronized(ThreadId tid, UWord result, UWord global)
{
   (void)result;
   on_polled(tid, 1, global);
}

static void on_barrier(ThreadId tid, const LgHookCall *call)
{
   on_reclaiming(tid, call);
   const Known *k = VG_(HT_lookup)(st.records, call->arg[0]);
   if (k)
      LG_(hook_on_return)(tid, call, on_synchronized, k->global);
}

static const LgHook hooks[] = {
   {"register", "ck_epoch_register", on_register},
   {"register", "ck_epoch_recycle", on_recycle},
   {"unregister", "ck_epoch_unregister", on_unregister},
   {"poll", "ck_epoch_poll_deferred", on_poll},
   {"poll", "ck_epoch_poll", on_reclaiming},
   {"barrier", "ck_epoch_synchronize", on_barrier},
   {"barrier", "ck_epoch_barrier", on_barrier},
   {"barrier", "ck_epoch_barrier_wait", on_barrier},
   {"reclaim", "ck_epoch_reclaim", on_reclaiming},
};

static const LgHookSet set = {.name = "ck_epoch", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0]};

void LG_(adaptor_ck_init)(void)
{
   st.records = VG_(HT_construct)("lg.adaptor.ck.records");
   st.globals = VG_(HT_construct)("lg.adaptor.ck.globals");
   LG_(hook_add_set)(&set);
}
