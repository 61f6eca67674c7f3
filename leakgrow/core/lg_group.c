/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_group: growth that no single account shows.
 *
 * A leak spread over many stacks is invisible in each of them. Its stacks have something in common: a function they all pass, a
 * context they happen in, or one stack in many contexts. Every such set of accounts is a candidate. The smallest sets are asked
 * first, of equal sets the one nearest to the allocation, so that main(), which contains everything, is the explanation only
 * when nothing smaller is. Accounts that an earlier finding explains are left out of later sums.
 *
 * A sum is believed only under conditions an account need not meet, because sums of bounded accounts outnumber the accounts:
 *   G1  it gained at least 1/64 of what it holds;
 *   G2  no account gave three quarters of the gain: it was judged, and found not to grow, on cleaner data;
 *   G3  not more than half of the gain comes from accounts that are warming up;
 *   G4  it grew over at least half of what was judged: the rising halves of a few slow waves add up to less;
 *   G5  its floors in bytes speak. Survivors do not: in a sum, the blocks of one account that never die hide the late deaths of
 *       another, and a count of blocks of all sizes follows the most numerous ones. Sums therefore have neither;
 *   G6  it grew evenly: the lower end of the gain's 95 % interval is at least half of the gain.
 *
 * Cost: the index has one entry per mover and distinct function of its stack. A sum whose profiles show no rise is not formed;
 * the others read the records of each of their accounts once, or all of its series where there are no records or a part of it is left out
 * (lg_lag). What is left of the heap as a whole is known from lg_judge. */
#include "lg_group.h"
#include "lg_retained.h"
#include "lg_scale.h"

enum { KEEP_SHARE = 64, LARGEST_NUM = 3, LARGEST_DEN = 4, WARMING_DEN = 2, SPAN_DEN = 2, EVEN_DEN = 2 };

/* Both in 0..LG_VALUE_MAX. */
static int64_t add_clamped(int64_t a, int64_t b)
{
   return a > LG_VALUE_MAX - b ? LG_VALUE_MAX : a + b;
}

/* Values are at most LG_VALUE_MAX = 2^55: 128 of them can be added before clamp_sum() must be called. */
static void add_to(int64_t *restrict sum, const int64_t *restrict v, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      sum[i] += v[i];
}

static void clamp(int64_t *v, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      v[i] = v[i] > LG_VALUE_MAX ? LG_VALUE_MAX : v[i];
}

/* Series that make up a sum, G5. */
enum { N_SERIES = 6, CLAMP_EVERY = 128 };

static int64_t *series_of(lg_dense *d, int which)
{
   int64_t *const all[N_SERIES] = {d->min_B, d->max_B, d->end_B, d->end_blk, d->births, d->deaths};
   return all[which];
}

static void clamp_sum(lg_dense *sum)
{
   for (int k = 0; k < N_SERIES; k++)
      clamp(series_of(sum, k), sum->n);
}

/* The sum of floors is a lower bound of the floor of the sum, that of ceilings an upper bound of its ceiling. */
static void add_account(lg_dense *sum, lg_dense *d)
{
   for (int k = 0; k < N_SERIES; k++)
      add_to(series_of(sum, k), series_of(d, k), d->n < sum->n ? d->n : sum->n);
}

static void empty_sum(const lg_work *w)
{
   lg_series_expand(NULL, 0, w->n_judged + 1, w->sum);
   for (int k = 0; k < LG_AGES; k++)
      w->sum->died_at_age[k] = 0;
}

/* Before anything else is added to a sum it must be clamped: there is room for one kind of addends at a time. */
static void flush_steps(const lg_work *w)
{
   clamp_sum(w->sum);
   lg_steps_flush(w->steps, w->sum);
}

static void form_sum(const lg_work *w, const uint32_t *accounts, uint32_t n)
{
   uint32_t n_added = 0;
   empty_sum(w);
   lg_steps_clear(w->steps, w->n_judged + 1);
   for (uint32_t i = 0; i < n; i++) {
      uint32_t a = accounts[i];
      int is_whole = !w->has_partners || w->partner[a] == 0;
      lg_sparse sparse;
      if (w->results[a].finding != 0)
         continue;
      if (is_whole && w->src->sparse != NULL) {
         w->src->sparse(w->src->self, a, &sparse);
         if (lg_steps_add(w->steps, &sparse, w->first))
            flush_steps(w);
         continue;
      }
      lg_work_series(w, a, w->one);
      add_account(w->sum, w->one);
      if (++n_added % CLAMP_EVERY == 0)
         clamp_sum(w->sum);
   }
   flush_steps(w);
}

/* The sum of all heap accounts that no finding explains, from that of all. Returns 0 when that is not known. */
static int form_rest(const lg_work *w)
{
   if (w->src->sparse == NULL || w->has_partners || w->is_heap_cut)
      return 0;
   empty_sum(w);
   lg_steps_clear(w->steps, w->n_judged + 1);
   add_account(w->sum, w->heap);
   for (uint32_t a = 0; a < w->src->n_accounts && w->n_serials > 0; a++) {
      lg_sparse sparse;
      if (w->results[a].kind != LG_ACCOUNT_HEAP || w->results[a].finding == 0)
         continue;
      w->src->sparse(w->src->self, a, &sparse);
      if (lg_steps_take_out(w->steps, &sparse, w->first))
         lg_steps_flush(w->steps, w->sum);
   }
   lg_steps_flush(w->steps, w->sum);
   return 1;
}

static int64_t clamped(uint64_t v)
{
   return v > (uint64_t)LG_VALUE_MAX ? LG_VALUE_MAX : (int64_t)v;
}

/* The sum of all heap accounts is known better than by adding up: the totals have its exact floors and ceilings. */
static void take_exact_bounds(lg_work *w)
{
   for (uint32_t i = 0; i < w->n_judged; i++) {
      const lg_total *t = &w->src->totals[i];
      w->sum->min_B[i] = clamped(t->floor_B);
      w->sum->max_B[i] = clamped(t->ceiling_B);
   }
}

/* What the accounts of a growing sum did in its window, and what those that grew have in common. */
typedef struct {
   int64_t gain_B, gain_blk, warming_B, largest_B;
   uint32_t largest, n; /* account; how many gained */
   uint64_t live_B, live_blk;
   int is_cut_stack;
} contribution;

static void note_contribution(const lg_work *w, contribution *c, uint32_t account, int64_t gain)
{
   lg_account_info info;
   w->src->account(w->src->self, account, &info);
   c->gain_B = add_clamped(c->gain_B, gain);
   if (w->results[account].trend.warming_up)
      c->warming_B = add_clamped(c->warming_B, gain);
   if (gain > c->largest_B || (gain == c->largest_B && lg_account_compare(w->src, account, c->largest) < 0)) {
      c->largest_B = gain;
      c->largest = account;
   }
   c->n++;
   c->live_B = lg_sum(c->live_B, info.live_B);
   c->live_blk = lg_sum(c->live_blk, info.live_blk);
   c->is_cut_stack |= w->src->depth > 0 && info.n_frames >= w->src->depth;
}

/* Contributors are marked with the serial of this group; gone through again by common_part() and unmarked when it fails. */
static void weigh_accounts(lg_work *w, const uint32_t *accounts, uint32_t n, const lg_trend *t, contribution *c)
{
   static const contribution nothing = {.largest = UINT32_MAX};
   *c = nothing;
   for (uint32_t i = 0; i < n; i++) {
      uint32_t a = accounts[i];
      if (w->results[a].finding != 0)
         continue;
      lg_work_series(w, a, w->one);
      int64_t gain = lg_retained_gain(w->one->min_B, w->n_judged, t->from, t->to);
      if (gain <= 0)
         continue;
      note_contribution(w, c, a, gain);
      c->gain_blk = add_clamped(c->gain_blk, lg_retained_gain(w->one->min_blk, w->n_judged, t->from, t->to));
      w->results[a].finding = LG_IN_GROUP + w->n_serials;
   }
}

static void forget_marks(lg_work *w, const uint32_t *accounts, uint32_t n)
{
   for (uint32_t i = 0; i < n; i++)
      if (w->results[accounts[i]].finding == LG_IN_GROUP + w->n_serials)
         w->results[accounts[i]].finding = 0;
}

/* Position of a function on a stack, or n_frames. */
static uint32_t position_of(const lg_source *src, const lg_account_info *info, uint32_t fn)
{
   uint32_t i = 0;
   while (i < info->n_frames && src->frame_fn(src->self, info->frames[i]) != fn)
      i++;
   return i;
}

/* Frames of `a` from `at_a` on whose functions `b` has from `at_b` on. */
static uint32_t common_frames(const lg_source *src, const lg_account_info *a, uint32_t at_a, const lg_account_info *b,
                              uint32_t at_b, uint32_t n)
{
   uint32_t i = 0;
   while (i < n && at_a + i < a->n_frames && at_b + i < b->n_frames &&
          src->frame_fn(src->self, a->frames[at_a + i]) == src->frame_fn(src->self, b->frames[at_b + i]))
      i++;
   return i;
}

/* Outermost frames of `a` whose functions `b` has outermost too, at most n. */
static uint32_t common_outer(const lg_source *src, const lg_account_info *a, const lg_account_info *b, uint32_t n)
{
   uint32_t i = 0;
   while (i < n && i < a->n_frames && i < b->n_frames &&
          src->frame_fn(src->self, a->frames[a->n_frames - 1 - i]) ==
             src->frame_fn(src->self, b->frames[b->n_frames - 1 - i]))
      i++;
   return i;
}

static uint32_t common_context(const lg_source *src, uint32_t a, uint32_t b)
{
   uint32_t path_a[LG_CONTEXT_LEVELS], path_b[LG_CONTEXT_LEVELS], common = 0;
   uint32_t n_a = lg_context_path(src, a, path_a), n_b = lg_context_path(src, b, path_b);
   for (uint32_t i = 0; i < n_a && i < n_b && path_a[i] == path_b[i]; i++)
      common = path_a[i];
   return common;
}

/* Narrows stack and context of the finding, which are the largest contributor's, to what all contributors share. */
static void narrow_to_common(const lg_work *w, lg_finding *f, const uint32_t *accounts, uint32_t n, int is_function,
                             uint32_t fn)
{
   const lg_source *src = w->src;
   lg_account_info first, info;
   src->account(src->self, f->account, &first);
   f->first_frame = is_function ? position_of(src, &first, fn) : 0;
   f->n_frames = first.n_frames - f->first_frame;
   f->n_outer = first.n_frames;
   for (uint32_t i = 0; i < n; i++) {
      if (w->results[accounts[i]].finding != LG_IN_GROUP + w->n_serials)
         continue;
      src->account(src->self, accounts[i], &info);
      f->n_frames =
         common_frames(src, &first, f->first_frame, &info, is_function ? position_of(src, &info, fn) : 0, f->n_frames);
      f->n_outer = common_outer(src, &first, &info, f->n_outer);
      f->context = common_context(src, f->context, info.context);
   }
   uint32_t beyond = first.n_frames - f->first_frame - f->n_frames;
   f->n_outer = f->n_outer < beyond ? f->n_outer : beyond;
}

static int is_believed(const lg_work *w, const lg_trend *t, const contribution *c)
{
   int64_t held = w->sum->end_B[w->n_judged - 1];
   return t->grown_lo_B >= t->grown_B / EVEN_DEN && t->grown_B >= held / KEEP_SHARE &&
          (t->to - t->from) * SPAN_DEN >= w->n_judged && c->largest_B / LARGEST_NUM < c->gain_B / LARGEST_DEN &&
          c->warming_B <= c->gain_B / WARMING_DEN && c->n >= 2;
}

/* Does the sum that was formed grow, by enough? */
static int has_grown(const lg_work *w, lg_trend *t)
{
   lg_work_judge(w, w->sum, t);
   return t->verdict == LG_GROWING && t->grown_B > 0 && (uint64_t)t->grown_B >= w->floor_B;
}

/* The sum of these accounts has grown: is it believed? Then it becomes a finding. */
static void report_set(lg_work *w, const uint32_t *accounts, uint32_t n, lg_trend t, lg_about about, uint32_t fn)
{
   contribution c;
   weigh_accounts(w, accounts, n, &t, &c);
   if (!is_believed(w, &t, &c)) {
      forget_marks(w, accounts, n);
      return;
   }
   lg_finding f;
   t.grown_blk = c.gain_blk; /* the sum itself has no floors in blocks, G5 */
   lg_finding_init(&f, LG_FINDING_GROWTH, about, &t);
   lg_finding_of_account(w, &f, c.largest);
   f.n_accounts = c.n;
   f.live_B = c.live_B;
   f.live_blk = c.live_blk;
   f.is_cut_stack = c.is_cut_stack;
   f.serial = w->n_serials;
   narrow_to_common(w, &f, accounts, n, about == LG_ABOUT_FUNCTION, fn);
   lg_finding_measure(w, &f, w->sum);
   lg_finding_insert(w, &f);
   w->n_serials++;
}

static void judge_candidate(lg_work *w, uint32_t group)
{
   static const lg_about about[] = {[LG_GROUP_FUNCTION] = LG_ABOUT_FUNCTION,
                                    [LG_GROUP_CONTEXT] = LG_ABOUT_CONTEXT,
                                    [LG_GROUP_STACK] = LG_ABOUT_STACK};
   lg_trend t;
   if (!lg_group_can_have_grown(w, group))
      return;
   uint32_t n = lg_group_size_of(w, group);
   for (uint32_t i = 0; i < n; i++)
      w->members[i] = w->movers[w->entries[w->group_begin[group] + i]].account;
   form_sum(w, w->members, n);
   if (has_grown(w, &t))
      report_set(w, w->members, n, t, about[lg_group_kind_of(w, group)], group);
}

/* Fills members with all accounts of one kind that no finding explains. */
static uint32_t list_rest(const lg_work *w, lg_account_kind kind)
{
   uint32_t n = 0;
   for (uint32_t a = 0; a < w->src->n_accounts; a++)
      if (w->results[a].kind == kind && w->results[a].finding == 0)
         w->members[n++] = a;
   return n;
}

/* All accounts of one kind that no finding explains. */
static void judge_rest(lg_work *w, lg_account_kind kind, lg_about about)
{
   lg_trend t;
   int is_all = w->n_serials == 0 && !w->has_partners; /* nothing is left out */
   if (w->n_of_kind[kind] < 2 || w->n_judged_of[kind] == 0)
      return;
   lg_work_look_at(w, kind);
   if (kind != LG_ACCOUNT_HEAP || !form_rest(w))
      form_sum(w, w->members, list_rest(w, kind));
   if (kind == LG_ACCOUNT_HEAP && is_all)
      take_exact_bounds(w);
   if (has_grown(w, &t)) {
      uint32_t n = list_rest(w, kind);
      if (n >= 2)
         report_set(w, w->members, n, t, about, 0);
   }
   lg_work_look_at(w, LG_ACCOUNT_HEAP);
}

int lg_groups_judge(lg_work *w)
{
   uint32_t n = 0;
   if (!lg_groups_measure(w))
      return 1;
   if (w->n_movers > 0) {
      if (!lg_work_get(w, lg_groups_lay_out))
         return 0;
      n = lg_groups_choose(w);
   }
   for (uint32_t i = 0; i < n; i++)
      judge_candidate(w, w->candidates[i]);
   judge_rest(w, LG_ACCOUNT_HEAP, LG_ABOUT_TOTAL);
   judge_rest(w, LG_ACCOUNT_MAPPING, LG_ABOUT_MAPPING);
   return 1;
}
