/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_flow: an interval of an account in few numbers.
 *
 * Answers: how much did an account hold at least, at most and at the end of an interval, if all that is known is what it held before and
 * what came and went? The end is exact. The extremes are a guess, made alike by the profile's writer, which says so where it is wrong, and by
 * its reader: what went was there before and went first, or else all that came came first. It is right for whoever replaces what he
 * holds, only takes, only gives back, or takes once and gives back again; that is most accounts of a program that has many.
 * Freestanding. */
#ifndef LG_FLOW_H
#define LG_FLOW_H

#include "lg_series.h"

/* Bytes that came include new sizes of reallocs, bytes that went their old sizes. */
typedef struct {
   uint64_t births, births_B, deaths, deaths_B;
   uint64_t before_blk, before_B;
} lg_flow;

/* Fills births, births_B, deaths, ends and guessed extremes; all else is left alone. Returns 0 when more would go than there was, or when
 * blocks would not fit in 32 bits or bytes in 62; `rec` is unspecified then. All numbers must be below 2^63. */
int lg_flow_record(const lg_flow *f, lg_rec *rec);

#endif
