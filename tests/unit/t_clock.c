/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_clock: units, intervals, halving, and numbers that come to their end. */
#include "lg_clock.h"
#include "lg_series.h"
#include "vgshim.h"

#include "lgtest.h"

LgOptions LG_(opt);

static void begin(LgUnit unit)
{
   LG_(opt).time_unit = unit;
   LG_(opt).interval = 0;
   LG_(clock_init)();
   LG_(clock_start)();
}

/* Moves on as lg_snapshot does. */
static void next_interval(void)
{
   LG_(clock_next_interval)();
   while (LG_(clock).index >= LG_INTERVALS_MAX)
      LG_(clock_halve)();
}

static void milliseconds(void)
{
   vgshim.ms = 5000;
   begin(LG_UNIT_MS);
   LG_(clock_read)();
   LGT_EQ_U(LG_(clock).now, 0);
   LGT_OK(!LG_(clock_is_due)());
   vgshim.ms += 9;
   LG_(clock_read)();
   LGT_OK(!LG_(clock_is_due)());
   vgshim.ms += 1;
   LG_(clock_read)();
   LGT_OK(LG_(clock_is_due)());
   next_interval();
   LGT_EQ_U(LG_(clock).index, 1);
   LGT_OK(!LG_(clock_is_due)());
}

/* Valgrind's timer has 32 bits: after 49 days it begins again. */
static void timer_wraps(void)
{
   vgshim.ms = 0xfffffff0;
   begin(LG_UNIT_MS);
   vgshim.ms += 0x20;
   LG_(clock_read)();
   LGT_EQ_U(LG_(clock).now, 0x20);
}

static void skipped_time_does_not_count(void)
{
   vgshim.ms = 100;
   begin(LG_UNIT_MS);
   vgshim.ms = 130;
   LG_(clock_read)();
   vgshim.ms = 4000;
   LG_(clock_skip)();
   vgshim.ms = 4001;
   LG_(clock_read)();
   LGT_EQ_U(LG_(clock).now, 31);
}

static void bytes_and_ticks(void)
{
   begin(LG_UNIT_B);
   LGT_OK(!LG_(clock_is_due_with)(4095));
   LGT_OK(LG_(clock_is_due_with)(4096));
   LG_(clock_note_event)(4096);
   LGT_OK(LG_(clock_is_due)());
   LG_(clock_add_ticks)(7);
   LGT_EQ_U(LG_(clock).ticks, 7);
   LGT_EQ_U(LG_(clock).now, 4096);
}

static void ticks_saturate(void)
{
   begin(LG_UNIT_TICKS);
   LG_(clock_add_ticks)(~0ULL);
   LG_(clock_add_ticks)(~0ULL);
   LGT_EQ_U(LG_(clock).ticks, 1ULL << 62);
   LGT_EQ_U(LG_(clock).now, 1ULL << 62);
   next_interval();
   LGT_OK(LG_(clock).index < LG_INTERVALS_MAX);
   LGT_OK(!LG_(clock_is_due)());
}

/* Steps of any size: the interval in progress always contains now, and there are never more than the limit (C1, C2). */
static void intervals_contain_now(void)
{
   ULong before = 0;
   begin(LG_UNIT_B);
   for (int i = 0; i < 20000; i++) {
      LG_(clock_note_event)(lgt_rand() % (lgt_rand() % 100 ? 5000 : 50000000));
      LGT_OK(LG_(clock).now >= before);
      before = LG_(clock).now;
      if (LG_(clock_is_due)())
         next_interval();
      ULong begins = (ULong)LG_(clock).index * LG_(clock_interval_units)();
      LGT_OK(LG_(clock).index < LG_INTERVALS_MAX && begins <= LG_(clock).now &&
             LG_(clock).now < LG_(clock).interval_end);
      LGT_EQ_U(LG_(clock).epoch >> LG_(clock).shift, LG_(clock).index);
   }
}

LGT_MAIN(LGT(milliseconds), LGT(timer_wraps), LGT(skipped_time_does_not_count), LGT(bytes_and_ticks),
         LGT(ticks_saturate), LGT(intervals_contain_now))
