/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The difference of two runs for programs. Its fields are a contract (docs/JSON.md): they are added to, never renamed. */
#include "compare.h"

#include "diff_domain.h"
#include "json.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

static void put_run(json *j, const char *key, const report *r)
{
   json_key(j, key);
   json_object(j);
   json_key_string(j, "file", r->file);
   json_key_string(j, "verdict", lg_verdict_name(r->analysis.verdict));
   json_key_string(j, "end", report_end(r));
   json_key_string(j, "time_unit", report_unit(r));
   json_object_end(j);
}

static void put_side(json *j, const char *key, const ledger *l, size_t entry)
{
   json_key(j, key);
   if (entry == 0) {
      json_null(j);
      return;
   }
   const ledger_entry *e = &l->e[entry - 1];
   json_object(j);
   json_key_string(j, "verdict", lg_verdict_name(e->verdict));
   static const lg_slope unknown = {0};
   int is_count = e->rates.is_count;
   json_key_u64(j, "held_B", is_count ? 0 : e->held_B);
   json_key_u64(j, "live_B", is_count ? 0 : e->live_B);
   json_key_u64(j, "grown_B", is_count ? 0 : e->grown_B);
   json_key_slope(j, "slope_B_per_s", is_count ? &unknown : &e->rates.per_s);
   json_key_slope(j, "slope_B_per_tick", is_count ? &unknown : &e->rates.per_tick);
   if (is_count) {
      json_key_u64(j, "held", e->held_B);
      json_key_u64(j, "open", e->live_B);
      json_key_u64(j, "grown", e->grown_B);
      json_key_slope(j, "slope_per_s", &e->rates.per_s);
      json_key_slope(j, "slope_per_tick", &e->rates.per_tick);
   }
   json_object_end(j);
}

/* A symbol is "function\tobject". */
static void put_frame(json *j, const char *pair)
{
   const char *tab = strchr(pair, '\t');
   char *fn = mem_string(pair, tab != NULL ? (size_t)(tab - pair) : strlen(pair));
   json_object(j);
   json_key_string(j, "fn", fn);
   json_key_string(j, "object", tab != NULL ? tab + 1 : "");
   json_object_end(j);
   free(fn);
}

static void put_row(json *j, const comparison *c, const diff_row *row)
{
   static const char *const hows[] = {"none", "same", "folded", "inlined"};
   const ledger *l = row->now != 0 ? c->now : c->old;
   const ledger_entry *e = &l->e[(row->now != 0 ? row->now : row->old) - 1];
   char sentence[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, sentence, sizeof sentence);
   compare_sentence(c, row, &t);
   json_object(j);
   json_key_string(j, "status", diff_status_name(row->status));
   json_key_string(j, "about", lg_about_name(e->about));
   json_key_string(j, "title", row->title);
   json_key_string(j, "text", sentence);
   json_key_string(j, "match", hows[e->how]);
   json_key_string(j, "context", l->symbols->name[e->context]);
   json_key(j, "stack");
   json_array(j);
   for (uint32_t i = 0; i < e->n_frames; i++)
      put_frame(j, l->symbols->name[e->frames[i]]);
   json_array_end(j);
   put_side(j, "old", c->old, row->old);
   put_side(j, "new", c->now, row->now);
   json_object_end(j);
}

void diff_json(const comparison *c, uint64_t limit, out *o)
{
   json j;
   json_open(&j, o);
   json_object(&j);
   json_key_string(&j, "format", "leakgrow-diff");
   json_key_u64(&j, "version", 1);
   put_run(&j, "old", c->old_report);
   put_run(&j, "new", c->now_report);
   json_key(&j, "growth");
   json_object(&j);
   for (int s = 0; s < N_DIFFS; s++)
      json_key_u64(&j, diff_status_name((diff_status)s), c->count[s]);
   json_object_end(&j);
   json_key(&j, "places");
   json_array(&j);
   size_t end = limit == 0 || limit > c->n - c->n_growing ? c->n : c->n_growing + (size_t)limit;
   for (size_t i = 0; i < end; i++)
      put_row(&j, c, &c->rows[i]);
   json_array_end(&j);
   diff_domains_json(c->old_report, c->now_report, &j);
   json_object_end(&j);
   json_close(&j);
}
