/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_report: see lg_report.h. */
#include "lg_report.h"

#include "lg_account.h"
#include "lg_block.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_counter.h"
#include "lg_options.h"
#include "lg_pool.h"
#include "lg_prefix.h"
#include "lg_rule.h"
#include "lg_snapshot.h"
#include "lg_stack.h"
#include "lg_symbol.h"
#include "lg_unwind.h"
#include "lg_word.h"
#include "lg_writer.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_options.h"

/* ---- the books as a source of the analysis ---- */

static LgAccount *account_at(uint32_t i)
{
   return LG_(account_by_id)(i + 1);
}

static void source_account(void *self, uint32_t i, lg_account_info *out)
{
   const LgAccount *a = account_at(i);
   (void)self;
   out->kind = a->kind;
   out->context = a->context;
   out->n_frames = LG_(stack_frames)(a->stack, &out->frames);
   out->live_B = a->live_B;
   out->live_blk = a->live_blk;
   out->peak_B = 0;
   for (UInt k = 0; k < a->n_recs; k++)
      if (a->recs[k].max_B > out->peak_B)
         out->peak_B = a->recs[k].max_B;
}

/* What is held back counts as not having happened, as in the file. */
static void source_series(void *self, uint32_t i, lg_dense *out)
{
   const LgAccount *a = account_at(i);
   const lg_source *src = self;
   lg_series_expand(a->recs, a->n_recs, src->n_intervals, out);
   for (UInt k = 0; k < a->n_recs && a->recs[k].index < src->n_intervals; k++) {
      out->surv_blk[a->recs[k].index] -= a->recs[k].held_blk;
      out->surv_B[a->recs[k].index] -= a->recs[k].held_B;
   }
   out->died_at_age[0] = a->young - a->young_held;
   for (UInt k = 1; k < LG_AGES; k++)
      out->died_at_age[k] = a->ages ? a->ages[k] - a->ages[LG_AGES + k] : 0;
}

static uint32_t source_frame_fn(void *self, uint32_t frame)
{
   (void)self;
   return LG_(symbol_frame)(frame)->fn;
}

static const char *source_fn_name(void *self, uint32_t fn)
{
   (void)self;
   return LG_(names_text)(LG_(symbol_fns)(), fn);
}

static const char *source_frame_file(void *self, uint32_t frame)
{
   (void)self;
   return LG_(names_text)(LG_(symbol_files)(), LG_(symbol_frame)(frame)->file);
}

static uint32_t source_frame_line(void *self, uint32_t frame)
{
   (void)self;
   return LG_(symbol_frame)(frame)->line;
}

static const char *source_frame_object(void *self, uint32_t frame)
{
   (void)self;
   return LG_(names_text)(LG_(symbol_objects)(), LG_(symbol_frame)(frame)->object);
}

static const char *source_context_label(void *self, uint32_t context)
{
   (void)self;
   return LG_(context_label)(context);
}

static uint32_t source_context_parent(void *self, uint32_t context)
{
   (void)self;
   return LG_(context_parent)(context);
}

static void make_source(lg_source *src, lg_total *totals)
{
   const lg_total_rec *recs;
   UInt n_recs = LG_(snapshot_totals)(&recs);
   Long exit_index = LG_(snapshot_exit_index)();
   static const HChar units[] = {'m', 'B', 'i', 't'};
   src->self = src;
   src->n_accounts = LG_(account_count)();
   src->n_intervals = n_recs ? recs[n_recs - 1].index + 1 : 0;
   src->shift = LG_(clock).shift;
   src->base = LG_(clock).base;
   src->unit = units[LG_(opt).time_unit];
   lg_totals_expand(recs, n_recs, src->n_intervals, LG_(clock_interval_units)(), totals);
   src->totals = totals;
   src->exit_interval = exit_index >= 0 ? (uint32_t)exit_index : src->n_intervals ? src->n_intervals - 1 : 0;
   src->depth = (uint32_t)LG_(opt).depth;
   src->heap_limit_B = LG_(opt).heap_limit_B;
   src->account = source_account;
   src->series = source_series;
   src->frame_fn = source_frame_fn;
   src->fn_name = source_fn_name;
   src->frame_file = source_frame_file;
   src->frame_line = source_frame_line;
   src->frame_object = source_frame_object;
   src->context_label = source_context_label;
   src->context_parent = source_context_parent;
}

/* ---- words ---- */

static void say_findings(const lg_source *src, const lg_analysis *an)
{
   HChar buffer[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, buffer, sizeof buffer);
   for (UInt nth = 0; lg_word_statement(&t, src, an, nth); nth++) {
      VG_(umsg)("%s%s\n", nth ? "   " : "", buffer);
      lg_text_init(&t, buffer, sizeof buffer);
   }
   for (UInt i = 0; i < an->n_findings && i < LG_(opt).summary_findings; i++) {
      lg_text_init(&t, buffer, sizeof buffer);
      lg_word_finding(&t, src, &an->findings[i]);
      VG_(umsg)("\n");
      VG_(umsg)("%u. %s\n", i + 1, buffer);
   }
   if (an->n_findings > LG_(opt).summary_findings)
      VG_(umsg)("(%u more; lg_print shows all)\n", an->n_findings - (UInt)LG_(opt).summary_findings);
}

static void analyse(void)
{
   lg_source src;
   lg_total *totals = VG_(malloc)("lg.report.totals.1", LG_INTERVALS_MAX * sizeof *totals);
   make_source(&src, totals);
   lg_params params;
   lg_params_init(&params);
   SizeT size = lg_analysis_size(&src);
   void *mem = size ? VG_(malloc)("lg.report.analysis.1", size) : NULL;
   lg_analysis an;
   if (mem && lg_analysis_run(&src, &params, mem, size, &an))
      say_findings(&src, &an);
   else
      VG_(umsg)("error: not enough memory to analyse %u accounts; lg_print can.\n", src.n_accounts);
   if (mem)
      VG_(free)(mem);
   VG_(free)(totals);
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
}

void LG_(report_print)(void)
{
   if (LG_(opt).summary_findings == 0 || VG_(clo_verbosity) == 0)
      return;
   Bool verbose = LG_(opt).verbose || VG_(clo_verbosity) > 1;
   VG_(umsg)("\n");
   if (!LG_(prefix_is_preloaded)()) {
      VG_(umsg)("warning: the program's malloc was not replaced, so nothing is known of its heap: the program is linked\n");
      VG_(umsg)("statically or refuses preloaded objects. What follows is of mappings and announced blocks only.\n");
   }
   analyse();
   VG_(umsg)("\n");
   say_totals();
   LG_(counter_report)();
   LG_(prefix_visit)(say_prefix, &verbose);
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

void LG_(report_stats)(void)
{
   ULong a, b, c;
   LG_(block_stats)(&a, &b);
   VG_(dmsg)("leakgrow: blocks: %llu live, %llu bytes of shadow\n", a, b);
   LG_(pool_stats)(&a, &b);
   VG_(dmsg)("leakgrow: pools: %llu, announced blocks: %llu\n", a, b);
   LG_(stack_stats)(&a, &b);
   VG_(dmsg)("leakgrow: stacks: %llu raw, %u trimmed, %llu bytes\n", a, LG_(stack_count)(), b);
   LG_(rule_stats)(&a, &b, &c);
   VG_(dmsg)("leakgrow: unwinding rules: %llu, %llu learned, %llu bytes\n", a, b, c);
   LgUnwindStats u;
   LG_(unwind_stats)(&u);
   VG_(dmsg)
   ("leakgrow: unwinder: %llu traces, %llu unchanged; frames: %llu unwound, %llu of them by the core, %llu verified\n",
    u.n_traces, u.n_same, u.n_stepped, u.n_by_core, u.n_verified);
   LG_(account_stats)(&a, &b);
   VG_(dmsg)("leakgrow: accounts: %u, %llu interval records, %llu bytes\n", LG_(account_count)(), a, b);
   LG_(writer_stats)(&a, &b, &c);
   VG_(dmsg)("leakgrow: profile: %llu bytes, %llu bytes written in all, %llu rewrites\n", a, b, c);
   for (UInt i = 0; i < LG_N_COUNTERS; i++)
      if (LG_(counter_get)(i))
         VG_(dmsg)("leakgrow: %s: %llu\n", LG_(counter_name)(i), LG_(counter_get)(i));
}
