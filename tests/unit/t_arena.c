/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_arena with every invariant checked as it goes. */
#include "lg_arena.h"
#include "vgshim.h"

#include "lgtest.h"

enum { PIECES = 3000 };

static struct {
   unsigned char *p;
   size_t szB;
} piece[PIECES];

static size_t draw_size(void)
{
   const uint64_t dice = lgt_rand_below(16);
   return 1 + lgt_rand_below(dice < 12 ? 100 : dice < 15 ? LG_ARENA_PIECE_MAX_B : 4 * LG_ARENA_PIECE_MAX_B);
}

static void take(unsigned k)
{
   piece[k].szB = draw_size();
   piece[k].p = LG_(arena_take)(piece[k].szB);
   LGT_EQ_U((uintptr_t)piece[k].p % LG_ARENA_UNIT_B, 0);
   memset(piece[k].p, (int)(k & 255), LG_(arena_round)(piece[k].szB));
}

static void give(unsigned k)
{
   for (size_t i = 0; i < piece[k].szB; i++)
      LGT_MUST(piece[k].p[i] == (k & 255));
   LG_(arena_give)(piece[k].p, piece[k].szB);
   piece[k].p = NULL;
}

/* Pieces keep what was written to all of their bytes. */
static void random_steps(void)
{
   ULong bytes, used, sum = 0;
   for (int i = 0; i < 200000; i++) {
      const unsigned k = (unsigned)lgt_rand_below(PIECES);
      if (piece[k].p) {
         sum -= LG_(arena_round)(piece[k].szB);
         give(k);
      } else {
         take(k);
         sum += LG_(arena_round)(piece[k].szB);
      }
      if (i % 1000 == 0)
         LG_(arena_sanity)();
      LG_(arena_stats)(&bytes, &used);
      LGT_EQ_U(used, sum);
   }
   LG_(arena_give)(NULL, 5);
   for (unsigned k = 0; k < PIECES; k++)
      if (piece[k].p)
         give(k);
   LG_(arena_sanity)();
   LG_(arena_stats)(&bytes, &used);
   LGT_EQ_U(used, 0);
}

/* Neighbours that grow by small steps, as series do: what the small ones leave serves the larger ones. */
static void growing_neighbours(void)
{
   enum { N = 20000, FIRST_B = 40, LAST_B = 400 };
   static void *p[N];
   ULong bytes, used;
   for (int i = 0; i < N; i++)
      p[i] = LG_(arena_take)(FIRST_B);
   for (size_t szB = FIRST_B; szB < LAST_B; szB += 24) {
      for (int i = 0; i < N; i++) {
         void *q = LG_(arena_take)(szB + 24);
         LG_(arena_give)(p[i], szB);
         p[i] = q;
      }
   }
   LG_(arena_sanity)();
   LG_(arena_stats)(&bytes, &used);
   LGT_OK(used >= (ULong)N * LAST_B && bytes < used + used / 3);
}

LGT_MAIN(LGT(random_steps), LGT(growing_neighbours))
