/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_block: see lg_block.h.
 *
 *   address bits   47..36      35..24       23..12         11..4
 *                  top[]    -> middle[]  -> page[]      -> blocks[(granule * size) >> 8 ...]
 *
 * Each page of 4 KiB has a small table of the blocks that begin in it, placed by where in the page they begin and probed
 * linearly. Neighbours in the heap are neighbours here, and a look-up costs one cache line beside the page's entry, which is hot
 * in most programs: a hash over block addresses costs several that the program did not just use. Blocks need a header in the
 * client's heap too, so that at most 128 begin in a page. A page that loses its last block keeps a small table: the client's
 * heap never gives memory back, so the page will be used again. */
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
   FIRST_BLOCKS = 8,
   KEPT_BLOCKS = 16, /* an empty page keeps a table of up to this many */
   REMEMBERED = 4096 /* freed addresses; direct-mapped */
};

typedef struct {
   LgBlock *blocks; /* [size]; open addressing */
   UShort n, size;  /* size is 0 or a power of two <= GRANULES; n <= 3/4 size */
} Page;

typedef struct {
   Page page[MIDDLE];
   ULong has_blocks[MIDDLE / 64]; /* a bit per page */
} Region;

typedef struct {
   Region *region[MIDDLE];
} Middle;

static struct {
   Middle *top[TOP];
   Addr freed[REMEMBERED];
   ULong n_blocks, n_entries, n_regions;
   SizeT largest_szB; /* of all blocks ever */
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

static inline UInt granule_of(Addr a)
{
   return (UInt)(a >> GRANULE_SHIFT) & (GRANULES - 1);
}

static inline UInt remembered_index(Addr a)
{
   return (UInt)(a >> GRANULE_SHIFT) & (REMEMBERED - 1);
}

/* Where no client block begins: unaligned, or beyond what the tables hold. */
static inline Bool is_impossible(Addr a)
{
   return (a & ((1 << GRANULE_SHIFT) - 1)) != 0 || (sizeof(Addr) == 8 && ((ULong)a >> 48) != 0);
}

static inline Region *find_region(Addr a)
{
   Middle *m = st.top[top_index(a)];
   return m ? m->region[middle_index(a)] : NULL;
}

static inline Page *find_page(Addr a)
{
   Region *r = find_region(a);
   return r ? &r->page[page_index(a)] : NULL;
}

static inline void set_bit(Region *r, UInt page)
{
   r->has_blocks[page / 64] |= 1ULL << (page % 64);
}

static inline void clear_bit(Region *r, UInt page)
{
   r->has_blocks[page / 64] &= ~(1ULL << (page % 64));
}

static Region *make_region(Addr a)
{
   Middle **m = &st.top[top_index(a)];
   if (!*m)
      *m = VG_(calloc)("lg.block.middle.1", 1, sizeof **m);
   Region **r = &(*m)->region[middle_index(a)];
   if (!*r) {
      *r = VG_(calloc)("lg.block.region.1", 1, sizeof **r);
      st.n_regions++;
   }
   return *r;
}

static inline UInt home(const Page *p, UInt granule)
{
   return (granule * p->size) >> 8;
}

/* The entry of a granule, or the free one where it belongs. The page has a table, and that is never full. */
static inline LgBlock *probe(const Page *p, UInt granule)
{
   UInt mask = p->size - 1u;
   UInt i = home(p, granule);
   while (p->blocks[i].is_used && p->blocks[i].granule != granule)
      i = (i + 1) & mask;
   return &p->blocks[i];
}

static void grow(Page *p)
{
   Page old = *p;
   p->size = old.size ? old.size * 2 : FIRST_BLOCKS;
   tl_assert2(p->size <= GRANULES, "B1: more blocks than a page has room for");
   p->blocks = VG_(calloc)("lg.block.blocks.1", p->size, sizeof *p->blocks);
   for (UInt i = 0; i < old.size; i++)
      if (old.blocks[i].is_used)
         *probe(p, old.blocks[i].granule) = old.blocks[i];
   VG_(free)(old.blocks);
   st.n_entries += p->size - old.size;
}

void LG_(block_add)(Addr a, SizeT szB, UInt account, UInt birth)
{
   tl_assert(!is_impossible(a) && ((ULong)szB >> 48) == 0);
   Region *r = make_region(a);
   Page *p = &r->page[page_index(a)];
   if ((p->n + 1) * 4 > p->size * 3)
      grow(p);
   LgBlock *b = probe(p, granule_of(a));
   tl_assert2(!b->is_used, "B1");
   b->szB = szB;
   b->granule = granule_of(a);
   b->is_used = 1;
   b->is_watched = 0;
   b->account = account;
   b->birth = birth;
   if (p->n++ == 0)
      set_bit(r, page_index(a));
   st.n_blocks++;
   if (szB > st.largest_szB)
      st.largest_szB = szB;
}

LgBlock *LG_(block_find)(Addr a)
{
   if (is_impossible(a))
      return NULL;
   Page *p = find_page(a);
   if (!p || p->n == 0)
      return NULL;
   LgBlock *b = probe(p, granule_of(a));
   return b->is_used ? b : NULL;
}

/* ---- addresses inside of blocks ---- */

/* The last block of the page that begins at or before the granule, or NULL. */
static LgBlock *last_in_page(const Page *p, UInt granule)
{
   LgBlock *last = NULL;
   for (UInt i = 0; i < p->size; i++) {
      LgBlock *b = &p->blocks[i];
      if (b->is_used && b->granule <= granule && (!last || b->granule > last->granule))
         last = b;
   }
   return last;
}

/* The last page with blocks among pages 0 .. page of a region, or -1. */
static Int last_page(const Region *r, UInt page)
{
   Int word = (Int)(page / 64);
   ULong bits = r->has_blocks[word] & (~0ULL >> (63 - page % 64));
   while (bits == 0 && --word >= 0)
      bits = r->has_blocks[word];
   return bits ? word * 64 + 63 - __builtin_clzll(bits) : -1;
}

/* The last block that begins at or before `a` and not before `lowest`, or NULL. */
static LgBlock *last_before(Addr a, Addr lowest, Addr *start)
{
   const Addr page_mask = ~(Addr)((1 << PAGE_SHIFT) - 1), region_mask = ~(Addr)((1 << 24) - 1);
   while (a >= lowest) {
      const Region *r = find_region(a);
      Int page = r ? last_page(r, page_index(a)) : -1;
      if (page < 0) { /* on to the end of the region before, unless this is the first one */
         if ((a & region_mask) == 0)
            return NULL;
         a = (a & region_mask) - 1;
      } else {
         Addr base = (a & region_mask) | ((Addr)page << PAGE_SHIFT);
         LgBlock *b = last_in_page(&r->page[page], base == (a & page_mask) ? granule_of(a) : GRANULES - 1);
         if (b) {
            *start = base | ((Addr)b->granule << GRANULE_SHIFT);
            return b;
         }
         if (base == 0)
            return NULL;
         a = base - 1;
      }
   }
   return NULL;
}

LgBlock *LG_(block_find_interior)(Addr a, Addr *start)
{
   if (sizeof(Addr) == 8 && ((ULong)a >> 48) != 0)
      return NULL;
   Addr lowest = a > st.largest_szB ? a - st.largest_szB : 0;
   LgBlock *b = last_before(a, lowest, start);
   return b && (a == *start || a - *start < b->szB) ? b : NULL;
}

/* ---- removal ---- */

/* Closes the gap at `i`: later entries of the same run move back as far as their own place allows. */
static void close_gap(Page *p, UInt i)
{
   UInt mask = p->size - 1u;
   for (UInt j = (i + 1) & mask; p->blocks[j].is_used; j = (j + 1) & mask) {
      UInt h = home(p, p->blocks[j].granule);
      if (((j - h) & mask) >= ((j - i) & mask)) {
         p->blocks[i] = p->blocks[j];
         i = j;
      }
   }
   p->blocks[i].is_used = 0;
}

void LG_(block_remove)(Addr a)
{
   Region *r = find_region(a);
   Page *p = &r->page[page_index(a)];
   LgBlock *b = probe(p, granule_of(a));
   tl_assert2(b->is_used, "B1");
   close_gap(p, (UInt)(b - p->blocks));
   st.freed[remembered_index(a)] = a;
   st.n_blocks--;
   if (--p->n > 0)
      return;
   clear_bit(r, page_index(a));
   if (p->size > KEPT_BLOCKS) {
      st.n_entries -= p->size;
      VG_(free)(p->blocks);
      p->blocks = NULL;
      p->size = 0;
   }
}

Bool LG_(block_was_freed)(Addr a)
{
   return a != 0 && st.freed[remembered_index(a)] == a;
}

static Addr page_address(UInt top, UInt middle, UInt page)
{
   return (Addr)(((ULong)top << 36) | ((ULong)middle << 24) | ((ULong)page << PAGE_SHIFT));
}

/* B3: the first, the last and the next byte lead to the block, the block and elsewhere. */
static void check_inside(LgBlock *b, Addr a)
{
   Addr start;
   tl_assert2(LG_(block_find_interior)(a, &start) == b && start == a, "B3: first byte");
   tl_assert2(b->szB == 0 || LG_(block_find_interior)(a + b->szB - 1, &start) == b, "B3: last byte");
   tl_assert2(b->szB == 0 || LG_(block_find_interior)(a + b->szB, &start) != b, "B3: next byte");
}

static ULong check_page(const Region *r, UInt page, Addr base)
{
   const Page *p = &r->page[page];
   ULong n = 0;
   for (UInt i = 0; i < p->size; i++) {
      if (!p->blocks[i].is_used)
         continue;
      n++;
      tl_assert2(probe(p, p->blocks[i].granule) == &p->blocks[i], "an entry that look-ups miss");
      check_inside(&p->blocks[i], base | ((Addr)p->blocks[i].granule << GRANULE_SHIFT));
   }
   tl_assert2(n == p->n, "count of a page");
   tl_assert2((n > 0) == ((r->has_blocks[page / 64] >> (page % 64)) & 1), "bit of a page");
   return n;
}

ULong LG_(block_sanity)(void)
{
   ULong n = 0;
   for (UInt t = 0; t < TOP; t++)
      for (UInt m = 0; st.top[t] && m < MIDDLE; m++)
         for (UInt i = 0; st.top[t]->region[m] && i < MIDDLE; i++)
            n += check_page(st.top[t]->region[m], i, page_address(t, m, i));
   tl_assert2(n == st.n_blocks, "B1: count");
   return n;
}

void LG_(block_stats)(ULong *n_blocks, ULong *bytes)
{
   *n_blocks = st.n_blocks;
   *bytes = st.n_entries * sizeof(LgBlock) + st.n_regions * sizeof(Region) + sizeof st;
}
