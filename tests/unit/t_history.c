/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history: packing, merging and undoing never change what the lines amount to. */
#include "history.h"

#include "lgtest.h"

typedef struct {
   int kind;
   uint32_t shift, index;
   lg_rec rec;
   int64_t blk, B;
   history_last last;
} op;

static uint64_t below(uint64_t n)
{
   return lgt_rand() % n;
}

/* Mostly small, sometimes of any size a reader lets through. */
static uint64_t any_value(void)
{
   return below(4) != 0 ? below(5000) : lgt_rand() >> (9 + below(50));
}

static op random_op(uint32_t shift)
{
   op o = {.kind = (int)below(12), .shift = shift, .index = (uint32_t)below(200)};
   uint64_t min = any_value(), middle = min + any_value();
   uint32_t min_blk = (uint32_t)below(1000), middle_blk = min_blk + (uint32_t)below(1000);
   o.rec = (lg_rec){.index = o.index,
                    .min_B = min,
                    .end_B = middle,
                    .max_B = middle + any_value(),
                    .min_blk = min_blk,
                    .end_blk = middle_blk,
                    .max_blk = middle_blk + (uint32_t)below(1000),
                    .births = any_value(),
                    .deaths = any_value(),
                    .births_B = any_value(),
                    .resizes = any_value()};
   o.blk = (int64_t)any_value() - 2500;
   o.B = (int64_t)any_value() - 2500;
   o.last = (history_last){any_value(), any_value(), any_value(), any_value()};
   return o;
}

static void apply(history *h, history_state *scratch, uint32_t txn, const op *o)
{
   if (o->kind < 6)
      history_add_record(h, scratch, txn, o->shift, &o->rec);
   else if (o->kind < 9)
      history_add_survivors(h, scratch, txn, o->shift, o->index, o->blk, o->B);
   else if (o->kind < 11)
      history_add_age(h, scratch, txn, o->index % LG_AGES, o->blk);
   else
      history_add_last(h, scratch, txn, &o->last);
}

static void check_same(const history *a, const history *b, uint32_t shift)
{
   static history_state x, y;
   lg_rec rx[LG_INTERVALS_MAX], ry[LG_INTERVALS_MAX];
   history_unpack(a, shift, &x);
   history_unpack(b, shift, &y);
   uint32_t n = history_records(&x, rx);
   LGT_EQ_U(n, history_records(&y, ry));
   LGT_EQ_U(x.shift, y.shift);
   LGT_OK(memcmp(rx, ry, n * sizeof *rx) == 0);
   LGT_OK(memcmp(x.ages, y.ages, sizeof x.ages) == 0);
   LGT_EQ_U(x.has_last, y.has_last);
   LGT_OK(!x.has_last || memcmp(&x.last, &y.last, sizeof x.last) == 0);
}

/* `a` gets transactions of which some are undone, and merges on its way; `b` gets what remained as one transaction. */
static void run(uint32_t max_ops, uint32_t shift_step)
{
   static history_state scratch;
   history a = {0}, b = {0};
   uint32_t shift = (uint32_t)below(3);
   for (uint32_t txn = 1; txn <= 60; txn++) {
      op ops[64];
      uint32_t n = (uint32_t)below(max_ops);
      int is_undone = below(4) == 0;
      for (uint32_t i = 0; i < n; i++) {
         ops[i] = random_op(shift);
         apply(&a, &scratch, txn, &ops[i]);
      }
      if (is_undone)
         LGT_EQ_U(history_rollback(&a, txn), n != 0);
      for (uint32_t i = 0; i < n && !is_undone; i++)
         apply(&b, &scratch, 1, &ops[i]);
      if (shift_step != 0 && below(shift_step) == 0 && shift < 38)
         shift += 1 + (uint32_t)below(2);
   }
   check_same(&a, &b, 0);
   check_same(&a, &b, 40);
   history_finish(&a, &scratch);
   check_same(&a, &b, 0);
   history_free(&a);
   history_free(&b);
}

static void merging_and_undoing(void)
{
   for (int i = 0; i < 200; i++)
      run(64, 0);
}

static void wider_and_wider(void)
{
   for (int i = 0; i < 200; i++)
      run(64, 5);
}

static void few_lines(void)
{
   for (int i = 0; i < 500; i++)
      run(3, 20);
}

/* However many lines come, memory is bounded by the merged form. */
static void memory_is_bounded(void)
{
   static history_state scratch;
   history h = {0};
   for (uint32_t txn = 1; txn < 200000; txn++) {
      op o = random_op(3);
      apply(&h, &scratch, txn, &o);
   }
   LGT_OK(h.log.cap < 2 * 2 * LG_INTERVALS_MAX * 100);
   history_free(&h);
}

/* A line of a larger shift replaces what was said before about its interval. */
static void wider_line_replaces(void)
{
   static history_state s;
   history h = {0};
   lg_rec recs[LG_INTERVALS_MAX];
   lg_rec narrow = {.index = 7, .max_B = 50, .end_B = 10, .births = 5};
   lg_rec wide = {.index = 3, .max_B = 60, .end_B = 20, .births = 9};
   history_add_record(&h, &s, 1, 0, &narrow);
   history_add_record(&h, &s, 2, 1, &wide);
   history_unpack(&h, 0, &s);
   LGT_EQ_U(history_records(&s, recs), 1);
   LGT_EQ_U(recs[0].index, 3);
   LGT_EQ_U(recs[0].births, 9);
   LGT_EQ_U(recs[0].max_B, 60);
   history_free(&h);
}

/* Survivors of an interval whose record is missing do not invent movement. */
static void survivors_without_record(void)
{
   static history_state s;
   history h = {0};
   lg_rec recs[LG_INTERVALS_MAX];
   lg_rec first = {.index = 2, .max_B = 50, .end_B = 40, .max_blk = 5, .end_blk = 4, .births = 5, .deaths = 1};
   history_add_record(&h, &s, 1, 0, &first);
   history_add_survivors(&h, &s, 1, 0, 5, 3, 30);
   history_unpack(&h, 0, &s);
   LGT_EQ_U(history_records(&s, recs), 2);
   LGT_EQ_U(recs[1].index, 5);
   LGT_EQ_U(recs[1].min_B, 40);
   LGT_EQ_U(recs[1].max_B, 40);
   LGT_EQ_U(recs[1].end_blk, 4);
   LGT_EQ_U(recs[1].births, 0);
   LGT_EQ_I(recs[1].surv_B, 30);
   history_free(&h);
}

LGT_MAIN(LGT(merging_and_undoing), LGT(wider_and_wider), LGT(few_lines), LGT(memory_is_bounded),
         LGT(wider_line_replaces), LGT(survivors_without_record))
