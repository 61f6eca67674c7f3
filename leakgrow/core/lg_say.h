/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_say: clauses that findings and statements share. Internal to lg_word. */
#ifndef LG_SAY_H
#define LG_SAY_H

#include "lg_word.h"

/* "1 block", "1,234 blocks" */
void lg_put_counted(lg_text *t, uint64_t n, const char *one, const char *many);

/* ", 1.2 KiB per second (1.1 KiB to 1.3 KiB), 280 B per tick": what is known of them. */
void lg_put_slopes(lg_text *t, char unit, const lg_slope *per_s, const lg_slope *per_tick, const lg_slope *per_unit);

/* ", steadily"; nothing for shapes that are no way of growing. */
const char *lg_shape_words(lg_shape s);

/* ", in step with the program's ticks": when growth was seen on another clock than time. */
const char *lg_clock_words(lg_clock c);

/* Findings of kinds census and discipline: the sentence, the title (lg_say_census.c). */
void lg_say_census(lg_text *t, const lg_source *src, const lg_finding *f);
void lg_say_discipline(lg_text *t, const lg_source *src, const lg_finding *f);
void lg_say_census_title(lg_text *t, const lg_source *src, const lg_finding *f);

/* "; reaches --heap-limit (64.0 MiB) in 3 h 20 min at this rate", or the doubling; nothing when it is not foreseeable. */
void lg_put_projection(lg_text *t, const lg_source *src, uint64_t until_limit, uint64_t until_double);

/* ---- lg_say_lag: findings of kinds lag and stall ---- */

void lg_say_lag(lg_text *t, const lg_source *src, const lg_finding *f);
void lg_say_lag_title(lg_text *t, const lg_source *src, const lg_finding *f);
/* A statement about stalls that have ended; 0 when there are none. */
int lg_say_ended(lg_text *t, const lg_source *src, const lg_analysis *a);

#endif
