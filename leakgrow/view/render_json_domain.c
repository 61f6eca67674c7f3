/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The `domains` of the JSON report: docs/JSON.md. */
#include "render_json.h"

#include "domain_view.h"

#include "lg_format.h"

/* Thousandths of milliseconds are microseconds. */
static void key_ms(json *j, const char *key, uint64_t us)
{
   json_key(j, key);
   json_milli(j, us > INT64_MAX ? INT64_MAX : (int64_t)us);
}

static void key_value(json *j, const char *key, uint64_t v, int is_time)
{
   if (is_time)
      key_ms(j, key, v);
   else
      json_key_u64(j, key, v);
}

static void put_lag(json *j, const report *r, uint32_t domain, lg_lag which)
{
   int is_time = which != LG_LAG_BYTES && which != LG_LAG_EPOCHS;
   lg_hist h;
   r->src.domain_lag(r->src.self, domain, which, &h);
   json_key(j, lg_lag_name(which));
   json_object(j);
   json_key_u64(j, "count", h.total);
   key_value(j, "p50", lg_hist_quantile(&h, 50, 100), is_time);
   key_value(j, "p95", lg_hist_quantile(&h, 95, 100), is_time);
   key_value(j, "p99", lg_hist_quantile(&h, 99, 100), is_time);
   key_value(j, "max", h.max, is_time);
   json_object_end(j);
}

static void put_stall(json *j, const report *r, uint32_t domain, uint32_t nth)
{
   const profile *p = r->p;
   lg_incident i;
   char sentence[LG_SENTENCE_MAX];
   lg_text text;
   r->src.domain_incident(r->src.self, domain, nth, &i);
   lg_text_init(&text, sentence, sizeof sentence);
   lg_word_incident(&text, &r->src, domain, nth);
   json_object(j);
   json_key_string(j, "diagnosis", lg_stall_name(i.diagnosis));
   json_key(j, "ended");
   json_bool(j, !i.is_open);
   json_key_string(j, "thread", i.thread_name);
   json_key_u64(j, "thread_number", i.thread);
   json_put_context(j, p, i.context);
   json_put_stack(j, "pin_stack", p, i.frames, i.n_frames);
   json_key_u64(j, "since", i.since);
   json_key_u64(j, "until", i.until);
   json_key_u64(j, "age", i.until - i.since);
   json_key_u64(j, "blocked_objects", i.objects);
   json_key_u64(j, "blocked_B", i.B);
   json_key_u64(j, "peak_blocked_objects", i.peak_objects);
   json_key_u64(j, "peak_blocked_B", i.peak_B);
   json_key_string(j, "text", sentence);
   json_object_end(j);
}

static void put_reader(json *j, const report *r, uint32_t domain, uint32_t nth)
{
   lg_reader d;
   r->src.domain_reader(r->src.self, domain, nth, &d);
   json_object(j);
   json_key_string(j, "thread", d.name);
   json_key_u64(j, "thread_number", d.thread);
   json_key_u64(j, "pins", d.pins);
   key_ms(j, "pinned_ms", d.pinned_us);
   key_ms(j, "observed_ms", d.observed_us);
   key_ms(j, "longest_ms", d.longest_us);
   json_key(j, "is_pinned");
   json_bool(j, d.is_pinned);
   json_key(j, "pinned_since");
   if (d.is_pinned)
      json_u64(j, d.since);
   else
      json_null(j);
   json_put_context(j, r->p, d.context);
   json_put_stack(j, "pin_stack", r->p, d.frames, d.n_frames);
   json_object_end(j);
}

static void put_retirer(json *j, const report *r, uint32_t account)
{
   const profile *p = r->p;
   const stack *st = &p->stacks[p->accounts[account].stack];
   const account_summary *s = &r->sums[account];
   json_object(j);
   json_put_stack(j, "stack", p, st->frames, st->n);
   json_key_u64(j, "retired", s->total_blk);
   json_key_u64(j, "backlog_objects", s->live_blk);
   json_key_u64(j, "backlog_B", s->live_B);
   json_object_end(j);
}

/* What waited, interval by interval, until exit began; then what was left. */
static void put_series(json *j, const report *r, const domain_view *v)
{
   json_key(j, "series");
   json_array(j);
   for (uint32_t i = 0; i < r->p->n_intervals; i++) {
      json_object(j);
      json_key_u64(j, "time", report_interval_end(r, i));
      json_key_u64(j, "backlog_objects", (uint64_t)v->backlog.end_blk[i]);
      json_key_u64(j, "backlog_B", (uint64_t)v->backlog.end_B[i]);
      json_key_u64(j, "floor_B", (uint64_t)v->backlog.min_B[i]);
      json_key_u64(j, "ceiling_B", (uint64_t)v->backlog.max_B[i]);
      json_key_u64(j, "floor_objects", (uint64_t)v->backlog.min_blk[i]);
      json_key_u64(j, "ceiling_objects", (uint64_t)v->backlog.max_blk[i]);
      json_key_u64(j, "epoch", v->points[i].epoch);
      json_key_u64(j, "advances", v->points[i].advances);
      json_key_u64(j, "pins", v->points[i].pins);
      json_object_end(j);
   }
   json_array_end(j);
}

static void put_numbers(json *j, const report *r, const domain_view *v)
{
   const lg_domain_result *d = v->result;
   json_key_string(j, "name", v->info.name);
   json_key_string(j, "scheme", lg_reclaim_name(v->info.scheme));
   json_key_string(j, "coverage", v->info.coverage);
   json_key_string(j, "verdict", lg_verdict_name(d->trend.verdict));
   json_key_string(j, "shape", lg_shape_name(d->trend.verdict == LG_GROWING ? LG_SHAPE_LAG : d->trend.shape));
   json_key_u64(j, "retired", d->retired);
   json_key_u64(j, "freed", d->retired - d->objects);
   json_key_u64(j, "advances", v->points[r->p->n_intervals - 1].advances);
   json_key_u64(j, "pins", v->points[r->p->n_intervals - 1].pins);
   json_key_u64(j, "backlog_objects", d->objects);
   json_key_u64(j, "backlog_B", d->B);
   json_key_u64(j, "peak_backlog_objects", d->peak_objects);
   json_key_u64(j, "peak_backlog_B", d->peak_B);
}

static void put_domain(json *j, const report *r, uint32_t domain)
{
   domain_view *v = domain_view_make(r, domain);
   json_object(j);
   put_numbers(j, r, v);
   for (int k = 0; k < LG_N_LAGS; k++)
      put_lag(j, r, domain, (lg_lag)k);
   json_key(j, "stalls");
   json_array(j);
   for (uint32_t i = 0; i < v->info.n_incidents; i++)
      put_stall(j, r, domain, i);
   json_array_end(j);
   json_key(j, "readers");
   json_array(j);
   for (uint32_t i = 0; i < v->info.n_readers; i++)
      put_reader(j, r, domain, i);
   json_array_end(j);
   json_key(j, "retired_by");
   json_array(j);
   for (uint32_t i = 0; i < v->n_retirers; i++)
      put_retirer(j, r, v->retirers[i]);
   json_array_end(j);
   put_series(j, r, v);
   json_object_end(j);
   domain_view_free(v);
}

void json_put_domains(json *j, const report *r)
{
   json_key(j, "domains");
   json_array(j);
   for (uint32_t i = 0; i < r->src.n_domains; i++)
      put_domain(j, r, r->domain_order[i]);
   json_array_end(j);
}
