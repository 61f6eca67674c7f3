/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The job loop: one thread that works off a queue of reports. */
#include "service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
   struct job *next;
   char *title; /* owned */
} job;

static struct {
   pthread_mutex_t lock;
   pthread_cond_t wake;
   pthread_t thread;
   job *first, **end;
   char *last_report; /* written by the job thread only */
   size_t done;
   int stop;
} st = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .end = &st.first};

static int by_name(const void *a, const void *b)
{
   return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists what is cached, sorted, under a title. The caller frees the text. */
static char *report_build(const char *title)
{
   size_t n, used = strlen(title), size = used + 1;
   char **keys = store_keys(&n);
   char *text = xstrdup(title);
   qsort(keys, n, sizeof *keys, by_name);
   for (size_t i = 0; i < n; i++) {
      size_t len = strlen(keys[i]);
      if (used + len + 2 > size) {
         size = 2 * (used + len + 2);
         text = xrealloc(text, size);
      }
      text[used] = '\n';
      memcpy(text + used + 1, keys[i], len + 1);
      used += len + 1;
      free(keys[i]);
   }
   free(keys);
   return text;
}

static void job_run(job *j)
{
   char *report = report_build(j->title);
   free(st.last_report);
   st.last_report = report;
   free(j->title);
   free(j);
}

static void *job_loop(void *unused)
{
   (void)unused;
   pthread_mutex_lock(&st.lock);
   for (;;) {
      while (!st.first && !st.stop)
         pthread_cond_wait(&st.wake, &st.lock);
      job *j = st.first;
      if (!j)
         break;
      st.first = j->next;
      if (!st.first)
         st.end = &st.first;
      pthread_mutex_unlock(&st.lock);
      job_run(j);
      pthread_mutex_lock(&st.lock);
      st.done++;
   }
   pthread_mutex_unlock(&st.lock);
   free(st.last_report);
   return NULL;
}

void jobs_start(void)
{
   pthread_create(&st.thread, NULL, job_loop, NULL);
}

void jobs_submit(const char *title)
{
   job *j = xmalloc(sizeof *j);
   j->next = NULL;
   j->title = xstrdup(title);
   pthread_mutex_lock(&st.lock);
   *st.end = j;
   st.end = &j->next;
   pthread_cond_signal(&st.wake);
   pthread_mutex_unlock(&st.lock);
}

void jobs_stop(void)
{
   pthread_mutex_lock(&st.lock);
   st.stop = 1;
   pthread_cond_signal(&st.wake);
   pthread_mutex_unlock(&st.lock);
   pthread_join(st.thread, NULL);
}

size_t jobs_done(void)
{
   pthread_mutex_lock(&st.lock);
   size_t n = st.done;
   pthread_mutex_unlock(&st.lock);
   return n;
}
