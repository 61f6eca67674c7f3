/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ck: a writer that replaces a shared object and readers that look at it, on Concurrency Kit's epochs or hazard pointers.
 *
 *    ck SCHEME VARIANT [ROUNDS [BATCH [PAUSE_US]]]
 *
 * SCHEME   epoch   ck_epoch_call, ck_epoch_poll
 *          hp      ck_hp_retire, ck_hp_reclaim
 * VARIANT  healthy readers come and go, the writer polls after every round
 *          stalled one reader enters its section (publishes a hazard pointer) after a tenth of the rounds and stays there
 *          nopoll  nobody polls (reclaims)
 *          late    as stalled, but it leaves after two thirds of the rounds, and all comes back
 *
 * The last line is the truth about all objects (reclaim.h). A hazard pointer protects one object: the backlog of a stalled reader is
 * what it holds, so hp's reader that stays holds HELD objects. */
#define _GNU_SOURCE
#include <ck_epoch.h>
#include <ck_hp.h>
#include <ck_pr.h>
#include <unistd.h>

#include "reclaim.h"

enum { N_READERS = 2, HELD = 64 };

typedef struct {
   unsigned long version;
   Item item;
   ck_epoch_entry_t entry;
   ck_hp_hazard_t hazard;
   char text[64];
} Config;

static ck_epoch_t epoch;
static ck_hp_t hp;
static ck_epoch_record_t records[N_READERS + 2];
static ck_hp_record_t hp_records[N_READERS + 2];
static void *hazards[N_READERS + 2][HELD];
static Config *shared;
static struct {
   int is_hp, stalled, late, nopoll;
   long rounds, batch, pause_us;
} how;
static atomic_long round_now;
static atomic_int is_over;
static atomic_ulong checksum;

static void participate(long i)
{
   if (how.is_hp)
      ck_hp_register(&hp, &hp_records[i], hazards[i]);
   else
      ck_epoch_register(&epoch, &records[i], NULL);
}

/* Publishes a hazard pointer to what is shared now. */
static Config *protect(long i, unsigned slot)
{
   Config *c;
   do {
      c = ck_pr_load_ptr(&shared);
      ck_hp_set_fence(&hp_records[i], slot, c);
   } while (c != ck_pr_load_ptr(&shared));
   return c;
}

static void *reader(void *arg)
{
   long i = (long)arg;
   participate(i);
   while (!atomic_load(&is_over)) {
      if (how.is_hp) {
         atomic_fetch_add(&checksum, protect(i, 0)->version);
         ck_hp_clear(&hp_records[i]);
      } else {
         ck_epoch_begin(&records[i], NULL);
         atomic_fetch_add(&checksum, ((Config *)ck_pr_load_ptr(&shared))->version);
         ck_epoch_end(&records[i], NULL);
      }
      sleep_us(how.pause_us);
   }
   return NULL;
}

/* Where the report has to lead: the section that is never left. */
static __attribute__((noinline)) void hold_on_to_config(long i)
{
   long until = how.late ? how.rounds * 2 / 3 : 2000000000;
   unsigned held = 0;
   if (!how.is_hp)
      ck_epoch_begin(&records[i], NULL);
   while (atomic_load(&round_now) < until && !atomic_load(&is_over)) {
      Config *c = how.is_hp && held < HELD ? protect(i, held++) : NULL;
      atomic_fetch_add(&checksum, c ? c->version : 0);
      sleep_us(1000);
   }
   if (how.is_hp)
      ck_hp_clear(&hp_records[i]);
   else
      ck_epoch_end(&records[i], NULL);
}

static void *stuck_reader(void *arg)
{
   while (atomic_load(&round_now) < how.rounds / 10)
      sleep_us(1000);
   participate((long)arg);
   hold_on_to_config((long)arg);
   return NULL;
}

static void config_free(Config *c)
{
   atomic_fetch_add(&books.called, 1);
   item_free(&c->item, c);
}

static void config_reclaim(ck_epoch_entry_t *entry)
{
   config_free((Config *)((char *)entry - offsetof(Config, entry)));
}

static void config_destroy(void *config)
{
   config_free(config);
}

static Config *config_new(unsigned long version)
{
   Config *c = malloc(sizeof *c);
   memset(c, 0, sizeof *c);
   c->version = version;
   item_init(&c->item, sizeof *c);
   return c;
}

static __attribute__((noinline)) void replace_config(unsigned long version)
{
   Config *old = shared;
   ck_pr_store_ptr(&shared, config_new(version));
   item_retires(&old->item);
   if (how.is_hp)
      ck_hp_retire(&hp_records[0], &old->hazard, old, old);
   else
      ck_epoch_call(&records[0], &old->entry, config_reclaim);
}

static void poll_once(void)
{
   if (how.is_hp)
      ck_hp_reclaim(&hp_records[0]);
   else
      ck_epoch_poll(&records[0]);
}

int main(int argc, char **argv)
{
   const char *scheme = argc > 1 ? argv[1] : "epoch", *variant = argc > 2 ? argv[2] : "healthy";
   pthread_t readers[N_READERS], stuck = 0;
   how.is_hp = !strcmp(scheme, "hp");
   how.stalled = !strcmp(variant, "stalled");
   how.late = !strcmp(variant, "late");
   how.nopoll = !strcmp(variant, "nopoll");
   how.rounds = argc > 3 ? atol(argv[3]) : 800;
   how.batch = argc > 4 ? atol(argv[4]) : 4;
   how.pause_us = argc > 5 ? atol(argv[5]) : 1000;

   ck_epoch_init(&epoch);
   ck_hp_init(&hp, HELD, 1000000000, config_destroy);
   participate(0);
   shared = config_new(0);
   for (long i = 0; i < N_READERS; i++) {
      char name[16];
      snprintf(name, sizeof name, "reader-%ld", i + 1);
      readers[i] = start(name, reader, (void *)(i + 1));
   }
   if (how.stalled || how.late)
      stuck = start("stuck-reader", stuck_reader, (void *)(long)(N_READERS + 1));
   for (long i = 0; i < how.rounds; i++) {
      for (long j = 0; j < how.batch; j++)
         replace_config((unsigned long)(i * how.batch + j));
      if (!how.nopoll)
         poll_once();
      atomic_store(&round_now, i + 1);
      sleep_us(how.pause_us);
   }
   if (!how.stalled && !how.nopoll) {
      if (stuck)
         pthread_join(stuck, NULL);
      atomic_store(&is_over, 1);
      for (long i = 0; i < N_READERS; i++)
         pthread_join(readers[i], NULL);
      if (how.is_hp)
         ck_hp_purge(&hp_records[0]);
      else
         ck_epoch_barrier(&records[0]);
      free(shared->item.owned);
      free(shared);
   }
   truth_print(how.is_hp ? "ck_hp" : "ck_epoch");
   if (how.stalled || how.nopoll)
      _exit(0);
   return 0;
}
