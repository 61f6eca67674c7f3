/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_reclaim: what a profile says of a reclamation domain besides the accounts of what waits in it.
 *
 * Answers: which schemes, lags and diagnoses are there, what are they called, and what is known of a domain, its readers and its
 * stalls? docs/RECLAMATION.md defines every quantity. Tool, reader, analysis and renderers share the words.
 *
 * B1  the backlog of a domain is the account of kind RETIRED with an empty stack in the domain's context; those with a stack are
 *     parts of it, by the stack that retired.
 * B2  an account of kind WAITING has the context and the stack of a heap account: its blocks are those of the heap account that wait in
 *     any domain. Each block counts once.
 * Freestanding; strings are borrowed, 0-terminated and never NULL. */
#ifndef LG_RECLAIM_H
#define LG_RECLAIM_H

#include "lg_hist.h"

#include <stddef.h>

typedef enum { LG_RECLAIM_EBR, LG_RECLAIM_QSBR, LG_RECLAIM_RCU, LG_RECLAIM_HP, LG_N_RECLAIMS } lg_reclaim_scheme;

/* Distributions over all objects that were freed. All but LG_LAG_BYTES and LG_LAG_EPOCHS are in microseconds. */
typedef enum {
   LG_LAG_TIME,   /* retire to free: the sum of the four parts */
   LG_LAG_BYTES,  /* bytes that the program allocated meanwhile */
   LG_LAG_EPOCHS, /* advances of the epoch, or grace periods, meanwhile */
   LG_LAG_STASH,  /* retired, not yet queued */
   LG_LAG_GRACE,  /* queued, epoch not yet old enough */
   LG_LAG_DRAIN,  /* old enough, its destructor not yet called */
   LG_LAG_FREE,   /* destructor called, memory not yet freed */
   LG_N_LAGS
} lg_lag;

/* Why a backlog does not shrink. */
typedef enum {
   LG_STALL_READER,   /* a reader never leaves its critical section */
   LG_STALL_ADVANCE,  /* no reader is in the way, but nobody advances or polls */
   LG_STALL_STASH,    /* a thread that has stopped retiring never hands over what it collected */
   LG_STALL_CALLBACK, /* destructors were called, but their memory is kept */
   LG_N_STALLS
} lg_stall;

/* "ebr"; "lag_ms"; "reader" ...: the words of a profile. */
const char *lg_reclaim_name(lg_reclaim_scheme s);
const char *lg_lag_name(lg_lag l);
const char *lg_stall_name(lg_stall s);

/* The one with this name, n bytes that need no 0; LG_N_... when there is none. */
lg_reclaim_scheme lg_reclaim_find(const char *name, size_t n);
lg_lag lg_lag_find(const char *name, size_t n);
lg_stall lg_stall_find(const char *name, size_t n);

typedef struct {
   lg_reclaim_scheme scheme;
   uint32_t context; /* its accounts are in here */
   const char *name;
   const char *coverage; /* what was observed of it and how; "" unknown */
   uint32_t n_readers, n_incidents;
} lg_domain_info;

/* A domain at the end of an interval. advances and pins are cumulative. */
typedef struct {
   uint64_t epoch; /* the scheme's own number; 0 unknown */
   uint64_t advances, pins;
} lg_domain_point;

/* One thread as a reader of a domain. */
typedef struct {
   uint32_t thread; /* Valgrind's number */
   const char *name;
   uint64_t pins;                               /* critical sections entered */
   uint64_t pinned_us, observed_us, longest_us; /* in critical sections; since the first one; in the longest one */
   int is_pinned;                               /* it is inside one now ... */
   uint64_t since;                              /* ... since this time, in time units */
   uint32_t context, n_frames;                  /* of the present section, or of the longest one; 0: unknown */
   const uint32_t *frames;
} lg_reader;

/* A time in which what waited was not reclaimed for one reason. */
typedef struct {
   lg_stall diagnosis;
   int is_open;
   uint64_t since, until; /* time units; until is the end of the recording while it is open */
   uint64_t objects, B;   /* blocked now; 0 when it has ended */
   uint64_t peak_objects, peak_B;
   uint32_t thread; /* whose pin, stash or advance is missing; 0 unknown or nobody's */
   const char *thread_name;
   uint32_t context, n_frames; /* where the reader entered; nothing when unknown */
   const uint32_t *frames;
} lg_incident;

#endif
