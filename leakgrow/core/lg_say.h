/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_say: clauses that findings and statements share. Internal to lg_word. */
#ifndef LG_SAY_H
#define LG_SAY_H

#include "lg_word.h"

/* "1 block", "1,234 blocks" */
void lg_put_counted(lg_text *t, uint64_t n, const char *one, const char *many);

/* ", 1.2 KiB per second (1.1 KiB to 1.3 KiB), 280 B per tick": what is known of them. */
void lg_put_slopes(lg_text *t, char unit, const lg_slope *per_s, const lg_slope *per_tick, const lg_slope *per_unit);

/* "; reaches --heap-limit (64.0 MiB) in 3 h 20 min at this rate", or the doubling; nothing when it is not foreseeable. */
void lg_put_projection(lg_text *t, const lg_source *src, uint64_t until_limit, uint64_t until_double);

#endif
