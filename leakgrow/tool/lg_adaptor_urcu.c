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
   Bool is_alive;            /* at the last look */
   Bool is_synchronizing;    /* in synchronize_rcu or rcu_barrier, which may end by a jump to qsbr's read side */
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
   HChar text[256];
   const HChar *readers;
   if (f->n_reader_calls && f->n_records_seen)
      readers = "pins: exact, with stacks, where the read side is called; sampled every 10 ms where it is inlined";
   else if (f->n_reader_calls && f == &st.flavours[QSBR])
      readers = "quiescent states: exact, with stacks";
   else if (f->n_reader_calls)
      readers = "pins: exact, with stacks";
   else if (f->n_records_seen)
      readers = "pins: sampled every 10 ms (readers inlined: pin stacks unavailable)";
   else if (f->has_reader)
      readers = "pins: sampled every 10 ms, none seen";
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
   if (!di || LG_(elf_symbols)(VG_(DebugInfo_get_filename)(di), symbols, 2) != 2)
      return;
   if (!symbols[0].is_thread_local || symbols[1].is_thread_local)
      return;
   f->reader_offset = symbols[0].value;
   f->gp_address = symbols[1].value + (UWord)VG_(DebugInfo_get_text_bias)(di);
   f->has_reader = True;
}

static void sample(void);

/* The flavour that a function is of: urcu_<flavour>_...; N_FLAVOURS for none. Found out once per function. */
static FlavourId flavour_id(const LgHookCall *call)
{
   UInt i = *call->note ? *call->note - 1 : 0;
   if (*call->note == 0) {
      const HChar *name = call->fn + sizeof "urcu_" - 1;
      for (; i < N_FLAVOURS; i++) {
         SizeT n = VG_(strlen)(st.flavours[i].name);
         if (VG_(strncmp)(name, st.flavours[i].name, n) == 0 && name[n] == '_')
            break;
      }
      *call->note = i + 1;
   }
   return (FlavourId)i;
}

/* The flavour of a call, ready for use; NULL: of none, or its read side is empty (qsbr's read_lock). */
static Flavour *flavour(ThreadId tid, const LgHookCall *call)
{
   FlavourId i = flavour_id(call);
   if (i == N_FLAVOURS)
      return NULL;
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
      look_up(f, VG_(get_IP)(tid));
      say_coverage(f);
   }
   if (!st.is_sampling) {
      st.is_sampling = True;
      LG_(domain_add_sampler)(sample, LG_ADAPTOR_PERIOD_MS);
   }
   return f;
}

/* ---- readers ---- */

static Bool is_from_library(Addr return_to);

/* The program's first call of the read side says that readers are no longer a matter of samples. The library calls itself too. */
static void count_reader_call(Flavour *f, ThreadId tid, const LgHookCall *call)
{
   if (f->n_reader_calls == 0 && (thread_of(tid)->is_synchronizing || is_from_library(call->return_to)))
      return;
   if (f->n_reader_calls++ == 0)
      say_coverage(f);
}

/* qsbr's read_lock and read_unlock do nothing. */
static Bool is_empty(const Flavour *f, const LgHookCall *call)
{
   return f == &st.flavours[QSBR] && VG_(strncmp)(call->fn, "urcu_qsbr_read", 14) == 0;
}

static void on_lock(ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(tid, call);
   Thread *t = thread_of(tid);
   if (!f || is_empty(f, call))
      return;
   FlavourId i = flavour_id(call);
   count_reader_call(f, tid, call);
   if (t->is_seen[i]) {
      LG_(domain_see_no_pin)(f->domain, participant(tid));
      t->is_seen[i] = False;
   }
   t->depth[i]++;
   LG_(domain_pin)(f->domain, participant(tid), tid);
}

static void on_unlock(ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(tid, call);
   Thread *t = thread_of(tid);
   FlavourId i = flavour_id(call);
   if (!f || is_empty(f, call) || t->depth[i] == 0) /* entered by inlined code */
      return;
   t->depth[i]--;
   LG_(domain_unpin)(f->domain, participant(tid), tid);
}

/* Before it registers and after it has unregistered, a thread takes no part. */
static void on_register(ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(tid, call);
   Thread *t = thread_of(tid);
   FlavourId i = flavour_id(call);
   if (!f)
      return;
   LG_(domain_forget)(f->domain, participant(tid));
   t->depth[i] = 0;
   t->is_seen[i] = False;
   if (i == QSBR && VG_(strstr)(call->fn, "_register")) { /* is online from now on */
      t->depth[i] = 1;
      LG_(domain_pin)(f->domain, participant(tid), tid);
   }
}

static void on_quiescent(ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(tid, call);
   if (!f)
      return;
   count_reader_call(f, tid, call);
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
      /* Once is little: call_rcu has inlined readers of its own, for a moment. */
      if (t->is_seen[i] && f->n_records_seen++ == 0)
         say_coverage(f);
      t->is_seen[i] = True;
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

/* Readers whose thread has ended since are no readers any more: liburcu-bp takes them off its list, and a record that is gone with its
 * thread says nothing. */
static void forget_ended(Flavour *f, FlavourId i)
{
   for (ThreadId tid = 1; tid < VG_N_THREADS; tid++) {
      Thread *t = &st.threads[tid];
      if (t->pointer && !t->is_alive && (t->is_seen[i] || (i == BP && t->depth[i]))) {
         LG_(domain_forget)(f->domain, t->pointer);
         t->is_seen[i] = False;
         t->depth[i] = 0;
      }
   }
}

static void note_alive(void)
{
   ThreadId tid;
   Addr low, high;
   for (tid = 1; tid < VG_N_THREADS; tid++)
      st.threads[tid].is_alive = False;
   VG_(thread_stack_reset_iter)(&tid);
   while (VG_(thread_stack_next)(&tid, &low, &high))
      st.threads[tid].is_alive = LG_(tls_thread_pointer)(tid) == st.threads[tid].pointer;
}

static void sample(void)
{
   note_alive();
   for (UInt i = 0; i < N_FLAVOURS; i++) {
      Flavour *f = &st.flavours[i];
      UWord gp;
      ThreadId tid;
      Addr low, high;
      if (f->domain)
         forget_ended(f, i);
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

static void retire(Flavour *f, ThreadId tid, UWord object, Addr callback, UWord stash)
{
   LgRetire r = LG_RETIRE(object);
   r.levels = 1;
   r.stash = stash;
   if (LG_(domain_retire)(f->domain, tid, &r))
      LG_(hook_at)(callback, on_callback);
}

static void on_call_rcu(ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(tid, call);
   if (f)
      retire(f, tid, call->arg[0], call->arg[1], f->n_helpers > 1 ? 0 : CALL_STASH);
}

static void on_defer_rcu(ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(tid, call);
   thread_of(tid)->defers = True;
   if (f)
      retire(f, tid, call->arg[1], call->arg[0], DEFER_STASH);
}

static void on_defer_barrier(ThreadId tid, const LgHookCall *call)
{
   (void)flavour(tid, call);
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

/* The name of what a thread waits for in synchronize_rcu: no object has such an address. */
static UWord waiter(ThreadId tid)
{
   return 1 + (UWord)tid;
}

static void on_library_left(ThreadId tid, UWord result, UWord data)
{
   (void)result;
   (void)data;
   thread_of(tid)->is_synchronizing = False;
}

/* rcu_barrier may end by a jump to qsbr's read side, too. */
static void on_barrier(ThreadId tid, const LgHookCall *call)
{
   if (flavour(tid, call) && LG_(hook_on_return)(tid, call, on_library_left, 0))
      thread_of(tid)->is_synchronizing = True;
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

/* A call of synchronize_rcu ended. */
static void note_grace_period(Flavour *f)
{
   UWord gp = 0;
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

static void on_batch_synchronized(ThreadId tid, UWord result, UWord flavour)
{
   (void)result;
   thread_of(tid)->is_synchronizing = False;
   note_grace_period((Flavour *)flavour);
}

/* The program waited itself: for something that it retired and is going to free, of which nothing is known but how long that took. */
static void on_synchronized(ThreadId tid, UWord result, UWord flavour)
{
   Flavour *f = (Flavour *)flavour;
   (void)result;
   thread_of(tid)->is_synchronizing = False;
   note_grace_period(f);
   LG_(domain_free)(f->domain, tid, waiter(tid));
}

static void on_synchronize(ThreadId tid, const LgHookCall *call)
{
   Flavour *f = flavour(tid, call);
   if (!f)
      return;
   if (f->n_synchronizing == 0 && f->has_reader)
      LG_(peek)(f->gp_address, &f->phase, sizeof f->phase);
   Bool is_batch = is_from_library(call->return_to);
   if (is_batch)
      begin_batch(f, tid);
   if (!LG_(hook_on_return)(tid, call, is_batch ? on_batch_synchronized : on_synchronized, (UWord)f))
      return;
   f->n_synchronizing++;
   thread_of(tid)->is_synchronizing = True;
   if (!is_batch) {
      LgRetire r = LG_RETIRE(waiter(tid));
      LG_(domain_retire)(f->domain, tid, &r);
   }
}

/* ---- the table ---- */

static const LgHook hooks[] = {
   {"retire", "urcu_*_call_rcu", on_call_rcu},
   {"retire", "urcu_*_defer_rcu", on_defer_rcu},
   {"batch", "urcu_*_defer_barrier", on_defer_barrier},
   {"batch", "urcu_*_defer_barrier_thread", on_defer_barrier},
   {"batch", "urcu_*_defer_unregister_thread", on_defer_barrier},
   {"batch", "urcu_*_barrier", on_barrier},
   {"advance", "urcu_*_synchronize_rcu", on_synchronize},
   {"register", "urcu_*_register_thread", on_register},
   {"register", "urcu_*_unregister_thread", on_register},
   {"pin", "urcu_*_read_lock", on_lock},
   {"pin", "urcu_qsbr_thread_online", on_lock},
   {"unpin", "urcu_*_read_unlock", on_unlock},
   {"unpin", "urcu_qsbr_thread_offline", on_unlock},
   {"quiescent", "urcu_qsbr_quiescent_state", on_quiescent},
};

static const LgHookSet set = {.name = "liburcu", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0]};

void LG_(adaptor_urcu_init)(void)
{
   st.threads = VG_(calloc)("lg.adaptor.urcu.threads", VG_N_THREADS, sizeof *st.threads);
   LG_(hook_add_set)(&set);
}
