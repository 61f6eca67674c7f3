/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line that tells in few numbers what an account did in an interval. It is taken apart into the record, the survivors and the ages that
 * longer lines say one by one (docs/FORMAT.md, section 5b). */
#include "lines.h"

#include "lg_flow.h"

#include <inttypes.h>

/* What the parts of the line have told so far. */
typedef struct {
   uint32_t account;
   lg_flow flow;
   lg_rec rec;
   int64_t old_blk, old_B; /* sums of the part `v` */
   uint64_t aged;          /* and of `g` */
} brief;

static int is_number_next(const lg_fields *f)
{
   return f->end - f->p >= 2 && f->p[0] == ' ' && ((f->p[1] >= '0' && f->p[1] <= '9') || f->p[1] == '-');
}

/* What came and went: the account, the births, and as many of the others as there are. */
static int take_flow(lines *l, lg_fields *f, brief *b)
{
   lg_flow *w = &b->flow;
   const struct {
      const char *name;
      uint64_t *value, max;
   } fields[] = {{"births", &w->births, MAX_TOTAL},          {"births_B", &w->births_B, MAX_TOTAL},
                 {"deaths", &w->deaths, MAX_TOTAL},          {"deaths_B", &w->deaths_B, MAX_TOTAL},
                 {"before_blk", &w->before_blk, MAX_BLOCKS}, {"before_B", &w->before_B, MAX_BYTES}};
   if (!lines_account(l, f, &b->account))
      return 0;
   for (size_t i = 0; i < sizeof fields / sizeof *fields && (i == 0 || is_number_next(f)); i++)
      if (!lines_u64(l, f, fields[i].name, fields[i].max, fields[i].value))
         return 0;
   if (!lg_flow_record(w, &b->rec))
      return lines_fail(l, "what came and went does not add up");
   b->rec.index = l->index;
   return 1;
}

static int take_extremes(lines *l, lg_fields *f, brief *b)
{
   lg_rec *r = &b->rec;
   return lines_u32(l, f, "min_blk", UINT32_MAX, &r->min_blk) && lines_u64(l, f, "min_B", MAX_BYTES, &r->min_B) &&
          lines_u32(l, f, "max_blk", UINT32_MAX, &r->max_blk) && lines_u64(l, f, "max_B", MAX_BYTES, &r->max_B);
}

/* Adds a signed change to a sum that stays within the limits of one. */
static int add_change(lines *l, int64_t *sum, int64_t change)
{
   *sum += change;
   return *sum <= MAX_CHANGE && *sum >= -MAX_CHANGE ? 1 : lines_fail(l, "its survivors add up to too much");
}

static int take_old_survivors(lines *l, lg_fields *f, brief *b)
{
   do {
      uint32_t index;
      int64_t blk, B;
      if (!lines_u32(l, f, "index", LG_INTERVALS_MAX - 1, &index) || !lines_signed(l, f, "blocks", &blk) ||
          !lines_signed(l, f, "bytes", &B) || !add_change(l, &b->old_blk, blk) || !add_change(l, &b->old_B, B))
         return 0;
      if (index >= l->index)
         return lines_fail(l, "index %" PRIu32 " is not an earlier one", index);
      if (!profile_add_survivors(l->p, b->account, l->shift, index, blk, B))
         return lines_full(l);
   } while (is_number_next(f));
   return 1;
}

static int take_old_deaths(lines *l, lg_fields *f, brief *b)
{
   do {
      uint32_t bucket;
      uint64_t count;
      if (!lines_u32(l, f, "bucket", LG_AGES - 1, &bucket) || !lines_u64(l, f, "count", (uint64_t)MAX_CHANGE, &count))
         return 0;
      if (bucket == 0 || count > b->flow.deaths - b->aged)
         return lines_fail(l, "its ages are not those of its deaths");
      b->aged += count;
      if (!profile_add_age(l->p, b->account, bucket, (int64_t)count))
         return lines_full(l);
   } while (is_number_next(f));
   return 1;
}

/* The parts that begin with a letter, in their order. */
static int take_parts(lines *l, lg_fields *f, brief *b)
{
   static const char letters[] = "mrvg";
   const char *word;
   size_t n;
   for (const char *left = letters; !lg_get_end(f);) {
      if (!lg_get_word(f, &word, &n) || n != 1)
         return lines_fail(l, "its parts are malformed");
      while (*left != '\0' && *left != *word)
         left++;
      if (*left == '\0')
         return lines_fail(l, "its parts are not `m`, `r`, `v`, `g`, in this order");
      left++;
      if (!(*word == 'm'   ? take_extremes(l, f, b)
            : *word == 'r' ? lines_u64(l, f, "resizes", MAX_TOTAL, &b->rec.resizes)
            : *word == 'v' ? take_old_survivors(l, f, b)
                           : take_old_deaths(l, f, b)))
         return 0;
   }
   return 1;
}

static int is_in_order(const lg_rec *r)
{
   return r->min_B <= r->end_B && r->end_B <= r->max_B && r->max_B <= MAX_BYTES && r->min_blk <= r->end_blk &&
          r->end_blk <= r->max_blk;
}

int lines_take_brief(lines *l, lg_fields *f)
{
   profile *p = l->p;
   brief b = {0};
   if (!l->has_interval)
      return lines_fail(l, "there is no `t` line above it in its transaction");
   if (!take_flow(l, f, &b) || !take_parts(l, f, &b))
      return 0;
   if (!is_in_order(&b.rec))
      return lines_fail(l, "its minimum, end and maximum are not in order");
   const lg_flow *w = &b.flow;
   int64_t blk = (int64_t)(w->births - w->deaths) - b.old_blk, B = (int64_t)(w->births_B - w->deaths_B) - b.old_B;
   uint64_t young = w->deaths - b.aged;
   if (young > (uint64_t)MAX_CHANGE)
      return lines_fail(l, "deaths is %" PRIu64 ", beyond %" PRId64, young, MAX_CHANGE);
   if (!profile_add_record(p, b.account, l->shift, &b.rec) ||
       ((blk != 0 || B != 0) && !profile_add_survivors(p, b.account, l->shift, l->index, blk, B)) ||
       (young != 0 && !profile_add_age(p, b.account, 0, (int64_t)young)))
      return lines_full(l);
   return 1;
}
