/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_lag: does what was retired come back, and if not, who is in the way?
 *
 * Answers: does the backlog of a domain keep growing, in bytes or in objects, how large was it at most, which stalls are open, and which
 * growth of the heap is nothing but backlog? docs/RECLAMATION.md defines the quantities.
 *
 * J1  a domain whose backlog does not grow, or grows by less than lag_B bytes and lag_objects objects, has no finding of kind lag and is called bounded; one
 *     without an open stall has none of kind stall.
 * J2  growth of a heap account is explained by backlog only where a finding of kind lag or stall exists and the account without its
 *     waiting blocks (lg_reclaim.h, B2) is not seen to grow. What grows without them is growth, and measured without them.
 *     So is what a library allocates for objects that wait, at most two blocks for each (lg_lag.c, is_bag()).
 * J3  stalls that have ended are no findings. */
#ifndef LG_LAG_H
#define LG_LAG_H

#include "lg_source.h"
#include "lg_trend.h"

/* One domain, judged. */
typedef struct {
   uint32_t backlog;                  /* its account; UINT32_MAX: there is none, nothing was ever retired */
   uint32_t retirer;                  /* the account by retire stack that holds most of it, or the backlog itself */
   uint64_t retirer_B;                /* what that one holds at the end of the recording; 0 for the backlog itself */
   lg_trend trend;                    /* in bytes, or in objects when only their number grows */
   int is_by_objects;                 /* the latter: the numbers of trend count objects */
   uint64_t retired;                  /* objects, over the whole recording; retired - objects were freed */
   uint64_t objects, B;               /* that wait at the end of the recording */
   uint64_t judged_objects, judged_B; /* at the end of what was judged */
   uint64_t peak_objects, peak_B;     /* each at its own moment */
   uint32_t worst;                    /* 1 + the open stall that blocks most; 0: none */
   uint32_t worst_ended;              /* 1 + the ended stall that blocked most; 0: none */
   uint32_t n_open, n_ended;
   uint32_t oldest_pin; /* 1 + the reader that has been pinned for longest now; 0: none */
   uint64_t idle_since; /* the time of the last advance; UINT64_MAX: never advanced, or not known */
   uint32_t finding;    /* 1 + index of its most important finding; 0: none */
} lg_domain_result;

#endif
