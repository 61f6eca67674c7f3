/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_brief: what the records of an account say by themselves.
 *
 * Answers: does it take more than a look at its records to see that this account is bounded? Most accounts of a program with many call
 * stacks did little: a few blocks that came and went. To lay out their series and to ask lg_trend would cost a hundred times as much
 * as to read their records, and it could only say one thing.
 *
 * B1  is_settled means: lg_trend_judge() says that it is bounded (why LG_WHY_BOUNDED, clock of time, nothing grown), whatever the load of the
 *     program was. A rule that is added to lg_trend must keep that, or be asked for here.
 * Freestanding, no state. */
#ifndef LG_BRIEF_H
#define LG_BRIEF_H

#include "lg_source.h"

typedef struct {
   int is_settled;    /* B1 */
   int has_moved;     /* its floors were not the same in all intervals */
   int64_t end_B;     /* held at the end of the last interval; 0 when there is none */
   int64_t highest_B; /* its highest floor */
} lg_brief;

/* Looks at the intervals [first, first + n). O(records). */
void lg_brief_read(const lg_sparse *a, uint32_t first, uint32_t n, lg_brief *out);

/* The floors in bytes of the intervals [first, first + n), as in lg_dense. */
void lg_brief_floors(const lg_sparse *a, uint32_t first, uint32_t n, int64_t *floors);

/* Its ceiling in an interval, and what it held at the end of one, as in lg_dense. O(log records). */
int64_t lg_brief_ceiling(const lg_sparse *a, uint32_t interval);
int64_t lg_brief_held(const lg_sparse *a, uint32_t interval);

#endif
