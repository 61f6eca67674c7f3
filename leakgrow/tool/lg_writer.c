/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_writer: see lg_writer.h. */
#include "lg_writer.h"

#include "lg_brief.h"
#include "lg_clock.h"
#include "lg_domain_lines.h"
#include "lg_lines.h"
#include "lg_options.h"
#include "lg_outname.h"
#include "lg_record.h"
#include "lg_stack.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

enum {
   EVENTS_APPENDED_MAX = 2 * LG_EVENTS_MAX, /* until the file is rewritten with those that were kept */
   REWRITE_MIN_B = 4 << 20,
   REWRITE_FACTOR = 2,
   REC_B = 48 /* an interval of an account in a rewritten file, about */
};

static struct {
   LgOut out;
   LgDefined defined;
   HChar *name;     /* expanded; NULL: no file could be made */
   Bool is_pending; /* a forked child: no file yet */
   ULong events_at_fork;
   Bool may_replace; /* the file can be rewritten */
   ULong base_B;     /* size of the file after its head or its last rewrite */
   ULong largest_B;  /* transaction since then */
   UInt n_events;    /* events since then */
   ULong written_B;  /* by files that were replaced */
   ULong rewrites;
   Bool has_held; /* survivors of accounts that need not be touched now are unwritten */
   ULong peak_B;  /* of the last p line */
   UInt peak_number;
} st = {.out = {.fd = -1}};

static Bool has_file(void)
{
   return st.out.fd >= 0;
}

static void write_head(LgOut *o)
{
   LG_(out_begin)(o, 0);
   LG_(lines_head)(o);
   LG_(out_commit)(o);
}

static void open_file(void)
{
   if (!LG_(out_open)(&st.out, st.name, /*is_quiet*/ False)) {
      VG_(umsg)("The run goes on; findings will be summarised at exit, but no profile is written.\n");
      VG_(free)(st.name);
      st.name = NULL;
      return;
   }
   VG_(memset)(&st.defined, 0, sizeof st.defined);
   st.may_replace = LG_(outname_is_regular)(st.name);
   write_head(&st.out);
   st.base_B = st.out.bytes;
}

void LG_(writer_open)(void)
{
   st.name = LG_(outname_make)(NULL);
   open_file();
}

/* ---- the whole state ---- */

/* A peak for which the file would say something else than the books do. */
static Bool peak_is_news(void)
{
   return LG_(peak).B > st.peak_B || LG_(peak).number != st.peak_number;
}

static void note_peak_written(void)
{
   st.peak_B = LG_(peak).B;
   st.peak_number = LG_(peak).number;
}

static void write_account(LgOut *o, LgAccount *a)
{
   const UInt n = LG_(record_count)(a);
   for (UInt i = 0; i < n; i++) {
      lg_rec r;
      LG_(record_get)(a, i, &r);
      LG_(lines_rec)(o, a, &r);
   }
   LG_(lines_survivors)(o, a, /*all*/ True);
   ULong B, blk;
   LG_(account_at_peak)(a, &B, &blk);
   if (a->kind == LG_ACCOUNT_HEAP && (blk > 0 || a->live_blk > 0))
      LG_(lines_at_peak)(o, a);
}

/* Everything in one transaction; `defined` says afterwards what the new file defines. */
static Bool write_state(LgOut *o, LgDefined *defined)
{
   const lg_total_rec *totals;
   const LgEvent *events;
   UInt n_totals = LG_(snapshot_totals)(&totals), n_events = LG_(snapshot_events)(&events);
   write_head(o);
   LG_(out_begin)(o, LG_(clock).now);
   LG_(lines_definitions)(o, defined);
   for (UInt i = 0; i < n_totals; i++)
      LG_(lines_total)(o, &totals[i]);
   LG_(lines_peak)(o);
   for (UInt id = 1; id <= LG_(account_count)(); id++)
      write_account(o, LG_(account_by_id)(id));
   for (UInt i = 0; i < n_events; i++)
      LG_(lines_event)(o, &events[i]);
   LG_(domain_lines_all)(o);
   if (LG_(snapshot_exit_index)() >= 0)
      LG_(lines_exit_began)(o);
   LG_(lines_counters)(o);
   LG_(lines_misuse)(o, /*all*/ True);
   LG_(lines_coverage)(o);
   return LG_(out_commit)(o);
}

static HChar *temporary_name(void)
{
   HChar *name = VG_(malloc)("lg.writer.tmp.1", VG_(strlen)(st.name) + 32);
   VG_(sprintf)(name, "%s.tmp.%d", st.name, VG_(getpid)());
   return name;
}

/* Puts the new file in the place of the old one. */
static void adopt(LgOut *fresh, const LgDefined *defined)
{
   st.written_B += st.out.bytes;
   HChar *name = fresh->name;
   fresh->name = VG_(strdup)("lg.writer.adopt.1", st.name);
   fresh->is_quiet = False;
   VG_(free)(name);
   LG_(out_close)(&st.out);
   st.out = *fresh;
   st.defined = *defined;
   st.defined.reused_stacks = st.defined.reused_accounts = 0;
   LG_(stack_forget_reused)();
   LG_(account_forget_reused)();
   st.base_B = st.out.bytes;
   st.largest_B = 0;
   st.n_events = 0;
   st.rewrites++;
   note_peak_written();
}

void LG_(writer_rewrite)(void)
{
   if (!has_file()) {
      LG_(stack_forget_reused)();
      LG_(account_forget_reused)();
   }
   if (!has_file() || !st.may_replace)
      return;
   LgOut fresh = {.fd = -1};
   LgDefined defined;
   VG_(memset)(&defined, 0, sizeof defined);
   HChar *tmp = temporary_name();
   Bool ok = LG_(out_open)(&fresh, tmp, /*is_quiet*/ True);
   if (ok) {
      ok = write_state(&fresh, &defined) && VG_(rename)(tmp, st.name) == 0;
      if (ok) {
         adopt(&fresh, &defined);
      } else {
         LG_(out_close)(&fresh);
         VG_(unlink)(tmp);
      }
   }
   LG_DBG(WRITER, "rewrite %s: %llu bytes\n", ok ? "done" : "failed", st.out.bytes);
   VG_(free)(tmp);
   if (!ok) { /* the old file stays; try again only after as much again was appended */
      st.base_B = st.out.bytes;
      st.n_events = 0;
   }
}

/* What the end may still have to write: the last event, the peak, what is held after teardown, for every account. */
static ULong end_B(void)
{
   enum { PER_ACCOUNT_B = 128, REST_B = 1 << 16 };
   return (LG_(account_count)() - LG_(account_n_merged)()) * PER_ACCOUNT_B + REST_B;
}

/* The next two intervals, or the end, might not fit below --max-file-size. */
static Bool is_full(void)
{
   return LG_(opt).max_file_B && st.out.bytes + 2 * st.largest_B + end_B() > LG_(opt).max_file_B;
}

Bool LG_(writer_can_rewrite)(void)
{
   return !has_file() || st.may_replace;
}

void LG_(writer_invalidate)(void)
{
   st.out.is_failed = has_file();
}

ULong LG_(writer_state_B)(void)
{
   return has_file() ? st.base_B + end_B() : 0;
}

Bool LG_(writer_save)(const HChar *name)
{
   LgOut copy = {.fd = -1};
   LgDefined defined;
   VG_(memset)(&defined, 0, sizeof defined);
   Bool ok = LG_(out_open)(&copy, name, /*is_quiet*/ True) && write_state(&copy, &defined);
   LG_(out_close)(&copy);
   return ok;
}

/* ---- transactions ---- */

/* A forked child's first words: a file of its own with everything it inherited. Not before it did something with its heap or came
 * to its end: most children only exec. */
static void open_pending(Bool is_end)
{
   if (!st.is_pending || (!is_end && LG_(heap_total).allocs + LG_(heap_total).frees == st.events_at_fork))
      return;
   st.is_pending = False;
   open_file();
   if (has_file())
      LG_(writer_rewrite)();
}

static LgOut *begin(Bool is_end)
{
   open_pending(is_end);
   if (!has_file() || st.out.is_failed)
      return NULL;
   LG_(out_begin)(&st.out, LG_(clock).now);
   LG_(lines_definitions)(&st.out, &st.defined);
   return &st.out;
}

static inline void fetch(const void *p, SizeT szB)
{
   enum { LINE_B = 64 };
   for (Addr at = (Addr)p & ~(Addr)(LINE_B - 1); at < (Addr)p + szB; at += LINE_B)
      __builtin_prefetch((const void *)at);
}

/* Fetches what an account to come will need, and then the next one: the list leads all over the memory. */
static inline const LgAccount *fetch_ahead(const LgAccount *a)
{
   if (!a)
      return NULL;
   fetch(a->rec, sizeof *a->rec);
   fetch(a->packed, sizeof *a->packed);
   fetch(a->next_touched, sizeof *a);
   return a->next_touched;
}

/* Survivors stay unwritten. */
static void write_records(LgOut *o)
{
   for (LgAccount *a = LG_(record_touched)(); a; a = a->next_touched)
      LG_(lines_rec)(o, a, a->rec);
}

/* What each touched account did, in one line where that is possible. After that the survivors of none are held back. */
static void write_touched(LgOut *o)
{
   enum { AHEAD = 3 };
   const LgAccount *ahead = LG_(record_touched)();
   for (UInt i = 0; i < AHEAD; i++)
      ahead = fetch_ahead(ahead);
   for (LgAccount *a = LG_(record_touched)(); a; a = a->next_touched) {
      ahead = fetch_ahead(ahead);
      if (LG_(brief_line)(o, a))
         continue;
      LG_(lines_rec)(o, a, a->rec);
      LG_(lines_survivors)(o, a, /*all*/ False);
      LG_(record_survivors_written)(a);
      LG_(record_ages_written)(a);
   }
}

/* Writes survivors and ages, or, with no file, counts them as written all the same: the summary at exit is to say what a file
 * would. After intervals that held them back any account may have some. */
static void settle_survivors(LgOut *o)
{
   LgAccount *a = LG_(record_touched)();
   UInt id = 1;
   if (st.has_held)
      a = LG_(account_count)() ? LG_(account_by_id)(id) : NULL;
   while (a) {
      if (o)
         LG_(lines_survivors)(o, a, /*all*/ False);
      LG_(record_survivors_written)(a);
      LG_(record_ages_written)(a);
      if (st.has_held)
         a = id < LG_(account_count)() ? LG_(account_by_id)(++id) : NULL;
      else
         a = a->next_touched;
   }
   st.has_held = False;
}

/* The accounts that changed after the peak, within the interval in progress: only these hold something else now than they did then. */
static void write_peak(LgOut *o)
{
   LG_(lines_peak)(o);
   for (LgAccount *a = LG_(record_touched)(); a; a = a->next_touched) {
      ULong B, blk;
      LG_(account_at_peak)(a, &B, &blk);
      if (a->kind == LG_ACCOUNT_HEAP && (B != a->live_B || blk != a->live_blk))
         LG_(lines_at_peak)(o, a);
   }
   note_peak_written();
}

void LG_(writer_interval)(const lg_total_rec *total, Bool hold_survivors)
{
   LgOut *o = begin(/*is_end*/ False);
   ULong before_B = st.out.bytes;
   if (o) {
      LG_(lines_total)(o, total);
      if (hold_survivors)
         write_records(o);
      else
         write_touched(o);
   }
   if (hold_survivors)
      st.has_held = True;
   else if (!o || st.has_held)
      settle_survivors(o);
   if (!o)
      return;
   if (peak_is_news())
      write_peak(o);
   LG_(domain_lines_news)(o);
   LG_(lines_counters)(o);
   LG_(lines_misuse)(o, /*all*/ False);
   LG_(lines_coverage)(o);
   LG_(out_commit)(o);
   if (st.out.bytes - before_B > st.largest_B)
      st.largest_B = st.out.bytes - before_B;
}

void LG_(writer_event)(const LgEvent *e)
{
   LgOut *o = begin(/*is_end*/ False);
   if (!o)
      return;
   LG_(lines_event)(o, e);
   LG_(out_commit)(o);
   st.n_events++;
}

void LG_(writer_exit_begins)(void)
{
   LgOut *o = begin(/*is_end*/ False);
   if (!o)
      return;
   LG_(lines_exit_began)(o);
   LG_(out_commit)(o);
}

void LG_(writer_end)(const HChar *how, Int code)
{
   LG_(out_check)(&st.out);
   if (LG_(writer_is_failed)()) /* the last chance: the disk may have room now */
      LG_(writer_rewrite)();
   LgOut *o = begin(/*is_end*/ True);
   if (!o)
      return;
   for (UInt id = 1; id <= LG_(account_count)(); id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      if (a->is_late)
         LG_(lines_late)(o, a);
   }
   if (LG_(account_is_frozen)() && peak_is_news()) {
      LG_(lines_peak)(o);
      for (UInt id = 1; id <= LG_(account_count)(); id++)
         if (LG_(account_by_id)(id)->kind == LG_ACCOUNT_HEAP && !LG_(account_by_id)(id)->into)
            LG_(lines_at_peak)(o, LG_(account_by_id)(id));
      note_peak_written();
   }
   LG_(lines_counters)(o);
   LG_(lines_misuse)(o, /*all*/ False);
   LG_(lines_coverage)(o);
   LG_(lines_end)(o, how, code);
   LG_(out_commit)(o);
}

void LG_(writer_signal)(Int number)
{
   if (!has_file() || st.out.is_failed)
      return;
   LG_(out_begin)(&st.out, LG_(clock).now);
   LG_(lines_end)(&st.out, "signal", number);
   LG_(out_commit)(&st.out);
}

/* Bytes that a rewritten file would have, about. */
static ULong state_B(void)
{
   ULong n_recs, unused;
   LG_(account_stats)(&n_recs, &unused);
   return n_recs * REC_B > st.base_B ? n_recs * REC_B : st.base_B;
}

/* A file that failed is tried again as a whole: the disk may have room now. Else a rewrite has to be worth it: most of what was appended is
 * superseded. That intervals were merged is no reason by itself, as a reader merges them, too. */
Bool LG_(writer_wants_rewrite)(void)
{
   if (!has_file() || !st.may_replace)
      return False;
   ULong appended = st.out.bytes - st.base_B;
   return st.out.is_failed || (is_full() && appended > 0) || st.n_events > EVENTS_APPENDED_MAX ||
          (appended > REWRITE_MIN_B && appended > REWRITE_FACTOR * state_B());
}

void LG_(writer_forked)(void)
{
   HChar *parents = st.name;
   LG_(out_close)(&st.out);
   st.name = LG_(outname_make)(parents);
   VG_(free)(parents);
   st.is_pending = True;
   st.events_at_fork = LG_(heap_total).allocs + LG_(heap_total).frees;
}

Bool LG_(writer_is_pending)(void)
{
   return st.is_pending;
}

Bool LG_(writer_is_failed)(void)
{
   return has_file() && st.out.is_failed;
}

const HChar *LG_(writer_file_name)(void)
{
   return st.name;
}

void LG_(writer_stats)(ULong *file_bytes, ULong *written_bytes, ULong *rewrites)
{
   *file_bytes = st.out.bytes;
   *written_bytes = st.written_B + st.out.bytes;
   *rewrites = st.rewrites;
}
