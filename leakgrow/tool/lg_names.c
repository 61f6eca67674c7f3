/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_names: see lg_names.h. */
#include "lg_names.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { FIRST_SLOTS = 256, ADDED_B = 4 * sizeof(SizeT) /* to each piece, by VG_(malloc) */ };

static UInt hash_of(const HChar *s)
{
   UInt h = 2166136261u; /* FNV-1a */
   while (*s)
      h = (h ^ (UChar)*s++) * 16777619u;
   return h ^ (h >> 15);
}

void LG_(names_init)(LgNames *t)
{
   VG_(memset)(t, 0, sizeof *t);
   t->n_slots = FIRST_SLOTS;
   t->slots = VG_(calloc)("lg.names.init.1", FIRST_SLOTS, sizeof *t->slots);
}

static UInt *find_slot(UInt *slots, UInt n_slots, const LgNames *t, const HChar *name)
{
   UInt i = hash_of(name) & (n_slots - 1);
   while (slots[i] && !VG_STREQ(t->text[slots[i] - 1], name))
      i = (i + 1) & (n_slots - 1);
   return &slots[i];
}

static void grow_slots(LgNames *t)
{
   UInt n_slots = t->n_slots * 2;
   UInt *slots = VG_(calloc)("lg.names.grow.1", n_slots, sizeof *slots);
   for (UInt id = 1; id <= t->n; id++)
      *find_slot(slots, n_slots, t, t->text[id - 1]) = id;
   VG_(free)(t->slots);
   t->slots = slots;
   t->n_slots = n_slots;
}

UInt LG_(names_intern)(LgNames *t, const HChar *name)
{
   UInt *slot = find_slot(t->slots, t->n_slots, t, name);
   if (*slot)
      return *slot;
   if (t->n == t->size) {
      t->size = t->size ? t->size * 2 : FIRST_SLOTS;
      t->text = VG_(realloc)("lg.names.intern.1", t->text, t->size * sizeof *t->text);
   }
   t->text[t->n++] = VG_(strdup)("lg.names.intern.2", name);
   t->text_B += VG_(strlen)(name) + 1 + ADDED_B;
   UInt id = *slot = t->n;
   if (t->n * 2 > t->n_slots)
      grow_slots(t);
   return id;
}

UInt LG_(names_find)(const LgNames *t, const HChar *name)
{
   return *find_slot(t->slots, t->n_slots, t, name);
}

const HChar *LG_(names_text)(const LgNames *t, UInt id)
{
   return id ? t->text[id - 1] : "";
}

ULong LG_(names_bytes)(const LgNames *t)
{
   return t->text_B + t->size * sizeof *t->text + t->n_slots * sizeof *t->slots;
}
