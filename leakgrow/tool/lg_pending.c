/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pending: see lg_pending.h.
 *
 * Every object counts twice: in the account of its domain as a whole, and in that of its retire stack. */
#include "lg_pending.h"

#include "lg_bound.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_heap.h"
#include "lg_memory.h"
#include "lg_owned.h"
#include "lg_stack.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum {
   STASHES_MAX = 0xffff,
   LAG_STEP = 16, /* cells by which a histogram grows */
   SHARE = 8      /* of --max-tool-memory, at most 1 in so many: as much again as lg_owned's */
};

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

/* Something that came back with the object is gone already. */
static void shrink(LgDomain *d, UInt node, SizeT szB)
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

/* Counts one value of a metric. */
static void lag_add(LgDomain *d, lg_lag metric, ULong value)
{
   lg_hist *h = &d->lag[metric];
   d->lag_is_news = True;
   if (lg_hist_add(h, value, 1))
      return;
   UInt cap = h->cap + LAG_STEP;
   VG_(free)(lg_hist_move(h, VG_(malloc)("lg.domain.lag.1", cap * sizeof(lg_hist_cell)), cap));
   lg_hist_add(h, value, 1);
}

ULong LG_(pending_ripe_us)(const LgDomain *d, const LgNode *n)
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
   ULong ripe = LG_(pending_ripe_us)(d, n);
   if (ripe) {
      lag_add(d, LG_LAG_GRACE, ripe - n->u.since_us);
      lag_add(d, LG_LAG_DRAIN, now - ripe);
   } else {
      lag_add(d, LG_LAG_GRACE, now - n->u.since_us);
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
   lag_add(d, LG_LAG_STASH, now - n->retired_us);
}

/* ---- one object's way ---- */

static void set_phase(LgDomain *d, LgNode *n, LgPhase phase, ULong now)
{
   take_from_phase(d, n);
   n->phase = phase;
   n->u.since_us = now;
   add_to_phase(d, n);
}

void LG_(pending_queue)(LgDomain *d, UInt id)
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
      lag_add(d, LG_LAG_FREE, now - n->u.since_us);
}

void LG_(pending_end)(LgDomain *d, UInt id)
{
   LgNode *n = LG_(node)(id);
   ULong now = LG_(clock_micros)();
   const ULong modulo_48 = (1ULL << 48) - 1;
   end_phase(d, id, now);
   lag_add(d, LG_LAG_TIME, now - n->retired_us);
   lag_add(d, LG_LAG_BYTES, (LG_(heap_total).allocated_B - n->allocated_B) & modulo_48);
   if (d->has_advance)
      lag_add(d, LG_LAG_EPOCHS, (UInt)d->n_advances - n->epoch);
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
      shrink(d, e.node, e.counted_B);
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

Bool LG_(pending_is_full)(void)
{
   ULong n, bytes;
   if (LG_(retired_has_free)() && LG_(owned_has_room)())
      return False;
   LG_(retired_stats)(&n, &bytes);
   return bytes >= LG_(memory_share_B)(SHARE) || !LG_(owned_has_room)();
}

void LG_(pending_add)(LgDomain *d, ThreadId tid, const LgRetire *r)
{
   UInt stack = r->is_sampled || tid == VG_INVALID_THREADID ? 0 : LG_(stack_capture)(tid)->stack;
   UInt node = new_object(d, r);
   LgNode *n = LG_(node)(node);
   grow_sums(d, n, measure(d, node, r));
   LgAccount *a = stack ? LG_(account_get)(LG_ACCOUNT_RETIRED, stack, d->context) : NULL;
   LG_(bound_note_account)();
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
}

void LG_(pending_add_garbage)(LgDomain *d, const LgHeapBlock *b)
{
   if (LG_(owned_state)(d->id, b->start) == LG_OWNED_ROOT)
      return;
   take_over(d, b->start);
   if (!d->garbage) {
      d->garbage = LG_(node_append)(&d->own);
      LG_(node)(d->garbage)->domain = d->id;
   }
   LG_(owned_add_carrier)(d->garbage, b);
}

void LG_(pending_reclaim)(LgDomain *d, UInt id)
{
   LgNode *n = LG_(node)(id);
   if (n->ends_at_reclaim) {
      LG_(pending_end)(d, id);
   } else {
      end_phase(d, id, d->progress_us);
      set_phase(d, n, LG_PHASE_FREE, d->progress_us);
   }
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
         LG_(pending_end)(d, e.node);
      else
         shrink(d, e.node, e.counted_B);
   }
}
