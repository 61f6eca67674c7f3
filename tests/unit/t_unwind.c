/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_unwind: traces of made-up stacks, compared with an unwinder that keeps nothing.
 *
 * Code is made up too: what a function's frame looks like is a number taken from the instruction's address (kind_of). So every word is
 * an instruction address with a rule, also one that a test scribbled over a return address. */
#include "lg_unwind.h"
#include "vgshim.h"

#include "pub_tool_libcprint.h"
#include "pub_tool_machine.h"
#include "pub_tool_stacktrace.h"
#include "pub_tool_threadstate.h"

#include "lgtest.h"

#if LG_HAVE_UNWINDER

typedef enum { LEAVES_BP, SAVES_BP, BY_FRAME_POINTER, BY_MEMORY, UNKNOWN, KINDS } Kind;

enum { WORDS = 8192, WORD = sizeof(Addr), CODE = 0x400000, MAIN = 0x300000, REDZONE_B = 128 };

/* ---- what lg_unwind needs of the core ---- */

static struct {
   Addr stack[2][WORDS]; /* a thread's own, and another one */
   LgRegs regs;
   UInt n_said;
} st;

UInt VG_N_THREADS = 4;
Int VG_(clo_merge_recursive_frames);
void VG_(stack_limits)(Addr sp, Addr *start, Addr *end);

static int stack_of(Addr sp)
{
   return sp >= (Addr)st.stack[1] && sp < (Addr)(st.stack[1] + WORDS);
}

Addr VG_(thread_get_stack_max)(ThreadId tid)
{
   (void)tid;
   return (Addr)(st.stack[0] + WORDS) - 1;
}

void VG_(stack_limits)(Addr sp, Addr *start, Addr *end)
{
   *start = (Addr)st.stack[stack_of(sp)];
   *end = (Addr)(st.stack[stack_of(sp)] + WORDS) - 1;
}

Addr VG_(get_IP)(ThreadId tid)
{
   (void)tid;
   return st.regs.ip;
}

Addr VG_(get_SP)(ThreadId tid)
{
   (void)tid;
   return st.regs.sp;
}

void VG_(get_shadow_regs_area)(ThreadId tid, UChar *to, Int shadow, PtrdiffT offset, SizeT n)
{
   (void)tid;
   (void)shadow;
   (void)offset;
   memcpy(to, &st.regs.bp, n);
}

UInt VG_(umsg)(const HChar *format, ...)
{
   (void)format;
   st.n_said++;
   return 0;
}

/* ---- made-up code ---- */

static Kind kind_of(Addr ip)
{
   return (Kind)((ip >> 4) % KINDS);
}

static Addr frame_B(Addr ip)
{
   return 16 + 16 * ((ip >> 8) % 6);
}

static Addr code(Kind kind, UInt n)
{
   return CODE + n * 16 * KINDS + (Addr)kind * 16 + (KINDS - CODE / 16 % KINDS) % KINDS * 16;
}

static Addr word(Addr a, Addr min, Addr max, Bool *ok)
{
   *ok = *ok && a >= min && a <= max - WORD;
   return *ok ? *(const Addr *)a : 0;
}

static Bool step(LgRegs *r, Addr min, Addr max)
{
   Bool ok = True;
   Addr cfa = r->sp + frame_B(r->ip), bp = r->bp;
   switch (kind_of(r->ip)) {
   case LEAVES_BP:
      break;
   case SAVES_BP:
      bp = word(cfa - 2 * WORD, min, max, &ok);
      break;
   case BY_FRAME_POINTER:
      cfa = r->bp + 2 * WORD;
      bp = word(cfa - 2 * WORD, min, max, &ok);
      break;
   case BY_MEMORY:
      cfa = word(r->sp, min, max, &ok);
      break;
   default:
      return False;
   }
   Addr ip = word(cfa - WORD, min, max, &ok);
   if (!ok)
      return False;
   *r = (LgRegs){ip, cfa, bp};
   return True;
}

static Bool is_main(Addr ip)
{
   return ip >= MAIN && ip < MAIN + 0x1000;
}

/* ---- the unwinder that keeps nothing ---- */

static Bool guess(LgRegs *r, Addr min, Addr max)
{
   Addr sp = r->sp;
   if (min <= r->bp && r->bp <= max - WORD) {
      const Addr *frame = (const Addr *)r->bp;
      *r = (LgRegs){frame[1], r->bp + 2 * WORD, frame[0]};
      return r->ip > 1 && sp < r->sp;
   }
   if (!(min <= sp && sp < max))
      return False;
   r->ip = *(const Addr *)sp;
   r->sp += WORD;
   return r->ip > 1;
}

UInt VG_(get_StackTrace)(ThreadId tid, Addr *ips, UInt max, Addr *sps, Addr *fps, Word delta)
{
   (void)tid;
   (void)sps;
   (void)fps;
   (void)delta;
   LgRegs r = st.regs;
   Addr start, end;
   VG_(stack_limits)(r.sp, &start, &end);
   Addr min = r.sp - REDZONE_B, limit = ((end + 4095) & ~(Addr)4095) - WORD;
   UInt n = 0;
   ips[n++] = r.ip;
   while (min + 256 < limit && n < max && !is_main(ips[n - 1])) {
      LgRegs before = r;
      if (step(&r, min, limit)) {
         if (r.ip <= 1 || before.sp >= r.sp)
            break;
      } else {
         r = before;
         if (!guess(&r, min, limit))
            break;
      }
      ips[n++] = --r.ip;
   }
   return n;
}

/* ---- made-up stacks ---- */

typedef struct {
   Addr ip, sp, bp; /* of the function while it calls */
} Called;

static Called frames[WORDS];
static UInt n_frames;

static void begin(int which)
{
   vgshim.step = step;
   vgshim.debuginfo_generation = 1;
   vgshim.main_begin = MAIN;
   vgshim.main_end = MAIN + 0x1000;
   n_frames = 1;
   frames[0] = (Called){MAIN + 16, (Addr)(st.stack[which] + WORDS - 64) & ~(Addr)15, 0};
   st.regs = (LgRegs){frames[0].ip, frames[0].sp, 0};
}

/* The innermost function calls one at `ip`. Its caller will be found by the rule of that address. */
static void call(Addr ip)
{
   Addr sp = frames[n_frames - 1].sp, bp = frames[n_frames - 1].bp, size = frame_B(ip);
   ((Addr *)sp)[-1] = frames[n_frames - 1].ip + 1;
   ((Addr *)sp)[-2] = bp;
   Called f = {ip, sp - size, bp};
   if (kind_of(ip) == BY_FRAME_POINTER)
      f.bp = sp - 2 * WORD;
   if (kind_of(ip) == UNKNOWN)
      f.bp = sp - 2 * WORD; /* found by its frame pointer */
   if (kind_of(ip) == BY_MEMORY) {
      f.sp -= 16;
      *(Addr *)f.sp = sp;
   }
   frames[n_frames++] = f;
   st.regs = (LgRegs){f.ip, f.sp, f.bp};
}

static void leave(void)
{
   n_frames--;
   st.regs = (LgRegs){frames[n_frames - 1].ip, frames[n_frames - 1].sp, frames[n_frames - 1].bp};
}

static Addr *local(UInt frame)
{
   return (Addr *)frames[frame].sp;
}

static LgTrace trace(UInt max)
{
   LgTrace t;
   Addr ips[LG_UNWIND_MAX];
   LG_(unwind_new_limits)();
   LG_(unwind_trace)(1, &st.regs, max, &t);
   UInt n = VG_(get_StackTrace)(1, ips, max, NULL, NULL, 0);
   LGT_EQ_U(t.n, n);
   for (UInt i = 0; i < n && i < t.n; i++)
      if (t.ips[i] != ips[i]) {
         LGT_EQ_U(t.ips[i], ips[i]);
         break;
      }
   LGT_EQ_U(t.hash, LG_(unwind_hash)(t.ips, t.n));
   return t;
}

static char mark[2];

static void expect_memo(UInt max, Bool is_kept)
{
   LgTrace t = trace(max);
   LGT_EQ_I(*t.memo != NULL, is_kept);
   *t.memo = mark;
}

static void call_some(UInt n)
{
   for (UInt i = 0; i < n; i++)
      call(code((Kind)(i % KINDS), i));
}

/* ---- cases ---- */

static void made_up_stacks_unwind(void)
{
   begin(0);
   call_some(100);
   LGT_EQ_U(trace(LG_UNWIND_MAX).n, 101);
   LGT_EQ_U(trace(30).n, 30);
   LGT_EQ_U(trace(1).n, 1);
   begin(1);
   call_some(50);
   LGT_EQ_U(trace(LG_UNWIND_MAX).n, 51);
}

static void memo_is_kept_with_the_trace(void)
{
   begin(0);
   call_some(40);
   expect_memo(100, False);
   expect_memo(100, True);
   st.stack[0][7] = 1; /* far inside of the stack's end */
   expect_memo(100, True);
   call(code(SAVES_BP, 77));
   expect_memo(100, False);
   leave();
   expect_memo(100, False);
   expect_memo(100, True);
   LG_(unwind_forget_memos)();
   expect_memo(100, False);
   expect_memo(20, False); /* fewer frames are another trace */
   expect_memo(20, True);
   leave(); /* the same number of frames */
   expect_memo(20, False);
   expect_memo(20, True);
   expect_memo(100, False);
   expect_memo(100, True);
   vgshim.debuginfo_generation++;
   expect_memo(100, False);
   expect_memo(100, True);
}

/* A function returns and another one is called with a frame of the same size, at every depth: everything inside of it is as before. */
static void every_return_address(void)
{
   enum { DEPTH = 60 };
   for (UInt at = 1; at < DEPTH; at++) {
      begin(0);
      call_some(DEPTH);
      LG_(unwind_forget_memos)();
      expect_memo(200, False);
      expect_memo(200, True);
      Addr *ra = (Addr *)frames[at].sp - 1, old = *ra; /* of the call that frame `at` makes */
      *ra = old + 1; /* another line of the same function: its rule is that of the same kind */
      expect_memo(200, False);
      expect_memo(200, True);
      *ra = old;
      expect_memo(200, False);
      expect_memo(200, True);
      *ra = MAIN + 32; /* the rest is gone */
      LGT_EQ_U(trace(200).n, DEPTH - at + 1);
      *ra = old;
      expect_memo(200, False);
   }
}

/* The frame pointer of the innermost frame decides about frames further out only where one is found by it. */
static void frame_pointers(void)
{
   begin(0);
   for (UInt i = 0; i < 10; i++)
      call(code(LEAVES_BP, i));
   expect_memo(100, False);
   st.regs.bp = 12345; /* nobody needs it */
   expect_memo(100, True);
   begin(0);
   call(code(BY_FRAME_POINTER, 1));
   call(code(LEAVES_BP, 2));
   call(code(LEAVES_BP, 3));
   LGT_EQ_U(trace(100).n, 4);
   *trace(100).memo = mark;
   Addr good = st.regs.bp;
   st.regs.bp = 12345; /* the frame of function 1 is found by it */
   LGT_OK(*trace(100).memo == NULL);
   st.regs.bp = good;
   LGT_EQ_U(trace(100).n, 4);
   call(code(SAVES_BP, 4)); /* whoever saves it may change it */
   expect_memo(100, False);
   st.regs.bp = 12345;
   expect_memo(100, True);
   ((Addr *)frames[3].sp)[-2] = 12345; /* and what it saved matters */
   expect_memo(100, False);
   ((Addr *)frames[3].sp)[-2] = good;
   LGT_EQ_U(trace(100).n, 5);
}

/* Switching between two stacks, as coroutines do, with what lies on both changing. */
static void two_stacks(void)
{
   for (UInt i = 0; i < 200; i++) {
      begin((int)(i % 2));
      call_some(10 + i % 7);
      LGT_EQ_U(trace(300).n, 11 + i % 7);
   }
}

/* More frames than are kept, and more than are asked for. */
static void limits(void)
{
   begin(0);
   for (UInt i = 0; i < 1200; i++) {
      call(code(i % 3 ? LEAVES_BP : SAVES_BP, 0)); /* small frames */
      if (i % 97 == 0)
         trace(1 + i % LG_UNWIND_MAX);
   }
   LGT_EQ_U(trace(LG_UNWIND_MAX).n, LG_UNWIND_MAX);
   for (UInt i = 0; i < 1190; i++) {
      leave();
      LGT_EQ_U(trace(64).n, n_frames < 64 ? n_frames : 64);
   }
   st.regs.sp = 64; /* no stack at all */
   st.regs.bp = 0;
   LgTrace t;
   LG_(unwind_trace)(1, &st.regs, 30, &t);
   LGT_OK(t.n >= 1 && t.ips[0] == st.regs.ip);
}

/* Threads do not disturb each other's memos. */
static void threads(void)
{
   LgTrace a, b;
   begin(0);
   call_some(20);
   LG_(unwind_trace)(1, &st.regs, 100, &a);
   *a.memo = mark;
   leave();
   LG_(unwind_trace)(2, &st.regs, 100, &b);
   LGT_OK(*b.memo == NULL && b.n == 20);
   *b.memo = mark + 1;
   call(frames[20].ip);
   LG_(unwind_trace)(1, &st.regs, 100, &a);
   LGT_OK(*a.memo == mark && a.n == 21);
   LG_(unwind_trace)(1, NULL, 100, &a);
   LGT_OK(*a.memo == mark && a.n == 21);
}

/* What the check would say of a wrong trace. */
static void check_finds_differences(void)
{
   LgUnwindStats s;
   begin(0);
   call_some(20);
   LgTrace t = trace(100);
   Addr ips[LG_UNWIND_MAX];
   LG_(unwind_check)(1, 100, &t);
   LG_(unwind_stats)(&s);
   LGT_OK(s.n_checked == 1 && s.n_different == 0 && st.n_said == 0);
   memcpy(ips, t.ips, t.n * sizeof *ips);
   t.ips = ips;
   ips[7]++;
   LG_(unwind_check)(1, 100, &t);
   ips[7]--;
   t.hash++;
   LG_(unwind_check)(1, 100, &t);
   t.hash--;
   t.n--;
   LG_(unwind_check)(1, 100, &t);
   LG_(unwind_stats)(&s);
   LGT_OK(s.n_checked == 4 && s.n_different == 3 && st.n_said > 3);
}

/* Random calls and returns with words written over between them: every trace is right, and a kept memo names the same one. */
static void random_programs(void)
{
   static Addr last[LG_UNWIND_MAX];
   UInt last_n = 0;
   begin(0);
   for (UInt i = 0; i < 40000; i++) {
      UInt what = (UInt)lgt_rand_below(100);
      if (what < 45 && n_frames < 150)
         call(code((Kind)lgt_rand_below(KINDS), (UInt)lgt_rand_below(40)));
      else if (what < 85 && n_frames > 1)
         leave();
      else if (what < 88)
         st.regs.bp = what < 86 ? 0 : frames[0].sp - 8 * lgt_rand_below(200);
      else if (what < 92 && n_frames > 1)
         local((UInt)lgt_rand_below(n_frames))[-(int)lgt_rand_below(4)] = code((Kind)lgt_rand_below(KINDS), 3) + 1;
      else if (what < 93)
         begin((int)lgt_rand_below(2));
      else if (what < 94)
         vgshim.debuginfo_generation++;
      LgTrace t = trace(what < 50 ? 100 : what < 98 ? 12 : 1 + (UInt)lgt_rand_below(LG_UNWIND_MAX));
      if (lgt.failures)
         return;
      LGT_OK(*t.memo == NULL || (t.n == last_n && memcmp(t.ips, last, last_n * sizeof *last) == 0));
      *t.memo = mark;
      last_n = t.n;
      memcpy(last, t.ips, last_n * sizeof *last);
   }
}

LGT_MAIN(LGT(made_up_stacks_unwind), LGT(memo_is_kept_with_the_trace), LGT(every_return_address), LGT(frame_pointers),
         LGT(two_stacks), LGT(limits), LGT(threads), LGT(check_finds_differences), LGT(random_programs))

#else

static void is_not_available(void)
{
   LGT_OK(!LG_(unwind_is_available)());
}

LGT_MAIN(LGT(is_not_available))

#endif
