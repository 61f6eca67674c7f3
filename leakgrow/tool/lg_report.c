/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_report: see lg_report.h. */
#include "lg_report.h"

#include "lg_account.h"
#include "lg_block.h"
#include "lg_books.h"
#include "lg_tally.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_counter.h"
#include "lg_direct.h"
#include "lg_domain_say.h"
#include "lg_hook.h"
#include "lg_label.h"
#include "lg_nest.h"
#include "lg_opened.h"
#include "lg_options.h"
#include "lg_pool.h"
#include "lg_prefix.h"
#include "lg_rule.h"
#include "lg_slab.h"
#include "lg_snapshot.h"
#include "lg_stack.h"
#include "lg_symbol.h"
#include "lg_unwind.h"
#include "lg_watch.h"
#include "lg_word.h"
#include "lg_writer.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_options.h"

/* ---- words ---- */

static void analyse(void)
{
   LgBooks books;
   if (LG_(books_analyse)(&books))
      LG_(books_say)(&books, (UInt)LG_(opt).summary_findings, VG_(umsg));
   else
      VG_(umsg)("error: not enough memory to analyse %u accounts; lg_print can.\n", books.source.n_accounts);
   LG_(books_release)(&books);
}

static void say_totals(void)
{
   HChar buffer[256];
   lg_text t;
   lg_text_init(&t, buffer, sizeof buffer);
   lg_word_count(&t, LG_(heap_total).live_B);
   lg_word_text(&t, " bytes in ");
   lg_word_count(&t, LG_(heap_total).live_blk);
   lg_word_text(&t, " blocks at the end; peak ");
   lg_word_count(&t, LG_(peak).B);
   lg_word_text(&t, " bytes in ");
   lg_word_count(&t, LG_(peak).blk);
   lg_word_text(&t, " blocks");
   VG_(umsg)("heap: %s\n", buffer);
   lg_text_init(&t, buffer, sizeof buffer);
   lg_word_count(&t, LG_(heap_total).allocs);
   lg_word_text(&t, " allocs, ");
   lg_word_count(&t, LG_(heap_total).frees);
   lg_word_text(&t, " frees, ");
   lg_word_count(&t, LG_(heap_total).allocated_B);
   lg_word_text(&t, " bytes allocated; ");
   lg_word_count(&t, LG_(clock).ticks);
   lg_word_text(&t, LG_(clock).ticks == 1 ? " tick" : " ticks");
   VG_(umsg)("total: %s\n", buffer);
}

static void say_prefix(void *arg, const LgPrefixFound *f)
{
   Bool verbose = *(Bool *)arg;
   if (f->n_functions == 0)
      VG_(umsg)("--alloc-prefix=%s: no object has an allocator of this name.\n", f->prefix);
   else if (verbose)
      VG_(umsg)
   ("allocator %s in %s: %u functions served, %u used\n", *f->prefix ? f->prefix : "(extended jemalloc API)", f->object,
    f->n_functions, f->n_used);
}

/* Appends a set to the line. */
static void add_coverage(void *arg, const HChar *name, const HChar *text)
{
   lg_word_hooks(arg, name, text);
}

static void say_coverage(void)
{
   HChar buffer[1024];
   lg_text t;
   lg_text_init(&t, buffer, sizeof buffer);
   LG_(hook_visit)(add_coverage, &t);
   if (t.used)
      VG_(umsg)("hooks: %s\n", buffer);
}

static void say_unwind_check(void)
{
   LgUnwindStats u;
   LG_(unwind_stats)(&u);
   if (LG_(opt).check_unwind)
      VG_(umsg)("unwinder: %llu call stacks compared, %llu different\n", u.n_checked, u.n_different);
}

static void say_details(void)
{
   VG_(umsg)
   ("%u accounts, %u stacks, %u contexts; %u intervals of %llu %s\n", LG_(account_count)(), LG_(stack_count)(),
    LG_(context_count)() + 1, LG_(clock).index + 1, LG_(clock_interval_units)(), LG_(unit_name)(LG_(opt).time_unit));
   if (LG_(opt).hot_path == LG_HOT_PATH_FAST && !LG_(unwind_is_available)())
      VG_(umsg)("recorded on the plain path: the fast one is for amd64 Linux, without --merge-recursive-frames\n");
}

void LG_(report_print)(void)
{
   if (LG_(opt).summary_findings == 0 || VG_(clo_verbosity) == 0)
      return;
   Bool verbose = LG_(opt).verbose || VG_(clo_verbosity) > 1;
   VG_(umsg)("\n");
   if (!LG_(prefix_is_preloaded)()) {
      VG_(umsg)
      ("warning: the program's malloc was not replaced, so nothing is known of its heap: the program is linked\n");
      VG_(umsg)
      ("statically and stripped, or refuses preloaded objects. What follows is of mappings and announced blocks "
       "only.\n");
   }
   analyse();
   VG_(umsg)("\n");
   say_totals();
   LG_(counter_report)();
   LG_(prefix_visit)(say_prefix, &verbose);
   say_coverage();
   say_unwind_check();
   if (verbose)
      say_details();
   if (LG_(writer_is_failed)())
      VG_(umsg)
   ("profile: %s, INCOMPLETE because it could not be written; what came before can be read with lg_print\n",
    LG_(writer_file_name)());
   else if (LG_(writer_file_name)())
      VG_(umsg)("profile: %s; for the full report: lg_print %s\n", LG_(writer_file_name)(), LG_(writer_file_name)());
}

static void stats_of_contexts(void)
{
   ULong a, b, c, misuses[LG_N_DISCIPLINES];
   LG_(label_stats)(&a, &b);
   LG_(context_stats)(&c, &misuses[0]);
   VG_(dmsg)
   ("leakgrow: labels: %llu, refused %llu times; contexts: %u, %llu bytes, (other) %llu times\n", a, b,
    LG_(context_count)(), c, misuses[0]);
   LG_(opened_stats)(&a, &b, &c);
   VG_(dmsg)("leakgrow: instances: %llu open, %llu at most; table: %llu bytes\n", a, b, c);
   LG_(nest_stats)(&a, &b, &c);
   VG_(dmsg)("leakgrow: entered: %llu, %llu bytes, refused %llu times\n", a, b, c);
   LG_(tally_stats)(&a, misuses);
   VG_(dmsg)("leakgrow: census: %llu accounts\n", a);
   for (lg_discipline d = 0; d < LG_N_DISCIPLINES; d++)
      if (misuses[d])
         VG_(dmsg)("leakgrow: misuse %s: %llu\n", lg_discipline_name(d), misuses[d]);
}

void LG_(report_stats)(void)
{
   ULong a, b, c;
   LG_(block_stats)(&a, &b);
   VG_(dmsg)("leakgrow: blocks: %llu live, %llu bytes of shadow\n", a, b);
   LgSlabStats s;
   LG_(slab_stats)(&s);
   VG_(dmsg)
   ("leakgrow: small blocks: %llu live; %llu spans (%llu bytes), %llu empty, %llu returned; tables: %llu bytes\n",
    s.n_live, s.n_spans, s.client_B, s.n_empty, s.n_returned, s.table_B);
   if (s.peak_live)
      VG_(dmsg)
   ("leakgrow: small blocks: %llu.%llu bytes of table per block when there were %llu\n", s.peak_table_B / s.peak_live,
    s.peak_table_B * 10 / s.peak_live % 10, s.peak_live);
   LG_(direct_stats)(&a, &b);
   VG_(dmsg)("leakgrow: allocation calls served without a request: %llu; left to requests: %llu\n", a, b);
   LG_(pool_stats)(&a, &b);
   VG_(dmsg)("leakgrow: pools: %llu, announced blocks: %llu\n", a, b);
   stats_of_contexts();
   VG_(dmsg)("leakgrow: watched blocks that ended: %llu\n", LG_(watch_count)());
   LG_(stack_stats)(&a, &b);
   VG_(dmsg)("leakgrow: stacks: %llu raw, %u trimmed, %llu bytes\n", a, LG_(stack_count)(), b);
   if (a)
      VG_(dmsg)("leakgrow: stacks: %llu bytes per raw stack\n", b / a);
   LG_(stack_shape)(&a, &b);
   VG_(dmsg)
   ("leakgrow: stacks: %llu parts, %llu nodes; addresses: %u, %u of them unmapped\n", a, b, LG_(ip_count)(),
    LG_(ip_n_retired)());
   LG_(rule_stats)(&a, &b, &c);
   VG_(dmsg)("leakgrow: unwinding rules: %llu, %llu learned, %llu bytes\n", a, b, c);
   LgUnwindStats u;
   LG_(unwind_stats)(&u);
   VG_(dmsg)
   ("leakgrow: unwinder: %llu traces, %llu unchanged; frames: %llu unwound, %llu of them by the core, %llu verified\n",
    u.n_traces, u.n_same, u.n_stepped, u.n_by_core, u.n_verified);
   LG_(account_stats)(&a, &b);
   VG_(dmsg)("leakgrow: accounts: %u, %llu interval records, %llu bytes\n", LG_(account_count)(), a, b);
   LG_(domain_stats)();
   LG_(writer_stats)(&a, &b, &c);
   VG_(dmsg)("leakgrow: profile: %llu bytes, %llu bytes written in all, %llu rewrites\n", a, b, c);
   for (UInt i = 0; i < LG_N_COUNTERS; i++)
      if (LG_(counter_get)(i))
         VG_(dmsg)("leakgrow: %s: %llu\n", LG_(counter_name)(i), LG_(counter_get)(i));
}
