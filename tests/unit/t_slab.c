/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_slab on real memory, with every invariant checked as it goes. */
#include "lg_slab.h"
#include "vgshim.h"

#include "lgtest.h"

enum { SPAN_B = 1 << 16, CHUNK_B = 64 * SPAN_B };

static unsigned char *take(size_t szB, size_t alignB)
{
   LgSlot *slot;
   unsigned char *p = LG_(slab_alloc)(szB, alignB, &slot);
   if (p)
      slot->account = slot->birth = 0;
   return p;
}

static void nothing_before_init(void)
{
   LGT_OK(take(16, 16) == NULL);
   LGT_OK(LG_(slab_find)(0x0a00000000) == NULL);
}

/* Every size and every alignment: blocks lie where they should, hold what they should and do not touch. */
static void sizes_and_alignments(void)
{
   LG_(slab_init)();
   for (size_t alignB = 16; alignB <= LG_SLAB_MAX_B; alignB *= 2) {
      for (size_t szB = 0; szB <= LG_SLAB_MAX_B; szB += szB < 300 ? 1 : 61) {
         unsigned char *p = take(szB, alignB), *q = take(szB, alignB);
         LGT_OK(p && q && (uintptr_t)p % alignB == 0 && (uintptr_t)q % alignB == 0);
         LGT_OK(p + szB <= q || q + szB <= p);
         LGT_OK(LG_(slab_capacity)((Addr)p) >= szB);
         LGT_EQ_U(LG_(slot_szB)(LG_(slab_find)((Addr)p)), szB);
         LG_(slab_free)((Addr)p);
         LGT_OK(LG_(slab_find)((Addr)p) == NULL);
         LGT_OK(LG_(slab_find)((Addr)q) != NULL);
         LG_(slab_free)((Addr)q);
      }
   }
   LGT_OK(take(LG_SLAB_MAX_B + 1, 16) == NULL);
   LGT_OK(take(16, 2 * LG_SLAB_MAX_B) == NULL);
   LGT_EQ_U(LG_(slab_sanity)(), 0);
}

/* Only the begin of a live block is one; an address that once began a block is remembered for telling double frees. */
static void wrong_addresses(void)
{
   LG_(slab_init)();
   unsigned char *p = take(100, 16), *q = take(100, 16);
   for (int off = 1; off < 100; off++)
      LGT_OK(LG_(slab_find)((Addr)p + (Addr)off) == NULL);
   LGT_OK(LG_(slab_find)(0) == NULL && LG_(slab_find)(~(Addr)0) == NULL && LG_(slab_find)((Addr)&p) == NULL);
   LG_(slab_free)((Addr)p);
   LGT_OK(LG_(slab_was_block)((Addr)p) && !LG_(slab_was_block)((Addr)p + 16) && !LG_(slab_was_block)((Addr)&p));
   LG_(slab_free)((Addr)q);
}

/* A hundred thousand random steps against a simple model; the contents of live blocks stay. */
static void random_steps(void)
{
   enum { BLOCKS = 3000, STEPS = 100000 };
   static unsigned char *block[BLOCKS];
   static size_t size[BLOCKS];
   unsigned n_live = 0;
   LG_(slab_init)();
   for (int i = 0; i < STEPS; i++) {
      uint32_t k = (uint32_t)(lgt_rand() % BLOCKS);
      if (block[k]) {
         LGT_OK(size[k] == 0 || (block[k][0] == (unsigned char)k && block[k][size[k] - 1] == (unsigned char)k));
         LGT_EQ_U(LG_(slot_szB)(LG_(slab_find)((Addr)block[k])), size[k]);
         LG_(slab_free)((Addr)block[k]);
         block[k] = NULL;
         n_live--;
      } else {
         size[k] = lgt_rand() % (lgt_rand() % 4 ? 200 : LG_SLAB_MAX_B + 1);
         block[k] = take(size[k], (size_t)16 << lgt_rand() % 3);
         memset(block[k], (int)k, size[k]);
         n_live++;
      }
      if (i % 1000 == 0)
         LGT_EQ_U(LG_(slab_sanity)(), n_live);
   }
   LGT_EQ_U(LG_(slab_sanity)(), n_live);
}

/* After a peak nearly all pages go back, and can be had again. */
static void pages_return(void)
{
   enum { BLOCKS = 200000 };
   static unsigned char *block[BLOCKS];
   LgSlabStats s;
   LG_(slab_init)();
   for (int round = 0; round < 2; round++) {
      for (int i = 0; i < BLOCKS; i++)
         memset(block[i] = take(256, 16), i, 256);
      LG_(slab_stats)(&s);
      LGT_OK(s.n_spans >= BLOCKS * 256 / SPAN_B);
      for (int i = 0; i < BLOCKS; i++)
         LG_(slab_free)((Addr)block[i]);
      LG_(slab_stats)(&s);
      LGT_OK(s.client_B <= 70 * SPAN_B);
      LGT_OK(s.n_returned >= (unsigned)(round + 1) * (BLOCKS * 256 / SPAN_B - 70));
      LGT_EQ_U(LG_(slab_sanity)(), 0);
   }
   LG_(slab_stats)(&s);
   LGT_OK(s.table_B < 4000000);
}

/* Places that somebody else has are left alone, and blocks beyond them are found. */
static void taken_places(void)
{
   const Addr base = 0x0a00000000;
   LG_(slab_init)();
   vgshim.taken_begin = base + CHUNK_B / 2;
   vgshim.taken_end = base + 2 * CHUNK_B + 4096;
   unsigned char *p = take(1000, 16);
   LGT_OK((Addr)p >= base + 3 * CHUNK_B);
   LGT_OK(LG_(slab_find)((Addr)p) != NULL && LG_(slab_find)(base) == NULL && LG_(slab_find)(base + CHUNK_B) == NULL);
   LG_(slab_free)((Addr)p);
}

static void out_of_memory(void)
{
   LG_(slab_init)();
   vgshim.no_memory = True;
   LGT_OK(take(64, 16) == NULL);
   vgshim.no_memory = False;
   unsigned char *p = take(64, 16);
   LGT_OK(p != NULL);
   LG_(slab_free)((Addr)p);
}

LGT_MAIN(LGT(nothing_before_init), LGT(sizes_and_alignments), LGT(wrong_addresses), LGT(random_steps),
         LGT(pages_return), LGT(taken_places), LGT(out_of_memory))
