/* SPDX-License-Identifier: GPL-2.0-or-later */
/* threads [PAIRS]: four threads that each allocate, and free what another thread allocated. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, SLOTS = 4096 };

static void *slot[SLOTS];
static unsigned long pairs = 600000;

static void *work(void *arg)
{
   uint64_t state = 88172645463325252u + (uintptr_t)arg * 7919u;
   uint64_t sum = 0;
   for (unsigned long i = 0; i < pairs; i++) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      void *fresh = malloc(16 + (state >> 20) % 240);
      void *old = __atomic_exchange_n(&slot[(state >> 40) % SLOTS], fresh, __ATOMIC_ACQ_REL);
      sum += old != NULL;
      free(old);
   }
   return (void *)(uintptr_t)sum;
}

int main(int argc, char **argv)
{
   pthread_t t[THREADS];
   uintptr_t sum = 0;
   if (argc > 1)
      pairs = strtoul(argv[1], NULL, 10);
   for (uintptr_t i = 0; i < THREADS; i++)
      if (pthread_create(&t[i], NULL, work, (void *)i))
         return 1;
   for (int i = 0; i < THREADS; i++) {
      void *got;
      pthread_join(t[i], &got);
      sum += (uintptr_t)got;
   }
   for (int i = 0; i < SLOTS; i++)
      free(slot[i]);
   printf("%lu\n", (unsigned long)sum);
   return 0;
}
