/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service with an executor of its own, driven by requests: stories MODE [free-at-exit].
 *    calm       spans and tasks as they should be
 *    guard      a span stays entered while its task is suspended, and is never closed
 *    heartbeat  every request makes a client whose constructor starts a task that nobody ends
 *    scattered  the same, from nine places
 *    order      spans are exited out of order, nothing grows
 *    pool       sixteen workers are started as they are needed */
#include "leakgrow.h"

#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 4000 };

static const LeakgrowLabel request_label = {"request", "server.c", 88}, query_label = {"query", "db.c", 13},
                           beat_label = {"heartbeat", "client.c", 33}, worker_label = {"worker", "pool.c", 7};

typedef struct task {
   struct task *next;
   unsigned long id;
   char state[300];
} task;

static task *tasks;
static unsigned long ids;

__attribute__((noinline)) static task *new_heartbeat(void)
{
   task *t = calloc(1, sizeof *t);
   t->id = ++ids;
   t->next = tasks;
   tasks = t;
   LEAKGROW_TASK_NEW_LABEL(t->id, &beat_label, 0);
   return t;
}

__attribute__((noinline)) static void with_heartbeat(int is_kept)
{
   task *t = new_heartbeat();
   LEAKGROW_TASK_RESUME(t->id);
   LEAKGROW_TASK_SUSPEND(t->id);
   if (is_kept)
      return;
   tasks = t->next;
   LEAKGROW_TASK_END(t->id);
   free(t);
}

/* One place of nine: each has a source line of its own. */
#define PLACE(n)       \
  case n:              \
    with_heartbeat(1); \
    break;
__attribute__((noinline)) static void somewhere(int place)
{
   switch (place) {
      PLACE(0)
      PLACE(1)
      PLACE(2)
      PLACE(3)
      PLACE(4)
      PLACE(5)
      PLACE(6)
      PLACE(7)
   default:
      with_heartbeat(1);
   }
}

__attribute__((noinline)) static void query(void)
{
   LEAKGROW_SPAN_BEGIN_LABEL(&query_label);
   free(memset(malloc(700), 1, 700));
   LEAKGROW_SPAN_END_LABEL(&query_label);
}

__attribute__((noinline)) static void handle_request(const char *mode, int n)
{
   unsigned long job = ++ids, span = ++ids, other = ++ids;
   int is_guard = strcmp(mode, "guard") == 0;
   LEAKGROW_TASK_NEW(job, "connection");
   LEAKGROW_TASK_RESUME(job);
   LEAKGROW_SPAN_NEW_LABEL(span, &request_label, 0, LEAKGROW_PARENT_CURRENT);
   LEAKGROW_SPAN_ENTER(span);
   query();
   if (strcmp(mode, "order") == 0) {
      LEAKGROW_SPAN_NEW_LABEL(other, &request_label, 0, LEAKGROW_PARENT_CURRENT);
      LEAKGROW_SPAN_ENTER(other);
      LEAKGROW_SPAN_EXIT(span);
      LEAKGROW_SPAN_EXIT(other);
      LEAKGROW_SPAN_CLOSE(other);
   } else if (!is_guard) {
      LEAKGROW_SPAN_EXIT(span);
   }
   LEAKGROW_TASK_SUSPEND(job); /* .await */
   LEAKGROW_TASK_RESUME(job);
   if (is_guard)
      LEAKGROW_SPAN_EXIT(span);
   else
      LEAKGROW_SPAN_CLOSE(span);
   LEAKGROW_TASK_END(job);
   if (strcmp(mode, "scattered") == 0)
      somewhere(n * 7 % 9);
   else
      with_heartbeat(strcmp(mode, "heartbeat") == 0);
   LEAKGROW_TICK(1);
}

int main(int argc, char **argv)
{
   const char *mode = argc > 1 ? argv[1] : "calm";
   for (int n = 0; n < REQUESTS; n++) {
      if (strcmp(mode, "pool") == 0 && n % 200 == 0 && n < 3200)
         LEAKGROW_TASK_NEW_LABEL(1000000 + n, &worker_label, 0);
      handle_request(mode, n);
   }
   while (argc > 2 && tasks != NULL) {
      task *t = tasks;
      tasks = t->next;
      LEAKGROW_TASK_END(t->id);
      free(t);
   }
   return 0;
}
