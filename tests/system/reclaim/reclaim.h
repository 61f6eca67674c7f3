/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reclaim.h: what the programs of this directory share: retired objects, and the books that a program keeps of them itself.
 *
 * An object is a heap block; every fourth owns a second one. Both come back together. The books are what leakgrow's numbers
 * are held against: objects and bytes retired, freed and pending, the largest backlog, the time from retire to free. */
#ifndef RECLAIM_H
#define RECLAIM_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pthread.h>

enum { OWNER_EVERY = 4, OWNED_B = 200 };

/* The part of an object that all schemes have. Bytes are as malloc was asked. */
typedef struct {
   unsigned long serial;
   void *owned;
   size_t bytes;
   unsigned long long retired_ns;
} Item;

static struct {
   atomic_ulong made, retired, freed, retired_B, freed_B, called, peak, peak_B;
   atomic_ullong lag_sum_ns, lag_max_ns, first_retire_ns, last_free_ns;
} books;

static inline unsigned long long now_ns(void)
{
   struct timespec t;
   clock_gettime(CLOCK_MONOTONIC, &t);
   return (unsigned long long)t.tv_sec * 1000000000ull + (unsigned long long)t.tv_nsec;
}

static inline void sleep_us(long us)
{
   struct timespec t = {us / 1000000, us % 1000000 * 1000};
   nanosleep(&t, NULL);
}

static inline void raise_to(atomic_ulong *max, unsigned long value)
{
   unsigned long old = atomic_load(max);
   while (old < value && !atomic_compare_exchange_weak(max, &old, value))
      ;
}

/* Fills in what an object that was just allocated with object_B bytes is to hold. */
static inline void item_init(Item *item, size_t object_B)
{
   item->serial = atomic_fetch_add(&books.made, 1);
   item->bytes = object_B;
   item->owned = NULL;
   item->retired_ns = 0;
   if (item->serial % OWNER_EVERY == 0) {
      item->owned = malloc(OWNED_B);
      memset(item->owned, 1, OWNED_B);
      item->bytes += OWNED_B;
   }
}

/* To be called right before the library's retire. */
static inline void item_retires(Item *item)
{
   unsigned long long none = 0;
   item->retired_ns = now_ns();
   atomic_compare_exchange_strong(&books.first_retire_ns, &none, item->retired_ns);
   unsigned long n = atomic_fetch_add(&books.retired, 1) + 1 - atomic_load(&books.freed);
   unsigned long B = atomic_fetch_add(&books.retired_B, item->bytes) + item->bytes - atomic_load(&books.freed_B);
   raise_to(&books.peak, n);
   raise_to(&books.peak_B, B);
}

/* Frees the object that begins at `object`, and what it owns; from the library's callback. */
static inline void item_free(Item *item, void *object)
{
   unsigned long long lag = now_ns() - item->retired_ns;
   unsigned long long max = atomic_load(&books.lag_max_ns);
   size_t bytes = item->bytes;
   while (max < lag && !atomic_compare_exchange_weak(&books.lag_max_ns, &max, lag))
      ;
   atomic_fetch_add(&books.lag_sum_ns, lag);
   atomic_store(&books.last_free_ns, item->retired_ns + lag);
   free(item->owned);
   free(object);
   atomic_fetch_add(&books.freed, 1);
   atomic_fetch_add(&books.freed_B, bytes);
}

/* One line: name=value ... Counts and bytes are exact when no other thread retires or frees any more; peaks may be off by the
 * object that a thread has in hand. */
static inline void truth_print(const char *what)
{
   unsigned long retired = atomic_load(&books.retired), freed = atomic_load(&books.freed);
   unsigned long retired_B = atomic_load(&books.retired_B), freed_B = atomic_load(&books.freed_B);
   unsigned long long span_ns = freed ? atomic_load(&books.last_free_ns) - atomic_load(&books.first_retire_ns) : 0;
   printf("truth program=%s made=%lu retired=%lu retired_B=%lu called=%lu freed=%lu freed_B=%lu pending=%lu "
          "pending_B=%lu peak=%lu "
          "peak_B=%lu lag_sum_us=%llu lag_max_us=%llu span_us=%llu\n",
          what, atomic_load(&books.made), retired, retired_B, atomic_load(&books.called), freed, freed_B,
          retired - freed, retired_B - freed_B, atomic_load(&books.peak), atomic_load(&books.peak_B),
          atomic_load(&books.lag_sum_ns) / 1000, atomic_load(&books.lag_max_ns) / 1000, span_ns / 1000);
   fflush(stdout);
}

/* Starts a thread under a name of its own (at most 15 bytes). */
static inline pthread_t start(const char *name, void *(*body)(void *), void *arg)
{
   pthread_t thread;
   if (pthread_create(&thread, NULL, body, arg) != 0)
      abort();
   pthread_setname_np(thread, name);
   return thread;
}

#endif
