/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_account: see lg_account.h. */
#include "lg_account.h"

#include "lg_clock.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_xarray.h"

enum { CHUNK = 1024, FIRST_SLOTS = 4096, FIRST_RECS = 2, NO_INTERVAL = 0xffffffff };

LgHeapTotal LG_(heap_total);
LgPeak LG_(peak);

static struct {
   LgAccount **chunks; /* accounts never move: blocks name them by number, raw stacks by address */
   UInt n_chunks, n;
   UInt *slots; /* open addressing; ids */
   UInt n_slots;
   LgAccount *touched;
   Bool is_frozen;
   lg_rec scratch;       /* what frozen accounts write to */
   ULong n_recs, recs_B; /* records in use; memory of records and ages */
   LgAccount *free;      /* merged ones that no block names any more, by `into`: their ids can be used again */
   UInt n_merged;        /* ids that merged accounts have, free ones included */
   XArray *reused;       /* of UInt: ids that were, since account_forget_reused() */
} st;

void LG_(account_init)(void)
{
   st.reused = VG_(newXA)(VG_(malloc), "lg.account.init.2", VG_(free), sizeof(UInt));
   st.n_slots = FIRST_SLOTS;
   st.slots = VG_(calloc)("lg.account.init.1", FIRST_SLOTS, sizeof *st.slots);
}

LgAccount *LG_(account_by_id)(UInt id)
{
   return &st.chunks[(id - 1) / CHUNK][(id - 1) % CHUNK];
}

UInt LG_(account_count)(void)
{
   return st.n;
}

static UInt find_slot(const UInt *slots, UInt n_slots, UInt kind, UInt stack, UInt context)
{
   UInt h = (stack * 2654435761u) ^ (context * 2246822519u) ^ (kind * 3266489917u);
   UInt i = (h ^ (h >> 15)) & (n_slots - 1);
   for (; slots[i]; i = (i + 1) & (n_slots - 1)) {
      const LgAccount *a = LG_(account_by_id)(slots[i]);
      if (a->stack == stack && a->context == context && a->kind == kind)
         break;
   }
   return i;
}

static void rebuild_slots(UInt n_slots)
{
   UInt *slots = VG_(calloc)("lg.account.slots.1", n_slots, sizeof *slots);
   for (UInt id = 1; id <= st.n; id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      if (!LG_(account_is_merged)(a))
         slots[find_slot(slots, n_slots, a->kind, a->stack, a->context)] = id;
   }
   VG_(free)(st.slots);
   st.slots = slots;
   st.n_slots = n_slots;
}

/* A6: takes the id of a merged account, if there is one to be had. */
static LgAccount *reuse_account(void)
{
   LgAccount *a = st.free;
   if (!a)
      return NULL;
   UInt id = a->id;
   st.free = a->into;
   st.n_merged--;
   VG_(memset)(a, 0, sizeof *a);
   a->id = id;
   VG_(addToXA)(st.reused, &id);
   return a;
}

static LgAccount *fresh_account(void)
{
   if (st.n == st.n_chunks * CHUNK) {
      st.chunks = VG_(realloc)("lg.account.chunks.1", st.chunks, (st.n_chunks + 1) * sizeof *st.chunks);
      st.chunks[st.n_chunks++] = VG_(calloc)("lg.account.chunks.2", CHUNK, sizeof(LgAccount));
   }
   LgAccount *a = LG_(account_by_id)(++st.n);
   a->id = st.n;
   return a;
}

static LgAccount *new_account(lg_account_kind kind, UInt stack, UInt context)
{
   LgAccount *a = reuse_account();
   if (LIKELY(!a))
      a = fresh_account();
   a->kind = kind;
   a->stack = stack;
   a->context = context;
   a->rec_index = NO_INTERVAL;
   a->peak_number = LG_(peak).number;
   return a;
}

LgAccount *LG_(account_get)(lg_account_kind kind, UInt stack, UInt context)
{
   UInt slot = find_slot(st.slots, st.n_slots, kind, stack, context);
   if (st.slots[slot])
      return LG_(account_by_id)(st.slots[slot]);
   LgAccount *a = new_account(kind, stack, context);
   st.slots[slot] = a->id;
   if (st.n * 2 > st.n_slots)
      rebuild_slots(st.n_slots * 2);
   return a;
}

/* ---- records ---- */

static void touch_list(LgAccount *a)
{
   if (!a->is_touched) {
      a->is_touched = True;
      a->next_touched = st.touched;
      st.touched = a;
   }
}

static void grow_recs(LgAccount *a)
{
   UInt old_size = a->recs_size;
   a->recs_size = a->recs_size ? a->recs_size + a->recs_size / 2 + 1 : FIRST_RECS;
   st.recs_B += (a->recs_size - old_size) * sizeof *a->recs;
   a->recs = VG_(realloc)("lg.account.recs.1", a->recs, a->recs_size * sizeof *a->recs);
}

/* Opens the record of the interval in progress: nothing happened yet, so everything is what is live. */
static void open_rec(LgAccount *a)
{
   a->rec_index = LG_(clock).index;
   if (st.is_frozen) {
      a->rec = &st.scratch;
      a->is_late = True;
      return;
   }
   if (a->n_recs > 0 && a->recs[a->n_recs - 1].index == LG_(clock).index) { /* merging closed it early */
      a->rec = &a->recs[a->n_recs - 1];
      touch_list(a);
      return;
   }
   if (a->n_recs == a->recs_size)
      grow_recs(a);
   lg_rec *r = a->rec = &a->recs[a->n_recs++];
   VG_(memset)(r, 0, sizeof *r);
   r->index = LG_(clock).index;
   r->min_B = r->max_B = r->end_B = a->live_B;
   r->min_blk = r->max_blk = r->end_blk = a->live_blk;
   st.n_recs++;
   touch_list(a);
}

/* Must precede every change of an account. */
static inline lg_rec *touch(LgAccount *a)
{
   if (UNLIKELY(a->peak_number != LG_(peak).number)) {
      a->at_peak_B = a->live_B;
      a->at_peak_blk = a->live_blk;
      a->peak_number = LG_(peak).number;
   }
   if (UNLIKELY(a->rec_index != LG_(clock).index))
      open_rec(a);
   return a->rec;
}

/* The record of the interval in which a block of base interval `birth` was born. It exists: the birth opened it. */
static lg_rec *birth_rec(LgAccount *a, UInt birth)
{
   UInt index = birth >> LG_(clock).shift;
   if (LIKELY(index == a->rec_index) || st.is_frozen)
      return a->rec;
   UInt i = lg_series_find(a->recs, a->n_recs, index);
   tl_assert2(i < a->n_recs, "lg_series S1: account %u has no record of interval %u", a->id, index);
   if (i < a->held_from)
      a->held_from = i;
   return &a->recs[i];
}

static void grow_ages(LgAccount *a, UInt bucket)
{
   enum { STEP = 8 };
   UInt n = (bucket / STEP + 1) * STEP;
   a->ages = VG_(realloc)("lg.account.ages.1", a->ages, n * sizeof *a->ages);
   st.recs_B += (n - a->n_ages) * sizeof *a->ages;
   VG_(memset)(a->ages + a->n_ages, 0, (n - a->n_ages) * sizeof *a->ages);
   a->n_ages = n;
}

static void count_death_age(LgAccount *a, UInt birth)
{
   UInt age = LG_(clock).epoch - birth;
   if (st.is_frozen)
      return;
   if (LIKELY(age <= 1)) {
      a->young++;
      a->young_held++;
      return;
   }
   UInt bucket = lg_age_bucket(age);
   if (bucket >= a->n_ages)
      grow_ages(a, bucket);
   a->ages[bucket].deaths++;
   a->ages[bucket].held++;
}

static void add_survivor(lg_rec *r, Long blk, Long B)
{
   r->surv_blk += blk;
   r->surv_B += B;
   r->held_blk += blk;
   r->held_B += B;
}

static inline void note_live(LgAccount *a, lg_rec *r)
{
   r->end_B = a->live_B;
   r->end_blk = a->live_blk;
   if (a->live_B > r->max_B)
      r->max_B = a->live_B;
   if (a->live_B < r->min_B)
      r->min_B = a->live_B;
   if (a->live_blk > r->max_blk)
      r->max_blk = a->live_blk;
   if (a->live_blk < r->min_blk)
      r->min_blk = a->live_blk;
}

/* ---- the whole heap ---- */

/* Before the heap shrinks: if it stands at its maximum, that was a peak. Every account that changes from now on notes what it held. */
static inline void confirm_peak(void)
{
   if (LG_(peak).is_rising) {
      LG_(peak).is_rising = False;
      LG_(peak).number++;
   }
}

static inline void note_total(void)
{
   LgHeapTotal *t = &LG_(heap_total);
   if (t->live_B > t->ceiling_B)
      t->ceiling_B = t->live_B;
   if (t->live_B < t->floor_B)
      t->floor_B = t->live_B;
   if (t->live_blk > t->ceiling_blk)
      t->ceiling_blk = t->live_blk;
   if (t->live_blk < t->floor_blk)
      t->floor_blk = t->live_blk;
   if (t->live_B > LG_(peak).B) {
      LG_(peak).B = t->live_B;
      LG_(peak).blk = t->live_blk;
      LG_(peak).time = LG_(clock).now;
      LG_(peak).is_rising = True;
   }
}

static void total_birth(SizeT szB)
{
   LgHeapTotal *t = &LG_(heap_total);
   t->live_B += szB;
   t->live_blk++;
   t->allocs++;
   t->births++;
   t->allocated_B += szB;
   note_total();
}

static void total_death(SizeT szB)
{
   LgHeapTotal *t = &LG_(heap_total);
   t->live_B -= szB;
   t->live_blk--;
   t->frees++;
   t->deaths++;
   note_total();
}

static void total_resize(SizeT old_szB, SizeT new_szB)
{
   LgHeapTotal *t = &LG_(heap_total);
   t->live_B = t->live_B - old_szB + new_szB;
   t->allocs++;
   t->frees++;
   t->allocated_B += new_szB;
   note_total();
}

/* ---- merging ---- */

/* A6: the account that counts now. */
static LgAccount *follow(LgAccount *a)
{
   while (a->into)
      a = a->into;
   return a;
}

static inline LgAccount *resolve(LgAccount *a)
{
   return LIKELY(a->into == NULL) ? a : follow(a);
}

/* Nothing names a merged account any more. Not for those that others were merged into. */
static void release(LgAccount *a)
{
   a->is_free = True;
   a->into = st.free;
   st.free = a;
}

/* The account in which a block dies. The last one that names a merged account frees its id. */
static inline LgAccount *resolve_last(LgAccount *a)
{
   if (LIKELY(a->into == NULL))
      return a;
   LgAccount *counts = follow(a);
   if (--a->n_refs == 0)
      release(a);
   return counts;
}

static void merge_recs(LgAccount *a, LgAccount *into)
{
   lg_rec *sum = VG_(malloc)("lg.account.merge.1", LG_INTERVALS_MAX * sizeof *sum);
   UInt n = lg_series_add(into->recs, into->n_recs, a->recs, a->n_recs, sum);
   if (n > into->recs_size) {
      st.recs_B += (n - into->recs_size) * sizeof *sum;
      into->recs = VG_(realloc)("lg.account.merge.2", into->recs, n * sizeof *sum);
      into->recs_size = n;
   }
   VG_(memcpy)(into->recs, sum, n * sizeof *sum);
   VG_(free)(sum);
   st.n_recs += n - into->n_recs;
   st.n_recs -= a->n_recs;
   into->n_recs = n;
   into->held_from = 0;
   into->rec_index = NO_INTERVAL;
   into->rec = NULL;
}

static void merge_ages(const LgAccount *a, LgAccount *into)
{
   if (a->n_ages > into->n_ages)
      grow_ages(into, a->n_ages - 1);
   for (UInt k = 0; k < a->n_ages; k++) {
      into->ages[k].deaths += a->ages[k].deaths;
      into->ages[k].held += a->ages[k].held;
   }
   into->young += a->young;
   into->young_held += a->young_held;
}

/* Frees what a merged account had; it stays as a sign that points to the other one. */
static void empty(LgAccount *a)
{
   st.recs_B -= a->recs_size * sizeof *a->recs + a->n_ages * sizeof *a->ages;
   VG_(free)(a->recs);
   VG_(free)(a->ages);
   a->recs = NULL;
   a->ages = NULL;
   a->rec = NULL;
   a->rec_index = NO_INTERVAL;
   a->n_recs = a->recs_size = a->held_from = a->n_ages = a->live_blk = a->at_peak_blk = 0;
   a->young = a->young_held = 0;
   a->live_B = a->total_B = a->total_blk = a->at_peak_B = 0;
}

void LG_(account_merge)(LgAccount *a, LgAccount *into)
{
   tl_assert(!st.is_frozen && !a->into && !into->into && a != into && !a->is_touched && !into->is_touched);
   tl_assert(a->kind == LG_ACCOUNT_HEAP && into->kind == LG_ACCOUNT_HEAP);
   ULong B, blk, into_B, into_blk;
   LG_(account_at_peak)(a, &B, &blk);
   LG_(account_at_peak)(into, &into_B, &into_blk);
   into->at_peak_B = B + into_B;
   into->at_peak_blk = (UInt)(blk + into_blk);
   into->peak_number = LG_(peak).number;
   merge_recs(a, into);
   merge_ages(a, into);
   into->live_B += a->live_B;
   into->live_blk += a->live_blk;
   into->total_B += a->total_B;
   into->total_blk += a->total_blk;
   a->n_refs = a->is_home ? ~0ULL : a->live_blk;
   into->is_home = True;
   empty(a);
   a->into = into;
   st.n_merged++;
}

UInt LG_(account_n_merged)(void)
{
   return st.n_merged;
}

const XArray *LG_(account_reused)(void)
{
   return st.reused;
}

void LG_(account_forget_reused)(void)
{
   VG_(dropTailXA)(st.reused, VG_(sizeXA)(st.reused));
}

void LG_(account_drop_merged)(UInt other_stack)
{
   rebuild_slots(st.n_slots);
   for (UInt id = 1; id <= st.n; id++) {
      LgAccount *a = LG_(account_by_id)(id);
      if (!LG_(account_is_merged)(a))
         continue;
      a->stack = other_stack;
      if (!a->is_free && a->n_refs == 0)
         release(a);
   }
}

/* ---- events ---- */

void LG_(account_birth)(LgAccount *a, SizeT szB)
{
   lg_rec *r = touch(a);
   a->live_B += szB;
   a->live_blk++;
   a->total_blk++;
   a->total_B += szB;
   r->births++;
   r->births_B += szB;
   add_survivor(r, 1, (Long)szB);
   note_live(a, r);
   if (a->kind == LG_ACCOUNT_HEAP)
      total_birth(szB);
}

void LG_(account_death)(LgAccount *a, SizeT szB, UInt birth)
{
   a = resolve_last(a);
   if (a->kind == LG_ACCOUNT_HEAP)
      confirm_peak();
   lg_rec *r = touch(a);
   a->live_B -= szB;
   a->live_blk--;
   r->deaths++;
   add_survivor(birth_rec(a, birth), -1, -(Long)szB);
   count_death_age(a, birth);
   note_live(a, r);
   if (a->kind == LG_ACCOUNT_HEAP)
      total_death(szB);
}

/* What resize and shrink have in common; the caller has confirmed the peak where that is needed. */
static lg_rec *change_size(LgAccount *a, SizeT old_szB, SizeT new_szB, UInt birth)
{
   lg_rec *r = touch(a);
   a->live_B = a->live_B - old_szB + new_szB;
   add_survivor(birth_rec(a, birth), 0, (Long)new_szB - (Long)old_szB);
   note_live(a, r);
   return r;
}

void LG_(account_resize)(LgAccount *a, SizeT old_szB, SizeT new_szB, UInt birth)
{
   a = resolve(a);
   if (a->kind == LG_ACCOUNT_HEAP && new_szB < old_szB)
      confirm_peak();
   lg_rec *r = change_size(a, old_szB, new_szB, birth);
   a->total_blk++;
   a->total_B += new_szB;
   r->births_B += new_szB;
   r->resizes++;
   if (a->kind == LG_ACCOUNT_HEAP)
      total_resize(old_szB, new_szB);
}

void LG_(account_shrink)(LgAccount *a, SizeT old_szB, SizeT new_szB, UInt birth)
{
   tl_assert(a->kind == LG_ACCOUNT_MAPPING || a->kind == LG_ACCOUNT_RETIRED);
   change_size(a, old_szB, new_szB, birth);
}

void LG_(account_at_peak)(const LgAccount *a, ULong *B, ULong *blk)
{
   Bool is_current = a->peak_number != LG_(peak).number || LG_(peak).is_rising;
   *B = is_current ? a->live_B : a->at_peak_B;
   *blk = is_current ? a->live_blk : a->at_peak_blk;
}

/* ---- intervals ---- */

void LG_(account_begin_interval)(void)
{
   tl_assert(!st.touched);
   LgHeapTotal *t = &LG_(heap_total);
   t->floor_B = t->ceiling_B = t->live_B;
   t->floor_blk = t->ceiling_blk = t->live_blk;
   t->births = t->deaths = 0;
}

void LG_(account_halve)(void)
{
   st.n_recs = 0;
   for (UInt id = 1; id <= st.n; id++) {
      LgAccount *a = LG_(account_by_id)(id);
      a->n_recs = lg_series_halve(a->recs, a->n_recs);
      a->held_from = 0;
      a->rec_index = NO_INTERVAL;
      a->rec = NULL;
      st.n_recs += a->n_recs;
   }
}

void LG_(account_freeze)(void)
{
   st.is_frozen = True;
   for (UInt id = 1; id <= st.n; id++)
      LG_(account_by_id)(id)->rec_index = NO_INTERVAL;
}

Bool LG_(account_is_frozen)(void)
{
   return st.is_frozen;
}

LgAccount *LG_(account_touched)(void)
{
   return st.touched;
}

void LG_(account_clear_touched)(void)
{
   for (LgAccount *a = st.touched; a;) {
      LgAccount *next = a->next_touched;
      a->is_touched = False;
      a->next_touched = NULL;
      a->rec_index = NO_INTERVAL;
      a = next;
   }
   st.touched = NULL;
}

/* The last record may be open and get more. */
void LG_(account_held_written)(LgAccount *a)
{
   a->held_from = a->n_recs ? a->n_recs - 1 : 0;
}

void LG_(account_settle)(LgAccount *a)
{
   for (UInt i = a->held_from; i < a->n_recs; i++)
      a->recs[i].held_blk = a->recs[i].held_B = 0;
   LG_(account_held_written)(a);
   a->young_held = 0;
   for (UInt k = 0; k < a->n_ages; k++)
      a->ages[k].held = 0;
}

void LG_(account_sanity)(void)
{
   ULong live_B = 0, live_blk = 0;
   for (UInt id = 1; id <= st.n; id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      if (a->kind == LG_ACCOUNT_HEAP) {
         live_B += a->live_B;
         live_blk += a->live_blk;
      }
      for (UInt i = 0; i < a->n_recs; i++) {
         const lg_rec *r = &a->recs[i];
         tl_assert2(
            r->min_B <= r->end_B && r->end_B <= r->max_B && r->min_blk <= r->end_blk && r->end_blk <= r->max_blk, "A2");
         tl_assert2(i == 0 || r[-1].index < r->index, "S1");
         tl_assert2(i >= a->held_from || (r->held_blk == 0 && r->held_B == 0), "A5");
      }
      tl_assert2(st.is_frozen || a->n_recs == 0 || a->recs[a->n_recs - 1].end_B == a->live_B, "A2: end");
      tl_assert2(a->peak_number <= LG_(peak).number, "A3");
   }
   tl_assert2(live_B == LG_(heap_total).live_B && live_blk == LG_(heap_total).live_blk, "A1");
}

void LG_(account_stats)(ULong *n_recs, ULong *bytes)
{
   *n_recs = st.n_recs;
   *bytes = st.n_chunks * CHUNK * sizeof(LgAccount) + st.n_slots * sizeof *st.slots + st.recs_B;
}
