/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_packed: the records of a series in as little memory as their numbers need.
 *
 * Answers: how can a hundred thousand accounts keep their history, when nearly all of them hold small numbers? Each of the 14 numbers of
 * a record has one width within a series, that of its largest value there (0 bytes when all are 0), so that a record is a cell of fixed
 * size and is found and changed in place. A number that no longer fits calls for a copy with other widths.
 *
 * C1  what is read is what was written, whatever the widths.
 * C2  cells are sorted by index, each index occurs at most once, and is less than LG_PACKED_INDEX_END.
 * C3  cells before held_from have nothing held back.
 * Freestanding; the caller owns the memory; nothing here allocates. */
#ifndef LG_PACKED_H
#define LG_PACKED_H

#include "lg_series.h"

enum { LG_PACKED_INDEX_END = 256 };

/* Widths of the 14 fields, 4 bits each (lg_width codes). */
typedef uint64_t lg_widths;

typedef struct {
   lg_widths widths;
   uint16_t n, size;   /* cells in use; cells there is room for */
   uint16_t held_from; /* C3 */
   uint8_t stride;     /* bytes of a cell */
   uint8_t unused;
   uint8_t cells[];
} lg_packed;

/* The least widths for a record, and for everything that fits in one or the other. */
lg_widths lg_widths_of(const lg_rec *rec);
lg_widths lg_widths_join(lg_widths a, lg_widths b);
/* The same with the four widths of survivors alike, as large as the largest: they take a little more, and change faster. */
lg_widths lg_widths_even(lg_widths widths);
static inline int lg_widths_fit(lg_widths need, lg_widths have)
{
   return lg_widths_join(need, have) == have;
}

/* Bytes of a series with room for `size` cells, and how many of them fit in some bytes (at most UINT16_MAX). */
size_t lg_packed_bytes(lg_widths widths, uint32_t size);
uint32_t lg_packed_room(lg_widths widths, size_t bytes);

/* An empty series; there are lg_packed_bytes(widths, size) at `p`. */
void lg_packed_init(lg_packed *p, lg_widths widths, uint32_t size);
/* All cells of another series, which fit: there is room for them, and the widths are at least as large. */
void lg_packed_copy(lg_packed *to, const lg_packed *from);

/* Cell `i` < n. */
void lg_packed_get(const lg_packed *p, uint32_t i, lg_rec *rec);
/* Writes cell `i` <= n, i < size; the widths must fit. The first one beyond n is appended. */
void lg_packed_put(lg_packed *p, uint32_t i, const lg_rec *rec);
static inline uint32_t lg_packed_index(const lg_packed *p, uint32_t i)
{
   return p->cells[i * p->stride];
}

/* Takes the last cell, which there is, out. */
void lg_packed_drop_last(lg_packed *p);

/* Adds to survivors, written and held back, of cell `i`. Returns 0, and changes nothing, when the sums do not fit. */
int lg_packed_add_survivors(lg_packed *p, uint32_t i, int64_t blk, int64_t B);
/* What cell `i` < n holds back. */
void lg_packed_held(const lg_packed *p, uint32_t i, int64_t *blk, int64_t *B);
/* Survivors that are held back are written: clears held_* in all cells. */
void lg_packed_clear_held(lg_packed *p);

/* Position of the cell with this index, or n. O(1) in a series without gaps, else O(log n). */
uint32_t lg_packed_find(const lg_packed *p, uint32_t index);

#endif
