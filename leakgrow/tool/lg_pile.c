/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pile: see lg_pile.h. */
#include "lg_pile.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { FIRST_PARTS = 8, LINE_B = 64 };

void LG_(pile_init)(LgPile *p, UInt element_B)
{
   VG_(memset)(p, 0, sizeof *p);
   p->element_B = element_B;
}

/* A part begins a cache line, so that elements of 8, 16 or 32 bytes lie in one. Before it stands what is to be freed. */
static SizeT part_bytes(const LgPile *p)
{
   return (SizeT)LG_PILE_PART * p->element_B + LINE_B;
}

static void add_part(LgPile *p)
{
   if (p->n_parts == p->parts_size) {
      p->parts_size = p->parts_size ? p->parts_size * 2 : FIRST_PARTS;
      p->parts = VG_(realloc)("lg.pile.parts.1", p->parts, p->parts_size * sizeof *p->parts);
   }
   UChar *piece = VG_(calloc)("lg.pile.part.1", 1, part_bytes(p));
   UChar *part = (UChar *)(((Addr)piece + LINE_B) & ~(Addr)(LINE_B - 1));
   ((UChar **)(void *)part)[-1] = piece;
   p->parts[p->n_parts++] = part;
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
      VG_(free)(((UChar **)(void *)p->parts[i])[-1]);
   if (p->parts)
      VG_(free)(p->parts);
   LG_(pile_init)(p, p->element_B);
}

ULong LG_(pile_bytes)(const LgPile *p)
{
   return (ULong)p->n_parts * part_bytes(p) + (ULong)p->parts_size * sizeof *p->parts;
}
