/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pairs PAIRS [DEPTH [STACKS [THREADS]]]: allocates and frees at once, PAIRS times in all, at the end of DEPTH calls. With STACKS
 * > 1 so many call paths take turns, and neighbours differ in all of their frames. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef unsigned long (*Walk)(unsigned depth, unsigned long path);

static unsigned long pairs, stacks = 1;
static unsigned depth = 30;

static unsigned long walk_0(unsigned left, unsigned long path);
static unsigned long walk_1(unsigned left, unsigned long path);
static const Walk walks[2] = {walk_0, walk_1};

static unsigned long leaf(unsigned long path)
{
   volatile char *p = malloc(16 + path % 32);
   unsigned long ok = p != NULL;
   free((void *)p);
   return ok;
}

__attribute__((noinline)) static unsigned long walk_0(unsigned left, unsigned long path)
{
   unsigned long n = left ? walks[path & 1](left - 1, path >> 1 | (path & 1) << 15) : leaf(path);
   return n + (n == 0);
}

__attribute__((noinline)) static unsigned long walk_1(unsigned left, unsigned long path)
{
   unsigned long n = left ? walks[path & 1](left - 1, path >> 1 | (path & 1) << 15) : leaf(path);
   return n + (n == 2);
}

static void *run(void *n)
{
   unsigned long sum = 0;
   for (unsigned long i = 0; i < *(unsigned long *)n; i++) {
      unsigned long path = i % stacks;
      sum += walks[path & 1](depth, path);
   }
   return (void *)sum;
}

int main(int argc, char **argv)
{
   unsigned n_threads = argc > 4 ? (unsigned)atoi(argv[4]) : 1;
   pthread_t *threads = calloc(n_threads, sizeof *threads);
   if (argc > 1)
      pairs = strtoul(argv[1], NULL, 10);
   if (argc > 2)
      depth = (unsigned)atoi(argv[2]);
   if (argc > 3)
      stacks = strtoul(argv[3], NULL, 10);
   if (!threads || stacks == 0)
      return 1;
   unsigned long each = pairs / n_threads;
   for (unsigned t = 1; t < n_threads; t++)
      if (pthread_create(&threads[t], NULL, run, &each) != 0)
         return 1;
   run(&each);
   for (unsigned t = 1; t < n_threads; t++)
      pthread_join(threads[t], NULL);
   free(threads);
   printf("%lu pairs\n", each * n_threads);
   return 0;
}
