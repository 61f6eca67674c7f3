/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_clock: what time it is, in the user's unit, and which interval that is.
 *
 * Answers: is the interval in progress over? Reading the real clock costs more than a malloc, so milliseconds are cached and
 * refreshed when client code starts to run; bytes, instructions and ticks are counted as they happen.
 *
 * C1  now never decreases.
 * C2  index < LG_INTERVALS_MAX; index << shift <= epoch of now.
 * C3  the interval in progress ends at interval_end; nobody but lg_snapshot moves to the next one. */
#ifndef LG_CLOCK_H
#define LG_CLOCK_H

#include "lg_options.h"

typedef struct {
   ULong now;          /* time units since the start */
   ULong base;         /* time units per base interval, > 0 */
   ULong interval_end; /* time units */
   UInt epoch;         /* base interval in progress; what blocks are stamped with */
   UInt index, shift;  /* interval in progress */
   ULong ticks;        /* client's units of work, counted whatever the unit is */
   ULong instrs;       /* guest instructions; counted by instrumented code, only for --time-unit=i */
} LgClock;

extern LgClock LG_(clock);

/* Sets the clock to 0 in the unit of the options. */
void LG_(clock_init)(void);
/* The program begins to run: what Valgrind needed before does not count. Further calls do nothing. */
void LG_(clock_start)(void);

/* Reads the real clock if the unit is ms and some time may have passed; cheap enough for every start of client code. */
void LG_(clock_refresh)(void);
/* The same without the guess: reads the clock. For snapshots and the end of the run. */
void LG_(clock_read)(void);

/* Microseconds of real time since the first call, whatever the unit is; never decreases. For what is shorter than a time unit. Mostly read off the
 * processor's cycle counter, where there is one. */
ULong LG_(clock_micros)(void);

/* What passed since the clock was last read was Valgrind's time, not the program's: it does not count. */
void LG_(clock_skip)(void);

/* An allocation or release of this many bytes happens: moves `now` if bytes or instructions are the unit. */
void LG_(clock_note_event)(SizeT szB);
/* The program did n units of its work; moves `now` if ticks are the unit. Saturates. */
void LG_(clock_add_ticks)(ULong n);

/* Moves on to the interval that contains `now`, without raising the shift: the new index may be >= LG_INTERVALS_MAX, which the
 * caller mends with clock_halve(). */
void LG_(clock_next_interval)(void);
/* Doubles the width of intervals. */
void LG_(clock_halve)(void);

/* Width of an interval in time units. */
ULong LG_(clock_interval_units)(void);

/* True when the interval in progress is over. */
static inline Bool LG_(clock_is_due)(void)
{
   return LG_(clock).now >= LG_(clock).interval_end;
}

/* True when it will be over with an allocation or release of this many bytes now. */
static inline Bool LG_(clock_is_due_with)(SizeT szB)
{
   ULong now = LG_(clock).now;
   if (LG_(opt).time_unit == LG_UNIT_B)
      now += szB;
   else if (LG_(opt).time_unit == LG_UNIT_I)
      now = LG_(clock).instrs;
   return now >= LG_(clock).interval_end;
}

#endif
