/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A job loop whose memory behaves in a known way: service MODE. Every job is a tick, churns, and then does what the mode says.
 * test_verdicts.py knows what the tool must say of each. */
#include "leakgrow.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

enum { JOBS = 20000, SLOTS = 500 };

struct entry {
   struct entry *next;
   char text[100];
};

static struct entry *volatile log_head; /* grows */
static void *volatile cache[SLOTS];     /* is bounded */
static char *volatile table;            /* doubles */
static size_t table_used, table_size;
static unsigned seed = 1;

static unsigned next_random(void)
{
   seed = seed * 1103515245u + 12345u;
   return seed >> 8;
}

/* Short-lived memory, much more than what anything here keeps. */
static NOINLINE void churn(void)
{
   void *volatile p[8];
   for (int i = 0; i < 8; i++)
      p[i] = malloc(50 + next_random() % 2000);
   for (int i = 0; i < 8; i++)
      free(p[i]);
}

static NOINLINE void append_to_log(void)
{
   struct entry *e = calloc(1, sizeof(*e));
   e->next = log_head;
   log_head = e;
}

static NOINLINE void fill_cache(void)
{
   void *volatile *slot = &cache[next_random() % SLOTS];
   free(*slot);
   *slot = malloc(100 + next_random() % 100);
}

static NOINLINE void push_to_table(void)
{
   if (table_used == table_size) {
      table_size = table_size ? table_size * 2 : 64;
      table = realloc(table, table_size * 16);
   }
   table_used++;
}

static NOINLINE void take_burst(void)
{
   enum { n = 2000 };
   static void *blocks[n];
   for (int i = 0; i < n; i++)
      blocks[i] = malloc(20000);
   for (int i = 0; i < n; i++)
      free(blocks[i]);
}

static NOINLINE void load_config(void)
{
   static void *old;
   free(old);
   old = malloc(200000);
}

static void do_job(const char *mode, int job)
{
   churn();
   fill_cache();
   if (!strcmp(mode, "leak") && job % 2 == 0)
      append_to_log();
   if (!strcmp(mode, "late") && job >= JOBS / 2)
      append_to_log();
   if (!strcmp(mode, "rare") && job % 100 == 0)
      append_to_log();
   if (!strcmp(mode, "vector"))
      push_to_table();
   if (!strcmp(mode, "burst") && job == JOBS / 2)
      take_burst();
   if (!strcmp(mode, "reload") && job % 1000 == 0)
      load_config();
   LEAKGROW_TICK(1);
}

static void free_everything(void)
{
   for (int i = 0; i < SLOTS; i++)
      free(cache[i]);
   while (log_head) {
      struct entry *e = log_head;
      log_head = e->next;
      free(e);
   }
   free(table);
}

int main(int argc, char **argv)
{
   const char *mode = argc > 1 ? argv[1] : "bounded";
   if (argc > 2)
      atexit(free_everything);
   for (int job = 0; job < JOBS; job++)
      do_job(mode, job);
   return 0;
}
