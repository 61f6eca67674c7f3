/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_clock: see lg_clock.h. */
#include "lg_clock.h"

#include "lg_series.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcproc.h"

LgClock LG_(clock);

static struct {
   ULong last_stamp; /* cycle counter or number of calls at the last refresh */
   Bool is_started;
   UInt last_raw_ms; /* Valgrind's timer wraps after 49 days */
   struct {
      ULong last;                /* answer */
      ULong first_us;            /* of the system's clock, when it was first asked */
      ULong read_us, read_stamp; /* when it was read last: since the first time, and the cycle counter */
      ULong per_cycle;           /* microseconds per cycle, times 2^32; 0: not known yet */
      ULong rate_us, rate_stamp; /* what the rate is measured from */
      Bool is_started;
   } micros;
} st;

/* About a third of a millisecond on today's machines: fine enough for 10 ms intervals, and far cheaper to ask for. */
enum { CYCLES_PER_READ = 1000000, CALLS_PER_READ = 64 };

/* Clients may ask for any number of ticks; readers take times and counts up to this. */
static ULong add_saturating(ULong a, ULong b)
{
   static const ULong most = 1ULL << 62;
   return b > most - a ? most : a + b;
}

void LG_(clock_init)(void)
{
   static const ULong default_base[] = {10, 4096, 100000, 1};
   ULong base = LG_(opt).interval ? LG_(opt).interval : default_base[LG_(opt).time_unit];
   LG_(clock).base = base;
   LG_(clock).interval_end = base;
}

void LG_(clock_start)(void)
{
   if (!st.is_started)
      st.last_raw_ms = VG_(read_millisecond_timer)();
   st.is_started = True;
}

/* The processor's cycle counter, or 0. */
static inline ULong cycles(void)
{
#if defined(VGA_amd64) || defined(VGA_x86)
   UInt lo, hi;
   __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
   return ((ULong)hi << 32) | lo;
#else
   return 0;
#endif
}

/* A number that grows with time, and whether enough has passed since the last refresh. */
static Bool may_have_passed(void)
{
#if defined(VGA_amd64) || defined(VGA_x86)
   ULong stamp = cycles();
   if (stamp - st.last_stamp < CYCLES_PER_READ)
      return False;
#else
   ULong stamp = st.last_stamp + 1;
   if (stamp % CALLS_PER_READ != 0) {
      st.last_stamp = stamp;
      return False;
   }
#endif
   st.last_stamp = stamp;
   return True;
}

void LG_(clock_read)(void)
{
   if (LG_(opt).time_unit == LG_UNIT_I)
      LG_(clock).now = LG_(clock).instrs;
   if (LG_(opt).time_unit != LG_UNIT_MS)
      return;
   UInt raw = VG_(read_millisecond_timer)();
   LG_(clock).now += (UInt)(raw - st.last_raw_ms);
   st.last_raw_ms = raw;
}

/* Asks the system, and measures anew how fast the cycle counter runs. */
static ULong read_micros(ULong stamp)
{
   enum { RATE_US = 5000 }; /* too short a time would not be measured well */
   struct vki_timespec t;
   VG_(clock_gettime)(&t, VKI_CLOCK_MONOTONIC);
   ULong now = (ULong)t.tv_sec * 1000000 + (ULong)t.tv_nsec / 1000;
   if (!st.micros.is_started) {
      st.micros.is_started = True;
      st.micros.first_us = now;
      st.micros.rate_stamp = stamp;
   }
   now -= st.micros.first_us;
   ULong us = now - st.micros.rate_us, passed = stamp - st.micros.rate_stamp;
   if (us >= RATE_US) {
      /* Much slower or faster than any processor, or backwards: no counter to rely on. */
      Bool is_plausible = passed / us >= 100 && passed / us <= 100000 && us < (1U << 31);
      st.micros.per_cycle = is_plausible ? (us << 32) / passed : 0;
      st.micros.rate_us = now;
      st.micros.rate_stamp = stamp;
   }
   st.micros.read_us = now;
   st.micros.read_stamp = stamp;
   return now;
}

/* A system call per event would cost more than everything else about it, above all for 32-bit programs: between two of them, a millisecond
 * apart at most, the cycle counter tells. */
ULong LG_(clock_micros)(void)
{
   enum { READ_EVERY_US = 1000 };
   ULong stamp = cycles(), now = ~0ULL;
   ULong passed = stamp - st.micros.read_stamp;
   if (st.micros.per_cycle && stamp > st.micros.read_stamp && passed < (1U << 31)) {
      ULong us = (passed * st.micros.per_cycle) >> 32;
      if (us < READ_EVERY_US)
         now = st.micros.read_us + us;
   }
   if (now == ~0ULL)
      now = read_micros(stamp);
   if (now > st.micros.last)
      st.micros.last = now;
   return st.micros.last;
}

void LG_(clock_skip)(void)
{
   if (LG_(opt).time_unit == LG_UNIT_MS)
      st.last_raw_ms = VG_(read_millisecond_timer)();
}

void LG_(clock_refresh)(void)
{
   if (LG_(opt).time_unit == LG_UNIT_MS && may_have_passed())
      LG_(clock_read)();
}

void LG_(clock_note_event)(SizeT szB)
{
   if (LG_(opt).time_unit == LG_UNIT_B)
      LG_(clock).now = add_saturating(LG_(clock).now, szB);
   else if (LG_(opt).time_unit == LG_UNIT_I)
      LG_(clock).now = LG_(clock).instrs;
}

void LG_(clock_add_ticks)(ULong n)
{
   LG_(clock).ticks = add_saturating(LG_(clock).ticks, n);
   if (LG_(opt).time_unit == LG_UNIT_TICKS)
      LG_(clock).now = add_saturating(LG_(clock).now, n);
}

ULong LG_(clock_interval_units)(void)
{
   return LG_(clock).base << LG_(clock).shift;
}

/* The last base interval that a block's stamp can name never ends. */
enum { EPOCH_MAX = 0x7fffffff };

static void set_end(void)
{
   if (LG_(clock).epoch == EPOCH_MAX)
      LG_(clock).interval_end = ~0ULL;
   else
      LG_(clock).interval_end = ((ULong)LG_(clock).index + 1) * LG_(clock_interval_units)();
}

void LG_(clock_next_interval)(void)
{
   ULong epoch = LG_(clock).now / LG_(clock).base;
   LG_(clock).epoch = epoch > EPOCH_MAX ? EPOCH_MAX : (UInt)epoch;
   LG_(clock).index = LG_(clock).epoch >> LG_(clock).shift;
   set_end();
}

void LG_(clock_halve)(void)
{
   LG_(clock).shift++;
   LG_(clock).index = LG_(clock).epoch >> LG_(clock).shift;
   set_end();
}
