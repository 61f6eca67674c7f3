/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paths [DEPTH [ROUNDS]]: allocates from 2^DEPTH different call paths, each ROUNDS times. */
#include <stdio.h>
#include <stdlib.h>

static unsigned long sum;
static void *keep[1024];
static unsigned long n;

static void walk_left(unsigned depth);
static void walk_right(unsigned depth);

__attribute__((noinline)) static void leaf(void)
{
   unsigned k = (unsigned)(n++ % 1024);
   free(keep[k]);
   keep[k] = malloc(16 + n % 48);
   sum += keep[k] != NULL;
}

__attribute__((noinline)) static void walk_left(unsigned depth)
{
   if (depth == 0) {
      leaf();
   } else {
      walk_left(depth - 1);
      walk_right(depth - 1);
   }
   sum++;
}

__attribute__((noinline)) static void walk_right(unsigned depth)
{
   if (depth == 0) {
      leaf();
   } else {
      walk_left(depth - 1);
      walk_right(depth - 1);
   }
   sum += 2;
}

int main(int argc, char **argv)
{
   unsigned depth = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 17;
   unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 8;
   for (unsigned i = 0; i < rounds; i++)
      walk_left(depth);
   for (unsigned k = 0; k < 1024; k++)
      free(keep[k]);
   printf("%lu\n", sum);
   return 0;
}
