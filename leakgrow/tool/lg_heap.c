/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_heap: see lg_heap.h. */
#include "lg_heap.h"

#include "lg_block.h"
#include "lg_bound.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_counter.h"
#include "lg_options.h"
#include "lg_pool.h"
#include "lg_slab.h"
#include "lg_snapshot.h"
#include "lg_stack.h"
#include "lg_unwind.h"
#include "lg_watch.h"
#include "lg_zone.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_replacemalloc.h"
#include "pub_tool_tooliface.h"

static inline LgAccount *account_of(LgRawStack *raw, lg_account_kind kind, UInt context)
{
   if (UNLIKELY(raw->stack == 0))
      return NULL;
   if (LIKELY(raw->last_account && raw->last_context == context && raw->last_account->kind == kind))
      return raw->last_account;
   raw->last_context = context;
   raw->last_account = LG_(account_get)(kind, raw->stack, context);
   LG_(bound_note_account)();
   return raw->last_account;
}

LgAccount *LG_(heap_account)(ThreadId tid, lg_account_kind kind)
{
   LgRawStack *raw = kind == LG_ACCOUNT_HEAP ? LG_(stack_capture)(tid) : LG_(stack_capture_anywhere)(tid);
   return account_of(raw, kind, LG_(context_of_thread)(tid));
}

LgAccount *LG_(heap_account_of)(LgRawStack *raw, lg_account_kind kind, UInt context)
{
   return account_of(raw, kind, context);
}

void LG_(heap_before_event)(SizeT szB)
{
   LG_(clock_note_event)(szB);
   if (UNLIKELY(LG_(clock_is_due)()))
      LG_(snapshot_next_interval)();
}

void LG_(heap_after_growth)(ThreadId tid)
{
   if (UNLIKELY(LG_(heap_total).live_B >= LG_(snapshot_level_B)))
      LG_(snapshot_level_reached)(tid);
}

/* ---- allocation ---- */

/* Valgrind's allocator ends the run when more than the largest alignment is asked. The least is malloc's in today's C libraries, also
 * of 32-bit x86, where Valgrind's own is 8; lg_block counts on it. */
enum { LG_ALIGN_MIN_B = 16, LG_ALIGN_MAX_B = 1 << 24 };

static SizeT aligned_at_least(SizeT alignB)
{
   return alignB < LG_ALIGN_MIN_B ? LG_ALIGN_MIN_B : alignB;
}

/* A live block: in a slab, with its slot, or in Valgrind's client heap, with its entry in lg_block. */
typedef struct {
   Addr a;
   SizeT szB;
   UInt account, birth;
   LgSlot *slot;
   LgBlock *block;
} Found;

static inline Bool find_small(Addr a, Found *f)
{
   f->a = a;
   f->slot = LG_(slab_find)(a);
   if (UNLIKELY(!f->slot))
      return False;
   f->block = NULL;
   f->szB = LG_(slot_szB)(f->slot);
   f->account = f->slot->account;
   f->birth = f->slot->birth;
   return True;
}

static inline Bool find(Addr a, Found *f)
{
   if (LIKELY(find_small(a, f)))
      return True;
   f->block = LG_(block_find)(a);
   if (!f->block)
      return False;
   f->szB = f->block->szB;
   f->account = f->block->account;
   f->birth = f->block->birth;
   return True;
}

Bool LG_(heap_find)(Addr a, LgHeapBlock *out)
{
   if (LG_(pool_find)(a, out))
      return True;
   LgSlot *slot = LG_(slab_find_interior)(a, &out->start);
   if (slot) {
      out->szB = LG_(slot_szB)(slot);
      out->account = slot->account;
      out->birth = slot->birth;
      return True;
   }
   const LgBlock *b = LG_(block_find_interior)(a, &out->start);
   if (!b)
      return False;
   out->szB = b->szB;
   out->account = b->account;
   out->birth = b->birth;
   return True;
}

void LG_(heap_watch)(Addr start)
{
   if (LG_(pool_watch)(start))
      return;
   Found f;
   Bool is_block = find(start, &f);
   tl_assert2(is_block, "heap_watch: no block at %#lx", start);
   if (f.slot)
      f.slot->state |= LG_SLOT_WATCHED;
   else
      f.block->is_watched = 1;
}

/* Memory for a block, without a word in the books. */
static inline void *take(SizeT szB, SizeT alignB, LgSlot **slot)
{
   *slot = NULL;
   void *p = LG_(slab_alloc)(szB, alignB, slot);
   if (LIKELY(p != NULL))
      return p;
   if ((SSizeT)szB < 0 || alignB > LG_ALIGN_MAX_B)
      return NULL;
   p = VG_(cli_malloc)(aligned_at_least(alignB), szB);
   LG_(unwind_new_limits)(); /* it may have mapped memory beside a stack */
   return p;
}

static inline void note(void *p, LgSlot *slot, SizeT szB, UInt account, UInt birth)
{
   if (LIKELY(slot != NULL)) {
      slot->account = account;
      slot->birth = birth;
   } else {
      LG_(block_add)((Addr)p, szB, account, birth);
   }
}

static inline void give_back(const Found *f)
{
   if (LIKELY(f->slot != NULL)) {
      LG_(slab_free)(f->a);
   } else {
      LG_(block_remove)(f->a);
      VG_(cli_free)((void *)f->a);
   }
}

/* A block was born. `raw`: its stack, or NULL when that is still to be found. */
static inline void *enter(ThreadId tid, void *p, LgSlot *slot, SizeT szB, Bool is_zeroed, LgRawStack *raw)
{
   if (is_zeroed)
      VG_(memset)(p, 0, szB);
   LG_(heap_before_event)(szB);
   if (UNLIKELY(szB == 0))
      LG_(counter_add)(LG_ZERO_SIZE, VG_INVALID_THREADID);
   LgAccount *a = account_of(raw ? raw : LG_(stack_capture)(tid), LG_ACCOUNT_HEAP, LG_(context_of_thread)(tid));
   note(p, slot, szB, a ? a->id : 0, LG_(clock).epoch);
   if (UNLIKELY(!a))
      return p;
   LG_(account_birth)(a, szB);
   LG_(heap_after_growth)(tid);
   return p;
}

static void *allocate(ThreadId tid, SizeT szB, SizeT alignB, Bool is_zeroed)
{
   LgSlot *slot;
   void *p = take(szB, alignB, &slot);
   if (UNLIKELY(!p)) {
      LG_(counter_add)(LG_FAILED_ALLOC, tid);
      return NULL;
   }
   return enter(tid, p, slot, szB, is_zeroed, NULL);
}

/* ---- release ---- */

static inline Bool is_watched(const Found *f)
{
   return f->slot ? (f->slot->state & LG_SLOT_WATCHED) != 0 : f->block->is_watched;
}

static inline void leave(ThreadId tid, const Found *f)
{
   LG_(heap_before_event)(f->szB);
   if (f->account)
      LG_(account_death)(LG_(account_by_id)(f->account), f->szB, f->birth);
   if (UNLIKELY(LG_(zone_n_blocks) != 0))
      LG_(zone_block_freed)(f->a);
   if (UNLIKELY(is_watched(f)))
      LG_(watch_block_freed)(tid, f->a, f->szB);
   give_back(f);
}

static void release(ThreadId tid, Addr p)
{
   Found f;
   if (UNLIKELY(!find(p, &f))) {
      Bool was_block = LG_(slab_was_block)(p) || LG_(block_was_freed)(p);
      LG_(counter_add)(was_block ? LG_DOUBLE_FREE : LG_BOGUS_FREE, tid);
      return;
   }
   leave(tid, &f);
}

/* ---- resizing ---- */

static void record_resize(ThreadId tid, const Found *f, SizeT new_szB)
{
   if (!f->account)
      return;
   LG_(account_resize)(LG_(account_by_id)(f->account), f->szB, new_szB, f->birth);
   if (new_szB > f->szB)
      LG_(heap_after_growth)(tid);
}

/* Stays where it is unless that would waste more than half of what it has. */
static Bool fits_in_place(const Found *f, SizeT new_szB, SizeT alignB)
{
   SizeT usable = f->slot ? LG_(slab_capacity)(f->a) : VG_(cli_malloc_usable_size)((void *)f->a);
   return new_szB <= usable && new_szB >= usable / 2 && (f->a & (alignB - 1)) == 0;
}

static inline SizeT difference(SizeT a, SizeT b)
{
   return a > b ? a - b : b - a;
}

static void *resize_found(ThreadId tid, const Found *f, SizeT new_szB, SizeT alignB)
{
   if (fits_in_place(f, new_szB, alignB)) {
      LG_(heap_before_event)(difference(new_szB, f->szB));
      if (f->slot)
         LG_(slot_set_szB)(f->slot, new_szB);
      else
         f->block->szB = new_szB;
      record_resize(tid, f, new_szB);
      return (void *)f->a;
   }
   LgSlot *slot;
   void *q = take(new_szB, alignB, &slot);
   if (UNLIKELY(!q)) {
      LG_(counter_add)(LG_FAILED_ALLOC, tid);
      return NULL;
   }
   LG_(heap_before_event)(difference(new_szB, f->szB));
   VG_(memcpy)(q, (void *)f->a, f->szB < new_szB ? f->szB : new_szB);
   LG_(zone_block_moved)(f->a, (Addr)q);
   if (UNLIKELY(is_watched(f)))
      LG_(watch_block_moved)(tid, f->a, f->szB);
   give_back(f);
   note(q, slot, new_szB, f->account, f->birth);
   record_resize(tid, f, new_szB);
   return q;
}

static void *resize(ThreadId tid, Addr p, SizeT new_szB, SizeT alignB)
{
   Found f;
   if (LIKELY(find(p, &f)))
      return resize_found(tid, &f, new_szB, alignB);
   LG_(counter_add)(LG_BOGUS_REALLOC, tid);
   return NULL;
}

/* ---- Valgrind's callbacks ---- */

static void *lg_malloc(ThreadId tid, SizeT szB)
{
   return allocate(tid, szB, VG_(clo_alignment), /*is_zeroed*/ False);
}

static void *lg_new_aligned(ThreadId tid, SizeT szB, SizeT alignB LG_ORIG_ALIGN)
{
   LG_ORIG_ALIGN_UNUSED;
   return allocate(tid, szB, alignB, /*is_zeroed*/ False);
}

static void *lg_memalign(ThreadId tid, SizeT alignB LG_ORIG_ALIGN, SizeT szB)
{
   LG_ORIG_ALIGN_UNUSED;
   return allocate(tid, szB, alignB, /*is_zeroed*/ False);
}

static void *lg_calloc(ThreadId tid, SizeT n, SizeT szB)
{
   if (szB != 0 && n > ~(SizeT)0 / szB) {
      LG_(counter_add)(LG_FAILED_ALLOC, tid);
      return NULL;
   }
   return allocate(tid, n * szB, VG_(clo_alignment), /*is_zeroed*/ True);
}

static void lg_free(ThreadId tid, void *p)
{
   release(tid, (Addr)p);
}

static void lg_delete_aligned(ThreadId tid, void *p, SizeT alignB)
{
   (void)alignB;
   release(tid, (Addr)p);
}

static void *lg_realloc(ThreadId tid, void *p, SizeT szB)
{
   if (!p)
      return lg_malloc(tid, szB);
   if (szB == 0 && LG_REALLOC_ZERO_FREES) {
      release(tid, (Addr)p);
      return NULL;
   }
   return resize(tid, (Addr)p, szB, VG_(clo_alignment));
}

/* ---- without a request ---- */

/* Larger blocks are left to requests: for them the kernel is asked, which may refuse. */
enum { DIRECT_MAX_B = 1 << 20 };

/* Nothing falls due with an event of this many bytes that makes the heap grow by so many. */
static inline Bool is_quiet(SizeT szB, SizeT growth_B)
{
   return !LG_(clock_is_due_with)(szB) && LG_(heap_total).live_B + growth_B < LG_(snapshot_level_B);
}

static Bool direct_allocate(ThreadId tid, const LgRegs *regs, SizeT szB, SizeT alignB, Bool is_zeroed, UWord *result)
{
   if (UNLIKELY(szB > DIRECT_MAX_B || !is_quiet(szB, szB)))
      return False;
   LgRawStack *raw = LG_(stack_capture_known)(tid, regs);
   LgSlot *slot;
   void *p = LIKELY(raw != NULL) ? take(szB, alignB, &slot) : NULL;
   if (UNLIKELY(!p))
      return False;
   *result = (UWord)enter(tid, p, slot, szB, is_zeroed, raw);
   return True;
}

static inline Bool direct_release(ThreadId tid, Addr p, UWord *result)
{
   Found f;
   if (UNLIKELY(!find(p, &f) || f.szB > DIRECT_MAX_B || !is_quiet(f.szB, 0)))
      return False;
   leave(tid, &f);
   *result = 0;
   return True;
}

static Bool direct_resize(ThreadId tid, Addr p, SizeT szB, UWord *result)
{
   Found f;
   if (szB == 0 || szB > DIRECT_MAX_B || !find(p, &f) || f.szB > DIRECT_MAX_B || !is_quiet(difference(szB, f.szB), szB))
      return False;
   *result = (UWord)resize_found(tid, &f, szB, VG_(clo_alignment));
   return True;
}

Bool LG_(heap_direct)(ThreadId tid, const LgRegs *regs, UWord fn, const UWord *args, UWord *result)
{
   if (fn == (UWord)lg_malloc)
      return direct_allocate(tid, regs, args[0], VG_(clo_alignment), False, result);
   if (fn == (UWord)lg_free || fn == (UWord)lg_delete_aligned)
      return direct_release(tid, args[0], result);
   if (fn == (UWord)lg_realloc)
      return args[0] ? direct_resize(tid, args[0], args[1], result)
                     : direct_allocate(tid, regs, args[1], VG_(clo_alignment), False, result);
   if (fn == (UWord)lg_calloc)
      return args[0] <= DIRECT_MAX_B && args[1] <= DIRECT_MAX_B &&
             direct_allocate(tid, regs, args[0] * args[1], VG_(clo_alignment), True, result);
   if (fn == (UWord)lg_new_aligned)
      return direct_allocate(tid, regs, args[0], args[1], False, result);
   return False;
}

void *LG_(heap_realign)(ThreadId tid, void *p, SizeT szB, SizeT alignB)
{
   if (alignB < VG_(clo_alignment))
      alignB = VG_(clo_alignment);
   if ((alignB & (alignB - 1)) != 0 || alignB > LG_ALIGN_MAX_B) {
      LG_(counter_add)(LG_BAD_REQUEST, tid);
      return NULL;
   }
   return resize(tid, (Addr)p, szB, alignB);
}

/* No more than was asked for: what a program puts beyond that would be lost when the block moves, and calloc has not cleared it. */
static SizeT lg_usable_size(ThreadId tid, void *p)
{
   (void)tid;
   Found f;
   return find((Addr)p, &f) ? f.szB : 0;
}

void LG_(heap_init)(void)
{
   VG_(needs_malloc_replacement)
   (lg_malloc, lg_malloc, lg_new_aligned, lg_malloc, lg_new_aligned, lg_memalign, lg_calloc, lg_free, lg_free,
    lg_delete_aligned, lg_free, lg_delete_aligned, lg_realloc, lg_usable_size, /*redzone*/ 0);
}
