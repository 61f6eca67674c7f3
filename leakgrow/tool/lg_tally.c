/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tally: see lg_tally.h. */
#include "lg_tally.h"

#include "lg_bound.h"
#include "lg_context.h"
#include "lg_heap.h"
#include "lg_label.h"
#include "lg_stack.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

/* So many of one label inside each other are no recursion that somebody meant. */
enum { NESTED_MIN = 32 };

typedef struct {
   ULong n[LG_N_DISCIPLINES];
   UInt deepest;
   Bool is_changed;
} Misuse;

/* One account. */
typedef struct Group {
   struct Group *next; /* VgHashTable's */
   UWord account;
   UInt label;
   Misuse *misuse; /* NULL: never */
} Group;

static struct {
   VgHashTable *groups;
   Bool is_changed; /* that of any group */
} st;

/* Who names a merged account means the one that it was merged into. */
static Group *find_group(UInt account)
{
   return st.groups && account ? VG_(HT_lookup)(st.groups, LG_(account_now)(account)->id) : NULL;
}

static void add_group(UInt account, UInt label)
{
   if (!st.groups)
      st.groups = VG_(HT_construct)("lg.tally.groups");
   Group *g = VG_(calloc)("lg.tally.group.1", 1, sizeof *g);
   g->account = account;
   g->label = label;
   VG_(HT_add_node)(st.groups, g);
}

LgAccount *LG_(tally_account)(ThreadId tid, lg_account_kind kind, UInt stack, UInt context, UInt label)
{
   LgAccount *a;
   if (stack) {
      a = LG_(account_get)(kind, stack, context);
      LG_(bound_note_account)();
   } else {
      a = LG_(heap_account_of)(LG_(stack_capture)(tid), kind, context);
      if (!a)
         return NULL;
   }
   if (UNLIKELY(a->total_blk == 0) && !find_group(a->id))
      add_group(a->id, label);
   return a;
}

UInt LG_(tally_label)(UInt account)
{
   const Group *g = st.groups ? VG_(HT_lookup)(st.groups, account) : NULL;
   return g ? g->label : 0;
}

/* ---- misuse ---- */

static Misuse *misuse_of(UInt account)
{
   Group *g = find_group(account);
   if (!g)
      return NULL;
   if (!g->misuse)
      g->misuse = VG_(calloc)("lg.tally.misuse.1", 1, sizeof *g->misuse);
   return g->misuse;
}

static void count(Misuse *m, lg_discipline d)
{
   m->n[d]++;
   m->is_changed = st.is_changed = True;
}

void LG_(tally_misuse)(UInt account, lg_discipline d)
{
   Misuse *m = account ? misuse_of(account) : NULL;
   if (m)
      count(m, d);
}

void LG_(tally_unknown)(ThreadId tid, lg_account_kind kind)
{
   UInt label = LG_(label_intern)(kind == LG_ACCOUNT_TASK ? LG_LABEL_TASK : LG_LABEL_SPAN, "(unknown)", "", 0);
   const LgAccount *a = LG_(tally_account)(tid, kind, 0, LG_(context_child)(0, label), label);
   if (a)
      LG_(tally_misuse)(a->id, LG_DISCIPLINE_UNKNOWN);
}

void LG_(tally_nested)(UInt account, UInt depth)
{
   Misuse *m = account && depth >= NESTED_MIN ? misuse_of(account) : NULL;
   if (!m || depth <= m->deepest)
      return;
   m->deepest = depth;
   count(m, LG_DISCIPLINE_NESTED);
}

ULong LG_(tally_misuses)(UInt account, lg_discipline d)
{
   const Group *g = st.groups ? VG_(HT_lookup)(st.groups, account) : NULL;
   return g && g->misuse ? g->misuse->n[d] : 0;
}

void LG_(tally_merge)(UInt account, UInt into)
{
   Group *g = st.groups ? VG_(HT_remove)(st.groups, account) : NULL;
   if (!g)
      return;
   if (!VG_(HT_lookup)(st.groups, into))
      add_group(into, LG_(account_by_id)(into)->context == LG_(context_other)() ? 0 : g->label);
   if (g->misuse) {
      Misuse *m = misuse_of(into);
      for (UInt d = 0; d < LG_N_DISCIPLINES; d++)
         m->n[d] += g->misuse->n[d];
      m->deepest = g->misuse->deepest > m->deepest ? g->misuse->deepest : m->deepest;
      m->is_changed = st.is_changed = True;
      VG_(free)(g->misuse);
   }
   VG_(free)(g);
}

/* ---- all of them ---- */

static Int compare_groups(const void *a, const void *b)
{
   UWord x = (*(Group *const *)a)->account, y = (*(Group *const *)b)->account;
   return x < y ? -1 : x > y;
}

void LG_(tally_visit)(Bool all, void (*visit)(void *arg, UInt account), void *arg)
{
   UInt n;
   if (!st.groups || (!all && !st.is_changed))
      return;
   VgHashNode **nodes = VG_(HT_to_array)(st.groups, &n);
   VG_(ssort)(nodes, n, sizeof *nodes, compare_groups);
   for (UInt i = 0; i < n; i++) {
      const Group *g = (Group *)nodes[i];
      if (g->misuse && (all || g->misuse->is_changed))
         visit(arg, (UInt)g->account);
   }
   VG_(free)(nodes);
}

void LG_(tally_clear_changed)(void)
{
   if (!st.is_changed)
      return;
   VG_(HT_ResetIter)(st.groups);
   for (Group *g = VG_(HT_Next)(st.groups); g; g = VG_(HT_Next)(st.groups))
      if (g->misuse)
         g->misuse->is_changed = False;
   st.is_changed = False;
}

void LG_(tally_stats)(ULong *n_accounts, ULong sums[LG_N_DISCIPLINES])
{
   *n_accounts = st.groups ? VG_(HT_count_nodes)(st.groups) : 0;
   VG_(memset)(sums, 0, LG_N_DISCIPLINES * sizeof *sums);
   if (!st.groups)
      return;
   VG_(HT_ResetIter)(st.groups);
   for (const Group *g = VG_(HT_Next)(st.groups); g; g = VG_(HT_Next)(st.groups))
      for (UInt d = 0; g->misuse && d < LG_N_DISCIPLINES; d++)
         sums[d] += g->misuse->n[d];
}
