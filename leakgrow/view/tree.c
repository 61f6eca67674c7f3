/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounts are sorted by what people see of their stacks, innermost frame first. All accounts below a node are then neighbours,
 * and a node's children are the runs of equal frames at the next depth. Recursion is as deep as the longest stack
 * (LG_FRAMES_MAX). */
#include "tree.h"

#include "mem.h"

#include <stdlib.h>

typedef struct {
   const profile *p;
   const stack *st;
   uint64_t B, blk;
   uint32_t account;
} leaf;

typedef struct {
   const profile *p;
   const leaf *leaves;
   uint64_t threshold_B;
   tree *t;
} builder;

/* A run of leaves [from, to) that becomes a child, or is part of the rest. */
typedef struct {
   uint32_t group, frame, from, to;
   uint64_t B, blk;
} run;

static int by_stack(const void *a, const void *b)
{
   const leaf *x = a, *y = b;
   const uint32_t *group = x->p->frame_group;
   for (uint32_t i = 0; i < x->st->n && i < y->st->n; i++) {
      uint32_t gx = group[x->st->frames[i]], gy = group[y->st->frames[i]];
      if (gx != gy)
         return gx < gy ? -1 : 1;
   }
   if (x->st->n != y->st->n)
      return x->st->n < y->st->n ? -1 : 1;
   return (x->account > y->account) - (x->account < y->account);
}

static int by_size(const void *a, const void *b)
{
   const run *x = a, *y = b;
   if (x->B != y->B)
      return x->B > y->B ? -1 : 1;
   return (x->group > y->group) - (x->group < y->group);
}

/* The runs of equal frames at this depth. Stacks that end before it come first and belong to the node itself. */
static run *find_runs(const builder *b, uint32_t from, uint32_t to, uint32_t depth, size_t *n)
{
   run *runs = NULL;
   size_t cap = 0;
   *n = 0;
   while (from < to && b->leaves[from].st->n <= depth)
      from++;
   while (from < to) {
      uint32_t frame = b->leaves[from].st->frames[depth], group = b->p->frame_group[frame];
      run r = {group, frame, from, from, 0, 0};
      while (r.to < to && b->p->frame_group[b->leaves[r.to].st->frames[depth]] == group) {
         r.B += b->leaves[r.to].B;
         r.blk += b->leaves[r.to].blk;
         r.to++;
      }
      runs = mem_grow(runs, &cap, *n + 1, sizeof *runs);
      runs[(*n)++] = r;
      from = r.to;
   }
   if (*n > 1)
      qsort(runs, *n, sizeof *runs, by_size);
   return runs;
}

static void add_children(builder *b, size_t node, uint32_t from, uint32_t to, uint32_t depth)
{
   size_t n, n_shown = 0;
   run *runs = find_runs(b, from, to, depth, &n);
   while (n_shown < n && runs[n_shown].B >= b->threshold_B && runs[n_shown].B != 0)
      n_shown++;
   size_t first = b->t->n;
   b->t->nodes = mem_grow(b->t->nodes, &b->t->cap, first + n_shown, sizeof *b->t->nodes);
   b->t->n += n_shown;
   tree_node *parent = &b->t->nodes[node];
   parent->first = (uint32_t)first;
   parent->n_children = (uint32_t)n_shown;
   for (size_t i = 0; i < n; i++) {
      if (i < n_shown) {
         b->t->nodes[first + i] = (tree_node){.frame = runs[i].frame, .B = runs[i].B, .blk = runs[i].blk};
      } else if (runs[i].B != 0) {
         parent->n_rest++;
         parent->rest_B += runs[i].B;
         parent->rest_blk += runs[i].blk;
      }
   }
   for (size_t i = 0; i < n_shown; i++)
      add_children(b, first + i, runs[i].from, runs[i].to, depth + 1);
   free(runs);
}

tree tree_build(const profile *p, lg_account_kind kind, const holding *held, uint64_t threshold_B)
{
   tree t = {NULL, 0, 0};
   leaf *leaves = mem_zalloc(p->n_accounts, sizeof *leaves);
   uint32_t n = 0;
   tree_node root = {0};
   for (uint32_t a = 1; a < p->n_accounts; a++) {
      const account *acc = &p->accounts[a];
      if (acc->kind != kind || held[a].B == 0)
         continue;
      leaves[n++] = (leaf){p, &p->stacks[acc->stack], held[a].B, held[a].blk, a};
      root.B += held[a].B;
      root.blk += held[a].blk;
   }
   qsort(leaves, n, sizeof *leaves, by_stack);
   t.nodes = mem_grow(NULL, &t.cap, 1, sizeof *t.nodes);
   t.nodes[t.n++] = root;
   builder b = {p, leaves, threshold_B, &t};
   add_children(&b, 0, 0, n, 0);
   free(leaves);
   return t;
}

void tree_free(tree *t)
{
   free(t->nodes);
   t->nodes = NULL;
   t->n = t->cap = 0;
}
