/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree: who called what allocated, at one moment.
 *
 * Answers: from the allocating function to its callers, which paths held how much? Accounts whose stacks look the same (function,
 * file, line) share a node; nodes below a threshold are summed up.
 *
 * R1  a node's bytes are those of its children plus `rest` plus what stacks hold that end at it.
 * R2  children are ordered by bytes, the largest first; equals by name. */
#ifndef VIEW_TREE_H
#define VIEW_TREE_H

#include "snapshots.h"

typedef struct {
   uint32_t frame;             /* frame id; 0 for the root */
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
tree tree_build(const profile *p, lg_account_kind kind, const holding *held, uint64_t threshold_B);
void tree_free(tree *t);

#endif
