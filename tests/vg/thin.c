/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thin TICKS: a heap that goes up and down within every tick, asked for far more snapshots than are kept. In each tick a request; now
 * and then a mark or a burst. On stdout, one line per tick: the least and the most that was held while it lasted, and at its end. Its
 * only blocks are its own. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "leakgrow.h"

enum { SLOTS = 64, MARK_TICKS = 53, BURST_TICKS = 211, BURST_B = 4 << 20 };

static void *volatile slots[SLOTS];
static size_t sizes[SLOTS];
static uint64_t live, least, most;
static unsigned seed = 7;

static unsigned next_random(void)
{
   seed = seed * 1103515245u + 12345u;
   return seed >> 16;
}

static void note(void)
{
   least = live < least ? live : least;
   most = live > most ? live : most;
}

static void put(unsigned slot, size_t size)
{
   free(slots[slot]);
   live -= sizes[slot];
   note();
   sizes[slot] = size;
   slots[slot] = malloc(size);
   live += size;
   note();
}

static void burst(void)
{
   void *volatile once = malloc(BURST_B);
   live += BURST_B;
   note();
   free(once);
   live -= BURST_B;
   note();
}

int main(int argc, char **argv)
{
   static char line[200];
   unsigned ticks = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
   for (unsigned t = 0; t < ticks; t++) {
      least = most = live;
      for (int i = 0; i < 20; i++)
         put(next_random() % SLOTS, 1 + next_random() % 3000);
      if (t % BURST_TICKS == BURST_TICKS - 1)
         burst();
      LEAKGROW_SNAPSHOT("asked");
      if (t % MARK_TICKS == 0) {
         snprintf(line, sizeof line, "mark %u", t);
         LEAKGROW_MARK(line);
      }
      int n = snprintf(line, sizeof line, "%llu %llu %llu\n", (unsigned long long)least, (unsigned long long)most,
                       (unsigned long long)live);
      if (write(1, line, (size_t)n) != n)
         return 1;
      LEAKGROW_TICK(1);
   }
   return 0;
}
