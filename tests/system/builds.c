/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small service in two versions, for comparing builds: BUILD ROUNDS. With -DVERSION=2 one more thing is kept, and every line below the
 * marked place has moved. Its functions are static, small or used once, so that compilers inline them as they like; nothing forces or
 * forbids it. */
#include "leakgrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
   struct entry *next;
   char *key, *value;
};

enum { BUCKETS = 64, CACHED = 512, SESSIONS = 128 };

static struct {
   struct entry *bucket[BUCKETS], *ring[CACHED];
   char *session[SESSIONS];
   struct entry *statistics;
   unsigned long n_statistics, served;
} service;

static char *copy_string(const char *s)
{
   size_t n = strlen(s) + 1;
   char *copy = malloc(n);
   if (copy == NULL)
      abort();
   return memcpy(copy, s, n);
}

static struct entry *make_entry(const char *key, const char *value)
{
   struct entry *e = malloc(sizeof *e);
   if (e == NULL)
      abort();
   e->key = copy_string(key);
   e->value = copy_string(value);
   e->next = NULL;
   return e;
}

static void drop_entry(struct entry *e)
{
   if (e != NULL) {
      free(e->key);
      free(e->value);
      free(e);
   }
}

/* Bounded: the oldest entry makes room. */
static void cache_put(const char *key, unsigned long n)
{
   char value[64];
   snprintf(value, sizeof value, "value of %s, the %lu-th", key, n);
   struct entry **slot = &service.ring[n % CACHED];
   drop_entry(*slot);
   *slot = make_entry(key, value);
}

#if VERSION == 2
/* The change. */
static struct entry *audit_trail;

static void audit(const char *key)
{
   struct entry *e = make_entry(key, "was asked for");
   e->next = audit_trail;
   audit_trail = e;
}
#endif

/* Known growth, the same in both versions. */
static void count_statistics(const char *key)
{
   if (service.served % 4 == 0) {
      struct entry *e = make_entry(key, "");
      e->next = service.statistics;
      service.statistics = e;
      service.n_statistics++;
   }
}

static void session_touch(unsigned long n)
{
   char **slot = &service.session[n * 7919 % SESSIONS];
   free(*slot);
   *slot = malloc(200 + n % 100);
}

static char *render(const char *key, unsigned long n)
{
   char *page = malloc(4096);
   if (page == NULL)
      abort();
   snprintf(page, 4096, "<p>%s %lu</p>", key, n);
   return page;
}

static size_t serve(unsigned long n)
{
   char key[32];
   snprintf(key, sizeof key, "key-%lu", n % 5000);
   session_touch(n);
   cache_put(key, n);
   count_statistics(key);
#if VERSION == 2
   if (n % 3 == 0)
      audit(key);
#endif
   char *page = render(key, n);
   size_t length = strlen(page);
   free(page);
   service.served++;
   return length;
}

int main(int argc, char **argv)
{
   unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
   size_t sent = 0;
   for (unsigned long n = 0; n < rounds; n++) {
      sent += serve(n);
      LEAKGROW_TICK(1);
   }
   printf("%zu bytes, %lu statistics\n", sent, service.n_statistics);
   return 0;
}
