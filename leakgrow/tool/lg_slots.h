/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_slots: a hash table of ids (32 bits, 0 is none) of things that are kept elsewhere.
 *
 * Answers: which id has a thing that is equal to this one? Open addressing; the caller compares:
 *
 *    for (UInt i = LG_(slots_first)(t, hash); t->slots[i]; i = LG_(slots_next)(t, i))
 *       if (is_equal(t->slots[i])) ...
 *
 * The table grows by half, so that between half and three quarters of it are in use: 5.3 to 8 bytes per id. */
#ifndef LG_SLOTS_H
#define LG_SLOTS_H

#include "lg_compat.h"

typedef struct {
   UInt *slots;
   UInt n_slots, n; /* n: in use */
} LgSlots;

/* Hash of the thing that has this id, for slots_add(). */
typedef UInt (*LgSlotHash)(const void *self, UInt id);

/* Where to look first for a hash whose upper bits are good, and where next. */
static inline UInt LG_(slots_first)(const LgSlots *t, UInt hash)
{
   return (UInt)((ULong)hash * t->n_slots >> 32);
}

static inline UInt LG_(slots_next)(const LgSlots *t, UInt i)
{
   return i + 1 == t->n_slots ? 0 : i + 1;
}

static inline UInt LG_(slots_mix)(UInt a, UInt b)
{
   ULong h = ((ULong)a << 32 | b) * 0x9e3779b97f4a7c15ULL;
   h = (h ^ h >> 32) * 0xd6e8feb86659fd93ULL;
   return (UInt)(h >> 32);
}

void LG_(slots_init)(LgSlots *t, UInt n_slots);
/* Enters an id whose thing is in no slot yet; grows the table when it is time. */
void LG_(slots_add)(LgSlots *t, UInt id, LgSlotHash hash_of, const void *self);
/* Makes the table empty, of a size for n ids. */
void LG_(slots_clear)(LgSlots *t, UInt n);
void LG_(slots_free)(LgSlots *t);
ULong LG_(slots_bytes)(const LgSlots *t);

#endif
