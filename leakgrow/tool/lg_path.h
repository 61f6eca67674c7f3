/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_path: lists of numbers, each kept once, cheap when many begin alike.
 *
 * Answers: is this list known, and what is on it? The lists are call stacks, the numbers lg_ip's. A list is cut, from its outermost end,
 * into parts of LG_PATH_PART numbers; the innermost part, the tail, has 1 to LG_PATH_PART. Parts are kept once: code that calls
 * itself in few ways has few of them. The full parts make a trie whose nodes know their parent, the next part outward:
 *
 *    main f g h i j k l | f g f g f f f f | g g malloc      node 2 = (1, part B), node 1 = (0, part A), path = (node 2, tail C)
 *         part A        |     part B      | tail C
 *
 * H1  equal lists have equal paths, different lists different ones.
 * H2  a path is valid until path_move_end(). */
#ifndef LG_PATH_H
#define LG_PATH_H

#include "lg_pile.h"
#include "lg_slots.h"

enum { LG_PATH_PART = 8, LG_PATH_PART_SHIFT = 3 };

typedef struct {
   UInt node; /* of the full parts; 0: none */
   UInt tail; /* a part's handle; 0: no path */
} LgPath;

typedef struct {
   UInt parent, part;
} LgPathNode;

typedef struct {
   LgPile nodes, words; /* LgPathNode, [0] unused; UInt, the numbers of parts, innermost first */
   LgSlots node_slots, part_slots;
   UInt hash_mask; /* all ones; tests make hashes collide */
} LgPaths;

/* A part's handle: where it begins in words, and in the lower bits its length less 1. */
static inline UInt LG_(part_length)(UInt part)
{
   return (part & (LG_PATH_PART - 1)) + 1;
}

static inline const UInt *LG_(part_numbers)(const LgPaths *t, UInt part)
{
   return LG_PILE_AT(&t->words, UInt, part >> LG_PATH_PART_SHIFT);
}

void LG_(path_init)(LgPaths *t);
void LG_(path_free)(LgPaths *t);

/* The path of a list of n >= 1 numbers, innermost first. */
LgPath LG_(path_intern)(LgPaths *t, const UInt *numbers, UInt n);

/* The list of a path, innermost first, as many as fit into max. Returns their number; 0 for no path. */
UInt LG_(path_numbers)(const LgPaths *t, LgPath p, UInt *numbers, UInt max);
UInt LG_(path_length)(const LgPaths *t, LgPath p);

/* Memory taken. */
ULong LG_(path_bytes)(const LgPaths *t);

/* Moving the paths that are still wanted into new tables, and giving the old ones back. */
typedef struct {
   LgPaths *paths, to;
   UInt *nodes; /* by old node; 0: not moved */
} LgPathMove;

void LG_(path_move_begin)(LgPathMove *m, LgPaths *t);
LgPath LG_(path_move)(LgPathMove *m, LgPath p);
/* From now on the tables hold what was moved. */
void LG_(path_move_end)(LgPathMove *m);

/* Sets is_used[number] for all numbers on paths. */
void LG_(path_mark)(const LgPaths *t, UChar *is_used);

#endif
