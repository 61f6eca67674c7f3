/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_raw: see lg_raw.h.
 *
 * Programs repeat themselves: the raw stack that came after the last one is looked at first, and is on its way from memory since then. A slot
 * of a large table is not.
 *
 * The table of slots has the hash beside the number of the raw stack, so that a look-up touches no raw stack but the one it finds, and
 * growing touches none. It grows by half, at a load of four fifths. */
#include "lg_raw.h"

#include "lg_ip.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

typedef struct {
   UInt hash, raw; /* raw: number; 0: free */
} Slot;

static struct {
   const LgPaths *paths;
   LgPile raws; /* LgRawStack; [0] unused */
   Slot *slots;
   UInt n_slots, n;
   UInt last; /* the raw stack that was found last; 0: none */
} st;

enum { FIRST_SLOTS = 1024 };

static void make_slots(UInt n_slots)
{
   st.n_slots = n_slots;
   st.n = 0;
   st.slots = VG_(calloc)("lg.raw.slots.1", n_slots, sizeof *st.slots);
}

void LG_(raw_init)(const LgPaths *paths)
{
   st.paths = paths;
   LG_(pile_init)(&st.raws, sizeof(LgRawStack));
   LG_(pile_add_row)(&st.raws, 1);
   make_slots(FIRST_SLOTS);
}

/* Mostly called for what is equal: no test in the loop. */
static inline Bool has_addresses(const UInt *numbers, const Addr *ips, UInt n)
{
   const Addr *address = LG_(ip_address);
   Addr difference = 0;
   for (UInt i = 0; i < n; i++)
      difference |= address[numbers[i]] ^ ips[i];
   return difference == 0;
}

static inline Bool is_path_of(LgPath p, const Addr *ips, UInt n)
{
   const LgPaths *t = st.paths;
   UInt k = LG_(part_length)(p.tail);
   if (UNLIKELY(k > n || !has_addresses(LG_(part_numbers)(t, p.tail), ips, k)))
      return False;
   for (UInt node = p.node; node; k += LG_PATH_PART) {
      const LgPathNode *step = LG_PILE_AT(&t->nodes, LgPathNode, node);
      if (UNLIKELY(k + LG_PATH_PART > n || !has_addresses(LG_(part_numbers)(t, step->part), ips + k, LG_PATH_PART)))
         return False;
      node = step->parent;
   }
   return k == n;
}

static inline UInt first_slot(UInt hash)
{
   return (UInt)((ULong)hash * st.n_slots >> 32);
}

static inline UInt next_slot(UInt i)
{
   return i + 1 == st.n_slots ? 0 : i + 1;
}

static inline LgRawStack *raw_at(UInt raw)
{
   return LG_PILE_AT(&st.raws, LgRawStack, raw);
}

/* The raw stack with this number is where the program is. */
static inline LgRawStack *arrive(UInt raw)
{
   LgRawStack *r = raw_at(raw);
   st.last = raw;
   __builtin_prefetch(raw_at(r->next));
   return r;
}

LgRawStack *LG_(raw_find)(UInt hash, const Addr *ips, UInt n)
{
   UInt *guess = &raw_at(st.last)->next;
   if (*guess && raw_at(*guess)->hash == hash && LIKELY(is_path_of(raw_at(*guess)->path, ips, n)))
      return arrive(*guess);
   for (UInt i = first_slot(hash); st.slots[i].raw; i = next_slot(i)) {
      if (st.slots[i].hash != hash)
         continue;
      if (LIKELY(is_path_of(raw_at(st.slots[i].raw)->path, ips, n))) {
         *guess = st.slots[i].raw;
         return arrive(*guess);
      }
   }
   return NULL;
}

static void put(UInt hash, UInt raw)
{
   UInt i = first_slot(hash);
   while (st.slots[i].raw)
      i = next_slot(i);
   st.slots[i] = (Slot){hash, raw};
   st.n++;
}

Bool LG_(raw_is_full)(void)
{
   return (ULong)(st.n + 1) * 5 > (ULong)st.n_slots * 4;
}

static void grow(void)
{
   Slot *old = st.slots;
   UInt n_old = st.n_slots;
   tl_assert2(n_old < 0xa0000000u, "more raw stacks than 32 bits can count");
   make_slots(n_old + n_old / 2);
   for (UInt i = 0; i < n_old; i++)
      if (old[i].raw)
         put(old[i].hash, old[i].raw);
   VG_(free)(old);
}

LgRawStack *LG_(raw_add)(UInt hash, LgPath path, UInt stack)
{
   if (LG_(raw_is_full)())
      grow();
   UInt raw = LG_(pile_add_row)(&st.raws, 1);
   LgRawStack *r = raw_at(raw);
   r->path = path;
   r->stack = stack;
   r->hash = hash;
   put(hash, raw);
   raw_at(st.last)->next = raw;
   st.last = raw;
   return r;
}

void LG_(raw_keep_only)(Bool (*keep)(LgRawStack *r, void *arg), void *arg)
{
   LgPile old_raws = st.raws;
   Slot *old = st.slots;
   UInt n_old = st.n_slots, n_kept = 0;
   for (UInt i = 0; i < n_old; i++)
      if (old[i].raw && keep(LG_PILE_AT(&old_raws, LgRawStack, old[i].raw), arg))
         n_kept++;
      else
         old[i].raw = 0;
   LG_(pile_init)(&st.raws, sizeof(LgRawStack));
   LG_(pile_add_row)(&st.raws, 1);
   make_slots(n_kept / 2 * 3 + FIRST_SLOTS);
   st.last = 0;
   for (UInt i = 0; i < n_old; i++)
      if (old[i].raw) {
         UInt raw = LG_(pile_add_row)(&st.raws, 1);
         *raw_at(raw) = *LG_PILE_AT(&old_raws, LgRawStack, old[i].raw);
         raw_at(raw)->next = 0;
         put(old[i].hash, raw);
      }
   VG_(free)(old);
   LG_(pile_free)(&old_raws);
}

UInt LG_(raw_count)(void)
{
   return st.n;
}

ULong LG_(raw_bytes)(void)
{
   return LG_(pile_bytes)(&st.raws) + (ULong)st.n_slots * sizeof *st.slots;
}
