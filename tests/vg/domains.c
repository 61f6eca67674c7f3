/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A home-made epoch scheme that announces itself by the requests of leakgrow.h, and keeps books of its own.
 *
 *    domains VARIANT [ROUNDS]
 *
 * healthy    the reader comes and goes
 * stalled    the reader enters its section and stays there until the end
 * late       the same, but it leaves after two thirds of the rounds, and everything is freed
 * noadvance  nobody advances the epoch
 * stash      another thread retires into its stash, and never flushes it
 * callback   destructors run, and keep the blocks
 * duty       the reader leaves its section only to enter it again, in the epoch that it saw first: a mistake
 * ended      a thread ends inside of its section
 *
 * The writer retires an object that owns a buffer in every round. The last line is the truth: events are counted under one lock, in
 * the order in which they are announced. */
#define _GNU_SOURCE
#include "leakgrow.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OBJECT_B = 48, BAG = 32, GRACE = 2, N_THREADS = 3 };

typedef struct Object {
   struct Object *next; /* in a list */
   char *buffer;
   size_t bytes;
   unsigned long long retired_us;
   unsigned long epoch, retire_epoch;
} Object;

typedef struct {
   Object *first, **last;
   unsigned long n;
} List;

typedef struct {
   atomic_int is_pinned;
   atomic_ulong epoch;
   List bag;
} Participant;

static struct {
   unsigned long retired, freed, retired_B, pending_B, peak, peak_B, pins, advances;
   unsigned long long lag_max_us;
   unsigned long lag_max_epochs, blocked, blocked_B;
   int is_blocked;
} truth;

static unsigned long d;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_ulong global_epoch = 2;
static Participant participants[N_THREADS];
static List queue = {NULL, &queue.first, 0}, kept = {NULL, &kept.first, 0};
static const char *variant;
static atomic_int is_over, may_leave, is_in;

static int is(const char *name)
{
   return strcmp(variant, name) == 0;
}

static unsigned long long now_us(void)
{
   struct timespec t;
   clock_gettime(CLOCK_MONOTONIC, &t);
   return (unsigned long long)t.tv_sec * 1000000 + (unsigned long long)t.tv_nsec / 1000;
}

static void sleep_us(long us)
{
   struct timespec t = {us / 1000000, us % 1000000 * 1000};
   nanosleep(&t, NULL);
}

static void push(List *l, Object *o)
{
   if (!l->first)
      l->last = &l->first;
   o->next = NULL;
   *l->last = o;
   l->last = &o->next;
   l->n++;
}

static Object *pop(List *l)
{
   Object *o = l->first;
   l->first = o->next;
   l->n--;
   return o;
}

/* ---- the scheme ---- */

__attribute__((noinline)) static void enter_section(int self)
{
   pthread_mutex_lock(&lock);
   atomic_store(&participants[self].epoch, atomic_load(&global_epoch));
   atomic_store(&participants[self].is_pinned, 1);
   LEAKGROW_PIN(d, &participants[self]);
   truth.pins++;
   pthread_mutex_unlock(&lock);
}

/* Out of the section and in again at once, without a look at the epoch. */
__attribute__((noinline)) static void reenter_section(int self)
{
   pthread_mutex_lock(&lock);
   LEAKGROW_UNPIN(d, &participants[self]);
   LEAKGROW_PIN(d, &participants[self]);
   truth.pins++;
   pthread_mutex_unlock(&lock);
}

static void leave_section(int self)
{
   pthread_mutex_lock(&lock);
   atomic_store(&participants[self].is_pinned, 0);
   LEAKGROW_UNPIN(d, &participants[self]);
   pthread_mutex_unlock(&lock);
}

/* With the lock. */
static void try_advance(void)
{
   unsigned long epoch = atomic_load(&global_epoch);
   for (int i = 0; i < N_THREADS; i++)
      if (atomic_load(&participants[i].is_pinned) && atomic_load(&participants[i].epoch) != epoch)
         return;
   atomic_store(&global_epoch, epoch + 1);
   truth.advances++;
   LEAKGROW_ADVANCE(d, epoch + 1);
}

/* With the lock. */
static void destroy(Object *o)
{
   unsigned long long lag = now_us() - o->retired_us;
   LEAKGROW_RECLAIM(d, o);
   if (is("callback")) {
      push(&kept, o);
      return;
   }
   if (lag > truth.lag_max_us)
      truth.lag_max_us = lag;
   if (truth.advances - o->retire_epoch > truth.lag_max_epochs)
      truth.lag_max_epochs = truth.advances - o->retire_epoch;
   truth.freed++;
   truth.pending_B -= o->bytes;
   free(o->buffer);
   free(o);
}

/* With the lock. */
static void collect(void)
{
   if (is("noadvance"))
      return;
   try_advance();
   while (queue.first && atomic_load(&global_epoch) - queue.first->epoch >= GRACE)
      destroy(pop(&queue));
}

static void flush(Participant *p)
{
   while (p->bag.first) {
      Object *o = pop(&p->bag);
      o->epoch = atomic_load(&global_epoch);
      push(&queue, o);
   }
   LEAKGROW_QUEUED_ALL(d, p);
}

__attribute__((noinline)) static void retire(int self, Object *o)
{
   Participant *p = &participants[self];
   pthread_mutex_lock(&lock);
   o->retired_us = now_us();
   o->retire_epoch = truth.advances;
   truth.retired++;
   truth.retired_B += o->bytes;
   truth.pending_B += o->bytes;
   if (truth.is_blocked) {
      truth.blocked++;
      truth.blocked_B += o->bytes;
   }
   LEAKGROW_RETIRE_OWNER(d, o, 0, 1, p);
   if (truth.retired - truth.freed > truth.peak)
      truth.peak = truth.retired - truth.freed;
   if (truth.pending_B > truth.peak_B)
      truth.peak_B = truth.pending_B;
   push(&p->bag, o);
   if (p->bag.n >= BAG && !(is("stash") && self == 2)) {
      flush(p);
      collect();
   }
   pthread_mutex_unlock(&lock);
}

__attribute__((noinline)) static Object *make_object(unsigned long i)
{
   Object *o = calloc(1, OBJECT_B + sizeof *o);
   size_t buffer_B = 100 + i % 7 * 16;
   o->buffer = malloc(buffer_B);
   memset(o->buffer, (int)i, buffer_B);
   o->bytes = OBJECT_B + sizeof *o + buffer_B;
   return o;
}

/* ---- threads ---- */

__attribute__((noinline)) static void stay_in_section(int self)
{
   enter_section(self);
   pthread_mutex_lock(&lock);
   truth.is_blocked = 1;
   pthread_mutex_unlock(&lock);
   atomic_store(&is_in, 1);
   while (!atomic_load(&may_leave))
      sleep_us(1000);
   leave_section(self);
}

static void *reader(void *arg)
{
   (void)arg;
   if (is("stalled") || is("late") || is("ended")) {
      if (is("ended")) {
         enter_section(1);
         atomic_store(&is_in, 1);
         return NULL;
      }
      stay_in_section(1);
   }
   if (is("duty"))
      enter_section(1);
   while (is("duty")) {
      atomic_store(&is_in, 1);
      sleep_us(200000);
      reenter_section(1);
   }
   while (!atomic_load(&is_over)) {
      enter_section(1);
      atomic_store(&is_in, 1);
      sleep_us(100);
      leave_section(1);
      sleep_us(1000);
   }
   return NULL;
}

static void *idler(void *arg)
{
   long n = (long)arg;
   for (long i = 0; i < n; i++)
      retire(2, make_object((unsigned long)i));
   while (!atomic_load(&is_over))
      sleep_us(10000);
   return NULL;
}

static pthread_t start(const char *name, void *(*body)(void *), long arg)
{
   pthread_t t;
   pthread_create(&t, NULL, body, (void *)arg);
   pthread_setname_np(t, name);
   return t;
}

int main(int argc, char **argv)
{
   variant = argc > 1 ? argv[1] : "healthy";
   long rounds = argc > 2 ? atol(argv[2]) : 3000;
   d = LEAKGROW_DOMAIN_NEW("settings", LEAKGROW_EBR);
   pthread_t threads[2];
   threads[0] = start("the-reader", reader, 0);
   threads[1] = is("stash") ? start("the-idler", idler, rounds / 2) : 0;
   while (!atomic_load(&is_in))
      sleep_us(1000);
   for (long i = 0; i < rounds; i++) {
      enter_section(0);
      retire(0, make_object((unsigned long)i));
      leave_section(0);
      if (is("late") && i == rounds * 2 / 3)
         atomic_store(&may_leave, 1);
      if (i % 10 == 0)
         sleep_us(10000);
   }
   if (is("healthy") || is("late")) {
      atomic_store(&is_over, 1);
      pthread_join(threads[0], NULL);
      for (int i = 0; i < 8; i++) {
         pthread_mutex_lock(&lock);
         flush(&participants[0]);
         collect();
         pthread_mutex_unlock(&lock);
      }
   }
   pthread_mutex_lock(&lock);
   printf("retired=%lu freed=%lu pending=%lu retired_B=%lu pending_B=%lu peak=%lu peak_B=%lu pins=%lu advances=%lu "
          "lag_max_us=%llu lag_max_epochs=%lu blocked=%lu blocked_B=%lu kept=%lu bag=%lu\n",
          truth.retired, truth.freed, truth.retired - truth.freed, truth.retired_B, truth.pending_B, truth.peak,
          truth.peak_B, truth.pins, truth.advances, truth.lag_max_us, truth.lag_max_epochs, truth.blocked,
          truth.blocked_B, kept.n, participants[2].bag.n);
   fflush(stdout);
   exit(0);
}
