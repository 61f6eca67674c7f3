/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_record: see lg_record.h. */
#include "lg_record.h"

#include "lg_arena.h"
#include "lg_clock.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { OPEN_CHUNK = 64, AGES_STEP = 4, SMALL_MAX = 0xffffffff };

typedef union Open {
   lg_rec rec;
   union Open *next; /* when free */
} Open;

static struct {
   LgAccount *touched;
   Open *free;
   ULong n_open_all; /* open records there is memory for */
   ULong n_recs;
   Bool is_frozen;
   lg_rec scratch; /* what frozen accounts write to */
   lg_rec one[LG_INTERVALS_MAX], other[LG_INTERVALS_MAX], sum[LG_INTERVALS_MAX];
} st;

/* ---- packed records ---- */

static inline UInt n_packed(const LgAccount *a)
{
   return a->packed ? a->packed->n : 0;
}

static inline SizeT packed_B(const lg_packed *p)
{
   return p ? lg_packed_bytes(p->widths, p->size) : 0;
}

/* Exchanges the packed records for a copy with other widths and room for at least `size`. */
static void repack(LgAccount *a, lg_widths widths, UInt size)
{
   lg_packed *old = a->packed;
   size = lg_packed_room(widths, LG_(arena_round)(lg_packed_bytes(widths, size)));
   lg_packed *p = LG_(arena_take)(lg_packed_bytes(widths, size));
   lg_packed_init(p, widths, size);
   if (old)
      lg_packed_copy(p, old);
   LG_(arena_give)(old, packed_B(old));
   a->packed = p;
}

/* Writes record `i`, or appends it. */
static void put(LgAccount *a, UInt i, const lg_rec *rec)
{
   lg_packed *p = a->packed;
   lg_widths need = lg_widths_of(rec);
   tl_assert2(rec->index < LG_PACKED_INDEX_END, "C2");
   if (UNLIKELY(!p))
      repack(a, need, 1);
   else if (i == p->size)
      repack(a, lg_widths_join(p->widths, need), i + i / 8 + 1);
   else if (!lg_widths_fit(need, p->widths))
      repack(a, lg_widths_join(p->widths, need), p->size);
   lg_packed_put(a->packed, i, rec);
}

static void drop_packed(LgAccount *a)
{
   LG_(arena_give)(a->packed, packed_B(a->packed));
   a->packed = NULL;
}

/* Packs a whole series anew, with the least widths. */
static void put_all(LgAccount *a, const lg_rec *recs, UInt n)
{
   drop_packed(a);
   lg_widths widths = 0;
   for (UInt i = 0; i < n; i++)
      widths = lg_widths_join(widths, lg_widths_of(&recs[i]));
   if (n > 0)
      repack(a, widths, n);
   for (UInt i = 0; i < n; i++)
      lg_packed_put(a->packed, i, &recs[i]);
}

static UInt get_all(const LgAccount *a, lg_rec *out)
{
   const UInt n = n_packed(a);
   for (UInt i = 0; i < n; i++)
      lg_packed_get(a->packed, i, &out[i]);
   return n;
}

/* ---- open records ---- */

static lg_rec *take_open(void)
{
   if (UNLIKELY(!st.free)) {
      Open *chunk = VG_(malloc)("lg.record.open.1", OPEN_CHUNK * sizeof *chunk);
      for (UInt i = 0; i < OPEN_CHUNK; i++) {
         chunk[i].next = st.free;
         st.free = &chunk[i];
      }
      st.n_open_all += OPEN_CHUNK;
   }
   Open *o = st.free;
   st.free = o->next;
   return &o->rec;
}

void LG_(record_open)(LgAccount *a)
{
   const UInt index = LG_(clock).index;
   a->rec_index = index;
   if (UNLIKELY(st.is_frozen)) {
      a->rec = &st.scratch;
      a->is_late = True;
      return;
   }
   lg_rec *r = a->rec = take_open();
   UInt n = n_packed(a);
   if (n > 0 && lg_packed_index(a->packed, n - 1) == index) { /* closed early */
      lg_packed_get(a->packed, n - 1, r);
      lg_packed_drop_last(a->packed);
   } else {
      VG_(memset)(r, 0, sizeof *r);
      r->index = index;
      r->min_B = r->max_B = r->end_B = a->live_B;
      r->min_blk = r->max_blk = r->end_blk = a->live_blk;
      st.n_recs++;
   }
   a->next_touched = st.touched;
   st.touched = a;
}

LgAccount *LG_(record_touched)(void)
{
   return st.touched;
}

void LG_(record_close_all)(void)
{
   for (LgAccount *a = st.touched, *next; a; a = next) {
      next = a->next_touched;
      put(a, n_packed(a), a->rec);
      Open *o = (Open *)a->rec;
      o->next = st.free;
      st.free = o;
      a->next_touched = NULL;
      a->rec = NULL;
      a->rec_index = LG_NO_INTERVAL;
   }
   st.touched = NULL;
}

void LG_(record_freeze)(void)
{
   tl_assert(!st.touched);
   st.is_frozen = True;
}

static inline Bool is_open(const LgAccount *a)
{
   return a->rec != NULL && !st.is_frozen;
}

/* ---- survivors ---- */

void LG_(record_survivors)(LgAccount *a, UInt birth, Long blk, Long B)
{
   const UInt index = birth >> LG_(clock).shift;
   if (LIKELY(index == a->rec_index) || st.is_frozen) {
      lg_rec *r = a->rec;
      r->surv_blk += blk;
      r->surv_B += B;
      r->held_blk += blk;
      r->held_B += B;
      return;
   }
   UInt i = a->packed ? lg_packed_find(a->packed, index) : 0;
   tl_assert2(i < n_packed(a), "lg_series S1: account %u has no record of interval %u", a->id, index);
   if (LIKELY(lg_packed_add_survivors(a->packed, i, blk, B)))
      return;
   lg_rec r; /* where one old block died others will */
   lg_packed_get(a->packed, i, &r);
   r.surv_blk += blk;
   r.surv_B += B;
   r.held_blk += blk;
   r.held_B += B;
   repack(a, lg_widths_even(lg_widths_join(a->packed->widths, lg_widths_of(&r))), a->packed->size);
   lg_packed_put(a->packed, i, &r);
}

UInt LG_(record_count)(const LgAccount *a)
{
   return n_packed(a) + is_open(a);
}

void LG_(record_get)(const LgAccount *a, UInt i, lg_rec *out)
{
   if (i < n_packed(a))
      lg_packed_get(a->packed, i, out);
   else
      *out = *a->rec;
}

UInt LG_(record_all)(const LgAccount *a, lg_rec *out)
{
   UInt n = get_all(a, out);
   if (is_open(a))
      out[n++] = *a->rec;
   return n;
}

UInt LG_(record_held_from)(const LgAccount *a)
{
   return a->packed ? a->packed->held_from : 0;
}

void LG_(record_held)(const LgAccount *a, UInt i, UInt *index, Long *blk, Long *B)
{
   int64_t held_blk, held_B;
   lg_packed_held(a->packed, i, &held_blk, &held_B);
   *index = lg_packed_index(a->packed, i);
   *blk = held_blk;
   *B = held_B;
}

void LG_(record_survivors_written)(LgAccount *a)
{
   if (a->packed)
      lg_packed_clear_held(a->packed);
   if (is_open(a))
      a->rec->held_blk = a->rec->held_B = 0;
}

/* ---- ages ---- */

static void add_ages(LgAccount *a, UInt bucket, ULong deaths, ULong held)
{
   lg_ages *old = a->ages;
   if (LIKELY(old && bucket < old->n && lg_ages_add(old, bucket, deaths, held)))
      return;
   UInt n = (bucket / AGES_STEP + 1) * AGES_STEP;
   uint64_t most_deaths, unused;
   lg_ages_get(old, bucket, &most_deaths, &unused);
   UInt code = lg_ages_code(most_deaths + deaths);
   if (old && old->n > n)
      n = old->n;
   if (old && old->code > code)
      code = old->code;
   lg_ages *ages = LG_(arena_take)(lg_ages_bytes(n, code));
   lg_ages_init(ages, n, code);
   if (old) {
      lg_ages_copy(ages, old);
      LG_(arena_give)(old, lg_ages_bytes(old->n, old->code));
   }
   lg_ages_add(ages, bucket, deaths, held);
   a->ages = ages;
}

/* Nearly all deaths are young: they are counted in the account until 32 bits are full. */
static void add_young(LgAccount *a, ULong deaths, ULong held)
{
   if (UNLIKELY(deaths > SMALL_MAX - (ULong)a->young)) {
      add_ages(a, 0, deaths + a->young, held + a->young_held);
      a->young = a->young_held = 0;
      return;
   }
   a->young += (UInt)deaths;
   a->young_held += (UInt)held;
}

void LG_(record_age)(LgAccount *a, UInt birth)
{
   UInt age = LG_(clock).epoch - birth;
   if (UNLIKELY(st.is_frozen))
      return;
   if (LIKELY(age <= 1))
      add_young(a, 1, 1);
   else
      add_ages(a, lg_age_bucket(age), 1, 1);
}

UInt LG_(record_n_ages)(const LgAccount *a)
{
   return a->ages ? a->ages->n : 1;
}

ULong LG_(record_aged_held)(const LgAccount *a)
{
   return lg_ages_held(a->ages, 1);
}

void LG_(record_ages)(const LgAccount *a, UInt bucket, uint64_t *deaths, uint64_t *held)
{
   lg_ages_get(a->ages, bucket, deaths, held);
   if (bucket == 0) {
      *deaths += a->young;
      *held += a->young_held;
   }
}

void LG_(record_ages_written)(LgAccount *a)
{
   a->young_held = 0;
   lg_ages_clear_held(a->ages);
}

/* ---- all at once ---- */

void LG_(record_halve)(LgAccount *a)
{
   tl_assert(!is_open(a));
   UInt n = get_all(a, st.one);
   st.n_recs -= n;
   n = lg_series_halve(st.one, n);
   st.n_recs += n;
   put_all(a, st.one, n);
}

void LG_(record_merge)(LgAccount *a, LgAccount *into)
{
   tl_assert(!is_open(a) && !is_open(into));
   UInt n_a = get_all(a, st.one), n_b = get_all(into, st.other);
   UInt n = lg_series_add(st.other, n_b, st.one, n_a, st.sum);
   st.n_recs = st.n_recs + n - n_a - n_b;
   put_all(into, st.sum, n);
   drop_packed(a);
   for (UInt k = 1; a->ages && k < a->ages->n; k++) {
      uint64_t deaths, held;
      lg_ages_get(a->ages, k, &deaths, &held);
      if (deaths)
         add_ages(into, k, deaths, held);
   }
   uint64_t young, young_held;
   LG_(record_ages)(a, 0, &young, &young_held);
   add_young(into, young, young_held);
   if (a->ages)
      LG_(arena_give)(a->ages, lg_ages_bytes(a->ages->n, a->ages->code));
   a->ages = NULL;
   a->young = a->young_held = 0;
}

SizeT LG_(record_bytes)(const LgAccount *a)
{
   return LG_(arena_round)(packed_B(a->packed)) + (a->ages ? lg_ages_bytes(a->ages->n, a->ages->code) : 0);
}

void LG_(record_sanity)(const LgAccount *a)
{
   const UInt n = LG_(record_count)(a);
   for (UInt i = 0; i < n; i++) {
      lg_rec r, next;
      LG_(record_get)(a, i, &r);
      tl_assert2(r.min_B <= r.end_B && r.end_B <= r.max_B && r.min_blk <= r.end_blk && r.end_blk <= r.max_blk, "A2");
      tl_assert2(i >= LG_(record_held_from)(a) || (r.held_blk == 0 && r.held_B == 0), "A5");
      tl_assert2(st.is_frozen || i + 1 < n || r.end_B == a->live_B, "A2: end");
      if (i + 1 < n)
         LG_(record_get)(a, i + 1, &next);
      tl_assert2(i + 1 == n || r.index < next.index, "S1");
   }
}

void LG_(record_stats)(ULong *n_recs, ULong *open_B)
{
   *n_recs = st.n_recs;
   *open_B = st.n_open_all * sizeof(Open) + sizeof st;
}
