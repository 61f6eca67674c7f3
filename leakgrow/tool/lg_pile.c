/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pile: see lg_pile.h. */
#include "lg_pile.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { FIRST_PARTS = 8 };

void LG_(pile_init)(LgPile *p, UInt element_B)
{
   VG_(memset)(p, 0, sizeof *p);
   p->element_B = element_B;
}

static void add_part(LgPile *p)
{
   if (p->n_parts == p->parts_size) {
      p->parts_size = p->parts_size ? p->parts_size * 2 : FIRST_PARTS;
      p->parts = VG_(realloc)("lg.pile.parts.1", p->parts, p->parts_size * sizeof *p->parts);
   }
   p->parts[p->n_parts++] = VG_(calloc)("lg.pile.part.1", LG_PILE_PART, p->element_B);
}

UInt LG_(pile_add_row)(LgPile *p, UInt n)
{
   tl_assert(n >= 1 && n <= LG_PILE_PART);
   UInt left = (UInt)(((ULong)p->n_parts << LG_PILE_SHIFT) - p->n);
   if (left < n) {
      tl_assert2(p->n_parts < (1u << (32 - LG_PILE_SHIFT)) - 1, "more elements than 32 bits can count");
      p->n += left;
      add_part(p);
   }
   UInt first = p->n;
   p->n += n;
   return first;
}

void LG_(pile_free)(LgPile *p)
{
   for (UInt i = 0; i < p->n_parts; i++)
      VG_(free)(p->parts[i]);
   if (p->parts)
      VG_(free)(p->parts);
   LG_(pile_init)(p, p->element_B);
}

ULong LG_(pile_bytes)(const LgPile *p)
{
   return (ULong)p->n_parts * LG_PILE_PART * p->element_B + (ULong)p->parts_size * sizeof *p->parts;
}
