/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that are replaced as a whole. A reader takes a reference, so a reload never waits for a request. */
#include "service.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
   pthread_mutex_t lock;
   config *current;
   unsigned generation;
   int fixed;
} st = {.lock = PTHREAD_MUTEX_INITIALIZER};

static config *config_read(void)
{
   config *c = xmalloc(sizeof *c);
   c->refs = 1;
   c->generation = ++st.generation;
   c->cache_entries = 256;
   c->audit_keep = st.fixed ? 16 : 0;
   c->n_rules = 48;
   c->rules = xmalloc(c->n_rules * sizeof *c->rules);
   for (unsigned i = 0; i < c->n_rules; i++) {
      char line[96];
      snprintf(line, sizeof line, "rewrite ^/shop/%02u/(.*)$ /catalogue/%02u/$1", i, (i + c->generation) % 100);
      c->rules[i] = xstrdup(line);
   }
   return c;
}

static void config_free(config *c)
{
   for (unsigned i = 0; i < c->n_rules; i++)
      free(c->rules[i]);
   free(c->rules);
   free(c);
}

void config_init(int fixed)
{
   st.fixed = fixed;
   st.current = config_read();
}

void config_reload(void)
{
   pthread_mutex_lock(&st.lock);
   config *old = st.current;
   st.current = config_read();
   pthread_mutex_unlock(&st.lock);
   config_release(old);
}

config *config_get(void)
{
   pthread_mutex_lock(&st.lock);
   config *c = st.current;
   c->refs++;
   pthread_mutex_unlock(&st.lock);
   return c;
}

void config_release(config *c)
{
   pthread_mutex_lock(&st.lock);
   unsigned left = --c->refs;
   pthread_mutex_unlock(&st.lock);
   if (left == 0)
      config_free(c);
}

void config_destroy(void)
{
   config_release(st.current);
   st.current = NULL;
}
