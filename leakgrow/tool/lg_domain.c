/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain: see lg_domain.h. Readers are in lg_pin, objects in lg_pending, what they own in lg_owned, stalls in lg_stall, lines in lg_domain_lines.
 */
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_counter.h"
#include "lg_domain_state.h"
#include "lg_heap.h"
#include "lg_label.h"
#include "lg_owned.h"
#include "lg_pending.h"
#include "lg_pin.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"

enum {
   GRACE_EBR = 2,
   GRACE_OTHERS = 1,
   ADVANCES_MIN = 64,
   ADVANCES_MAX = 1 << 18, /* times of advances that are kept while objects wait for them */
   COVERAGE_MAX_B = 255
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

/* ---- objects ---- */

/* An event for an object that is not pending. It may be one that is not followed. */
static void note_unknown(const LgDomain *d, ThreadId tid)
{
   if (d->n_dropped == 0)
      LG_(counter_add)(LG_UNKNOWN_RETIRED, tid);
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
      LG_(pending_end)(d, old);
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
   if (LG_(pending_is_full)()) {
      d->n_dropped++;
      LG_(counter_add)(LG_RETIRE_DROPPED, VG_INVALID_THREADID);
      return True;
   }
   LG_(pending_add)(d, tid, r);
   return True;
}

Bool LG_(domain_queued)(UInt id, UWord stash, UWord object)
{
   LgDomain *d = live(id);
   if (!d)
      return False;
   LgStash *s = object ? NULL : VG_(HT_lookup)(d->stash_table, stash);
   while (s && s->first)
      LG_(pending_queue)(d, s->first);
   if (!object)
      return True; /* nothing was in it: not worth a word */
   UInt node = LG_(retired_find)(id, object);
   if (node)
      LG_(pending_queue)(d, node);
   else
      note_unknown(d, VG_INVALID_THREADID);
   return node != 0;
}

void LG_(domain_waits)(UInt id, Addr block)
{
   LgDomain *d = live(id);
   LgHeapBlock b;
   if (d && LG_(heap_find)(block, &b) && b.start != 0)
      LG_(pending_add_garbage)(d, &b);
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
      note_unknown(d, tid);
      return False;
   }
   LG_(heap_before_event)(0);
   d->has_reclaim = True;
   d->progress_us = LG_(clock_micros)();
   LG_(pending_reclaim)(d, node);
   return True;
}

Bool LG_(domain_free)(UInt id, ThreadId tid, UWord object)
{
   LgDomain *d = live(id);
   if (!d)
      return False;
   UInt node = LG_(retired_find)(id, object);
   if (!node) {
      note_unknown(d, tid);
      return False;
   }
   LG_(heap_before_event)(0);
   LG_(pending_end)(d, node);
   return True;
}

Bool LG_(domain_is_pending)(UInt id, UWord object)
{
   return id != 0 && LG_(retired_find)(id, object) != 0;
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
   tl_assert2(n == d->total->live_blk && B == d->total->live_B, "L1: account");
   LG_(retired_sanity)(&d->list, d->id);
}

void LG_(domain_sanity)(void)
{
   for (UInt i = 0; i < st.n; i++)
      check_domain(st.domains[i]);
}
