/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain: reclamation schemes, and what waits in them to be freed.
 *
 * Answers: what was retired and not freed, how long does that take, and who is in the way? Whoever sees a scheme at work (an adaptor for a
 * library, client requests) reports events here; a domain is one instance of a scheme.
 *
 * G1  an object is pending from its retire to its end: the free of the block it lies in, domain_free(), or, where nothing else can end
 *     it, domain_reclaim(). While it is pending it counts once, with the blocks it owns.
 * G2  mistakes (unpin without pin, retire of what is pending, end of what is not) are counted, change nothing and return False.
 * G4  under --max-tool-memory objects may be more than can be followed: the later ones are only counted (retires-dropped), until some of the
 *     earlier ones are gone. Nothing is known of them, and events for them are no mistakes.
 * G3  after exit has begun nothing here changes any more. */
#ifndef LG_DOMAIN_H
#define LG_DOMAIN_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

/* The core's lg_reclaim_scheme. */
typedef enum { LG_SCHEME_EBR, LG_SCHEME_QSBR, LG_SCHEME_RCU, LG_SCHEME_HP, LG_N_SCHEMES } LgScheme;

enum { LG_DOMAINS_MAX = 1024, LG_ROOTS_MAX = 64, LG_LEVELS_MAX = 8 };

/* The domain that `key` (the address of a collector, or any number that is unique among domains of its scheme) stands for; made at
 * its first use, under the given name (copied). 0 when there are too many: further events for 0 do nothing. */
UInt LG_(domain_get)(UWord key, LgScheme scheme, const HChar *name);
/* The same without making one: 0 when there is none. */
UInt LG_(domain_find)(UWord key, LgScheme scheme);
UInt LG_(domain_count)(void);

/* What of this domain is observed and how, for people: "pins: sampled every 10 ms; retires: exact". Copied, at most 255 bytes. */
void LG_(domain_set_coverage)(UInt d, const HChar *text);
/* How many advances after an object was queued it may be reclaimed. Default: 2 for EBR, else 1. */
void LG_(domain_set_grace)(UInt d, UInt advances);

/* ---- readers ---- */

/* A participant (any number; its record's address, say) enters a critical section on this thread. Nested pins are counted. The stack
 * is captured now. */
void LG_(domain_pin)(UInt d, UWord participant, ThreadId tid);
Bool LG_(domain_unpin)(UInt d, UWord participant, ThreadId tid);
/* The participant holds nothing at this moment: pinned anew from now on if it is pinned. */
void LG_(domain_quiescent)(UInt d, UWord participant, ThreadId tid);
/* For sampling: the participant is pinned now, in a critical section that `section` names (its epoch, say): another number than before
 * means that it has left in between. tid VG_INVALID_THREADID: not known. The stack is where the thread stands now. */
void LG_(domain_see_pin)(UInt d, UWord participant, ThreadId tid, UWord section);
void LG_(domain_see_no_pin)(UInt d, UWord participant);
/* The participant has unregistered. */
void LG_(domain_forget)(UInt d, UWord participant);

/* ---- objects ---- */

typedef struct {
   UWord object; /* its name in later events: its address. Below 2^48 */
   SizeT szB;    /* its bytes; 0: those of the heap block that contains `object` */
   const UWord *
      roots; /* not NULL: `object` is only a name, and what is retired are the blocks that these words (of a closure, say) point to */
   UInt n_roots;  /* <= LG_ROOTS_MAX */
   UInt levels;   /* levels of pointers that are followed from these blocks on; 0: none, <= LG_LEVELS_MAX */
   Bool interior; /* pointers into a block own it too, not only those to its begin */
   Bool
      neighbours; /* follow also pointers to blocks of the size and allocation stack of the retired one: else they are taken for links */
   Bool is_sampled; /* the thread is not at the retire: no retire stack */
   UWord stash;     /* where it waits to be queued (the thread's bag); 0: it is queued at once */
} LgRetire;

/* What an ordinary object is: address, everything else 0. */
#define LG_RETIRE(address) ((LgRetire){.object = (address)})

/* The object waits from now on. What it owns is measured now: each live block once per domain, while it lives. False: refused. */
Bool LG_(domain_retire)(UInt d, ThreadId tid, const LgRetire *r);
/* `object`, or with 0 everything in this stash, waits for its grace period from now on. */
Bool LG_(domain_queued)(UInt d, UWord stash, UWord object);
/* The heap block at this address is the library's own and is there as long as the object waits (the node of a queue). It does not count
 * as retired, but its account's growth is the backlog's. */
void LG_(domain_carry)(UInt d, UWord object, Addr block);
/* The same for a block of the library's own that was itself retired (a node taken out of that queue): it is there until it is freed. */
void LG_(domain_waits)(UInt d, Addr block);
/* The epoch advanced, or a grace period ended. `epoch` is the scheme's own number, 0 if it has none. */
void LG_(domain_advance)(UInt d, ULong epoch);
/* The object's destructor begins. */
Bool LG_(domain_reclaim)(UInt d, ThreadId tid, UWord object);
/* The object is gone. Needless where a heap block is freed: that is seen. */
Bool LG_(domain_free)(UInt d, ThreadId tid, UWord object);
Bool LG_(domain_is_pending)(UInt d, UWord object);

/* ---- time ---- */

/* Calls fn about every period_ms milliseconds, never within an event and never while translated code is half way through a block; it may
 * read symbols and client memory. */
void LG_(domain_add_sampler)(void (*fn)(void), UInt period_ms);

/* Calls all of them now: the end is near. */
void LG_(domain_sample_now)(void);

/* True once there is a domain or a sampler. */
extern Bool LG_(domain_is_active);

/* From the clock points: this thread is about to run, or enters or leaves a system call. */
void LG_(domain_poll)(ThreadId tid);
void LG_(domain_in_syscall)(ThreadId tid, Bool is_in);
void LG_(domain_thread_exits)(ThreadId tid);

/* From lg_watch: a block's memory is about to go. Reads no symbols, writes nothing. */
void LG_(domain_block_freed)(ThreadId tid, Addr start, SizeT szB);

#endif
