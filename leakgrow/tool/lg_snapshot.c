/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_snapshot: see lg_snapshot.h. */
#include "lg_snapshot.h"

#include "lg_account.h"
#include "lg_bound.h"
#include "lg_clock.h"
#include "lg_counter.h"
#include "lg_domain.h"
#include "lg_domain_lines.h"
#include "lg_instance.h"
#include "lg_limit.h"
#include "lg_mapping.h"
#include "lg_options.h"
#include "lg_prefix.h"
#include "lg_record.h"
#include "lg_writer.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

ULong LG_(snapshot_level_B) = ~0ULL;

static struct {
   lg_total_rec totals[LG_INTERVALS_MAX];
   UInt n_totals;
   LgEvent *events; /* by time */
   UInt n_events, events_size, n_detailed;
   ULong rows_B;           /* memory of the details */
   ULong interval_start_B; /* live bytes when the interval in progress began */
   ULong written_B;        /* live bytes at the last transaction */
   ULong next_burst_B;     /* heap level of the next burst snapshot of this interval */
   ULong limit_level_B;    /* heap level of the next snapshot for nearing the limit */
   ULong rss_B;            /* when it was read last */
   UInt details_in_interval;
   UInt drain_intervals; /* consecutive closed ones in which the program only freed, and what it did in them */
   ULong drain_births, drain_deaths;
   Long exit_index; /* -1: exit has not begun */
   ULong exit_time;
} st;

/* Snapshots of one interval that may list all accounts: asking more often yields totals only. */
enum { DETAILS_PER_INTERVAL = 8 };

const HChar *LG_(event_kind_name)(LgEventKind kind)
{
   static const HChar *const names[] = {"mark", "request", "burst", "growth", "signal", "exit"};
   return names[kind];
}

/* ---- the state of the whole program ---- */

/* Resident set of the process as the kernel sees it, Valgrind included; 0 when unknown. */
static ULong read_rss(void)
{
   HChar text[128];
   SysRes r = VG_(open)("/proc/self/statm", VKI_O_RDONLY, 0);
   if (sr_isError(r))
      return 0;
   Int n = VG_(read)((Int)sr_Res(r), text, sizeof text - 1);
   VG_(close)((Int)sr_Res(r));
   if (n <= 0)
      return 0;
   text[n] = 0;
   const HChar *space = VG_(strchr)(text, ' ');
   return space ? (ULong)VG_(strtoll10)(space + 1, NULL) * VKI_PAGE_SIZE : 0;
}

static void fill_total(lg_total *t)
{
   const LgHeapTotal *h = &LG_(heap_total);
   t->time = LG_(clock).now;
   t->allocs = h->allocs;
   t->frees = h->frees;
   t->allocated_B = h->allocated_B;
   t->ticks = LG_(clock).ticks;
   t->live_B = h->live_B;
   t->live_blk = h->live_blk;
   t->floor_B = h->floor_B;
   t->ceiling_B = h->ceiling_B;
   t->floor_blk = h->floor_blk;
   t->ceiling_blk = h->ceiling_blk;
   t->rss_B = st.rss_B = read_rss();
   ULong client_B, tool_B;
   LG_(mapping_totals)(&client_B, &tool_B);
   t->mapped_B = client_B;
   t->tool_B = tool_B;
}

/* The heap level that calls for the next snapshot; called whenever something was written. */
static void set_level(void)
{
   ULong level = ~0ULL;
   if (LG_(opt).growth_B)
      level = st.written_B + LG_(opt).growth_B;
   if (LG_(opt).burst_B && st.next_burst_B < level)
      level = st.next_burst_B;
   st.limit_level_B = LG_(limit_level)(LG_(heap_total).live_B, st.rss_B);
   if (st.limit_level_B < level)
      level = st.limit_level_B;
   LG_(snapshot_level_B) = st.exit_index >= 0 ? ~0ULL : level;
}

static void note_written(void)
{
   st.written_B = LG_(heap_total).live_B;
   set_level();
}

/* ---- intervals ---- */

/* Does the program only free, as far as can be seen now? Once it began to, a few allocations, as destructors make, do not end it; but what
 * lasts for more than a third of the run is not teardown. The analysis cuts teardown off by the same measure. */
static Bool is_draining(void)
{
   const LgHeapTotal *t = &LG_(heap_total);
   if (st.drain_intervals == 0)
      return lg_is_draining(t->births, t->deaths);
   ULong births = st.drain_births + t->births, deaths = st.drain_deaths + t->deaths;
   if (st.drain_intervals > 1 + LG_(clock).index / 3)
      return False;
   return lg_is_draining(births, deaths) || births <= t->allocs / 1000;
}

/* The interval in progress is over. */
static void note_drain(Bool draining)
{
   if (draining) {
      st.drain_intervals++;
      st.drain_births += LG_(heap_total).births;
      st.drain_deaths += LG_(heap_total).deaths;
   } else {
      st.drain_intervals = 0;
      st.drain_births = st.drain_deaths = 0;
   }
}

/* Writes down the interval in progress; a record that an earlier call made for it is replaced. */
static void record_interval(void)
{
   LG_(instance_settle)();
   LG_(domain_close_interval)();
   lg_total_rec *last = st.n_totals ? &st.totals[st.n_totals - 1] : NULL;
   if (!last || last->index != LG_(clock).index) {
      tl_assert2(st.n_totals < LG_INTERVALS_MAX, "O1");
      last = &st.totals[st.n_totals++];
   }
   last->index = LG_(clock).index;
   fill_total(&last->t);
   Bool draining = is_draining();
   LG_DBG(SNAPSHOT, "interval %u/%u live %llu draining %d\n", LG_(clock).index, LG_(clock).shift, (ULong)last->t.live_B,
          draining);
   LG_(writer_interval)(last, /*hold_survivors*/ draining);
   note_written();
}

/* Makes room when the clock has run past the last interval that fits. */
static void halve_as_needed(void)
{
   while (LG_(clock).index >= LG_INTERVALS_MAX) {
      LG_(clock_halve)();
      LG_(account_halve)();
      LG_(domain_halve)();
      st.n_totals = lg_totals_halve(st.totals, st.n_totals);
   }
}

void LG_(snapshot_next_interval)(void)
{
   if (st.exit_index >= 0)
      return;
   record_interval();
   note_drain(is_draining());
   LG_(record_close_all)();
   LG_(clock_next_interval)();
   halve_as_needed();
   LG_(account_begin_interval)();
   st.details_in_interval = 0;
   st.interval_start_B = LG_(heap_total).live_B;
   st.next_burst_B = st.interval_start_B + LG_(opt).burst_B;
   set_level();
   if (LG_(writer_wants_rewrite)())
      LG_(writer_rewrite)();
   LG_(bound_check)();
}

/* What happens now is to be dated by the real clock and to belong to the interval that contains it. */
static void catch_up(void)
{
   LG_(clock_read)();
   if (LG_(clock_is_due)())
      LG_(snapshot_next_interval)();
}

/* ---- events ---- */

static void list_rows(LgEvent *e)
{
   UInt n = 0;
   for (UInt id = 1; id <= LG_(account_count)(); id++)
      n += LG_(account_by_id)(id)->live_blk > 0;
   e->n_rows = 0;
   e->rows = VG_(malloc)("lg.snapshot.rows.1", (n ? n : 1) * sizeof *e->rows);
   st.rows_B += n * sizeof *e->rows;
   for (UInt id = 1; id <= LG_(account_count)(); id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      if (a->live_blk > 0)
         e->rows[e->n_rows++] = (LgEventRow){id, a->live_blk, a->live_B};
   }
}

static void drop_rows(LgEvent *e)
{
   VG_(free)(e->rows);
   st.rows_B -= e->n_rows * sizeof *e->rows;
   e->rows = NULL;
   e->n_rows = 0;
   st.n_detailed--;
   LG_(counter_add)(LG_EVENT_DROPPED, VG_INVALID_THREADID);
}

/* What somebody named, or what may explain the end, is worth more than a step on the way. */
static Bool is_precious(const LgEvent *e)
{
   return e->kind != LG_EVENT_GROWTH && e->kind != LG_EVENT_REQUEST;
}

/* T2: takes the details from the event that has the closest neighbours, from marks and bursts only with `precious` ones too; never from
 * the first, the last or the largest. False when there is no such event. */
static Bool thin_details_of(Bool precious)
{
   UInt largest = 0, victim = 0;
   ULong best_gap = ~0ULL;
   for (UInt i = 1; i < st.n_events; i++)
      if (st.events[i].rows && st.events[i].t.live_B > st.events[largest].t.live_B)
         largest = i;
   for (UInt i = 1; i + 1 < st.n_events; i++) {
      ULong gap = st.events[i + 1].t.time - st.events[i - 1].t.time;
      if (st.events[i].rows && i != largest && gap < best_gap && (precious || !is_precious(&st.events[i]))) {
         best_gap = gap;
         victim = i;
      }
   }
   if (victim)
      drop_rows(&st.events[victim]);
   return victim != 0;
}

static Bool thin_details(void)
{
   return thin_details_of(False) || thin_details_of(True);
}

/* T2: forgets every second event that has no details, the first and the last excepted; marks and bursts only with `precious` ones too. */
static void thin_events_of(Bool precious)
{
   UInt out = 1;
   Bool drop = False;
   for (UInt i = 1; i < st.n_events; i++) {
      Bool may_go = !st.events[i].rows && i + 1 < st.n_events && (precious || !is_precious(&st.events[i]));
      drop = may_go && !drop;
      if (drop) {
         VG_(free)(st.events[i].name);
         LG_(counter_add)(LG_EVENT_DROPPED, VG_INVALID_THREADID);
      } else {
         st.events[out++] = st.events[i];
      }
   }
   st.n_events = out;
}

static void thin_events(void)
{
   thin_events_of(False);
   if (st.n_events > LG_EVENTS_MAX - LG_EVENTS_MAX / 8)
      thin_events_of(True);
}

/* Rows of merged accounts, added up under the ids of those that they were merged into. */
static void merge_rows(LgEvent *e)
{
   LgEventRow *sums = NULL;
   UInt n_sums = 0, size = 0, out = 0;
   for (UInt i = 0; i < e->n_rows; i++) {
      const LgAccount *a = LG_(account_by_id)(e->rows[i].account);
      if (!a->into) {
         e->rows[out++] = e->rows[i];
         continue;
      }
      while (a->into)
         a = a->into;
      UInt k = 0; /* a few per run */
      while (k < n_sums && sums[k].account != a->id)
         k++;
      if (k == size) {
         size = size ? size * 2 : 8;
         sums = VG_(realloc)("lg.snapshot.merge.1", sums, size * sizeof *sums);
      }
      if (k == n_sums)
         sums[n_sums++] = (LgEventRow){a->id, 0, 0};
      sums[k].blk += e->rows[i].blk;
      sums[k].B += e->rows[i].B;
   }
   for (UInt i = 0; i < out && n_sums > 0; i++) /* an (other) that had a row already */
      for (UInt k = 0; k < n_sums; k++)
         if (sums[k].account == e->rows[i].account) {
            e->rows[i].blk += sums[k].blk;
            e->rows[i].B += sums[k].B;
            sums[k] = sums[--n_sums];
         }
   for (UInt k = 0; k < n_sums; k++)
      e->rows[out++] = sums[k];
   st.rows_B -= (e->n_rows - out) * sizeof *e->rows;
   e->n_rows = out;
   e->rows = VG_(realloc)("lg.snapshot.merge.2", e->rows, (out ? out : 1) * sizeof *e->rows);
   if (sums)
      VG_(free)(sums);
}

void LG_(snapshot_merge_rows)(void)
{
   for (UInt i = 0; i < st.n_events; i++)
      if (st.events[i].rows)
         merge_rows(&st.events[i]);
}

ULong LG_(snapshot_rows_B)(void)
{
   return st.rows_B;
}

void LG_(snapshot_thin_rows)(ULong max_B)
{
   while (st.rows_B > max_B && thin_details())
      ;
}

static LgEvent *new_event(LgEventKind kind, const HChar *name)
{
   if (st.n_events >= LG_EVENTS_MAX)
      thin_events();
   if (st.n_events == st.events_size) {
      st.events_size = st.events_size ? st.events_size * 2 : 16;
      st.events = VG_(realloc)("lg.snapshot.events.1", st.events, st.events_size * sizeof *st.events);
   }
   LgEvent *e = &st.events[st.n_events++];
   VG_(memset)(e, 0, sizeof *e);
   e->kind = kind;
   e->name = VG_(strdup)("lg.snapshot.events.2", name);
   return e;
}

void LG_(snapshot_event)(LgEventKind kind, const HChar *name)
{
   catch_up();
   LgEvent *e = new_event(kind, name);
   fill_total(&e->t);
   if (st.details_in_interval++ < DETAILS_PER_INTERVAL) {
      list_rows(e);
      st.n_detailed++;
   } else {
      LG_(counter_add)(LG_EVENT_DROPPED, VG_INVALID_THREADID);
   }
   LG_DBG(SNAPSHOT, "event %s '%s' live %llu rows %u\n", LG_(event_kind_name)(kind), name, (ULong)e->t.live_B,
          e->n_rows);
   LG_(writer_event)(e);
   while (st.n_detailed > LG_EVENTS_DETAILED_MAX && thin_details())
      ;
   note_written();
}

/* The books have become too large in the middle of an interval. */
static void reduce_now(void)
{
   catch_up();
   if (st.exit_index < 0) {
      record_interval();
      LG_(record_close_all)();
      LG_(bound_check)();
   }
   set_level();
}

void LG_(snapshot_level_reached)(ThreadId tid)
{
   (void)tid;
   if (LG_(bound_is_due)()) {
      reduce_now();
      if (LG_(heap_total).live_B < LG_(snapshot_level_B))
         return;
   }
   ULong live = LG_(heap_total).live_B;
   Bool is_burst = LG_(opt).burst_B && live >= st.next_burst_B;
   Bool is_limit = live >= st.limit_level_B;
   if (is_burst) /* the next one of this interval is for a rise that is twice as high */
      st.next_burst_B = live + (live - st.interval_start_B);
   catch_up();
   if (st.exit_index < 0) /* the interval may never end, by its clock or because the process is about to be killed */
      record_interval();
   LG_(snapshot_event)(is_burst ? LG_EVENT_BURST : LG_EVENT_GROWTH, is_limit ? LG_(limit_reached)() : "");
}

/* ---- the end ---- */

void LG_(snapshot_exit_begins)(void)
{
   if (st.exit_index >= 0)
      return;
   LG_(domain_sample_now)();
   catch_up();
   LG_(domain_refresh)();
   record_interval();
   LG_(record_close_all)();
   st.exit_index = LG_(clock).index;
   st.exit_time = LG_(clock).now;
   LG_(account_freeze)();
   LG_(writer_exit_begins)();
   set_level();
}

void LG_(snapshot_flush)(void)
{
   catch_up();
   LG_(domain_refresh)();
   if (st.exit_index < 0)
      record_interval();
}

void LG_(snapshot_exec)(void)
{
   if (LG_(writer_is_pending)()) /* a child that was forked only to exec: nobody wants its file */
      return;
   LG_(snapshot_flush)();
   LG_(writer_end)("exec", 0);
}

void LG_(snapshot_end)(Bool by_signal, Int code)
{
   if (!LG_(prefix_is_preloaded)())
      LG_(counter_add)(LG_NOT_PRELOADED, VG_INVALID_THREADID);
   LG_(snapshot_flush)();
   if (by_signal)
      LG_(snapshot_event)(LG_EVENT_SIGNAL, "");
   else if (st.exit_index >= 0)
      LG_(snapshot_event)(LG_EVENT_EXIT, "");
   LG_(writer_end)(by_signal ? "signal" : "exit", code);
}

void LG_(snapshot_forked)(void)
{
   LG_(writer_forked)();
}

void LG_(snapshot_init)(void)
{
   st.exit_index = -1;
   st.next_burst_B = LG_(opt).burst_B;
   LG_(limit_init)();
   st.rss_B = read_rss();
   LG_(account_begin_interval)();
   set_level();
}

UInt LG_(snapshot_totals)(const lg_total_rec **recs)
{
   *recs = st.totals;
   return st.n_totals;
}

UInt LG_(snapshot_events)(const LgEvent **events)
{
   *events = st.events;
   return st.n_events;
}

Long LG_(snapshot_exit_index)(void)
{
   return st.exit_index;
}

ULong LG_(snapshot_exit_time)(void)
{
   return st.exit_time;
}
