/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The requests of leakgrow.h. Prints what they returned: all 0 natively. */
#include "leakgrow.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *volatile keep[300];

static __attribute__((noinline)) void serve(int i)
{
   keep[i] = malloc(1000);
   LEAKGROW_TICK(1);
}

int main(void)
{
   char name[600];
   unsigned long taken;
   int i;

   memset(name, 'x', sizeof(name) - 1);
   name[sizeof(name) - 1] = 0;
   taken = LEAKGROW_MARK("start of \"service\"\n");
   for (i = 0; i < 300; i++)
      serve(i);
   taken += LEAKGROW_TICK(700);
   taken += LEAKGROW_TICK(0);
   taken += LEAKGROW_SNAPSHOT("half time");
   taken += LEAKGROW_SNAPSHOT(NULL);
   taken += LEAKGROW_MARK(name);
   printf("%lu", taken);
   printf(" %lu", LEAKGROW_MARK(NULL) + LEAKGROW_MARK((const char *)8) + LEAKGROW_SNAPSHOT((const char *)8));
   printf(" %lu\n",
          (unsigned long)VALGRIND_DO_CLIENT_REQUEST_EXPR(0, VG_USERREQ_TOOL_BASE('L', 'G') + 999, 1, 2, 3, 4, 5));
   return 0;
}
