/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include "domain_view.h"
#include "lg_scale.h"
#include "mem.h"
#include "source.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- accounts ---- */

/* What source_init() could not know of an account. */
static void finish_summary(const report *r, uint32_t account)
{
   account_summary *sum = &r->sums[account];
   int64_t judged_B = report_account(r, account)->judged_B;
   sum->held_B = r->analysis.n_judged == 0 ? sum->end_B : judged_B > 0 ? (uint64_t)judged_B : 0;
   if (sum->peak_B > 0)
      sum->peak_time = report_interval_end(r, sum->peak_interval);
}

/* What accounts are ordered by; a copy, since qsort() has no context. */
typedef struct {
   const report *r;
   uint32_t account;
   int class;     /* 0 growing, 1 other heap accounts, 2 other mappings */
   uint64_t size; /* grown bytes of growing accounts, of others what they held at the end of what was judged */
} ranked;

static int compare_stacks(const profile *p, uint32_t a, uint32_t b)
{
   const stack *x = &p->stacks[p->accounts[a].stack], *y = &p->stacks[p->accounts[b].stack];
   for (uint32_t i = 0; i < x->n && i < y->n; i++) {
      uint32_t gx = p->frame_group[x->frames[i]], gy = p->frame_group[y->frames[i]];
      if (gx != gy)
         return gx < gy ? -1 : 1;
   }
   return (x->n > y->n) - (x->n < y->n);
}

static int compare_u64(uint64_t a, uint64_t b) /* the larger one first */
{
   return (a < b) - (a > b);
}

static int by_rank(const void *a, const void *b)
{
   const ranked *x = a, *y = b;
   const account_summary *sx = &x->r->sums[x->account], *sy = &y->r->sums[y->account];
   if (x->class != y->class)
      return x->class - y->class;
   int order = compare_u64(x->size, y->size);
   if (order == 0)
      order = compare_u64(sx->peak_B, sy->peak_B);
   if (order == 0)
      order = compare_u64(sx->total_B, sy->total_B);
   if (order == 0)
      order = compare_stacks(x->r->p, x->account, y->account);
   return order != 0 ? order : (x->account > y->account) - (x->account < y->account);
}

/* An id that stood for a merged account when the profile was rewritten: nothing is to be said of it. */
static int is_reserved(const report *r, uint32_t account)
{
   return r->p->accounts[account].kind == LG_ACCOUNT_HEAP && r->p->accounts[account].stack == 0 &&
          r->sums[account].total_blk == 0;
}

static void order_accounts(report *r)
{
   size_t n = r->p->n_accounts;
   ranked *list = mem_zalloc(n, sizeof *list);
   for (uint32_t a = 1; a < n; a++) {
      if (r->p->accounts[a].kind > LG_ACCOUNT_MAPPING || is_reserved(r, a))
         continue;
      const lg_account_result *result = report_account(r, a);
      int is_growing = result->trend.verdict == LG_GROWING;
      int64_t grown_B = result->trend.grown_B > 0 ? result->trend.grown_B : 0;
      int class = is_growing ? 0 : r->p->accounts[a].kind == LG_ACCOUNT_HEAP ? 1 : 2;
      list[r->n_order++] = (ranked){r, a, class, is_growing ? (uint64_t)grown_B : r->sums[a].held_B};
   }
   qsort(list, r->n_order, sizeof *list, by_rank);
   r->order = mem_zalloc(n, sizeof *r->order);
   for (uint32_t i = 0; i < r->n_order; i++)
      r->order[i] = list[i].account;
   free(list);
}

/* ---- public ---- */

static void *get_piece(void *self, size_t size)
{
   report *r = self;
   assert(r->n_pieces < LG_PIECES_MAX);
   return r->pieces[r->n_pieces++] = mem_alloc(size);
}

void report_make(report *r, const char *file, profile *p, const read_result *read)
{
   memset(r, 0, sizeof *r);
   r->file = file;
   r->p = p;
   r->read = *read;
   source_init(&r->src, p);
   lg_params params;
   lg_params_init(&params);
   lg_memory memory = {r, get_piece};
   if (!lg_analysis_run(&r->src, &params, &memory, &r->analysis))
      mem_exhausted(SIZE_MAX); /* it did not even ask: get_piece() does not fail */
   r->scratch = mem_alloc(sizeof *r->scratch);
   r->snaps = snapshots_list(p);
   r->sums = p->sums;
   for (uint32_t a = 1; a < p->n_accounts; a++)
      finish_summary(r, a);
   order_accounts(r);
   r->census_order = groups_order(&r->analysis);
   r->domain_order = domain_view_order(r);
}

void report_free(report *r)
{
   snapshots_free(&r->snaps);
   free(r->order);
   free(r->census_order);
   free(r->domain_order);
   for (uint32_t i = 0; i < r->n_pieces; i++)
      free(r->pieces[i]);
   free(r->scratch);
   profile_free(r->p);
}

const lg_account_result *report_account(const report *r, uint32_t account)
{
   return &r->analysis.accounts[account - 1];
}

const char *report_shape(const report *r, uint32_t account)
{
   return lg_shape_name(lg_account_shape(&r->src, &r->analysis, account - 1, r->scratch));
}

/* The tool makes this frame up: it has a name and no object. */
static int is_merged_stack(const profile *p, uint32_t stack)
{
   const frame *fr = p->stacks[stack].n == 1 ? &p->frames[p->stacks[stack].frames[0]] : NULL;
   return fr != NULL && fr->object == 0 && strcmp(p->fns.name[fr->fn], "(other)") == 0;
}

uint64_t report_merged_B(const report *r)
{
   uint64_t sum = 0;
   for (uint32_t i = 0; i < r->n_order; i++)
      if (r->p->accounts[r->order[i]].kind == LG_ACCOUNT_HEAP &&
          is_merged_stack(r->p, r->p->accounts[r->order[i]].stack))
         sum = lg_sum(sum, r->sums[r->order[i]].held_B);
   return sum;
}

uint64_t report_counter(const report *r, const char *name)
{
   const profile_state *s = &r->p->now;
   for (uint32_t i = 0; i < s->n_counters; i++)
      if (strcmp(s->counters[i].name, name) == 0)
         return s->counters[i].value;
   return 0;
}

uint32_t report_records(const report *r, uint32_t account, lg_rec *recs)
{
   history_unpack(&r->p->accounts[account].hist, r->p->shift, r->p->scratch);
   return history_records(r->p->scratch, recs);
}

uint64_t report_interval_end(const report *r, uint32_t interval)
{
   const profile *p = r->p;
   return interval + 1 == p->n_intervals ? r->snaps.s[r->snaps.n - 1].time : p->totals[interval].time;
}

const char *report_end(const report *r)
{
   switch (r->p->now.end) {
   case END_EXIT:
   case END_EXEC:
      return "exit";
   case END_SIGNAL:
      return "signal";
   case END_RUNNING:
      break;
   }
   return r->read.status == READ_OK ? "running" : "truncated";
}

const char *report_unit(const report *r)
{
   switch (r->p->unit) {
   case 'B':
      return "B";
   case 'i':
      return "i";
   case 't':
      return "ticks";
   default:
      return "ms";
   }
}
