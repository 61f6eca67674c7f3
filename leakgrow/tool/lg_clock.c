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
   UInt last_raw_ms;           /* Valgrind's timer wraps after 49 days */
   ULong micros, micros_stamp; /* clock_micros(): the last answer, and the cycle counter then */
   ULong first_us;
   Bool has_micros;
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

ULong LG_(clock_micros)(void)
{
   enum { CYCLES_PER_MICRO = 1000 }; /* less than a microsecond on every processor that runs at 1 GHz or more */
   ULong stamp = cycles();
   if (st.has_micros && stamp != 0 && stamp - st.micros_stamp < CYCLES_PER_MICRO)
      return st.micros;
   struct vki_timespec t;
   VG_(clock_gettime)(&t, VKI_CLOCK_MONOTONIC);
   ULong now = (ULong)t.tv_sec * 1000000 + (ULong)t.tv_nsec / 1000;
   if (!st.has_micros)
      st.first_us = now;
   st.has_micros = True;
   st.micros_stamp = stamp;
   if (now - st.first_us > st.micros)
      st.micros = now - st.first_us;
   return st.micros;
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
