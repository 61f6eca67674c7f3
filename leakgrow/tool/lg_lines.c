/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_lines: see lg_lines.h. */
#include "lg_lines.h"

#include "lg_tally.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_counter.h"
#include "lg_domain_lines.h"
#include "lg_label.h"
#include "lg_hook.h"
#include "lg_options.h"
#include "lg_outname.h"
#include "lg_record.h"
#include "lg_stack.h"
#include "lg_symbol.h"

#include "pub_tool_clientstate.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_xarray.h"

/* ---- head ---- */

static void head_string(LgOut *o, const HChar *name, const HChar *value)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'h');
   lg_put_word(b, name);
   lg_put_string(b, value);
   lg_line_end(b);
}

static void head_number(LgOut *o, const HChar *name, ULong value)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'h');
   lg_put_word(b, name);
   lg_put_u64(b, value);
   lg_line_end(b);
}

void LG_(lines_head)(LgOut *o)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin_magic(b);
   lg_put_u64(b, LG_FORMAT_VERSION);
   lg_line_end(b);
   head_number(o, "pid", VG_(getpid)());
   if (LG_(outname_start)() > 0)
      head_number(o, "start", LG_(outname_start)());
   head_number(o, "ppid", VG_(getppid)());
   head_string(o, "tool", LG_VERSION);
   HChar valgrind[32];
   VG_(sprintf)(valgrind, "%d.%d", __VALGRIND_MAJOR__, __VALGRIND_MINOR__);
   head_string(o, "valgrind", valgrind);
   head_string(o, "unit", LG_(unit_name)(LG_(opt).time_unit));
   head_number(o, "base", LG_(clock).base);
   head_number(o, "depth", LG_(opt).depth);
   head_number(o, "heap-limit", LG_(opt).heap_limit_B);
   head_string(o, "desc", LG_(opt).desc);
   if (VG_(args_the_exename))
      head_string(o, "arg", VG_(args_the_exename));
   for (Word i = 0; i < VG_(sizeXA)(VG_(args_for_client)); i++)
      head_string(o, "arg", *(HChar **)VG_(indexXA)(VG_(args_for_client), i));
}

/* ---- definitions ---- */

static void define_names(LgOut *o, HChar tag, const LgNames *names, UInt *defined)
{
   while (*defined < names->n) {
      UInt id = ++*defined;
      lg_buf *b = LG_(out_line)(o);
      lg_line_begin(b, tag);
      lg_put_u64(b, id);
      lg_put_string(b, LG_(names_text)(names, id));
      lg_line_end(b);
   }
}

static void define_frames(LgOut *o, UInt *defined)
{
   while (*defined < LG_(symbol_n_frames)()) {
      UInt id = ++*defined;
      const LgFrame *f = LG_(symbol_frame)(id);
      lg_buf *b = LG_(out_line)(o);
      lg_line_begin(b, 'n');
      lg_put_u64(b, id);
      lg_put_u64(b, f->fn);
      lg_put_u64(b, f->object);
      lg_put_u64(b, f->file);
      lg_put_u64(b, f->line);
      lg_put_u64(b, f->inlined);
      lg_line_end(b);
   }
}

static UInt id_at(const XArray *ids, UInt i)
{
   return *(UInt *)VG_(indexXA)((XArray *)ids, i);
}

/* A stack as its definition says it. */
typedef struct {
   UInt id, n;
   UInt frames[LG_FRAMES_MAX];
} Frames;

/* Frames that two stacks share at their outer ends. */
static UInt count_shared(const Frames *a, const Frames *b)
{
   UInt shared = 0;
   while (shared < a->n && shared < b->n && a->frames[a->n - 1 - shared] == b->frames[b->n - 1 - shared])
      shared++;
   return shared;
}

static void take_frames(UInt id, LgDefined *d, Frames *f)
{
   f->id = id;
   f->n = LG_(stack_is_evicted)(id) ? 0 : LG_(stack_frames)(id, f->frames);
   if (f->n > 1 && f->n > LG_ALL_FRAMES_MAX - d->frames_of_stacks) /* a reader would refuse */
      f->n = 1;
   if (f->n > 1)
      d->frames_of_stacks += f->n;
}

/* As a whole, or as its difference to the one before it: those that follow one another are mostly alike. */
static void define_stack(LgOut *o, const Frames *f, const Frames *before)
{
   enum { SHARED_MIN = 3 };
   UInt shared = count_shared(f, before);
   lg_buf *b = LG_(out_line)(o);
   if (shared >= SHARED_MIN) {
      lg_line_begin(b, 'K');
      lg_put_u64(b, f->id);
      lg_put_u64(b, before->id);
      lg_put_u64(b, shared);
   } else {
      shared = 0;
      lg_line_begin(b, 'k');
      lg_put_u64(b, f->id);
      lg_put_u64(b, f->n);
   }
   for (UInt i = 0; i < f->n - shared; i++)
      lg_put_u64(b, f->frames[i]);
   lg_line_end(b);
}

static void define_stacks(LgOut *o, LgDefined *d, UInt n_stacks, const XArray *reused, UInt n_reused)
{
   Frames two[2];
   UInt now = 0;
   two[1].n = 0;
   while (d->stacks < n_stacks || d->reused_stacks < n_reused) {
      UInt id = d->stacks < n_stacks ? ++d->stacks : id_at(reused, d->reused_stacks++);
      take_frames(id, d, &two[now]);
      define_stack(o, &two[now], &two[!now]);
      now = !now;
   }
}

static void define_context(LgOut *o, UInt id)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'x');
   lg_put_u64(b, id);
   lg_put_u64(b, LG_(context_parent)(id));
   lg_put_string(b, LG_(context_label)(id));
   lg_line_end(b);
}

static void label_line(LgOut *o, UInt account, const LgLabel *l)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'u');
   lg_put_u64(b, account);
   lg_put_u64(b, l->file);
   lg_put_u64(b, l->line);
   lg_line_end(b);
}

static void define_account(LgOut *o, UInt id)
{
   const LgAccount *a = LG_(account_by_id)(id);
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'a');
   lg_put_u64(b, id);
   lg_put_word(b, (const HChar[]){LG_ACCOUNT_LETTERS[a->kind], 0});
   lg_put_u64(b, LG_(account_is_merged)(a) ? 0 : a->context);
   lg_put_u64(b, LG_(account_is_merged)(a) ? 0 : a->stack);
   lg_line_end(b);
   UInt label = LG_(tally_label)(id);
   const LgLabel *l = label ? LG_(label_get)(label) : NULL;
   if (l && (l->file || l->line))
      label_line(o, id, l);
}

void LG_(lines_definitions)(LgOut *o, LgDefined *d)
{
   UInt n_stacks = LG_(stack_count)();
   const XArray *stacks = LG_(stack_reused)(), *accounts = LG_(account_reused)();
   UInt n_reused_stacks = (UInt)VG_(sizeXA)(stacks), n_reused = (UInt)VG_(sizeXA)(accounts);
   if (d->stacks == 0 && d->accounts == 0) { /* a new file defines ids as they are now */
      d->reused_stacks = n_reused_stacks;
      d->reused_accounts = n_reused;
   }
   define_names(o, 'o', LG_(symbol_objects)(), &d->objects);
   define_names(o, 's', LG_(symbol_files)(), &d->files);
   define_names(o, 'f', LG_(symbol_fns)(), &d->fns);
   define_frames(o, &d->frames);
   define_stacks(o, d, n_stacks, stacks, n_reused_stacks);
   while (d->contexts < LG_(context_count)())
      define_context(o, ++d->contexts);
   LG_(domain_lines_definitions)(o, &d->domains);
   while (d->accounts < LG_(account_count)())
      define_account(o, ++d->accounts);
   while (d->reused_accounts < n_reused)
      define_account(o, id_at(accounts, d->reused_accounts++));
}

/* ---- intervals ---- */

static void put_state(lg_buf *b, const lg_total *t)
{
   lg_put_u64(b, t->allocs);
   lg_put_u64(b, t->frees);
   lg_put_u64(b, t->allocated_B);
   lg_put_u64(b, t->ticks);
   lg_put_u64(b, t->rss_B);
   lg_put_u64(b, t->mapped_B);
   lg_put_u64(b, t->tool_B);
}

void LG_(lines_total)(LgOut *o, const lg_total_rec *r)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 't');
   lg_put_u64(b, r->index);
   lg_put_u64(b, LG_(clock).shift);
   lg_put_u64(b, r->t.time);
   lg_put_u64(b, r->t.live_B);
   lg_put_u64(b, r->t.live_blk);
   lg_put_u64(b, r->t.floor_B);
   lg_put_u64(b, r->t.ceiling_B);
   lg_put_u64(b, r->t.floor_blk);
   lg_put_u64(b, r->t.ceiling_blk);
   put_state(b, &r->t);
   lg_line_end(b);
}

void LG_(lines_rec)(LgOut *o, const LgAccount *a, const lg_rec *r)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'i');
   lg_put_u64(b, a->id);
   lg_put_u64(b, r->index);
   lg_put_u64(b, LG_(clock).shift);
   lg_put_u64(b, r->min_B);
   lg_put_u64(b, r->max_B);
   lg_put_u64(b, r->end_B);
   lg_put_u64(b, r->min_blk);
   lg_put_u64(b, r->max_blk);
   lg_put_u64(b, r->end_blk);
   lg_put_u64(b, r->births);
   lg_put_u64(b, r->deaths);
   lg_put_u64(b, r->births_B);
   lg_put_u64(b, r->resizes);
   lg_line_end(b);
}

static void survivors_line(LgOut *o, const LgAccount *a, Bool all)
{
   lg_buf *b = NULL;
   const UInt n = LG_(record_count)(a);
   for (UInt i = all ? 0 : LG_(record_held_from)(a); i < n; i++) {
      lg_rec r;
      LG_(record_get)(a, i, &r);
      Long blk = all ? r.surv_blk - r.held_blk : r.held_blk;
      Long B = all ? r.surv_B - r.held_B : r.held_B;
      if (blk == 0 && B == 0)
         continue;
      if (!b) {
         b = LG_(out_line)(o);
         lg_line_begin(b, 'v');
         lg_put_u64(b, a->id);
      }
      lg_put_u64(b, r.index);
      lg_put_u64(b, LG_(clock).shift);
      lg_put_i64(b, blk);
      lg_put_i64(b, B);
   }
   if (b)
      lg_line_end(b);
}

static void ages_line(LgOut *o, const LgAccount *a, Bool all)
{
   lg_buf *b = NULL;
   for (UInt k = 0; k < LG_(record_n_ages)(a); k++) {
      uint64_t deaths, held;
      LG_(record_ages)(a, k, &deaths, &held);
      Long n = (Long)(all ? deaths - held : held);
      if (n == 0)
         continue;
      if (!b) {
         b = LG_(out_line)(o);
         lg_line_begin(b, 'g');
         lg_put_u64(b, a->id);
      }
      lg_put_u64(b, k);
      lg_put_i64(b, n);
   }
   if (b)
      lg_line_end(b);
}

void LG_(lines_survivors)(LgOut *o, const LgAccount *a, Bool all)
{
   survivors_line(o, a, all);
   ages_line(o, a, all);
}

/* ---- peak, events, end ---- */

void LG_(lines_peak)(LgOut *o)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'p');
   lg_put_u64(b, LG_(peak).time);
   lg_put_u64(b, LG_(peak).B);
   lg_put_u64(b, LG_(peak).blk);
   lg_line_end(b);
}

/* The tags of lines that say what one account held. */
static void held_line(LgOut *o, HChar tag, UInt account, ULong B, ULong blk)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, tag);
   lg_put_u64(b, account);
   lg_put_u64(b, B);
   lg_put_u64(b, blk);
   lg_line_end(b);
}

void LG_(lines_at_peak)(LgOut *o, const LgAccount *a)
{
   ULong B, blk;
   LG_(account_at_peak)(a, &B, &blk);
   held_line(o, 'q', a->id, B, blk);
}

void LG_(lines_event)(LgOut *o, const LgEvent *e)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'e');
   lg_put_word(b, LG_(event_kind_name)(e->kind));
   lg_put_u64(b, e->t.time);
   lg_put_u64(b, e->t.live_B);
   lg_put_u64(b, e->t.live_blk);
   put_state(b, &e->t);
   lg_put_u64(b, e->rows != NULL);
   lg_put_string(b, e->name);
   lg_line_end(b);
   for (UInt i = 0; i < e->n_rows; i++)
      held_line(o, 'r', e->rows[i].account, e->rows[i].B, e->rows[i].blk);
}

void LG_(lines_exit_began)(LgOut *o)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'y');
   lg_put_u64(b, LG_(snapshot_exit_time)());
   lg_put_u64(b, (ULong)LG_(snapshot_exit_index)());
   lg_line_end(b);
}

void LG_(lines_late)(LgOut *o, const LgAccount *a)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'l');
   lg_put_u64(b, a->id);
   lg_put_u64(b, a->live_B);
   lg_put_u64(b, a->live_blk);
   lg_put_u64(b, a->total_B);
   lg_put_u64(b, a->total_blk);
   lg_line_end(b);
}

void LG_(lines_counters)(LgOut *o)
{
   for (UInt c = 0; c < LG_N_COUNTERS; c++) {
      if (LG_(counter_get)(c) == 0)
         continue;
      lg_buf *b = LG_(out_line)(o);
      lg_line_begin(b, 'w');
      lg_put_word(b, LG_(counter_name)(c));
      lg_put_u64(b, LG_(counter_get)(c));
      lg_line_end(b);
   }
}

static void coverage_line(void *arg, const HChar *name, const HChar *text)
{
   LgOut *o = arg;
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'j');
   lg_put_word(b, name);
   lg_put_string(b, text);
   lg_line_end(b);
}

void LG_(lines_coverage)(LgOut *o)
{
   LG_(hook_visit)(coverage_line, o);
}

static void misuse_lines(void *out, UInt account)
{
   for (lg_discipline d = 0; d < LG_N_DISCIPLINES; d++) {
      ULong n = LG_(tally_misuses)(account, d);
      if (n == 0)
         continue;
      lg_buf *b = LG_(out_line)(out);
      lg_line_begin(b, 'm');
      lg_put_u64(b, account);
      lg_put_word(b, lg_discipline_name(d));
      lg_put_u64(b, n);
      lg_line_end(b);
   }
}

void LG_(lines_misuse)(LgOut *o, Bool all)
{
   LG_(tally_visit)(all, misuse_lines, o);
   if (!all)
      LG_(tally_clear_changed)();
}

void LG_(lines_end)(LgOut *o, const HChar *how, Int code)
{
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'z');
   lg_put_word(b, how);
   lg_put_u64(b, LG_(clock).now);
   lg_put_u64(b, (UInt)code);
   lg_line_end(b);
}
