/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contexts.h"

#include "mem.h"

#include <stdlib.h>

static int by_held(const void *a, const void *b)
{
   const context_sum *x = a, *y = b;
   if ((x->n_accounts != 0) != (y->n_accounts != 0))
      return x->n_accounts != 0 ? -1 : 1;
   if (x->held_B != y->held_B)
      return x->held_B > y->held_B ? -1 : 1;
   if (x->total_B != y->total_B)
      return x->total_B > y->total_B ? -1 : 1;
   return (x->id > y->id) - (x->id < y->id);
}

static void add_account(const report *r, uint32_t account, context_sum *s)
{
   lg_verdict verdict = report_account(r, account)->trend.verdict;
   const account_summary *sum = &r->sums[account];
   s->held_B += sum->held_B;
   s->live_B += sum->live_B;
   s->live_blk += sum->live_blk;
   s->total_B += sum->total_B;
   s->total_blk += sum->total_blk;
   s->n_accounts++;
   s->n_growing += verdict == LG_GROWING;
   s->n_undecided += verdict == LG_INCONCLUSIVE;
}

context_list contexts_list(const report *r)
{
   const profile *p = r->p;
   context_list l = {mem_zalloc(p->n_contexts, sizeof *l.s), 0, 0};
   for (uint32_t c = 0; c < p->n_contexts; c++)
      l.s[c].id = c;
   for (uint32_t a = 1; a < p->n_accounts; a++) {
      if (p->accounts[a].kind != LG_ACCOUNT_HEAP)
         continue;
      add_account(r, a, &l.s[p->accounts[a].context]);
      l.held_B += r->sums[a].held_B;
   }
   qsort(l.s, p->n_contexts, sizeof *l.s, by_held);
   while (l.n < p->n_contexts && l.s[l.n].n_accounts != 0) {
      context_sum *s = &l.s[l.n++];
      s->verdict = s->n_growing != 0 ? LG_GROWING : s->n_undecided != 0 ? LG_INCONCLUSIVE : LG_BOUNDED;
   }
   return l;
}

void contexts_free(context_list *l)
{
   free(l->s);
   l->s = NULL;
   l->n = 0;
}
