/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_census_weigh: what the open instances of each group retain (lg_census.h, M3).
 *
 *   a heap account whose stack is the creation stack of groups   ──> those groups
 *   any other, in context a;b;c                                  ──> the pots of the names a, b and c ──> groups of that name
 *
 * Shares are by open instances, in whole bytes; what division leaves goes to the first group by name. */
#include "lg_scale.h"
#include "lg_work.h"

/* ---- creation stacks ---- */

/* Frames by id: a stack is recorded once, whoever captured it. */
static int frames_compare(uint32_t n, const uint32_t *frames, const lg_census_row *row)
{
   if (n != row->n_frames)
      return n < row->n_frames ? -1 : 1;
   for (uint32_t i = 0; i < n; i++)
      if (frames[i] != row->frames[i])
         return frames[i] < row->frames[i] ? -1 : 1;
   return 0;
}

static const lg_census_row *row_of(const lg_work *w, uint32_t group)
{
   return &w->census_rows[w->census[group].first];
}

static int by_stack(const lg_work *w, uint32_t a, uint32_t b)
{
   const lg_census_row *x = row_of(w, a);
   int order = frames_compare(x->n_frames, x->frames, row_of(w, b));
   return order != 0 ? order : a < b ? -1 : a > b;
}

/* Position in census_order, sorted by stack, of the first group created at this stack; n_census when there is none. */
static uint32_t find_stack(const lg_work *w, const lg_account_info *info)
{
   uint32_t lo = 0, hi = w->out->n_census;
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2;
      if (frames_compare(info->n_frames, info->frames, row_of(w, w->census_order[mid])) > 0)
         lo = mid + 1;
      else
         hi = mid;
   }
   int is_there = lo < w->out->n_census && info->n_frames > 0 &&
                  frames_compare(info->n_frames, info->frames, row_of(w, w->census_order[lo])) == 0;
   return is_there ? lo : w->out->n_census;
}

/* ---- names ---- */

/* The first group whose label has this name, or n_census. */
static uint32_t find_name(const lg_work *w, const char *name)
{
   uint32_t lo = 0, hi = w->out->n_census;
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2;
      if (lg_text_compare(row_of(w, mid)->label, name) < 0)
         lo = mid + 1;
      else
         hi = mid;
   }
   return lo < w->out->n_census && lg_text_compare(row_of(w, lo)->label, name) == 0 ? lo : w->out->n_census;
}

/* Gives what is held in a context to every name on its path. */
static void fill_pots(lg_work *w, uint32_t context, uint64_t B)
{
   uint32_t levels = 0;
   for (uint32_t c = context; c != 0 && levels < LG_CONTEXT_LEVELS; c = w->src->context_parent(w->src->self, c)) {
      uint32_t group = w->census_name[c];
      if (group < w->out->n_census)
         w->census_pot[group] = lg_sum(w->census_pot[group], B);
      levels++;
   }
}

/* ---- shares ---- */

/* Group number i of n that share something, begun at `first`. */
static uint32_t member(const lg_work *w, uint32_t first, uint32_t i, int is_by_stack)
{
   return is_by_stack ? w->census_order[first + i] : first + i;
}

static void share(lg_work *w, uint64_t B, uint32_t first, uint32_t n, int is_by_stack)
{
   uint64_t held = 0, given = 0;
   for (uint32_t i = 0; i < n; i++)
      held = lg_sum(held, w->census[member(w, first, i, is_by_stack)].held);
   if (B == 0 || held == 0)
      return;
   for (uint32_t i = n; i-- > 0;) {
      lg_census_group *g = &w->census[member(w, first, i, is_by_stack)];
      uint64_t part = i > 0 ? lg_scale(B, g->held, held) : lg_excess(B, given);
      g->retained_B = lg_sum(g->retained_B, part);
      given = lg_sum(given, part);
   }
}

static void share_pots(lg_work *w, int is_by_stack)
{
   uint32_t n_groups = w->out->n_census;
   for (uint32_t first = 0, n; first < n_groups; first += n) {
      const lg_census_row *row = row_of(w, member(w, first, 0, is_by_stack));
      for (n = 1; first + n < n_groups; n++) {
         const lg_census_row *next = row_of(w, member(w, first, n, is_by_stack));
         if (is_by_stack ? frames_compare(row->n_frames, row->frames, next) != 0
                         : lg_text_compare(row->label, next->label) != 0)
            break;
      }
      share(w, w->census_pot[first], first, n, is_by_stack);
   }
}

static void empty_pots(lg_work *w)
{
   for (uint32_t i = 0; i < w->out->n_census; i++)
      w->census_pot[i] = 0;
}

void lg_census_weigh(lg_work *w)
{
   const lg_source *src = w->src;
   uint32_t n_groups = w->out->n_census;
   for (uint32_t i = 0; i < n_groups; i++)
      w->census_order[i] = i;
   lg_sort(w, w->census_order, w->census_order_spare, n_groups, by_stack);
   for (uint32_t c = 0; c < w->n_contexts; c++) {
      w->census_B[c] = 0;
      w->census_name[c] = c > 0 ? find_name(w, src->context_label(src->self, c)) : n_groups;
   }
   empty_pots(w);
   for (uint32_t a = 0; a < src->n_accounts; a++) {
      lg_account_info info;
      if (w->results[a].kind != LG_ACCOUNT_HEAP)
         continue;
      src->account(src->self, a, &info);
      int64_t judged_B = w->results[a].judged_B;
      uint64_t B = w->out->n_judged == 0 ? info.live_B : judged_B > 0 ? (uint64_t)judged_B : 0;
      uint32_t at = find_stack(w, &info);
      uint64_t *pot = at < n_groups ? &w->census_pot[at] : &w->census_B[info.context];
      *pot = lg_sum(*pot, B);
   }
   share_pots(w, /*is_by_stack*/ 1);
   empty_pots(w);
   for (uint32_t c = 1; c < w->n_contexts; c++)
      if (w->census_B[c] > 0)
         fill_pots(w, c, w->census_B[c]);
   share_pots(w, /*is_by_stack*/ 0);
}
