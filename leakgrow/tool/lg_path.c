/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_path: see lg_path.h. */
#include "lg_path.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { FIRST_SLOTS = 1024 };

void LG_(path_init)(LgPaths *t)
{
   LG_(pile_init)(&t->nodes, sizeof(LgPathNode));
   LG_(pile_init)(&t->words, sizeof(UInt));
   LG_(slots_init)(&t->node_slots, FIRST_SLOTS);
   LG_(slots_init)(&t->part_slots, FIRST_SLOTS);
   LG_(pile_add_row)(&t->nodes, 1);
   LG_(pile_add_row)(&t->words, 1);
   t->hash_mask = ~0u;
}

void LG_(path_free)(LgPaths *t)
{
   LG_(pile_free)(&t->nodes);
   LG_(pile_free)(&t->words);
   LG_(slots_free)(&t->node_slots);
   LG_(slots_free)(&t->part_slots);
}

static const LgPathNode *node_at(const LgPaths *t, UInt node)
{
   return LG_PILE_AT(&t->nodes, LgPathNode, node);
}

/* ---- parts ---- */

static UInt hash_numbers(const LgPaths *t, const UInt *numbers, UInt n)
{
   ULong h = n;
   for (UInt i = 0; i < n; i++)
      h = (h ^ numbers[i]) * 0x9fb21c651e98df25ULL + (h >> 32);
   return LG_(slots_mix)((UInt)(h >> 32), (UInt)h) & t->hash_mask;
}

static UInt hash_of_part(const void *self, UInt part)
{
   const LgPaths *t = self;
   return hash_numbers(t, LG_(part_numbers)(t, part), LG_(part_length)(part));
}

static Bool same_numbers(const UInt *a, const UInt *b, UInt n)
{
   for (UInt i = 0; i < n; i++)
      if (a[i] != b[i])
         return False;
   return True;
}

static UInt intern_part(LgPaths *t, const UInt *numbers, UInt n)
{
   const LgSlots *s = &t->part_slots;
   for (UInt i = LG_(slots_first)(s, hash_numbers(t, numbers, n)); s->slots[i]; i = LG_(slots_next)(s, i)) {
      UInt part = s->slots[i];
      if (LG_(part_length)(part) == n && same_numbers(LG_(part_numbers)(t, part), numbers, n))
         return part;
   }
   UInt at = LG_(pile_add_row)(&t->words, n);
   tl_assert2(at < 1u << (32 - LG_PATH_PART_SHIFT), "more parts of stacks than can be numbered");
   VG_(memcpy)(LG_PILE_AT(&t->words, UInt, at), numbers, n * sizeof *numbers);
   UInt part = at << LG_PATH_PART_SHIFT | (n - 1);
   LG_(slots_add)(&t->part_slots, part, hash_of_part, t);
   return part;
}

/* ---- nodes ---- */

static UInt hash_pair(const LgPaths *t, UInt parent, UInt part)
{
   return LG_(slots_mix)(parent, part) & t->hash_mask;
}

static UInt hash_of_node(const void *self, UInt node)
{
   const LgPathNode *n = node_at(self, node);
   return hash_pair(self, n->parent, n->part);
}

static UInt intern_node(LgPaths *t, UInt parent, UInt part)
{
   const LgSlots *s = &t->node_slots;
   for (UInt i = LG_(slots_first)(s, hash_pair(t, parent, part)); s->slots[i]; i = LG_(slots_next)(s, i)) {
      const LgPathNode *n = node_at(t, s->slots[i]);
      if (n->parent == parent && n->part == part)
         return s->slots[i];
   }
   UInt node = LG_(pile_add_row)(&t->nodes, 1);
   *LG_PILE_AT(&t->nodes, LgPathNode, node) = (LgPathNode){parent, part};
   LG_(slots_add)(&t->node_slots, node, hash_of_node, t);
   return node;
}

/* ---- paths ---- */

LgPath LG_(path_intern)(LgPaths *t, const UInt *numbers, UInt n)
{
   tl_assert(n >= 1);
   LgPath p = {0, 0};
   UInt left = n;
   while (left > LG_PATH_PART) {
      left -= LG_PATH_PART;
      p.node = intern_node(t, p.node, intern_part(t, numbers + left, LG_PATH_PART));
   }
   p.tail = intern_part(t, numbers, left);
   return p;
}

UInt LG_(path_numbers)(const LgPaths *t, LgPath p, UInt *numbers, UInt max)
{
   UInt n = 0, node = p.node;
   if (!p.tail)
      return 0;
   for (UInt part = p.tail; part && n < max; node = node_at(t, node)->parent) {
      const UInt *from = LG_(part_numbers)(t, part);
      for (UInt i = 0; i < LG_(part_length)(part) && n < max; i++)
         numbers[n++] = from[i];
      part = node ? node_at(t, node)->part : 0;
   }
   return n;
}

UInt LG_(path_length)(const LgPaths *t, LgPath p)
{
   if (!p.tail)
      return 0;
   UInt n = LG_(part_length)(p.tail);
   for (UInt node = p.node; node; node = node_at(t, node)->parent)
      n += LG_PATH_PART;
   return n;
}

ULong LG_(path_bytes)(const LgPaths *t)
{
   return LG_(pile_bytes)(&t->nodes) + LG_(pile_bytes)(&t->words) + LG_(slots_bytes)(&t->node_slots) +
          LG_(slots_bytes)(&t->part_slots);
}

/* ---- moving ---- */

void LG_(path_move_begin)(LgPathMove *m, LgPaths *t)
{
   m->paths = t;
   LG_(path_init)(&m->to);
   m->to.hash_mask = t->hash_mask;
   m->nodes = VG_(calloc)("lg.path.move.1", t->nodes.n, sizeof *m->nodes);
}

static UInt move_part(LgPathMove *m, UInt part)
{
   return intern_part(&m->to, LG_(part_numbers)(m->paths, part), LG_(part_length)(part));
}

/* The parents first. Recursion is as deep as the longest path has parts. */
static UInt move_node(LgPathMove *m, UInt node)
{
   if (node == 0 || m->nodes[node])
      return m->nodes[node];
   const LgPathNode *n = node_at(m->paths, node);
   UInt parent = move_node(m, n->parent);
   return m->nodes[node] = intern_node(&m->to, parent, move_part(m, n->part));
}

LgPath LG_(path_move)(LgPathMove *m, LgPath p)
{
   LgPath moved = {0, 0};
   if (!p.tail)
      return moved;
   moved.node = move_node(m, p.node);
   moved.tail = move_part(m, p.tail);
   return moved;
}

void LG_(path_move_end)(LgPathMove *m)
{
   LG_(path_free)(m->paths);
   *m->paths = m->to;
   VG_(free)(m->nodes);
}

void LG_(path_mark)(const LgPaths *t, UChar *is_used)
{
   const LgSlots *s = &t->part_slots;
   for (UInt i = 0; i < s->n_slots; i++) {
      UInt part = s->slots[i];
      for (UInt k = 0; part && k < LG_(part_length)(part); k++)
         is_used[LG_(part_numbers)(t, part)[k]] = 1;
   }
}
