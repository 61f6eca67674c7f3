/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions and their audit trails.
 *
 * The trail exists for a screen that shows a user's last few requests. Every request adds one record; with audit_keep == 0
 * nothing ever removes one. Everything stays reachable from the session table, so a leak checker finds nothing. */
#include "service.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct audit_record {
   struct audit_record *next; /* the record before it */
   uint64_t time_ns, number;
   int status;
   char verb[8];
   char target[28];
} audit_record;

struct session {
   struct session *next;
   audit_record *newest;
   uint64_t n_requests;
   unsigned n_records;
   char user[];
};

static struct {
   pthread_mutex_t lock;
   session *first;
   size_t n_records;
} table = {PTHREAD_MUTEX_INITIALIZER, NULL, 0};

session *session_open(const char *user)
{
   pthread_mutex_lock(&table.lock);
   session *s = table.first;
   while (s && strcmp(s->user, user) != 0)
      s = s->next;
   if (!s) {
      size_t n = strlen(user) + 1;
      s = xmalloc(sizeof *s + n);
      memset(s, 0, sizeof *s);
      memcpy(s->user, user, n);
      s->next = table.first;
      table.first = s;
   }
   pthread_mutex_unlock(&table.lock);
   return s;
}

/* NULL when there is no memory: a request must not fail because its audit record cannot be kept. */
static audit_record *audit_record_new(const char *verb, const char *target, int status)
{
   audit_record *r = calloc(1, sizeof *r);
   struct timespec now;
   if (!r)
      return NULL;
   clock_gettime(CLOCK_REALTIME, &now);
   r->time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
   r->status = status;
   snprintf(r->verb, sizeof r->verb, "%s", verb);
   snprintf(r->target, sizeof r->target, "%s", target);
   return r;
}

/* Drops all but the newest `keep` records of a session. */
static void audit_trim(session *s, unsigned keep)
{
   audit_record **link = &s->newest;
   for (unsigned i = 0; i < keep && *link; i++)
      link = &(*link)->next;
   audit_record *r = *link;
   *link = NULL;
   while (r) {
      audit_record *next = r->next;
      free(r);
      r = next;
      s->n_records--;
      table.n_records--;
   }
}

void session_audit(session *s, const char *verb, const char *target, int status, unsigned keep)
{
   audit_record *r = audit_record_new(verb, target, status);
   if (!r)
      return;
   pthread_mutex_lock(&table.lock);
   r->number = ++s->n_requests;
   r->next = s->newest;
   s->newest = r;
   s->n_records++;
   table.n_records++;
   if (keep && s->n_records > keep)
      audit_trim(s, keep);
   pthread_mutex_unlock(&table.lock);
}

size_t session_audit_records(void)
{
   pthread_mutex_lock(&table.lock);
   size_t n = table.n_records;
   pthread_mutex_unlock(&table.lock);
   return n;
}

void session_destroy_all(void)
{
   pthread_mutex_lock(&table.lock);
   while (table.first) {
      session *s = table.first;
      table.first = s->next;
      audit_trim(s, 0);
      free(s);
   }
   pthread_mutex_unlock(&table.lock);
}
