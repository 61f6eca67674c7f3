/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pile: an array that grows and whose elements never move.
 *
 * Answers: where is element i? The array is made of parts of LG_PILE_PART elements, so that growing copies nothing and leaves at most one
 * part unused.
 *
 * P1  elements are zero when they are added, and stay where they are until pile_free(). */
#ifndef LG_PILE_H
#define LG_PILE_H

#include "lg_compat.h"

enum { LG_PILE_SHIFT = 12, LG_PILE_PART = 1 << LG_PILE_SHIFT };

typedef struct {
   UChar **parts;
   UInt n; /* elements, those left out by pile_add_row() included */
   UInt n_parts, parts_size, element_B;
} LgPile;

/* Element i < n of a pile of such a type. */
#define LG_PILE_AT(pile, type, i) ((type *)(void *)(pile)->parts[(i) >> LG_PILE_SHIFT] + ((i) & (LG_PILE_PART - 1)))

/* An empty pile of elements of this size. */
void LG_(pile_init)(LgPile *p, UInt element_B);
/* Adds n (1 .. LG_PILE_PART) elements that lie in a row in memory. Returns the index of the first. */
UInt LG_(pile_add_row)(LgPile *p, UInt n);
/* Frees all elements; pile_init() makes it usable again. */
void LG_(pile_free)(LgPile *p);
/* Memory taken, in bytes. */
ULong LG_(pile_bytes)(const LgPile *p);

#endif
