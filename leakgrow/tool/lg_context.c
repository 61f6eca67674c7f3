/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_context: see lg_context.h. Paths are nodes with a parent; a hash finds the child of a name, and another one remembers what
 * context_child() gave for a label, folding included, because that walks up the path. */
#include "lg_context.h"

#include "lg_counter.h"
#include "lg_format.h"
#include "lg_label.h"
#include "lg_memory.h"
#include "lg_options.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

enum { FIRST_SLOTS = 256, FIRST_NODES = 128, MEMO = 1024, SHARE = 16 /* of --max-tool-memory, at most 1 in so many */ };

typedef struct {
   UInt parent, name, depth; /* the root's children have depth 1 */
} Node;

LgThreadContext *LG_(thread_contexts);

static struct {
   Node *nodes; /* by id - 1 */
   UInt n, size;
   UInt *slots; /* open addressing; ids */
   UInt n_slots;
   UInt other; /* X3; 0: not needed yet */
   struct {
      UInt parent, label, child; /* label 0: free */
   } memo[MEMO];
} st;

void LG_(context_init)(void)
{
   LG_(thread_contexts) = VG_(calloc)("lg.context.init.1", VG_N_THREADS, sizeof *LG_(thread_contexts));
   st.n_slots = FIRST_SLOTS;
   st.slots = VG_(calloc)("lg.context.init.2", FIRST_SLOTS, sizeof *st.slots);
}

static inline UInt mix(UInt a, UInt b)
{
   UInt h = (a * 2654435761u) ^ (b * 2246822519u);
   return h ^ (h >> 15);
}

static UInt find_slot(const UInt *slots, UInt n_slots, UInt parent, UInt name)
{
   UInt i = mix(parent, name) & (n_slots - 1);
   for (; slots[i]; i = (i + 1) & (n_slots - 1))
      if (st.nodes[slots[i] - 1].parent == parent && st.nodes[slots[i] - 1].name == name)
         break;
   return i;
}

static void grow_slots(void)
{
   UInt n_slots = st.n_slots * 2;
   UInt *slots = VG_(calloc)("lg.context.slots.1", n_slots, sizeof *slots);
   for (UInt id = 1; id <= st.n; id++)
      slots[find_slot(slots, n_slots, st.nodes[id - 1].parent, st.nodes[id - 1].name)] = id;
   VG_(free)(st.slots);
   st.slots = slots;
   st.n_slots = n_slots;
}

static UInt depth_of(UInt context)
{
   return context ? st.nodes[context - 1].depth : 0;
}

static UInt add(UInt parent, UInt name, UInt slot)
{
   if (st.n == st.size) {
      st.size = st.size ? st.size * 2 : FIRST_NODES;
      st.nodes = VG_(realloc)("lg.context.nodes.1", st.nodes, st.size * sizeof *st.nodes);
   }
   st.nodes[st.n++] = (Node){parent, name, depth_of(parent) + 1};
   UInt id = st.slots[slot] = st.n;
   if (st.n * 2 > st.n_slots)
      grow_slots();
   return id;
}

static ULong table_B(void)
{
   return (ULong)st.size * sizeof *st.nodes + (ULong)st.n_slots * sizeof *st.slots;
}

static Bool is_full(void)
{
   return st.n >= LG_(opt).max_contexts || table_B() >= LG_(memory_share_B)(SHARE);
}

UInt LG_(context_other)(void)
{
   if (!st.other) {
      UInt name = LG_(label_get)(LG_(label_intern)(LG_LABEL_SPAN, LG_CONTEXT_OTHER, "", 0))->name;
      UInt slot = find_slot(st.slots, st.n_slots, 0, name);
      st.other = st.slots[slot] ? st.slots[slot] : add(0, name, slot);
   }
   return st.other;
}

static UInt other(void)
{
   LG_(counter_add)(LG_CONTEXT_FULL, VG_INVALID_THREADID);
   return LG_(context_other)();
}

static UInt find_child(UInt parent, UInt name)
{
   if (parent != 0 && parent == st.other)
      return other();
   for (UInt up = parent; up; up = st.nodes[up - 1].parent)
      if (st.nodes[up - 1].name == name)
         return up;
   if (depth_of(parent) >= LG_CONTEXT_LABELS_MAX)
      parent = st.nodes[parent - 1].parent;
   UInt slot = find_slot(st.slots, st.n_slots, parent, name);
   if (st.slots[slot])
      return st.slots[slot];
   return is_full() ? other() : add(parent, name, slot);
}

UInt LG_(context_child)(UInt parent, UInt label)
{
   UInt i = mix(parent, label) % MEMO;
   if (LIKELY(st.memo[i].label == label && st.memo[i].parent == parent))
      return st.memo[i].child;
   UInt child = find_child(parent, LG_(label_get)(label)->name);
   if (child == st.other) /* counted each time */
      return child;
   st.memo[i].parent = parent;
   st.memo[i].label = label;
   st.memo[i].child = child;
   return child;
}

UInt LG_(context_count)(void)
{
   return st.n;
}

const HChar *LG_(context_label)(UInt context)
{
   tl_assert(context <= st.n);
   return context ? LG_(label_name)(st.nodes[context - 1].name) : "";
}

UInt LG_(context_parent)(UInt context)
{
   tl_assert(context <= st.n);
   return context ? st.nodes[context - 1].parent : 0;
}

void LG_(context_stats)(ULong *bytes, ULong *n_other)
{
   *bytes = table_B() + VG_N_THREADS * sizeof *LG_(thread_contexts);
   *n_other = LG_(counter_get)(LG_CONTEXT_FULL);
}
