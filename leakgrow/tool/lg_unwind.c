/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_unwind: see lg_unwind.h.
 *
 * Each thread has a shadow of its stack: frames [top, end) of arrays that grow downward, innermost at top, so that the addresses of a
 * trace lie in a row, innermost first. sp grows strictly with the index. Frame i knows how frame i + 1 follows from it (base,
 * bp_off); frame i + 1 being right again needs only the words at its sp - 8 (return address) and sp + bp_off (saved frame
 * pointer), and, when the frame pointer decides what lies further out (needs_bp), that it is the same.
 *
 * A frame met in phase 1 is the same frame as far as unwinding goes if its ip, sp and, when that matters, bp are the same: the
 * unwinder knows nothing else. Whatever the cache holds is therefore only a guess that is verified, whichever thread or
 * coroutine made it. */
#include "lg_unwind.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_machine.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_stacktrace.h"
#include "pub_tool_threadstate.h"
#include "pub_tool_vki.h"

#include "libvex_guest_amd64.h"

#define HASH_FACTOR 0x9fb21c651e98df25ULL

static inline ULong mix(Addr ip)
{
   ULong x = ip * 0xd6e8feb86659fd93ULL;
   return x ^ (x >> 32);
}

static inline ULong finish(ULong h, UInt n)
{
   h = (h ^ (h >> 32)) * HASH_FACTOR;
   return (h ^ (h >> 29)) + n;
}

ULong LG_(unwind_hash)(const Addr *ips, UInt n)
{
   ULong h = 0;
   for (UInt i = n; i-- > 0;)
      h = h * HASH_FACTOR + mix(ips[i]);
   return finish(h, n);
}

static LgUnwindStats stats;

#if LG_HAVE_UNWINDER

/* Of Valgrind's core. */
extern Bool VG_(use_CF_info)(LgRegs *regs, Addr min_accessible, Addr max_accessible);
extern void VG_(stack_limits)(Addr sp, Addr *start, Addr *end);
extern Int VG_(clo_merge_recursive_frames);

enum { CAPACITY = 2048, START = CAPACITY - LG_UNWIND_MAX - 200, REDZONE_B = 128, WORD = sizeof(UWord) };

typedef enum { BY_CORE = LG_BY_UNKNOWN, BY_SP = LG_BY_SP, BY_BP = LG_BY_BP, OUTERMOST } How;

typedef struct {
   Addr sp, bp;
   Short bp_off;
   UChar how;      /* How: the step to the next frame; BY_CORE also when it was never made */
   UChar needs_bp; /* whether bp decides about frames further out */
} Frame;

typedef struct {
   Addr sp_low, sp_high; /* limits hold for sp in [sp_low, sp_high) */
   Addr max;
   UInt generation;
} Limits;

typedef struct {
   UInt top, end;
   Limits limits;
   void *memo;
   UInt memo_n;
   Addr ip[CAPACITY];
   ULong hash[CAPACITY + 1]; /* of the frames from here outward, before finish() */
   Frame frame[CAPACITY];
} Shadow;

typedef struct {
   Addr min, max;
} Range;

static struct {
   Shadow **shadows; /* by thread */
   UInt generation;  /* of stack limits */
   ULong power[LG_UNWIND_MAX + 1];
   Frame new_frames[LG_UNWIND_MAX];
   Addr new_ips[LG_UNWIND_MAX];
} st;

Bool LG_(unwind_is_available)(void)
{
   return VG_(clo_merge_recursive_frames) == 0;
}

static void drop_frames(Shadow *s)
{
   s->top = s->end = START;
   s->hash[START] = 0;
   s->memo = NULL;
}

static Shadow *new_shadow(ThreadId tid)
{
   if (!st.shadows) {
      st.shadows = VG_(calloc)("lg.unwind.shadows.1", VG_N_THREADS, sizeof *st.shadows);
      st.power[0] = 1;
      for (UInt i = 1; i <= LG_UNWIND_MAX; i++)
         st.power[i] = st.power[i - 1] * HASH_FACTOR;
   }
   Shadow *s = st.shadows[tid] = VG_(malloc)("lg.unwind.shadows.2", sizeof *s);
   VG_(memset)(&s->limits, 0, sizeof s->limits);
   drop_frames(s);
   return s;
}

static inline Shadow *shadow_of(ThreadId tid)
{
   Shadow *s = st.shadows ? st.shadows[tid] : NULL;
   return LIKELY(s != NULL) ? s : new_shadow(tid);
}

static void drop_all_frames(void)
{
   for (UInt t = 0; st.shadows && t < VG_N_THREADS; t++)
      if (st.shadows[t])
         drop_frames(st.shadows[t]);
}

void LG_(unwind_forget_memos)(void)
{
   for (UInt t = 0; st.shadows && t < VG_N_THREADS; t++)
      if (st.shadows[t])
         st.shadows[t]->memo = NULL;
}

void LG_(unwind_new_limits)(void)
{
   st.generation++;
}

/* ---- what may be read ---- */

/* The last address that the unwinder may read a word at. Limits of a stack that is not the thread's own are asked for every time:
 * stacks that a program switches between may lie side by side. */
static inline Addr stack_max(Shadow *s, ThreadId tid, Addr sp)
{
   Limits *l = &s->limits;
   if (LIKELY(l->generation == st.generation && sp >= l->sp_low && sp < l->sp_high))
      return l->max;
   Addr own = VG_(thread_get_stack_max)(tid), start = 0, end = own;
   VG_(stack_limits)(sp, &start, &end);
   l->generation = st.generation;
   l->sp_low = end == own ? sp : 1;
   l->sp_high = end == own ? end : 0;
   Addr max = VG_PGROUNDUP(end);
   l->max = max >= WORD ? max - WORD : max;
   return l->max;
}

/* ---- one step ---- */

static inline Bool by_rule(LgRegs *r, const LgRule *rule, const Range *range)
{
   Addr cfa = (rule->base == LG_BY_SP ? r->sp : r->bp) + (Word)rule->cfa_off;
   if (UNLIKELY(cfa - WORD < range->min || cfa - WORD > range->max - WORD))
      return False;
   Addr bp = r->bp;
   if (rule->bp_off) {
      Addr at = cfa + (Word)rule->bp_off;
      if (UNLIKELY(at < range->min || at > range->max - WORD))
         return False;
      bp = *(const Addr *)at;
   }
   r->ip = *(const Addr *)(cfa - WORD);
   r->sp = cfa;
   r->bp = bp;
   return True;
}

/* What VG_(get_StackTrace) does for code without usable rules: a frame pointer, if it looks like one, or the word at sp. */
static Bool by_guess(LgRegs *r, const Range *range)
{
   Addr old_sp = r->sp;
   if (range->min <= r->bp && r->bp <= range->max - WORD) {
      const Addr *frame = (const Addr *)r->bp;
      r->ip = frame[1];
      r->sp = r->bp + 2 * WORD;
      if (r->ip <= 1 || old_sp >= r->sp)
         return False;
      r->bp = frame[0];
   } else if (range->min <= r->sp && r->sp < range->max) {
      r->ip = *(const Addr *)r->sp;
      if (r->ip <= 1)
         return False;
      r->sp += WORD;
   } else {
      return False;
   }
   r->ip--;
   return True;
}

/* Goes one frame outward and notes in `f` how. False at the end of the stack. */
static inline Bool step(LgRegs *r, Frame *f, const Range *range)
{
   Addr old_sp = r->sp;
   const LgRule *rule = LG_(rule_of)(r->ip);
   f->bp_off = 0;
   f->how = BY_CORE;
   if (rule->is_last) {
      f->how = OUTERMOST;
      return False;
   }
   stats.n_stepped++;
   if (LIKELY(rule->base != LG_BY_UNKNOWN) && LIKELY(by_rule(r, rule, range))) {
      f->how = rule->base;
      f->bp_off = rule->bp_off;
      if (UNLIKELY(rule->bp_off && r->sp + (Word)rule->bp_off < old_sp - REDZONE_B))
         f->how = BY_CORE; /* whether that may be read depends on where the trace begins */
   } else {
      stats.n_by_core++;
      if (!VG_(use_CF_info)(r, range->min, range->max))
         return by_guess(r, range);
   }
   if (UNLIKELY(r->ip <= 1 || old_sp >= r->sp)) {
      f->how = BY_CORE;
      return False;
   }
   r->ip--;
   return True;
}

/* ---- keeping frames ---- */

static inline void derive(Shadow *s, UInt i)
{
   Frame *f = &s->frame[i];
   if (f->how == OUTERMOST)
      f->needs_bp = False;
   else if (f->how == BY_SP)
      f->needs_bp = f->bp_off == 0 && (i + 1 == s->end || f[1].needs_bp);
   else
      f->needs_bp = True;
   s->hash[i] = s->hash[i + 1] * HASH_FACTOR + mix(s->ip[i]);
}

static void derive_all(Shadow *s, UInt top)
{
   s->hash[s->end] = 0;
   for (UInt i = s->end; i-- > top;)
      derive(s, i);
}

/* Puts the new inner frames inside of frame `top`. */
static inline void push(Shadow *s, UInt top, UInt n_new)
{
   for (UInt k = n_new; k-- > 0;) {
      top--;
      s->ip[top] = st.new_ips[k];
      Frame *f = &s->frame[top];
      const Frame *from =
         &st.new_frames[k]; /* its parts were stored just now: read as they were written, they come fast */
      f->sp = from->sp;
      f->bp = from->bp;
      f->bp_off = from->bp_off;
      f->how = from->how;
      derive(s, top);
   }
   s->top = top;
}

/* ---- the three phases ---- */

/* 1: unwinds inner frames until one is met that is kept, whose index becomes *top. Returns the number of new frames. When nothing is
 * met, nothing is kept any more: *top == s->end. */
static inline UInt unwind_new(Shadow *s, LgRegs *r, const Range *range, UInt max, UInt *top)
{
   UInt n = 0, t = s->top;
   for (;;) {
      while (t < s->end && s->frame[t].sp < r->sp)
         t++;
      if (t < s->end) {
         const Frame *f = &s->frame[t];
         if (f->sp == r->sp && s->ip[t] == r->ip && (!f->needs_bp || f->bp == r->bp))
            break;
      }
      st.new_ips[n] = r->ip;
      Frame *f = &st.new_frames[n++];
      f->sp = r->sp;
      f->bp = r->bp;
      f->how = BY_CORE;
      f->bp_off = 0;
      if (n == max || !step(r, f, range)) {
         drop_frames(s);
         t = s->end;
         break;
      }
   }
   *top = t;
   return n;
}

/* 2: verifies frames from *p outward, which is counted in *n and has the frame pointer bp. True when the trace is complete, False
 * when the frame outside of *p must be found by unwinding. All frames up to *p have their present bp then, for it may come to
 * matter when frames further out change. */
static inline Bool verify(Shadow *s, UInt *p, UInt *n, UInt max, Addr bp, const Range *range)
{
   UInt left = max - *n, kept = s->end - 1 - *p, count = left < kept ? left : kept;
   while (UNLIKELY(s->frame[*p + count].sp > range->max) && count > 0)
      count--;
   Frame *f = &s->frame[*p], *stop = f + count;
   const Addr *ip = &s->ip[*p];
   f->bp = bp;
   while (f != stop && (f->how == BY_SP || f->how == BY_BP)) {
      Addr cfa = f[1].sp;
      if (*(const Addr *)(cfa - WORD) != ip[1] + 1)
         break;
      if (f->bp_off)
         bp = *(const Addr *)(cfa + (Word)f->bp_off);
      if (UNLIKELY(f[1].needs_bp && bp != f[1].bp))
         break;
      f++;
      ip++;
      f->bp = bp;
   }
   count = (UInt)(f - &s->frame[*p]);
   stats.n_verified += count;
   *n += count;
   *p += count;
   return count == left || f->how == OUTERMOST;
}

/* 3: unwinds outward from frame p. Returns True if what was kept was wrong or not enough. */
static Bool unwind_rest(Shadow *s, UInt p, UInt top, UInt *n, UInt max, const Range *range)
{
   LgRegs r = {s->ip[p], s->frame[p].sp, s->frame[p].bp};
   Bool is_changed = False, is_stale = False;
   for (;;) {
      Frame *f = &s->frame[p];
      Short old_bp_off = f->bp_off;
      UChar old_how = f->how;
      Bool go_on = step(&r, f, range);
      is_stale = is_stale || f->how != old_how || f->bp_off != old_bp_off;
      if (!go_on) {
         is_changed = is_changed || p + 1 != s->end;
         s->end = p + 1;
         break;
      }
      p++;
      f++;
      (*n)++;
      Bool is_kept = p < s->end && s->ip[p] == r.ip && f->sp == r.sp && !is_changed;
      if (!is_kept) {
         is_changed = True;
         s->end = p + 1;
         s->ip[p] = r.ip;
         f->sp = r.sp;
         f->how = BY_CORE;
         f->bp_off = 0;
      }
      f->bp = r.bp;
      if (*n == max)
         break;
   }
   if (is_changed || is_stale)
      derive_all(s, top);
   return is_changed;
}

static void read_regs(ThreadId tid, LgRegs *r)
{
   r->ip = VG_(get_IP)(tid);
   r->sp = VG_(get_SP)(tid);
   VG_(get_shadow_regs_area)(tid, (UChar *)&r->bp, 0, offsetof(VexGuestAMD64State, guest_RBP), sizeof r->bp);
}

/* The frames of a thread, into its shadow from top on. Returns their number. */
static UInt unwind(Shadow *s, LgRegs *r, const Range *range, UInt max)
{
   UInt top, n = unwind_new(s, r, range, max, &top);
   UInt n_new = n;
   if (top == s->end) {
      push(s, top, n_new);
      return n;
   }
   Bool is_changed = n_new > 0 || top != s->top;
   UInt p = top;
   n++;
   if (!verify(s, &p, &n, max, r->bp, range))
      is_changed = unwind_rest(s, p, top, &n, max, range) || is_changed;
   push(s, top, n_new);
   if (is_changed || s->memo_n != n)
      s->memo = NULL;
   return n;
}

void LG_(unwind_trace)(ThreadId tid, const LgRegs *regs, UInt max, LgTrace *trace)
{
   if (UNLIKELY(LG_(rule_refresh)()))
      drop_all_frames();
   Shadow *s = shadow_of(tid);
   LgRegs r;
   if (regs)
      r = *regs;
   else
      read_regs(tid, &r);
   Range range = {r.sp - REDZONE_B, stack_max(s, tid, r.sp)};
   if (UNLIKELY(s->top < max || s->end + max > CAPACITY))
      drop_frames(s);
   UInt n = 1;
   if (UNLIKELY(range.min + 256 >= range.max)) { /* no stack that could be read */
      st.new_ips[0] = r.ip;
      st.new_frames[0] = (Frame){r.sp, r.bp, 0, BY_CORE, True};
      drop_frames(s);
      push(s, s->end, 1);
   } else {
      n = unwind(s, &r, &range, max);
   }
   s->memo_n = n;
   stats.n_traces++;
   stats.n_same += s->memo != NULL;
   trace->ips = &s->ip[s->top];
   trace->n = n;
   trace->hash = finish(s->hash[s->top] - s->hash[s->top + n] * st.power[n], n);
   trace->memo = &s->memo;
}

/* ---- checking ---- */

static Bool is_last(Addr ip)
{
   Vg_FnNameKind kind = VG_(get_fnname_kind_from_IP)(VG_(current_DiEpoch)(), ip);
   return kind == Vg_FnNameMain || kind == Vg_FnNameBelowMain;
}

void LG_(unwind_check)(ThreadId tid, UInt max, const LgTrace *trace)
{
   enum { TOLD = 3 };
   Addr ips[LG_UNWIND_MAX];
   UInt n = VG_(get_StackTrace)(tid, ips, max, NULL, NULL, 0);
   Bool is_equal = n == trace->n || (n > trace->n && is_last(trace->ips[trace->n - 1]));
   for (UInt i = 0; is_equal && i < trace->n; i++)
      is_equal = ips[i] == trace->ips[i];
   is_equal = is_equal && trace->hash == LG_(unwind_hash)(trace->ips, trace->n);
   stats.n_checked++;
   if (is_equal || ++stats.n_different > TOLD)
      return;
   VG_(umsg)("error: thread %u: %u frames are not the %u of Valgrind's unwinder:\n", tid, trace->n, n);
   for (UInt i = 0; i < (n > trace->n ? n : trace->n); i++)
      VG_(umsg)("   %2u %#lx %#lx\n", i, i < trace->n ? trace->ips[i] : 0, i < n ? ips[i] : 0);
}

#else

Bool LG_(unwind_is_available)(void)
{
   return False;
}

void LG_(unwind_trace)(ThreadId tid, const LgRegs *regs, UInt max, LgTrace *trace)
{
   (void)tid;
   (void)regs;
   (void)max;
   (void)trace;
   tl_assert(0);
}

void LG_(unwind_check)(ThreadId tid, UInt max, const LgTrace *trace)
{
   (void)tid;
   (void)max;
   (void)trace;
}

void LG_(unwind_new_limits)(void) {}

void LG_(unwind_forget_memos)(void) {}

#endif

void LG_(unwind_stats)(LgUnwindStats *out)
{
   *out = stats;
}
