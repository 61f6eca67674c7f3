/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static int compare_down(uint64_t a, uint64_t b)
{
   return (a < b) - (a > b);
}

static int by_importance(const void *x, const void *y, void *census)
{
   uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
   const lg_census_group *a = (const lg_census_group *)census + i, *b = (const lg_census_group *)census + k;
   int order = (a->finding == 0) - (b->finding == 0);
   if (order == 0)
      order = (b->trend.verdict == LG_GROWING) - (a->trend.verdict == LG_GROWING);
   if (order == 0 && a->trend.verdict == LG_GROWING)
      order = compare_down((uint64_t)a->trend.grown_B, (uint64_t)b->trend.grown_B);
   if (order == 0)
      order = compare_down(a->held, b->held);
   if (order == 0)
      order = compare_down(a->opened, b->opened);
   return order != 0 ? order : (i > k) - (i < k);
}

uint32_t *groups_order(const lg_analysis *a)
{
   uint32_t *order = mem_zalloc((size_t)a->n_census + 1, sizeof *order);
   for (uint32_t i = 0; i < a->n_census; i++)
      order[i] = i;
   qsort_r(order, a->n_census, sizeof *order, by_importance, (void *)(uintptr_t)a->census);
   return order;
}

static void add_account(profile *p, uint32_t account, group_point *points)
{
   lg_rec recs[LG_INTERVALS_MAX];
   history_unpack(&p->accounts[account].hist, p->shift, p->scratch);
   uint32_t n = history_records(p->scratch, recs), next = 0;
   uint64_t open = 0;
   for (uint32_t i = 0; i < p->n_intervals; i++) {
      group_point *point = &points[i];
      int has_record = next < n && recs[next].index == i;
      point->floor += has_record ? recs[next].min_blk : open;
      point->ceiling += has_record ? recs[next].max_blk : open;
      point->has_moved |= has_record;
      if (has_record)
         open = recs[next++].end_blk;
      point->open += open;
   }
   if (!p->scratch->has_last)
      return;
   /* Teardown may have no records: the last point is the end of the recording. */
   group_point *last = &points[p->n_intervals - 1];
   last->open = last->open - open + p->scratch->last.live_blk;
   last->floor = last->floor < last->open ? last->floor : last->open;
   last->ceiling = last->ceiling > last->open ? last->ceiling : last->open;
}

void groups_series(profile *p, const lg_analysis *a, uint32_t group, group_point *points)
{
   const lg_census_group *g = &a->census[group];
   memset(points, 0, p->n_intervals * sizeof *points);
   for (uint32_t i = g->first; i < g->first + g->n_accounts; i++)
      add_account(p, a->census_accounts[i] + 1, points);
}

const char *groups_label(const profile *p, const lg_census_group *g)
{
   return p->contexts[p->accounts[g->account + 1].context].label;
}
