/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_inside: see lg_inside.h. */
#include "lg_inside.h"

#include "lg_account.h"
#include "lg_books.h"
#include "lg_context.h"
#include "lg_snapshot.h"
#include "lg_word.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

typedef UInt (*Say)(const HChar *format, ...);

typedef struct {
   ULong live_B, live_blk;
   UInt context;
} Row;

/* ---- contexts ---- */

/* Most bytes first, then as contexts were first entered. */
static Int compare_rows(const void *a, const void *b)
{
   const Row *x = a, *y = b;
   if (x->live_B != y->live_B)
      return x->live_B > y->live_B ? -1 : 1;
   return x->context < y->context ? -1 : x->context > y->context;
}

/* As lg_word_context(), without a source. */
static void word_path(lg_text *t, UInt context)
{
   UInt path[LG_CONTEXT_LABELS_MAX], n = 0;
   for (UInt c = context; c && n < LG_CONTEXT_LABELS_MAX; c = LG_(context_parent)(c))
      path[n++] = c;
   while (n-- > 0) {
      lg_word_text(t, LG_(context_label)(path[n]));
      lg_word_text(t, n ? " > " : "");
   }
}

static void say_row(const Row *r, Say say)
{
   HChar bytes[32], path[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, bytes, sizeof bytes);
   lg_word_bytes(&t, r->live_B);
   lg_text_init(&t, path, sizeof path);
   if (r->context)
      word_path(&t, r->context);
   else
      lg_word_text(&t, "(root)");
   say("%10s in %8llu blocks  %s\n", bytes, r->live_blk, path);
}

void LG_(inside_contexts)(UInt n, UInt (*say)(const HChar *format, ...))
{
   if (n == 0)
      return;
   UInt n_rows = LG_(context_count)() + 1;
   Row *rows = VG_(calloc)("lg.inside.rows.1", n_rows, sizeof *rows);
   for (UInt i = 0; i < n_rows; i++)
      rows[i].context = i;
   for (UInt id = 1; id <= LG_(account_count)(); id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      if (a->kind != LG_ACCOUNT_HEAP || a->context >= n_rows || LG_(account_is_merged)(a))
         continue;
      rows[a->context].live_B += a->live_B;
      rows[a->context].live_blk += a->live_blk;
   }
   VG_(ssort)(rows, n_rows, sizeof *rows, compare_rows);
   for (UInt i = 0; i < n_rows && i < n && rows[i].live_blk > 0; i++)
      say_row(&rows[i], say);
   say("%u contexts\n", n_rows - 1);
   VG_(free)(rows);
}

/* ---- census ---- */

/* The group with the most open instances after `last` in that order; of equals the one that comes first. NULL: no more. */
static const lg_census_group *next_group(const lg_analysis *an, const lg_census_group *last)
{
   const lg_census_group *best = NULL;
   for (UInt i = 0; i < an->n_census; i++) {
      const lg_census_group *g = &an->census[i];
      Bool is_after = !last || g->open < last->open || (g->open == last->open && g > last);
      if (is_after && (!best || g->open > best->open))
         best = g;
   }
   return best;
}

static void say_group(const LgBooks *b, const lg_census_group *g, Say say)
{
   HChar label[LG_SENTENCE_MAX], place[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, label, sizeof label);
   lg_word_label(&t, &b->source, g->account);
   lg_text_init(&t, place, sizeof place);
   lg_word_creation(&t, &b->source, g->account, 3);
   say("%8llu open, %llu opened, %llu closed: %s %s, created at %s\n", (ULong)g->open, (ULong)g->opened,
       (ULong)g->closed, g->kind == LG_ACCOUNT_TASK ? "task" : "span", label, place);
}

void LG_(inside_census)(UInt n, UInt (*say)(const HChar *format, ...))
{
   if (n == 0)
      return;
   LgBooks books;
   LG_(snapshot_flush)();
   if (!LG_(books_analyse)(&books)) {
      say("error: not enough memory to analyse %u accounts\n", books.source.n_accounts);
   } else {
      const lg_census_group *g = next_group(&books.analysis, NULL);
      for (UInt i = 0; g && i < n; i++, g = next_group(&books.analysis, g))
         say_group(&books, g, say);
      say("%u groups of spans and tasks\n", books.analysis.n_census);
   }
   LG_(books_release)(&books);
}
