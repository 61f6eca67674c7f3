/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spans_scale PART N: many of one thing. */
#define _GNU_SOURCE
#include "leakgrow.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS = 10000, THREADS_MAX = 4000, STACK_B = 65536 };

static LeakgrowLabel labels[LABELS];
static char names[LABELS][16];
static pthread_barrier_t all_inside;

static void *inside(void *arg)
{
   char name[16];
   snprintf(name, sizeof name, "pool-%ld", (long)arg);
   pthread_setname_np(pthread_self(), name);
   LEAKGROW_SPAN_BEGIN("in thread");
   void *p = malloc(100);
   pthread_barrier_wait(&all_inside);
   LEAKGROW_SPAN_END();
   return p;
}

static int run_threads(long n)
{
   static pthread_t t[THREADS_MAX];
   pthread_attr_t attr;
   pthread_attr_init(&attr);
   pthread_attr_setstacksize(&attr, STACK_B);
   pthread_barrier_init(&all_inside, NULL, (unsigned)n + 1);
   for (long i = 0; i < n; i++)
      if (pthread_create(&t[i], &attr, inside, (void *)i) != 0)
         return 1;
   pthread_barrier_wait(&all_inside);
   for (long i = 0; i < n; i++)
      pthread_join(t[i], NULL);
   return 0;
}

static void use_labels(long n)
{
   for (int i = 0; i < LABELS; i++) {
      sprintf(names[i], "label %d", i);
      labels[i].name = names[i];
   }
   for (long i = 0; i < n; i++) {
      LEAKGROW_SPAN_BEGIN_LABEL(&labels[i % LABELS]);
      void *volatile p = malloc(10);
      if (i % 10)
         free(p);
      LEAKGROW_SPAN_END();
   }
}

/* n paths of two labels, each of which allocates in every round; every 1000th keeps something. */
static void use_contexts(long n)
{
   enum { ROUNDS = 4 };
   long inner = 1;
   while (inner * inner < n)
      inner++;
   for (int i = 0; i < LABELS; i++) {
      sprintf(names[i], "label %d", i);
      labels[i].name = names[i];
   }
   for (long i = 0; i < ROUNDS * n; i++) {
      LEAKGROW_SPAN_BEGIN_LABEL(&labels[i % n / inner]);
      LEAKGROW_SPAN_BEGIN_LABEL(&labels[LABELS / 2 + i % n % inner]);
      void *volatile p = malloc(100);
      if (i % 1000)
         free(p);
      LEAKGROW_SPAN_END();
      LEAKGROW_SPAN_END();
   }
}

int main(int argc, char **argv)
{
   const char *part = argv[1];
   long n = atol(argv[2]);
   (void)argc;
   for (long i = 0; i < n; i++) {
      if (strcmp(part, "spans") == 0 || strcmp(part, "entered") == 0)
         LEAKGROW_SPAN_NEW(i, "span");
      if (strcmp(part, "entered") == 0)
         LEAKGROW_SPAN_ENTER(i);
      if (strcmp(part, "tasks") == 0)
         LEAKGROW_TASK_NEW(i * 64 + 1000000, "task");
      if (strcmp(part, "begun") == 0)
         LEAKGROW_SPAN_BEGIN("begun");
   }
   if (strcmp(part, "labels") == 0)
      use_labels(n);
   if (strcmp(part, "contexts") == 0)
      use_contexts(n);
   return strcmp(part, "threads") == 0 ? run_threads(n) : 0;
}
