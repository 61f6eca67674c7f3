/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of snapshots in ms_print's manner: rows until a snapshot whose tree is wanted, its tree, further rows. */
#include "text.h"

#include "lg_scale.h"
#include "mem.h"
#include "tree.h"

#include <stdlib.h>
#include <string.h>

/* ---- trees ---- */

typedef struct {
   const report *r;
   out *o;
   const tree *t;
   uint64_t whole_B;
   tree_order order;
   char *indent; /* grows with the depth */
   size_t used, cap;
} tree_printer;

/* "49.74% (10,000 B in 10 blocks) ". */
static void put_share(const tree_printer *tp, uint64_t B, uint64_t blk)
{
   words w;
   uint64_t hundredths = tp->whole_B != 0 ? lg_scale(B, 10000, tp->whole_B) : 0;
   out_printf(tp->o, "%02u.%02u%% (", (unsigned)(hundredths / 100), (unsigned)(hundredths % 100));
   words_begin(&w);
   lg_word_count(&w.text, B);
   lg_word_text(&w.text, " B in ");
   lg_word_count(&w.text, blk);
   lg_word_text(&w.text, blk == 1 ? " block) " : " blocks) ");
   out_text(tp->o, w.data);
}

static void push_indent(tree_printer *tp, const char *two)
{
   tp->indent = mem_grow(tp->indent, &tp->cap, tp->used + 3, 1);
   memcpy(tp->indent + tp->used, two, 3);
   tp->used += 2;
}

static void put_rest(const tree_printer *tp, const tree_node *n)
{
   out_write(tp->o, tp->indent, tp->used);
   out_text(tp->o, "->");
   put_share(tp, n->rest_B, n->rest_blk);
   out_printf(tp->o, "in %u place%s, %s below the threshold\n", (unsigned)n->n_rest, n->n_rest == 1 ? "" : "s",
              n->n_rest == 1 ? "it is" : "all");
}

static void put_place(const tree_printer *tp, const tree_node *n)
{
   const context *c = &tp->r->p->contexts[n->context];
   if (n->frame != 0) {
      text_frame(tp->o, tp->r->p, n->frame);
   } else if (tp->order == TREE_BY_STACK || n->context == 0) {
      out_text(tp->o, "in ");
      text_context(tp->o, tp->r, n->context);
   } else {
      out_text(tp->o, "in ");
      out_name(tp->o, c->label);
   }
}

static void put_children(tree_printer *tp, const tree_node *n)
{
   for (uint32_t i = 0; i < n->n_children; i++) {
      const tree_node *child = &tp->t->nodes[n->first + i];
      int is_last = i + 1 == n->n_children && n->n_rest == 0;
      out_write(tp->o, tp->indent, tp->used);
      out_text(tp->o, "->");
      put_share(tp, child->B, child->blk);
      put_place(tp, child);
      out_text(tp->o, "\n");
      push_indent(tp, is_last ? "  " : "| ");
      put_children(tp, child);
      tp->used -= 2;
   }
   if (n->n_rest != 0)
      put_rest(tp, n);
}

static const char *title_of(lg_account_kind kind, tree_order order)
{
   if (kind != LG_ACCOUNT_HEAP)
      return "mapped memory: mmap, brk\n";
   return order == TREE_BY_STACK ? "heap: malloc, new, and other allocation functions\n"
                                 : "heap: what the program was doing, then where it allocated\n";
}

static void put_tree(const report *r, const view_opts *opts, out *o, const holding *held, lg_account_kind kind,
                     tree_order order)
{
   uint64_t whole_B = 0;
   for (uint32_t a = 1; a < r->p->n_accounts; a++)
      if (r->p->accounts[a].kind == kind)
         whole_B += held[a].B;
   if (whole_B == 0)
      return;
   tree t = tree_build(r->p, kind, held, lg_scale(whole_B, (uint64_t)opts->threshold, 100000), order);
   tree_printer tp = {r, o, &t, whole_B, order, NULL, 0, 0};
   push_indent(&tp, "  ");
   tp.used = 0;
   put_share(&tp, t.nodes[0].B, t.nodes[0].blk);
   out_text(o, title_of(kind, order));
   put_children(&tp, &t.nodes[0]);
   out_text(o, "\n");
   tree_free(&t);
   free(tp.indent);
}

/* ---- which ---- */

/* Is this number in "3,7-9"? The syntax was checked with the options. */
static int is_in_list(const char *list, unsigned long n)
{
   while (*list != '\0') {
      char *end;
      unsigned long from = strtoul(list, &end, 10), to = from;
      if (*end == '-')
         to = strtoul(end + 1, &end, 10);
      if (n >= from && n <= to)
         return 1;
      list = *end == ',' ? end + 1 : end;
   }
   return 0;
}

static int wants_tree(const view_opts *opts, const snapshot *s, uint32_t n)
{
   if (strcmp(opts->snapshots, "none") == 0)
      return 0;
   if (strcmp(opts->snapshots, "all") == 0)
      return 1;
   if (strcmp(opts->snapshots, "events") == 0)
      return s->kind != SNAP_PERIODIC;
   return is_in_list(opts->snapshots, n);
}

/* ---- the table ---- */

static void put_head(const report *r, out *o)
{
   char time[24];
   snprintf(time, sizeof time, "time(%s)", report_unit(r));
   out_text(o, "\n   n");
   text_cell(o, -18, time);
   out_text(o, "      heap(B)    blocks     floor(B)   ceiling(B)       RSS(B)    mapped(B)  kind\n");
   text_rule(o);
}

static void put_row(out *o, const snapshot *s, uint32_t n)
{
   out_printf(o, "%4u", (unsigned)n);
   text_count_cell(o, -18, s->time);
   text_count_cell(o, -13, s->live_B);
   text_count_cell(o, -10, s->live_blk);
   text_count_cell(o, -13, s->floor_B);
   text_count_cell(o, -13, s->ceiling_B);
   if (s->kind == SNAP_PEAK) {
      text_cell(o, -13, "-");
      text_cell(o, -13, "-");
   } else {
      text_count_cell(o, -13, s->rss_B);
      text_count_cell(o, -13, s->mapped_B);
   }
   out_text(o, "  ");
   out_text(o, snapshot_kind_name(s->kind));
   if (s->name[0] != '\0') {
      out_text(o, " ");
      out_name(o, s->name);
   }
   out_text(o, "\n");
}

void text_snapshots(const report *r, const view_opts *opts, out *o)
{
   holding *held = mem_zalloc(r->p->n_accounts, sizeof *held);
   int needs_head = 1, n_trees = 0;
   text_title(o, "Snapshots; floor and ceiling are the exact bounds of the interval before");
   for (uint32_t i = 0; i < r->snaps.n; i++) {
      const snapshot *s = &r->snaps.s[i];
      if (needs_head)
         put_head(r, o);
      put_row(o, s, i);
      needs_head = wants_tree(opts, s, i);
      if (!needs_head)
         continue;
      n_trees++;
      if (!s->has_rows) {
         out_text(o, "     (only totals were kept of this snapshot)\n");
         continue;
      }
      snapshot_rows(r->p, s, held);
      if (opts->tree != TREES_CONTEXT)
         put_tree(r, opts, o, held, LG_ACCOUNT_HEAP, TREE_BY_STACK);
      if (opts->tree == TREES_CONTEXT || (opts->tree == TREES_BOTH && r->p->n_contexts > 1))
         put_tree(r, opts, o, held, LG_ACCOUNT_HEAP, TREE_BY_CONTEXT);
      if (s->kind == SNAP_FINAL)
         put_tree(r, opts, o, held, LG_ACCOUNT_MAPPING, TREE_BY_STACK);
   }
   if (n_trees == 0 && strcmp(opts->snapshots, "none") != 0)
      out_printf(o, "\n(no snapshot has a number in %s)\n", opts->snapshots);
   free(held);
}
