/* SPDX-License-Identifier: GPL-2.0-or-later */
/* More call paths than the books may hold: bound PATHS ROUNDS. Every path holds a little, one place leaks, one is a cache that stays
 * full, and what each really holds is said at the end. */
#include "leakgrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE = 64, LEAK_B = 4096, CACHE_B = 8192, COLD_B = 24, BITS = 20 };

static void *cache[CACHE];
static void **cold; /* one block per path */
static unsigned long n_leaked, n_cold_live;

void *volatile kept;

/* One allocation at the end of a path of BITS calls, each of which is one of two. */
static void *left(unsigned path, int depth);
static void *right(unsigned path, int depth);

static void *step(unsigned path, int depth)
{
   if (depth == 0)
      return malloc(COLD_B);
   return path & 1 ? right(path >> 1, depth - 1) : left(path >> 1, depth - 1);
}

static void *left(unsigned path, int depth)
{
   void *p = step(path, depth);
   kept = p;
   return p;
}

static void *right(unsigned path, int depth)
{
   void *p = step(path, depth);
   kept = p;
   return p;
}

static void leak_record(void)
{
   kept = calloc(1, LEAK_B);
   n_leaked++;
}

static void fill_cache(unsigned long n)
{
   free(cache[n % CACHE]);
   cache[n % CACHE] = malloc(CACHE_B);
}

int main(int argc, char **argv)
{
   unsigned paths = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
   unsigned long rounds = argc > 2 ? (unsigned long)atol(argv[2]) : 1000;
   cold = calloc(paths, sizeof *cold);
   for (unsigned long n = 0; n < rounds; n++) {
      unsigned path = (unsigned)(n * 2654435761u % paths);
      if (cold[path]) {
         free(cold[path]);
         n_cold_live--;
      }
      cold[path] = step(path, BITS);
      n_cold_live++;
      fill_cache(n);
      if (n % 16 == 0)
         leak_record();
      LEAKGROW_TICK(1);
   }
   printf("{\"leaked\": %lu, \"cold\": %lu}\n", n_leaked * LEAK_B, n_cold_live * COLD_B);
   fflush(stdout);
   _Exit(0);
}
