/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spans PART: spans and tasks by the requests of leakgrow.h, with and without mistakes. The tests know what each part does. */
#define _GNU_SOURCE
#include "leakgrow.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static void *volatile kept[1 << 20];
static int n_kept;

static NOINLINE void hold(size_t szB)
{
   kept[n_kept++] = malloc(szB);
}

static void in_thread(void *(*work)(void *), void *arg)
{
   pthread_t t;
   pthread_create(&t, NULL, work, arg);
   pthread_join(t, NULL);
}

/* ---- contexts ---- */

static void recurse(int depth)
{
   LEAKGROW_SPAN_BEGIN("recurse");
   hold(10);
   if (depth > 1)
      recurse(depth - 1);
   LEAKGROW_SPAN_END();
}

static void paths(void)
{
   hold(1);
   LEAKGROW_SPAN_BEGIN("a");
   hold(2);
   LEAKGROW_SPAN_BEGIN("b");
   hold(4);
   LEAKGROW_SPAN_BEGIN("a"); /* back to where it stands */
   hold(8);
   LEAKGROW_SPAN_END();
   hold(16);
   LEAKGROW_SPAN_END();
   hold(32);
   LEAKGROW_SPAN_END();
   hold(64);
   recurse(20);
   /* a block that is resized stays where it was born */
   LEAKGROW_SPAN_BEGIN("born");
   void *p = malloc(100);
   LEAKGROW_SPAN_END();
   LEAKGROW_SPAN_BEGIN("moved");
   kept[n_kept++] = realloc(p, 100000);
   LEAKGROW_SPAN_END();
   /* an instance has the context of its parent, whoever enters it */
   LEAKGROW_SPAN_BEGIN("server");
   LEAKGROW_SPAN_NEW(1, "connection");
   LEAKGROW_SPAN_END();
   LEAKGROW_SPAN_ENTER(1);
   hold(1000);
   static const LeakgrowLabel request = LEAKGROW_LABEL_INIT("request"), root = LEAKGROW_LABEL_INIT("root");
   LEAKGROW_SPAN_EXIT(1);
   LEAKGROW_SPAN_NEW_LABEL(2, &request, 1, LEAKGROW_PARENT_ID);
   LEAKGROW_SPAN_ENTER(2);
   hold(2000);
   LEAKGROW_SPAN_NEW_LABEL(3, &root, 0, LEAKGROW_PARENT_NONE);
   LEAKGROW_SPAN_ENTER(3);
   hold(3000);
   LEAKGROW_SPAN_EXIT(3);
   hold(4000);
   LEAKGROW_SPAN_EXIT(2);
   hold(5000);
}

/* 300 labels one inside the other, of which 64 are told apart, and back. */
static void deep(void)
{
   static LeakgrowLabel labels[300];
   static char names[300][8];
   for (int i = 0; i < 300; i++) {
      sprintf(names[i], "l%d", i);
      labels[i].name = names[i];
      LEAKGROW_SPAN_BEGIN_LABEL(&labels[i]);
      hold(1);
   }
   for (int i = 299; i >= 0; i--)
      LEAKGROW_SPAN_END_LABEL(&labels[i]);
   hold(7);
}

/* ---- the census ---- */

static NOINLINE void open_many(int n)
{
   for (int i = 1; i <= n; i++)
      LEAKGROW_SPAN_NEW(i, "session");
}

/* 1000 opened, 750 closed, in an order of its own; then ids that were used before. */
static void census(void)
{
   open_many(1000);
   for (int i = 1; i <= 750; i++)
      LEAKGROW_SPAN_CLOSE(i * 7 % 1000 + 1);
   LEAKGROW_SPAN_NEW(8, "again"); /* 8 was closed */
   LEAKGROW_SPAN_CLOSE(8);
   for (int i = 0; i < 10; i++) {
      LEAKGROW_TASK_NEW(i, "job");
      LEAKGROW_TASK_RESUME(i);
      hold(100);
      if (i % 2)
         LEAKGROW_TASK_SUSPEND(i);
      if (i < 7)
         LEAKGROW_TASK_END(i);
      else if (i % 2 == 0)
         LEAKGROW_TASK_SUSPEND(i);
   }
   hold(7); /* in no task */
}

/* ---- mistakes: each has a label of its own ---- */

static void *exit_elsewhere(void *arg)
{
   LEAKGROW_SPAN_EXIT((long)arg);
   return NULL;
}

static void *die_inside(void *arg)
{
   LEAKGROW_SPAN_BEGIN("dies begun");
   LEAKGROW_SPAN_ENTER((long)arg);
   return NULL;
}

static void mistakes(void)
{
   int i;
   for (i = 0; i < 3; i++) { /* the outer one first */
      LEAKGROW_SPAN_NEW(1, "order");
      LEAKGROW_SPAN_ENTER(1);
      LEAKGROW_SPAN_NEW(2, "inner");
      LEAKGROW_SPAN_ENTER(2);
      LEAKGROW_SPAN_EXIT(1);
      LEAKGROW_SPAN_EXIT(2);
      LEAKGROW_SPAN_CLOSE(1);
      LEAKGROW_SPAN_CLOSE(2);
   }
   LEAKGROW_SPAN_NEW(3, "unentered");
   for (i = 0; i < 4; i++)
      LEAKGROW_SPAN_EXIT(3);
   LEAKGROW_SPAN_NEW(4, "thread");
   for (i = 0; i < 5; i++) {
      LEAKGROW_SPAN_ENTER(4);
      in_thread(exit_elsewhere, (void *)4);
   }
   hold(1); /* nothing is entered */
   for (i = 0; i < 6; i++) {
      LEAKGROW_SPAN_NEW(5, "open");
      LEAKGROW_SPAN_ENTER(5);
      LEAKGROW_SPAN_ENTER(5);
      LEAKGROW_SPAN_CLOSE(5);
   }
   hold(2);
   for (i = 0; i < 7; i++)
      LEAKGROW_SPAN_NEW(6, "reused");
   LEAKGROW_SPAN_NEW(7, "dies entered");
   in_thread(die_inside, (void *)7);
   LEAKGROW_SPAN_END(); /* 1 unknown: nothing was begun */
   LEAKGROW_SPAN_ENTER(1000);
   LEAKGROW_SPAN_EXIT(1000);
   LEAKGROW_SPAN_CLOSE(1000);
   LEAKGROW_TASK_RESUME(1000);
   LEAKGROW_TASK_SUSPEND(1000);
   LEAKGROW_TASK_END(1000);
   static const LeakgrowLabel never = LEAKGROW_LABEL_INIT("never begun");
   LEAKGROW_SPAN_END_LABEL(&never);
   hold(4);
}

static NOINLINE void nest(int depth)
{
   LEAKGROW_SPAN_BEGIN("nest");
   if (depth > 1)
      nest(depth - 1);
   LEAKGROW_SPAN_END();
}

/* Recursion to the same depth is told of once; what is never left goes ever deeper. */
static void nesting(void)
{
   volatile int rounds = 5;
   while (rounds-- > 0)
      nest(100);
   for (int i = 1; i <= 100000; i++) {
      LEAKGROW_SPAN_NEW(i, "never left");
      LEAKGROW_SPAN_ENTER(i);
   }
   hold(1);
}

/* ---- tasks ---- */

enum { REQUESTS = 50 };

/* A task of a server: the guard of its span is still held when it waits, with `flaw`, and until its end. */
static void step(long task, int n, int flaw)
{
   LEAKGROW_TASK_RESUME(task);
   if (n == 0) { /* whoever asks for the current span gets one that another task left, with `flaw` */
      LEAKGROW_SPAN_NEW(2000 + task, "early");
      LEAKGROW_SPAN_CLOSE(2000 + task);
   }
   if (n == 0 || !flaw)
      LEAKGROW_SPAN_ENTER(task);
   hold(10);
   if (n == 0) {
      LEAKGROW_SPAN_NEW(1000 + task, "query"); /* below the task's own span, whatever others left */
      LEAKGROW_SPAN_CLOSE(1000 + task);
   }
   if (!flaw)
      LEAKGROW_SPAN_EXIT(task);
   LEAKGROW_TASK_SUSPEND(task);
}

static void guard(int flaw)
{
   static const LeakgrowLabel connection = LEAKGROW_LABEL_INIT("connection");
   for (int r = 1; r <= REQUESTS; r++) {
      LEAKGROW_TASK_NEW(r, "serve");
      LEAKGROW_SPAN_NEW_LABEL(r, &connection, 0, LEAKGROW_PARENT_CURRENT);
   }
   for (int n = 0; n < 3; n++)
      for (int r = 1; r <= REQUESTS; r++)
         step(r, n, flaw);
   hold(1000); /* in no task, in no span */
}

static void *resume_and_exit(void *arg)
{
   long id = (long)arg;
   LEAKGROW_TASK_RESUME(id);
   hold(200);
   LEAKGROW_SPAN_END();
   LEAKGROW_SPAN_EXIT(id); /* entered on another thread */
   hold(400);
   LEAKGROW_TASK_SUSPEND(id);
   hold(800);
   return NULL;
}

static void *run_here(void *arg)
{
   LEAKGROW_TASK_RESUME((long)arg);
   hold(1600);
   return NULL; /* the thread ends inside */
}

/* What a task has entered goes with it to another thread. */
static void migrate(void)
{
   LEAKGROW_SPAN_BEGIN("main loop");
   LEAKGROW_TASK_NEW(1, "fiber");
   LEAKGROW_TASK_RESUME(1);
   LEAKGROW_SPAN_NEW(1, "entered");
   LEAKGROW_SPAN_ENTER(1);
   LEAKGROW_SPAN_BEGIN("begun");
   hold(100);
   LEAKGROW_TASK_SUSPEND(1);
   hold(10); /* the main loop's */
   in_thread(resume_and_exit, (void *)1);
   LEAKGROW_TASK_RESUME(1);
   LEAKGROW_TASK_NEW(2, "inner fiber"); /* resumed inside of the other one */
   LEAKGROW_TASK_RESUME(2);
   hold(3);
   LEAKGROW_TASK_SUSPEND(2);
   hold(5);
   in_thread(run_here, (void *)2);
   LEAKGROW_TASK_RESUME(2); /* is suspended, for its thread has ended */
   LEAKGROW_TASK_END(2);
   LEAKGROW_TASK_END(1);
   LEAKGROW_SPAN_END();
   hold(6);
}

/* ---- tasks that live in heap blocks ---- */

static NOINLINE void *spawn(size_t szB)
{
   static const LeakgrowLabel label = LEAKGROW_LABEL_INIT("job");
   void *job = malloc(szB);
   memset(job, 1, szB);
   printf("%d", (int)LEAKGROW_TASK_NEW_LABEL(job, &label, LEAKGROW_IN_BLOCK));
   return job;
}

static void blocks(void)
{
   static const LeakgrowLabel label = LEAKGROW_LABEL_INIT("pooled");
   static char pool[4096];
   char *small = spawn(100), *large = spawn(100000), *moved = spawn(64), *open = spawn(32);
   free(small);
   free(large);
   moved = realloc(moved, 50000); /* not there any more */
   kept[n_kept++] = moved;
   kept[n_kept++] = open;
   printf("%d%d", (int)LEAKGROW_TASK_NEW_LABEL(open + 1, &label, LEAKGROW_IN_BLOCK),
          (int)LEAKGROW_TASK_NEW_LABEL(16, &label, LEAKGROW_IN_BLOCK)); /* no begin of a block: refused */
   VALGRIND_CREATE_MEMPOOL(pool, 0, 0);
   for (int i = 0; i < 4; i++) {
      VALGRIND_MEMPOOL_ALLOC(pool, pool + i * 100, 100);
      LEAKGROW_TASK_NEW_LABEL(pool + i * 100, &label, LEAKGROW_IN_BLOCK);
   }
   VALGRIND_MEMPOOL_FREE(pool, pool);                          /* the first one ends */
   VALGRIND_MEMPOOL_CHANGE(pool, pool + 100, pool + 800, 100); /* the second one is not there any more */
   VALGRIND_MEMPOOL_TRIM(pool, pool + 200, 100);               /* the fourth one ends */
   char *running = spawn(200);
   LEAKGROW_TASK_RESUME(running);
   hold(1);
   free(running); /* ends while it runs */
   hold(2);
   printf("\n");
}

/* ---- processes and names ---- */

static void *wait_inside(void *arg)
{
   LEAKGROW_SPAN_BEGIN("other thread");
   LEAKGROW_SPAN_ENTER(5);
   pthread_barrier_wait(arg);
   pthread_barrier_wait(arg);
   LEAKGROW_SPAN_EXIT(5);
   LEAKGROW_SPAN_END();
   return NULL;
}

/* In the child only the forking thread is there, with what it was in. */
static void forked(void)
{
   pthread_t t;
   pthread_barrier_t barrier;
   pthread_barrier_init(&barrier, NULL, 2);
   LEAKGROW_SPAN_NEW(5, "shared");
   pthread_create(&t, NULL, wait_inside, &barrier);
   LEAKGROW_SPAN_BEGIN("forking");
   pthread_barrier_wait(&barrier);
   pid_t child = fork();
   hold(child ? 100 : 200);
   if (child == 0) {
      LEAKGROW_SPAN_END();
      LEAKGROW_SPAN_EXIT(5); /* not entered in this process */
      exit(0);
   }
   waitpid(child, NULL, 0);
   LEAKGROW_SPAN_END();
   pthread_barrier_wait(&barrier);
   pthread_join(t, NULL);
}

static void *named(void *arg)
{
   if (arg)
      prctl(PR_SET_NAME, arg);
   hold(100);
   LEAKGROW_SPAN_BEGIN("work");
   hold(10);
   LEAKGROW_SPAN_END();
   return NULL;
}

static void *wait_for_name(void *arg)
{
   pthread_barrier_wait(arg);
   pthread_barrier_wait(arg);
   hold(1000);
   return NULL;
}

static void names(void)
{
   pthread_t t;
   pthread_barrier_t barrier;
   in_thread(named, "worker-1");
   in_thread(named, "worker-22");
   in_thread(named, "io");
   in_thread(named, "7");
   in_thread(named, NULL);
   pthread_barrier_init(&barrier, NULL, 2);
   pthread_create(&t, NULL, wait_for_name, &barrier);
   pthread_barrier_wait(&barrier);
   pthread_setname_np(t, "renamed");
   pthread_barrier_wait(&barrier);
   pthread_join(t, NULL);
   prctl(PR_SET_NAME, "service"); /* the main thread's name is the process' */
   hold(1);
   in_thread(named, NULL);
}

/* Waits for a line of input in the middle of things. */
static void waiting(void)
{
   char line[16];
   hold(50);
   LEAKGROW_TASK_NEW(1, "service");
   LEAKGROW_TASK_RESUME(1);
   hold(300);
   for (int i = 1; i <= 7; i++)
      LEAKGROW_SPAN_NEW(i, "session");
   LEAKGROW_SPAN_CLOSE(6);
   LEAKGROW_SPAN_CLOSE(7);
   LEAKGROW_SPAN_ENTER(3);
   hold(4000);
   if (write(1, "waiting\n", 8) == 8)
      (void)!read(0, line, sizeof line);
}

int main(int argc, char **argv)
{
   static const struct {
      const char *name;
      void (*run)(void);
   } parts[] = {{"paths", paths},     {"deep", deep},       {"census", census}, {"mistakes", mistakes},
                {"nesting", nesting}, {"migrate", migrate}, {"blocks", blocks}, {"forked", forked},
                {"names", names},     {"waiting", waiting}};
   if (strcmp(argv[1], "guard") == 0 || strcmp(argv[1], "fixed") == 0)
      guard(argv[1][0] == 'g');
   for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
      if (strcmp(argv[1], parts[i].name) == 0)
         parts[i].run();
   return argc - 2;
}
