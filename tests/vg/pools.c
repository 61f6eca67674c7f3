/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Custom allocators that announce their blocks: MALLOCLIKE and the MEMPOOL family. All memory is static, so everything that
 * is counted was announced. test_pools.py knows the books of every function. */
#include <stdio.h>
#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>

#define CASE static __attribute__((noinline)) void

static char arena[65536];
static int pool_a, pool_b, pool_c, pool_d; /* handles are addresses */

CASE like_alloc(void)
{
   VALGRIND_MALLOCLIKE_BLOCK(arena, 100, 0, 0);
   VALGRIND_MALLOCLIKE_BLOCK(arena + 1000, 200, 16, 1);
   VALGRIND_FREELIKE_BLOCK(arena, 0);
}

CASE like_resize(void)
{
   VALGRIND_MALLOCLIKE_BLOCK(arena + 2000, 100, 0, 0);
   VALGRIND_RESIZEINPLACE_BLOCK(arena + 2000, 100, 150, 0);
   VALGRIND_RESIZEINPLACE_BLOCK(arena + 2000, 150, 50, 0);
}

CASE pool_alloc(void)
{
   VALGRIND_CREATE_MEMPOOL(&pool_a, 0, 0);
   VALGRIND_MEMPOOL_ALLOC(&pool_a, arena + 4000, 10);
   VALGRIND_MEMPOOL_ALLOC(&pool_a, arena + 4010, 20); /* pools need no alignment */
   VALGRIND_MEMPOOL_ALLOC(&pool_a, arena + 4031, 30);
   VALGRIND_MEMPOOL_FREE(&pool_a, arena + 4010);
}

CASE pool_destroyed(void)
{
   VALGRIND_CREATE_MEMPOOL(&pool_b, 8, 1);
   VALGRIND_MEMPOOL_ALLOC(&pool_b, arena + 5000, 1000);
   VALGRIND_MEMPOOL_ALLOC(&pool_b, arena + 6000, 1000);
   VALGRIND_DESTROY_MEMPOOL(&pool_b);
}

CASE pool_trimmed(void)
{
   VALGRIND_CREATE_MEMPOOL(&pool_b, 0, 0);
   VALGRIND_MEMPOOL_ALLOC(&pool_b, arena + 7000, 100); /* dies */
   VALGRIND_MEMPOOL_ALLOC(&pool_b, arena + 7200, 100); /* loses its first half */
   VALGRIND_MEMPOOL_ALLOC(&pool_b, arena + 7400, 100); /* stays */
   VALGRIND_MEMPOOL_TRIM(&pool_b, arena + 7250, 1000);
}

CASE pool_moved(void)
{
   VALGRIND_CREATE_MEMPOOL(&pool_c, 0, 0);
   VALGRIND_MEMPOOL_ALLOC(&pool_c, arena + 8000, 40);
   VALGRIND_MOVE_MEMPOOL(&pool_c, &pool_d);
   VALGRIND_MEMPOOL_CHANGE(&pool_d, arena + 8000, arena + 9000, 60);
   VALGRIND_MEMPOOL_FREE(&pool_c, arena + 9000); /* unknown pool */
}

/* Each superblock comes from the pool's user as a MALLOCLIKE block, the pieces are announced to the pool. */
CASE pool_meta(void)
{
   static int pool;
   VALGRIND_CREATE_MEMPOOL_EXT(&pool, 0, 0, VALGRIND_MEMPOOL_METAPOOL | VALGRIND_MEMPOOL_AUTO_FREE);
   VALGRIND_MEMPOOL_ALLOC(&pool, arena + 10000, 1000);
   VALGRIND_MALLOCLIKE_BLOCK(arena + 10000, 300, 0, 0);
   VALGRIND_MALLOCLIKE_BLOCK(arena + 10300, 300, 0, 0);
   VALGRIND_MEMPOOL_FREE(&pool, arena + 10000); /* AUTO_FREE: its pieces die with it */
}

CASE mistakes(void)
{
   static int nothing;
   VALGRIND_FREELIKE_BLOCK(arena + 60000, 0);
   VALGRIND_RESIZEINPLACE_BLOCK(arena + 60000, 1, 2, 0);
   VALGRIND_DESTROY_MEMPOOL(&nothing);
   VALGRIND_MEMPOOL_ALLOC(&nothing, arena, 1);
   VALGRIND_MEMPOOL_TRIM(&nothing, arena, 1);
   VALGRIND_MOVE_MEMPOOL(&nothing, &nothing);
   VALGRIND_MEMPOOL_CHANGE(&nothing, arena, arena, 1);
   VALGRIND_MEMPOOL_FREE(&pool_a, arena + 60000);
   VALGRIND_MALLOCLIKE_BLOCK(arena + 60000, (size_t)-1, 0, 0);
}

int main(void)
{
   like_alloc();
   like_resize();
   pool_alloc();
   pool_destroyed();
   pool_trimmed();
   pool_moved();
   pool_meta();
   mistakes();
   if (!RUNNING_ON_VALGRIND)
      return 0;
   return VALGRIND_MEMPOOL_EXISTS(&pool_a) && VALGRIND_MEMPOOL_EXISTS(&pool_d) && !VALGRIND_MEMPOOL_EXISTS(&pool_c) ? 0
                                                                                                                    : 1;
}
