/* SPDX-License-Identifier: GPL-2.0-or-later */
/* urcu: a service with a shared configuration that readers look at and a writer replaces, on liburcu.
 *
 *    urcu METHOD VARIANT [ROUNDS [BATCH [PAUSE_US]]]
 *
 * METHOD   call    objects are handed to call_rcu
 *          defer   ... to defer_rcu
 *          sync    the writer waits in synchronize_rcu and frees itself
 * VARIANT  healthy readers come and go
 *          stalled one reader enters its section after a tenth of the rounds and stays there (qsbr: is never quiescent again)
 *          late    as stalled, but it leaves after two thirds of the rounds, and all comes back
 *          slow    the callback takes long
 *          kept    the callback runs, but puts the object into a list instead of freeing it
 *
 * What defer_rcu's queue cannot hold (4094 objects) waits in it as sync does: a stalled reader then stops the writer as well. With
 * sync, the reader of "late" leaves after HOLD_MS, and "stalled" would never end: it is refused.
 *
 * Compiled once per flavour, with -DFLAVOUR_memb, _mb, _qsbr or _bp; -D_LGPL_SOURCE inlines the read side. ROUNDS times, BATCH
 * objects are retired and the writer sleeps PAUSE_US. The last line is the truth about all of them (reclaim.h). */
#define _GNU_SOURCE
#define URCU_API_MAP
#if defined(FLAVOUR_memb)
#  include <urcu/urcu-memb.h>
#elif defined(FLAVOUR_mb)
#  include <urcu/urcu-mb.h>
#elif defined(FLAVOUR_qsbr)
#  include <urcu/urcu-qsbr.h>
#elif defined(FLAVOUR_bp)
#  include <urcu/urcu-bp.h>
#else
#  error "which flavour?"
#endif
#include <unistd.h>

#include "reclaim.h"

enum { N_READERS = 2, SLOW_US = 4000, HOLD_MS = 600 };

typedef struct {
   unsigned long version;
   Item item;
   struct rcu_head head; /* not at the beginning: the library is handed an interior pointer */
   char text[64];
} Config;

static Config *shared;
static struct {
   int is_sync, stalled, late, slow, kept;
   long rounds, batch, pause_us;
} how;
static atomic_long round_now;
static atomic_int is_over, is_stopping;
static atomic_ulong checksum;
static struct rcu_head *kept_list;

#if defined(FLAVOUR_qsbr)
static const int is_qsbr = 1;
#else
static const int is_qsbr = 0;
#endif

/* A thread of these flavours must say when it sleeps; the others do nothing. */
static void rest(long us)
{
   if (is_qsbr)
      rcu_thread_offline();
   sleep_us(us);
   if (is_qsbr)
      rcu_thread_online();
}

static void read_config(void)
{
   rcu_read_lock();
   Config *c = rcu_dereference(shared);
   atomic_fetch_add(&checksum, c->version + (unsigned char)c->text[0]);
   rcu_read_unlock();
   if (is_qsbr)
      rcu_quiescent_state();
}

static void *reader(void *unused)
{
   (void)unused;
   rcu_register_thread();
   while (!atomic_load(&is_over)) {
      read_config();
      rest(how.pause_us);
   }
   rcu_unregister_thread();
   return NULL;
}

/* Where the report has to lead: the section that is never left. */
static __attribute__((noinline)) void hold_on_to_config(void)
{
   long until = how.late && !how.is_sync ? how.rounds * 2 / 3 : 2000000000;
   unsigned long long end = how.is_sync ? now_ns() + HOLD_MS * 1000000ull : ~0ull;
   rcu_read_lock();
   Config *c = rcu_dereference(shared);
   while (atomic_load(&round_now) < until && now_ns() < end && !atomic_load(&is_over)) {
      atomic_fetch_add(&checksum, c->version);
      sleep_us(1000);
   }
   rcu_read_unlock();
}

static void *stuck_reader(void *unused)
{
   (void)unused;
   while (atomic_load(&round_now) < how.rounds / 10)
      sleep_us(1000);
   rcu_register_thread();
   hold_on_to_config();
   if (is_qsbr)
      rcu_quiescent_state();
   rcu_unregister_thread();
   return NULL;
}

/* Nothing is freed any more while the truth is told. */
static void stop_when_told(void)
{
   while (atomic_load(&is_stopping))
      sleep_us(SLOW_US);
}

static void config_free(Config *c)
{
   stop_when_told();
   atomic_fetch_add(&books.called, 1);
   if (how.slow)
      sleep_us(SLOW_US);
   if (how.kept) {
      c->head.next.next = (struct cds_wfcq_node *)kept_list;
      kept_list = &c->head;
      return;
   }
   item_free(&c->item, c);
}

static void config_callback(struct rcu_head *head)
{
   config_free(caa_container_of(head, Config, head));
}

static void config_deferred(void *config)
{
   config_free(config);
}

static Config *config_new(unsigned long version)
{
   Config *c = malloc(sizeof *c);
   memset(c, 0, sizeof *c);
   c->version = version;
   snprintf(c->text, sizeof c->text, "version %lu", version);
   item_init(&c->item, sizeof *c);
   return c;
}

static __attribute__((noinline)) void replace_config(unsigned long version, const char *method)
{
   Config *old = shared;
   rcu_assign_pointer(shared, config_new(version));
   item_retires(&old->item);
   if (method[0] == 'c')
      call_rcu(&old->head, config_callback);
   else if (method[0] == 'd')
      defer_rcu(config_deferred, old);
   else {
      synchronize_rcu();
      config_free(old);
   }
}

static void write_rounds(const char *method)
{
   for (long i = 0; i < how.rounds; i++) {
      for (long j = 0; j < how.batch; j++)
         replace_config((unsigned long)(i * how.batch + j), method);
      atomic_store(&round_now, i + 1);
      rest(how.pause_us);
   }
}

int main(int argc, char **argv)
{
   const char *method = argc > 1 ? argv[1] : "call", *variant = argc > 2 ? argv[2] : "healthy";
   int is_defer = method[0] == 'd', comes_to_end;
   pthread_t readers[N_READERS], stuck = 0;
   how.is_sync = method[0] == 's';
   how.stalled = !strcmp(variant, "stalled");
   how.late = !strcmp(variant, "late");
   how.slow = !strcmp(variant, "slow");
   how.kept = !strcmp(variant, "kept");
   how.rounds = argc > 3 ? atol(argv[3]) : 800;
   how.batch = argc > 4 ? atol(argv[4]) : 4;
   how.pause_us = argc > 5 ? atol(argv[5]) : 1000;

   if (how.is_sync && how.stalled)
      return 2;
   rcu_register_thread();
   if (is_defer && rcu_defer_register_thread() != 0)
      abort();
   shared = config_new(0);
   for (long i = 0; i < N_READERS; i++) {
      char name[16];
      snprintf(name, sizeof name, "reader-%ld", i + 1);
      readers[i] = start(name, reader, NULL);
   }
   if (how.stalled || how.late)
      stuck = start("stuck-reader", stuck_reader, NULL);
   write_rounds(method);

   comes_to_end = !how.stalled && !how.slow; /* nothing is pending any more */
   if (comes_to_end) {
      if (stuck) {
         if (is_qsbr)
            rcu_thread_offline();
         pthread_join(stuck, NULL);
         if (is_qsbr)
            rcu_thread_online();
      }
      if (is_defer)
         rcu_defer_barrier();
      else
         rcu_barrier();
   }
   if (how.slow) {
      atomic_store(&is_stopping, 1);
      sleep_us(5 * SLOW_US);
   }
   truth_print("urcu");
   if (!comes_to_end)
      _exit(0); /* as a service that is told to stop: nobody waits for the garbage */
   atomic_store(&is_over, 1);
   if (is_qsbr)
      rcu_thread_offline();
   for (long i = 0; i < N_READERS; i++)
      pthread_join(readers[i], NULL);
   if (is_qsbr)
      rcu_thread_online();
   if (is_defer)
      rcu_defer_unregister_thread();
   rcu_unregister_thread();
   free(shared->item.owned);
   free(shared);
   return 0;
}
