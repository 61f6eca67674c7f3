/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostile SEED N: N client requests with random codes and arguments, between ordinary allocations. Only the tool's survival and
 * its books of use_malloc count. */
#include "leakgrow.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#define NOINLINE __attribute__((noinline))

static uint64_t state;
static char memory[4096];
static void *volatile kept[64];

static uint64_t next_random(void)
{
   state ^= state << 13;
   state ^= state >> 7;
   state ^= state << 17;
   return state;
}

static const unsigned long codes[] = {
   LEAKGROW_REQ_TICK,
   LEAKGROW_REQ_MARK,
   LEAKGROW_REQ_SNAPSHOT,
   LEAKGROW_REQ_INTERNAL_REALIGN,
   LEAKGROW_REQ_INTERNAL_ZONE_ADD,
   LEAKGROW_REQ_INTERNAL_ZONE_TAKE,
   LEAKGROW_REQ_INTERNAL_ZONE_TAKE + 1,
   VG_USERREQ__MALLOCLIKE_BLOCK,
   VG_USERREQ__RESIZEINPLACE_BLOCK,
   VG_USERREQ__FREELIKE_BLOCK,
   VG_USERREQ__CREATE_MEMPOOL,
   VG_USERREQ__DESTROY_MEMPOOL,
   VG_USERREQ__MEMPOOL_ALLOC,
   VG_USERREQ__MEMPOOL_FREE,
   VG_USERREQ__MEMPOOL_TRIM,
   VG_USERREQ__MOVE_MEMPOOL,
   VG_USERREQ__MEMPOOL_CHANGE,
   VG_USERREQ__MEMPOOL_EXISTS,
   VG_USERREQ__MAKE_MEM_NOACCESS,
};

static unsigned long argument(void)
{
   switch (next_random() % 9) {
   case 0:
      return 0;
   case 1:
      return (unsigned long)-1 - next_random() % 3;
   case 2:
      return (unsigned long)next_random();
   case 3:
      return (unsigned long)1 << next_random() % (8 * sizeof(long));
   case 4:
      return next_random() % 100;
   case 5:
      return (unsigned long)kept[next_random() % 64];
   default: /* handles and blocks that come again */
      return (unsigned long)(memory + next_random() % 16 * 8);
   }
}

static NOINLINE void use_malloc(void)
{
   void *volatile *slot = &kept[next_random() % 64];
   free(*slot);
   *slot = malloc(next_random() % 300);
}

static NOINLINE void request(void)
{
   unsigned long code = codes[next_random() % (sizeof(codes) / sizeof(*codes))];
   unsigned long a = argument(), b = argument(), c = argument(), d = argument(), e = argument();
   unsigned long result = VALGRIND_DO_CLIENT_REQUEST_EXPR(0, code, a, b, c, d, e);
   /* a block that was moved is the program's under its new address */
   if (code == LEAKGROW_REQ_INTERNAL_REALIGN && result)
      for (int i = 0; i < 64; i++)
         if ((unsigned long)kept[i] == a)
            kept[i] = (void *)result;
}

int main(int argc, char **argv)
{
   state = 0x9e3779b97f4a7c15ULL * (unsigned)atoi(argv[1]) + 1;
   const long n = argc > 2 ? atol(argv[2]) : 1000;
   memset(memory, 'm', sizeof(memory) - 1);
   for (long i = 0; i < n; i++) {
      request();
      if (i % 3 == 0)
         use_malloc();
   }
   for (int i = 0; i < 64; i++)
      free(kept[i]);
   return 0;
}
