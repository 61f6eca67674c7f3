/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_main: where Valgrind meets the tool.
 *
 *   malloc, free ...  -> lg_heap     \
 *   MEMPOOL requests  -> lg_pool      > lg_account (per stack and context) -> lg_snapshot -> lg_writer -> profile
 *   mmap, brk         -> lg_mapping  /      ^ lg_stack, lg_context               |
 *   leakgrow.h        -> lg_request --------+-----------------------------------+        lg_report (analysis in core)
 *   function entries  -> lg_hook
 *
 * Time moves when client code starts to run, at system calls and, for the other units, with the events themselves. */
#include "lg_account.h"
#include "lg_adaptor.h"
#include "lg_block.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_direct.h"
#include "lg_domain_state.h"
#include "lg_heap.h"
#include "lg_hook.h"
#include "lg_instance.h"
#include "lg_mapping.h"
#include "lg_nest.h"
#include "lg_options.h"
#include "lg_pool.h"
#include "lg_prefix.h"
#include "lg_report.h"
#include "lg_request.h"
#include "lg_slab.h"
#include "lg_snapshot.h"
#include "lg_stack.h"
#include "lg_stripped.h"
#include "lg_symbol.h"
#include "lg_thread.h"
#include "lg_tokio.h"
#include "lg_tracing.h"
#include "lg_unwind.h"
#include "lg_userhook.h"
#include "lg_writer.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_machine.h"
#include "pub_tool_options.h"
#include "pub_tool_tooliface.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"

/* Of Valgrind's core. */
extern Int VG_(clo_sanity_level);

static struct {
   Bool is_exiting; /* the program asked the kernel to end it; what ends without that ends by a signal */
   Int exit_code;   /* what it said then: Valgrind does not tell its tools */
} st;

/* ---- time ---- */

static void on_start_client_code(ThreadId tid, ULong blocks_done)
{
   (void)blocks_done;
   st.is_exiting = False;
   if (UNLIKELY(LG_(thread_n_stale) != 0))
      LG_(thread_runs)(tid);
   LG_(unwind_new_limits)();
   LG_(clock_start)();
   LG_(clock_refresh)();
   if (UNLIKELY(LG_(clock_is_due)()))
      LG_(snapshot_next_interval)();
   if (UNLIKELY(LG_(domain_is_active)))
      LG_(domain_poll)(tid);
}

static Bool is_exec(UInt number)
{
#ifdef __NR_execveat
   if (number == __NR_execveat)
      return True;
#endif
   return number == __NR_execve;
}

/* Calls that take no time in real life, but in which Valgrind may read debug information for seconds. */
static Bool reads_debug_info(UInt number)
{
#ifdef __NR_mmap2
   if (number == __NR_mmap2)
      return True;
#endif
   return number == __NR_mmap || number == __NR_mprotect;
}

/* A call may block for ever or end the program: what is due is written before it. */
static void before_syscall(ThreadId tid, UInt number, UWord *args, UInt n_args)
{
   if (number == __NR_exit || number == __NR_exit_group) {
      st.is_exiting = True;
      st.exit_code = n_args > 0 ? (Int)(args[0] & 0xff) : 0;
      if (number == __NR_exit)
         LG_(instance_thread_ends)(tid, /*by_itself*/ True);
      else
         LG_(domain_sample_now)(); /* while the other threads are still there */
   } else if (is_exec(number)) {
      LG_(snapshot_exec)();
   } else {
      if (reads_debug_info(number))
         LG_(clock_read)();
      on_start_client_code(tid, 0);
   }
   if (UNLIKELY(LG_(domain_is_active)))
      LG_(domain_in_syscall)(tid, /*is_in*/ True);
}

static void after_syscall(ThreadId tid, UInt number, UWord *args, UInt n_args, SysRes result)
{
   (void)n_args;
   if (UNLIKELY(LG_(domain_is_active)))
      LG_(domain_in_syscall)(tid, /*is_in*/ False);
   if (reads_debug_info(number))
      LG_(clock_skip)();
   LG_(thread_syscall_done)(tid, number, args, !sr_isError(result), sr_Res(result));
}

static void on_thread_begins(ThreadId tid)
{
   LG_(thread_begins)(tid);
}

/* ---- instructions as the clock ---- */

/* Adds `n` to the instruction counter, inline. */
static void count_instrs(IRSB *sb, UInt n)
{
   IRExpr *counter = mkIRExpr_HWord((HWord)&LG_(clock).instrs);
   IRTemp before = newIRTemp(sb->tyenv, Ity_I64), after = newIRTemp(sb->tyenv, Ity_I64);
#if defined(VG_BIGENDIAN)
   IREndness endness = Iend_BE;
#else
   IREndness endness = Iend_LE;
#endif
   addStmtToIRSB(sb, IRStmt_WrTmp(before, IRExpr_Load(endness, Ity_I64, counter)));
   addStmtToIRSB(sb, IRStmt_WrTmp(after, IRExpr_Binop(Iop_Add64, IRExpr_RdTmp(before), IRExpr_Const(IRConst_U64(n)))));
   addStmtToIRSB(sb, IRStmt_Store(endness, counter, IRExpr_RdTmp(after)));
}

/* Counts the instructions of a superblock before each exit and at its end. Every other time unit leaves the code as it is. */
static IRSB *instrument(VgCallbackClosure *closure, IRSB *in, const VexGuestLayout *layout,
                        const VexGuestExtents *extents, const VexArchInfo *arch, IRType guest_word, IRType host_word)
{
   (void)closure;
   (void)layout;
   (void)extents;
   (void)arch;
   (void)guest_word;
   (void)host_word;
   if (LG_(opt).time_unit != LG_UNIT_I)
      return LG_(direct_instrument)(LG_(hook_instrument)(in));
   IRSB *out = deepCopyIRSBExceptStmts(in);
   UInt n = 0;
   for (Int i = 0; i < in->stmts_used; i++) {
      if (in->stmts[i]->tag == Ist_IMark)
         n++;
      if (in->stmts[i]->tag == Ist_Exit && n > 0) {
         count_instrs(out, n);
         n = 0;
      }
      addStmtToIRSB(out, in->stmts[i]);
   }
   if (n > 0)
      count_instrs(out, n);
   return LG_(direct_instrument)(LG_(hook_instrument)(out));
}

/* ---- beginning and end ---- */

static void add_prefixes(void)
{
   for (Word i = 0; i < VG_(sizeXA)(LG_(opt).alloc_prefixes); i++) {
      const HChar *prefix = *(const HChar **)VG_(indexXA)(LG_(opt).alloc_prefixes, i);
      if (!LG_(prefix_add)(prefix))
         LG_(options_reject)("--alloc-prefix", prefix, "too long: 63 bytes at most.");
   }
}

static void on_thread_exit(ThreadId tid)
{
   LG_(hook_thread_gone)(tid);
   LG_(thread_ends)(tid);
   LG_(tracing_thread_gone)(tid);
   if (LG_(domain_is_active))
      LG_(domain_thread_exits)(tid);
}

/* The last of several --hooks=yes and --hooks=no counts; files are taken either way. */
static void add_hooks(void)
{
   Bool is_on = True;
   for (Word i = 0; i < VG_(sizeXA)(LG_(opt).hooks); i++) {
      const HChar *value = *(const HChar **)VG_(indexXA)(LG_(opt).hooks, i);
      if (VG_STREQ(value, "yes") || VG_STREQ(value, "no"))
         is_on = VG_STREQ(value, "yes");
      else
         LG_(userhook_add_file)(value);
   }
   LG_(userhook_add_context_fns)();
   if (!is_on)
      return;
   LG_(tokio_init)();
   LG_(tracing_init)();
   LG_(stripped_init)();
   LG_(adaptor_init)();
}

static void on_child(ThreadId tid)
{
   LG_(instance_forked)(tid);
   for (ThreadId t = 1; t < VG_N_THREADS; t++) {
      if (t != tid) {
         LG_(hook_thread_gone)(t);
         LG_(tracing_thread_gone)(t);
      }
   }
   LG_(snapshot_forked)();
}

static void post_clo_init(void)
{
   LG_(options_finish)();
   add_prefixes();
   LG_(ip_init)();
   LG_(symbol_init)();
   LG_(stack_init)();
   if (LG_(opt).hot_path == LG_HOT_PATH_FAST) {
      LG_(slab_init)();
      LG_(direct_init)();
   }
   LG_(account_init)();
   LG_(pool_init)();
   LG_(context_init)();
   LG_(nest_init)();
   LG_(thread_init)();
   LG_(clock_init)();
   LG_(snapshot_init)();
   add_hooks();
   LG_(writer_open)();
   VG_(atfork)(NULL, NULL, on_child);
}

static void fini(Int exit_code)
{
   (void)exit_code;
   LG_(snapshot_end)(/*by_signal*/ !st.is_exiting, st.is_exiting ? st.exit_code : 0);
   LG_(report_print)();
   if (VG_(clo_stats)) /* at the end the core leaves it to the tool */
      LG_(report_stats)();
}

/* The core tells its tools that the run is over, not why. When a signal ended the program it then sends itself the same one, by a function
 * of its own that the linker leads here (--wrap). */
void __real_vgPlain_kill_self(Int number);
void __wrap_vgPlain_kill_self(Int number);

void __wrap_vgPlain_kill_self(Int number)
{
   LG_(writer_signal)(number);
   __real_vgPlain_kill_self(number);
   /* The kernel keeps such signals from the first process of a container; the core would call that a bug. */
   if (VG_(getpid)() == 1)
      VG_(exit)(128 + number);
}

static Bool cheap_sanity_check(void)
{
   return True;
}

/* At the default level the core asks every now and then: with millions of blocks the answer would take a sixth of the run. */
static Bool expensive_sanity_check(void)
{
   enum { WANTED_LEVEL = 2 };
   if (VG_(clo_sanity_level) < WANTED_LEVEL)
      return True;
   LG_(account_sanity)();
   LG_(block_sanity)();
   LG_(slab_sanity)();
   LG_(domain_sanity)();
   LG_(instance_sanity)();
   return True;
}

static void pre_clo_init(void)
{
   VG_(details_name)("leakgrow");
   VG_(details_version)(LG_VERSION);
   VG_(details_description)("finds the work that keeps growing the heap");
   VG_(details_copyright_author)("Copyright (C) 2026, and GNU GPL'd, by the leakgrow authors.");
   VG_(details_bug_reports_to)("the leakgrow authors");
   VG_(details_avg_translation_sizeB)(330);

   /* Stacks are unwound at calls only, so registers need not be right at every instruction. */
   VG_(clo_vex_control).iropt_register_updates_default = VG_(clo_px_file_backed) = VexRegUpdSpAtMemAccess;
   VG_(clo_read_inline_info) = True;

   VG_(basic_tool_funcs)(post_clo_init, instrument, fini);
   VG_(needs_command_line_options)(LG_(options_parse), LG_(options_usage), LG_(options_debug_usage));
   VG_(needs_client_requests)(LG_(request_handle));
   VG_(needs_syscall_wrapper)(before_syscall, after_syscall);
   VG_(needs_sanity_checks)(cheap_sanity_check, expensive_sanity_check);
   VG_(needs_print_stats)(LG_(report_stats));
   VG_(track_start_client_code)(on_start_client_code);
   VG_(track_pre_thread_first_insn)(on_thread_begins);
   VG_(track_pre_thread_ll_exit)(on_thread_exit);
   LG_(options_init)();
   LG_(heap_init)();
   LG_(mapping_init)();
}

VG_DETERMINE_INTERFACE_VERSION(pre_clo_init)
