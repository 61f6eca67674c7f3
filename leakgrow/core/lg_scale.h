/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_scale: exact proportions of 64-bit numbers, on 32-bit targets too, where neither __int128 nor a division of it exists. */
#ifndef LG_SCALE_H
#define LG_SCALE_H

#include <stdint.h>

/* v * num / den, rounded down; UINT64_MAX when that is larger or den is 0. */
uint64_t lg_scale(uint64_t v, uint64_t num, uint64_t den);

/* The same for a signed v, rounded towards 0, within -INT64_MAX .. INT64_MAX. */
int64_t lg_scale_signed(int64_t v, uint64_t num, uint64_t den);

/* The square root, rounded down. */
uint64_t lg_root(uint64_t v);

/* a + b, at most UINT64_MAX. */
uint64_t lg_sum(uint64_t a, uint64_t b);

/* a - b, at least 0. */
uint64_t lg_excess(uint64_t a, uint64_t b);

#endif
