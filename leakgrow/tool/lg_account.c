/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_account: see lg_account.h. */
#include "lg_account.h"

#include "lg_arena.h"
#include "lg_clock.h"
#include "lg_record.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_xarray.h"

enum { CHUNK = 1024, FIRST_SLOTS = 4096 };

LgHeapTotal LG_(heap_total);
LgPeak LG_(peak);

static struct {
   LgAccount **chunks; /* accounts never move: blocks name them by number, raw stacks by address */
   UInt n_chunks, n;
   UInt *slots; /* open addressing; ids */
   UInt n_slots;
   Bool is_frozen;
   LgAccount *free; /* merged ones that no block names any more, by `into`: their ids can be used again */
   UInt n_merged;   /* ids that merged accounts have, free ones included */
   XArray *reused;  /* of UInt: ids that were, since account_forget_reused() */
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

/* A6: takes the id of a merged account, if there is one to be had. In a profile only one with a stack can follow it. */
static LgAccount *reuse_account(UInt stack)
{
   LgAccount *a = st.free;
   if (!a || stack == 0)
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
   LgAccount *a = reuse_account(stack);
   if (LIKELY(!a))
      a = fresh_account();
   a->kind = kind;
   a->stack = stack;
   a->context = context;
   a->rec_index = LG_NO_INTERVAL;
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

LgAccount *LG_(account_find)(lg_account_kind kind, UInt stack, UInt context)
{
   UInt id = st.slots[find_slot(st.slots, st.n_slots, kind, stack, context)];
   return id ? LG_(account_by_id)(id) : NULL;
}

/* ---- one account ---- */

/* Must precede every change of an account. */
static inline lg_rec *touch(LgAccount *a)
{
   if (UNLIKELY(a->peak_number != LG_(peak).number)) {
      a->at_peak_B = a->live_B;
      a->at_peak_blk = a->live_blk;
      a->peak_number = LG_(peak).number;
   }
   if (UNLIKELY(a->rec_index != LG_(clock).index))
      LG_(record_open)(a);
   return a->rec;
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

LgAccount *LG_(account_now)(UInt id)
{
   return resolve(LG_(account_by_id)(id));
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

void LG_(account_merge)(LgAccount *a, LgAccount *into)
{
   tl_assert(!st.is_frozen && !a->into && !into->into && a != into);
   tl_assert(a->kind == into->kind);
   ULong B, blk, into_B, into_blk;
   LG_(account_at_peak)(a, &B, &blk);
   LG_(account_at_peak)(into, &into_B, &into_blk);
   into->at_peak_B = B + into_B;
   into->at_peak_blk = (UInt)(blk + into_blk);
   into->peak_number = LG_(peak).number;
   LG_(record_merge)(a, into);
   into->live_B += a->live_B;
   into->live_blk += a->live_blk;
   into->total_B += a->total_B;
   into->total_blk += a->total_blk;
   a->n_refs = a->is_home ? ~0ULL : a->live_blk;
   into->is_home = True;
   a->live_blk = a->at_peak_blk = 0;
   a->live_B = a->total_B = a->total_blk = a->at_peak_B = 0;
   a->kind = LG_ACCOUNT_HEAP;
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
   r->surv_blk++;
   r->surv_B += (Long)szB;
   r->held_blk++;
   r->held_B += (Long)szB;
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
   LG_(record_survivors)(a, birth, -1, -(Long)szB);
   LG_(record_age)(a, birth);
   note_live(a, r);
   if (a->kind == LG_ACCOUNT_HEAP)
      total_death(szB);
}

/* What resize and shrink have in common; the caller has confirmed the peak where that is needed. */
static lg_rec *change_size(LgAccount *a, SizeT old_szB, SizeT new_szB, UInt birth)
{
   lg_rec *r = touch(a);
   a->live_B = a->live_B - old_szB + new_szB;
   LG_(record_survivors)(a, birth, 0, (Long)new_szB - (Long)old_szB);
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
   a = resolve(a);
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
   tl_assert(!LG_(record_touched)());
   LgHeapTotal *t = &LG_(heap_total);
   t->floor_B = t->ceiling_B = t->live_B;
   t->floor_blk = t->ceiling_blk = t->live_blk;
   t->births = t->deaths = 0;
}

void LG_(account_halve)(void)
{
   for (UInt id = 1; id <= st.n; id++)
      LG_(record_halve)(LG_(account_by_id)(id));
}

void LG_(account_freeze)(void)
{
   st.is_frozen = True;
   LG_(record_freeze)();
}

Bool LG_(account_is_frozen)(void)
{
   return st.is_frozen;
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
      LG_(record_sanity)(a);
      tl_assert2(a->peak_number <= LG_(peak).number, "A3");
   }
   tl_assert2(live_B == LG_(heap_total).live_B && live_blk == LG_(heap_total).live_blk, "A1");
}

void LG_(account_stats)(ULong *n_recs, ULong *bytes)
{
   ULong open_B, pieces_B, unused;
   LG_(record_stats)(n_recs, &open_B);
   LG_(arena_stats)(&pieces_B, &unused);
   *bytes = (ULong)st.n_chunks * CHUNK * sizeof(LgAccount) + st.n_slots * sizeof *st.slots + open_B + pieces_B;
}
