/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON report: contexts, spans and tasks. */
#include "render_json.h"

#include "contexts.h"
#include "mem.h"

#include <stdlib.h>

void json_put_label(json *j, const report *r, uint32_t account)
{
   const profile *p = r->p;
   const census_entry *e = &p->census.e[p->accounts[account].census];
   json_key_string(j, "label", p->contexts[p->accounts[account].context].label);
   json_key_string(j, "file", p->files.name[e->file]);
   json_key_u64(j, "line", e->line);
}

void json_put_misuse(json *j, const uint64_t *misuse)
{
   json_key(j, "discipline");
   json_object(j);
   for (unsigned d = 0; d < LG_N_DISCIPLINES; d++)
      json_key_u64(j, lg_discipline_name((lg_discipline)d), misuse[d]);
   json_object_end(j);
}

/* One point per interval in which something was opened or closed, and one for the last. */
static void put_series(json *j, const report *r, uint32_t group, group_point *points)
{
   uint32_t n = r->p->n_intervals;
   groups_series(r->p, &r->analysis, group, points);
   json_key(j, "series");
   json_array(j);
   for (uint32_t i = 0; i < n; i++) {
      if (!points[i].has_moved && i + 1 < n)
         continue;
      json_object(j);
      json_key_u64(j, "time", report_interval_end(r, i));
      json_key_u64(j, "open", points[i].open);
      json_key_u64(j, "floor", points[i].floor);
      json_key_u64(j, "ceiling", points[i].ceiling);
      json_object_end(j);
   }
   json_array_end(j);
}

static void put_group(json *j, const report *r, uint32_t group, group_point *points)
{
   const lg_census_group *g = &r->analysis.census[group];
   json_object(j);
   json_key_string(j, "kind", g->kind == LG_ACCOUNT_TASK ? "task" : "span");
   json_put_label(j, r, g->account + 1);
   json_put_account_stack(j, "creation_stack", r->p, g->account + 1);
   json_key_u64(j, "contexts", g->n_accounts);
   json_key_u64(j, "open", g->open);
   json_key_u64(j, "opened", g->opened);
   json_key_u64(j, "closed", g->closed);
   json_key_u64(j, "held", g->held);
   json_key_u64(j, "oldest_age", g->oldest_age);
   json_key_u64(j, "retained_B", g->retained_B);
   json_key_string(j, "verdict", lg_verdict_name(g->trend.verdict));
   json_key_string(j, "shape", lg_shape_name(g->trend.shape));
   json_key_slope(j, "slope_per_s", &g->per_s);
   json_key_slope(j, "slope_per_tick", &g->per_tick);
   json_put_misuse(j, g->misuse);
   put_series(j, r, group, points);
   json_object_end(j);
}

void json_put_census(json *j, const report *r, uint64_t limit)
{
   group_point *points = mem_zalloc(r->p->n_intervals, sizeof *points);
   json_key(j, "census");
   json_array(j);
   for (uint32_t i = 0; i < r->analysis.n_census && i < limit; i++)
      put_group(j, r, r->census_order[i], points);
   json_array_end(j);
   free(points);
}

void json_put_contexts(json *j, const report *r, uint64_t limit)
{
   context_list l = contexts_list(r);
   json_key(j, "contexts");
   json_array(j);
   for (uint32_t i = 0; i < l.n && i < limit; i++) {
      const context_sum *s = &l.s[i];
      json_object(j);
      json_put_context(j, r->p, s->id);
      json_key_string(j, "verdict", lg_verdict_name(s->verdict));
      json_key_u64(j, "held_B", s->held_B);
      json_key_u64(j, "live_B", s->live_B);
      json_key_u64(j, "live_blocks", s->live_blk);
      json_key_u64(j, "total_B", s->total_B);
      json_key_u64(j, "total_blocks", s->total_blk);
      json_key_u64(j, "accounts", s->n_accounts);
      json_key_u64(j, "growing", s->n_growing);
      json_object_end(j);
   }
   json_array_end(j);
   contexts_free(&l);
}

void json_put_coverage(json *j, const report *r)
{
   const census *c = &r->p->census;
   json_key(j, "coverage");
   json_array(j);
   for (size_t i = 0; i < c->n_coverage; i++) {
      json_object(j);
      json_key_string(j, "name", c->coverage[i].name);
      json_key_string(j, "text", c->coverage[i].text);
      json_object_end(j);
   }
   json_array_end(j);
}
