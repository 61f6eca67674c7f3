/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_stack, with lg_symbol on made-up debug information: which traces lead to which stack, what unmapping and eviction leave,
 * and what a million stacks take. */
#include "lg_counter.h"
#include "lg_fnclass.h"
#include "lg_ip.h"
#include "lg_options.h"
#include "lg_stack.h"
#include "lg_symbol.h"
#include "vgshim.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_stacktrace.h"

#include "lgtest.h"

LgOptions LG_(opt);
extern XArray *VG_(clo_fullpath_after);
XArray *VG_(clo_fullpath_after);

/* ---- what is mapped ---- */

enum { FN_B = 0x100, LINE_B = 0x10, MODULE_B = 0x100000, MALLOC = 0x100000, PROGRAM = 0x200000, PLUGIN = 0x900000 };

static struct {
   const char *plugin; /* what is at PLUGIN */
   Addr ips[LG_UNWIND_MAX];
   UInt n;
   ULong hash_mask;
   UInt n_lookups;
} fake = {.plugin = "a", .hash_mask = ~0ull};

/* A function has FN_B bytes, a line LINE_B. In PROGRAM, function 0 is main, and 1 is to be ignored. */
Bool VG_(get_fnname)(DiEpoch ep, Addr a, const HChar **name)
{
   static char buffer[64];
   (void)ep;
   fake.n_lookups++;
   *name = buffer;
   if (a >= PLUGIN && a < PLUGIN + MODULE_B)
      snprintf(buffer, sizeof buffer, "plugin_%s_%u", fake.plugin, (unsigned)((a - PLUGIN) / FN_B));
   else if (a >= MALLOC && a < MALLOC + MODULE_B)
      snprintf(buffer, sizeof buffer, "malloc_%u", (unsigned)((a - MALLOC) / FN_B));
   else if (a == PROGRAM)
      strcpy(buffer, "main");
   else if (a >= PROGRAM && a < PROGRAM + MODULE_B)
      snprintf(buffer, sizeof buffer, (a - PROGRAM) / FN_B == 1 ? "ignored" : "f_%u", (unsigned)((a - PROGRAM) / FN_B));
   else
      return False;
   return True;
}

Bool VG_(get_objname)(DiEpoch ep, Addr a, const HChar **name)
{
   (void)ep;
   *name = a >= PLUGIN ? "plugin.so" : "program";
   return True;
}

Bool VG_(get_filename_linenum)(DiEpoch ep, Addr a, const HChar **file, const HChar **dir, UInt *line)
{
   (void)ep;
   *file = "file.c";
   *dir = "";
   *line = (UInt)(a / LINE_B);
   return a >= MALLOC;
}

InlIPCursor *VG_(new_IIPC)(DiEpoch ep, Addr a)
{
   (void)ep;
   (void)a;
   return NULL;
}

Bool VG_(next_IIPC)(InlIPCursor *c)
{
   (void)c;
   return False;
}

void VG_(delete_IIPC)(InlIPCursor *c)
{
   (void)c;
}

const HChar *VG_(describe_IP)(DiEpoch ep, Addr a, const InlIPCursor *c)
{
   (void)ep;
   (void)a;
   (void)c;
   return "";
}

UInt LG_(fnclass_of)(const HChar *name)
{
   return strncmp(name, "malloc_", 7) == 0 ? LG_FN_ALLOC
          : strcmp(name, "main") == 0      ? LG_FN_MAIN
          : strcmp(name, "ignored") == 0   ? LG_FN_IGNORE
                                           : 0;
}

/* ---- where the thread is ---- */

UInt VG_(get_StackTrace)(ThreadId tid, Addr *ips, UInt n_ips, Addr *sps, Addr *fps, Word first_delta)
{
   (void)tid;
   (void)sps;
   (void)fps;
   (void)first_delta;
   UInt n = fake.n < n_ips ? fake.n : n_ips;
   memcpy(ips, fake.ips, n * sizeof *ips);
   return n;
}

ULong LG_(unwind_hash)(const Addr *ips, UInt n)
{
   ULong h = n;
   for (UInt i = n; i-- > 0;)
      h = (h ^ ips[i]) * 0x9fb21c651e98df25ULL + (h >> 32);
   return (h ^ h >> 29) & fake.hash_mask;
}

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
   abort();
}

void LG_(unwind_check)(ThreadId tid, UInt max, const LgTrace *trace)
{
   (void)tid;
   (void)max;
   (void)trace;
}

void LG_(unwind_forget_memos)(void) {}

static UInt n_refused;

void LG_(counter_add)(LgCounter c, ThreadId tid)
{
   (void)tid;
   n_refused += c == LG_STACK_REFUSED;
}

/* ---- helpers ---- */

static void start(Int depth)
{
   LG_(opt).depth = depth;
   LG_(opt).ignore_fns = VG_(newXA)(VG_(malloc), "", VG_(free), sizeof(HChar *));
   VG_(clo_fullpath_after) = VG_(newXA)(VG_(malloc), "", VG_(free), sizeof(HChar *));
   LG_(ip_init)();
   LG_(symbol_init)();
   LG_(stack_init)();
}

static Addr fn(UInt k)
{
   return PROGRAM + FN_B * k;
}

/* A trace: malloc_`inner`, then the functions of `path` in base `base`, then main. */
static void go_to(UInt inner, ULong path, UInt base, UInt depth, Addr code)
{
   UInt n = 0;
   fake.ips[n++] = MALLOC + FN_B * inner;
   for (UInt i = 0; i < depth; i++, path /= base)
      fake.ips[n++] = code + FN_B * (2 + (UInt)(path % base));
   fake.ips[n++] = PROGRAM;
   fake.n = n;
}

static UInt capture(void)
{
   return LG_(stack_capture)(1)->stack;
}

static const char *function_of(UInt stack, UInt i)
{
   UInt frames[LG_FRAMES_MAX];
   UInt n = LG_(stack_frames)(stack, frames);
   return i < n ? LG_(names_text)(LG_(symbol_fns)(), LG_(symbol_frame)(frames[i])->fn) : "";
}

/* ---- which traces lead where ---- */

static void trimming(void)
{
   UInt frames[LG_FRAMES_MAX];
   start(40);
   go_to(0, 123, 5, 4, PROGRAM);
   UInt a = capture();
   LGT_EQ_U(a, 1);
   LGT_EQ_U(capture(), a);
   go_to(7, 123, 5, 4, PROGRAM); /* another way through the allocator */
   LGT_EQ_U(capture(), a);
   fake.ips[2] += LINE_B / 2; /* the same line */
   LGT_EQ_U(capture(), a);
   fake.ips[2] += LINE_B;
   UInt b = capture();
   LGT_EQ_U(b, 2);
   LGT_EQ_U(LG_(stack_frames)(a, frames), 5);
   LGT_EQ_S(function_of(a, 0), "f_5");
   LGT_EQ_S(function_of(a, 4), "main");
   LGT_EQ_U(LG_(stack_kept)(a), 5);
   LGT_EQ_U(LG_(stack_frames)(0, frames), 0);
   go_to(0, 0, 2, 3, PROGRAM);
   fake.ips[1] = fn(1);
   LGT_EQ_U(capture(), 0);
   LGT_EQ_U(LG_(stack_count)(), 2);
   fake.n = 1; /* nothing but an allocator */
   LGT_EQ_S(function_of(capture(), 0), "malloc_0");
   fake.n = 0; /* no trace at all */
   LGT_EQ_S(function_of(capture(), 0), "???");
}

/* Stacks of every length around the parts' ends, of which so many frames are kept. */
static void keep_at_most(Int depth)
{
   static const UInt deep[] = {1, 6, 7, 8, 9, 15, 16, 17, 39, 40, 41, 500};
   UInt frames[LG_FRAMES_MAX];
   Addr ips[LG_UNWIND_MAX];
   start(depth);
   for (UInt k = 0; k < sizeof deep / sizeof *deep; k++) {
      go_to(0, 0x123456789abcdefULL, 7, deep[k], PROGRAM);
      UInt stack = capture(), kept = deep[k] + 1 < (UInt)depth ? deep[k] + 1 : (UInt)depth;
      LGT_EQ_U(LG_(stack_frames)(stack, frames), kept);
      LGT_EQ_U(LG_(stack_kept)(stack), kept);
      LGT_EQ_U(LG_(stack_ips)(stack, ips), kept);
      LGT_OK(memcmp(ips, fake.ips + 1, kept * sizeof *ips) == 0);
   }
}

static void depth_1(void)
{
   keep_at_most(1);
}

static void depth_8(void)
{
   keep_at_most(8);
}

static void depth_40(void)
{
   keep_at_most(40);
}

static void depth_500(void)
{
   keep_at_most(500);
}

/* Each of so many different paths has a stack of its own, whatever the hash says. */
static void many_paths(void)
{
   enum { PATHS = 4000 };
   static UInt stack[PATHS];
   Addr ips[LG_UNWIND_MAX];
   start(40);
   for (UInt round = 0; round < 2; round++)
      for (UInt k = 0; k < PATHS; k++) {
         go_to(k % 3, k * 77ULL, 3, 6 + k % 25, PROGRAM);
         UInt id = capture();
         LGT_EQ_U(LG_(stack_ips)(id, ips), fake.n - 1);
         LGT_OK(memcmp(ips, fake.ips + 1, (fake.n - 1) * sizeof *ips) == 0);
         LGT_OK(round == 0 || stack[k] == id);
         stack[k] = id;
      }
}

static void exact(void)
{
   many_paths();
}

static void exact_when_hashes_collide(void)
{
   fake.hash_mask = 3ull << 62;
   many_paths();
}

/* ---- unmapping ---- */

static void unmapped_and_mapped_again(void)
{
   Addr ips[LG_UNWIND_MAX];
   start(40);
   go_to(0, 5, 3, 12, PLUGIN);
   UInt a = capture();
   go_to(0, 5, 3, 12, PROGRAM);
   UInt other = capture();
   LG_(stack_forget)(PLUGIN, MODULE_B);
   LGT_EQ_S(function_of(a, 0), "plugin_a_4");
   LGT_EQ_U(LG_(stack_ips)(a, ips), 0);
   fake.plugin = "b";
   go_to(0, 5, 3, 12, PLUGIN);
   UInt b = capture();
   LGT_OK(b != a);
   LGT_EQ_S(function_of(b, 0), "plugin_b_4");
   LGT_EQ_S(function_of(a, 0), "plugin_a_4");
   LG_(stack_forget)(PLUGIN, MODULE_B);
   fake.plugin = "a";
   LGT_EQ_U(capture(), a);
   LGT_EQ_U(capture(), a);
   LGT_EQ_U(LG_(stack_ips)(a, ips), fake.n - 1);
   LGT_OK(memcmp(ips, fake.ips + 1, (fake.n - 1) * sizeof *ips) == 0);
   LGT_EQ_S(function_of(b, 0), "plugin_b_4");
   go_to(0, 5, 3, 12, PROGRAM);
   LGT_EQ_U(capture(), other);
   LGT_EQ_U(LG_(stack_count)(), 3);
}

/* Only one address of many is unmapped: what has it is another trace from then on, what has not is not. */
static void one_page_unmapped(void)
{
   start(40);
   go_to(0, 0, 2, 20, PROGRAM);
   UInt kept = capture();
   fake.ips[9] = PLUGIN;
   UInt gone = capture();
   LG_(stack_forget)(PLUGIN, 0x1000);
   fake.plugin = "b";
   LGT_OK(capture() != gone);
   go_to(0, 0, 2, 20, PROGRAM);
   LGT_EQ_U(capture(), kept);
}

/* Code without names is never taken for other code, and what it takes is given back. */
static void nameless_code_comes_and_goes(void)
{
   enum { JIT = 0x2000000, ROUNDS = 400, FNS = 100 };
   ULong n_raw, early_B = 0, bytes;
   start(40);
   for (UInt round = 0; round < ROUNDS; round++) {
      for (UInt k = 0; k < FNS; k++) {
         go_to(0, k, 10, 4, PROGRAM);
         fake.ips[1] = JIT + 8 * k;
         UInt n = LG_(stack_count)();
         LGT_EQ_U(capture(), n + 1);
      }
      LG_(stack_forget)(JIT, 0x10000);
      LG_(stack_stats)(&n_raw, &bytes);
      if (round == ROUNDS / 2)
         early_B = bytes + LG_(symbol_bytes)();
   }
   LG_(stack_stats)(&n_raw, &bytes);
   LGT_OK(n_raw < 2 * (4096 + FNS));
   /* Stacks stay, with the numbers that are on them. */
   LGT_OK(bytes + LG_(symbol_bytes)() < 3 * early_B);
}

static void plugin_loaded_often(void)
{
   enum { ROUNDS = 3000, FNS = 50 };
   ULong n_raw, early_B = 0, bytes;
   start(40);
   for (UInt round = 0; round < ROUNDS; round++) {
      for (UInt k = 0; k < FNS; k++) {
         go_to(0, k, 50, 6, PLUGIN);
         LGT_EQ_U(capture(), k + 1);
      }
      LG_(stack_forget)(PLUGIN, MODULE_B);
      LG_(stack_stats)(&n_raw, &bytes);
      if (round == ROUNDS / 4)
         early_B = bytes + LG_(symbol_bytes)();
   }
   LGT_OK(bytes + LG_(symbol_bytes)() <= early_B);
   LGT_EQ_U(LG_(stack_count)(), FNS);
   LGT_OK(LG_(ip_count)() < 3 * 4096);
}

/* ---- not keeping all ---- */

static void eviction(void)
{
   enum { PATHS = 20000 };
   ULong n_raw, before_B, after_B;
   start(40);
   for (UInt k = 0; k < PATHS; k++) {
      go_to(0, k, 2, 25, PROGRAM);
      LGT_EQ_U(capture(), k + 1);
   }
   LG_(stack_stats)(&n_raw, &before_B);
   LGT_EQ_U(n_raw, PATHS);
   UInt other = LG_(stack_other)();
   UChar *is_evicted = calloc(LG_(stack_count)() + 1, 1);
   for (UInt id = 1; id <= PATHS; id++)
      is_evicted[id] = id % 10 != 0;
   LG_(stack_evict)(is_evicted);
   LG_(stack_stats)(&n_raw, &after_B);
   LGT_EQ_U(n_raw, PATHS / 10);
   LGT_OK(after_B < before_B / 2);
   LGT_EQ_U(VG_(sizeXA)(LG_(stack_reused)()), 0);
   for (UInt id = 1; id <= PATHS; id++) {
      LGT_EQ_U(LG_(stack_is_evicted)(id), id % 10 != 0);
      LGT_OK((strcmp(function_of(id, 0), "(other)") == 0) == (id % 10 != 0));
   }
   LGT_OK(!LG_(stack_is_evicted)(other));
   LGT_EQ_S(function_of(other, 0), "(other)");
   for (UInt k = 9; k < PATHS; k += 10) {
      go_to(0, k, 2, 25, PROGRAM);
      LGT_EQ_U(capture(), k + 1);
   }
   go_to(0, 0, 2, 25, PROGRAM); /* an evicted one: it starts anew, with an id that is free */
   UInt anew = capture();
   LGT_OK(is_evicted[anew]);
   LGT_EQ_U(capture(), anew);
   LGT_OK(!LG_(stack_is_evicted)(anew));
   LGT_EQ_U(VG_(sizeXA)(LG_(stack_reused)()), 1);
   LGT_EQ_U(*(UInt *)VG_(indexXA)(LG_(stack_reused)(), 0), anew);
   LG_(stack_forget_reused)();
   LGT_EQ_U(VG_(sizeXA)(LG_(stack_reused)()), 0);
}

static void refusing(void)
{
   start(40);
   go_to(0, 1, 2, 5, PROGRAM);
   UInt known = capture();
   LG_(stack_refuse_new)(True);
   LGT_EQ_U(capture(), known);
   go_to(0, 2, 2, 5, PROGRAM);
   LGT_EQ_U(capture(), LG_(stack_other)());
   LGT_EQ_U(n_refused, 1);
   LG_(stack_refuse_new)(False);
   UInt anew = capture();
   LGT_OK(anew != LG_(stack_other)() && anew != known);
}

/* ---- many ---- */

/* Two functions that call each other: 2^20 stacks of 33 frames. Each address is looked up once. */
static void million(void)
{
   enum { LEVELS = 20, PATHS = 1 << LEVELS };
   ULong n_raw, bytes;
   start(40);
   for (UInt k = 0; k < PATHS; k++) {
      go_to(0, (ULong)k << 11 | (k & 0x7ff), 2, LEVELS + 11, PROGRAM);
      LGT_MUST(capture() == k + 1);
   }
   for (UInt k = 0; k < PATHS; k += 97) {
      go_to(0, (ULong)k << 11 | (k & 0x7ff), 2, LEVELS + 11, PROGRAM);
      LGT_MUST(capture() == k + 1);
   }
   LG_(stack_stats)(&n_raw, &bytes);
   LGT_EQ_U(n_raw, PATHS);
   LGT_EQ_U(fake.n_lookups, 4);
   printf("# %llu bytes per stack of 33 frames\n", bytes / n_raw);
   LGT_OK(bytes / n_raw <= 100);
}

LGT_MAIN(LGT(trimming), LGT(depth_1), LGT(depth_8), LGT(depth_40), LGT(depth_500), LGT(exact),
         LGT(exact_when_hashes_collide), LGT(unmapped_and_mapped_again), LGT(one_page_unmapped),
         LGT(nameless_code_comes_and_goes), LGT(plugin_loaded_often), LGT(eviction), LGT(refusing), LGT(million))
