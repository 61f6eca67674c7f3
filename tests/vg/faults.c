/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Works for argv[1] seconds or until it is killed: hundreds of call stacks, churn, a leak, ticks and marks. After each thousand
 * ticks it writes their number to argv[2], once the mark of that moment has been taken. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "leakgrow.h"

enum { SLOTS = 4096 };

static void *volatile slots[SLOTS];
static unsigned seed = 1;

static unsigned next_random(void)
{
   seed = seed * 1103515245u + 12345u;
   return seed >> 16;
}

static void replace_slot(void)
{
   unsigned i = next_random() % SLOTS;
   free(slots[i]);
   slots[i] = malloc(next_random() % 500);
}

static void left(int depth);

static void right(int depth)
{
   if (depth == 0)
      replace_slot();
   else if (next_random() & 1)
      left(depth - 1);
   else
      right(depth - 1);
}

static void left(int depth)
{
   if (depth == 0)
      replace_slot();
   else if (next_random() & 1)
      right(depth - 1);
   else
      left(depth - 1);
}

static void forget_record(void)
{
   void *volatile lost = malloc(40);
   (void)lost;
}

int main(int argc, char **argv)
{
   time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
   for (unsigned n = 1; time(NULL) < end; n++) {
      left(8);
      forget_record();
      LEAKGROW_TICK(1);
      if (n % 1000 != 0)
         continue;
      char name[32];
      snprintf(name, sizeof name, "%u", n);
      LEAKGROW_MARK(name);
      FILE *f = argc > 2 ? fopen(argv[2], "w") : NULL;
      if (f) {
         fputs(name, f);
         fclose(f);
      }
   }
   return 0;
}
