/* SPDX-License-Identifier: GPL-2.0-or-later */
/* churn [PAIRS [LIVE [SIZE]]]: allocates and frees, nothing else. LIVE blocks are alive; each step frees a random one and puts a
 * new one of a random size, or of SIZE bytes, in its place. With PAIRS >= LIVE and a SIZE they are filled in order first. Prints
 * a checksum so that nothing is optimised away. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 88172645463325252u;

static uint32_t draw(uint32_t below)
{
   state ^= state << 13;
   state ^= state >> 7;
   state ^= state << 17;
   return (uint32_t)(((state >> 32) * below) >> 32);
}

/* Mostly small, seldom large, as real heaps are. */
static size_t draw_size(void)
{
   uint32_t dice = draw(64);
   return 8 + draw(dice < 48 ? 64 : dice < 62 ? 512 : 8192);
}

int main(int argc, char **argv)
{
   unsigned long pairs = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
   uint32_t live = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 200000;
   size_t size = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 0;
   unsigned char **block = calloc(live, sizeof *block);
   uint64_t sum = 0;
   if (!block)
      return 1;
   for (unsigned long i = 0; i < pairs; i++) {
      uint32_t k = size && i < live ? (uint32_t)i : draw(live);
      if (block[k]) {
         sum += block[k][0];
         free(block[k]);
      }
      block[k] = malloc(size ? size : draw_size());
      if (!block[k])
         return 1;
      block[k][0] = (unsigned char)i;
   }
   for (uint32_t k = 0; k < live; k++)
      free(block[k]);
   free(block);
   printf("%llu\n", (unsigned long long)sum);
   return 0;
}
