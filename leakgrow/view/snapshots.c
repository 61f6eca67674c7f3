/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the recording is the last interval or, when it came later, the last snapshot at exit or at a fatal signal: they
 * are one moment and become one entry. */
#include "snapshots.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

static snapshot of_interval(const profile *p, uint32_t i)
{
   const lg_total *t = &p->totals[i];
   int is_last = i + 1 == p->n_intervals;
   return (snapshot){.kind = is_last ? SNAP_FINAL : SNAP_PERIODIC,
                     .time = t->time,
                     .live_B = t->live_B,
                     .live_blk = t->live_blk,
                     .floor_B = t->floor_B,
                     .ceiling_B = t->ceiling_B,
                     .allocs = t->allocs,
                     .frees = t->frees,
                     .allocated_B = t->allocated_B,
                     .ticks = t->ticks,
                     .rss_B = t->rss_B,
                     .mapped_B = t->mapped_B,
                     .name = "",
                     .interval = i,
                     .event = NULL,
                     .has_rows = 1};
}

/* The counters of the peak are those at the end of the interval before it: it has none of its own. */
static snapshot of_peak(const profile *p)
{
   const profile_state *st = &p->now;
   snapshot s = {.kind = SNAP_PEAK,
                 .time = st->peak_time,
                 .live_B = st->peak_B,
                 .live_blk = st->peak_blk,
                 .floor_B = st->peak_B,
                 .ceiling_B = st->peak_B,
                 .name = "",
                 .has_rows = 1};
   for (uint32_t i = 0; i < p->n_intervals && p->totals[i].time <= s.time; i++) {
      const lg_total *t = &p->totals[i];
      s.allocs = t->allocs;
      s.frees = t->frees;
      s.allocated_B = t->allocated_B;
      s.ticks = t->ticks;
      s.interval = i;
   }
   return s;
}

static snapshot of_event(const event *e)
{
   static const snapshot_kind kinds[] = {
      [EVENT_MARK] = SNAP_MARK,     [EVENT_REQUEST] = SNAP_REQUEST, [EVENT_BURST] = SNAP_BURST,
      [EVENT_GROWTH] = SNAP_GROWTH, [EVENT_SIGNAL] = SNAP_REQUEST,  [EVENT_EXIT] = SNAP_REQUEST};
   return (snapshot){.kind = kinds[e->kind],
                     .time = e->time,
                     .live_B = e->live_B,
                     .live_blk = e->live_blk,
                     .floor_B = e->live_B,
                     .ceiling_B = e->live_B,
                     .allocs = e->allocs,
                     .frees = e->frees,
                     .allocated_B = e->allocated_B,
                     .ticks = e->ticks,
                     .rss_B = e->rss_B,
                     .mapped_B = e->mapped_B,
                     .name = e->name,
                     .event = e,
                     .has_rows = e->has_rows};
}

/* Lets the last exit or signal snapshot take the place of the last interval when it is not earlier. */
static const event *join_final(const profile *p, snapshot *final)
{
   for (size_t i = p->n_events; i-- > 0;) {
      const event *e = &p->events[i];
      if (e->kind != EVENT_EXIT && e->kind != EVENT_SIGNAL)
         continue;
      if (e->time < final->time)
         return NULL;
      snapshot at_end = of_event(e);
      at_end.kind = SNAP_FINAL;
      at_end.floor_B = final->floor_B < e->live_B ? final->floor_B : e->live_B;
      at_end.ceiling_B = final->ceiling_B > e->live_B ? final->ceiling_B : e->live_B;
      at_end.interval = final->interval;
      at_end.has_rows = 1;
      *final = at_end;
      return e;
   }
   return NULL;
}

/* At one time: events and the peak before the interval that ends there, the final one last of all. */
static int by_time(const void *a, const void *b)
{
   const snapshot *x = a, *y = b;
   int x_is_final = x->kind == SNAP_FINAL, y_is_final = y->kind == SNAP_FINAL;
   if (x_is_final != y_is_final)
      return x_is_final - y_is_final;
   if (x->time != y->time)
      return x->time < y->time ? -1 : 1;
   if (x->event != NULL && y->event != NULL)
      return (x->event > y->event) - (x->event < y->event);
   if (x->kind == SNAP_PERIODIC && y->kind == SNAP_PERIODIC)
      return (x->interval > y->interval) - (x->interval < y->interval);
   return (x->kind == SNAP_PERIODIC) - (y->kind == SNAP_PERIODIC);
}

snapshots snapshots_list(const profile *p)
{
   snapshots list = {mem_zalloc(p->n_intervals + p->n_events + 1, sizeof(snapshot)), 0};
   snapshot final = of_interval(p, p->n_intervals - 1);
   const event *joined = join_final(p, &final);
   for (uint32_t i = 0; i + 1 < p->n_intervals; i++)
      list.s[list.n++] = of_interval(p, i);
   for (size_t i = 0; i < p->n_events; i++)
      if (&p->events[i] != joined)
         list.s[list.n++] = of_event(&p->events[i]);
   if (p->now.has_peak)
      list.s[list.n++] = of_peak(p);
   list.s[list.n++] = final;
   qsort(list.s, list.n, sizeof *list.s, by_time);
   return list;
}

void snapshots_free(snapshots *list)
{
   free(list->s);
   list->s = NULL;
   list->n = 0;
}

static void rows_of_event(const event *e, holding *held)
{
   uint32_t at = 0;
   int64_t account = 0;
   while (at < e->rows.len) {
      account += bytes_get_signed(&e->rows, &at);
      held[account].B = bytes_get(&e->rows, &at);
      held[account].blk = bytes_get(&e->rows, &at);
   }
}

static void rows_of_interval(const profile *p, uint32_t interval, int is_final, holding *held)
{
   lg_rec recs[LG_INTERVALS_MAX];
   for (size_t a = 1; a < p->n_accounts; a++) {
      history_unpack(&p->accounts[a].hist, p->shift, p->scratch);
      uint32_t n = history_records(p->scratch, recs);
      while (n > 0 && recs[n - 1].index > interval)
         n--;
      if (is_final && p->scratch->has_last)
         held[a] = (holding){p->scratch->last.live_B, p->scratch->last.live_blk};
      else if (n > 0)
         held[a] = (holding){recs[n - 1].end_B, recs[n - 1].end_blk};
   }
}

void snapshot_rows(const profile *p, const snapshot *s, holding *held)
{
   memset(held, 0, p->n_accounts * sizeof *held);
   if (s->kind == SNAP_PEAK) {
      for (size_t a = 1; a < p->n_accounts; a++)
         held[a] = (holding){p->accounts[a].peak_B, p->accounts[a].peak_blk};
   } else if (s->kind == SNAP_PERIODIC || s->kind == SNAP_FINAL) {
      rows_of_interval(p, s->interval, s->kind == SNAP_FINAL, held);
   } else {
      rows_of_event(s->event, held);
   }
}

const char *snapshot_kind_name(snapshot_kind kind)
{
   static const char *const names[] = {"periodic", "peak", "burst", "growth", "mark", "request", "final"};
   return names[kind];
}
