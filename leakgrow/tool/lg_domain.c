/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain: see lg_domain.h. Readers are in lg_pin, what objects own in lg_owned, stalls in lg_stall, lines in lg_domain_lines.
 *
 * Every object counts twice: in the account of its domain as a whole, and in that of its retire stack. */
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_counter.h"
#include "lg_domain_state.h"
#include "lg_heap.h"
#include "lg_label.h"
#include "lg_owned.h"
#include "lg_pin.h"
#include "lg_stack.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum {
   GRACE_EBR = 2,
   GRACE_OTHERS = 1,
   ADVANCES_MIN = 64,
   ADVANCES_MAX = 1 << 18, /* times of advances that are kept while objects wait for them */
   STASHES_MAX = 0xffff,
   COVERAGE_MAX_B = 255,
   LAG_STEP = 16 /* cells by which a histogram grows */
};

static struct {
   LgDomain **domains;
   UInt n;
} st;

/* ---- domains ---- */

LgDomain *LG_(domain_by_id)(UInt id)
{
   return st.domains[id - 1];
}

UInt LG_(domain_count)(void)
{
   return st.n;
}

UInt LG_(domain_find)(UWord key, LgScheme scheme)
{
   for (UInt i = 0; i < st.n; i++)
      if (st.domains[i]->key == key && st.domains[i]->scheme == scheme)
         return i + 1;
   return 0;
}

/* The name as it was given, or with a number behind it when another domain has it. */
static HChar *unique_name(const HChar *name)
{
   HChar *unique = VG_(malloc)("lg.domain.name.1", VG_(strlen)(name) + 16);
   VG_(strcpy)(unique, name);
   UInt n = 1;
   for (UInt i = 0; i < st.n; i++)
      if (VG_STREQ(st.domains[i]->name, unique)) {
         VG_(sprintf)(unique, "%s #%u", name, ++n);
         i = (UInt)-1; /* the new one may be taken too */
      }
   return unique;
}

/* The context that the accounts of a new domain are in; 0 when there is none left that would be its own. */
static UInt make_context(const HChar *name)
{
   UInt context = LG_(context_child)(0, LG_(label_intern)(LG_LABEL_SPAN, name, "", 0));
   for (UInt i = 0; i < st.n; i++)
      if (st.domains[i]->context == context)
         return 0;
   return context;
}

UInt LG_(domain_get)(UWord key, LgScheme scheme, const HChar *name)
{
   UInt id = LG_(domain_find)(key, scheme);
   if (id || LG_(account_is_frozen)())
      return id;
   if (st.n == LG_DOMAINS_MAX) {
      LG_(counter_add)(LG_DOMAIN_DROPPED, VG_INVALID_THREADID);
      return 0;
   }
   HChar *own_name = unique_name(name);
   UInt context = make_context(own_name);
   if (context == 0) {
      VG_(free)(own_name);
      LG_(counter_add)(LG_DOMAIN_DROPPED, VG_INVALID_THREADID);
      return 0;
   }
   LgDomain *d = VG_(calloc)("lg.domain.get.1", 1, sizeof *d);
   d->name = own_name;
   st.domains = VG_(realloc)("lg.domain.get.2", st.domains, (st.n + 1) * sizeof *st.domains);
   st.domains[st.n++] = d;
   d->id = st.n;
   d->key = key;
   d->scheme = scheme;
   d->grace = scheme == LG_SCHEME_EBR ? GRACE_EBR : GRACE_OTHERS;
   d->coverage = VG_(strdup)("lg.domain.get.3", "");
   d->pin_table = VG_(HT_construct)("lg.domain.pins");
   d->stash_table = VG_(HT_construct)("lg.domain.stashes");
   d->context = context;
   d->total = LG_(account_get)(LG_ACCOUNT_RETIRED, /*stack*/ 0, d->context);
   d->progress_us = d->window_start_us = LG_(clock_micros)();
   d->rec_is_news = True;
   LG_(domain_is_active) = True;
   return d->id;
}

/* The domain, if events for it count now. */
static LgDomain *live(UInt id)
{
   return id == 0 || id > st.n || LG_(account_is_frozen)() ? NULL : st.domains[id - 1];
}

void LG_(domain_set_coverage)(UInt id, const HChar *text)
{
   LgDomain *d = live(id);
   if (!d || VG_(strncmp)(d->coverage, text, COVERAGE_MAX_B) == 0)
      return;
   VG_(free)(d->coverage);
   d->coverage = VG_(calloc)("lg.domain.coverage.1", COVERAGE_MAX_B + 1, 1);
   VG_(strncpy)(d->coverage, text, COVERAGE_MAX_B);
   d->is_coverage_news = True;
}

void LG_(domain_set_grace)(UInt id, UInt advances)
{
   LgDomain *d = live(id);
   if (d)
      d->grace = advances;
}

/* ---- readers ---- */

void LG_(domain_pin)(UInt id, UWord participant, ThreadId tid)
{
   LgDomain *d = live(id);
   if (!d)
      return;
   LgPin *p = LG_(pin_find)(d, participant, /*make*/ True);
   if (p->node)
      p->depth++;
   else
      LG_(pin_take)(d, p, tid, /*is_running*/ True);
}

Bool LG_(domain_unpin)(UInt id, UWord participant, ThreadId tid)
{
   LgDomain *d = live(id);
   if (!d)
      return False;
   LgPin *p = LG_(pin_find)(d, participant, /*make*/ False);
   if (!p || !p->node) {
      LG_(counter_add)(LG_UNBALANCED_PIN, tid);
      return False;
   }
   if (--p->depth == 0)
      LG_(pin_leave)(d, p);
   return True;
}

void LG_(domain_quiescent)(UInt id, UWord participant, ThreadId tid)
{
   LgDomain *d = live(id);
   LgPin *p = d ? LG_(pin_find)(d, participant, /*make*/ False) : NULL;
   if (!p || !p->node)
      return;
   UInt depth = p->depth;
   LG_(pin_leave)(d, p);
   p = LG_(pin_find)(d, participant, /*make*/ True); /* leaving may forget it */
   LG_(pin_take)(d, p, tid, /*is_running*/ True);
   p->depth = depth;
}

void LG_(domain_see_pin)(UInt id, UWord participant, ThreadId tid, UWord section)
{
   LgDomain *d = live(id);
   if (!d)
      return;
   LgPin *p = LG_(pin_find)(d, participant, /*make*/ True);
   if (p->node && p->section == section)
      return;
   if (p->node) {
      LG_(pin_leave)(d, p);
      p = LG_(pin_find)(d, participant, /*make*/ True);
   }
   p->section = section;
   LG_(pin_take)(d, p, tid, /*is_running*/ False);
}

void LG_(domain_see_no_pin)(UInt id, UWord participant)
{
   LgDomain *d = live(id);
   LgPin *p = d ? LG_(pin_find)(d, participant, /*make*/ False) : NULL;
   if (p && p->node)
      LG_(pin_leave)(d, p);
}

void LG_(domain_forget)(UInt id, UWord participant)
{
   LG_(domain_see_no_pin)(id, participant);
   LgDomain *d = live(id);
   LgPin *p = d ? LG_(pin_find)(d, participant, /*make*/ False) : NULL;
   if (p)
      LG_(pin_forget)(d, p);
}

/* ---- sums ---- */

static LgAccount *stack_account(const LgNode *n)
{
   return n->account ? LG_(account_by_id)(n->account) : NULL;
}

static void add_to_phase(LgDomain *d, const LgNode *n)
{
   d->phase_n[n->phase]++;
   d->phase_B[n->phase] += n->B;
}

static void take_from_phase(LgDomain *d, const LgNode *n)
{
   d->phase_n[n->phase]--;
   d->phase_B[n->phase] -= n->B;
}

static void grow_sums(LgDomain *d, LgNode *n, ULong B)
{
   n->B = B;
   if (n->is_blocked) {
      d->blocked_n++;
      d->blocked_B += B;
      if (d->blocked_n > d->blocked_peak_n)
         d->blocked_peak_n = d->blocked_n;
      if (d->blocked_B > d->blocked_peak_B)
         d->blocked_peak_B = d->blocked_B;
   }
}

void LG_(retired_shrink)(LgDomain *d, UInt node, SizeT szB)
{
   LgNode *n = LG_(node)(node);
   ULong left = n->B - szB;
   if (szB == 0)
      return;
   LG_(account_shrink)(d->total, n->B, left, LG_(node_birth)(n));
   if (stack_account(n))
      LG_(account_shrink)(stack_account(n), n->B, left, LG_(node_birth)(n));
   d->phase_B[n->phase] -= szB;
   if (n->is_blocked)
      d->blocked_B -= szB;
   if (n->phase == LG_PHASE_STASH)
      d->stashes[n->u.stash.stash]->B -= szB;
   n->B = left;
}

/* ---- lag ---- */

void LG_(lag_add)(LgDomain *d, lg_lag metric, ULong value)
{
   lg_hist *h = &d->lag[metric];
   d->lag_is_news = True;
   if (lg_hist_add(h, value, 1))
      return;
   UInt cap = h->cap + LAG_STEP;
   VG_(free)(lg_hist_move(h, VG_(malloc)("lg.domain.lag.1", cap * sizeof(lg_hist_cell)), cap));
   lg_hist_add(h, value, 1);
}

ULong LG_(retired_ripe_us)(const LgDomain *d, const LgNode *n)
{
   UInt waited = (UInt)d->n_advances - n->queue_epoch;
   if (waited < d->grace || !d->has_advance)
      return 0;
   ULong number = d->n_advances - waited + d->grace;
   if (number < d->advances_from)
      number = d->advances_from;
   ULong at = d->grace ? d->advances[number % d->advances_cap] : n->u.since_us;
   return at > n->u.since_us ? at : n->u.since_us;
}

/* The object's grace period and what came after it are over. */
static void end_grace(LgDomain *d, const LgNode *n, ULong now)
{
   ULong ripe = LG_(retired_ripe_us)(d, n);
   if (ripe) {
      LG_(lag_add)(d, LG_LAG_GRACE, ripe - n->u.since_us);
      LG_(lag_add)(d, LG_LAG_DRAIN, now - ripe);
   } else {
      LG_(lag_add)(d, LG_LAG_GRACE, now - n->u.since_us);
   }
}

/* ---- stashes ---- */

static LgStash *get_stash(LgDomain *d, UWord key)
{
   LgStash *s = VG_(HT_lookup)(d->stash_table, key);
   if (s || d->n_stashes == STASHES_MAX)
      return s;
   s = VG_(calloc)("lg.domain.stash.1", 1, sizeof *s);
   s->key = key;
   s->number = d->n_stashes;
   if (d->n_stashes == d->stashes_size) {
      d->stashes_size = d->stashes_size ? d->stashes_size * 2 : 16;
      d->stashes = VG_(realloc)("lg.domain.stash.2", d->stashes, d->stashes_size * sizeof *d->stashes);
   }
   d->stashes[d->n_stashes++] = s;
   VG_(HT_add_node)(d->stash_table, s);
   return s;
}

static void put_into_stash(LgDomain *d, LgStash *s, UInt id, ThreadId tid, UInt stack)
{
   LgNode *n = LG_(node)(id);
   n->phase = LG_PHASE_STASH;
   n->u.stash.stash = (UShort)s->number;
   n->u.stash.next = 0;
   n->queue_epoch = s->last;
   if (s->last)
      LG_(node)(s->last)->u.stash.next = id;
   else
      s->first = id;
   s->last = id;
   s->n++;
   s->B += n->B;
   if (s->n == 1)
      s->since = LG_(clock).now;
   s->retired_us = n->retired_us;
   s->tid = s->thread = tid;
   s->name[0] = 0;
   s->stack = stack;
   s->context = tid == VG_INVALID_THREADID ? 0 : LG_(context_of_thread)(tid);
   d->has_stash = True;
}

/* Takes the object out of its stash; its phase begins with whoever called. */
static void take_from_stash(LgDomain *d, UInt id, ULong now)
{
   LgNode *n = LG_(node)(id);
   LgStash *s = d->stashes[n->u.stash.stash];
   UInt next = n->u.stash.next, prev = n->queue_epoch;
   if (prev)
      LG_(node)(prev)->u.stash.next = next;
   else
      s->first = next;
   if (next)
      LG_(node)(next)->queue_epoch = prev;
   else
      s->last = prev;
   s->n--;
   s->B -= n->B;
   LG_(lag_add)(d, LG_LAG_STASH, now - n->retired_us);
}

/* ---- one object's way ---- */

static void set_phase(LgDomain *d, LgNode *n, LgPhase phase, ULong now)
{
   take_from_phase(d, n);
   n->phase = phase;
   n->u.since_us = now;
   add_to_phase(d, n);
}

void LG_(retired_queue)(LgDomain *d, UInt id)
{
   LgNode *n = LG_(node)(id);
   ULong now = LG_(clock_micros)();
   if (n->phase != LG_PHASE_STASH)
      return;
   take_from_stash(d, id, now);
   set_phase(d, n, LG_PHASE_GRACE, now);
   n->queue_epoch = (UInt)d->n_advances;
}

/* The phase that the object was in is over. */
static void end_phase(LgDomain *d, UInt id, ULong now)
{
   const LgNode *n = LG_(node)(id);
   if (n->phase == LG_PHASE_STASH)
      take_from_stash(d, id, now);
   else if (n->phase == LG_PHASE_GRACE)
      end_grace(d, n, now);
   else
      LG_(lag_add)(d, LG_LAG_FREE, now - n->u.since_us);
}

void LG_(retired_end)(LgDomain *d, UInt id)
{
   LgNode *n = LG_(node)(id);
   ULong now = LG_(clock_micros)();
   const ULong modulo_48 = (1ULL << 48) - 1;
   end_phase(d, id, now);
   LG_(lag_add)(d, LG_LAG_TIME, now - n->retired_us);
   LG_(lag_add)(d, LG_LAG_BYTES, (LG_(heap_total).allocated_B - n->allocated_B) & modulo_48);
   if (d->has_advance)
      LG_(lag_add)(d, LG_LAG_EPOCHS, (UInt)d->n_advances - n->epoch);
   take_from_phase(d, n);
   if (n->is_blocked) {
      d->blocked_n--;
      d->blocked_B -= n->B;
   }
   LG_(account_death)(d->total, n->B, LG_(node_birth)(n));
   if (stack_account(n))
      LG_(account_death)(stack_account(n), n->B, LG_(node_birth)(n));
   d->n_gone++;
   d->progress_us = now;
   LG_(owned_forget)(id);
   LG_(retired_unindex)(id);
   LG_(node_remove)(&d->list, id);
}

/* The block is retired itself: it does not count for what owned it any more. */
static void take_over(LgDomain *d, Addr start)
{
   LgOwnedEntry e;
   if (LG_(owned_take)(d->id, start, &e))
      LG_(retired_shrink)(d, e.node, e.counted_B);
}

/* What an object that is memory holds: its block, and what that owns. */
static ULong measure_object(LgDomain *d, UInt id, const LgRetire *r, const LgFollow *f)
{
   LgHeapBlock b;
   if (!LG_(heap_find)(r->object, &b) || b.start == 0) {
      LG_(node)(id)->ends_at_reclaim = r->szB == 0;
      return r->szB;
   }
   take_over(d, b.start);
   /* Several objects may lie in one block: its bytes count once. */
   Bool is_whole = r->szB == 0 && LG_(owned_state)(d->id, b.start) == LG_NOT_OWNED;
   LG_(owned_add_root)(id, &b, is_whole);
   return (is_whole ? b.szB : r->szB) + LG_(owned_follow_block)(id, &b, f);
}

static ULong measure(LgDomain *d, UInt id, const LgRetire *r)
{
   LgFollow f = {r->levels, r->interior, r->neighbours};
   if (!r->roots)
      return measure_object(d, id, r, &f);
   ULong B = LG_(owned_follow_roots)(id, r->roots, r->n_roots, &f);
   LG_(node)(id)->ends_at_reclaim = LG_(node)(id)->n_roots == 0;
   return B + r->szB;
}

static UInt new_object(LgDomain *d, const LgRetire *r)
{
   UInt id = LG_(node_append)(&d->list);
   LgNode *n = LG_(node)(id);
   n->object = r->object;
   n->domain = d->id;
   n->retired_us = LG_(clock_micros)();
   n->allocated_B = LG_(heap_total).allocated_B;
   n->epoch = n->queue_epoch = (UInt)d->n_advances;
   n->phase = LG_PHASE_GRACE;
   n->u.since_us = n->retired_us;
   n->is_blocked = d->oldest != 0;
   LG_(node_set_birth)(n, LG_(clock).epoch);
   LG_(retired_index)(id);
   return id;
}

static Bool is_usable(const LgRetire *r)
{
   return r->object != 0 && !((ULong)r->object >> 48) && !((ULong)r->szB >> 46) && r->levels <= LG_LEVELS_MAX &&
          r->n_roots <= LG_ROOTS_MAX;
}

/* False when the object waits already. One whose destructor began was evidently given back to the program and is used again. */
static Bool make_way(LgDomain *d, UWord object, ThreadId tid)
{
   UInt old = LG_(retired_find)(d->id, object);
   if (old && LG_(node)(old)->phase != LG_PHASE_FREE) {
      LG_(counter_add)(LG_DOUBLE_RETIRE, tid);
      return False;
   }
   if (old)
      LG_(retired_end)(d, old);
   return True;
}

Bool LG_(domain_retire)(UInt id, ThreadId tid, const LgRetire *r)
{
   LgDomain *d = live(id);
   if (!d)
      return False;
   if (!is_usable(r)) {
      LG_(counter_add)(LG_BAD_REQUEST, tid);
      return False;
   }
   LG_(heap_before_event)(0);
   if (!make_way(d, r->object, tid))
      return False;
   UInt stack = r->is_sampled || tid == VG_INVALID_THREADID ? 0 : LG_(stack_capture)(tid)->stack;
   UInt node = new_object(d, r);
   LgNode *n = LG_(node)(node);
   grow_sums(d, n, measure(d, node, r));
   LgAccount *a = stack ? LG_(account_get)(LG_ACCOUNT_RETIRED, stack, d->context) : NULL;
   LG_(account_birth)(d->total, n->B);
   if (a) {
      n->account = a->id;
      LG_(account_birth)(a, n->B);
   }
   LgStash *s = r->stash ? get_stash(d, r->stash) : NULL;
   if (s)
      put_into_stash(d, s, node, tid, stack);
   add_to_phase(d, n);
   d->n_retired++;
   return True;
}

Bool LG_(domain_queued)(UInt id, UWord stash, UWord object)
{
   LgDomain *d = live(id);
   if (!d)
      return False;
   LgStash *s = object ? NULL : VG_(HT_lookup)(d->stash_table, stash);
   while (s && s->first)
      LG_(retired_queue)(d, s->first);
   if (!object)
      return True; /* nothing was in it: not worth a word */
   UInt node = LG_(retired_find)(id, object);
   if (node)
      LG_(retired_queue)(d, node);
   else
      LG_(counter_add)(LG_UNKNOWN_RETIRED, VG_INVALID_THREADID);
   return node != 0;
}

void LG_(domain_carry)(UInt id, UWord object, Addr block)
{
   LgHeapBlock b;
   UInt node = live(id) ? LG_(retired_find)(id, object) : 0;
   if (node && LG_(heap_find)(block, &b) && b.start != 0)
      LG_(owned_add_carrier)(node, &b);
}

/* Notes when this advance was. While objects wait, older ones are kept. */
static void note_advance(LgDomain *d, ULong now)
{
   Bool is_full = d->n_advances - d->advances_from >= d->advances_cap;
   if (is_full && (d->advances_cap == 0 || (d->n_retired > d->n_gone && d->advances_cap < ADVANCES_MAX))) {
      UInt cap = d->advances_cap ? d->advances_cap * 2 : ADVANCES_MIN;
      ULong *fresh = VG_(malloc)("lg.domain.advances.1", cap * sizeof *fresh);
      for (ULong k = d->advances_from; d->advances_cap && k < d->n_advances; k++)
         fresh[k % cap] = d->advances[k % d->advances_cap];
      VG_(free)(d->advances);
      d->advances = fresh;
      d->advances_cap = cap;
   } else if (is_full) {
      d->advances_from++;
   }
   d->advances[d->n_advances % d->advances_cap] = now;
}

void LG_(domain_advance)(UInt id, ULong epoch)
{
   LgDomain *d = live(id);
   if (!d)
      return;
   ULong now = LG_(clock_micros)();
   d->n_advances++;
   note_advance(d, now);
   d->epoch = epoch;
   d->has_advance = d->rec_is_news = True;
   d->advanced_us = d->progress_us = now;
}

Bool LG_(domain_reclaim)(UInt id, ThreadId tid, UWord object)
{
   LgDomain *d = live(id);
   if (!d)
      return False;
   UInt node = LG_(retired_find)(id, object);
   if (!node || LG_(node)(node)->phase == LG_PHASE_FREE) {
      LG_(counter_add)(LG_UNKNOWN_RETIRED, tid);
      return False;
   }
   LG_(heap_before_event)(0);
   d->has_reclaim = True;
   d->progress_us = LG_(clock_micros)();
   LgNode *n = LG_(node)(node);
   if (n->ends_at_reclaim) {
      LG_(retired_end)(d, node);
   } else {
      end_phase(d, node, d->progress_us);
      set_phase(d, n, LG_PHASE_FREE, d->progress_us);
   }
   return True;
}

Bool LG_(domain_free)(UInt id, ThreadId tid, UWord object)
{
   LgDomain *d = live(id);
   if (!d)
      return False;
   UInt node = LG_(retired_find)(id, object);
   if (!node) {
      LG_(counter_add)(LG_UNKNOWN_RETIRED, tid);
      return False;
   }
   LG_(heap_before_event)(0);
   LG_(retired_end)(d, node);
   return True;
}

Bool LG_(domain_is_pending)(UInt id, UWord object)
{
   return id != 0 && LG_(retired_find)(id, object) != 0;
}

void LG_(domain_block_freed)(ThreadId tid, Addr start, SizeT szB)
{
   (void)tid;
   (void)szB;
   if (LG_(account_is_frozen)())
      return;
   LgOwnedEntry e;
   while (LG_(owned_take_any)(start, &e)) {
      LgNode *n = LG_(node)(e.node);
      LgDomain *d = LG_(domain_by_id)(n->domain);
      if (e.is_root && --n->n_roots == 0)
         LG_(retired_end)(d, e.node);
      else
         LG_(retired_shrink)(d, e.node, e.counted_B);
   }
}

/* ---- invariants ---- */

static void check_domain(const LgDomain *d)
{
   ULong n = 0, B = 0, blocked_n = 0, blocked_B = 0;
   UInt oldest = 0;
   for (UInt id = d->list.first; id; id = LG_(node)(id)->next) {
      const LgNode *node = LG_(node)(id);
      if (node->is_pin && !oldest)
         oldest = id;
      if (node->is_pin)
         continue;
      n++;
      B += node->B;
      tl_assert2(node->is_blocked == (oldest != 0), "L2");
      blocked_n += node->is_blocked;
      blocked_B += node->is_blocked ? node->B : 0;
   }
   tl_assert2(oldest == d->oldest, "L3");
   tl_assert2(blocked_n == d->blocked_n && blocked_B == d->blocked_B, "L2");
   ULong phases_n = 0, phases_B = 0;
   for (UInt k = 0; k < LG_N_PHASES; k++) {
      phases_n += d->phase_n[k];
      phases_B += d->phase_B[k];
   }
   tl_assert2(n == phases_n && B == phases_B, "L1");
   tl_assert2(d->is_sampled || (n == d->total->live_blk && B == d->total->live_B), "L1: account");
   LG_(retired_sanity)(&d->list, d->id);
}

void LG_(domain_sanity)(void)
{
   for (UInt i = 0; i < st.n; i++)
      check_domain(st.domains[i]);
}
