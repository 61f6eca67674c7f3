/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that keeps records until somebody creates the file argv[1], or for 60 s: to be asked while it runs. Writes the addresses of a
 * record and of a block that was freed to the file argv[2]. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct record {
   struct record *next;
   char text[56];
};

static struct record *records;

static void keep_record(void)
{
   struct record *r = malloc(sizeof *r);
   r->next = records;
   records = r;
}

/* A stack that is deeper than Valgrind's own ones, of 12 frames, are. */
static void *volatile deepest;

static void descend(int depth)
{
   if (depth > 0)
      descend(depth - 1);
   else
      deepest = malloc(1000);
}

static void tell_addresses(const char *file)
{
   void *gone = malloc(5000);
   free(gone);
   FILE *f = fopen(file, "w");
   fprintf(f, "%p %p", (void *)records, gone);
   fclose(f);
}

int main(int argc, char **argv)
{
   keep_record();
   descend(450);
   if (argc > 2)
      tell_addresses(argv[2]);
   for (int i = 0; i < 3000 && argc > 1 && access(argv[1], F_OK) != 0; i++) {
      for (int k = 0; k < 20; k++)
         keep_record();
      usleep(20000);
   }
   return 0;
}
