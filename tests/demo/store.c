/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page cache: hash chains for look-up, a doubly linked list in order of use for eviction. */
#include "service.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct page {
   struct page *chain;         /* same bucket */
   struct page *newer, *older; /* order of use */
   char *key, *text;           /* owned */
} page;

enum { BUCKETS = 512 };

static struct {
   pthread_mutex_t lock;
   page *bucket[BUCKETS];
   page *newest, *oldest;
   unsigned n, capacity;
} st = {.lock = PTHREAD_MUTEX_INITIALIZER};

static page **bucket_of(const char *key)
{
   uint32_t h = 2166136261u;
   for (; *key; key++)
      h = (h ^ (unsigned char)*key) * 16777619u;
   return &st.bucket[h % BUCKETS];
}

static void unlink_use(page *p)
{
   *(p->newer ? &p->newer->older : &st.newest) = p->older;
   *(p->older ? &p->older->newer : &st.oldest) = p->newer;
}

static void link_newest(page *p)
{
   p->newer = NULL;
   p->older = st.newest;
   *(st.newest ? &st.newest->newer : &st.oldest) = p;
   st.newest = p;
}

static page *find(const char *key)
{
   page *p = *bucket_of(key);
   while (p && strcmp(p->key, key) != 0)
      p = p->chain;
   return p;
}

static void evict_oldest(void)
{
   page *p = st.oldest;
   page **link = bucket_of(p->key);
   while (*link != p)
      link = &(*link)->chain;
   *link = p->chain;
   unlink_use(p);
   st.n--;
   free(p->key);
   free(p->text);
   free(p);
}

void store_init(unsigned capacity)
{
   st.capacity = capacity;
}

char *store_get(const char *key)
{
   char *copy = NULL;
   pthread_mutex_lock(&st.lock);
   page *p = find(key);
   if (p) {
      unlink_use(p);
      link_newest(p);
      copy = xstrdup(p->text);
   }
   pthread_mutex_unlock(&st.lock);
   return copy;
}

void store_put(const char *key, const char *text)
{
   pthread_mutex_lock(&st.lock);
   page *p = find(key);
   if (p) {
      unlink_use(p);
      free(p->text);
   } else {
      while (st.n >= st.capacity)
         evict_oldest();
      p = xmalloc(sizeof *p);
      page **b = bucket_of(key);
      p->key = xstrdup(key);
      p->chain = *b;
      *b = p;
      st.n++;
   }
   p->text = xstrdup(text);
   link_newest(p);
   pthread_mutex_unlock(&st.lock);
}

char **store_keys(size_t *n)
{
   pthread_mutex_lock(&st.lock);
   char **keys = xmalloc((st.n + 1) * sizeof *keys);
   *n = 0;
   for (page *p = st.newest; p; p = p->older)
      keys[(*n)++] = xstrdup(p->key);
   pthread_mutex_unlock(&st.lock);
   return keys;
}

void store_destroy(void)
{
   pthread_mutex_lock(&st.lock);
   while (st.oldest)
      evict_oldest();
   pthread_mutex_unlock(&st.lock);
}
