/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Undoing. Tables grow at their end and remember the committed length. The small state is copied when a transaction first
 * changes it. Histories remember their committed length themselves. So nothing is done twice for a transaction that commits, and
 * a file is read in one pass.
 *
 * What an account held at the peak. A `p` line says "now": what the account's records of that transaction, or the last one
 * before it, end with. Storing that for all accounts at each new peak would cost (accounts x peaks), so it is found out
 * lazily: account.end_B is always the latest end, and the first record that comes in a transaction after the peak's first
 * keeps the end before it in peak_B, marked with the peak's transaction. At the end, an account without that mark has not
 * moved since the peak. `q` lines are kept aside until the commit, since a peak that is rolled back must not overwrite what
 * is known about the one before. */
#include "profile.h"

#include "lg_format.h"
#include "mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- arena ---- */

enum { ARENA_CHUNK = 64 * 1024 };

static void *arena_take(arena *a, size_t n, size_t align)
{
   if (a->n != 0) {
      arena_chunk *c = &a->chunks[a->n - 1];
      size_t used = (c->used + align - 1) & ~(align - 1);
      c->used = used < c->cap ? used : c->cap;
   }
   if (a->n == 0 || a->chunks[a->n - 1].cap - a->chunks[a->n - 1].used < n) {
      a->chunks = mem_grow(a->chunks, &a->cap, a->n + 1, sizeof *a->chunks);
      arena_chunk *c = &a->chunks[a->n++];
      c->cap = n > ARENA_CHUNK ? n : ARENA_CHUNK;
      c->used = 0;
      c->data = mem_alloc(c->cap);
   }
   arena_chunk *c = &a->chunks[a->n - 1];
   void *p = c->data + c->used;
   c->used += n;
   return p;
}

static void arena_free(arena *a)
{
   for (size_t i = 0; i < a->n; i++)
      free(a->chunks[i].data);
   free(a->chunks);
}

/* ---- life ---- */

profile *profile_new(void)
{
   profile *p = mem_zalloc(1, sizeof *p);
   p->scratch = mem_zalloc(1, sizeof *p->scratch);
   p->tool_version = p->valgrind_version = p->desc = "";
   census_init(&p->census);
   domains_init(&p->domains);
   profile_add_name(&p->objects, "");
   profile_add_name(&p->files, "");
   profile_add_name(&p->fns, "???");
   p->objects.committed = p->files.committed = p->fns.committed = 1;
   frame none = {0, 0, 0, 0, 0};
   profile_add_frame(p, &none);
   profile_add_stack(p, NULL, 0);
   profile_add_context(p, 0, "");
   p->contexts[0].depth = 0;
   profile_add_account(p, LG_ACCOUNT_HEAP, 0, 0);
   p->frames_committed = p->stacks_committed = p->contexts_committed = p->accounts_committed = 1;
   return p;
}

void profile_free(profile *p)
{
   if (p == NULL)
      return;
   for (size_t i = 0; i < p->n_accounts; i++)
      history_free(&p->accounts[i].hist);
   for (size_t i = 0; i < p->n_events; i++)
      bytes_free(&p->events[i].rows);
   free(p->args);
   free(p->objects.name);
   free(p->files.name);
   free(p->fns.name);
   free(p->frames);
   free(p->stacks);
   free(p->contexts);
   free(p->accounts);
   free(p->events);
   census_free(&p->census);
   domains_free(&p->domains);
   bytes_free(&p->peak_rows);
   free(p->totals);
   free(p->fn_group);
   free(p->group_name);
   free(p->frame_group);
   free(p->sums);
   free(p->scratch);
   arena_free(&p->strings);
   free(p);
}

const char *profile_string(profile *p, const char *s, size_t n)
{
   char *copy = arena_take(&p->strings, n + 1, 1);
   memcpy(copy, s, n);
   copy[n] = '\0';
   return copy;
}

/* ---- definitions ---- */

int profile_add_name(name_table *t, const char *name)
{
   if (t->n > INT32_MAX)
      return 0;
   t->name = mem_grow(t->name, &t->cap, t->n + 1, sizeof *t->name);
   t->name[t->n++] = name;
   return 1;
}

int profile_add_frame(profile *p, const frame *f)
{
   if (p->n_frames > INT32_MAX)
      return 0;
   p->frames = mem_grow(p->frames, &p->frames_cap, p->n_frames + 1, sizeof *p->frames);
   p->frames[p->n_frames++] = *f;
   return 1;
}

/* Frames of a stack, kept; NULL when all stacks together would have too many: a short line can define a long stack. */
static uint32_t *keep_frames(profile *p, const uint32_t *frames, uint32_t n)
{
   if (n > 1) {
      if (n > LG_ALL_FRAMES_MAX - p->n_stack_frames)
         return NULL;
      p->n_stack_frames += n;
   }
   uint32_t *copy = arena_take(&p->strings, n * sizeof *copy, sizeof *copy);
   if (n != 0)
      memcpy(copy, frames, n * sizeof *copy);
   return copy;
}

int profile_add_stack(profile *p, const uint32_t *frames, uint32_t n)
{
   uint32_t *copy = p->n_stacks <= INT32_MAX ? keep_frames(p, frames, n) : NULL;
   if (copy == NULL)
      return 0;
   p->stacks = mem_grow(p->stacks, &p->stacks_cap, p->n_stacks + 1, sizeof *p->stacks);
   p->stacks[p->n_stacks++] = (stack){copy, n};
   return 1;
}

int profile_fill_stack(profile *p, uint32_t id, const uint32_t *frames, uint32_t n)
{
   if (p->stacks[id].n != 0 || n == 0)
      return 0;
   uint32_t *copy = keep_frames(p, frames, n);
   if (copy == NULL)
      return 0;
   p->stacks[id] = (stack){copy, n};
   return 1;
}

static void set_account(profile *p, account *a, lg_account_kind kind, uint32_t context, uint32_t stack)
{
   int is_counted = kind == LG_ACCOUNT_SPAN || kind == LG_ACCOUNT_TASK;
   a->kind = (uint8_t)kind;
   a->context = context;
   a->stack = stack;
   a->census = is_counted ? census_add(&p->census) : 0;
}

int profile_fill_account(profile *p, uint32_t id, lg_account_kind kind, uint32_t context, uint32_t stack)
{
   account *a = &p->accounts[id];
   if (a->kind != LG_ACCOUNT_HEAP || a->stack != 0 || stack == 0)
      return 0;
   set_account(p, a, kind, context, stack);
   return 1;
}

int profile_add_context(profile *p, uint32_t parent, const char *label)
{
   if (p->n_contexts > INT32_MAX)
      return 0;
   uint32_t depth = p->n_contexts == 0 ? 0 : p->contexts[parent].depth + 1;
   p->contexts = mem_grow(p->contexts, &p->contexts_cap, p->n_contexts + 1, sizeof *p->contexts);
   p->contexts[p->n_contexts++] = (context){label, parent, depth};
   return 1;
}

int profile_add_account(profile *p, lg_account_kind kind, uint32_t context, uint32_t stack)
{
   if (p->n_accounts > INT32_MAX)
      return 0;
   p->accounts = mem_grow(p->accounts, &p->accounts_cap, p->n_accounts + 1, sizeof *p->accounts);
   account *a = &p->accounts[p->n_accounts++];
   memset(a, 0, sizeof *a);
   set_account(p, a, kind, context, stack);
   return 1;
}

/* ---- transactions ---- */

void profile_begin(profile *p)
{
   p->txn++;
   p->state_saved = 0;
   p->peak_rows.len = 0;
}

static void apply_peak_rows(profile *p)
{
   uint32_t at = 0;
   while (at < p->peak_rows.len) {
      account *a = &p->accounts[bytes_get(&p->peak_rows, &at)];
      a->peak_B = bytes_get(&p->peak_rows, &at);
      a->peak_blk = (uint32_t)bytes_get(&p->peak_rows, &at);
      a->peak_txn = p->now.peak_txn;
   }
   p->peak_rows.len = 0;
}

void profile_commit(profile *p)
{
   p->objects.committed = p->objects.n;
   p->files.committed = p->files.n;
   p->fns.committed = p->fns.n;
   p->frames_committed = p->n_frames;
   p->stacks_committed = p->n_stacks;
   p->contexts_committed = p->n_contexts;
   p->accounts_committed = p->n_accounts;
   p->events_committed = p->n_events;
   census_commit(&p->census);
   domains_commit(&p->domains);
   if (p->now.has_peak && p->now.peak_txn == p->txn)
      apply_peak_rows(p);
}

/* The end of the last record that is left. */
static void restore_end(profile *p, account *a)
{
   lg_rec recs[LG_INTERVALS_MAX];
   history_unpack(&a->hist, 0, p->scratch);
   uint32_t n = history_records(p->scratch, recs);
   a->end_B = n != 0 ? recs[n - 1].end_B : 0;
   a->end_blk = n != 0 ? recs[n - 1].end_blk : 0;
}

void profile_rollback(profile *p)
{
   if (p->state_saved)
      p->now = p->before;
   p->objects.n = p->objects.committed;
   p->files.n = p->files.committed;
   p->fns.n = p->fns.committed;
   p->n_frames = p->frames_committed;
   p->n_stacks = p->stacks_committed;
   p->n_contexts = p->contexts_committed;
   while (p->n_accounts > p->accounts_committed)
      history_free(&p->accounts[--p->n_accounts].hist);
   census_rollback(&p->census, p->txn);
   domains_rollback(&p->domains);
   while (p->n_events > p->events_committed)
      bytes_free(&p->events[--p->n_events].rows);
   for (size_t i = 1; i < p->n_accounts; i++)
      if (p->accounts[i].census >= p->census.n) /* filled in a transaction that does not count */
         p->accounts[i].census = 0;
   for (size_t i = 1; i < p->n_accounts; i++)
      if (history_rollback(&p->accounts[i].hist, p->txn))
         restore_end(p, &p->accounts[i]);
   p->peak_rows.len = 0;
}

profile_state *profile_change(profile *p)
{
   if (!p->state_saved) {
      p->before = p->now;
      p->state_saved = 1;
   }
   return &p->now;
}

/* ---- intervals ---- */

/* Notes how far intervals reach. */
void profile_note_interval(profile *p, uint32_t shift, uint32_t index)
{
   uint64_t end = ((uint64_t)index + 1) << shift;
   if (shift > p->now.max_shift)
      profile_change(p)->max_shift = shift;
   if (end > p->now.end_base)
      profile_change(p)->end_base = end;
}

static void raise_totals_shift(profile_state *s, uint32_t shift)
{
   while (s->totals_shift < shift) {
      s->n_totals = lg_totals_halve(s->totals, s->n_totals);
      s->totals_shift++;
   }
}

void profile_add_total(profile *p, uint32_t shift, uint32_t index, const lg_total *t)
{
   profile_note_interval(p, shift, index);
   profile_state *s = profile_change(p);
   raise_totals_shift(s, shift);
   index = history_coarser(index, s->totals_shift - shift);
   uint32_t at = s->n_totals;
   while (at > 0 && s->totals[at - 1].index >= index)
      at--;
   if (at == s->n_totals || s->totals[at].index != index) {
      memmove(&s->totals[at + 1], &s->totals[at], (s->n_totals - at) * sizeof s->totals[0]);
      s->n_totals++;
   }
   s->totals[at].index = index;
   s->totals[at].t = *t;
}

int profile_add_record(profile *p, uint32_t id, uint32_t shift, const lg_rec *rec)
{
   account *a = &p->accounts[id];
   if (!history_add_record(&a->hist, p->scratch, p->txn, shift, rec))
      return 0;
   profile_note_interval(p, shift, rec->index);
   if (p->now.has_peak && p->now.peak_txn < p->txn && a->peak_txn != p->now.peak_txn) {
      a->peak_B = a->end_B;
      a->peak_blk = a->end_blk;
      a->peak_txn = p->now.peak_txn;
   }
   a->end_B = rec->end_B;
   a->end_blk = rec->end_blk;
   return 1;
}

int profile_add_survivors(profile *p, uint32_t id, uint32_t shift, uint32_t index, int64_t blk, int64_t B)
{
   profile_note_interval(p, shift, index);
   return history_add_survivors(&p->accounts[id].hist, p->scratch, p->txn, shift, index, blk, B);
}

int profile_add_age(profile *p, uint32_t id, uint32_t bucket, int64_t count)
{
   return history_add_age(&p->accounts[id].hist, p->scratch, p->txn, bucket, count);
}

/* ---- snapshots ---- */

int profile_add_peak_row(profile *p, uint32_t id, uint64_t B, uint64_t blk)
{
   if (!bytes_room(&p->peak_rows, 30))
      return 0;
   bytes_put(&p->peak_rows, id);
   bytes_put(&p->peak_rows, B);
   bytes_put(&p->peak_rows, blk);
   return 1;
}

event *profile_add_event(profile *p)
{
   p->events = mem_grow(p->events, &p->events_cap, p->n_events + 1, sizeof *p->events);
   event *e = &p->events[p->n_events++];
   memset(e, 0, sizeof *e);
   return e;
}

int profile_add_event_row(event *e, uint32_t *last_account, uint32_t id, uint64_t B, uint64_t blk)
{
   if (!bytes_room(&e->rows, 30))
      return 0;
   bytes_put_signed(&e->rows, (int64_t)id - (int64_t)*last_account);
   bytes_put(&e->rows, B);
   bytes_put(&e->rows, blk);
   *last_account = id;
   return 1;
}

/* ---- finish ---- */

/* Numbers 0 .. n - 1, to be sorted. */
static uint32_t *numbers(size_t n)
{
   uint32_t *order = mem_zalloc(n, sizeof *order);
   for (uint32_t i = 0; i < n; i++)
      order[i] = i;
   return order;
}

static int by_name(const void *a, const void *b, void *names)
{
   uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
   const char *const *name = names;
   int order = strcmp(name[x], name[y]);
   return order != 0 ? order : (x > y) - (x < y);
}

static void group_functions(profile *p)
{
   uint32_t *order = numbers(p->fns.n), group = 0;
   p->fn_group = mem_zalloc(p->fns.n, sizeof *p->fn_group);
   p->group_name = mem_zalloc(p->fns.n, sizeof *p->group_name);
   qsort_r(order, p->fns.n, sizeof *order, by_name, p->fns.name);
   for (size_t i = 0; i < p->fns.n; i++) {
      if (i > 0 && strcmp(p->fns.name[order[i]], p->fns.name[order[i - 1]]) != 0)
         group++;
      p->fn_group[order[i]] = group;
      p->group_name[group] = p->fns.name[order[i]];
   }
   free(order);
}

/* Compares what people see of two frames: the place is file and line, or the object when there is no file. */
static int compare_frames(const profile *p, uint32_t a, uint32_t b)
{
   const frame *x = &p->frames[a], *y = &p->frames[b];
   uint32_t gx = p->fn_group[x->fn], gy = p->fn_group[y->fn];
   if (gx != gy)
      return gx < gy ? -1 : 1;
   if ((x->file == 0) != (y->file == 0))
      return x->file == 0 ? -1 : 1;
   int order = x->file != 0 ? strcmp(p->files.name[x->file], p->files.name[y->file])
                            : strcmp(p->objects.name[x->object], p->objects.name[y->object]);
   if (order != 0)
      return order;
   return (x->line > y->line) - (x->line < y->line);
}

static int by_frame(const void *a, const void *b, void *p)
{
   uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
   int order = compare_frames(p, x, y);
   return order != 0 ? order : (x > y) - (x < y);
}

static void group_frames(profile *p)
{
   uint32_t *order = numbers(p->n_frames), group = 0;
   p->frame_group = mem_zalloc(p->n_frames, sizeof *p->frame_group);
   qsort_r(order, p->n_frames, sizeof *order, by_frame, p);
   for (size_t i = 0; i < p->n_frames; i++) {
      if (i > 0 && compare_frames(p, order[i - 1], order[i]) != 0)
         group++;
      p->frame_group[order[i]] = group;
   }
   free(order);
}

/* The peak's rows of accounts that have not moved since. */
static void finish_account(profile *p, account *a)
{
   history_finish(&a->hist, p->scratch);
   if (p->now.has_peak && a->peak_txn != p->now.peak_txn) {
      a->peak_B = a->end_B;
      a->peak_blk = a->end_blk;
   }
}

int profile_finish(profile *p)
{
   for (size_t i = 1; i < p->n_accounts; i++)
      finish_account(p, &p->accounts[i]);
   bytes_free(&p->peak_rows);
   group_functions(p);
   group_frames(p);
   p->shift = p->now.max_shift;
   uint64_t width = (uint64_t)1 << p->shift;
   p->n_intervals = (uint32_t)((p->now.end_base + width - 1) >> p->shift);
   if (p->n_intervals == 0)
      return 0;
   assert(p->n_intervals <= LG_INTERVALS_MAX);
   raise_totals_shift(&p->now, p->shift);
   p->totals = mem_zalloc(p->n_intervals, sizeof *p->totals);
   lg_totals_expand(p->now.totals, p->now.n_totals, p->n_intervals, p->base << p->shift, p->totals);
   p->exit_interval = p->n_intervals - 1;
   if (p->now.has_exit && (p->now.exit_base >> p->shift) < p->n_intervals)
      p->exit_interval = (uint32_t)(p->now.exit_base >> p->shift);
   return 1;
}
