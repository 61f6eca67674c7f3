/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reclamation domains of two runs side by side. A domain is found again by scheme and name; of several with one name the n-th is the n-th. */
#include "diff_domain.h"

#include "lg_format.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
   const report *r;
   uint32_t domain, nth; /* nth of its scheme and name, in the report's order */
   lg_domain_info info;
} entry;

static int by_name(const void *a, const void *b)
{
   const entry *x = a, *y = b;
   int order = strcmp(x->info.name, y->info.name);
   if (order == 0)
      order = (int)x->info.scheme - (int)y->info.scheme;
   return order != 0 ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

static entry *list_domains(const report *r)
{
   entry *list = mem_zalloc((size_t)r->src.n_domains + 1, sizeof *list);
   for (uint32_t i = 0; i < r->src.n_domains; i++) {
      list[i] = (entry){.r = r, .domain = r->domain_order[i], .nth = i};
      r->src.domain(r->src.self, list[i].domain, &list[i].info);
   }
   qsort(list, r->src.n_domains, sizeof *list, by_name);
   for (uint32_t i = 0; i < r->src.n_domains; i++) {
      int is_again = i > 0 && strcmp(list[i].info.name, list[i - 1].info.name) == 0 &&
                     list[i].info.scheme == list[i - 1].info.scheme;
      list[i].nth = is_again ? list[i - 1].nth + 1 : 0;
   }
   return list;
}

void diff_domains(const report *old, const report *now, void (*put)(void *self, const diff_domain *d), void *self)
{
   entry *a = list_domains(old), *b = list_domains(now);
   uint32_t i = 0, k = 0;
   while (i < old->src.n_domains || k < now->src.n_domains) {
      int order = i == old->src.n_domains ? 1 : k == now->src.n_domains ? -1 : by_name(&a[i], &b[k]);
      diff_domain d = {.old = UINT32_MAX, .now = UINT32_MAX, .info = order <= 0 ? &a[i].info : &b[k].info};
      if (order <= 0)
         d.old = a[i++].domain;
      if (order >= 0)
         d.now = b[k++].domain;
      put(self, &d);
   }
   free(a);
   free(b);
}

/* ---- text ---- */

typedef struct {
   const report *old, *now;
   out *o;
   json *j;
} target;

static void say_one(lg_text *t, const report *r, uint32_t domain)
{
   if (domain == UINT32_MAX) {
      lg_word_text(t, "not there");
      return;
   }
   const lg_domain_result *d = &r->analysis.domains[domain];
   lg_hist h;
   lg_domain_info info;
   r->src.domain(r->src.self, domain, &info);
   r->src.domain_lag(r->src.self, domain, LG_LAG_TIME, &h);
   lg_word_text(t, lg_verdict_name(d->trend.verdict));
   lg_word_text(t, ", ");
   lg_word_bytes(t, d->judged_B);
   lg_word_text(t, " in ");
   lg_word_count(t, d->judged_objects);
   lg_word_text(t, " waiting, at most ");
   lg_word_bytes(t, d->peak_B);
   if (h.total > 0) {
      lg_word_text(t, "; lag p50 ");
      lg_word_micros(t, lg_hist_quantile(&h, 50, 100));
      lg_word_text(t, ", p99 ");
      lg_word_micros(t, lg_hist_quantile(&h, 99, 100));
      lg_word_text(t, ", max ");
      lg_word_micros(t, h.max);
   }
   if (info.n_incidents > 0) {
      lg_word_text(t, "; stalls: ");
      lg_word_count(t, info.n_incidents);
   }
}

static void put_text(void *self, const diff_domain *d)
{
   target *g = self;
   words w;
   out_text(g->o, "  ");
   out_name(g->o, d->info->name);
   out_printf(g->o, " (%s)\n    old: ", lg_reclaim_name(d->info->scheme));
   words_begin(&w);
   say_one(&w.text, g->old, d->old);
   out_name(g->o, w.data);
   out_text(g->o, "\n    new: ");
   words_begin(&w);
   say_one(&w.text, g->now, d->now);
   out_name(g->o, w.data);
   out_text(g->o, "\n");
}

void diff_domains_text(const report *old, const report *now, out *o)
{
   target g = {old, now, o, NULL};
   if (old->src.n_domains == 0 && now->src.n_domains == 0)
      return;
   text_title(o, "Reclamation");
   diff_domains(old, now, put_text, &g);
}

/* ---- JSON ---- */

static void key_ms(json *j, const char *key, uint64_t us)
{
   json_key(j, key);
   json_milli(j, us > INT64_MAX ? INT64_MAX : (int64_t)us);
}

static void put_side(json *j, const char *key, const report *r, uint32_t domain)
{
   lg_hist h;
   lg_domain_info info;
   json_key(j, key);
   if (domain == UINT32_MAX) {
      json_null(j);
      return;
   }
   const lg_domain_result *d = &r->analysis.domains[domain];
   r->src.domain(r->src.self, domain, &info);
   r->src.domain_lag(r->src.self, domain, LG_LAG_TIME, &h);
   json_object(j);
   json_key_string(j, "verdict", lg_verdict_name(d->trend.verdict));
   json_key_u64(j, "retired", d->retired);
   json_key_u64(j, "held_objects", d->judged_objects);
   json_key_u64(j, "held_B", d->judged_B);
   json_key_u64(j, "peak_backlog_objects", d->peak_objects);
   json_key_u64(j, "peak_backlog_B", d->peak_B);
   json_key(j, "lag_ms");
   json_object(j);
   json_key_u64(j, "count", h.total);
   key_ms(j, "p50", lg_hist_quantile(&h, 50, 100));
   key_ms(j, "p95", lg_hist_quantile(&h, 95, 100));
   key_ms(j, "p99", lg_hist_quantile(&h, 99, 100));
   key_ms(j, "max", h.max);
   json_object_end(j);
   json_key_u64(j, "stalls", info.n_incidents);
   json_object_end(j);
}

static void put_json(void *self, const diff_domain *d)
{
   target *g = self;
   json_object(g->j);
   json_key_string(g->j, "name", d->info->name);
   json_key_string(g->j, "scheme", lg_reclaim_name(d->info->scheme));
   put_side(g->j, "old", g->old, d->old);
   put_side(g->j, "new", g->now, d->now);
   json_object_end(g->j);
}

void diff_domains_json(const report *old, const report *now, json *j)
{
   target g = {old, now, NULL, j};
   json_key(j, "domains");
   json_array(j);
   diff_domains(old, now, put_json, &g);
   json_array_end(j);
}
