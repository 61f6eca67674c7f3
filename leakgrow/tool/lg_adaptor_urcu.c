/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_adaptor_urcu: liburcu 0.11 to 0.15, flavours memb, mb, signal, qsbr and bp, each a domain of its own.
 *
 * Updaters always call functions that the library exports: call_rcu, defer_rcu, synchronize_rcu. A callback is seen when its first
 * instruction runs with the head (or pointer) that was retired. Objects of call_rcu wait in the queue of a helper thread, those of
 * defer_rcu in one of their thread's: "stash" here is the time until that thread begins the grace period for them.
 *
 * Readers call functions too, unless the program was built with _LGPL_SOURCE. Therefore each thread's reader record is looked at as
 * well: the thread-local variable urcu_X_reader (for bp, what it points to). What a record shows and no call explains is taken from the
 * record:
 *
 *    memb, mb, signal   ctr @0, node @128 {next, prev}, tid @144, registered @152
 *    bp                 ctr @0, node @128 {next, prev}, tid @144, alloc      @152
 *    qsbr               ctr @0, node @128 {next, prev}, waiting @144, tid @152, registered @160
 *
 * It is believed when tid is the thread's own, the flag is 1, and the list's neighbours point back. ctr counts nesting in its lower half, the
 * bit above is the phase of the global counter at entry; qsbr's is the global counter at the last quiescent state, 0 when offline. */
#include "lg_adaptor.h"

#include "lg_domain.h"
#include "lg_elf.h"
#include "lg_hook.h"
#include "lg_peek.h"
#include "lg_tls.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_stacktrace.h"

typedef enum { MEMB, MB, SIGNAL, QSBR, BP, N_FLAVOURS } FlavourId;

enum { CALL_STASH = 1, DEFER_STASH = 2 };
enum { NODE_AT = 128, TID_AT = 144, QSBR_TID_AT = 152 };
static const UWord nest_mask = (1UL << (sizeof(UWord) * 4)) - 1, phase_bit = 1UL << (sizeof(UWord) * 4);

typedef struct {
   const HChar *name, *reader, *gp;
   UInt domain;          /* 0: nothing happened yet */
   Bool was_looked_up;   /* the two symbols */
   Bool has_reader;      /* reader_offset and gp_address are known */
   UWord reader_offset;  /* in its object's thread-local block */
   Addr gp_address;      /* of the global counter */
   UInt module;          /* of lg_tls */
   UInt n_synchronizing; /* threads in synchronize_rcu */
   ULong n_advances;     /* grace periods that ended */
   UWord phase;          /* the global counter when the last one ended */
   UInt n_helpers;       /* threads that run callbacks of call_rcu */
   ThreadId helper;      /* the last of them */
   ULong n_reader_calls, n_records_seen;
} Flavour;

/* What is known of a thread; its identity is the thread pointer, so that a reused number starts anew. */
typedef struct {
   Addr pointer;
   Bool defers;              /* has called something of defer_rcu */
   UInt depth[N_FLAVOURS];   /* sections entered by calls */
   Bool is_seen[N_FLAVOURS]; /* pinned by what its record showed */
} Thread;

#define FLAVOUR(x)                                                     \
  {                                                                    \
    .name = #x, .reader = "urcu_" #x "_reader", .gp = "urcu_" #x "_gp" \
  }

static struct {
   Flavour flavours[N_FLAVOURS];
   Thread *threads; /* [VG_N_THREADS] */
   Bool is_sampling;
} st = {.flavours = {FLAVOUR(memb), FLAVOUR(mb), FLAVOUR(signal), FLAVOUR(qsbr), FLAVOUR(bp)}};

/* ---- what there is ---- */

static Thread *thread_of(ThreadId tid)
{
   Thread *t = &st.threads[tid];
   Addr pointer = LG_(tls_thread_pointer)(tid);
   if (t->pointer != pointer) {
      VG_(memset)(t, 0, sizeof *t);
      t->pointer = pointer;
   }
   return t;
}

/* The number under which a thread takes part. */
static UWord participant(ThreadId tid)
{
   Addr pointer = LG_(tls_thread_pointer)(tid);
   return pointer ? pointer : tid;
}

static void say_coverage(const Flavour *f)
{
   HChar text[200];
   const HChar *readers;
   if (f->n_reader_calls && f == &st.flavours[QSBR])
      readers = "quiescent states: exact, with stacks";
   else if (f->n_reader_calls)
      readers = "pins: exact, with stacks";
   else if (f->n_records_seen)
      readers = "pins: sampled every 10 ms (readers inlined: pin stacks unavailable, where the thread stands instead)";
   else if (f->has_reader)
      readers = "pins: none seen yet";
   else
      readers = "pins: not observed (readers inlined, and no reader record is known)";
   VG_(snprintf)
   (text, sizeof text, "retires and callbacks: exact; %s%s", readers,
    f->n_helpers > 1 ? "; several call_rcu threads: stash and grace not told apart" : "");
   LG_(domain_set_coverage)(f->domain, text);
}

/* Finds the reader record's offset and the global counter in the object that holds this code. */
static void look_up(Flavour *f, Addr code)
{
   const DebugInfo *di = VG_(find_DebugInfo)(VG_(current_DiEpoch)(), code);
   LgElfSymbol symbols[] = {{.name = f->reader}, {.name = f->gp}};
   f->was_looked_up = True;
   if (!di || LG_(elf_symbols)(VG_(DebugInfo_get_filename)(di), symbols, 2) != 2)
      return;
   if (!symbols[0].is_thread_local || symbols[1].is_thread_local)
      return;
   f->reader_offset = symbols[0].value;
   f->gp_address = symbols[1].value + (UWord)VG_(DebugInfo_get_text_bias)(di);
   f->has_reader = True;
}

static void sample(void);

static Flavour *flavour(FlavourId i, ThreadId tid)
{
   static const LgScheme schemes[N_FLAVOURS] = {[MEMB] = LG_SCHEME_RCU,
                                                [MB] = LG_SCHEME_RCU,
                                                [SIGNAL] = LG_SCHEME_RCU,
                                                [QSBR] = LG_SCHEME_QSBR,
                                                [BP] = LG_SCHEME_RCU};
   Flavour *f = &st.flavours[i];
   if (!f->domain) {
      HChar name[32];
      VG_(snprintf)(name, sizeof name, "liburcu-%s", f->name);
      f->domain = LG_(domain_get)((UWord)f, schemes[i], name);
      say_coverage(f);
   }
   if (!f->was_looked_up)
      look_up(f, VG_(get_IP)(tid));
   if (!st.is_sampling) {
      st.is_sampling = True;
      LG_(domain_add_sampler)(sample, LG_ADAPTOR_PERIOD_MS);
   }
   return f;
}

/* ---- readers ---- */

/* The first call of a reader says that readers are no longer a matter of samples. */
static void count_reader_call(Flavour *f)
{
   if (f->n_reader_calls++ == 0)
      say_coverage(f);
}

static void on_lock(FlavourId i, ThreadId tid)
{
   Flavour *f = flavour(i, tid);
   Thread *t = thread_of(tid);
   count_reader_call(f);
   if (t->is_seen[i]) {
      LG_(domain_see_no_pin)(f->domain, participant(tid));
      t->is_seen[i] = False;
   }
   t->depth[i]++;
   LG_(domain_pin)(f->domain, participant(tid), tid);
}

static void on_unlock(FlavourId i, ThreadId tid)
{
   Flavour *f = flavour(i, tid);
   Thread *t = thread_of(tid);
   if (t->depth[i] == 0)
      return; /* entered by inlined code */
   t->depth[i]--;
   LG_(domain_unpin)(f->domain, participant(tid), tid);
}

static void leave_all(Flavour *f, FlavourId i, ThreadId tid)
{
   Thread *t = thread_of(tid);
   LG_(domain_forget)(f->domain, participant(tid));
   t->depth[i] = 0;
   t->is_seen[i] = False;
}

static void on_register(FlavourId i, ThreadId tid)
{
   Flavour *f = flavour(i, tid);
   leave_all(f, i, tid);
}

static void on_unregister(FlavourId i, ThreadId tid)
{
   leave_all(flavour(i, tid), i, tid);
}

static void on_quiescent(FlavourId i, ThreadId tid)
{
   Flavour *f = flavour(i, tid);
   count_reader_call(f);
   LG_(domain_quiescent)(f->domain, participant(tid), tid);
}

/* ---- what reader records show ---- */

static Bool is_list_node(Addr node)
{
   Addr next_prev[2], back;
   return LG_(peek)(node, next_prev, sizeof next_prev) && LG_(peek)(next_prev[0] + sizeof(Addr), &back, sizeof back) &&
          back == node && LG_(peek)(next_prev[1], &back, sizeof back) && back == node;
}

/* is_it of tls_find: a registered reader record of this thread. */
static Bool is_record(Addr record, Addr thread_pointer, UWord id)
{
   struct {
      Addr tid;
      UInt flag;
   } who;
   Addr at = record;
   if (id == BP && !LG_(peek)(record, &at, sizeof at))
      return False;
   return at && LG_(peek)(at + (id == QSBR ? QSBR_TID_AT : TID_AT), &who, sizeof who) && who.tid == thread_pointer &&
          (who.flag & 1) == 1 && is_list_node(at + NODE_AT);
}

/* A number for the critical section that a reader is in: the grace periods that had ended when it entered, as far as its phase tells. */
static UWord section_of(const Flavour *f, UWord ctr, UWord gp)
{
   if (f == &st.flavours[QSBR])
      return ctr;
   UWord begun = f->n_advances + ((gp ^ f->phase) & phase_bit ? 1 : 0);
   return ((ctr ^ gp) & phase_bit) == 0 ? begun + 1 : begun;
}

/* Brings what calls have told in line with what the record shows. */
static void reconcile(Flavour *f, FlavourId i, ThreadId tid, UWord ctr, UWord gp)
{
   Thread *t = thread_of(tid);
   Bool is_pinned = i == QSBR ? ctr != 0 : (ctr & nest_mask) != 0;
   if (is_pinned && t->depth[i] == 0) {
      LG_(domain_see_pin)(f->domain, participant(tid), tid, section_of(f, ctr, gp));
      t->is_seen[i] = True;
      if (f->n_records_seen++ == 0)
         say_coverage(f);
   } else if (!is_pinned && t->is_seen[i]) {
      LG_(domain_see_no_pin)(f->domain, participant(tid));
      t->is_seen[i] = False;
   } else if (!is_pinned && t->depth[i] > 0) { /* left by inlined code */
      while (t->depth[i] > 0) {
         LG_(domain_unpin)(f->domain, participant(tid), tid);
         t->depth[i]--;
      }
   }
}

static void sample_thread(Flavour *f, FlavourId i, ThreadId tid, UWord gp)
{
   UWord ctr;
   Addr record = LG_(tls_find)(tid, f->reader_offset, &f->module, is_record, i);
   if (record && i == BP && !LG_(peek)(record, &record, sizeof record))
      record = 0;
   if (record && LG_(peek)(record, &ctr, sizeof ctr))
      reconcile(f, i, tid, ctr, gp);
}

static void sample(void)
{
   for (UInt i = 0; i < N_FLAVOURS; i++) {
      Flavour *f = &st.flavours[i];
      UWord gp;
      ThreadId tid;
      Addr low, high;
      if (!f->domain || !f->has_reader || !LG_(peek)(f->gp_address, &gp, sizeof gp))
         continue;
      VG_(thread_stack_reset_iter)(&tid);
      while (VG_(thread_stack_next)(&tid, &low, &high))
         sample_thread(f, i, tid, gp);
   }
}

/* ---- updaters ---- */

/* A callback's first instruction, whoever calls it. */
static void on_callback(ThreadId tid, const LgHookCall *call)
{
   for (UInt i = 0; i < N_FLAVOURS; i++) {
      Flavour *f = &st.flavours[i];
      if (f->domain && LG_(domain_is_pending)(f->domain, call->arg[0]))
         LG_(domain_reclaim)(f->domain, tid, call->arg[0]);
   }
}

static void retire(FlavourId i, ThreadId tid, UWord object, Addr callback, UWord stash)
{
   Flavour *f = flavour(i, tid);
   LgRetire r = LG_RETIRE(object);
   r.levels = 1;
   r.stash = stash;
   if (LG_(domain_retire)(f->domain, tid, &r))
      LG_(hook_at)(callback, on_callback);
}

static void on_call_rcu(FlavourId i, ThreadId tid, const LgHookCall *call)
{
   retire(i, tid, call->arg[0], call->arg[1], st.flavours[i].n_helpers > 1 ? 0 : CALL_STASH);
}

static void on_defer_rcu(FlavourId i, ThreadId tid, const LgHookCall *call)
{
   thread_of(tid)->defers = True;
   retire(i, tid, call->arg[1], call->arg[0], DEFER_STASH);
}

static void on_defer_barrier(FlavourId i, ThreadId tid)
{
   (void)flavour(i, tid);
   thread_of(tid)->defers = True;
}

/* Whether the library itself called: the helper thread of call_rcu, or the barrier of defer_rcu. */
static Bool is_from_library(Addr return_to)
{
   DiEpoch ep = VG_(current_DiEpoch)();
   const HChar *fn;
   const DebugInfo *di = VG_(find_DebugInfo)(ep, return_to);
   const HChar *soname = di ? VG_(DebugInfo_get_soname)(di) : NULL;
   if (soname && VG_(strncmp)(soname, "liburcu", 7) == 0)
      return True;
   return VG_(get_fnname)(ep, return_to, &fn) && (VG_STREQ(fn, "call_rcu_thread") || VG_(strstr)(fn, "defer_barrier"));
}

/* The grace period of a batch begins: what waited for this is queued now. */
static void begin_batch(Flavour *f, ThreadId tid)
{
   if (thread_of(tid)->defers) {
      LG_(domain_queued)(f->domain, DEFER_STASH, 0);
      return;
   }
   if (f->helper != tid) {
      f->helper = tid;
      f->n_helpers++;
      say_coverage(f);
   }
   LG_(domain_queued)(f->domain, CALL_STASH, 0);
}

static void on_synchronized(ThreadId tid, UWord result, UWord data)
{
   Flavour *f = (Flavour *)data;
   UWord gp = 0;
   (void)tid;
   (void)result;
   Bool was_alone = f->n_synchronizing == 1;
   if (f->n_synchronizing)
      f->n_synchronizing--;
   if (f->has_reader && !LG_(peek)(f->gp_address, &gp, sizeof gp))
      return;
   /* Several that wait may share one grace period: then the counter has moved once. */
   if (!f->has_reader || was_alone || gp != f->phase) {
      f->n_advances++;
      LG_(domain_advance)(f->domain, f == &st.flavours[QSBR] ? gp >> 1 : 0);
   }
   f->phase = gp;
}

static void on_synchronize(FlavourId i, ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(i, tid);
   if (f->n_synchronizing == 0 && f->has_reader)
      LG_(peek)(f->gp_address, &f->phase, sizeof f->phase);
   if (is_from_library(call->return_to))
      begin_batch(f, tid);
   if (LG_(hook_on_return)(tid, call, on_synchronized, (UWord)f))
      f->n_synchronizing++;
}

/* ---- the table ---- */

#define HANDLERS(x, X)                                           \
  static void x##_call_rcu(ThreadId t, const LgHookCall *c)      \
  {                                                              \
    on_call_rcu(X, t, c);                                        \
  }                                                              \
  static void x##_defer_rcu(ThreadId t, const LgHookCall *c)     \
  {                                                              \
    on_defer_rcu(X, t, c);                                       \
  }                                                              \
  static void x##_defer_barrier(ThreadId t, const LgHookCall *c) \
  {                                                              \
    (void)c;                                                     \
    on_defer_barrier(X, t);                                      \
  }                                                              \
  static void x##_synchronize(ThreadId t, const LgHookCall *c)   \
  {                                                              \
    on_synchronize(X, t, c);                                     \
  }                                                              \
  static void x##_register(ThreadId t, const LgHookCall *c)      \
  {                                                              \
    (void)c;                                                     \
    on_register(X, t);                                           \
  }                                                              \
  static void x##_unregister(ThreadId t, const LgHookCall *c)    \
  {                                                              \
    (void)c;                                                     \
    on_unregister(X, t);                                         \
  }                                                              \
  static void x##_lock(ThreadId t, const LgHookCall *c)          \
  {                                                              \
    (void)c;                                                     \
    on_lock(X, t);                                               \
  }                                                              \
  static void x##_unlock(ThreadId t, const LgHookCall *c)        \
  {                                                              \
    (void)c;                                                     \
    on_unlock(X, t);                                             \
  }

#define ROWS(x)                                                                                         \
  {"retire", "urcu_" #x "_call_rcu", x##_call_rcu}, {"retire", "urcu_" #x "_defer_rcu", x##_defer_rcu}, \
     {"batch", "urcu_" #x "_defer_barrier", x##_defer_barrier},                                         \
     {"batch", "urcu_" #x "_defer_barrier_thread", x##_defer_barrier},                                  \
     {"batch", "urcu_" #x "_defer_unregister_thread", x##_defer_barrier},                               \
     {"advance", "urcu_" #x "_synchronize_rcu", x##_synchronize},                                       \
     {"register", "urcu_" #x "_register_thread", x##_register},                                         \
  {                                                                                                     \
    "unregister", "urcu_" #x "_unregister_thread", x##_unregister                                       \
  }

#define READ_ROWS(x)                               \
  {"pin", "urcu_" #x "_read_lock", x##_lock},      \
  {                                                \
    "unpin", "urcu_" #x "_read_unlock", x##_unlock \
  }

HANDLERS(memb, MEMB)
HANDLERS(mb, MB)
HANDLERS(signal, SIGNAL)
HANDLERS(bp, BP)
HANDLERS(qsbr, QSBR)

static void qsbr_quiescent(ThreadId t, const LgHookCall *c)
{
   (void)c;
   on_quiescent(QSBR, t);
}

static const LgHook hooks[] = {
   ROWS(memb),
   READ_ROWS(memb),
   ROWS(mb),
   READ_ROWS(mb),
   ROWS(signal),
   READ_ROWS(signal),
   ROWS(bp),
   READ_ROWS(bp),
   ROWS(qsbr),
   {"quiescent", "urcu_qsbr_quiescent_state", qsbr_quiescent},
   {"pin", "urcu_qsbr_thread_online", qsbr_lock},
   {"unpin", "urcu_qsbr_thread_offline", qsbr_unlock},
};

static const LgHookSet set = {.name = "liburcu", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0]};

void LG_(adaptor_urcu_init)(void)
{
   st.threads = VG_(calloc)("lg.adaptor.urcu.threads", VG_N_THREADS, sizeof *st.threads);
   LG_(hook_add_set)(&set);
}
