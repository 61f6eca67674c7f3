/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_slots: see lg_slots.h. */
#include "lg_slots.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

enum { LEAST = 64 };

void LG_(slots_init)(LgSlots *t, UInt n_slots)
{
   t->n_slots = n_slots < LEAST ? LEAST : n_slots;
   t->n = 0;
   t->slots = VG_(calloc)("lg.slots.init.1", t->n_slots, sizeof *t->slots);
}

static void put(LgSlots *t, UInt id, UInt hash)
{
   UInt i = LG_(slots_first)(t, hash);
   while (t->slots[i])
      i = LG_(slots_next)(t, i);
   t->slots[i] = id;
   t->n++;
}

static void grow(LgSlots *t, LgSlotHash hash_of, const void *self)
{
   LgSlots old = *t;
   tl_assert2(old.n_slots < 0xa0000000u, "more ids than 32 bits can count");
   LG_(slots_init)(t, old.n_slots + old.n_slots / 2);
   for (UInt i = 0; i < old.n_slots; i++)
      if (old.slots[i])
         put(t, old.slots[i], hash_of(self, old.slots[i]));
   VG_(free)(old.slots);
}

void LG_(slots_add)(LgSlots *t, UInt id, LgSlotHash hash_of, const void *self)
{
   if ((ULong)(t->n + 1) * 4 > (ULong)t->n_slots * 3)
      grow(t, hash_of, self);
   put(t, id, hash_of(self, id));
}

void LG_(slots_clear)(LgSlots *t, UInt n)
{
   VG_(free)(t->slots);
   LG_(slots_init)(t, n + n / 2 + 1);
}

void LG_(slots_free)(LgSlots *t)
{
   VG_(free)(t->slots);
   t->slots = NULL;
   t->n = t->n_slots = 0;
}

ULong LG_(slots_bytes)(const LgSlots *t)
{
   return (ULong)t->n_slots * sizeof *t->slots;
}
