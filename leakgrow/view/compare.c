/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compare.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static const ledger_entry *old_of(const comparison *c, const diff_row *row)
{
   return row->old != 0 ? &c->old->e[row->old - 1] : NULL;
}

static const ledger_entry *now_of(const comparison *c, const diff_row *row)
{
   return row->now != 0 ? &c->now->e[row->now - 1] : NULL;
}

static diff_status status_of(const ledger_entry *old, const ledger_entry *now)
{
   if (old == NULL || now == NULL)
      return old == NULL ? DIFF_NEW : DIFF_GONE;
   if (now->is_misuse)
      return DIFF_SAME;
   switch (lg_gate_change(old->verdict, &old->rates, now->verdict, &now->rates)) {
   case LG_CHANGE_STEEPER:
      return DIFF_STEEPER;
   case LG_CHANGE_FLATTER:
      return DIFF_FLATTER;
   case LG_CHANGE_UNSURE:
      return DIFF_UNSURE;
   case LG_CHANGE_NO_AXIS:
      return DIFF_INCOMPARABLE;
   case LG_CHANGE_SAME:
      break;
   }
   return DIFF_SAME;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
   return a > b ? a - b : b - a;
}

static void add_row(comparison *c, size_t old, size_t now)
{
   diff_row *row = &c->rows[c->n++];
   row->old = old;
   row->now = now;
   const ledger_entry *o = old_of(c, row), *n = now_of(c, row);
   row->status = status_of(o, n);
   row->is_growing = (o != NULL && o->verdict == LG_GROWING) || (n != NULL && n->verdict == LG_GROWING);
   row->is_count = (n != NULL ? n : o)->rates.is_count;
   row->title = now != 0 ? ledger_title(c->now, now - 1) : ledger_title(c->old, old - 1);
   if (row->is_growing)
      row->weight = n != NULL && n->grown_B != 0 ? n->grown_B : o != NULL ? o->grown_B : 0;
   else
      row->weight = distance(o != NULL ? o->held_B : 0, n != NULL ? n->held_B : 0);
   c->n_growing += (size_t)row->is_growing;
   c->count[row->status] += (size_t)row->is_growing;
}

static int by_rank(const void *a, const void *b)
{
   const diff_row *x = a, *y = b;
   if (x->is_growing != y->is_growing)
      return x->is_growing ? -1 : 1;
   if (x->is_growing && x->status != y->status)
      return x->status < y->status ? -1 : 1;
   if (x->is_count != y->is_count) /* spans and tasks come first where they grow, and last where they do not */
      return x->is_count == x->is_growing ? -1 : 1;
   if (x->weight != y->weight)
      return x->weight > y->weight ? -1 : 1;
   int order = strcmp(x->title, y->title);
   if (order == 0)
      order = (x->now > y->now) - (x->now < y->now);
   return order != 0 ? order : (x->old > y->old) - (x->old < y->old);
}

void compare_make(comparison *c, const report *old_report, const report *now_report, ledger *old, ledger *now)
{
   memset(c, 0, sizeof *c);
   c->old_report = old_report;
   c->now_report = now_report;
   c->old = old;
   c->now = now;
   c->rows = mem_zalloc(old->n + now->n, sizeof *c->rows);
   for (size_t i = 0; i < now->n; i++)
      add_row(c, now->e[i].match, i + 1);
   for (size_t i = 0; i < old->n; i++)
      if (old->e[i].match == 0)
         add_row(c, i + 1, 0);
   qsort(c->rows, c->n, sizeof *c->rows, by_rank);
}

void compare_free(comparison *c)
{
   free(c->rows);
   memset(c, 0, sizeof *c);
}

const char *diff_status_name(diff_status s)
{
   static const char *const names[N_DIFFS] = {"new", "steeper", "unsure", "incomparable", "same", "flatter", "gone"};
   return names[s];
}

void compare_sentence(const comparison *c, const diff_row *row, lg_text *t)
{
   const ledger_entry *o = old_of(c, row), *n = now_of(c, row);
   lg_place_change change = {.is_old = o != NULL, .is_now = n != NULL};
   change.is_misuse = (n != NULL ? n : o)->is_misuse;
   if (o != NULL) {
      change.verdict_old = o->verdict;
      change.rates_old = o->rates;
      change.held_old_B = o->held_B;
   }
   if (n != NULL) {
      change.verdict_now = n->verdict;
      change.rates_now = n->rates;
      change.held_now_B = n->held_B;
   }
   lg_word_place_change(t, &change);
}
