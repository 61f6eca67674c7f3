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

static void state_clear(history_state *s)
{
   s->shift = 0;
   s->n_used = 0;
   s->has_last = 0;
   memset(s->has, 0, sizeof s->has);
   memset(s->surv_blk, 0, sizeof s->surv_blk);
   memset(s->surv_B, 0, sizeof s->surv_B);
   memset(s->ages, 0, sizeof s->ages);
}

static uint32_t state_gather(const history_state *s, lg_rec *recs)
{
   uint32_t n = 0;
   for (uint32_t i = 0; i < s->n_used; i++)
      if (s->has[i])
         recs[n++] = s->rec[i];
   return n;
}

static void state_halve(history_state *s)
{
   lg_rec recs[LG_INTERVALS_MAX];
   uint32_t n = lg_series_halve(recs, state_gather(s, recs));
   memset(s->has, 0, s->n_used);
   for (uint32_t i = 0; i < n; i++) {
      s->rec[recs[i].index] = recs[i];
      s->has[recs[i].index] = 1;
   }
   for (uint32_t i = 0; i < s->n_used; i++) {
      int64_t blk = s->surv_blk[i], B = s->surv_B[i];
      s->surv_blk[i] = s->surv_B[i] = 0;
      s->surv_blk[i / 2] = add_wrapping(s->surv_blk[i / 2], blk);
      s->surv_B[i / 2] = add_wrapping(s->surv_B[i / 2], B);
   }
   s->n_used = (s->n_used + 1) / 2;
   s->shift++;
}

/* Brings the state to at least this shift and translates an index of `shift` to one of the state. */
static uint32_t state_index(history_state *s, uint32_t shift, uint32_t index)
{
   if (s->n_used == 0 && shift > s->shift)
      s->shift = shift;
   while (s->shift < shift)
      state_halve(s);
   index = history_coarser(index, s->shift - shift);
   assert(index < LG_INTERVALS_MAX);
   if (index >= s->n_used)
      s->n_used = index + 1;
   return index;
}

static void state_put_record(history_state *s, uint32_t shift, const lg_rec *r)
{
   uint32_t index = state_index(s, shift, r->index);
   if (shift < s->shift && s->has[index]) { /* a line that was late by a halving: part of what is there */
      lg_rec_merge(&s->rec[index], r);
      return;
   }
   s->rec[index] = *r;
   s->rec[index].index = index;
   s->rec[index].surv_blk = s->rec[index].surv_B = 0;
   s->has[index] = 1;
}

/* ---- packing ---- */

static void pack_record(bytes *b, uint32_t shift, const lg_rec *r)
{
   bytes_put_u8(b, (uint8_t)(KIND_RECORD | shift << KIND_BITS));
   bytes_put(b, r->index);
   bytes_put(b, r->min_B);
   bytes_put(b, r->max_B - r->min_B);
   bytes_put(b, r->end_B - r->min_B);
   bytes_put(b, r->min_blk);
   bytes_put(b, r->max_blk - r->min_blk);
   bytes_put(b, r->end_blk - r->min_blk);
   bytes_put(b, r->births);
   bytes_put(b, r->deaths);
   bytes_put(b, r->births_B);
   bytes_put(b, r->resizes);
}

static void pack_survivors(bytes *b, uint32_t shift, uint32_t index, int64_t blk, int64_t B)
{
   bytes_put_u8(b, (uint8_t)(KIND_SURVIVORS | shift << KIND_BITS));
   bytes_put(b, index);
   bytes_put_signed(b, blk);
   bytes_put_signed(b, B);
}

static void pack_age(bytes *b, uint32_t bucket, int64_t count)
{
   bytes_put_u8(b, (uint8_t)(KIND_AGE | bucket << KIND_BITS));
   bytes_put_signed(b, count);
}

static void pack_last(bytes *b, const history_last *last)
{
   bytes_put_u8(b, KIND_LAST);
   bytes_put(b, last->live_B);
   bytes_put(b, last->live_blk);
   bytes_put(b, last->allocated_B);
   bytes_put(b, last->allocs);
}

static void unpack_record(const bytes *b, uint32_t *at, uint32_t shift, history_state *s)
{
   lg_rec r = {0};
   r.index = (uint32_t)bytes_get(b, at);
   r.min_B = bytes_get(b, at);
   r.max_B = r.min_B + bytes_get(b, at);
   r.end_B = r.min_B + bytes_get(b, at);
   r.min_blk = (uint32_t)bytes_get(b, at);
   r.max_blk = r.min_blk + (uint32_t)bytes_get(b, at);
   r.end_blk = r.min_blk + (uint32_t)bytes_get(b, at);
   r.births = bytes_get(b, at);
   r.deaths = bytes_get(b, at);
   r.births_B = bytes_get(b, at);
   r.resizes = bytes_get(b, at);
   state_put_record(s, shift, &r);
}

static void unpack_survivors(const bytes *b, uint32_t *at, uint32_t shift, history_state *s)
{
   uint32_t index = (uint32_t)bytes_get(b, at);
   int64_t blk = bytes_get_signed(b, at);
   int64_t B = bytes_get_signed(b, at);
   index = state_index(s, shift, index);
   s->surv_blk[index] = add_wrapping(s->surv_blk[index], blk);
   s->surv_B[index] = add_wrapping(s->surv_B[index], B);
}

static void unpack_last(const bytes *b, uint32_t *at, history_state *s)
{
   s->has_last = 1;
   s->last.live_B = bytes_get(b, at);
   s->last.live_blk = bytes_get(b, at);
   s->last.allocated_B = bytes_get(b, at);
   s->last.allocs = bytes_get(b, at);
}

static void unpack(const bytes *b, uint32_t end, history_state *s)
{
   uint32_t at = 0;
   state_clear(s);
   while (at < end) {
      uint32_t head = b->data[at++];
      uint32_t param = head >> KIND_BITS;
      switch (head & KIND_MASK) {
      case KIND_RECORD:
         unpack_record(b, &at, param, s);
         break;
      case KIND_SURVIVORS:
         unpack_survivors(b, &at, param, s);
         break;
      case KIND_AGE:
         s->ages[param] = add_wrapping(s->ages[param], bytes_get_signed(b, &at));
         break;
      default:
         unpack_last(b, &at, s);
         break;
      }
   }
}

/* A merged log may be longer than what was merged: one line can become two. There is always room, as bytes_room() fails only at
 * 4 GiB and the merged form has at most 200 records. */
static void merge(history *h, history_state *s)
{
   unpack(&h->log, h->log.len, s);
   h->log.len = 0;
   for (uint32_t i = 0; i < s->n_used; i++) {
      bytes_room(&h->log, 2 * LINE_ROOM);
      if (s->has[i])
         pack_record(&h->log, s->shift, &s->rec[i]);
      if (s->surv_blk[i] != 0 || s->surv_B[i] != 0)
         pack_survivors(&h->log, s->shift, i, s->surv_blk[i], s->surv_B[i]);
   }
   bytes_room(&h->log, (LG_AGES + 1) * 16 + LINE_ROOM);
   for (uint32_t k = 0; k < LG_AGES; k++)
      if (s->ages[k] != 0)
         pack_age(&h->log, k, s->ages[k]);
   if (s->has_last)
      pack_last(&h->log, &s->last);
   h->merged = h->log.len;
}

/* Appends a packed line of this transaction. */
static int add_line(history *h, history_state *scratch, uint32_t txn, const bytes *line)
{
   if (h->txn != txn) {
      if (h->log.len >= MERGE_MIN && h->log.len / 2 >= h->merged)
         merge(h, scratch);
      h->committed = h->log.len;
      h->txn = txn;
   }
   if (!bytes_room(&h->log, line->len))
      return 0;
   memcpy(h->log.data + h->log.len, line->data, line->len);
   h->log.len += line->len;
   return 1;
}

/* ---- public ---- */

int history_add_record(history *h, history_state *scratch, uint32_t txn, uint32_t shift, const lg_rec *rec)
{
   uint8_t room[LINE_ROOM];
   bytes line = {room, 0, sizeof room};
   pack_record(&line, shift, rec);
   return add_line(h, scratch, txn, &line);
}

int history_add_survivors(history *h, history_state *scratch, uint32_t txn, uint32_t shift, uint32_t index, int64_t blk,
                          int64_t B)
{
   uint8_t room[LINE_ROOM];
   bytes line = {room, 0, sizeof room};
   pack_survivors(&line, shift, index, blk, B);
   return add_line(h, scratch, txn, &line);
}

int history_add_age(history *h, history_state *scratch, uint32_t txn, uint32_t bucket, int64_t count)
{
   uint8_t room[LINE_ROOM];
   bytes line = {room, 0, sizeof room};
   pack_age(&line, bucket, count);
   return add_line(h, scratch, txn, &line);
}

int history_add_last(history *h, history_state *scratch, uint32_t txn, const history_last *last)
{
   uint8_t room[LINE_ROOM];
   bytes line = {room, 0, sizeof room};
   pack_last(&line, last);
   return add_line(h, scratch, txn, &line);
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
   unpack(&h->log, h->log.len, out);
   while (out->shift < shift)
      state_halve(out);
}

uint32_t history_records(const history_state *s, lg_rec *recs)
{
   uint32_t n = 0;
   uint64_t end_B = 0;
   uint32_t end_blk = 0;
   for (uint32_t i = 0; i < s->n_used; i++) {
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
