/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_index: which sets of accounts could explain growth that none of them shows.
 *
 * Groups are numbered functions first, then contexts, then stacks. One entry per mover and group it is in, however often the
 * group's function is on its stack; built by counting, then filling:
 *
 *   group_begin   [f0 f1 f2 ... | c0 c1 ... | s0 s1 ...]
 *   entries        movers of f0, of f1, ...
 *
 * Groups with the same set of accounts are one candidate; the set's identity is a sum of hashes of its members. */
#include "lg_group.h"
#include "lg_place.h"

enum { INDEX_MAX = 1 << 26 }; /* groups, and entries: beyond, an index would need too much memory */

lg_group_kind lg_group_kind_of(const lg_work *w, uint32_t group)
{
   return group < w->n_functions                   ? LG_GROUP_FUNCTION
          : group < w->n_functions + w->n_contexts ? LG_GROUP_CONTEXT
                                                   : LG_GROUP_STACK;
}

/* Accounts that findings explain are counted, too, though they are not entered. */
int lg_groups_measure(lg_work *w)
{
   const lg_source *src = w->src;
   lg_account_info info;
   w->n_functions = w->n_contexts = 1;
   w->n_entries = 0;
   for (uint32_t m = 0; m < w->n_movers; m++) {
      src->account(src->self, w->movers[m].account, &info);
      for (uint32_t i = 0; i < info.n_frames; i++) {
         uint32_t fn = src->frame_fn(src->self, info.frames[i]);
         if (fn >= w->n_functions)
            w->n_functions = fn + 1;
      }
      uint32_t levels = 0;
      for (uint32_t c = info.context; c != 0 && levels < LG_CONTEXT_LEVELS; c = src->context_parent(src->self, c)) {
         if (c >= w->n_contexts)
            w->n_contexts = c + 1;
         levels++;
      }
      w->n_entries += (uint64_t)info.n_frames + levels + 1;
   }
   uint64_t all = (uint64_t)w->n_functions + w->n_contexts + w->n_movers;
   w->out->is_partial = all > INDEX_MAX || w->n_entries > INDEX_MAX;
   w->n_groups_all = w->out->is_partial ? 0 : (uint32_t)all;
   return !w->out->is_partial;
}

void lg_groups_lay_out(lg_work *w, lg_arena *m)
{
   uint64_t groups = w->n_groups_all;
   for (w->table_size = 16; w->table_size < 2 * groups; w->table_size *= 2)
      ;
   w->group_position = lg_arena_take(m, groups, sizeof *w->group_position);
   w->group_set = lg_arena_take(m, groups, sizeof *w->group_set);
   w->group_begin = lg_arena_take(m, groups + 1, sizeof *w->group_begin);
   w->group_mark = lg_arena_take(m, groups, sizeof *w->group_mark);
   w->candidates = lg_arena_take(m, groups, sizeof *w->candidates);
   w->entries = lg_arena_take(m, w->n_entries, sizeof *w->entries);
   w->table = lg_arena_take(m, w->table_size, sizeof *w->table);
}

/* Both in 0..LG_VALUE_MAX. */
static int64_t add_clamped(int64_t a, int64_t b)
{
   return a > LG_VALUE_MAX - b ? LG_VALUE_MAX : a + b;
}

static uint64_t mix(uint64_t x)
{
   x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
   x = (x ^ x >> 27) * 0x94d049bb133111ebu;
   return x ^ x >> 31;
}

static uint32_t *empty_table(lg_work *w)
{
   for (uint32_t i = 0; i < w->table_size; i++)
      w->table[i] = UINT32_MAX;
   return w->table;
}

static int same_stack(const lg_account_info *a, const lg_account_info *b)
{
   if (a->n_frames != b->n_frames)
      return 0;
   for (uint32_t i = 0; i < a->n_frames; i++)
      if (a->frames[i] != b->frames[i])
         return 0;
   return 1;
}

/* The group of accounts with this stack: numbered by the first mover that has it. */
static uint32_t stack_group(lg_work *w, uint32_t mover, const lg_account_info *info)
{
   uint64_t hash = info->n_frames;
   for (uint32_t i = 0; i < info->n_frames; i++)
      hash = mix(hash + info->frames[i]);
   uint32_t at = (uint32_t)hash & (w->table_size - 1);
   for (; w->table[at] != UINT32_MAX; at = (at + 1) & (w->table_size - 1)) {
      lg_account_info other;
      w->src->account(w->src->self, w->movers[w->table[at]].account, &other);
      if (same_stack(info, &other))
         return w->n_functions + w->n_contexts + w->table[at];
   }
   w->table[at] = mover;
   return w->n_functions + w->n_contexts + mover;
}

/* Sums are about what no finding explains. */
static int takes_part(const lg_work *w, uint32_t mover)
{
   return w->results[w->movers[mover].account].finding == 0;
}

/* Enters a mover into a group once, however often the group's function is on its stack. In the first of two passes entries are
 * counted, in the second they are filled in from the group's end. */
static void enter(lg_work *w, uint32_t group, uint32_t mover, uint32_t position, int is_counting)
{
   if (w->group_mark[group] == mover + 1)
      return;
   w->group_mark[group] = mover + 1;
   if (is_counting) {
      w->group_begin[group]++;
      w->group_position[group] += position;
      w->group_set[group] += mix(mover + 0x9e3779b97f4a7c15u);
   } else {
      w->entries[--w->group_begin[group]] = mover;
   }
}

static void enter_mover(lg_work *w, uint32_t mover, int is_counting)
{
   lg_account_info info;
   w->src->account(w->src->self, w->movers[mover].account, &info);
   for (uint32_t i = 0; i < info.n_frames; i++)
      enter(w, w->src->frame_fn(w->src->self, info.frames[i]), mover, i, is_counting);
   uint32_t levels = 0;
   for (uint32_t c = info.context; c != 0 && levels < LG_CONTEXT_LEVELS; c = w->src->context_parent(w->src->self, c))
      enter(w, w->n_functions + c, mover, levels++, is_counting);
   enter(w, stack_group(w, mover, &info), mover, 0, is_counting);
}

static void build_index(lg_work *w)
{
   for (uint32_t g = 0; g < w->n_groups_all; g++) {
      w->group_begin[g] = w->group_mark[g] = 0;
      w->group_position[g] = w->group_set[g] = 0;
   }
   for (int is_counting = 1; is_counting >= 0; is_counting--) {
      empty_table(w);
      for (uint32_t m = 0; m < w->n_movers; m++)
         if (takes_part(w, m))
            enter_mover(w, m, is_counting);
      if (!is_counting)
         break;
      uint32_t end = 0; /* each begins at its end and moves down as it is filled */
      for (uint32_t g = 0; g < w->n_groups_all; g++) {
         w->group_begin[g] = end += w->group_begin[g];
         w->group_mark[g] = 0;
      }
      w->group_begin[w->n_groups_all] = end;
   }
}

/* ---- candidates ---- */

uint32_t lg_group_size_of(const lg_work *w, uint32_t group)
{
   return w->group_begin[group + 1] - w->group_begin[group];
}

/* Could the sum of the accounts that are not explained yet have gained floor_B? Noise of many accounts cancels out in the means:
 * a sum that retained something has risen in the mean of its floors by half of it. */
int lg_group_can_have_grown(const lg_work *w, uint32_t group)
{
   int64_t mean[LG_PROFILE_PARTS] = {0};
   uint32_t n = 0;
   for (uint32_t i = w->group_begin[group]; i < w->group_begin[group + 1]; i++) {
      if (!takes_part(w, w->entries[i]))
         continue;
      n++;
      for (int k = 0; k < LG_PROFILE_PARTS; k++)
         mean[k] = add_clamped(mean[k], w->movers[w->entries[i]].mean_B[k]);
   }
   int64_t low = mean[0], late = mean[LG_PROFILE_PARTS - 1];
   for (int k = 1; k < LG_PROFILE_PARTS; k++)
      low = mean[k] < low ? mean[k] : low;
   if (mean[LG_PROFILE_PARTS - 2] > late)
      late = mean[LG_PROFILE_PARTS - 2];
   return n >= 2 && (uint64_t)(late - low) >= w->floor_B / 2;
}

static int frames_compare(const lg_source *src, const uint32_t *a, const uint32_t *b, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++) {
      int order = lg_text_compare(src->fn_name(src->self, src->frame_fn(src->self, a[i])),
                                  src->fn_name(src->self, src->frame_fn(src->self, b[i])));
      if (order != 0)
         return order;
   }
   return 0;
}

static int names_compare(const lg_work *w, uint32_t a, uint32_t b)
{
   const lg_source *src = w->src;
   uint32_t first_context = w->n_functions, first_stack = w->n_functions + w->n_contexts;
   if (lg_group_kind_of(w, a) == LG_GROUP_FUNCTION)
      return lg_text_compare(src->fn_name(src->self, a), src->fn_name(src->self, b));
   if (lg_group_kind_of(w, a) == LG_GROUP_CONTEXT)
      return lg_context_compare(src, a - first_context, b - first_context);
   lg_account_info x, y;
   src->account(src->self, w->movers[a - first_stack].account, &x);
   src->account(src->self, w->movers[b - first_stack].account, &y);
   if (x.n_frames != y.n_frames)
      return x.n_frames < y.n_frames ? -1 : 1;
   int order = frames_compare(src, x.frames, y.frames, x.n_frames);
   return order != 0 ? order
                     : lg_account_compare(src, w->movers[w->entries[w->group_begin[a]]].account,
                                          w->movers[w->entries[w->group_begin[b]]].account);
}

static int is_library(const lg_work *w, uint32_t group)
{
   return lg_word_is_library(w->src->fn_name(w->src->self, group));
}

/* Which one is asked first: the smaller set; of equal size the more telling kind, then what is not a library's, then the one
 * nearer to the allocation. */
static int candidate_compare(const lg_work *w, uint32_t a, uint32_t b)
{
   static const int rank[] = {[LG_GROUP_STACK] = 0, [LG_GROUP_FUNCTION] = 1, [LG_GROUP_CONTEXT] = 2};
   if (lg_group_size_of(w, a) != lg_group_size_of(w, b))
      return lg_group_size_of(w, a) < lg_group_size_of(w, b) ? -1 : 1;
   int order = rank[lg_group_kind_of(w, a)] - rank[lg_group_kind_of(w, b)];
   if (order != 0)
      return order;
   if (lg_group_kind_of(w, a) == LG_GROUP_FUNCTION && is_library(w, a) != is_library(w, b))
      return is_library(w, a) ? 1 : -1;
   if (w->group_position[a] != w->group_position[b])
      return w->group_position[a] < w->group_position[b] ? -1 : 1;
   return names_compare(w, a, b);
}

/* Heap sort: the worst case must not be quadratic, and names are long to compare. */
static void sift_down(const lg_work *w, uint32_t *v, uint32_t at, uint32_t n)
{
   for (;;) {
      uint32_t child = 2 * at + 1;
      if (child >= n)
         return;
      if (child + 1 < n && candidate_compare(w, v[child], v[child + 1]) < 0)
         child++;
      if (candidate_compare(w, v[at], v[child]) >= 0)
         return;
      uint32_t swap = v[at];
      v[at] = v[child];
      v[child] = swap;
      at = child;
   }
}

static void sort_candidates(const lg_work *w, uint32_t *v, uint32_t n)
{
   for (uint32_t i = n / 2; i-- > 0;)
      sift_down(w, v, i, n);
   for (uint32_t i = n; i-- > 1;) {
      uint32_t swap = v[0];
      v[0] = v[i];
      v[i] = swap;
      sift_down(w, v, 0, i);
   }
}

/* Fills candidates with one group per set of accounts. Returns their number. */
uint32_t lg_groups_choose(lg_work *w)
{
   build_index(w);
   uint32_t *table = empty_table(w), n = 0;
   for (uint32_t g = 0; g < w->n_groups_all; g++) {
      if (lg_group_size_of(w, g) < 2 || !lg_group_can_have_grown(w, g))
         continue;
      uint32_t at = (uint32_t)mix(w->group_set[g]) & (w->table_size - 1);
      while (table[at] != UINT32_MAX) {
         uint32_t other = w->candidates[table[at]];
         if (w->group_set[other] == w->group_set[g] && lg_group_size_of(w, other) == lg_group_size_of(w, g))
            break;
         at = (at + 1) & (w->table_size - 1);
      }
      if (table[at] == UINT32_MAX) {
         table[at] = n;
         w->candidates[n++] = g;
      } else if (candidate_compare(w, g, w->candidates[table[at]]) < 0) {
         w->candidates[table[at]] = g;
      }
   }
   sort_candidates(w, w->candidates, n);
   return n;
}
