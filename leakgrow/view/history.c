/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packed line begins with a byte that holds its kind in the lower two bits and in the others its shift (or its bucket).
 *
 *    record     kind|shift index min_B max-min end-min min_blk max-min end-min births deaths births_B resizes
 *    survivors  kind|shift index blk B          (signed)
 *    age        kind|bucket count               (signed)
 *    last       kind live_B live_blk allocated_B allocs
 *
 * Merging unpacks all of that into a history_state and packs the state again. It is done when the log has grown to twice what
 * the last merge left, so its cost is constant per byte. */
#include "history.h"

#include <assert.h>
#include <string.h>

enum { KIND_RECORD, KIND_SURVIVORS, KIND_AGE, KIND_LAST, KIND_BITS = 2, KIND_MASK = 3 };
enum { LINE_ROOM = 112 /* longest packed line */, MERGE_MIN = 512 };

static int64_t add_wrapping(int64_t a, int64_t b)
{
   return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* ---- state ---- */

enum { N_WORDS = LG_INTERVALS_MAX / 64 + 1 };

/* The next slot in use from i on; LG_INTERVALS_MAX when there is none. */
static uint32_t next_used(const history_state *s, uint32_t i)
{
   for (uint32_t w = i / 64; w < N_WORDS; w++) {
      uint64_t bits = s->used[w] & (w == i / 64 ? ~(uint64_t)0 << i % 64 : ~(uint64_t)0);
      if (bits != 0)
         return w * 64 + (uint32_t)__builtin_ctzll(bits);
   }
   return LG_INTERVALS_MAX;
}

static int is_unused(const history_state *s)
{
   return next_used(s, 0) == LG_INTERVALS_MAX;
}

static void state_clear(history_state *s)
{
   for (uint32_t i = next_used(s, 0); i < LG_INTERVALS_MAX; i = next_used(s, i + 1)) {
      s->has[i] = 0;
      s->surv_blk[i] = s->surv_B[i] = 0;
   }
   memset(s->used, 0, sizeof s->used);
   if (s->has_ages)
      memset(s->ages, 0, sizeof s->ages);
   s->shift = 0;
   s->has_ages = s->has_last = 0;
}

static void state_use(history_state *s, uint32_t i)
{
   s->used[i / 64] |= (uint64_t)1 << i % 64;
}

static void state_halve(history_state *s)
{
   lg_rec recs[LG_INTERVALS_MAX];
   uint64_t used[N_WORDS];
   uint32_t n = 0;
   memcpy(used, s->used, sizeof used);
   for (uint32_t i = next_used(s, 0); i < LG_INTERVALS_MAX; i = next_used(s, i + 1))
      if (s->has[i])
         recs[n++] = s->rec[i];
   n = lg_series_halve(recs, n);
   memset(s->used, 0, sizeof s->used);
   for (uint32_t i = 0; i < LG_INTERVALS_MAX; i++) {
      if (!(used[i / 64] >> i % 64 & 1))
         continue;
      int64_t blk = s->surv_blk[i], B = s->surv_B[i];
      s->has[i] = 0;
      s->surv_blk[i] = s->surv_B[i] = 0;
      s->surv_blk[i / 2] = add_wrapping(s->surv_blk[i / 2], blk);
      s->surv_B[i / 2] = add_wrapping(s->surv_B[i / 2], B);
      state_use(s, i / 2);
   }
   for (uint32_t i = 0; i < n; i++) {
      s->rec[recs[i].index] = recs[i];
      s->has[recs[i].index] = 1;
   }
   s->shift++;
}

/* Brings the state to at least this shift and translates an index of `shift` to one of the state, which is used from now on. */
static uint32_t state_index(history_state *s, uint32_t shift, uint32_t index)
{
   if (shift > s->shift && is_unused(s))
      s->shift = shift;
   while (s->shift < shift)
      state_halve(s);
   index = history_coarser(index, s->shift - shift);
   assert(index < LG_INTERVALS_MAX);
   state_use(s, index);
   return index;
}

/* ---- packing ---- */

static uint8_t *pack_record(uint8_t *p, uint32_t shift, const lg_rec *r)
{
   *p++ = (uint8_t)(KIND_RECORD | shift << KIND_BITS);
   p = bytes_write(p, r->index);
   p = bytes_write(p, r->min_B);
   p = bytes_write(p, r->max_B - r->min_B);
   p = bytes_write(p, r->end_B - r->min_B);
   p = bytes_write(p, r->min_blk);
   p = bytes_write(p, r->max_blk - r->min_blk);
   p = bytes_write(p, r->end_blk - r->min_blk);
   p = bytes_write(p, r->births);
   p = bytes_write(p, r->deaths);
   p = bytes_write(p, r->births_B);
   return bytes_write(p, r->resizes);
}

static uint8_t *pack_survivors(uint8_t *p, uint32_t shift, uint32_t index, int64_t blk, int64_t B)
{
   *p++ = (uint8_t)(KIND_SURVIVORS | shift << KIND_BITS);
   p = bytes_write(p, index);
   p = bytes_write_signed(p, blk);
   return bytes_write_signed(p, B);
}

static uint8_t *pack_age(uint8_t *p, uint32_t bucket, int64_t count)
{
   *p++ = (uint8_t)(KIND_AGE | bucket << KIND_BITS);
   return bytes_write_signed(p, count);
}

static uint8_t *pack_last(uint8_t *p, const history_last *last)
{
   *p++ = KIND_LAST;
   p = bytes_write(p, last->live_B);
   p = bytes_write(p, last->live_blk);
   p = bytes_write(p, last->allocated_B);
   return bytes_write(p, last->allocs);
}

static const uint8_t *unpack_numbers(const uint8_t *p, lg_rec *r)
{
   r->min_B = bytes_read(&p);
   r->max_B = r->min_B + bytes_read(&p);
   r->end_B = r->min_B + bytes_read(&p);
   r->min_blk = (uint32_t)bytes_read(&p);
   r->max_blk = r->min_blk + (uint32_t)bytes_read(&p);
   r->end_blk = r->min_blk + (uint32_t)bytes_read(&p);
   r->births = bytes_read(&p);
   r->deaths = bytes_read(&p);
   r->births_B = bytes_read(&p);
   r->resizes = bytes_read(&p);
   r->surv_blk = r->surv_B = r->held_blk = r->held_B = 0;
   return p;
}

static const uint8_t *unpack_record(const uint8_t *p, uint32_t shift, history_state *s)
{
   uint32_t index = state_index(s, shift, (uint32_t)bytes_read(&p));
   if (shift < s->shift && s->has[index]) { /* a line that was late by a halving: part of what is there */
      lg_rec later;
      p = unpack_numbers(p, &later);
      lg_rec_merge(&s->rec[index], &later);
      return p;
   }
   s->rec[index].index = index;
   s->has[index] = 1;
   return unpack_numbers(p, &s->rec[index]);
}

static const uint8_t *unpack_survivors(const uint8_t *p, uint32_t shift, history_state *s)
{
   uint32_t index = state_index(s, shift, (uint32_t)bytes_read(&p));
   s->surv_blk[index] = add_wrapping(s->surv_blk[index], bytes_read_signed(&p));
   s->surv_B[index] = add_wrapping(s->surv_B[index], bytes_read_signed(&p));
   return p;
}

static const uint8_t *unpack_last(const uint8_t *p, history_state *s)
{
   s->has_last = 1;
   s->last.live_B = bytes_read(&p);
   s->last.live_blk = bytes_read(&p);
   s->last.allocated_B = bytes_read(&p);
   s->last.allocs = bytes_read(&p);
   return p;
}

/* The log is this module's own: whole lines, as they were packed. */
static void unpack(const bytes *b, history_state *s)
{
   state_clear(s);
   if (b->len == 0)
      return;
   const uint8_t *p = b->data, *end = p + b->len;
   while (p < end) {
      uint32_t head = *p++;
      uint32_t param = head >> KIND_BITS;
      switch (head & KIND_MASK) {
      case KIND_RECORD:
         p = unpack_record(p, param, s);
         break;
      case KIND_SURVIVORS:
         p = unpack_survivors(p, param, s);
         break;
      case KIND_AGE:
         s->has_ages = 1;
         s->ages[param] = add_wrapping(s->ages[param], bytes_read_signed(&p));
         break;
      default:
         p = unpack_last(p, s);
         break;
      }
   }
   assert(p == end);
}

/* A merged log may be longer than what was merged: one line can become two. There is always room, as bytes_room() fails only at
 * 4 GiB and the merged form has at most 200 records. */
static void merge(history *h, history_state *s)
{
   bytes *log = &h->log;
   unpack(log, s);
   log->len = 0;
   for (uint32_t i = next_used(s, 0); i < LG_INTERVALS_MAX; i = next_used(s, i + 1)) {
      bytes_room(log, 2 * LINE_ROOM);
      uint8_t *p = log->data + log->len;
      if (s->has[i])
         p = pack_record(p, s->shift, &s->rec[i]);
      if (s->surv_blk[i] != 0 || s->surv_B[i] != 0)
         p = pack_survivors(p, s->shift, i, s->surv_blk[i], s->surv_B[i]);
      log->len = (uint32_t)(p - log->data);
   }
   bytes_room(log, (LG_AGES + 1) * 16 + LINE_ROOM);
   uint8_t *p = log->data + log->len;
   for (uint32_t k = 0; k < LG_AGES; k++)
      if (s->ages[k] != 0)
         p = pack_age(p, k, s->ages[k]);
   if (s->has_last)
      p = pack_last(p, &s->last);
   h->merged = log->len = (uint32_t)(p - log->data);
}

/* Appends a packed line of this transaction. */
static int add_line(history *h, history_state *scratch, uint32_t txn, const uint8_t *line, const uint8_t *end)
{
   uint32_t n = (uint32_t)(end - line);
   if (h->txn != txn) {
      if (h->log.len >= MERGE_MIN && h->log.len / 2 >= h->merged)
         merge(h, scratch);
      h->committed = h->log.len;
      h->txn = txn;
   }
   if (!bytes_room(&h->log, n))
      return 0;
   memcpy(h->log.data + h->log.len, line, n);
   h->log.len += n;
   return 1;
}

/* ---- public ---- */

int history_add_record(history *h, history_state *scratch, uint32_t txn, uint32_t shift, const lg_rec *rec)
{
   uint8_t line[LINE_ROOM];
   return add_line(h, scratch, txn, line, pack_record(line, shift, rec));
}

int history_add_survivors(history *h, history_state *scratch, uint32_t txn, uint32_t shift, uint32_t index, int64_t blk,
                          int64_t B)
{
   uint8_t line[LINE_ROOM];
   return add_line(h, scratch, txn, line, pack_survivors(line, shift, index, blk, B));
}

int history_add_age(history *h, history_state *scratch, uint32_t txn, uint32_t bucket, int64_t count)
{
   uint8_t line[LINE_ROOM];
   return add_line(h, scratch, txn, line, pack_age(line, bucket, count));
}

int history_add_last(history *h, history_state *scratch, uint32_t txn, const history_last *last)
{
   uint8_t line[LINE_ROOM];
   return add_line(h, scratch, txn, line, pack_last(line, last));
}

int history_rollback(history *h, uint32_t txn)
{
   if (h->txn != txn || h->log.len == h->committed)
      return 0;
   h->log.len = h->committed;
   return 1;
}

void history_finish(history *h, history_state *scratch)
{
   if (h->log.len >= MERGE_MIN)
      merge(h, scratch);
   bytes_fit(&h->log);
}

void history_unpack(const history *h, uint32_t shift, history_state *out)
{
   unpack(&h->log, out);
   while (out->shift < shift)
      state_halve(out);
}

uint32_t history_records(const history_state *s, lg_rec *recs)
{
   uint32_t n = 0;
   uint64_t end_B = 0;
   uint32_t end_blk = 0;
   for (uint32_t i = next_used(s, 0); i < LG_INTERVALS_MAX; i = next_used(s, i + 1)) {
      if (!s->has[i] && s->surv_blk[i] == 0 && s->surv_B[i] == 0)
         continue;
      lg_rec *r = &recs[n++];
      if (s->has[i]) {
         *r = s->rec[i];
      } else {
         memset(r, 0, sizeof *r);
         r->index = i;
         r->min_B = r->max_B = r->end_B = end_B;
         r->min_blk = r->max_blk = r->end_blk = end_blk;
      }
      r->surv_blk = s->surv_blk[i];
      r->surv_B = s->surv_B[i];
      end_B = r->end_B;
      end_blk = r->end_blk;
   }
   return n;
}

void history_free(history *h)
{
   bytes_free(&h->log);
}
