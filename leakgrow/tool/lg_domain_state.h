/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_state: what is known of a reclamation domain, shared by the modules that keep, judge and write it.
 *
 * L1  phase_n and phase_B are sums over the retired nodes of `list`; all of them together are what the account `total` holds.
 * L2  blocked_n and blocked_B are sums over the nodes behind the oldest pin: those with is_blocked.
 * L3  `oldest` is the first pin of `list`; pins stand there in the order in which they were taken. */
#ifndef LG_DOMAIN_STATE_H
#define LG_DOMAIN_STATE_H

#include "lg_account.h"
#include "lg_domain.h"
#include "lg_reclaim.h"
#include "lg_retired.h"

#include "pub_tool_hashtable.h"

enum { LG_COMM_B = 16 }; /* a thread's name, as the kernel has it */

/* A participant of a domain. The first two fields are VgHashTable's. */
typedef struct LgPin {
   struct LgPin *next;
   UWord participant;
   UInt number;           /* in LgDomain.pins */
   UInt reader;           /* in LgDomain.readers, from 1; 0: none */
   UInt node;             /* in LgDomain.list; 0: not pinned */
   UInt depth;            /* of nested pins */
   ThreadId tid;          /* VG_INVALID_THREADID: not known, or ended since */
   UInt thread;           /* its number for people; 0: not known */
   HChar name[LG_COMM_B]; /* of the thread, once that has ended */
   UInt stack, context;   /* 0: not known */
   UWord section;         /* domain_see_pin() */
   ULong since_us, since; /* clock_micros(); time units */
   ULong turns;           /* of the thread when it was pinned */
   ULong n_pins;
   ULong window_us;                  /* pinned in the window that is being measured, up to the last unpin */
   UInt window_pins, sections, duty; /* pins in it; the same and the pinned share, in 1/1000, of the one before */
} LgPin;

/* A thread as a reader, all its participants together. */
typedef struct {
   UInt thread;
   ThreadId tid;                /* VG_INVALID_THREADID: not known, or ended since */
   HChar name[LG_COMM_B];       /* as it was when it was asked for last */
   ULong pins, first_us;        /* the first section began */
   ULong pinned_us, longest_us; /* of sections that are over */
   UInt context, stack;         /* of the longest one */
   Bool is_news;
} LgReader;

/* Where objects wait to be queued. */
typedef struct LgStash {
   struct LgStash *next;
   UWord key;
   UInt number;            /* in LgDomain.stashes */
   UInt first, last;       /* nodes, oldest first */
   ULong n, B, retired_us; /* of the latest retire */
   ULong since;            /* time units: the retire of `first`, or later when that one was taken out */
   ThreadId tid;
   UInt thread, stack, context; /* of the latest retire */
   HChar name[LG_COMM_B];
   UInt seen; /* as LgDomain.seen */
} LgStash;

/* One interval of a domain, at its end. */
typedef struct {
   UInt index;
   ULong epoch, advances, pins;
} LgDomainRec;

/* A stall that was seen. */
typedef struct {
   UInt serial; /* 1 .. within the domain */
   lg_stall kind;
   Bool is_open, is_news; /* is_news: differs from what was written */
   Bool by_duty;          /* a reader that comes back all the time */
   ULong since, until;    /* time units */
   UInt context, stack, thread;
   HChar name[LG_COMM_B];
   UWord subject;    /* participant, or number of the stash */
   ULong subject_us; /* since_us of that pin */
   ULong least;      /* fewer objects end it */
   ULong n, B, peak_n, peak_B;
} LgStall;

typedef struct LgDomain {
   UInt id, context, grace;
   UWord key;
   LgScheme scheme;
   HChar *name, *coverage; /* owned */
   LgAccount *total;
   Bool has_stash, has_advance, has_reclaim; /* such events were seen */

   ULong epoch, n_advances, n_pins, n_retired, n_gone;
   ULong n_dropped;                /* retired objects that are not followed, because there was no memory for them */
   ULong released_us;              /* the oldest pin left after it had been held for long */
   ULong advanced_us, progress_us; /* the last advance; the last advance, reclaim or end of an object */
   ULong *advances;                /* [advances_cap], times by number of the advance, modulo the size */
   UInt advances_cap;
   ULong advances_from; /* the first advance that is kept */

   LgNodeList list;
   LgNodeList own; /* nothing, or: */
   UInt garbage;   /* a node that stands for the library's own retired blocks; it is no object and never ends */
   ULong phase_n[LG_N_PHASES], phase_B[LG_N_PHASES];
   ULong blocked_n, blocked_B, blocked_peak_n, blocked_peak_B; /* peaks: since the oldest pin is the oldest */
   UInt oldest;
   VgHashTable *pin_table, *stash_table;
   LgPin **pins;
   LgStash **stashes;
   UInt n_pins_known, pins_size, n_stashes, stashes_size;

   lg_hist lag[LG_N_LAGS];
   Bool lag_is_news, rec_is_news, is_coverage_news;
   LgDomainRec *recs;
   UInt n_recs, recs_size;

   LgReader *readers;
   UInt n_readers, readers_size;
   LgStall *stalls; /* by serial */
   UInt n_stalls, stalls_size;
   UInt seen[LG_N_STALLS];             /* how often in a row it looked like a stall */
   ULong window_start_us, window_gone; /* n_gone when the window of duties began */

   UInt busy_stuck;  /* windows in a row in which nothing was freed meanwhile */
   UWord busy;       /* 1 + the participant that hardly ever left in the last window; 0: none */
   ULong busy_since; /* time units: the end of the first such window */
} LgDomain;

/* 1 .. domain_count(). */
LgDomain *LG_(domain_by_id)(UInt id);

/* lg_domain_time: how often a thread has been given the processor; True while it is in a system call. */
ULong LG_(thread_turns)(ThreadId tid);
Bool LG_(thread_is_in_syscall)(ThreadId tid);
/* Name of a thread as the kernel has it, "" when it cannot be found out. */
void LG_(thread_comm)(ThreadId tid, HChar name[LG_COMM_B]);

/* Clears is_evicted[] of every stack that a domain names: lg_stack is not to forget it. */
void LG_(domain_keep_stacks)(UChar *is_evicted);

/* Checks L1 to L3 for all domains; asserts. */
void LG_(domain_sanity)(void);

#endif
