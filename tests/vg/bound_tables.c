/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bound_tables PART N: more of one thing than the books may hold, with a leak among it. Says what it leaked.
 *    contexts   N labels, each of a span that holds a little for a while
 *    open       N spans that never end, among others that do
 *    late       N spans that are open at the same time and end in the order in which they began
 *    retired    N objects outside of the heap that are retired and never freed
 *    blocks     the same with heap blocks
 *    paths      spans, tasks, mappings and retires from N call paths each; of every kind one path does it all the time
 *    requests   spans from N call paths, and nothing else: no allocation, no tick
 *    drained    N objects that are retired, all freed, and then some more that come and go */
#include "leakgrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BITS = 20, PAGE_B = 4096, MAPPED = 100, NAME_B = 16, HELD = 1000, LEAK_B = 1024, EVERY = 64, OBJECT_B = 48 };

static unsigned long n_leaked, n_stuck;
static LeakgrowLabel label;
void *volatile kept;

static void leak_record(void)
{
   kept = calloc(1, LEAK_B);
   n_leaked++;
}

static void between(unsigned long i)
{
   if (i % EVERY == 0)
      leak_record();
   LEAKGROW_TICK(1);
}

static void contexts(unsigned long n)
{
   static void *held[HELD];
   char *names = calloc(n, NAME_B);
   for (unsigned long i = 0; i < n; i++) {
      label.name = names + i * NAME_B;
      sprintf(names + i * NAME_B, "job %lu", i);
      LEAKGROW_SPAN_NEW_LABEL(i + 1, &label, 0, LEAKGROW_PARENT_CURRENT);
      LEAKGROW_SPAN_ENTER(i + 1);
      free(held[i % HELD]);
      held[i % HELD] = malloc(24);
      LEAKGROW_SPAN_EXIT(i + 1);
      LEAKGROW_SPAN_CLOSE(i + 1);
      if (i % EVERY == 1) {
         LEAKGROW_SPAN_NEW(0x80000000ul + i, "stuck");
         n_stuck++;
      }
      between(i);
   }
}

static void spans(unsigned long n)
{
   for (unsigned long i = 0; i < n; i++) {
      LEAKGROW_SPAN_NEW(i + 1, "stuck");
      n_stuck++;
      LEAKGROW_SPAN_NEW(0x80000000ul + i, "request");
      LEAKGROW_SPAN_ENTER(0x80000000ul + i);
      free(malloc(10));
      LEAKGROW_SPAN_EXIT(0x80000000ul + i);
      LEAKGROW_SPAN_CLOSE(0x80000000ul + i);
      between(i);
   }
}

static void late(unsigned long n)
{
   for (unsigned long i = 0; i < n; i++) {
      LEAKGROW_SPAN_NEW(i + 1, "slow");
      between(i);
   }
   for (unsigned long i = 0; i < n; i++) {
      LEAKGROW_SPAN_CLOSE(i + 1);
      between(i);
   }
}

static void retire_object(unsigned long d, char *p)
{
   LEAKGROW_RETIRE(d, p, OBJECT_B);
}

static void retired(unsigned long n)
{
   char *objects = calloc(n, OBJECT_B);
   unsigned long d = LEAKGROW_DOMAIN_NEW("config", LEAKGROW_EBR);
   for (unsigned long i = 0; i < n; i++) {
      retire_object(d, objects + i * OBJECT_B);
      between(i);
   }
}

static void blocks(unsigned long n)
{
   unsigned long d = LEAKGROW_DOMAIN_NEW("config", LEAKGROW_EBR);
   for (unsigned long i = 0; i < n; i++) {
      kept = malloc(OBJECT_B);
      LEAKGROW_RETIRE(d, kept, 0);
      between(i);
   }
}

static void drained(unsigned long n)
{
   char *objects = calloc(n, OBJECT_B);
   unsigned long d = LEAKGROW_DOMAIN_NEW("config", LEAKGROW_EBR);
   for (unsigned long i = 0; i < n; i++) {
      retire_object(d, objects + i * OBJECT_B);
      between(i);
   }
   for (unsigned long i = 0; i < n; i++)
      LEAKGROW_FREE(d, objects + i * OBJECT_B);
   for (unsigned long i = 0; i < n; i++) {
      retire_object(d, objects + i * OBJECT_B);
      LEAKGROW_FREE(d, objects + i * OBJECT_B);
      between(i);
   }
   for (unsigned long i = 0; i < 10; i++)
      retire_object(d, objects + i * OBJECT_B);
}

/* What ends a path of BITS calls, each of which is one of two. */
static unsigned long domain, serial;
static int is_only_spans;
static void *mapped[MAPPED];

static void left(unsigned path, int depth);
static void right(unsigned path, int depth);

static void finish(void)
{
   unsigned long i = serial;
   LEAKGROW_SPAN_NEW(i, "request");
   LEAKGROW_SPAN_CLOSE(i);
   if (is_only_spans)
      return;
   LEAKGROW_TASK_NEW(i, "worker");
   LEAKGROW_TASK_END(i);
   if (mapped[i % MAPPED])
      munmap(mapped[i % MAPPED], PAGE_B);
   mapped[i % MAPPED] = mmap(NULL, PAGE_B, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   kept = malloc(OBJECT_B);
   LEAKGROW_RETIRE(domain, kept, 0);
   free(kept);
}

static void step(unsigned path, int depth)
{
   if (depth == 0)
      finish();
   else if (path & 1)
      right(path >> 1, depth - 1);
   else
      left(path >> 1, depth - 1);
   serial += depth == BITS;
}

static void left(unsigned path, int depth)
{
   step(path, depth);
   kept = NULL;
}

static void right(unsigned path, int depth)
{
   step(path, depth);
   kept = &path;
}

static void paths(unsigned long n)
{
   domain = LEAKGROW_DOMAIN_NEW("config", LEAKGROW_EBR);
   for (unsigned long i = 0; i < n; i++) {
      step((unsigned)(i * 2654435761u % (1u << BITS)), BITS);
      if (i % EVERY == 1) {
         LEAKGROW_SPAN_NEW(0x80000000ul + i, "stuck");
         n_stuck++;
      }
      between(i);
   }
}

static void requests(unsigned long n)
{
   is_only_spans = 1;
   for (unsigned long i = 0; i < n; i++)
      step((unsigned)(i * 2654435761u % (1u << BITS)), BITS);
}

int main(int argc, char **argv)
{
   static const struct {
      const char *name;
      void (*run)(unsigned long n);
   } parts[] = {{"contexts", contexts}, {"open", spans},      {"late", late},   {"retired", retired},
                {"blocks", blocks},     {"drained", drained}, {"paths", paths}, {"requests", requests}};
   for (unsigned i = 0; argc == 3 && i < sizeof parts / sizeof *parts; i++)
      if (strcmp(argv[1], parts[i].name) == 0) {
         parts[i].run(strtoul(argv[2], NULL, 10));
         printf("{\"leaked\": %lu, \"stuck\": %lu}\n", n_leaked * LEAK_B, n_stuck);
         fflush(stdout);
         _Exit(0);
      }
   return 2;
}
