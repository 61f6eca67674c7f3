/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_stack: see lg_stack.h.
 *
 *   unwinder -> trace (addresses) -> raw stack (lg_raw) -> stack (numbers of addresses, lg_path, after trimming) -> frames (names)
 *
 * Two raw stacks that differ only inside the allocator (malloc's own frames, operator new, a container's growth) share one
 * stack, and so do call sites that nobody could tell apart: addresses with the same function, file and line (in a build without line
 * numbers, all calls in one function). A stack keeps one number for each such set. Its frames are made when they are asked for:
 * all addresses on it have been looked up.
 *
 * When code is unmapped its numbers retire (lg_ip): no trace is compared as equal to them any more, and stacks keep them with their
 * names. What only retired numbers take, and raw stacks that nothing leads to, is given back by rebuilding the tables now and then. */
#include "lg_stack.h"

#include "lg_counter.h"
#include "lg_fnclass.h"
#include "lg_format.h"
#include "lg_ip.h"
#include "lg_options.h"
#include "lg_symbol.h"
#include "lg_unwind.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_stacktrace.h"
#include "pub_tool_xarray.h"

static struct {
   Bool is_fast;    /* lg_unwind unwinds */
   UInt n_captured; /* frames */
   LgPaths paths;   /* of raw stacks and of stacks */
   LgPile stacks;   /* LgPath, by id; no path: [0], evicted, or stack_other() */
   LgSlots slots;   /* of stacks, by path */
   UInt other;      /* stack_other(); 0: not made yet */
   UInt other_frame;
   LgRawStack refused;          /* what leads there; stack 0: not made yet */
   Bool is_refusing, has_stale; /* has_stale: some raw stacks may have retired numbers */
   UInt n_retired_before;       /* when the tables were rebuilt */
   XArray *free,
      *reused; /* of UInt: ids of evicted stacks; those of them that were used again, since stack_forget_reused() */
} st;

/* --depth counts what is kept: so many more frames are captured, for those of the allocator that are trimmed. */
enum { FIRST_SLOTS = 1024, TRIMMED_EXTRA = LG_UNWIND_MAX - 500 };

void LG_(stack_init)(void)
{
   LG_(path_init)(&st.paths);
   LG_(raw_init)(&st.paths);
   LG_(pile_init)(&st.stacks, sizeof(LgPath));
   LG_(pile_add_row)(&st.stacks, 1);
   LG_(slots_init)(&st.slots, FIRST_SLOTS);
   st.free = VG_(newXA)(VG_(malloc), "lg.stack.init.1", VG_(free), sizeof(UInt));
   st.reused = VG_(newXA)(VG_(malloc), "lg.stack.init.2", VG_(free), sizeof(UInt));
   st.n_captured = (UInt)LG_(opt).depth + TRIMMED_EXTRA;
   st.is_fast = LG_(opt).hot_path == LG_HOT_PATH_FAST && LG_(unwind_is_available)();
}

/* ---- stacks ---- */

static LgPath *path_at(UInt stack)
{
   return LG_PILE_AT(&st.stacks, LgPath, stack);
}

static UInt hash_of_stack(const void *self, UInt stack)
{
   (void)self;
   return LG_(slots_mix)(path_at(stack)->node, path_at(stack)->tail);
}

/* A new stack's id, perhaps an evicted one's. */
static UInt new_stack(void)
{
   Word n = VG_(sizeXA)(st.free);
   if (n == 0)
      return LG_(pile_add_row)(&st.stacks, 1);
   UInt id = *(UInt *)VG_(indexXA)(st.free, n - 1);
   VG_(dropTailXA)(st.free, 1);
   VG_(addToXA)(st.reused, &id);
   return id;
}

static UInt intern_stack(const UInt *ips, UInt n)
{
   LgPath p = LG_(path_intern)(&st.paths, ips, n);
   UInt hash = LG_(slots_mix)(p.node, p.tail);
   for (UInt i = LG_(slots_first)(&st.slots, hash); st.slots.slots[i]; i = LG_(slots_next)(&st.slots, i)) {
      const LgPath *known = path_at(st.slots.slots[i]);
      if (known->node == p.node && known->tail == p.tail)
         return st.slots.slots[i];
   }
   UInt id = new_stack();
   *path_at(id) = p;
   LG_(slots_add)(&st.slots, id, hash_of_stack, NULL);
   return id;
}

/* ---- trimming ---- */

/* Number of leading frames of an address that all have one of these class bits. */
static UInt leading(const UInt *frames, UInt n, UInt bits)
{
   UInt i = 0;
   while (i < n && (LG_(symbol_class)(frames[i]) & bits))
      i++;
   return i;
}

/* How many innermost addresses consist of frames of these classes only. */
static UInt count_inner(const UInt *ips, UInt n, UInt bits)
{
   for (UInt i = 0; i < n; i++) {
      const UInt *frames;
      UInt k = LG_(symbol_frames)(ips[i], &frames);
      if (leading(frames, k, bits) < k)
         return i;
   }
   return n;
}

/* Where trimming ends: before the first address that has somebody's code. When all of it is library code only the allocator's
 * own part goes, and a stack that is nothing but an allocator keeps its outermost address. */
static UInt trim(const UInt *ips, UInt n)
{
   UInt skip = count_inner(ips, n, LG_FN_ALLOC | LG_FN_LIBRARY);
   if (skip < n) {
      const UInt *frames;
      UInt k = LG_(symbol_frames)(ips[skip], &frames);
      UInt inner = leading(frames, k, LG_FN_ALLOC | LG_FN_LIBRARY);
      if (!(LG_(symbol_class)(frames[inner]) & LG_FN_BELOW))
         return skip;
   }
   skip = count_inner(ips, n, LG_FN_ALLOC);
   return skip < n ? skip : n - 1;
}

/* True when the function that allocates, after trimming, is one that the user wants ignored. */
static Bool is_ignored(UInt ip)
{
   const UInt *frames;
   UInt n = LG_(symbol_frames)(ip, &frames);
   UInt inner = leading(frames, n, LG_FN_ALLOC | LG_FN_LIBRARY);
   for (UInt i = 0; i <= inner && i < n; i++)
      if (LG_(symbol_class)(frames[i]) & LG_FN_IGNORE)
         return True;
   return False;
}

static UInt stack_of_raw(const UInt *ips, UInt n)
{
   UInt skip = trim(ips, n);
   for (UInt i = 0; i <= skip; i++)
      if (is_ignored(ips[i]))
         return 0;
   UInt twins[LG_UNWIND_MAX];
   UInt kept = n - skip < LG_(opt).depth ? n - skip : (UInt)LG_(opt).depth;
   for (UInt i = 0; i < kept; i++)
      twins[i] = LG_(symbol_twin)(ips[skip + i]);
   return intern_stack(twins, kept);
}

/* ---- giving back ---- */

typedef struct {
   LgPathMove move;
   const UChar *is_evicted; /* by stack, or NULL */
} Rebuild;

/* Raw stacks of evicted stacks go, and those that no trace can lead to any more. */
static Bool keep_raw(LgRawStack *r, void *arg)
{
   Rebuild *b = arg;
   UInt numbers[LG_UNWIND_MAX];
   if (b->is_evicted && b->is_evicted[r->stack])
      return False;
   UInt n = LG_(path_numbers)(&st.paths, r->path, numbers, LG_UNWIND_MAX);
   for (UInt i = 0; i < n; i++)
      if (LG_(ip_address)[numbers[i]] == LG_IP_GONE)
         return False;
   r->path = LG_(path_move)(&b->move, r->path);
   if (b->is_evicted)
      r->last_account = NULL;
   return True;
}

/* Makes all tables anew, with what is still wanted. */
static void rebuild(const UChar *is_evicted)
{
   Rebuild b = {.is_evicted = is_evicted};
   LG_(path_move_begin)(&b.move, &st.paths);
   LG_(raw_keep_only)(keep_raw, &b);
   LG_(slots_clear)(&st.slots, st.slots.n);
   for (UInt id = 1; id < st.stacks.n; id++) {
      *path_at(id) = LG_(path_move)(&b.move, *path_at(id));
      if (path_at(id)->tail)
         LG_(slots_add)(&st.slots, id, hash_of_stack, NULL);
   }
   LG_(path_move_end)(&b.move);
   UChar *is_used = VG_(calloc)("lg.stack.rebuild.1", LG_(ip_count)() + 1, 1);
   LG_(path_mark)(&st.paths, is_used);
   LG_(symbol_reclaim)(is_used);
   VG_(free)(is_used);
   st.has_stale = False;
   st.n_retired_before = LG_(ip_n_retired)();
   LG_(unwind_forget_memos)();
}

/* ---- raw stacks ---- */

static LgRawStack *new_raw(const Addr *ips, UInt n, UInt hash)
{
   UInt numbers[LG_UNWIND_MAX];
   if (st.has_stale && LG_(raw_is_full)())
      rebuild(NULL);
   for (UInt i = 0; i < n; i++)
      numbers[i] = LG_(ip_id)(ips[i]);
   UInt stack = stack_of_raw(numbers, n);
   return LG_(raw_add)(hash, LG_(path_intern)(&st.paths, numbers, n), stack);
}

/* For a stack that is not to be kept. What --ignore-fn is about needs one all the same. */
static LgRawStack *refuse(const Addr *ips, UInt n)
{
   if (VG_(sizeXA)(LG_(opt).ignore_fns) > 0) {
      UInt numbers[LG_UNWIND_MAX];
      for (UInt i = 0; i < n; i++)
         numbers[i] = LG_(ip_id)(ips[i]);
      UInt skip = trim(numbers, n);
      for (UInt i = 0; i <= skip; i++)
         if (is_ignored(numbers[i]))
            return NULL;
   }
   if (st.refused.stack == 0)
      st.refused.stack = LG_(stack_other)();
   LG_(counter_add)(LG_STACK_REFUSED, VG_INVALID_THREADID);
   return &st.refused;
}

static inline LgRawStack *find_raw(const LgTrace *t)
{
   return LG_(raw_find)((UInt)(t->hash >> 32), t->ips, t->n);
}

static LgRawStack *intern_raw(const LgTrace *t)
{
   LgRawStack *r = find_raw(t);
   if (LIKELY(r != NULL))
      return r;
   if (UNLIKELY(st.is_refusing) && (r = refuse(t->ips, t->n)) != NULL)
      return r;
   return new_raw(t->ips, t->n, (UInt)(t->hash >> 32));
}

LgRawStack *LG_(stack_capture_anywhere)(ThreadId tid)
{
   Addr ips[LG_UNWIND_MAX];
   UInt n = VG_(get_StackTrace)(tid, ips, st.n_captured, NULL, NULL, 0);
   if (n == 0) {
      ips[0] = 0;
      n = 1;
   }
   LgTrace t = {.ips = ips, .n = n, .hash = LG_(unwind_hash)(ips, n)};
   return intern_raw(&t);
}

LgRawStack *LG_(stack_capture)(ThreadId tid)
{
   if (!st.is_fast)
      return LG_(stack_capture_anywhere)(tid);
   LgTrace t;
   LG_(unwind_trace)(tid, NULL, st.n_captured, &t);
   if (UNLIKELY(LG_(opt).check_unwind))
      LG_(unwind_check)(tid, st.n_captured, &t);
   if (*t.memo)
      return *t.memo;
   LgRawStack *r = intern_raw(&t);
   if (LIKELY(r != &st.refused))
      *t.memo = r;
   return r;
}

LgRawStack *LG_(stack_capture_known)(ThreadId tid, const LgRegs *regs)
{
   LgTrace t;
   LG_(unwind_trace)(tid, regs, st.n_captured, &t);
   if (UNLIKELY(LG_(opt).check_unwind))
      LG_(unwind_check)(tid, st.n_captured, &t);
   if (!*t.memo)
      *t.memo = find_raw(&t);
   return *t.memo;
}

/* ---- what a stack is ---- */

/* Frames of a list of addresses: without the allocator's inlined ones at the inner end and without what calls main. */
static UInt collect_frames(const UInt *ips, UInt n_ips, UInt *out, UInt max)
{
   UInt n = 0;
   for (UInt i = 0; i < n_ips && n < max; i++) {
      const UInt *frames;
      UInt k = LG_(symbol_frames)(ips[i], &frames);
      UInt from = i == 0 ? leading(frames, k, LG_FN_ALLOC | LG_FN_LIBRARY) : 0;
      if (from == k)
         from = leading(frames, k, LG_FN_ALLOC);
      if (from == k)
         from = k - 1;
      for (UInt j = from; j < k && n < max; j++) {
         UInt bits = LG_(symbol_class)(frames[j]);
         if ((bits & LG_FN_BELOW) && n > 0)
            return n;
         out[n++] = frames[j];
         if (bits & LG_FN_MAIN)
            return n;
      }
   }
   return n;
}

UInt LG_(stack_frames)(UInt stack, UInt frames[LG_FRAMES_MAX])
{
   if (stack == 0)
      return 0;
   tl_assert(stack < st.stacks.n);
   UInt numbers[LG_UNWIND_MAX];
   UInt n = LG_(path_numbers)(&st.paths, *path_at(stack), numbers, LG_UNWIND_MAX);
   if (n > 0)
      return collect_frames(numbers, n, frames, LG_FRAMES_MAX);
   LG_(stack_other)();
   frames[0] = st.other_frame;
   return 1;
}

UInt LG_(stack_ips)(UInt stack, Addr ips[LG_UNWIND_MAX])
{
   tl_assert(stack >= 1 && stack < st.stacks.n);
   UInt numbers[LG_UNWIND_MAX];
   UInt n = LG_(path_numbers)(&st.paths, *path_at(stack), numbers, LG_UNWIND_MAX);
   for (UInt i = 0; i < n; i++) {
      ips[i] = LG_(symbol_address)(numbers[i]);
      if (ips[i] == 0)
         return 0;
   }
   return n;
}

UInt LG_(stack_count)(void)
{
   return st.stacks.n - 1;
}

void LG_(stack_forget)(Addr a, SizeT len)
{
   enum { FEW = 4096 };
   if (LG_(ip_retire)(a, len) == 0)
      return;
   st.has_stale = True;
   LG_(unwind_forget_memos)();
   UInt n_more = LG_(ip_n_retired)() - st.n_retired_before;
   if (n_more > FEW && n_more > LG_(ip_count)() / 2)
      rebuild(NULL);
}

/* ---- not keeping all ---- */

UInt LG_(stack_other)(void)
{
   if (st.other == 0) {
      st.other = new_stack();
      st.other_frame = LG_(symbol_made_up)("(other)");
   }
   return st.other;
}

void LG_(stack_evict)(const UChar *is_evicted)
{
   LG_(stack_other)();
   st.refused.last_account = NULL;
   for (UInt id = 1; id < st.stacks.n; id++)
      if (is_evicted[id] && path_at(id)->tail) {
         *path_at(id) = (LgPath){0, 0};
         VG_(addToXA)(st.free, &id);
      }
   rebuild(is_evicted);
}

void LG_(stack_refuse_new)(Bool refuse)
{
   st.is_refusing = refuse;
}

const XArray *LG_(stack_reused)(void)
{
   return st.reused;
}

void LG_(stack_forget_reused)(void)
{
   VG_(dropTailXA)(st.reused, VG_(sizeXA)(st.reused));
}

Bool LG_(stack_is_evicted)(UInt stack)
{
   return path_at(stack)->tail == 0 && stack != st.other;
}

UInt LG_(stack_kept)(UInt stack)
{
   return LG_(path_length)(&st.paths, *path_at(stack));
}

void LG_(stack_stats)(ULong *n_raw, ULong *bytes)
{
   *n_raw = LG_(raw_count)();
   *bytes = LG_(raw_bytes)() + LG_(path_bytes)(&st.paths) + LG_(pile_bytes)(&st.stacks) + LG_(slots_bytes)(&st.slots);
}

void LG_(stack_shape)(ULong *n_parts, ULong *n_nodes)
{
   *n_parts = st.paths.part_slots.n;
   *n_nodes = st.paths.node_slots.n;
}
