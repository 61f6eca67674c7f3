/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_ages: how old the blocks of one account became.
 *
 * Answers: how many died at each age, and how many of those are not written to the profile yet? Counts by lg_age_bucket(), all of one
 * width, that of the largest; as many buckets as were needed. Freestanding; the caller owns the memory. */
#ifndef LG_AGES_H
#define LG_AGES_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
   uint8_t n;        /* buckets */
   uint8_t code;     /* lg_width of every count */
   uint8_t counts[]; /* deaths and, of them, held back, by bucket */
} lg_ages;

/* The least width for a count. */
unsigned lg_ages_code(uint64_t count);
size_t lg_ages_bytes(unsigned n, unsigned code);
/* Empty; there are lg_ages_bytes(n, code) at `a`. */
void lg_ages_init(lg_ages *a, unsigned n, unsigned code);
/* All counts of another one, which has neither more buckets nor a larger width. */
void lg_ages_copy(lg_ages *to, const lg_ages *from);

/* 0 for a bucket beyond n, and for a == NULL. `deaths` includes what is held back. */
void lg_ages_get(const lg_ages *a, unsigned bucket, uint64_t *deaths, uint64_t *held);
/* Deaths that are held back in this bucket, at most n, and above. a == NULL: none. */
uint64_t lg_ages_held(const lg_ages *a, unsigned bucket);
/* Adds to a bucket < n. Returns 0, and changes nothing, when a sum does not fit. */
int lg_ages_add(lg_ages *a, unsigned bucket, uint64_t deaths, uint64_t held);
/* What was held back is written. a == NULL: nothing. */
void lg_ages_clear_held(lg_ages *a);

#endif
