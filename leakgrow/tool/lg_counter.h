/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_counter: what went wrong without being fatal.
 *
 * Answers: which mistakes did the client make, how often, and where first? Which of our own limits were reached? Everything here
 * is counted, told once at exit and written to the profile. */
#ifndef LG_COUNTER_H
#define LG_COUNTER_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

/* clang-format off */
#define LG_COUNTERS(X) \
/*   enum             name in profile     at exit */ \
   X(BOGUS_FREE,      "bogus-free",       "frees of addresses at which no block begins") \
   X(DOUBLE_FREE,     "double-free",      "frees of blocks that were already free") \
   X(BOGUS_REALLOC,   "bogus-realloc",    "reallocs of addresses at which no block begins") \
   X(FAILED_ALLOC,    "failed-alloc",     "allocations that failed") \
   X(ZERO_SIZE,       "zero-size",        NULL) \
   X(BAD_REQUEST,     "bad-request",      "client requests with unusable arguments") \
   X(UNKNOWN_POOL,    "unknown-pool",     "requests for memory pools that do not exist") \
   X(POOL_OVERLAP,    "pool-overlap",     "blocks announced where a live one already begins") \
   X(DOUBLE_RETIRE,   "double-retire",    "retires of objects that wait to be reclaimed already") \
   X(UNKNOWN_RETIRED, "unknown-retired",  "events of reclamation for objects that were not retired") \
   X(UNBALANCED_PIN,  "unbalanced-pin",   "unpins of participants that are not pinned") \
   X(UNKNOWN_DOMAIN,  "unknown-domain",   "requests for reclamation domains that do not exist") \
   X(DOMAIN_DROPPED,  "domain-dropped",   "reclamation domains that were not taken up, because there are too many") \
   X(STALL_DROPPED,   "stall-dropped",    "stalls of reclamation of which nothing is kept, because there were too many") \
   X(CONTEXT_FULL,    "contexts-other",   "spans and tasks counted under (other), because there are more than --max-contexts or --max-tool-memory allows") \
   X(LABEL_REFUSED,   "labels-refused",   "labels of spans and tasks called (other), because there are too many") \
   X(ENTER_REFUSED,   "enters-refused",   "enters of spans and tasks that had no effect, because too many are entered") \
   X(EVENT_DROPPED,   "snapshot-dropped", "snapshots whose details were dropped, because too many were asked for") \
   X(ACCOUNT_MERGED,  "accounts-merged",  "accounts merged into (other), to stay below --max-tool-memory or --max-file-size") \
   X(STACK_REFUSED,   "stacks-refused",   "allocations by new call stacks counted under (other), because of --max-tool-memory") \
   X(INSTANCE_DROPPED,"instances-dropped", "open spans and tasks that were not followed any more, because of --max-tool-memory") \
   X(CLOSE_GUESSED,   "closes-guessed",   "ends of spans and tasks that were not followed any more: taken for those of the oldest") \
   X(RETIRE_DROPPED,  "retires-dropped",  "retired objects that were not followed, because of --max-tool-memory") \
   X(MEMORY_OVER,     "memory-over",      NULL) \
   X(FILE_OVER,       "file-over",        NULL) \
   X(BOOKS_B,         "books-B",          NULL) \
   X(FORK_FILE,       "fork-file",        NULL) \
   X(NOT_PRELOADED,   "not-preloaded",    NULL)
/* clang-format on */

typedef enum {
#define X(id, name, text) LG_##id,
   LG_COUNTERS(X)
#undef X
      LG_N_COUNTERS
} LgCounter;

/* Counts one. With a thread, the first one's stack is kept for the report. */
void LG_(counter_add)(LgCounter c, ThreadId tid);
/* For what is a state rather than a count. */
void LG_(counter_set)(LgCounter c, ULong n);
ULong LG_(counter_get)(LgCounter c);
const HChar *LG_(counter_name)(LgCounter c);

/* Clears is_evicted[] of the stacks that are to be told: lg_stack is not to forget them. */
void LG_(counter_keep_stacks)(UChar *is_evicted);

/* Tells about every counter that has words and is not 0; called once, at exit. */
void LG_(counter_report)(void);

#endif
