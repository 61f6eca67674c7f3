/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gate's decisions at their borders. */
#include "lg_gate.h"
#include "lgtest.h"

static lg_slope slope(int64_t mB, int64_t lo_mB, int64_t hi_mB)
{
   lg_slope s = {1, mB, lo_mB, hi_mB};
   return s;
}

static lg_rates ticks(int64_t mB, int64_t lo_mB, int64_t hi_mB)
{
   lg_rates r = {.unit = 'm', .per_tick = slope(mB, lo_mB, hi_mB)};
   return r;
}

static lg_rates seconds(int64_t mB, int64_t lo_mB, int64_t hi_mB)
{
   lg_rates r = {.unit = 'm', .per_s = slope(mB, lo_mB, hi_mB)};
   return r;
}

static void rates_pass_only_with_their_whole_interval(void)
{
   lg_slope s = slope(100, 90, 110), unknown = {0, 0, 0, 0};
   LGT_EQ_I(lg_gate_rate(&s, 110), LG_GATE_PASS);
   LGT_EQ_I(lg_gate_rate(&s, 109), LG_GATE_INCONCLUSIVE);
   LGT_EQ_I(lg_gate_rate(&s, 100), LG_GATE_INCONCLUSIVE);
   LGT_EQ_I(lg_gate_rate(&s, 99), LG_GATE_FAIL);
   LGT_EQ_I(lg_gate_rate(&s, 0), LG_GATE_FAIL);
   LGT_EQ_I(lg_gate_rate(&unknown, INT64_MAX), LG_GATE_INCONCLUSIVE);
   s = slope(0, 0, 0);
   LGT_EQ_I(lg_gate_rate(&s, 0), LG_GATE_PASS);
}

static void amounts_between_their_bounds_are_not_known(void)
{
   LGT_EQ_I(lg_gate_amount(5, 5, 5), LG_GATE_PASS);
   LGT_EQ_I(lg_gate_amount(6, 6, 5), LG_GATE_FAIL);
   LGT_EQ_I(lg_gate_amount(5, 6, 5), LG_GATE_INCONCLUSIVE);
   LGT_EQ_I(lg_gate_amount(UINT64_MAX, UINT64_MAX, UINT64_MAX), LG_GATE_PASS);
}

static lg_change compared(lg_rates before, lg_rates now)
{
   return lg_gate_compare(&before, &now);
}

static void work_is_compared_more_sharply_than_time(void)
{
   LGT_EQ_I(compared(ticks(1000, 1000, 1000), ticks(1050, 1050, 1050)), LG_CHANGE_SAME);
   LGT_EQ_I(compared(ticks(1000, 1000, 1000), ticks(1051, 1051, 1051)), LG_CHANGE_STEEPER);
   LGT_EQ_I(compared(ticks(1000, 1000, 1000), ticks(1051, 1050, 1052)), LG_CHANGE_UNSURE);
   LGT_EQ_I(compared(ticks(1000, 1000, 1000), ticks(949, 949, 949)), LG_CHANGE_FLATTER);
   LGT_EQ_I(compared(seconds(1000, 1000, 1000), seconds(1250, 1250, 1250)), LG_CHANGE_SAME);
   LGT_EQ_I(compared(seconds(1000, 1000, 1000), seconds(1251, 1251, 1251)), LG_CHANGE_STEEPER);
   LGT_EQ_I(compared(seconds(1000, 800, 1200), seconds(1400, 1400, 1400)), LG_CHANGE_SAME);
   LGT_EQ_I(compared(ticks(1, 1, 1), seconds(1, 1, 1)), LG_CHANGE_NO_AXIS);
}

static void large_rates_do_not_overflow(void)
{
   LGT_EQ_I(compared(ticks(INT64_MAX, INT64_MAX, INT64_MAX), ticks(INT64_MAX, INT64_MAX, INT64_MAX)), LG_CHANGE_SAME);
   LGT_EQ_I(compared(ticks(0, 0, 0), ticks(INT64_MAX, INT64_MAX, INT64_MAX)), LG_CHANGE_STEEPER);
   LGT_EQ_I(compared(ticks(INT64_MAX, 0, INT64_MAX), ticks(0, 0, 0)), LG_CHANGE_SAME);
}

static void verdicts_decide_before_rates(void)
{
   lg_rates none = {.unit = 'm'}, some = ticks(1000, 1000, 1000);
   LGT_EQ_I(lg_gate_change(LG_BOUNDED, &none, LG_GROWING, &some), LG_CHANGE_STEEPER);
   LGT_EQ_I(lg_gate_change(LG_GROWING, &some, LG_BOUNDED, &none), LG_CHANGE_FLATTER);
   LGT_EQ_I(lg_gate_change(LG_BOUNDED, &none, LG_BOUNDED, &none), LG_CHANGE_SAME);
   LGT_EQ_I(lg_gate_change(LG_INCONCLUSIVE, &none, LG_GROWING, &some), LG_CHANGE_UNSURE);
   LGT_EQ_I(lg_gate_change(LG_GROWING, &some, LG_INCONCLUSIVE, &none), LG_CHANGE_UNSURE);
}

static void sentences(void)
{
   char data[LG_SENTENCE_MAX];
   lg_text t;
   lg_rates now = ticks(200000, 190000, 210000), before = ticks(100000, 100000, 100000), none = {.unit = 'm'};
   lg_text_init(&t, data, sizeof data);
   lg_word_change(&t, LG_CHANGE_STEEPER, &before, &now);
   LGT_EQ_S(data, "steeper than before: 200 B per tick (190 B to 210 B), was 100 B per tick");
   lg_text_init(&t, data, sizeof data);
   lg_word_rate_result(&t, LG_GATE_FAIL, &now, LG_AXIS_TICK, 100000);
   LGT_EQ_S(data, "200 B per tick (190 B to 210 B), more than 100 B per tick");
   lg_text_init(&t, data, sizeof data);
   lg_word_rate(&t, &none, LG_AXIS_NONE);
   LGT_EQ_S(data, "0 B");
   lg_text_init(&t, data, sizeof data);
   lg_word_amount_result(&t, LG_GATE_INCONCLUSIVE, 10, 30, 20);
   LGT_EQ_S(data, "10 B to 30 B, the history is too coarse to call it at most 20 B");
}

LGT_MAIN(LGT(rates_pass_only_with_their_whole_interval), LGT(amounts_between_their_bounds_are_not_known),
         LGT(work_is_compared_more_sharply_than_time), LGT(large_rates_do_not_overflow),
         LGT(verdicts_decide_before_rates), LGT(sentences))
