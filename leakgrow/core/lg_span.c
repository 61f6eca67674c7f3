/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_span: which intervals are judged (N4).
 *
 *   |  loader  |            work             | teardown | exit ... | in progress |
 *              first allocation              only frees
 *              '-------- judged --------'
 *
 * Traps: programs begin teardown within an interval, pause in it, and allocate a little in destructors; an interval too many that
 * is judged hides every leak, for its floor is 0; one too few costs little. */
#include "lg_scale.h"
#include "lg_work.h"

enum { TEARDOWN_DEN = 3 }; /* trailing intervals that only free are teardown up to this share of the run */

/* What the program allocated and freed in an interval. */
static void activity(const lg_source *src, uint32_t interval, uint64_t *allocs, uint64_t *frees)
{
   const lg_total *t = &src->totals[interval];
   *allocs = lg_excess(t->allocs, interval > 0 ? src->totals[interval - 1].allocs : 0);
   *frees = lg_excess(t->frees, interval > 0 ? src->totals[interval - 1].frees : 0);
}

/* Of n intervals, the trailing ones in which the program only frees. Idle ones among them belong to it, and so do ones with a
 * few allocations, as destructors make: in all of it the program frees at least 8 times as often as it allocates. The search ends
 * where more was allocated than a teardown of the whole heap could excuse. */
static uint32_t drained_at_end(const lg_source *src, uint32_t n)
{
   uint32_t drained = 0;
   uint64_t all_allocs = 0, all_frees = 0, excuse = n > 0 ? src->totals[n - 1].allocs / 1000 : 0;
   for (uint32_t i = n; i > 0; i--) {
      uint64_t allocs, frees;
      activity(src, i - 1, &allocs, &frees);
      all_allocs = lg_sum(all_allocs, allocs);
      all_frees = lg_sum(all_frees, frees);
      if (all_allocs > excuse && !lg_is_draining(all_allocs, all_frees))
         break;
      if (lg_is_draining(allocs, frees) && lg_is_draining(all_allocs, all_frees))
         drained = n - i + 1;
   }
   return drained;
}

/* Did teardown begin within this interval? Then the program still worked for a part of it. A net loss of blocks says so when
 * teardown follows; else it must be a quarter of all blocks. A wrong answer costs one interval of evidence. */
static int is_mixed(const lg_source *src, uint32_t interval, int is_followed)
{
   uint64_t allocs, frees, before = interval > 0 ? src->totals[interval - 1].live_blk : 0;
   uint64_t lost = lg_excess(before, src->totals[interval].live_blk);
   activity(src, interval, &allocs, &frees);
   return frees > allocs && lost > 0 && (is_followed || lost >= before / 4);
}

static uint32_t intervals_of(const lg_source *src)
{
   return src->n_intervals < LG_INTERVALS_MAX ? src->n_intervals : LG_INTERVALS_MAX;
}

/* Until the program allocates for the first time nothing happens that tells about it: the loader works, under Valgrind for up to
 * a second. In a short run these intervals would make every growth look late and every start-up a step. What follows sees a
 * source that begins after them; read_series() and shift_back() are the other two that know. */
static void skip_dead_start(lg_work *w, const lg_source *src)
{
   uint32_t n = intervals_of(src), first = 0;
   while (first < n && src->totals[first].allocs == 0)
      first++;
   if (first == n)
      first = 0;
   w->trimmed = *src;
   w->trimmed.totals += first;
   w->trimmed.n_intervals = n - first;
   w->trimmed.exit_interval = src->exit_interval > first ? src->exit_interval - first : 0;
   w->src = &w->trimmed;
   w->first = w->out->first_judged = first;
   w->start_time = first > 0 ? src->totals[first - 1].time : 0;
}

static void choose_heap_span(lg_work *w)
{
   const lg_source *src = w->src;
   lg_analysis *out = w->out;
   uint32_t n = src->n_intervals;
   n = n > 0 ? n - 1 : 0; /* the interval in progress is not judged */
   out->is_exited = src->exit_interval < n;
   if (src->exit_interval < n)
      n = src->exit_interval;
   uint32_t drained = drained_at_end(src, n);
   int is_followed = drained > 0 || out->is_exited || (src->n_intervals > n && drained_at_end(src, n + 1) > 0);
   if (drained < n && is_mixed(src, n - 1 - drained, is_followed))
      drained++;
   if (drained <= n / TEARDOWN_DEN) {
      n -= drained;
      out->n_drained = drained;
   }
   out->n_judged = w->n_judged = n;
   out->is_short = n < LG_JUDGED_MIN;
   out->judged_B = n > 0 ? src->totals[n - 1].live_B : 0;
   w->run_time = n > 0 ? lg_excess(src->totals[n - 1].time, w->start_time) : 0;
   uint64_t share = lg_scale(out->judged_B, w->params.min_ppm, 1000000);
   w->floor_B = share > w->params.min_B ? share : w->params.min_B;
   for (uint32_t i = 0; i < n; i++) {
      w->ticks_mem[i] = src->totals[i].ticks;
      w->alloc_mem[i] = src->totals[i].allocated_B;
   }
   w->ticks_mem[n] = n > 0 ? w->ticks_mem[n - 1] : 0;
   w->alloc_mem[n] = n > 0 ? w->alloc_mem[n - 1] : 0;
   w->ticks = n > 0 && w->ticks_mem[n - 1] > 0 ? w->ticks_mem : NULL;
   w->alloc_B = w->alloc_mem;
}

static int64_t at_most_max(int64_t v)
{
   return v > LG_VALUE_MAX ? LG_VALUE_MAX : v;
}

/* Mappings, spans and tasks are torn down by fewer and other calls than the heap, and often before it: arenas go when the objects in
 * them have gone, tasks when their runtime is told to stop. Where the process came to its end, their evidence ends with the first
 * death in or after the interval of the last birth, if what dies from there on is a quarter of what was alive. */
static uint32_t judged_of(lg_work *w, lg_account_kind kind)
{
   uint32_t n = w->n_judged, last_birth = 0, first_death = n;
   int64_t live_blk = 0, lost_blk = 0;
   lg_dense *sum = w->sum;
   if (n == 0 || (!w->out->is_exited && w->out->n_drained == 0))
      return n;
   lg_series_expand(NULL, 0, n, sum);
   for (uint32_t a = 0; a < w->src->n_accounts; a++) {
      if (w->results[a].kind != kind)
         continue;
      lg_work_series(w, a, w->one);
      for (uint32_t i = 0; i < n; i++) {
         sum->births[i] = at_most_max(sum->births[i] + w->one->births[i]);
         sum->deaths[i] = at_most_max(sum->deaths[i] + w->one->deaths[i]);
         sum->end_blk[i] = at_most_max(sum->end_blk[i] + w->one->end_blk[i]);
      }
   }
   for (uint32_t i = 0; i < n; i++)
      if (sum->births[i] > 0)
         last_birth = i;
   for (uint32_t i = n; i-- > last_birth;) {
      if (sum->deaths[i] > 0)
         first_death = i;
      lost_blk += sum->deaths[i];
   }
   live_blk = first_death > 0 ? sum->end_blk[first_death - 1] : 0;
   return lost_blk >= live_blk / 4 && n - first_death <= n / TEARDOWN_DEN ? first_death : n;
}

void lg_work_look_at(lg_work *w, lg_account_kind kind)
{
   w->n_judged = w->n_judged_of[kind];
}

void lg_span_choose(lg_work *w, const lg_source *src)
{
   skip_dead_start(w, src);
   choose_heap_span(w);
   for (uint32_t kind = 0; kind < LG_N_ACCOUNT_KINDS; kind++)
      w->n_judged_of[kind] = w->n_judged;
}

void lg_span_choose_others(lg_work *w)
{
   static const lg_account_kind others[] = {LG_ACCOUNT_MAPPING, LG_ACCOUNT_SPAN, LG_ACCOUNT_TASK};
   for (uint32_t i = 0; i < sizeof others / sizeof others[0]; i++)
      if (w->n_of_kind[others[i]] > 0)
         w->n_judged_of[others[i]] = judged_of(w, others[i]);
}
