/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_arena: see lg_arena.h.
 *
 *   chunk:  a bit per unit, set: free | units ...
 *
 * The bits of the neighbours tell how far a free piece reaches to either side, so that pieces need neither headers nor footers. A bit
 * per list says which lists are not empty. */
#include "lg_arena.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

enum {
   CHUNK_B = 1 << 16,
   UNITS = CHUNK_B / LG_ARENA_UNIT_B,
   MAP_WORDS = UNITS / 64,
   FIRST_UNIT = MAP_WORDS, /* the map takes so many */
   LINKED = 2,             /* pieces of fewer units have no room for links */
   LISTS = LG_ARENA_PIECE_MAX_B / LG_ARENA_UNIT_B + 1,
   LIST_WORDS = LISTS / 64 + 1,
   REGION_B = 5 * CHUNK_B /* 4 chunks, or 5; what is not used yet is not resident */
};

typedef struct {
   ULong is_free[MAP_WORDS];
} Chunk;

typedef struct Piece {
   struct Piece *next, *prev;
} Piece;

static struct {
   Piece *lists[LISTS]; /* by size in units; the last one has all that are larger */
   ULong has_any[LIST_WORDS];
   Chunk **chunks;
   UInt n_chunks, chunks_size;
   Addr next_chunk, region_end;
   ULong large_B, used_B;
} st;

static inline Chunk *chunk_of(const void *p)
{
   return (Chunk *)((Addr)p & ~(Addr)(CHUNK_B - 1));
}

static inline UInt unit_of(const void *p)
{
   return (UInt)((Addr)p & (CHUNK_B - 1)) / LG_ARENA_UNIT_B;
}

static inline void *at_unit(Chunk *c, UInt unit)
{
   return (UChar *)c + unit * LG_ARENA_UNIT_B;
}

/* ---- bits ---- */

/* Number of the lowest bit of a word that is not 0. In halves: of 64 bits 32-bit x86 would ask libgcc. */
static inline UInt lowest_bit(ULong word)
{
   UInt low = (UInt)word;
   return low ? (UInt)__builtin_ctz(low) : 32 + (UInt)__builtin_ctz((UInt)(word >> 32));
}

/* Free units from `unit` on. */
static UInt run_after(const Chunk *c, UInt unit)
{
   UInt n = 0;
   while (unit + n < UNITS) {
      UInt at = unit + n;
      ULong used = ~(c->is_free[at / 64] >> (at % 64));
      UInt here = used ? lowest_bit(used) : 64, most = 64 - at % 64;
      n += here < most ? here : most;
      if (here < most)
         break;
   }
   return n;
}

/* Free units up to, and without, `unit`. */
static UInt run_before(const Chunk *c, UInt unit)
{
   UInt n = 0;
   while (unit > n) {
      UInt at = unit - n - 1;
      ULong used = ~(c->is_free[at / 64] << (63 - at % 64));
      UInt here = used ? (UInt)__builtin_clzll(used) : 64, most = at % 64 + 1;
      n += here < most ? here : most;
      if (here < most)
         break;
   }
   return n;
}

static void mark(Chunk *c, UInt unit, UInt n, Bool is_free)
{
   while (n > 0) {
      UInt shift = unit % 64, here = 64 - shift < n ? 64 - shift : n;
      ULong bits = (here == 64 ? ~0ULL : (1ULL << here) - 1) << shift;
      if (is_free)
         c->is_free[unit / 64] |= bits;
      else
         c->is_free[unit / 64] &= ~bits;
      unit += here;
      n -= here;
   }
}

/* ---- lists ---- */

static inline UInt list_of(UInt n)
{
   return n < LISTS - 1 ? n : LISTS - 1;
}

static void link_piece(void *p, UInt n)
{
   if (n < LINKED)
      return;
   UInt list = list_of(n);
   Piece *piece = p;
   piece->prev = NULL;
   piece->next = st.lists[list];
   if (piece->next)
      piece->next->prev = piece;
   st.lists[list] = piece;
   st.has_any[list / 64] |= 1ULL << (list % 64);
}

static void unlink_piece(void *p, UInt n)
{
   if (n < LINKED)
      return;
   UInt list = list_of(n);
   Piece *piece = p;
   if (piece->next)
      piece->next->prev = piece->prev;
   if (piece->prev)
      piece->prev->next = piece->next;
   else
      st.lists[list] = piece->next;
   if (!st.lists[list])
      st.has_any[list / 64] &= ~(1ULL << (list % 64));
}

/* The first list from `list` on that is not empty, or LISTS. */
static UInt next_list(UInt list)
{
   UInt word = list / 64;
   ULong bits = st.has_any[word] & (~0ULL << (list % 64));
   while (!bits && ++word < LIST_WORDS)
      bits = st.has_any[word];
   return bits ? word * 64 + lowest_bit(bits) : LISTS;
}

/* VG_(perm_malloc) aligns only what is asked for with always the same alignment. */
static Chunk *new_chunk(void)
{
   if (st.next_chunk + CHUNK_B > st.region_end) {
      Addr region = (Addr)VG_(malloc)("lg.arena.region.1", REGION_B);
      st.next_chunk = (region + CHUNK_B - 1) & ~(Addr)(CHUNK_B - 1);
      st.region_end = region + REGION_B;
   }
   st.next_chunk += CHUNK_B;
   return (Chunk *)(st.next_chunk - CHUNK_B);
}

static void add_chunk(void)
{
   Chunk *c = new_chunk();
   if (st.n_chunks == st.chunks_size) {
      st.chunks_size = st.chunks_size ? st.chunks_size * 2 : 64;
      st.chunks = VG_(realloc)("lg.arena.chunks.1", st.chunks, st.chunks_size * sizeof *st.chunks);
   }
   st.chunks[st.n_chunks++] = c;
   for (UInt i = 0; i < MAP_WORDS; i++)
      c->is_free[i] = 0;
   mark(c, FIRST_UNIT, UNITS - FIRST_UNIT, True);
   link_piece(at_unit(c, FIRST_UNIT), UNITS - FIRST_UNIT);
}

void *LG_(arena_take)(SizeT szB)
{
   szB = LG_(arena_round)(szB);
   st.used_B += szB;
   if (UNLIKELY(szB > LG_ARENA_PIECE_MAX_B)) {
      st.large_B += szB;
      return VG_(malloc)("lg.arena.large.1", szB);
   }
   const UInt want = (UInt)(szB / LG_ARENA_UNIT_B);
   UInt list = next_list(want);
   if (UNLIKELY(list == LISTS)) {
      add_chunk();
      list = LISTS - 1;
   }
   void *p = st.lists[list];
   Chunk *c = chunk_of(p);
   const UInt unit = unit_of(p), n = list < LISTS - 1 ? list : run_after(c, unit);
   unlink_piece(p, n);
   mark(c, unit, want, False);
   if (n > want)
      link_piece(at_unit(c, unit + want), n - want);
   return p;
}

void LG_(arena_give)(void *piece, SizeT szB)
{
   if (!piece)
      return;
   szB = LG_(arena_round)(szB);
   st.used_B -= szB;
   if (UNLIKELY(szB > LG_ARENA_PIECE_MAX_B)) {
      st.large_B -= szB;
      VG_(free)(piece);
      return;
   }
   Chunk *c = chunk_of(piece);
   const UInt unit = unit_of(piece), n = (UInt)(szB / LG_ARENA_UNIT_B);
   const UInt before = run_before(c, unit), after = run_after(c, unit + n);
   unlink_piece(at_unit(c, unit - before), before);
   unlink_piece(at_unit(c, unit + n), after);
   mark(c, unit, n, True);
   link_piece(at_unit(c, unit - before), before + n + after);
}

void LG_(arena_stats)(ULong *bytes, ULong *used_B)
{
   *bytes = (ULong)st.n_chunks * CHUNK_B + st.large_B + st.chunks_size * sizeof *st.chunks;
   *used_B = st.used_B;
}

void LG_(arena_sanity)(void)
{
   ULong free_B = 0, n_free = 0, n_listed = 0;
   for (UInt i = 0; i < st.n_chunks; i++) {
      Chunk *c = st.chunks[i];
      for (UInt unit = FIRST_UNIT; unit < UNITS; unit++) {
         UInt n = run_after(c, unit);
         free_B += (ULong)n * LG_ARENA_UNIT_B;
         n_free += n >= LINKED;
         unit += n;
      }
   }
   for (UInt i = 0; i < LISTS; i++) {
      tl_assert2((st.lists[i] != NULL) == ((st.has_any[i / 64] >> (i % 64)) & 1), "M2: bit of a list");
      for (Piece *p = st.lists[i]; p; p = p->next, n_listed++) {
         Chunk *c = chunk_of(p);
         tl_assert2(run_before(c, unit_of(p)) == 0 && list_of(run_after(c, unit_of(p))) == i, "M2: list");
      }
   }
   tl_assert2(n_listed == n_free, "M2: every free piece is in a list");
   const ULong units_B = (ULong)(UNITS - FIRST_UNIT) * LG_ARENA_UNIT_B;
   tl_assert2(free_B + st.used_B - st.large_B == st.n_chunks * units_B, "M2: sum");
}
