/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_stack: see lg_stack.h.
 *
 *   unwinder -> raw stack (hash of all addresses) -> stack (addresses after trimming) -> frames (names, on demand)
 *
 * Two raw stacks that differ only inside the allocator (malloc's own frames, operator new, a container's growth) share one
 * stack, and so do call sites that nobody could tell apart: addresses with the same function, file and line (in a build without line
 * numbers, all calls in one function). A stack keeps one address for each such set, and its list of frames is made when it is first
 * written or its code goes away. */
#include "lg_stack.h"

#include "lg_counter.h"
#include "lg_fnclass.h"
#include "lg_format.h"
#include "lg_options.h"
#include "lg_symbol.h"
#include "lg_unwind.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_stacktrace.h"
#include "pub_tool_xarray.h"

typedef struct {
   ULong hash;
   UInt n_ips;
   UInt n_frames; /* 0: not named yet */
   Addr *ips;     /* NULL once forgotten */
   UInt *frames;
} Stack;

/* The hash stands beside the pointer: a look-up touches no raw stack but the one it finds. */
typedef struct {
   ULong hash;
   LgRawStack *raw; /* NULL: free */
} RawSlot;

static struct {
   Bool is_fast;    /* lg_unwind unwinds */
   UInt n_captured; /* frames */
   RawSlot *raw;    /* open addressing */
   UInt n_raw, n_raw_slots;
   Stack *stacks; /* by id - 1 */
   UInt n_stacks, stacks_size;
   UInt *slots; /* open addressing; stack ids */
   UInt n_slots;
   UInt n_named;        /* stacks 1 .. n_named have frames */
   UInt other;          /* stack_other(); 0: not made yet */
   LgRawStack *refused; /* what leads there; NULL: not made yet */
   Bool is_refusing;
   XArray *free,
      *reused; /* of UInt: ids of evicted stacks; those of them that were used again, since stack_forget_reused() */
   ULong bytes;
} st;

/* --depth counts what is kept: so many more frames are captured, for those of the allocator that are trimmed. */
enum { FIRST_SLOTS = 4096, TRIMMED_EXTRA = LG_UNWIND_MAX - 500 };

void LG_(stack_init)(void)
{
   st.n_raw_slots = st.n_slots = FIRST_SLOTS;
   st.raw = VG_(calloc)("lg.stack.init.1", st.n_raw_slots, sizeof *st.raw);
   st.slots = VG_(calloc)("lg.stack.init.2", st.n_slots, sizeof *st.slots);
   st.free = VG_(newXA)(VG_(malloc), "lg.stack.init.3", VG_(free), sizeof(UInt));
   st.reused = VG_(newXA)(VG_(malloc), "lg.stack.init.4", VG_(free), sizeof(UInt));
   st.n_captured = (UInt)LG_(opt).depth + TRIMMED_EXTRA;
   st.is_fast = LG_(opt).hot_path == LG_HOT_PATH_FAST && LG_(unwind_is_available)();
}

/* Mostly called for what is equal: no test in the loop. */
static inline Bool same_ips(const Addr *a, const Addr *b, UInt n)
{
   Addr difference = 0, other = 0;
   UInt i = 0;
   for (; i + 1 < n; i += 2) {
      difference |= a[i] ^ b[i];
      other |= a[i + 1] ^ b[i + 1];
   }
   if (i < n)
      difference |= a[i] ^ b[i];
   return (difference | other) == 0;
}

/* ---- stacks ---- */

static UInt find_slot(const UInt *slots, UInt n_slots, ULong hash, const Addr *ips, UInt n)
{
   UInt i = (UInt)hash & (n_slots - 1);
   for (; slots[i]; i = (i + 1) & (n_slots - 1)) {
      const Stack *s = &st.stacks[slots[i] - 1];
      if (s->hash == hash && s->n_ips == n && s->ips && same_ips(s->ips, ips, n))
         break;
   }
   return i;
}

static void rebuild_slots(UInt n_slots)
{
   UInt *slots = VG_(calloc)("lg.stack.slots.1", n_slots, sizeof *slots);
   for (UInt id = 1; id <= st.n_stacks; id++) {
      const Stack *s = &st.stacks[id - 1];
      if (s->ips)
         slots[find_slot(slots, n_slots, s->hash, s->ips, s->n_ips)] = id;
   }
   VG_(free)(st.slots);
   st.slots = slots;
   st.n_slots = n_slots;
}

static UInt reuse_stack(void)
{
   Word n = VG_(sizeXA)(st.free);
   if (n == 0)
      return 0;
   UInt id = *(UInt *)VG_(indexXA)(st.free, n - 1);
   VG_(dropTailXA)(st.free, 1);
   VG_(addToXA)(st.reused, &id);
   VG_(free)(st.stacks[id - 1].frames);
   VG_(memset)(&st.stacks[id - 1], 0, sizeof(Stack));
   if (st.n_named >= id)
      st.n_named = id - 1;
   return id;
}

/* A new stack's id, perhaps an evicted one's. */
static UInt new_stack(void)
{
   UInt id = reuse_stack();
   if (id)
      return id;
   if (st.n_stacks == st.stacks_size) {
      st.stacks_size = st.stacks_size ? st.stacks_size * 2 : FIRST_SLOTS;
      st.stacks = VG_(realloc)("lg.stack.stacks.1", st.stacks, st.stacks_size * sizeof *st.stacks);
   }
   VG_(memset)(&st.stacks[st.n_stacks], 0, sizeof(Stack));
   st.bytes += sizeof(Stack);
   return ++st.n_stacks;
}

static UInt intern_stack(const Addr *ips, UInt n)
{
   ULong hash = LG_(unwind_hash)(ips, n);
   UInt slot = find_slot(st.slots, st.n_slots, hash, ips, n);
   if (st.slots[slot])
      return st.slots[slot];
   UInt id = new_stack();
   Stack *s = &st.stacks[id - 1];
   s->hash = hash;
   s->n_ips = n;
   s->ips = VG_(malloc)("lg.stack.ips.1", n * sizeof *ips);
   VG_(memcpy)(s->ips, ips, n * sizeof *ips);
   st.bytes += n * sizeof *ips;
   st.slots[slot] = id;
   if (st.n_stacks * 2 > st.n_slots)
      rebuild_slots(st.n_slots * 2);
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
static UInt count_inner(const Addr *ips, UInt n, UInt bits)
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
static UInt trim(const Addr *ips, UInt n)
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
static Bool is_ignored(Addr ip)
{
   const UInt *frames;
   UInt n = LG_(symbol_frames)(ip, &frames);
   UInt inner = leading(frames, n, LG_FN_ALLOC | LG_FN_LIBRARY);
   for (UInt i = 0; i <= inner && i < n; i++)
      if (LG_(symbol_class)(frames[i]) & LG_FN_IGNORE)
         return True;
   return False;
}

static UInt stack_of_raw(const Addr *ips, UInt n)
{
   UInt skip = trim(ips, n);
   for (UInt i = 0; i < skip; i++)
      if (is_ignored(ips[i]))
         return 0;
   if (is_ignored(ips[skip]))
      return 0;
   Addr twins[LG_UNWIND_MAX];
   UInt kept = n - skip < LG_(opt).depth ? n - skip : (UInt)LG_(opt).depth;
   for (UInt i = 0; i < kept; i++)
      twins[i] = LG_(symbol_twin)(ips[skip + i]);
   return intern_stack(twins, kept);
}

/* ---- raw stacks ---- */

static UInt find_raw(const RawSlot *slots, UInt n_slots, ULong hash, const Addr *ips, UInt n)
{
   UInt i = (UInt)(hash >> 20) & (n_slots - 1);
   for (; slots[i].raw; i = (i + 1) & (n_slots - 1))
      if (slots[i].hash == hash && slots[i].raw->n == n && same_ips(slots[i].raw->ips, ips, n))
         break;
   return i;
}

/* Moves all raw stacks into a table of this many slots, without those that have an address in [a, a + len). */
static void rehash_raw(UInt n_slots, Addr a, SizeT len)
{
   RawSlot *slots = VG_(calloc)("lg.stack.raw.1", n_slots, sizeof *slots);
   UInt kept = 0;
   for (UInt i = 0; i < st.n_raw_slots; i++) {
      LgRawStack *r = st.raw[i].raw;
      if (!r)
         continue;
      Bool gone = False;
      for (UInt k = 0; k < r->n && !gone && len > 0; k++)
         gone = r->ips[k] - a < len;
      if (gone) {
         st.bytes -= sizeof *r + r->n * sizeof *r->ips;
         VG_(free)(r);
         continue;
      }
      UInt to = (UInt)(st.raw[i].hash >> 20) & (n_slots - 1);
      while (slots[to].raw)
         to = (to + 1) & (n_slots - 1);
      slots[to] = st.raw[i];
      kept++;
   }
   VG_(free)(st.raw);
   st.raw = slots;
   st.n_raw_slots = n_slots;
   st.n_raw = kept;
}

static LgRawStack *new_raw(const Addr *ips, UInt n)
{
   LgRawStack *r = VG_(malloc)("lg.stack.raw.2", sizeof *r + n * sizeof *ips);
   r->n = n;
   r->last_context = 0;
   r->last_account = NULL;
   VG_(memcpy)(r->ips, ips, n * sizeof *ips);
   r->stack = stack_of_raw(ips, n);
   st.bytes += sizeof *r + n * sizeof *ips;
   return r;
}

/* For a stack that is not to be kept. What --ignore-fn is about needs one all the same. */
static LgRawStack *refuse(const Addr *ips, UInt n)
{
   if (VG_(sizeXA)(LG_(opt).ignore_fns) > 0) {
      UInt skip = trim(ips, n);
      for (UInt i = 0; i <= skip; i++)
         if (is_ignored(ips[i]))
            return NULL;
   }
   if (!st.refused) {
      st.refused = VG_(calloc)("lg.stack.refused.1", 1, sizeof *st.refused);
      st.refused->stack = LG_(stack_other)();
   }
   LG_(counter_add)(LG_STACK_REFUSED, VG_INVALID_THREADID);
   return st.refused;
}

static inline LgRawStack *intern_raw(const Addr *ips, UInt n, ULong hash)
{
   UInt slot = find_raw(st.raw, st.n_raw_slots, hash, ips, n);
   LgRawStack *r = st.raw[slot].raw;
   if (LIKELY(r != NULL))
      return r;
   if (UNLIKELY(st.is_refusing) && (r = refuse(ips, n)) != NULL)
      return r;
   r = new_raw(ips, n);
   st.raw[slot] = (RawSlot){hash, r};
   if (++st.n_raw * 2 > st.n_raw_slots)
      rehash_raw(st.n_raw_slots * 2, 0, 0);
   return r;
}

LgRawStack *LG_(stack_capture_anywhere)(ThreadId tid)
{
   Addr ips[LG_UNWIND_MAX];
   UInt n = VG_(get_StackTrace)(tid, ips, st.n_captured, NULL, NULL, 0);
   if (n == 0) {
      ips[0] = 0;
      n = 1;
   }
   return intern_raw(ips, n, LG_(unwind_hash)(ips, n));
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
   LgRawStack *r = intern_raw(t.ips, t.n, t.hash);
   if (LIKELY(r != st.refused))
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
      *t.memo = st.raw[find_raw(st.raw, st.n_raw_slots, t.hash, t.ips, t.n)].raw;
   return *t.memo;
}

/* ---- names ---- */

/* Collects the frames of a stack: without the allocator's inlined ones at the inner end and without what calls main. */
static UInt collect_frames(const Stack *s, UInt *out, UInt max)
{
   UInt n = 0;
   for (UInt i = 0; i < s->n_ips && n < max; i++) {
      const UInt *frames;
      UInt k = LG_(symbol_frames)(s->ips[i], &frames);
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

static void name_stack(Stack *s)
{
   UInt frames[LG_FRAMES_MAX];
   s->n_frames = collect_frames(s, frames, LG_FRAMES_MAX);
   s->frames = VG_(malloc)("lg.stack.frames.1", s->n_frames * sizeof *frames);
   VG_(memcpy)(s->frames, frames, s->n_frames * sizeof *frames);
   st.bytes += s->n_frames * sizeof *frames;
}

UInt LG_(stack_frames)(UInt stack, const UInt **frames)
{
   *frames = NULL;
   if (stack == 0)
      return 0;
   tl_assert(stack >= 1 && stack <= st.n_stacks);
   Stack *s = &st.stacks[stack - 1];
   if (s->n_frames == 0)
      name_stack(s);
   *frames = s->frames;
   return s->n_frames;
}

UInt LG_(stack_ips)(UInt stack, const Addr **ips)
{
   tl_assert(stack >= 1 && stack <= st.n_stacks);
   *ips = st.stacks[stack - 1].ips;
   return *ips ? st.stacks[stack - 1].n_ips : 0;
}

UInt LG_(stack_count)(void)
{
   return st.n_stacks;
}

void LG_(stack_forget)(Addr a, SizeT len)
{
   for (UInt id = st.n_named + 1; id <= st.n_stacks; id++) {
      const UInt *unused;
      LG_(stack_frames)(id, &unused);
   }
   st.n_named = st.n_stacks;
   if (!LG_(symbol_forget)(a, len))
      return;
   for (UInt id = 1; id <= st.n_stacks; id++) {
      Stack *s = &st.stacks[id - 1];
      Bool gone = False;
      for (UInt k = 0; s->ips && k < s->n_ips && !gone; k++)
         gone = s->ips[k] - a < len;
      if (gone) {
         VG_(free)(s->ips);
         s->ips = NULL;
      }
   }
   rebuild_slots(st.n_slots);
   rehash_raw(st.n_raw_slots, a, len);
   LG_(unwind_forget_memos)();
}

/* ---- not keeping all ---- */

UInt LG_(stack_other)(void)
{
   if (st.other == 0) {
      st.other = new_stack();
      Stack *s = &st.stacks[st.other - 1];
      s->n_frames = 1;
      s->frames = VG_(malloc)("lg.stack.other.1", sizeof *s->frames);
      s->frames[0] = LG_(symbol_made_up)("(other)");
   }
   return st.other;
}

static void evict(Stack *s, UInt other_frame)
{
   st.bytes -= (s->ips ? s->n_ips * sizeof *s->ips : 0) + s->n_frames * sizeof *s->frames;
   if (s->ips)
      VG_(free)(s->ips);
   if (s->frames)
      VG_(free)(s->frames);
   s->ips = NULL;
   s->n_ips = 0;
   s->n_frames = 1;
   s->frames = VG_(malloc)("lg.stack.evict.1", sizeof *s->frames);
   s->frames[0] = other_frame;
   st.bytes += sizeof *s->frames;
}

static void evict_raw(const UChar *is_evicted)
{
   for (UInt i = 0; i < st.n_raw_slots; i++) {
      LgRawStack *r = st.raw[i].raw;
      if (!r)
         continue;
      r->last_account = NULL;
      if (is_evicted[r->stack]) {
         st.bytes -= sizeof *r + r->n * sizeof *r->ips;
         VG_(free)(r);
         st.raw[i].raw = NULL;
      }
   }
   rehash_raw(st.n_raw_slots, 0, 0);
   if (st.refused)
      st.refused->last_account = NULL;
   LG_(unwind_forget_memos)();
}

void LG_(stack_evict)(const UChar *is_evicted)
{
   UInt other_frame = st.stacks[LG_(stack_other)() - 1].frames[0];
   evict_raw(is_evicted);
   for (UInt id = 1; id <= st.n_stacks; id++)
      if (is_evicted[id] && id != st.other && st.stacks[id - 1].n_ips > 0) {
         evict(&st.stacks[id - 1], other_frame);
         VG_(addToXA)(st.free, &id);
      }
   rebuild_slots(st.n_slots);
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
   return st.stacks[stack - 1].n_ips == 0 && stack != st.other;
}

UInt LG_(stack_kept)(UInt stack)
{
   return st.stacks[stack - 1].n_ips;
}

void LG_(stack_stats)(ULong *n_raw, ULong *bytes)
{
   *n_raw = st.n_raw;
   *bytes = st.bytes + st.n_raw_slots * sizeof *st.raw + st.n_slots * sizeof *st.slots;
}
