/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_ip: see lg_ip.h.
 *
 * Unmapping is frequent, of data mostly and of large pieces: a set of the pages that hold known addresses says quickly that nothing
 * happened. */
#include "lg_ip.h"

#include "lg_slots.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

enum { PAGE_SHIFT = 12, FIRST_SIZE = 1024 };

Addr *LG_(ip_address);

static struct {
   LgSlots by_address;
   LgSlots pages; /* by page number, of one of its addresses */
   UInt n, size, n_retired;
   UInt *spare; /* numbers to be given again */
   UInt n_spare, spare_size;
} st;

static UInt hash_of_address(const void *self, UInt id)
{
   (void)self;
   ULong a = LG_(ip_address)[id];
   return LG_(slots_mix)((UInt)(a >> 32), (UInt)a);
}

static UInt hash_of_page(const void *self, UInt id)
{
   (void)self;
   ULong page = LG_(ip_address)[id] >> PAGE_SHIFT;
   return LG_(slots_mix)((UInt)(page >> 32), (UInt)page);
}

void LG_(ip_init)(void)
{
   LG_(slots_init)(&st.by_address, FIRST_SIZE);
   LG_(slots_init)(&st.pages, FIRST_SIZE);
   st.size = FIRST_SIZE;
   LG_(ip_address) = VG_(malloc)("lg.ip.init.1", (st.size + 1) * sizeof *LG_(ip_address));
   LG_(ip_address)[0] = LG_IP_GONE;
}

static Bool is_known_page(UWord page)
{
   ULong p = page;
   UInt hash = LG_(slots_mix)((UInt)(p >> 32), (UInt)p);
   for (UInt i = LG_(slots_first)(&st.pages, hash); st.pages.slots[i]; i = LG_(slots_next)(&st.pages, i))
      if (LG_(ip_address)[st.pages.slots[i]] >> PAGE_SHIFT == page)
         return True;
   return False;
}

static UInt new_id(void)
{
   if (st.n_spare > 0)
      return st.spare[--st.n_spare];
   if (st.n == st.size) {
      st.size *= 2;
      LG_(ip_address) = VG_(realloc)("lg.ip.address.1", LG_(ip_address), (st.size + 1) * sizeof *LG_(ip_address));
   }
   return ++st.n;
}

static void enter(UInt id)
{
   LG_(slots_add)(&st.by_address, id, hash_of_address, NULL);
   if (!is_known_page(LG_(ip_address)[id] >> PAGE_SHIFT))
      LG_(slots_add)(&st.pages, id, hash_of_page, NULL);
}

UInt LG_(ip_id)(Addr ip)
{
   tl_assert(ip != LG_IP_GONE);
   ULong a = ip;
   UInt hash = LG_(slots_mix)((UInt)(a >> 32), (UInt)a);
   for (UInt i = LG_(slots_first)(&st.by_address, hash); st.by_address.slots[i]; i = LG_(slots_next)(&st.by_address, i))
      if (LG_(ip_address)[st.by_address.slots[i]] == ip)
         return st.by_address.slots[i];
   UInt id = new_id();
   LG_(ip_address)[id] = ip;
   enter(id);
   return id;
}

UInt LG_(ip_count)(void)
{
   return st.n;
}

/* Looks through whichever is smaller: the range's pages or the known ones. */
static Bool holds_known_page(Addr a, SizeT len)
{
   UWord first = a >> PAGE_SHIFT, last = (a + len - 1) >> PAGE_SHIFT;
   if (last - first < st.pages.n) {
      for (UWord p = first; p <= last; p++)
         if (is_known_page(p))
            return True;
      return False;
   }
   for (UInt i = 0; i < st.pages.n_slots; i++) {
      UWord page = LG_(ip_address)[st.pages.slots[i]] >> PAGE_SHIFT;
      if (st.pages.slots[i] && page >= first && page <= last)
         return True;
   }
   return False;
}

UInt LG_(ip_retire)(Addr a, SizeT len)
{
   if (len == 0 || !holds_known_page(a, len))
      return 0;
   UInt n_gone = 0;
   for (UInt id = 1; id <= st.n; id++)
      if (LG_(ip_address)[id] != LG_IP_GONE && LG_(ip_address)[id] - a < len) {
         LG_(ip_address)[id] = LG_IP_GONE;
         n_gone++;
      }
   if (n_gone == 0)
      return 0;
   st.n_retired += n_gone;
   LG_(slots_clear)(&st.by_address, st.by_address.n);
   LG_(slots_clear)(&st.pages, st.pages.n);
   for (UInt id = 1; id <= st.n; id++)
      if (LG_(ip_address)[id] != LG_IP_GONE)
         enter(id);
   return n_gone;
}

UInt LG_(ip_n_retired)(void)
{
   return st.n_retired;
}

static void spare(UInt id)
{
   if (st.n_spare == st.spare_size) {
      st.spare_size = st.spare_size ? st.spare_size * 2 : FIRST_SIZE;
      st.spare = VG_(realloc)("lg.ip.spare.1", st.spare, st.spare_size * sizeof *st.spare);
   }
   st.spare[st.n_spare++] = id;
}

void LG_(ip_reclaim)(const UChar *is_used, void (*forget)(UInt id))
{
   if (st.n_retired == 0)
      return;
   UChar *is_spare = VG_(calloc)("lg.ip.reclaim.1", st.n + 1, 1);
   for (UInt i = 0; i < st.n_spare; i++)
      is_spare[st.spare[i]] = True;
   for (UInt id = 1; id <= st.n; id++)
      if (LG_(ip_address)[id] == LG_IP_GONE && !is_used[id] && !is_spare[id]) {
         forget(id);
         spare(id);
         st.n_retired--;
      }
   VG_(free)(is_spare);
}

ULong LG_(ip_bytes)(void)
{
   return LG_(slots_bytes)(&st.by_address) + LG_(slots_bytes)(&st.pages) +
          (ULong)(st.size + 1) * sizeof *LG_(ip_address) + (ULong)st.spare_size * sizeof *st.spare;
}
