/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_retained: what a series never gave back, and whether that keeps growing.
 *
 * Answers two questions about one integer series, usually the exact floors of an account:
 *   How long were the excursions it returned from? (H, lg_excursion)
 *   Does what it kept for good still grow, later than any warm-up would? (lg_window_judge)
 *
 *       value
 *         |        /\    released: it came back           r = retained envelope: the minimum of everything that
 *         |       /  \        /\/\/                           follows. What lies under r was never given back.
 *         |  /\__/____\______/______ r
 *         | /          <- H ->
 *
 * For any random walk without drift the chance that a run is K times longer than its longest excursion does not depend on how
 * the steps are distributed, and whatever pulls a series back to a level makes it smaller. So "the window is K times longer than
 * H" is a test of significance that needs no estimate of noise, period or correlation.
 *
 * R1  r never falls, and r[i] <= x[i].
 * R2  the last H intervals of a window are evidence of nothing: a judged window ends at end - 1 - H.
 * Freestanding; nothing here allocates, fails or keeps state. Values must not be negative. */
#ifndef LG_RETAINED_H
#define LG_RETAINED_H

#include "lg_series.h"

enum {
   LG_PARTS = 16,   /* equal parts a window is cut into to see when it grew */
   LG_RISES_MIN = 5 /* fewer rises are steps */
};

typedef enum {
   LG_WINDOW_FLAT,    /* nothing was retained */
   LG_WINDOW_NOISE,   /* the window is too short for the excursions in it */
   LG_WINDOW_MAYBE,   /* as noise, but it would grow if the excursions were believed to be over */
   LG_WINDOW_FEW,     /* too few rises */
   LG_WINDOW_STOPPED, /* no longer rising */
   LG_WINDOW_LATE,    /* all of the growth is too recent */
   LG_WINDOW_OLD,     /* territory that was held before the window and given back */
   LG_WINDOW_WARMUP,  /* slowing as a warm-up does */
   LG_WINDOW_GROWING
} lg_window_result;

typedef struct {
   lg_window_result result;
   uint32_t from, to;      /* the judged intervals: from the value at `from` to the value at `to` */
   uint32_t excursion;     /* H, in intervals */
   uint32_t rises;         /* intervals in which r rose */
   uint32_t gap_max;       /* longest gap between rises */
   uint32_t gap_end;       /* from the last rise to `to` */
   int64_t grown;          /* r[to] - r[from] */
   int64_t part[LG_PARTS]; /* growth of r in equal parts of the window, shifted right by part_shift */
   uint32_t part_shift;
   uint32_t halved; /* 1: the second half brought at most half of what the first brought */
} lg_window;

/* The longest time, in intervals, that x[begin..end) stayed above a level it later came back to. O(end - begin). */
uint32_t lg_excursion(const int64_t *x, uint32_t begin, uint32_t end);

/* r[i] = min(x[i..end)) for begin <= i < end. */
void lg_envelope(const int64_t *x, uint32_t begin, uint32_t end, int64_t *r);

/* Judges x[begin..end). Element 0 of x is the start of the run and `end` its end: some questions are about the whole run.
 * cut > 0 replaces H: the last `cut` intervals are not judged and excursions are not looked for, for series that cannot fall. */
void lg_window_judge(const int64_t *x, uint32_t begin, uint32_t end, uint32_t cut, lg_window *out);

/* How late the growth of parts [first, 16) lies: *later / total growth is the distance of its centre of mass from `centre`, both
 * in 64ths of a part, and *variance estimates the square of the error of *later from how uneven the parts are. */
void lg_window_lean(const lg_window *w, uint32_t first, int32_t centre, int64_t *later, int64_t *variance);

/* Is the growth at least as evenly spread as over this many equal parts? */
int lg_window_spread(const lg_window *w, uint32_t parts);

#endif
