/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A week of a service, without the waiting: week TICKS EVENTS_PER_TICK PATHS MARKS. Each tick is one unit of work: much churn that
 * leaves nothing, one allocation on one of PATHS call paths that replaces an older one, a cache that is full, a batch that grows and is
 * given back, and two leaks, one from the start and one that begins half-way. What is really held is said at the end. */
#include "leakgrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BITS = 20, COLD_B = 40, CACHE = 512, CACHE_B = 2000, LEAK_B = 96, LATE_B = 160, BATCH_B = 300, CHURN = 64 };

static void *volatile kept;
static void **cold, *cache[CACHE], *churn[CHURN];
static unsigned long paths, n_leaked, n_late;

/* The batch is a list: it holds one more block per tick, and none after every sixteenth of the run. */
typedef struct Item {
   struct Item *next;
   char data[BATCH_B];
} Item;
static Item *batch;

static void *left(unsigned long path, int depth);
static void *right(unsigned long path, int depth);

static void *step(unsigned long path, int depth)
{
   if (depth == 0)
      return malloc(COLD_B);
   return path & 1 ? right(path >> 1, depth - 1) : left(path >> 1, depth - 1);
}

static void *left(unsigned long path, int depth)
{
   void *p = step(path, depth);
   kept = p;
   return p;
}

static void *right(unsigned long path, int depth)
{
   void *p = step(path, depth);
   kept = p;
   return p;
}

static void churn_requests(unsigned long events)
{
   for (unsigned long n = 0; n < events / 2; n++) {
      free(churn[n % CHURN]);
      churn[n % CHURN] = malloc(16 + n % 200);
   }
}

static void fill_cache(unsigned long tick)
{
   free(cache[tick % CACHE]);
   cache[tick % CACHE] = malloc(CACHE_B);
}

static void grow_batch(unsigned long tick, unsigned long ticks)
{
   Item *item = malloc(sizeof *item);
   item->next = batch;
   batch = item;
   if (tick % (ticks / 16 + 1) != 0)
      return;
   while (batch) {
      Item *next = batch->next;
      free(batch);
      batch = next;
   }
}

static void leak_session(void)
{
   kept = malloc(LEAK_B);
   n_leaked++;
}

static void leak_since_deploy(void)
{
   kept = malloc(LATE_B);
   n_late++;
}

int main(int argc, char **argv)
{
   unsigned long ticks = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
   unsigned long events = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
   paths = argc > 3 ? strtoul(argv[3], NULL, 10) : 1000;
   unsigned long marks = argc > 4 ? strtoul(argv[4], NULL, 10) : 100;
   cold = calloc(paths, sizeof *cold);
   for (unsigned long tick = 0; tick < ticks; tick++) {
      unsigned long path = tick * 2654435761u % paths;
      free(cold[path]);
      cold[path] = step(path, BITS);
      churn_requests(events);
      fill_cache(tick);
      grow_batch(tick, ticks);
      leak_session();
      if (tick >= ticks / 2)
         leak_since_deploy();
      LEAKGROW_TICK(1);
      if (tick % (ticks / marks) == 0)
         LEAKGROW_SNAPSHOT("");
   }
   printf("{\"leaked\": %lu, \"late\": %lu}\n", n_leaked * LEAK_B, n_late * LATE_B);
   fflush(stdout);
   _exit(0);
}
