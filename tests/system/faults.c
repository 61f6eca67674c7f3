/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service to be killed: hundreds of call stacks, churn, a leak, ticks and marks.
 *
 * faults SECONDS PROGRESS [HOW TICK]: works for so many seconds. PROGRESS is a file of four 64-bit numbers that is mapped and so survives
 * every death of the process: ticks that were counted, the last mark that was taken (one every MARK_TICKS ticks, named after their number),
 * bytes of the burst, and 1 when the burst is over. HOW is what happens at TICK: abort, segv, _exit, exec, burst (then it waits to be
 * killed) or grow (until it is). */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "leakgrow.h"

enum { SLOTS = 4096, MARK_TICKS = 2000, PAUSE_TICKS = 100, BLOCK_B = 64 << 10, BURST_B = 20 << 20 };
enum { TICKS, MARKED, BURST, IS_OVER, N_NUMBERS };

static volatile uint64_t *progress;
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

static void burst_block(void)
{
   char *volatile block = malloc(BLOCK_B);
   memset(block, 1, BLOCK_B);
   progress[BURST] += BLOCK_B;
}

static void end_by(const char *how, char *self)
{
   if (strcmp(how, "abort") == 0)
      abort();
   if (strcmp(how, "segv") == 0)
      *(volatile char *)8 = 1;
   if (strcmp(how, "_exit") == 0)
      _exit(7);
   if (strcmp(how, "exec") == 0)
      execl(self, self, "0", "/dev/null", (char *)NULL);
   while (strcmp(how, "grow") == 0 || progress[BURST] < BURST_B)
      burst_block();
   progress[IS_OVER] = 1;
   for (;;)
      pause();
}

static void mark(uint64_t ticks)
{
   char name[32];
   snprintf(name, sizeof name, "%llu", (unsigned long long)ticks);
   LEAKGROW_MARK(name);
   progress[MARKED] = ticks;
}

int main(int argc, char **argv)
{
   int seconds = argc > 1 ? atoi(argv[1]) : 0;
   if (seconds == 0)
      return 7;
   int fd = open(argv[2], O_RDWR | O_CREAT, 0644);
   if (fd < 0 || ftruncate(fd, N_NUMBERS * sizeof *progress) != 0)
      return 2;
   progress = mmap(NULL, N_NUMBERS * sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
   if (progress == MAP_FAILED)
      return 2;
   uint64_t last = argc > 4 ? strtoull(argv[4], NULL, 10) : UINT64_MAX;
   time_t end = time(NULL) + seconds;
   for (uint64_t n = 1; time(NULL) < end; n++) {
      for (int i = 0; i < 8; i++)
         left(8);
      forget_record();
      LEAKGROW_TICK(1);
      progress[TICKS] = n;
      if (n % MARK_TICKS == 0)
         mark(n);
      if (n % PAUSE_TICKS == 0)
         usleep(1000);
      if (n == last)
         end_by(argv[3], argv[0]);
   }
   return 0;
}
