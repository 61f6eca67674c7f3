/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_slab: see lg_slab.h.
 *
 *   address -> (address - BASE) / 64 KiB -> span -> (offset * magic) >> 32 -> slot
 *
 * Spans are mapped one after the other from BASE on, so that the table of spans is an array. A span's free slots form a list through
 * their own table entries, last freed first; slots from `bump` on have never been used. A span with free slots is in the list of its
 * class, a span without a block is in the pool, which is for all classes. */
#include "lg_slab.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

#if LG_HAVE_SLAB

/* Of Valgrind's core. */
extern Bool VG_(am_covered_by_single_free_segment)(Addr start, SizeT len);
extern SysRes VG_(am_mmap_anon_fixed_client)(Addr start, SizeT len, UInt prot);

/* In the middle of the client's half of the address space, which Valgrind fills from below, and above 2^32. */
#  define BASE 0x0a00000000ULL

enum {
   SPAN_SHIFT = 16,
   SPAN_B = 1 << SPAN_SHIFT,
   CHUNK_SPANS = 64, /* mapped at once */
   GRAIN_B = 16,
   N_CLASSES_MAX = 48,
   KEPT_EMPTY = 64, /* empty spans that keep their pages */
   SPANS_MAX = 1 << 20
};

#  define NO_SLOT 0x7fffffffu

typedef struct Span {
   struct Span *next, *prev; /* in the list of a class or in the pool */
   Addr base;
   LgSlot *slots; /* [n_slots]; NULL while the span is in the pool */
   UInt size, magic, n_slots, free, bump, n_live;
   UChar class;
   Bool is_listed, has_pages;
} Span;

static struct {
   Bool is_on;
   UInt n_classes;
   UInt size[N_CLASSES_MAX];
   UChar class_of[LG_SLAB_MAX_B / GRAIN_B + 1]; /* by size in grains, rounded up */
   Span *partial[N_CLASSES_MAX];
   Span **spans; /* [n_spans]; NULL where the place was taken by somebody else */
   UInt n_spans, spans_size;
   Span *pool[2]; /* empty spans without and with pages */
   UInt n_pool_pages;
   ULong n_live, table_B, n_returned;
   ULong peak_live, peak_table_B;
} st;

/* Steps of an eighth of the size: at most that much is lost in a block, beyond the alignment. */
static void make_classes(void)
{
   UInt size = GRAIN_B;
   while (size <= LG_SLAB_MAX_B) {
      tl_assert(st.n_classes < N_CLASSES_MAX);
      st.size[st.n_classes++] = size;
      UInt step = GRAIN_B;
      while (step * 16 <= size)
         step *= 2;
      size += step;
   }
   UInt class = 0;
   for (UInt grains = 0; grains <= LG_SLAB_MAX_B / GRAIN_B; grains++) {
      while (st.size[class] < grains * GRAIN_B)
         class ++;
      st.class_of[grains] = (UChar) class;
   }
   tl_assert(st.size[st.n_classes - 1] == LG_SLAB_MAX_B);
}

void LG_(slab_init)(void)
{
   make_classes();
   st.is_on = True;
}

/* ---- spans ---- */

static void unlink_span(Span **list, Span *s)
{
   if (s->prev)
      s->prev->next = s->next;
   else
      *list = s->next;
   if (s->next)
      s->next->prev = s->prev;
   s->next = s->prev = NULL;
}

static void link_span(Span **list, Span *s)
{
   s->prev = NULL;
   s->next = *list;
   if (*list)
      (*list)->prev = s;
   *list = s;
}

static void add_to_table(Span *s)
{
   if (st.n_spans == st.spans_size) {
      st.spans_size = st.spans_size ? st.spans_size * 2 : 1024;
      st.spans = VG_(realloc)("lg.slab.spans.1", st.spans, st.spans_size * sizeof *st.spans);
   }
   st.spans[st.n_spans++] = s;
}

/* Maps the next chunk and puts its spans into the pool. Places that are taken are left out. False when there is no memory. */
static Bool map_chunk(void)
{
   enum { CHUNK_B = CHUNK_SPANS * SPAN_B };
   Addr at = BASE + ((Addr)st.n_spans << SPAN_SHIFT);
   while (st.n_spans < SPANS_MAX && !VG_(am_covered_by_single_free_segment)(at, CHUNK_B)) {
      for (UInt i = 0; i < CHUNK_SPANS; i++)
         add_to_table(NULL);
      at += CHUNK_B;
   }
   if (st.n_spans >= SPANS_MAX ||
       sr_isError(VG_(am_mmap_anon_fixed_client)(at, CHUNK_B, VKI_PROT_READ | VKI_PROT_WRITE)))
      return False;
   UInt first = st.n_spans;
   for (UInt i = 0; i < CHUNK_SPANS; i++) {
      Span *s = VG_(calloc)("lg.slab.span.1", 1, sizeof *s);
      s->base = at + ((Addr)i << SPAN_SHIFT);
      add_to_table(s);
   }
   for (UInt i = CHUNK_SPANS; i-- > 0;)
      link_span(&st.pool[False], st.spans[first + i]);
   st.table_B += CHUNK_SPANS * sizeof(Span);
   return True;
}

static ULong table_size(void)
{
   return st.table_B + st.spans_size * sizeof *st.spans;
}

static Span *new_span(UInt class)
{
   if (st.n_live > st.peak_live) {
      st.peak_live = st.n_live;
      st.peak_table_B = table_size();
   }
   if (!st.pool[True] && !st.pool[False] && !map_chunk())
      return NULL;
   Span *s = st.pool[True] ? st.pool[True] : st.pool[False];
   unlink_span(&st.pool[s->has_pages], s);
   st.n_pool_pages -= s->has_pages;
   s->has_pages = True;
   s->class = (UChar) class;
   s->size = st.size[class];
   s->magic = (UInt)((0x100000000ULL + s->size - 1) / s->size);
   s->n_slots = SPAN_B / s->size;
   s->slots = VG_(malloc)("lg.slab.slots.1", s->n_slots * sizeof *s->slots);
   st.table_B += s->n_slots * sizeof *s->slots;
   s->free = NO_SLOT;
   s->bump = 0;
   link_span(&st.partial[class], s);
   s->is_listed = True;
   return s;
}

/* The pages of an empty span are replaced with fresh ones, which take no memory until they are used. */
static void return_pages(Span *s)
{
   if (sr_isError(VG_(am_mmap_anon_fixed_client)(s->base, SPAN_B, VKI_PROT_READ | VKI_PROT_WRITE)))
      return;
   s->has_pages = False;
   st.n_returned++;
}

/* The last block of a span was freed. The last span of a class stays, so that a single block that comes and goes costs nothing. size and
 * bump stay for slab_was_block(). */
static void retire(Span *s)
{
   if (st.partial[s->class] == s && !s->next)
      return;
   unlink_span(&st.partial[s->class], s);
   s->is_listed = False;
   VG_(free)(s->slots);
   st.table_B -= s->n_slots * sizeof *s->slots;
   s->slots = NULL;
   if (st.n_pool_pages >= KEPT_EMPTY)
      return_pages(s);
   st.n_pool_pages += s->has_pages;
   link_span(&st.pool[s->has_pages], s);
}

static inline Span *span_of(Addr a)
{
   UWord i = (a - BASE) >> SPAN_SHIFT;
   return i < st.n_spans ? st.spans[i] : NULL;
}

/* Which slot begins at `a`, or NO_SLOT. */
static inline UInt slot_index(const Span *s, Addr a)
{
   UInt offset = (UInt)(a - s->base);
   UInt i = (UInt)(((ULong)offset * s->magic) >> 32);
   return i * s->size == offset && i < s->bump ? i : NO_SLOT;
}

/* ---- blocks ---- */

void *LG_(slab_alloc)(SizeT szB, SizeT alignB, LgSlot **slot)
{
   if (UNLIKELY(szB > LG_SLAB_MAX_B || alignB > LG_SLAB_MAX_B || !st.is_on))
      return NULL;
   UInt class = st.class_of[(szB + GRAIN_B - 1) / GRAIN_B];
   if (UNLIKELY(alignB > GRAIN_B))
      while ((st.size[class] & (alignB - 1)) != 0)
         class ++; /* the last one is LG_SLAB_MAX_B itself */
   Span *s = st.partial[class];
   if (UNLIKELY(!s)) {
      s = new_span(class);
      if (!s)
         return NULL;
   }
   UInt i = s->free;
   if (i != NO_SLOT)
      s->free = s->slots[i].state;
   else
      i = s->bump++;
   s->n_live++;
   st.n_live++;
   if (UNLIKELY(s->free == NO_SLOT && s->bump == s->n_slots)) {
      unlink_span(&st.partial[class], s);
      s->is_listed = False;
   }
   s->slots[i].state = LG_SLOT_LIVE | (UInt)szB;
   *slot = &s->slots[i];
   return (void *)(s->base + (Addr)i * s->size);
}

LgSlot *LG_(slab_find)(Addr a)
{
   Span *s = span_of(a);
   if (!s || !s->slots)
      return NULL;
   UInt i = slot_index(s, a);
   return i != NO_SLOT && (s->slots[i].state & LG_SLOT_LIVE) ? &s->slots[i] : NULL;
}

LgSlot *LG_(slab_find_interior)(Addr a, Addr *start)
{
   Span *s = span_of(a);
   if (!s || !s->slots)
      return NULL;
   UInt offset = (UInt)(a - s->base);
   UInt i = (UInt)(((ULong)offset * s->magic) >> 32);
   *start = s->base + (Addr)i * s->size;
   if (i >= s->bump || !(s->slots[i].state & LG_SLOT_LIVE))
      return NULL;
   return a == *start || a - *start < LG_(slot_szB)(&s->slots[i]) ? &s->slots[i] : NULL;
}

void LG_(slab_free)(Addr a)
{
   Span *s = span_of(a);
   UInt i = slot_index(s, a);
   s->slots[i].state = s->free;
   s->free = i;
   st.n_live--;
   if (UNLIKELY(!s->is_listed)) {
      link_span(&st.partial[s->class], s);
      s->is_listed = True;
   }
   if (UNLIKELY(--s->n_live == 0))
      retire(s);
}

SizeT LG_(slab_capacity)(Addr a)
{
   return span_of(a)->size;
}

Bool LG_(slab_was_block)(Addr a)
{
   const Span *s = span_of(a);
   return s && s->bump > 0 && slot_index(s, a) != NO_SLOT;
}

/* ---- checking and counting ---- */

static void check_span(const Span *s)
{
   UInt n_live = 0, n_free = 0;
   for (UInt i = 0; i < s->bump; i++) {
      const LgSlot *slot = &s->slots[i];
      Addr first = s->base + (Addr)i * s->size, start;
      Bool is_live = (slot->state & LG_SLOT_LIVE) != 0;
      SizeT szB = is_live ? LG_(slot_szB)(slot) : 0;
      Addr last = first + (szB ? szB - 1 : 0);
      tl_assert2(!is_live || (LG_(slab_find_interior)(last, &start) == slot && start == first), "S1: last byte");
      tl_assert2(!is_live || szB == s->size || !LG_(slab_find_interior)(last + 1, &start), "S1: next byte");
      n_live += is_live;
   }
   for (UInt i = s->free; i != NO_SLOT; i = s->slots[i].state) {
      tl_assert2(i < s->bump && !(s->slots[i].state & LG_SLOT_LIVE), "S1: free list");
      n_free++;
   }
   tl_assert2(n_live == s->n_live && n_live + n_free == s->bump, "S1: count");
   tl_assert2(s->is_listed == (s->n_live < s->n_slots), "S1: list");
}

ULong LG_(slab_sanity)(void)
{
   ULong n = 0;
   for (UInt i = 0; i < st.n_spans; i++) {
      const Span *s = st.spans[i];
      if (!s || !s->slots)
         continue;
      check_span(s);
      n += s->n_live;
   }
   tl_assert2(n == st.n_live, "S1: count of all");
   return n;
}

void LG_(slab_stats)(LgSlabStats *out)
{
   VG_(memset)(out, 0, sizeof *out);
   for (UInt i = 0; i < st.n_spans; i++)
      out->n_spans += st.spans[i] && st.spans[i]->has_pages;
   out->n_live = st.n_live;
   out->n_empty = st.n_pool_pages;
   out->client_B = out->n_spans << SPAN_SHIFT;
   out->table_B = table_size();
   out->n_returned = st.n_returned;
   out->peak_live = st.peak_live;
   out->peak_table_B = st.peak_table_B;
}

#else

void LG_(slab_init)(void) {}

void *LG_(slab_alloc)(SizeT szB, SizeT alignB, LgSlot **slot)
{
   (void)szB;
   (void)alignB;
   (void)slot;
   return NULL;
}

LgSlot *LG_(slab_find)(Addr a)
{
   (void)a;
   return NULL;
}

LgSlot *LG_(slab_find_interior)(Addr a, Addr *start)
{
   (void)a;
   (void)start;
   return NULL;
}

void LG_(slab_free)(Addr a)
{
   (void)a;
}

SizeT LG_(slab_capacity)(Addr a)
{
   (void)a;
   return 0;
}

Bool LG_(slab_was_block)(Addr a)
{
   (void)a;
   return False;
}

ULong LG_(slab_sanity)(void)
{
   return 0;
}

void LG_(slab_stats)(LgSlabStats *out)
{
   VG_(memset)(out, 0, sizeof *out);
}

#endif
