/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_retired: see lg_retired.h.
 *
 * Nodes live in chunks that never move. The index is open addressing with linear probing over node ids; a removal closes the gap. */
#include "lg_retired.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { CHUNK = 4096, FIRST_SLOTS = 1024 };

_Static_assert(sizeof(LgNode) == 64, "a pending object costs what the manual says");

static struct {
   LgNode **chunks;
   UInt n_chunks, n_used; /* ids 1 .. n_used were given out at least once */
   UInt free;             /* first unused one, linked by next; 0: none */
   ULong n_nodes;
   UInt *slots; /* of node ids */
   UInt n_slots, n_indexed;
} st;

LgNode *LG_(node)(UInt id)
{
   return &st.chunks[(id - 1) / CHUNK][(id - 1) % CHUNK];
}

static UInt new_node(void)
{
   st.n_nodes++;
   if (st.free) {
      UInt id = st.free;
      st.free = LG_(node)(id)->next;
      return id;
   }
   if (st.n_used == st.n_chunks * CHUNK) {
      st.chunks = VG_(realloc)("lg.retired.chunks.1", st.chunks, (st.n_chunks + 1) * sizeof *st.chunks);
      st.chunks[st.n_chunks++] = VG_(malloc)("lg.retired.chunks.2", CHUNK * sizeof(LgNode));
   }
   return ++st.n_used;
}

UInt LG_(node_append)(LgNodeList *list)
{
   UInt id = new_node();
   LgNode *n = LG_(node)(id);
   VG_(memset)(n, 0, sizeof *n);
   n->prev = list->last;
   if (list->last)
      LG_(node)(list->last)->next = id;
   else
      list->first = id;
   list->last = id;
   return id;
}

void LG_(node_remove)(LgNodeList *list, UInt id)
{
   LgNode *n = LG_(node)(id);
   if (n->prev)
      LG_(node)(n->prev)->next = n->next;
   else
      list->first = n->next;
   if (n->next)
      LG_(node)(n->next)->prev = n->prev;
   else
      list->last = n->prev;
   n->next = st.free;
   st.free = id;
   st.n_nodes--;
}

/* ---- index ---- */

static inline UInt home(Addr object)
{
   ULong h = (ULong)object * 0x9e3779b97f4a7c15ULL;
   return (UInt)(h >> 32) & (st.n_slots - 1);
}

static inline Bool is_at(UInt id, UInt domain, Addr object)
{
   const LgNode *n = LG_(node)(id);
   return n->object == object && n->domain == domain;
}

/* The slot of (domain, object), or the free one where it belongs. */
static UInt find_slot(UInt domain, Addr object)
{
   UInt i = home(object);
   while (st.slots[i] && !is_at(st.slots[i], domain, object))
      i = (i + 1) & (st.n_slots - 1);
   return i;
}

UInt LG_(retired_find)(UInt domain, Addr object)
{
   return st.n_indexed ? st.slots[find_slot(domain, object)] : 0;
}

static void grow_slots(void)
{
   UInt *old = st.slots, n_old = st.n_slots;
   st.n_slots = n_old ? n_old * 2 : FIRST_SLOTS;
   st.slots = VG_(calloc)("lg.retired.slots.1", st.n_slots, sizeof *st.slots);
   for (UInt i = 0; i < n_old; i++)
      if (old[i])
         st.slots[find_slot(LG_(node)(old[i])->domain, LG_(node)(old[i])->object)] = old[i];
   VG_(free)(old);
}

void LG_(retired_index)(UInt id)
{
   const LgNode *n = LG_(node)(id);
   if ((ULong)(st.n_indexed + 1) * 4 > (ULong)st.n_slots * 3)
      grow_slots();
   UInt slot = find_slot(n->domain, n->object);
   tl_assert2(st.slots[slot] == 0, "N2: indexed twice");
   st.slots[slot] = id;
   st.n_indexed++;
}

void LG_(retired_unindex)(UInt id)
{
   const LgNode *n = LG_(node)(id);
   UInt mask = st.n_slots - 1, i = find_slot(n->domain, n->object);
   tl_assert2(st.slots[i] == id, "N2: not indexed");
   for (UInt j = (i + 1) & mask; st.slots[j]; j = (j + 1) & mask) {
      UInt h = home(LG_(node)(st.slots[j])->object);
      if (((j - h) & mask) >= ((j - i) & mask)) {
         st.slots[i] = st.slots[j];
         i = j;
      }
   }
   st.slots[i] = 0;
   st.n_indexed--;
}

Bool LG_(retired_has_free)(void)
{
   return st.free != 0 || st.n_used < st.n_chunks * CHUNK;
}

ULong LG_(retired_sanity)(const LgNodeList *list, UInt domain)
{
   ULong n_retired = 0;
   UInt prev = 0;
   for (UInt id = list->first; id; id = LG_(node)(id)->next) {
      const LgNode *n = LG_(node)(id);
      tl_assert2(n->prev == prev, "N1: link");
      if (!n->is_pin) {
         n_retired++;
         tl_assert2(n->domain == domain && LG_(retired_find)(domain, n->object) == id, "N2");
      }
      prev = id;
   }
   tl_assert2(list->last == prev, "N1: end");
   return n_retired;
}

void LG_(retired_stats)(ULong *n_nodes, ULong *bytes)
{
   *n_nodes = st.n_nodes;
   *bytes = (ULong)st.n_chunks * CHUNK * sizeof(LgNode) + (ULong)st.n_slots * sizeof *st.slots;
}
