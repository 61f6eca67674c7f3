/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounts are sorted by what people see of their paths: the frames of the stack, innermost first, and the labels of the context,
 * outermost first, in the one order or the other. All accounts below a node are then neighbours, and a node's children are the
 * runs of equal steps at the next depth. Recursion is as deep as the longest path (LG_FRAMES_MAX + LG_CONTEXT_DEPTH_MAX).
 *
 * Contexts are compared by rank: their position when all of them are listed, each before those inside it, neighbours by name. */
#include "tree.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
   const profile *p;
   const stack *st;
   uint64_t B, blk;
   uint32_t account, context, rank;
   tree_order order;
} leaf;

typedef struct {
   const profile *p;
   const leaf *leaves;
   uint64_t threshold_B;
   tree *t;
} builder;

/* One step of a path: a frame, or else a context. Equal groups of one kind look the same. */
typedef struct {
   int is_frame;
   uint32_t group, frame, context;
} step;

/* A run of leaves [from, to) that becomes a child, or is part of the rest. */
typedef struct {
   step at;
   uint32_t from, to;
   uint64_t B, blk;
} run;

/* ---- contexts ---- */

static int by_label(const void *a, const void *b, void *contexts)
{
   uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
   const context *c = contexts;
   if (c[x].parent != c[y].parent)
      return c[x].parent < c[y].parent ? -1 : 1;
   int order = strcmp(c[x].label, c[y].label);
   return order != 0 ? order : (x > y) - (x < y);
}

/* rank[c] for all contexts. Sorted by parent, the contexts inside one are neighbours; they are listed with a stack. */
static uint32_t *rank_contexts(const profile *p)
{
   uint32_t n = (uint32_t)p->n_contexts, n_open = 0, next = 0;
   uint32_t *sorted = mem_zalloc(n, sizeof *sorted), *rank = mem_zalloc(n, sizeof *rank);
   uint32_t *first = mem_zalloc((size_t)n + 1, sizeof *first), *open = mem_zalloc(n, sizeof *open);
   for (uint32_t c = 1; c < n; c++) {
      sorted[c - 1] = c;
      first[p->contexts[c].parent + 1]++;
   }
   qsort_r(sorted, n - 1, sizeof *sorted, by_label, p->contexts);
   for (uint32_t c = 0; c < n; c++)
      first[c + 1] += first[c];
   open[n_open++] = 0;
   while (n_open > 0) {
      uint32_t c = open[--n_open];
      rank[c] = next++;
      for (uint32_t i = first[c + 1]; i-- > first[c];)
         open[n_open++] = sorted[i];
   }
   free(sorted);
   free(first);
   free(open);
   return rank;
}

/* ---- paths ---- */

/* Steps that are contexts. */
static uint32_t context_steps(const leaf *l)
{
   return l->order == TREE_BY_STACK || l->context == 0 ? 1 : l->p->contexts[l->context].depth;
}

/* The step of a path at this depth. Returns 0 when the path ends before it. */
static int step_at(const leaf *l, uint32_t depth, step *out)
{
   uint32_t n_contexts = context_steps(l), n_frames = l->st->n;
   uint32_t first_frame = l->order == TREE_BY_STACK ? 0 : n_contexts;
   *out = (step){0, 0, 0, 0};
   if (depth >= n_contexts + n_frames)
      return 0;
   if (depth >= first_frame && depth < first_frame + n_frames) {
      out->is_frame = 1;
      out->frame = l->st->frames[depth - first_frame];
      out->group = l->p->frame_group[out->frame];
      return 1;
   }
   uint32_t c = l->context;
   if (l->order == TREE_BY_CONTEXT)
      for (uint32_t up = n_contexts - 1 - depth; up > 0; up--)
         c = l->p->contexts[c].parent;
   out->context = out->group = c;
   return 1;
}

static int compare_stacks(const leaf *x, const leaf *y)
{
   const uint32_t *group = x->p->frame_group;
   for (uint32_t i = 0; i < x->st->n && i < y->st->n; i++) {
      uint32_t gx = group[x->st->frames[i]], gy = group[y->st->frames[i]];
      if (gx != gy)
         return gx < gy ? -1 : 1;
   }
   return (x->st->n > y->st->n) - (x->st->n < y->st->n);
}

static int by_path(const void *a, const void *b)
{
   const leaf *x = a, *y = b;
   int by_context = (x->rank > y->rank) - (x->rank < y->rank);
   int order = x->order == TREE_BY_CONTEXT ? by_context : 0;
   if (order == 0)
      order = compare_stacks(x, y);
   if (order == 0)
      order = by_context;
   return order != 0 ? order : (x->account > y->account) - (x->account < y->account);
}

/* ---- nodes ---- */

static int by_size(const void *a, const void *b)
{
   const run *x = a, *y = b;
   if (x->B != y->B)
      return x->B > y->B ? -1 : 1;
   return (x->from > y->from) - (x->from < y->from);
}

static int is_same_step(const step *a, const step *b)
{
   return a->is_frame == b->is_frame && a->group == b->group;
}

/* The runs of equal steps at this depth. Paths that end before it belong to the node itself. */
static run *find_runs(const builder *b, uint32_t from, uint32_t to, uint32_t depth, size_t *n)
{
   run *runs = NULL;
   size_t cap = 0;
   *n = 0;
   for (uint32_t i = from; i < to; i++) {
      step at;
      if (!step_at(&b->leaves[i], depth, &at))
         continue;
      if (*n == 0 || !is_same_step(&runs[*n - 1].at, &at)) {
         runs = mem_grow(runs, &cap, *n + 1, sizeof *runs);
         runs[(*n)++] = (run){at, i, i, 0, 0};
      }
      run *r = &runs[*n - 1];
      r->B += b->leaves[i].B;
      r->blk += b->leaves[i].blk;
      r->to = i + 1;
   }
   /* By stack, contexts come first here; the root alone among them tells nothing. */
   int is_root_first = *n > 0 && !runs[0].at.is_frame && runs[0].at.context == 0;
   if (is_root_first && (*n == 1 || runs[1].at.is_frame) && b->leaves[from].order == TREE_BY_STACK)
      memmove(runs, runs + 1, --*n * sizeof *runs);
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
         b->t->nodes[first + i] =
            (tree_node){.frame = runs[i].at.frame, .context = runs[i].at.context, .B = runs[i].B, .blk = runs[i].blk};
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

tree tree_build(const profile *p, lg_account_kind kind, const holding *held, uint64_t threshold_B, tree_order order)
{
   tree t = {NULL, 0, 0};
   leaf *leaves = mem_zalloc(p->n_accounts, sizeof *leaves);
   uint32_t *rank = rank_contexts(p), n = 0;
   tree_node root = {0};
   for (uint32_t a = 1; a < p->n_accounts; a++) {
      const account *acc = &p->accounts[a];
      if (acc->kind != kind || held[a].B == 0)
         continue;
      leaves[n++] =
         (leaf){p, &p->stacks[acc->stack], held[a].B, held[a].blk, a, acc->context, rank[acc->context], order};
      root.B += held[a].B;
      root.blk += held[a].blk;
   }
   qsort(leaves, n, sizeof *leaves, by_path);
   t.nodes = mem_grow(NULL, &t.cap, 1, sizeof *t.nodes);
   t.nodes[t.n++] = root;
   builder b = {p, leaves, threshold_B, &t};
   add_children(&b, 0, 0, n, 0);
   free(leaves);
   free(rank);
   return t;
}

void tree_free(tree *t)
{
   free(t->nodes);
   t->nodes = NULL;
   t->n = t->cap = 0;
}
