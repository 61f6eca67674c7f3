/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_block: see lg_block.h.
 *
 *   address bits   47..36      35..24      23..12     11..4
 *                  top[]    -> middle[] -> page[]  -> slot[] -> blocks[slot - 1]
 *
 * A page of 4 KiB has 256 granules of 16 bytes; slot[granule] is 0 or the number of the block that begins there. Blocks lie in a
 * small array of the page, so that neighbours in the heap are neighbours here: a hash over block addresses costs a cache miss
 * for every look-up, this costs none that the program did not just have. Blocks need a header in the client's heap too, so
 * fewer than 256 begin in a page and a slot fits a byte. A page that loses its last block goes to a free list with its
 * array; the list is never longer than the pages that once were in use together. */
#include "lg_block.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum {
   GRANULE_SHIFT = 4,
   PAGE_SHIFT = 12,
   GRANULES = 256,
   MIDDLE = 4096,
   TOP = sizeof(Addr) == 8 ? 4096 : 1,
   FIRST_BLOCKS = 8
};

typedef struct Page {
   UChar slot[GRANULES];
   UChar freed[GRANULES / 8]; /* granules whose block was freed */
   LgBlock *blocks;
   UShort n_used, size, free; /* live blocks; entries in blocks; first free entry + 1 */
   struct Page *next_spare;
} Page;

typedef struct {
   Page *page[MIDDLE];
} Region;

typedef struct {
   Region *region[MIDDLE];
} Middle;

static struct {
   Middle *top[TOP];
   Page *spare;
   ULong n_blocks, n_pages, n_entries, n_regions;
} st;

static inline UInt top_index(Addr a)
{
   return sizeof(Addr) == 8 ? (UInt)(((ULong)a >> 36) & (TOP - 1)) : 0;
}

static inline UInt middle_index(Addr a)
{
   return (UInt)(a >> 24) & (MIDDLE - 1);
}

static inline UInt page_index(Addr a)
{
   return (UInt)(a >> PAGE_SHIFT) & (MIDDLE - 1);
}

static inline UInt granule(Addr a)
{
   return (UInt)(a >> GRANULE_SHIFT) & (GRANULES - 1);
}

/* Addresses that the tables cannot hold: no client block begins there. */
static inline Bool is_beyond(Addr a)
{
   return sizeof(Addr) == 8 && ((ULong)a >> 48) != 0;
}

static inline Page *find_page(Addr a)
{
   Middle *m = st.top[top_index(a)];
   Region *r = m ? m->region[middle_index(a)] : NULL;
   return r ? r->page[page_index(a)] : NULL;
}

static Page *new_page(void)
{
   Page *p = st.spare;
   if (p) {
      st.spare = p->next_spare;
      return p;
   }
   st.n_pages++;
   return VG_(calloc)("lg.block.page.1", 1, sizeof *p);
}

static Page **page_place(Addr a)
{
   Middle **m = &st.top[top_index(a)];
   if (!*m)
      *m = VG_(calloc)("lg.block.middle.1", 1, sizeof **m);
   Region **r = &(*m)->region[middle_index(a)];
   if (!*r) {
      *r = VG_(calloc)("lg.block.region.1", 1, sizeof **r);
      st.n_regions++;
   }
   return &(*r)->page[page_index(a)];
}

/* Makes room for more blocks and links the new entries into the free list, lowest first. */
static void grow_blocks(Page *p)
{
   UShort old = p->size, size = old ? old * 2 : FIRST_BLOCKS;
   tl_assert2(size <= GRANULES, "B1: a page has more blocks than granules");
   p->blocks = VG_(realloc)("lg.block.blocks.1", p->blocks, size * sizeof *p->blocks);
   for (UShort i = old; i < size; i++)
      p->blocks[i].szB = i + 1 < size ? i + 2 : 0;
   p->free = old + 1;
   p->size = size;
   st.n_entries += size - old;
}

void LG_(block_add)(Addr a, SizeT szB, UInt account, UInt birth)
{
   tl_assert((a & ((1 << GRANULE_SHIFT) - 1)) == 0 && !is_beyond(a));
   Page **place = page_place(a);
   if (!*place)
      *place = new_page();
   Page *p = *place;
   UInt g = granule(a);
   tl_assert2(p->slot[g] == 0, "B1");
   if (!p->free)
      grow_blocks(p);
   UShort entry = p->free;
   LgBlock *b = &p->blocks[entry - 1];
   p->free = (UShort)b->szB;
   p->n_used++;
   p->slot[g] = (UChar)entry;
   p->freed[g / 8] &= ~(1 << (g % 8));
   b->szB = szB;
   b->account = account;
   b->birth = birth;
   st.n_blocks++;
}

LgBlock *LG_(block_find)(Addr a)
{
   if ((a & ((1 << GRANULE_SHIFT) - 1)) != 0 || is_beyond(a))
      return NULL;
   Page *p = find_page(a);
   UInt entry = p ? p->slot[granule(a)] : 0;
   return entry ? &p->blocks[entry - 1] : NULL;
}

void LG_(block_remove)(Addr a)
{
   Page *p = find_page(a);
   UInt g = granule(a), entry = p->slot[g];
   tl_assert2(entry, "B1");
   p->blocks[entry - 1].szB = p->free;
   p->free = (UShort)entry;
   p->slot[g] = 0;
   p->freed[g / 8] |= 1 << (g % 8);
   st.n_blocks--;
   if (--p->n_used == 0) {
      VG_(memset)(p->freed, 0, sizeof p->freed);
      *page_place(a) = NULL;
      p->next_spare = st.spare;
      st.spare = p;
   }
}

Bool LG_(block_was_freed)(Addr a)
{
   if (is_beyond(a))
      return False;
   const Page *p = find_page(a);
   UInt g = granule(a);
   return p && (p->freed[g / 8] >> (g % 8)) & 1;
}

static ULong check_page(const Page *p)
{
   ULong n = 0;
   for (UInt g = 0; g < GRANULES; g++) {
      n += p->slot[g] != 0;
      tl_assert2(p->slot[g] <= p->size, "slot of a page");
   }
   tl_assert2(n == p->n_used, "n_used of a page");
   return n;
}

ULong LG_(block_sanity)(void)
{
   ULong n = 0;
   for (UInt t = 0; t < TOP; t++)
      for (UInt m = 0; st.top[t] && m < MIDDLE; m++)
         for (UInt i = 0; st.top[t]->region[m] && i < MIDDLE; i++)
            if (st.top[t]->region[m]->page[i])
               n += check_page(st.top[t]->region[m]->page[i]);
   tl_assert2(n == st.n_blocks, "B1: count");
   return n;
}

void LG_(block_stats)(ULong *n_blocks, ULong *bytes)
{
   *n_blocks = st.n_blocks;
   *bytes = st.n_pages * sizeof(Page) + st.n_entries * sizeof(LgBlock) + st.n_regions * sizeof(Region);
}
