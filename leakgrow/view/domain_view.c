/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain_view.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
   uint64_t B, blk;
   uint32_t account;
} retirer;

static int by_backlog(const void *a, const void *b)
{
   const retirer *x = a, *y = b;
   if (x->B != y->B)
      return x->B > y->B ? -1 : 1;
   if (x->blk != y->blk)
      return x->blk > y->blk ? -1 : 1;
   return (x->account > y->account) - (x->account < y->account);
}

static void add_retirers(domain_view *v, const report *r)
{
   const profile *p = r->p;
   retirer *list = NULL;
   size_t cap = 0;
   for (uint32_t a = 1; a < p->n_accounts; a++) {
      if (p->accounts[a].kind != LG_ACCOUNT_RETIRED || p->accounts[a].context != v->info.context ||
          p->accounts[a].stack == 0)
         continue;
      list = mem_grow(list, &cap, v->n_retirers + 1, sizeof *list);
      list[v->n_retirers++] = (retirer){r->sums[a].peak_B, r->sums[a].total_blk, a};
   }
   if (v->n_retirers == 0)
      return;
   qsort(list, v->n_retirers, sizeof *list, by_backlog);
   v->retirers = mem_zalloc(v->n_retirers, sizeof *v->retirers);
   for (uint32_t i = 0; i < v->n_retirers; i++)
      v->retirers[i] = list[i].account;
   free(list);
}

domain_view *domain_view_make(const report *r, uint32_t domain)
{
   domain_view *v = mem_zalloc(1, sizeof *v);
   v->domain = domain;
   v->result = &r->analysis.domains[domain];
   r->src.domain(r->src.self, domain, &v->info);
   r->src.domain_points(r->src.self, domain, v->points);
   if (v->result->backlog != UINT32_MAX)
      r->src.series(r->src.self, v->result->backlog, &v->backlog);
   add_retirers(v, r);
   return v;
}

void domain_view_free(domain_view *v)
{
   free(v->retirers);
   free(v);
}

typedef struct {
   const report *r;
   uint32_t domain;
   const char *name;
} ranked;

static int by_rank(const void *a, const void *b)
{
   const ranked *x = a, *y = b;
   const lg_domain_result *dx = &x->r->analysis.domains[x->domain], *dy = &y->r->analysis.domains[y->domain];
   uint32_t fx = dx->finding - 1, fy = dy->finding - 1; /* no finding: the largest number */
   if (fx != fy)
      return fx < fy ? -1 : 1;
   if (dx->peak_B != dy->peak_B)
      return dx->peak_B > dy->peak_B ? -1 : 1;
   if (dx->peak_objects != dy->peak_objects)
      return dx->peak_objects > dy->peak_objects ? -1 : 1;
   int order = strcmp(x->name, y->name);
   return order != 0 ? order : (x->domain > y->domain) - (x->domain < y->domain);
}

uint32_t *domain_view_order(const report *r)
{
   uint32_t n = r->src.n_domains;
   ranked *list = mem_zalloc(n + 1, sizeof *list);
   uint32_t *order = mem_zalloc(n + 1, sizeof *order);
   for (uint32_t d = 0; d < n; d++) {
      lg_domain_info info;
      r->src.domain(r->src.self, d, &info);
      list[d] = (ranked){r, d, info.name};
   }
   qsort(list, n, sizeof *list, by_rank);
   for (uint32_t i = 0; i < n; i++)
      order[i] = list[i].domain;
   free(list);
   return order;
}
