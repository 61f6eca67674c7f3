/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps argv[1] blocks of argv[2] bytes, and writes to all of them. */
#include <stdlib.h>
#include <string.h>

static void *volatile kept;

static void keep_block(size_t n)
{
   void *p = malloc(n);
   memset(p, 1, n);
   kept = p;
}

int main(int argc, char **argv)
{
   for (int i = 0; argc > 2 && i < atoi(argv[1]); i++)
      keep_block((size_t)atoi(argv[2]));
   return 0;
}
