/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue_service: a whole service as a queueing network, event by event, with the books of every place it allocates at.
 *
 * Nothing of it was used to make the growth rule: load, lifetimes and policies are other models than those of sim_bounded and sim_growing,
 * drawn by another generator of random numbers, and what is judged is the program, not one account.
 *
 *   load       steady, in two changing moods, in a slow wave, in groups, or by clients that wait for their answer
 *   requests   wait for one of a few servers, whose times are exponential, lognormal or constant; a request and its body live until then
 *   sessions   begun by some requests, live lognormal, Weibull or Pareto times
 *   cache      of popular keys: least recent, random, or oldest out, or each for a time
 *   log        kept until there is enough of it, then flushed
 *   report     at intervals, as large as what there is to report, freed when written
 *   start-up   configuration that stays, and what it took to read it */
#ifndef QUEUE_SERVICE_H
#define QUEUE_SERVICE_H

#include "sim_account.h"

enum { QS_SHIFT = 3, QS_INTERVALS = 150, QS_STEPS = QS_INTERVALS << QS_SHIFT, QS_LOADS = 5 };

typedef enum {
   QS_REQUEST,
   QS_BODY,
   QS_SESSION,
   QS_SESSION_DATA,
   QS_CACHE,
   QS_LOG,
   QS_REPORT,
   QS_CONFIG,
   QS_READING,
   QS_KEPT, /* a place that only leaks */
   QS_PLACES
} qs_place;

typedef enum {
   QS_LEAK_OWN,     /* one request in so many keeps a block at a place of its own */
   QS_LEAK_SESSION, /* one session in so many is never closed */
   QS_LEAK_BODY,    /* one body in so many is not freed */
   QS_LEAK_CACHE,   /* one evicted entry in so many is not freed */
   QS_LEAK_BUSY,    /* requests that find a long queue keep a block */
   QS_LEAK_FLUSH,   /* each flush keeps blocks */
   QS_LEAK_LATE,    /* as own, from two fifths of the run on */
   QS_LEAKS
} qs_leak;

typedef struct {
   sim_account place[QS_PLACES];
   int64_t floor[QS_STEPS], ceiling[QS_STEPS]; /* of the heap, per step */
   uint64_t chances;                           /* to leak by the model asked for */
   uint64_t leaked_B, leaked;
   double mean_B; /* of the heap, in the second half */
   int load;
} qs_run;

/* Simulates the service of this number, always the same, for a part of a night: 1, or 4 for a quarter of it. leak_in: one in so many chances
 * is taken, 0: none. The caller frees. */
void qs_simulate(qs_run *run, uint64_t number, double part, qs_leak leak, double leak_in);
void qs_free(qs_run *run);

#endif
