/* SPDX-License-Identifier: GPL-2.0-or-later */
/* contexts: what was held for which work.
 *
 * Answers: how much heap belongs to each context itself, without the contexts inside it, and how do its accounts fare? */
#ifndef VIEW_CONTEXTS_H
#define VIEW_CONTEXTS_H

#include "report.h"

typedef struct {
   uint32_t id;                 /* of the context; 0 is the root */
   uint64_t held_B;             /* before teardown */
   uint64_t live_B, live_blk;   /* at the end of the recording */
   uint64_t total_B, total_blk; /* allocated in all */
   uint64_t n_accounts;
   uint32_t n_growing, n_undecided; /* accounts */
   lg_verdict verdict;              /* the worst of its accounts */
} context_sum;

typedef struct {
   context_sum *s; /* contexts with heap accounts: by bytes held, then allocated */
   uint32_t n;
   uint64_t held_B; /* of all of them */
} context_list;

context_list contexts_list(const report *r); /* caller frees with contexts_free() */
void contexts_free(context_list *l);

#endif
