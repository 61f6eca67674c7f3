/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_retired: the objects that wait to be freed, and the pins among them.
 *
 * Answers: which pending object has this address, and what came before and after it? Objects and pins of one domain form one list in the
 * order of time: whatever stands behind a pin was retired while it was held. So the objects that the oldest pin blocks are known by
 * walking over each of them once, when that pin leaves.
 *
 * N1  node ids are 1 .. ; a node is in the list of its domain from node_append() to node_remove(); its address never changes.
 * N2  a retired node is in the index under (domain, object) exactly once; pins are not. */
#ifndef LG_RETIRED_H
#define LG_RETIRED_H

#include "lg_compat.h"

typedef enum {
   LG_PHASE_STASH, /* retired, not yet queued */
   LG_PHASE_GRACE, /* queued, destructor not begun */
   LG_PHASE_FREE,  /* destructor begun, block not freed */
   LG_N_PHASES
} LgPhase;

/* 64 bytes: a million pending objects are ordinary. Times are of clock_micros(). */
typedef struct {
   ULong object : 48; /* pin: its number in its domain */
   ULong is_pin : 1;
   ULong is_blocked : 1;      /* some pin is older */
   ULong ends_at_reclaim : 1; /* nothing else will end it */
   ULong phase : 2;           /* LgPhase */
   ULong n_roots : 10;        /* live blocks that were retired themselves */
   ULong B : 48;              /* live bytes that come back with it */
   ULong domain : 16;
   ULong retired_us : 48;
   ULong birth_low : 16;   /* base interval of the retire */
   ULong allocated_B : 48; /* by the program, up to the retire; modulo 2^48 */
   ULong birth_high : 16;
   union {
      struct {
         UInt next; /* younger in the same stash; 0: none */
         UShort stash;
      } stash;        /* LG_PHASE_STASH */
      ULong since_us; /* later: begin of the phase */
   } u;
   UInt queue_epoch; /* the domain's advances when it was queued; LG_PHASE_STASH: the node before it in the stash */
   UInt epoch;       /* the domain's advances when it was retired; modulo 2^32 */
   UInt account;     /* by retire stack; 0: none */
   UInt prev, next;  /* in the domain's list */
   UInt owned;       /* first of its blocks in lg_owned */
} LgNode;

/* A list of nodes. */
typedef struct {
   UInt first, last;
} LgNodeList;

/* Borrowed until the node is removed. */
LgNode *LG_(node)(UInt id);

/* A new node, all 0, at the end of the list. */
UInt LG_(node_append)(LgNodeList *list);
/* Takes a node out of the list, for ever. A retired one must have left the index. */
void LG_(node_remove)(LgNodeList *list, UInt id);

static inline UInt LG_(node_birth)(const LgNode *n)
{
   return (UInt)n->birth_low | (UInt)n->birth_high << 16;
}

static inline void LG_(node_set_birth)(LgNode *n, UInt birth)
{
   n->birth_low = birth & 0xffff;
   n->birth_high = birth >> 16;
}

/* The pending object of this domain under this name, or 0. */
UInt LG_(retired_find)(UInt domain, Addr object);
/* Enters a node whose domain and object are set and not in the index. */
void LG_(retired_index)(UInt id);
void LG_(retired_unindex)(UInt id);

/* Whether there is a node that takes no more memory. */
Bool LG_(retired_has_free)(void);

/* Checks N1 and N2 for one list; asserts. Returns the number of retired nodes. */
ULong LG_(retired_sanity)(const LgNodeList *list, UInt domain);
void LG_(retired_stats)(ULong *n_nodes, ULong *bytes);

#endif
