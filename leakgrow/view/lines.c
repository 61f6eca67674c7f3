/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

#include "mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lines_note(lines *l, const char *format, ...)
{
   va_list args;
   va_start(args, format);
   vsnprintf(l->why, sizeof l->why, format, args);
   va_end(args);
}

void lines_init(lines *l, profile *p)
{
   l->p = p;
   l->why[0] = '\0';
   l->has_unit = l->has_base = 0;
   lines_begin(l);
}

void lines_begin(lines *l)
{
   l->event_account = 0;
   l->is_event_open = 0;
   l->has_interval = 0;
}

/* ---- fields ---- */

int lines_u64(lines *l, lg_fields *f, const char *what, uint64_t max, uint64_t *v)
{
   if (!lg_get_u64(f, v))
      return lines_fail(l, "the field %s is missing or is not a number", what);
   if (*v > max)
      return lines_fail(l, "%s is %" PRIu64 ", beyond %" PRIu64, what, *v, max);
   return 1;
}

int lines_u32(lines *l, lg_fields *f, const char *what, uint32_t max, uint32_t *v)
{
   uint64_t wide;
   if (!lines_u64(l, f, what, max, &wide))
      return 0;
   *v = (uint32_t)wide;
   return 1;
}

int lines_signed(lines *l, lg_fields *f, const char *what, int64_t *v)
{
   if (!lg_get_i64(f, v))
      return lines_fail(l, "the field %s is missing or is not a number", what);
   if (*v > MAX_CHANGE || *v < -MAX_CHANGE)
      return lines_fail(l, "%s is %" PRId64 ", too large", what, *v);
   return 1;
}

int lines_id(lines *l, lg_fields *f, const char *what, size_t n, int is_none_ok, uint32_t *id)
{
   uint64_t v;
   if (!lines_u64(l, f, what, INT32_MAX, &v))
      return 0;
   if (v >= n || (v == 0 && !is_none_ok))
      return lines_fail(l, "%s %" PRIu64 " is not defined", what, v);
   *id = (uint32_t)v;
   return 1;
}

int lines_account(lines *l, lg_fields *f, uint32_t *id)
{
   return lines_id(l, f, "account", l->p->n_accounts, /*is_none_ok*/ 0, id);
}

/* The id a definition gives: the next one of its table. */
static int take_new_id(lines *l, lg_fields *f, const char *what, size_t next)
{
   uint64_t v;
   if (!lines_u64(l, f, what, INT32_MAX, &v))
      return 0;
   return v == next ? 1 : lines_fail(l, "%s %" PRIu64 " is defined where %zu comes next", what, v, next);
}

static int take_interval(lines *l, lg_fields *f, uint32_t *index, uint32_t *shift)
{
   return lines_u32(l, f, "index", LG_INTERVALS_MAX - 1, index) && lines_u32(l, f, "shift", LG_SHIFT_MAX, shift);
}

int lines_string(lines *l, lg_fields *f, const char **s)
{
   long n = lg_get_string(f, l->text, sizeof l->text);
   if (n < 0)
      return lines_fail(l, "its text is missing or malformed");
   *s = profile_string(l->p, l->text, (size_t)n);
   return 1;
}

int lines_end(lines *l, const lg_fields *f)
{
   return lg_get_end(f) ? 1 : lines_fail(l, "something follows its last field");
}

int lines_full(lines *l)
{
   return lines_fail(l, "there are too many of its kind");
}

/* ---- head ---- */

static int head_number(lines *l, lg_fields *f, const char *name, uint64_t max, uint64_t *v)
{
   return lines_u64(l, f, name, max, v) && lines_end(l, f);
}

static int head_unit(lines *l, const char *s)
{
   if (strcmp(s, "ms") != 0 && strcmp(s, "B") != 0 && strcmp(s, "i") != 0 && strcmp(s, "ticks") != 0)
      return lines_fail(l, "its time unit is none of ms, B, i, ticks");
   l->p->unit = s[0];
   l->has_unit = 1;
   return 1;
}

static int head_arg(lines *l, const char *s)
{
   profile *p = l->p;
   p->args = mem_grow(p->args, &p->args_cap, p->n_args + 1, sizeof *p->args);
   p->args[p->n_args++] = s;
   return 1;
}

int lines_is_word(const char *word, size_t n, const char *name)
{
   return strlen(name) == n && memcmp(word, name, n) == 0;
}

int lines_head(lines *l, const char *line, const char *end)
{
   profile *p = l->p;
   lg_fields f = {line + 1, end};
   const char *word, *s;
   size_t n;
   if (line == end || *line != 'h' || !lg_get_word(&f, &word, &n))
      return lines_fail(l, "it is not a line of the head");
   if (lines_is_word(word, n, "pid"))
      return head_number(l, &f, "pid", MAX_TOTAL, &p->pid);
   if (lines_is_word(word, n, "start"))
      return head_number(l, &f, "start", MAX_TOTAL, &p->start);
   if (lines_is_word(word, n, "ppid"))
      return head_number(l, &f, "ppid", MAX_TOTAL, &p->ppid);
   if (lines_is_word(word, n, "depth"))
      return head_number(l, &f, "depth", MAX_TOTAL, &p->depth);
   if (lines_is_word(word, n, "heap-limit"))
      return head_number(l, &f, "heap-limit", MAX_TOTAL, &p->heap_limit_B);
   if (lines_is_word(word, n, "base")) {
      l->has_base = 1;
      if (!head_number(l, &f, "base", MAX_TOTAL, &p->base))
         return 0;
      return p->base != 0 ? 1 : lines_fail(l, "its base interval is 0");
   }
   if (!lines_string(l, &f, &s))
      return 0;
   if (lines_is_word(word, n, "tool"))
      p->tool_version = s;
   else if (lines_is_word(word, n, "valgrind"))
      p->valgrind_version = s;
   else if (lines_is_word(word, n, "desc"))
      p->desc = s;
   else if (lines_is_word(word, n, "unit"))
      return head_unit(l, s);
   else if (lines_is_word(word, n, "arg"))
      return head_arg(l, s);
   return 1; /* a name of the future */
}

int lines_head_end(lines *l)
{
   if (!l->has_unit)
      return lines_fail(l, "the head has no unit");
   return l->has_base ? 1 : lines_fail(l, "the head has no base");
}

/* ---- definitions ---- */

static int take_name(lines *l, lg_fields *f, const char *what, name_table *t)
{
   const char *s;
   if (!take_new_id(l, f, what, t->n) || !lines_string(l, f, &s))
      return 0;
   return profile_add_name(t, s) ? 1 : lines_full(l);
}

static int take_frame(lines *l, lg_fields *f)
{
   profile *p = l->p;
   frame fr;
   uint32_t inlined;
   if (!take_new_id(l, f, "frame", p->n_frames) || !lines_id(l, f, "function", p->fns.n, 1, &fr.fn) ||
       !lines_id(l, f, "object", p->objects.n, 1, &fr.object) ||
       !lines_id(l, f, "source file", p->files.n, 1, &fr.file) || !lines_u32(l, f, "line", UINT32_MAX, &fr.line) ||
       !lines_u32(l, f, "inlined", 1, &inlined) || !lines_end(l, f))
      return 0;
   fr.is_inlined = (uint8_t)inlined;
   return profile_add_frame(p, &fr) ? 1 : lines_full(l);
}

/* The id of a definition that may have been reserved before: any up to the next one. */
static int take_reserved_id(lines *l, lg_fields *f, const char *what, size_t next, uint32_t *id)
{
   uint64_t v;
   if (!lines_u64(l, f, what, INT32_MAX, &v))
      return 0;
   *id = (uint32_t)v;
   return v != 0 && v <= next ? 1 : lines_fail(l, "%s %" PRIu64 " is defined where %zu comes next", what, v, next);
}

static int not_reserved(lines *l, const char *what, uint32_t id)
{
   return lines_fail(l, "%s %" PRIu32 " is defined a second time", what, id);
}

/* The stack of l->frames. */
static int define_stack(lines *l, uint32_t id, uint32_t n)
{
   profile *p = l->p;
   if (id < p->n_stacks)
      return profile_fill_stack(p, id, l->frames, n) ? 1 : not_reserved(l, "stack", id);
   return profile_add_stack(p, l->frames, n) ? 1 : lines_full(l);
}

static int take_stack(lines *l, lg_fields *f)
{
   profile *p = l->p;
   uint32_t id, n;
   if (!take_reserved_id(l, f, "stack", p->n_stacks, &id) || !lines_u32(l, f, "count", LG_FRAMES_MAX, &n))
      return 0;
   for (uint32_t i = 0; i < n; i++)
      if (!lines_id(l, f, "frame", p->n_frames, 0, &l->frames[i]))
         return 0;
   return lines_end(l, f) && define_stack(l, id, n);
}

/* A stack that is told by its difference to an earlier one. */
static int take_similar_stack(lines *l, lg_fields *f)
{
   profile *p = l->p;
   uint32_t id, base, shared, n = 0;
   if (!take_reserved_id(l, f, "stack", p->n_stacks, &id) || !lines_id(l, f, "stack", p->n_stacks, 0, &base) ||
       !lines_u32(l, f, "shared", p->stacks[base].n, &shared))
      return 0;
   if (shared == 0)
      return lines_fail(l, "it shares no frame");
   while (!lg_get_end(f)) {
      if (n + shared >= LG_FRAMES_MAX)
         return lines_fail(l, "it has more than %d frames", LG_FRAMES_MAX);
      if (!lines_id(l, f, "frame", p->n_frames, 0, &l->frames[n++]))
         return 0;
   }
   memcpy(l->frames + n, p->stacks[base].frames + p->stacks[base].n - shared, shared * sizeof *l->frames);
   return define_stack(l, id, n + shared);
}

static int take_context(lines *l, lg_fields *f)
{
   profile *p = l->p;
   const char *s;
   uint32_t parent;
   if (!take_new_id(l, f, "context", p->n_contexts) || !lines_id(l, f, "context", p->n_contexts, 1, &parent) ||
       !lines_string(l, f, &s))
      return 0;
   if (p->contexts[parent].depth >= LG_CONTEXT_DEPTH_MAX)
      return lines_fail(l, "contexts are nested deeper than %d", LG_CONTEXT_DEPTH_MAX);
   return profile_add_context(p, parent, s) ? 1 : lines_full(l);
}

static int take_account_definition(lines *l, lg_fields *f)
{
   profile *p = l->p;
   const char *word;
   size_t n;
   uint32_t id, context, stack;
   if (!take_reserved_id(l, f, "account", p->n_accounts, &id))
      return 0;
   const char *letter = lg_get_word(f, &word, &n) && n == 1 ? strchr(LG_ACCOUNT_LETTERS, *word) : NULL;
   if (letter == NULL || *letter == '\0')
      return lines_fail(l, "its kind is none of " LG_ACCOUNT_LETTERS);
   if (!lines_id(l, f, "context", p->n_contexts, 1, &context) || !lines_id(l, f, "stack", p->n_stacks, 1, &stack) ||
       !lines_end(l, f))
      return 0;
   lg_account_kind kind = (lg_account_kind)(letter - LG_ACCOUNT_LETTERS);
   if (id < p->n_accounts)
      return profile_fill_account(p, id, kind, context, stack) ? 1 : not_reserved(l, "account", id);
   return profile_add_account(p, kind, context, stack) ? 1 : lines_full(l);
}

/* ---- intervals ---- */

static int take_total(lines *l, lg_fields *f)
{
   lg_total t;
   uint32_t index, shift;
   if (!take_interval(l, f, &index, &shift) || !lines_u64(l, f, "time", MAX_TOTAL, &t.time) ||
       !lines_u64(l, f, "live_B", MAX_BYTES, &t.live_B) || !lines_u64(l, f, "live_blk", MAX_BLOCKS, &t.live_blk) ||
       !lines_u64(l, f, "floor_B", MAX_BYTES, &t.floor_B) || !lines_u64(l, f, "ceiling_B", MAX_BYTES, &t.ceiling_B) ||
       !lines_u64(l, f, "floor_blk", MAX_BLOCKS, &t.floor_blk) ||
       !lines_u64(l, f, "ceiling_blk", MAX_BLOCKS, &t.ceiling_blk) ||
       !lines_u64(l, f, "allocs", MAX_TOTAL, &t.allocs) || !lines_u64(l, f, "frees", MAX_TOTAL, &t.frees) ||
       !lines_u64(l, f, "allocated_B", MAX_TOTAL, &t.allocated_B) || !lines_u64(l, f, "ticks", MAX_TOTAL, &t.ticks) ||
       !lines_u64(l, f, "rss_B", MAX_BYTES, &t.rss_B) || !lines_u64(l, f, "mapped_B", MAX_TOTAL, &t.mapped_B) ||
       !lines_u64(l, f, "tool_B", MAX_TOTAL, &t.tool_B) || !lines_end(l, f))
      return 0;
   if (t.floor_B > t.live_B || t.live_B > t.ceiling_B || t.floor_blk > t.live_blk || t.live_blk > t.ceiling_blk)
      return lines_fail(l, "its floor, end and ceiling are not in order");
   profile_add_total(l->p, shift, index, &t);
   l->has_interval = 1;
   l->index = index;
   l->shift = shift;
   return 1;
}

static int take_record(lines *l, lg_fields *f)
{
   lg_rec r = {0};
   uint32_t a, shift;
   if (!lines_account(l, f, &a))
      return 0;
   if (!take_interval(l, f, &r.index, &shift) || !lines_u64(l, f, "min_B", MAX_BYTES, &r.min_B) ||
       !lines_u64(l, f, "max_B", MAX_BYTES, &r.max_B) || !lines_u64(l, f, "end_B", MAX_BYTES, &r.end_B) ||
       !lines_u32(l, f, "min_blk", UINT32_MAX, &r.min_blk) || !lines_u32(l, f, "max_blk", UINT32_MAX, &r.max_blk) ||
       !lines_u32(l, f, "end_blk", UINT32_MAX, &r.end_blk) || !lines_u64(l, f, "births", MAX_TOTAL, &r.births) ||
       !lines_u64(l, f, "deaths", MAX_TOTAL, &r.deaths) || !lines_u64(l, f, "births_B", MAX_TOTAL, &r.births_B) ||
       !lines_u64(l, f, "resizes", MAX_TOTAL, &r.resizes) || !lines_end(l, f))
      return 0;
   if (r.min_B > r.end_B || r.end_B > r.max_B || r.min_blk > r.end_blk || r.end_blk > r.max_blk)
      return lines_fail(l, "its minimum, end and maximum are not in order");
   return profile_add_record(l->p, a, shift, &r) ? 1 : lines_full(l);
}

static int take_survivors(lines *l, lg_fields *f)
{
   uint32_t a;
   if (!lines_account(l, f, &a))
      return 0;
   do {
      uint32_t index, shift;
      int64_t blk, B;
      if (!take_interval(l, f, &index, &shift) || !lines_signed(l, f, "blocks", &blk) ||
          !lines_signed(l, f, "bytes", &B))
         return 0;
      if (!profile_add_survivors(l->p, a, shift, index, blk, B))
         return lines_full(l);
   } while (!lg_get_end(f));
   return 1;
}

static int take_ages(lines *l, lg_fields *f)
{
   uint32_t a;
   if (!lines_account(l, f, &a))
      return 0;
   do {
      uint32_t bucket;
      int64_t count;
      if (!lines_u32(l, f, "bucket", LG_AGES - 1, &bucket) || !lines_signed(l, f, "count", &count))
         return 0;
      if (!profile_add_age(l->p, a, bucket, count))
         return lines_full(l);
   } while (!lg_get_end(f));
   return 1;
}

/* ---- snapshots ---- */

static int take_peak(lines *l, lg_fields *f)
{
   uint64_t time, B, blk;
   if (!lines_u64(l, f, "time", MAX_TOTAL, &time) || !lines_u64(l, f, "live_B", MAX_BYTES, &B) ||
       !lines_u64(l, f, "live_blk", MAX_BLOCKS, &blk) || !lines_end(l, f))
      return 0;
   profile_state *s = profile_change(l->p);
   s->has_peak = 1;
   s->peak_txn = l->p->txn;
   s->peak_time = time;
   s->peak_B = B;
   s->peak_blk = blk;
   return 1;
}

static int take_peak_row(lines *l, lg_fields *f)
{
   uint32_t a;
   uint64_t B, blk;
   if (!lines_account(l, f, &a) || !lines_u64(l, f, "bytes", MAX_BYTES, &B) ||
       !lines_u64(l, f, "blocks", MAX_BLOCKS, &blk) || !lines_end(l, f))
      return 0;
   return profile_add_peak_row(l->p, a, B, blk) ? 1 : lines_full(l);
}

static int take_event(lines *l, lg_fields *f)
{
   static const char *const kinds[] = {"mark", "request", "burst", "growth", "signal", "exit"};
   event e;
   const char *word;
   size_t n;
   uint32_t kind = 0, rows;
   memset(&e, 0, sizeof e);
   if (!lg_get_word(f, &word, &n))
      return lines_fail(l, "its kind is missing");
   while (kind < sizeof kinds / sizeof *kinds && !lines_is_word(word, n, kinds[kind]))
      kind++;
   if (kind == sizeof kinds / sizeof *kinds)
      return lines_fail(l, "the kind of snapshot is unknown");
   e.kind = (event_kind)kind;
   if (!lines_u64(l, f, "time", MAX_TOTAL, &e.time) || !lines_u64(l, f, "live_B", MAX_BYTES, &e.live_B) ||
       !lines_u64(l, f, "live_blk", MAX_BLOCKS, &e.live_blk) || !lines_u64(l, f, "allocs", MAX_TOTAL, &e.allocs) ||
       !lines_u64(l, f, "frees", MAX_TOTAL, &e.frees) || !lines_u64(l, f, "allocated_B", MAX_TOTAL, &e.allocated_B) ||
       !lines_u64(l, f, "ticks", MAX_TOTAL, &e.ticks) || !lines_u64(l, f, "rss_B", MAX_BYTES, &e.rss_B) ||
       !lines_u64(l, f, "mapped_B", MAX_TOTAL, &e.mapped_B) || !lines_u64(l, f, "tool_B", MAX_TOTAL, &e.tool_B) ||
       !lines_u32(l, f, "rows", 1, &rows) || !lines_string(l, f, &e.name))
      return 0;
   e.has_rows = (int)rows;
   *profile_add_event(l->p) = e;
   l->event_account = 0;
   l->is_event_open = e.has_rows;
   return 1;
}

static int take_event_row(lines *l, lg_fields *f)
{
   uint32_t a;
   uint64_t B, blk;
   if (!l->is_event_open)
      return lines_fail(l, "there is no snapshot above it that announces rows");
   if (!lines_account(l, f, &a) || !lines_u64(l, f, "bytes", MAX_BYTES, &B) ||
       !lines_u64(l, f, "blocks", MAX_BLOCKS, &blk) || !lines_end(l, f))
      return 0;
   event *e = &l->p->events[l->p->n_events - 1];
   return profile_add_event_row(e, &l->event_account, a, B, blk) ? 1 : lines_full(l);
}

/* ---- the end ---- */

static int take_exit(lines *l, lg_fields *f)
{
   uint64_t time;
   uint32_t index;
   if (!lines_u64(l, f, "time", MAX_TOTAL, &time) || !lines_u32(l, f, "index", LG_INTERVALS_MAX - 1, &index) ||
       !lines_end(l, f))
      return 0;
   profile_state *s = profile_change(l->p);
   s->has_exit = 1;
   s->exit_time = time;
   s->exit_base = (uint64_t)index << s->max_shift;
   return 1;
}

static int take_last(lines *l, lg_fields *f)
{
   history_last last;
   uint32_t a;
   if (!lines_account(l, f, &a) || !lines_u64(l, f, "live_B", MAX_BYTES, &last.live_B) ||
       !lines_u64(l, f, "live_blk", MAX_BLOCKS, &last.live_blk) ||
       !lines_u64(l, f, "allocated_B", MAX_TOTAL, &last.allocated_B) ||
       !lines_u64(l, f, "allocs", MAX_TOTAL, &last.allocs) || !lines_end(l, f))
      return 0;
   return history_add_last(&l->p->accounts[a].hist, l->p->scratch, l->p->txn, &last) ? 1 : lines_full(l);
}

static int take_counter(lines *l, lg_fields *f)
{
   const char *word;
   size_t n;
   uint64_t value;
   if (!lg_get_word(f, &word, &n))
      return lines_fail(l, "its name is missing");
   if (!lines_u64(l, f, "value", UINT64_MAX, &value) || !lines_end(l, f))
      return 0;
   profile_state *s = profile_change(l->p);
   for (uint32_t i = 0; i < s->n_counters; i++) {
      if (lines_is_word(word, n, s->counters[i].name)) {
         s->counters[i].value = value;
         return 1;
      }
   }
   if (s->n_counters == PROFILE_COUNTERS_MAX)
      return lines_full(l);
   s->counters[s->n_counters].name = profile_string(l->p, word, n);
   s->counters[s->n_counters++].value = value;
   return 1;
}

static int take_finish(lines *l, lg_fields *f)
{
   static const char *const how[] = {"exit", "signal", "exec"};
   const char *word;
   size_t n;
   uint32_t kind = 0;
   uint64_t time, code;
   if (!lg_get_word(f, &word, &n))
      return lines_fail(l, "it does not say how the program ended");
   while (kind < 3 && !lines_is_word(word, n, how[kind]))
      kind++;
   if (kind == 3)
      return lines_fail(l, "the program ended in an unknown way");
   if (!lines_u64(l, f, "time", MAX_TOTAL, &time) || !lines_u64(l, f, "code", MAX_TOTAL, &code) || !lines_end(l, f))
      return 0;
   profile_state *s = profile_change(l->p);
   s->end = (end_kind)(END_EXIT + kind);
   s->end_time = time;
   s->end_code = code;
   return 1;
}

int lines_take(lines *l, const char *line, const char *end)
{
   if (line == end)
      return lines_fail(l, "it is empty");
   lg_fields f = {line + 1, end};
   switch (*line) {
   case 'o':
      return take_name(l, &f, "object", &l->p->objects);
   case 's':
      return take_name(l, &f, "source file", &l->p->files);
   case 'f':
      return take_name(l, &f, "function", &l->p->fns);
   case 'n':
      return take_frame(l, &f);
   case 'k':
      return take_stack(l, &f);
   case 'K':
      return take_similar_stack(l, &f);
   case 'x':
      return take_context(l, &f);
   case 'a':
      return take_account_definition(l, &f);
   case 'd':
      return lines_take_domain(l, &f);
   case 'C':
      return lines_take_domain_coverage(l, &f);
   case 'D':
      return lines_take_domain_point(l, &f);
   case 'P':
      return lines_take_reader(l, &f);
   case 'H':
      return lines_take_lag(l, &f);
   case 'F':
      return lines_take_incident(l, &f);
   case 'u':
      return lines_take_place(l, &f);
   case 'm':
      return lines_take_misuse(l, &f);
   case 'j':
      return lines_take_coverage(l, &f);
   case 't':
      return take_total(l, &f);
   case 'i':
      return take_record(l, &f);
   case 'A':
      return lines_take_brief(l, &f);
   case 'v':
      return take_survivors(l, &f);
   case 'g':
      return take_ages(l, &f);
   case 'p':
      return take_peak(l, &f);
   case 'q':
      return take_peak_row(l, &f);
   case 'e':
      return take_event(l, &f);
   case 'r':
      return take_event_row(l, &f);
   case 'y':
      return take_exit(l, &f);
   case 'l':
      return take_last(l, &f);
   case 'w':
      return take_counter(l, &f);
   case 'z':
      return take_finish(l, &f);
   default:
      break;
   }
   return lines_fail(l, "its tag is unknown");
}
