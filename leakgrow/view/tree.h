/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree: who called what allocated, and for which work, at one moment.
 *
 * Answers: from the allocating function to its callers and on to the contexts, or from a context inwards and on to stacks, which
 * paths held how much? Accounts whose stacks look the same (function, file, line) share a node; nodes below a threshold are
 * summed up.
 *
 * R1  a node's bytes are those of its children plus `rest` plus what paths hold that end at it.
 * R2  children are ordered by bytes, the largest first; equals by name.
 * R3  by stack: where a stack ends, each of the contexts it was used in is a child, unless all of it was used in the root.
 *     By context: a label is a child of the one around it, and stacks begin under the innermost; the root is a child of its own. */
#ifndef VIEW_TREE_H
#define VIEW_TREE_H

#include "snapshots.h"

typedef enum { TREE_BY_STACK, TREE_BY_CONTEXT } tree_order;

typedef struct {
   uint32_t frame;   /* frame id; 0: a context, or the root of the tree */
   uint32_t context; /* when frame is 0; by stack it stands for its whole path, by context for its innermost label */
   uint32_t first, n_children; /* children are tree.nodes[first ...] */
   uint32_t n_rest;            /* children below the threshold */
   uint64_t B, blk;
   uint64_t rest_B, rest_blk; /* what those held */
} tree_node;

typedef struct {
   tree_node *nodes; /* nodes[0] is the root */
   size_t n, cap;
} tree;

/* Builds the tree of all accounts of this kind. `held` is indexed by account. Nodes that hold less than threshold_B, and nodes
 * that hold nothing, are summed up. The caller frees it with tree_free(). */
tree tree_build(const profile *p, lg_account_kind kind, const holding *held, uint64_t threshold_B, tree_order order);
void tree_free(tree *t);

#endif
