/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON report. Its fields are a contract (docs/JSON.md): they are added to, never renamed, never dropped. */
#include "render_json.h"

#include "lg_format.h"

/* ---- parts ---- */

static void put_frame(json *j, const profile *p, uint32_t id)
{
   const frame *f = &p->frames[id];
   json_object(j);
   json_key_string(j, "fn", p->fns.name[f->fn]);
   json_key_string(j, "file", p->files.name[f->file]);
   json_key_u64(j, "line", f->line);
   json_key_string(j, "object", p->objects.name[f->object]);
   json_object_end(j);
}

void json_put_stack(json *j, const char *key, const profile *p, const uint32_t *frames, uint32_t n)
{
   json_key(j, key);
   json_array(j);
   for (uint32_t i = 0; i < n; i++)
      put_frame(j, p, frames[i]);
   json_array_end(j);
}

void json_put_account_stack(json *j, const char *key, const profile *p, uint32_t account)
{
   const stack *st = &p->stacks[p->accounts[account].stack];
   json_put_stack(j, key, p, st->frames, st->n);
}

/* The depth is limited by the reader. */
void json_put_context(json *j, const profile *p, uint32_t id)
{
   uint32_t path[LG_CONTEXT_DEPTH_MAX], n = 0;
   for (; id != 0 && n < LG_CONTEXT_DEPTH_MAX; id = p->contexts[id].parent)
      path[n++] = id;
   json_key(j, "context");
   json_array(j);
   while (n > 0)
      json_string(j, p->contexts[path[--n]].label);
   json_array_end(j);
}

static void put_empty_array(json *j, const char *key)
{
   json_key(j, key);
   json_array(j);
   json_array_end(j);
}

/* ---- sections ---- */

static void put_head(json *j, const report *r)
{
   const profile *p = r->p;
   const snapshot *last = &r->snaps.s[r->snaps.n - 1];
   json_key_string(j, "format", "leakgrow-report");
   json_key_u64(j, "version", 1);
   json_key_string(j, "tool_version", p->tool_version);
   json_key(j, "command");
   json_array(j);
   for (size_t i = 0; i < p->n_args; i++)
      json_string(j, p->args[i]);
   json_array_end(j);
   json_key_u64(j, "pid", p->pid);
   json_key_string(j, "time_unit", report_unit(r));
   json_key_string(j, "end", report_end(r));
   json_key_u64(j, "end_code", r->p->now.end_code);
   json_key_u64(j, "duration", p->now.end == END_RUNNING ? last->time : p->now.end_time);
}

static void put_totals(json *j, const report *r)
{
   const profile_state *s = &r->p->now;
   const snapshot *last = &r->snaps.s[r->snaps.n - 1];
   json_key(j, "totals");
   json_object(j);
   json_key_u64(j, "allocs", last->allocs);
   json_key_u64(j, "frees", last->frees);
   json_key_u64(j, "allocated_B", last->allocated_B);
   json_key_u64(j, "live_B", last->live_B);
   json_key_u64(j, "live_blocks", last->live_blk);
   json_key_u64(j, "peak_B", s->peak_B);
   json_key_u64(j, "peak_time", s->peak_time);
   json_key_u64(j, "ticks", last->ticks);
   json_key_u64(j, "tool_B", r->p->totals[r->p->n_intervals - 1].tool_B);
   json_key_u64(j, "books_B", report_counter(r, "books-B"));
   json_key_u64(j, "file_B", r->read.file_B);
   json_key_u64(j, "merged_B", report_merged_B(r));
   json_object_end(j);
}

static void put_snapshots(json *j, const report *r)
{
   json_key(j, "snapshots");
   json_array(j);
   for (uint32_t i = 0; i < r->snaps.n; i++) {
      const snapshot *s = &r->snaps.s[i];
      json_object(j);
      json_key_u64(j, "time", s->time);
      json_key_u64(j, "live_B", s->live_B);
      json_key_u64(j, "live_blocks", s->live_blk);
      json_key_u64(j, "floor_B", s->floor_B);
      json_key_u64(j, "ceiling_B", s->ceiling_B);
      json_key_u64(j, "ticks", s->ticks);
      json_key_u64(j, "rss_B", s->rss_B);
      json_key_u64(j, "mapped_B", s->mapped_B);
      json_key_string(j, "kind", snapshot_kind_name(s->kind));
      if (s->kind == SNAP_MARK || (s->kind == SNAP_REQUEST && *s->name))
         json_key_string(j, "mark", s->name);
      json_object_end(j);
   }
   json_array_end(j);
}

/* What a finding about spans or tasks has besides; its slopes are of instances, not of bytes. */
static void put_instances(json *j, const report *r, const lg_finding *f)
{
   static const lg_slope unknown = {0};
   json_key_slope(j, "slope_B_per_s", &unknown);
   json_key_slope(j, "slope_B_per_tick", &unknown);
   json_key_string(j, "instances", f->instances == LG_ACCOUNT_TASK ? "task" : "span");
   json_put_label(j, r, f->account + 1);
   json_key_u64(j, "held", f->judged_blk);
   json_key_u64(j, "opened", f->opened);
   json_key_u64(j, "oldest_age", f->oldest_age);
   json_key_slope(j, "slope_per_s", &f->per_s);
   json_key_slope(j, "slope_per_tick", &f->per_tick);
   json_put_misuse(j, f->misuse);
}

/* What findings of kinds lag and stall have besides. */
static void put_domain_of(json *j, const report *r, const lg_finding *f)
{
   lg_domain_info info;
   lg_incident i;
   r->src.domain(r->src.self, f->domain - 1, &info);
   json_key_string(j, "domain", info.name);
   if (f->incident == 0)
      return;
   r->src.domain_incident(r->src.self, f->domain - 1, f->incident - 1, &i);
   json_key_string(j, "diagnosis", lg_stall_name(i.diagnosis));
   json_key_string(j, "thread", i.thread_name);
   json_key_u64(j, "thread_number", i.thread);
}

static void put_finding(json *j, const report *r, uint32_t n)
{
   const lg_finding *f = &r->analysis.findings[n];
   const profile *p = r->p;
   const uint32_t *frames;
   uint32_t n_frames = lg_finding_stack(&r->src, f, &frames);
   char sentence[LG_SENTENCE_MAX];
   lg_text text;
   lg_text_init(&text, sentence, sizeof sentence);
   lg_word_finding(&text, &r->src, f);
   json_object(j);
   json_key_string(j, "kind", lg_finding_kind_name(f->kind));
   json_key_string(j, "about", lg_about_name(f->about));
   json_key_string(j, "verdict", lg_verdict_name(f->trend.verdict));
   json_key_string(j, "shape", lg_shape_name(f->trend.shape));
   json_put_context(j, p, f->context);
   json_put_stack(j, "stack", p, frames, n_frames);
   if (f->instances != LG_ACCOUNT_HEAP)
      json_put_account_stack(j, "creation_stack", p, f->account + 1);
   else
      put_empty_array(j, "creation_stack");
   json_key_string(j, "text", sentence);
   json_key_u64(j, "live_B", f->live_B);
   json_key_u64(j, "live_blocks", f->live_blk);
   json_key_u64(j, "change_B", f->change_B);
   json_key_u64(j, "change_blocks", f->change_blk);
   json_key_u64(j, "begin", f->begin);
   json_key_u64(j, "end", f->end);
   if (f->instances != LG_ACCOUNT_HEAP) {
      put_instances(j, r, f);
   } else {
      json_key_slope(j, "slope_B_per_s", &f->per_s);
      json_key_slope(j, "slope_B_per_tick", &f->per_tick);
   }
   if (f->domain != 0)
      put_domain_of(j, r, f);
   json_key_u64(j, "rank", n + 1);
   json_object_end(j);
}

static void put_findings(json *j, const report *r)
{
   json_key(j, "findings");
   json_array(j);
   for (uint32_t i = 0; i < r->analysis.n_findings; i++)
      put_finding(j, r, i);
   json_array_end(j);
}

static void put_statements(json *j, const report *r)
{
   char sentence[LG_SENTENCE_MAX];
   lg_text text;
   json_key_string(j, "verdict", lg_verdict_name(r->analysis.verdict));
   json_key(j, "statements");
   json_array(j);
   for (uint32_t i = 0;; i++) {
      lg_text_init(&text, sentence, sizeof sentence);
      if (!lg_word_statement(&text, &r->src, &r->analysis, i))
         break;
      json_string(j, sentence);
   }
   json_array_end(j);
}

/* Makes the last record that of the last interval, and its end what the account held at the end of the recording: teardown
 * may have no records. Returns the number of records. */
static uint32_t complete_series(const report *r, uint32_t account, lg_rec *recs, uint32_t n)
{
   const account_summary *s = &r->sums[account];
   uint32_t last = r->p->n_intervals - 1;
   if (n == 0 || recs[n - 1].index != last) {
      lg_rec quiet = {.index = last};
      if (n != 0) {
         quiet.min_B = quiet.max_B = recs[n - 1].end_B;
         quiet.min_blk = quiet.max_blk = recs[n - 1].end_blk;
      }
      recs[n++] = quiet;
   }
   lg_rec *end = &recs[n - 1];
   end->end_B = s->live_B;
   end->end_blk = (uint32_t)s->live_blk;
   end->min_B = end->min_B < s->live_B ? end->min_B : s->live_B;
   end->max_B = end->max_B > s->live_B ? end->max_B : s->live_B;
   return n;
}

/* One point per interval in which something happened, and one for the last interval. */
static void put_series(json *j, const report *r, uint32_t account)
{
   lg_rec recs[LG_INTERVALS_MAX];
   uint32_t n = complete_series(r, account, recs, report_records(r, account, recs));
   json_key(j, "series");
   json_array(j);
   for (uint32_t i = 0; i < n; i++) {
      json_object(j);
      json_key_u64(j, "time", report_interval_end(r, recs[i].index));
      json_key_u64(j, "live_B", recs[i].end_B);
      json_key_u64(j, "floor_B", recs[i].min_B);
      json_key_u64(j, "ceiling_B", recs[i].max_B);
      json_key_u64(j, "live_blocks", recs[i].end_blk);
      json_object_end(j);
   }
   json_array_end(j);
}

static void put_account(json *j, const report *r, uint32_t account)
{
   const profile *p = r->p;
   const stack *st = &p->stacks[p->accounts[account].stack];
   const account_summary *s = &r->sums[account];
   const lg_trend *t = &report_account(r, account)->trend;
   json_object(j);
   json_put_context(j, p, p->accounts[account].context);
   json_put_stack(j, "stack", p, st->frames, st->n);
   json_key_string(j, "verdict", lg_verdict_name(t->verdict));
   json_key_string(j, "shape", report_shape(r, account));
   json_key_u64(j, "live_B", s->live_B);
   json_key_u64(j, "live_blocks", s->live_blk);
   json_key_u64(j, "total_B", s->total_B);
   json_key_u64(j, "total_blocks", s->total_blk);
   json_key_u64(j, "peak_B", s->peak_B);
   json_key_u64(j, "peak_time", s->peak_time);
   put_series(j, r, account);
   json_object_end(j);
}

static void put_accounts(json *j, const report *r, const char *key, lg_account_kind kind, uint64_t limit)
{
   json_key(j, key);
   json_array(j);
   for (uint32_t i = 0; i < r->n_order && limit > 0; i++) {
      if (r->p->accounts[r->order[i]].kind != kind)
         continue;
      put_account(j, r, r->order[i]);
      limit--;
   }
   json_array_end(j);
}

static void put_counters(json *j, const report *r)
{
   const profile_state *s = &r->p->now;
   json_key(j, "counters");
   json_object(j);
   for (uint32_t i = 0; i < s->n_counters; i++)
      json_key_u64(j, s->counters[i].name, s->counters[i].value);
   json_object_end(j);
}

void render_json(const report *r, const view_opts *opts, out *o)
{
   uint64_t limit = opts->top != 0 ? (uint64_t)opts->top : UINT64_MAX;
   json j;
   json_open(&j, o);
   json_object(&j);
   put_head(&j, r);
   put_totals(&j, r);
   put_statements(&j, r);
   put_snapshots(&j, r);
   put_findings(&j, r);
   put_accounts(&j, r, "accounts", LG_ACCOUNT_HEAP, limit);
   put_accounts(&j, r, "mappings", LG_ACCOUNT_MAPPING, limit);
   json_put_contexts(&j, r, limit);
   json_put_census(&j, r, limit);
   json_put_coverage(&j, r);
   json_put_domains(&j, r);
   put_counters(&j, r);
   json_object_end(&j);
   json_close(&j);
}
