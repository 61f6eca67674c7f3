/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_adaptor_crossbeam: crossbeam-epoch 0.9. A domain is a collector's Global, a participant a Local of it.
 *
 * A retired object is a Deferred {call @0, three words @8}. It is put into the bag of its thread's Local; a full bag (64) or a flushed one is
 * sealed: copied into a node of the Global's queue. Global::collect pops nodes that are old enough, and nothing else does while the
 * Global lives. So there are two ways to see every object, and both are used:
 *
 *    Local::defer   where it is a function (not with LTO): at once, with the stack
 *    the bags       at Local::defer, every 10 ms, and the queue before each collect: later, but none is missed
 *
 *    Local up to 0.9.13      epoch @8, collector @16, deferreds @24, len @2072, guards @2080, pins @2096; 2104 bytes
 *    Local from 0.9.14 on    collector @8, deferreds @16, len @2064, guards @2072, pins @2088, epoch @2176; 2304 bytes
 *    Global                  queue head @0, queue tail @128, epoch @256, locals @384; at 128 in the block that Local's collector points to
 *    node                    deferreds @0, len @2048, epoch @2056, next @2064; 2072 bytes
 *
 * These are structures whose layout Rust is free to choose. A Local is believed when it is a whole block of one of the two sizes, its
 * collector leads to a Global that is believed, and its counters are in their ranges; a Global when its block has the right size, both ends of
 * its queue lead to blocks of a node's size and its epoch is even. Otherwise nothing is read, and the coverage says so. */
#include "lg_adaptor.h"

#include "lg_domain.h"
#include "lg_heap.h"
#include "lg_hook.h"
#include "lg_peek.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"

enum { BAG_MAX = 64, DATA_WORDS = 3, NODE_B = 2072, NODE_LEN_AT = 2048, NODE_NEXT_AT = 2064 };
enum {
   TAIL_AT = 128,
   EPOCH_AT = 256,
   GLOBAL_AT = 128,
   GLOBAL_BLOCK_B = 640,
   TAG_BITS = 7,
   ARC_COUNTS_B = 16,
   LEVELS = 2,
   STEPS_MAX = 16
};

typedef struct {
   Addr call;
   UWord data[DATA_WORDS];
} Deferred;

typedef struct {
   SizeT szB;
   UWord epoch, collector, deferreds, len, guards, pins; /* offsets */
} Layout;

static const Layout layouts[] = {{2104, 8, 16, 24, 2072, 2080, 2096}, {2304, 2176, 8, 16, 2064, 2072, 2088}};

/* A Global: hash node, key is its address. */
typedef struct Global {
   VgHashNode node;
   struct Global *after; /* of all */
   UInt domain;
   UWord epoch; /* at the last look */
   Addr last;   /* node of the queue up to which it was read; 0: none */
   ULong n_own, n_bare, n_said;
} Global;

/* A Local: hash node, key is its address. */
typedef struct {
   VgHashNode node;
   Global *global;
   const Layout *layout;
   ThreadId tid;
   UInt n_seen;             /* objects of its bag that are known */
   Deferred first;          /* of these: with another one it is another bag */
   Bool is_pinned, is_seen; /* by a call; by a look */
} Local;

static struct {
   VgHashTable *globals, *locals;
   Global *first; /* all of them: walking a hash table is far slower */
   UInt n_globals;
   Addr no_op; /* what the free places of a bag hold; 0: not known yet */
   ULong n_defers, n_sampled, n_pins;
   Bool is_refused; /* a Local was not believed */
} st;

/* ---- what is believed ---- */

static Bool word_at(Addr a, UWord *w)
{
   return LG_(peek)(a, w, sizeof *w);
}

/* A pointer with tag bits that leads to the begin of a block of this size. */
static Bool leads_to(UWord pointer, SizeT szB)
{
   LgHeapBlock b;
   Addr a = pointer & ~(UWord)TAG_BITS;
   return a && LG_(heap_find)(a, &b) && b.start == a && b.szB == szB;
}

static Bool is_global(Addr g)
{
   LgHeapBlock b;
   UWord head, tail, epoch;
   return LG_(heap_find)(g, &b) && b.start == g - GLOBAL_AT && b.szB == GLOBAL_BLOCK_B && word_at(g, &head) &&
          word_at(g + TAIL_AT, &tail) && word_at(g + EPOCH_AT, &epoch) && leads_to(head, NODE_B) &&
          leads_to(tail, NODE_B) && (epoch & 1) == 0;
}

static void say_coverage(const Global *g)
{
   HChar text[256];
   const HChar *retires = st.n_defers    ? "retires: exact"
                          : st.n_sampled ? "retires (inlined): sampled every 10 ms and before collections, counts exact"
                                         : "retires: none seen";
   const HChar *pins = st.n_pins ? "pins: exact" : "pins: sampled every 10 ms, no pin stacks";
   VG_(snprintf)
   (text, sizeof text, "%s; %s; left out: %llu nodes of its own, %llu closures that own no block%s", retires, pins,
    g->n_own, g->n_bare, st.is_refused ? "; some threads are not observed (unknown layout)" : "");
   LG_(domain_set_coverage)(g->domain, text);
}

static void sample(void);

/* The Global at this address, if it is one; NULL when it is not believed. */
static Global *global_of(Addr at)
{
   Global *g = VG_(HT_lookup)(st.globals, at);
   HChar name[32] = "crossbeam-epoch";
   if (g)
      return g;
   if (!is_global(at))
      return NULL;
   if (st.n_globals++ > 0)
      VG_(snprintf)(name, sizeof name, "crossbeam-epoch #%u", st.n_globals);
   else
      LG_(domain_add_sampler)(sample, LG_ADAPTOR_PERIOD_MS);
   g = VG_(calloc)("lg.adaptor.crossbeam.global", 1, sizeof *g);
   g->node.key = at;
   g->domain = LG_(domain_get)(at, LG_SCHEME_EBR, name);
   word_at(at + EPOCH_AT, &g->epoch);
   VG_(HT_add_node)(st.globals, g);
   g->after = st.first;
   st.first = g;
   say_coverage(g);
   return g;
}

/* The layout of a whole block that is a Local; its Global in *global. */
static const Layout *layout_of(Addr local, Addr *global)
{
   LgHeapBlock b;
   if (!LG_(heap_find)(local, &b) || b.start != local)
      return NULL;
   for (UInt i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
      const Layout *l = &layouts[i];
      UWord collector, len, guards;
      if (b.szB == l->szB && word_at(local + l->collector, &collector) && word_at(local + l->len, &len) &&
          word_at(local + l->guards, &guards) && len <= BAG_MAX && guards < 1UL << 31 &&
          is_global(collector + GLOBAL_AT)) {
         *global = collector + GLOBAL_AT;
         return l;
      }
   }
   return NULL;
}

/* The last place of a bag that is not full. */
static void learn_no_op(Addr deferreds)
{
   if (!st.no_op && !LG_(peek)(deferreds + (BAG_MAX - 1) * sizeof(Deferred), &st.no_op, sizeof st.no_op))
      st.no_op = 0;
}

/* The Local at this address, which this thread works with; NULL when it is not believed. */
static Local *local_of(Addr at, ThreadId tid)
{
   Local *l = VG_(HT_lookup)(st.locals, at);
   Addr global;
   UWord len;
   if (l)
      return l;
   const Layout *layout = layout_of(at, &global);
   if (!layout)
      return NULL;
   if (word_at(at + layout->len, &len) && len < BAG_MAX)
      learn_no_op(at + layout->deferreds);
   l = VG_(calloc)("lg.adaptor.crossbeam.local", 1, sizeof *l);
   l->node.key = at;
   l->layout = layout;
   l->tid = tid;
   l->global = global_of(global);
   VG_(HT_add_node)(st.locals, l);
   return l;
}

/* ---- objects ---- */

/* Whether a is a block, or what an Arc at the begin of a block holds. */
static Bool begins_block(UWord a, LgHeapBlock *b)
{
   return LG_(heap_find)(a, b) && (a == b->start || a == b->start + ARC_COUNTS_B);
}

/* The block that a closure of three words owns. Closures are often smaller, and then the rest is whatever stood there: so a pointer counts
 * in the first word, or as the buffer of a Vec {capacity, buffer, length}, in whatever order: the capacity divides the buffer's size. */
static Bool owned_block(const UWord data[DATA_WORDS], LgHeapBlock *b)
{
   if (begins_block(data[0] & ~(UWord)TAG_BITS, b))
      return True;
   for (UInt i = 1; i < DATA_WORDS; i++) {
      UWord x = data[0], y = data[DATA_WORDS - i], capacity = x > y ? x : y;
      if (LG_(heap_find)(data[i], b) && b->start == data[i] && capacity > 0 && capacity <= b->szB &&
          b->szB % capacity == 0)
         return True;
   }
   return False;
}

static void on_deferred_call(ThreadId tid, const LgHookCall *call);

static void retire(Global *g, ThreadId tid, const Deferred *d, UWord stash, Bool is_sampled)
{
   LgHeapBlock block;
   if (d->call == st.no_op) /* the bag is just being replaced */
      return;
   if (!owned_block(d->data, &block)) {
      g->n_bare++;
      return;
   }
   LgRetire r = LG_RETIRE(block.start);
   if (LG_(domain_is_pending)(g->domain, r.object))
      return;
   if (block.szB == NODE_B) {
      g->n_own++;
      LG_(domain_waits)(g->domain, block.start);
      return;
   }
   r.levels = LEVELS;
   r.stash = stash;
   r.is_sampled = is_sampled;
   if (!LG_(domain_retire)(g->domain, tid, &r))
      return;
   LG_(hook_at)(d->call, on_deferred_call);
   if (is_sampled && st.n_sampled++ == 0)
      say_coverage(g);
}

/* A deferred function begins. Its argument points to a copy of the three words. */
static void on_deferred_call(ThreadId tid, const LgHookCall *call)
{
   UWord data[DATA_WORDS];
   LgHeapBlock block;
   if (!LG_(peek)(call->arg[0], data, sizeof data) || !owned_block(data, &block))
      return;
   for (const Global *g = st.first; g; g = g->after)
      if (LG_(domain_is_pending)(g->domain, block.start))
         LG_(domain_reclaim)(g->domain, tid, block.start);
}

/* Objects [from, to) of a bag. */
static void retire_range(Global *g, ThreadId tid, Addr deferreds, UInt from, UInt to, UWord stash)
{
   for (UInt i = from; i < to; i++) {
      Deferred d;
      if (LG_(peek)(deferreds + i * sizeof d, &d, sizeof d))
         retire(g, tid, &d, stash, /*is_sampled*/ True);
   }
}

/* What is known of the bag waits in the queue now. */
static void seal(Local *l)
{
   LG_(domain_queued)(l->global->domain, l->node.key, 0);
   l->n_seen = 0;
}

/* Brings what is known of a bag up to date. */
static void look_at_bag(Local *l)
{
   UWord len;
   Deferred first;
   Addr deferreds = l->node.key + l->layout->deferreds;
   if (!word_at(l->node.key + l->layout->len, &len) || len > BAG_MAX || !LG_(peek)(deferreds, &first, sizeof first))
      return;
   if (len < l->n_seen || (l->n_seen > 0 && VG_(memcmp)(&first, &l->first, sizeof first) != 0)) { /* sealed since */
      seal(l);
   }
   retire_range(l->global, l->tid, deferreds, l->n_seen, (UInt)len, l->node.key);
   l->n_seen = (UInt)len;
   l->first = first;
}

/* A node of the queue stays as long as the last object in it waits. */
static void carry(const Global *g, Addr node, UInt len)
{
   Deferred d;
   LgHeapBlock b;
   for (UInt i = len; i > 0; i--) {
      if (!LG_(peek)(node + (i - 1) * sizeof d, &d, sizeof d) || !owned_block(d.data, &b) ||
          !LG_(domain_is_pending)(g->domain, b.start))
         continue;
      LG_(domain_carry)(g->domain, b.start, node);
      return;
   }
}

/* Reads the nodes that were appended to the queue since the last look. */
static void look_at_queue(Global *g)
{
   UWord at = g->last, next, len;
   if (!at || !leads_to(at, NODE_B)) {
      if (!word_at(g->node.key, &at))
         return;
      at &= ~(UWord)TAG_BITS;
   }
   while (leads_to(at, NODE_B) && word_at(at + NODE_NEXT_AT, &next)) {
      g->last = at;
      at = next & ~(UWord)TAG_BITS;
      if (!leads_to(at, NODE_B) || !word_at(at + NODE_LEN_AT, &len) || len > BAG_MAX)
         return;
      retire_range(g, VG_INVALID_THREADID, at, 0, (UInt)len, 0);
      carry(g, at, (UInt)len);
   }
}

static void look_at_epoch(Global *g)
{
   UWord epoch;
   if (!word_at(g->node.key + EPOCH_AT, &epoch) || (epoch & 1))
      return;
   UWord steps = (epoch - g->epoch) / 2;
   for (UWord i = steps < STEPS_MAX ? steps : STEPS_MAX; i > 0; i--)
      LG_(domain_advance)(g->domain, epoch / 2 - i + 1);
   g->epoch = epoch;
}

/* ---- readers ---- */

static void look_at_pin(Local *l)
{
   UWord epoch, pins;
   if (!word_at(l->node.key + l->layout->epoch, &epoch) || !word_at(l->node.key + l->layout->pins, &pins))
      return;
   Bool is_pinned = epoch & 1;
   if (is_pinned && !l->is_pinned) {
      /* repin() changes the epoch only, a new pin the count as well */
      LG_(domain_see_pin)(l->global->domain, l->node.key, l->tid, (pins << 20) + epoch);
      l->is_seen = True;
   } else if (!is_pinned && l->is_seen) {
      LG_(domain_see_no_pin)(l->global->domain, l->node.key);
      l->is_seen = False;
   } else if (!is_pinned && l->is_pinned) { /* left by inlined code */
      LG_(domain_unpin)(l->global->domain, l->node.key, l->tid);
      l->is_pinned = False;
   }
}

static void sample(void)
{
   VG_(HT_ResetIter)(st.locals);
   for (Local *l = VG_(HT_Next)(st.locals); l; l = VG_(HT_Next)(st.locals)) {
      look_at_pin(l);
      look_at_bag(l);
   }
   for (Global *g = st.first; g; g = g->after) {
      look_at_epoch(g);
      look_at_queue(g);
      if (g->n_own + g->n_bare != g->n_said)
         say_coverage(g);
      g->n_said = g->n_own + g->n_bare;
   }
}

/* ---- calls ---- */

static void on_registered(ThreadId tid, UWord local, UWord data)
{
   (void)data;
   if (!local_of(local, tid))
      st.is_refused = True;
}

static void on_register(ThreadId tid, const LgHookCall *call)
{
   LG_(hook_on_return)(tid, call, on_registered, 0);
}

static void on_defer(ThreadId tid, const LgHookCall *call)
{
   Local *l = local_of(call->arg[0], tid);
   Deferred d;
   if (!l || !LG_(peek)(call->arg[1], &d, sizeof d))
      return;
   if (st.n_defers++ == 0)
      say_coverage(l->global);
   l->tid = tid;
   look_at_bag(l);
   if (l->n_seen == BAG_MAX) /* this call seals it */
      seal(l);
   retire(l->global, tid, &d, l->node.key, /*is_sampled*/ False);
   if (l->n_seen++ == 0) /* it is put there next */
      l->first = d;
}

/* The thread's Local, which a guard points to. */
static Local *local_of_guard(Addr guard, ThreadId tid)
{
   UWord local;
   return word_at(guard, &local) && local ? local_of(local, tid) : NULL;
}

static void on_epoch_may_move(ThreadId tid, UWord result, UWord global)
{
   Global *g = VG_(HT_lookup)(st.globals, global);
   (void)tid;
   (void)result;
   if (g)
      look_at_epoch(g);
}

static void on_collect(ThreadId tid, const LgHookCall *call)
{
   Global *g = global_of(call->arg[0]);
   if (!g)
      return;
   Local *l = local_of_guard(call->arg[1], tid);
   if (l)
      look_at_bag(l);
   look_at_queue(g);
   LG_(hook_on_return)(tid, call, on_epoch_may_move, call->arg[0]);
}

static void on_try_advance(ThreadId tid, const LgHookCall *call)
{
   if (global_of(call->arg[0]))
      LG_(hook_on_return)(tid, call, on_epoch_may_move, call->arg[0]);
}

/* The bag is sealed: because it is full, by a flush, or at the thread's end. */
static void on_push_bag(ThreadId tid, const LgHookCall *call)
{
   (void)tid;
   for (UInt i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
      Local *l = VG_(HT_lookup)(st.locals, call->arg[1] - layouts[i].deferreds);
      if (!l || l->layout != &layouts[i])
         continue;
      look_at_bag(l);
      seal(l);
   }
}

/* The thread is done with its Local, which seals its bag and then dies. */
static void on_finalize(ThreadId tid, const LgHookCall *call)
{
   Local *l = VG_(HT_remove)(st.locals, call->arg[0]);
   (void)tid;
   if (!l)
      return;
   look_at_bag(l);
   LG_(domain_queued)(l->global->domain, l->node.key, 0);
   LG_(domain_forget)(l->global->domain, l->node.key);
   VG_(free)(l);
}

static void on_pin(ThreadId tid, const LgHookCall *call)
{
   Local *l = local_of(call->arg[0], tid);
   UWord guards;
   if (!l || !word_at(l->node.key + l->layout->guards, &guards) || guards != 0 || l->is_pinned)
      return;
   if (st.n_pins++ == 0)
      say_coverage(l->global);
   if (l->is_seen)
      LG_(domain_see_no_pin)(l->global->domain, l->node.key);
   l->is_seen = False;
   l->is_pinned = True;
   l->tid = tid;
   LG_(domain_pin)(l->global->domain, l->node.key, tid);
}

static void on_unpin(ThreadId tid, const LgHookCall *call)
{
   Local *l = VG_(HT_lookup)(st.locals, call->arg[0]);
   UWord guards;
   if (!l || !word_at(l->node.key + l->layout->guards, &guards) || guards != 1)
      return;
   if (l->is_pinned)
      LG_(domain_unpin)(l->global->domain, l->node.key, tid);
   else if (l->is_seen)
      LG_(domain_see_no_pin)(l->global->domain, l->node.key);
   l->is_pinned = l->is_seen = False;
}

static const LgHook hooks[] = {
   {"register", "crossbeam_epoch::collector::Collector::register", on_register},
   {"register", "crossbeam_epoch::internal::Local::register", on_register},
   {"retire", "crossbeam_epoch::internal::Local::defer", on_defer},
   {"collect", "crossbeam_epoch::internal::Global::collect", on_collect},
   {"advance", "crossbeam_epoch::internal::Global::try_advance", on_try_advance},
   {"seal", "crossbeam_epoch::internal::Global::push_bag", on_push_bag},
   {"finalize", "crossbeam_epoch::internal::Local::finalize", on_finalize},
   {"pin", "crossbeam_epoch::internal::Local::pin", on_pin},
   {"unpin", "crossbeam_epoch::internal::Local::unpin", on_unpin},
};

static const LgHookSet set = {.name = "crossbeam-epoch", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0]};

void LG_(adaptor_crossbeam_init)(void)
{
   st.globals = VG_(HT_construct)("lg.adaptor.crossbeam.globals");
   st.locals = VG_(HT_construct)("lg.adaptor.crossbeam.locals");
   LG_(hook_add_set)(&set);
}

void LG_(adaptor_init)(void)
{
   LG_(adaptor_urcu_init)();
   LG_(adaptor_ck_init)();
   LG_(adaptor_ck_hp_init)();
   LG_(adaptor_crossbeam_init)();
}
