/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compute [N]: sieves and multiplies in static memory; not one allocation. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned char composite[1 << 16];
static uint64_t matrix[48][48], product[48][48];

static uint64_t sieve(void)
{
   uint64_t primes = 0;
   for (unsigned i = 0; i < sizeof composite; i++)
      composite[i] = 0;
   for (unsigned i = 2; i < sizeof composite; i++) {
      if (composite[i])
         continue;
      primes++;
      for (unsigned k = 2 * i; k < sizeof composite; k += i)
         composite[k] = 1;
   }
   return primes;
}

static void multiply(void)
{
   for (unsigned i = 0; i < 48; i++)
      for (unsigned k = 0; k < 48; k++) {
         uint64_t s = 0;
         for (unsigned j = 0; j < 48; j++)
            s += matrix[i][j] * (matrix[j][k] + i);
         product[i][k] = s;
      }
}

int main(int argc, char **argv)
{
   unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 150;
   uint64_t sum = 0;
   for (unsigned long i = 0; i < n; i++) {
      matrix[i % 48][(i / 48) % 48] += sieve();
      multiply();
      sum += product[i % 48][0];
   }
   return write(STDOUT_FILENO, sum & 1 ? "1\n" : "0\n", 2) != 2;
}
