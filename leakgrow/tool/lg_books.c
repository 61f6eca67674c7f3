/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_books: see lg_books.h. */
#include "lg_books.h"

#include "lg_account.h"
#include "lg_tally.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_domain_lines.h"
#include "lg_frames.h"
#include "lg_label.h"
#include "lg_options.h"
#include "lg_record.h"
#include "lg_snapshot.h"
#include "lg_stack.h"
#include "lg_symbol.h"
#include "lg_word.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

static struct {
   lg_rec recs[LG_INTERVALS_MAX];
} st;

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
   out->n_frames = LG_(frames_of)(a->stack, &out->frames);
   out->live_B = a->live_B;
   out->live_blk = a->live_blk;
   out->total_blk = a->total_blk;
}

/* What is held back counts as not having happened, as in the file. */
static void source_series(void *self, uint32_t i, lg_dense *out)
{
   const LgAccount *a = account_at(i);
   const lg_source *src = self;
   const UInt n = LG_(record_all)(a, st.recs);
   lg_series_expand(st.recs, n, src->n_intervals, out);
   for (UInt k = 0; k < n && st.recs[k].index < src->n_intervals; k++) {
      out->surv_blk[st.recs[k].index] -= st.recs[k].held_blk;
      out->surv_B[st.recs[k].index] -= st.recs[k].held_B;
   }
   for (UInt k = 0; k < LG_AGES; k++) {
      uint64_t deaths, held;
      LG_(record_ages)(a, k, &deaths, &held);
      out->died_at_age[k] = (int64_t)(deaths - held);
   }
}

static void source_sparse(void *self, uint32_t i, lg_sparse *out)
{
   const LgAccount *a = account_at(i);
   (void)self;
   out->kind = a->kind;
   out->n_recs = LG_(record_all)(a, st.recs);
   out->recs = st.recs;
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

static void source_census(void *self, uint32_t i, lg_census_info *out)
{
   (void)self;
   UInt account = account_at(i)->id, label = LG_(tally_label)(account);
   const LgLabel *l = label ? LG_(label_get)(label) : NULL;
   out->file = l ? LG_(names_text)(LG_(symbol_files)(), l->file) : "";
   out->line = l ? l->line : 0;
   for (lg_discipline d = 0; d < LG_N_DISCIPLINES; d++)
      out->misuse[d] = LG_(tally_misuses)(account, d);
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
   src->sparse = source_sparse;
   src->frame_fn = source_frame_fn;
   src->fn_name = source_fn_name;
   src->frame_file = source_frame_file;
   src->frame_line = source_frame_line;
   src->frame_object = source_frame_object;
   src->context_label = source_context_label;
   src->context_parent = source_context_parent;
   src->census = source_census;
   LG_(domain_source)(src);
}

static void *get_piece(void *self, size_t size)
{
   LgBooks *b = self;
   tl_assert(b->n_pieces < LG_PIECES_MAX);
   return b->pieces[b->n_pieces++] = VG_(malloc)("lg.books.analysis.1", size);
}

Bool LG_(books_analyse)(LgBooks *b)
{
   LG_(frames_begin)();
   b->totals = VG_(malloc)("lg.books.totals.1", LG_INTERVALS_MAX * sizeof *b->totals);
   make_source(&b->source, b->totals);
   lg_params params;
   lg_params_init(&params);
   b->n_pieces = 0;
   lg_memory memory = {b, get_piece};
   return lg_analysis_run(&b->source, &params, &memory, &b->analysis);
}

void LG_(books_release)(LgBooks *b)
{
   for (UInt i = 0; i < b->n_pieces; i++)
      VG_(free)(b->pieces[i]);
   VG_(free)(b->totals);
   LG_(frames_end)();
}

void LG_(books_say)(const LgBooks *b, UInt max, UInt (*say)(const HChar *format, ...))
{
   HChar buffer[LG_SENTENCE_MAX];
   lg_text t;
   const lg_analysis *an = &b->analysis;
   lg_text_init(&t, buffer, sizeof buffer);
   for (UInt nth = 0; lg_word_statement(&t, &b->source, an, nth); nth++) {
      say("%s%s\n", nth ? "   " : "", buffer);
      lg_text_init(&t, buffer, sizeof buffer);
   }
   for (UInt i = 0; i < an->n_findings && i < max; i++) {
      lg_text_init(&t, buffer, sizeof buffer);
      lg_word_finding(&t, &b->source, &an->findings[i]);
      say("\n");
      say("%u. %s\n", i + 1, buffer);
   }
   if (an->n_findings > max)
      say("(%u more; lg_print shows all)\n", an->n_findings - max);
}
