/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history: what a profile says about one account over time, packed.
 *
 * Answers: which records, survivors, ages and final values do all lines about this account amount to? Lines are packed as they
 * come; when they have doubled since the last time, they are merged, so that an account never needs more than its merged
 * form, at most LG_INTERVALS_MAX records, and twice that for what came in since.
 *
 * H1  a record replaces what earlier ones of the same or of a smaller shift said about its interval.
 * H2  survivors and ages are sums of signed differences.
 * H3  bytes behind `committed` came with transaction `txn`; history_rollback() forgets them, and nothing is merged that could
 *     still be rolled back. */
#ifndef VIEW_HISTORY_H
#define VIEW_HISTORY_H

#include "lg_series.h"
#include "bytes.h"

typedef struct {
   bytes log;
   uint32_t committed; /* bytes of log that belong to transactions before txn */
   uint32_t merged;    /* bytes of log after the last merge */
   uint32_t txn;       /* transaction of the last line */
} history;

/* The final values of an account (line `l`). */
typedef struct {
   uint64_t live_B, live_blk, allocated_B, allocs;
} history_last;

/* A history taken apart; 27 kB, made once, cleared, and used again for each account: what must be clear is known, so that a short history is
 * soon taken apart. */
typedef struct {
   uint32_t shift;                           /* of everything below */
   uint64_t used[LG_INTERVALS_MAX / 64 + 1]; /* bits: slots that have been used; others are clear */
   uint8_t has[LG_INTERVALS_MAX];            /* rec[i] is valid */
   lg_rec rec[LG_INTERVALS_MAX];             /* survivors are not in here */
   int64_t surv_blk[LG_INTERVALS_MAX], surv_B[LG_INTERVALS_MAX];
   int64_t ages[LG_AGES];
   int has_ages, has_last;
   history_last last;
} history_state;

/* The interval of a shift larger by `by` that interval `index` is part of. */
static inline uint32_t history_coarser(uint32_t index, uint32_t by)
{
   return by < 32 ? index >> by : 0;
}

/* Each adds one line of transaction txn, which never falls. Return 0 when the account has too many bytes to be kept. */
int history_add_record(history *h, history_state *scratch, uint32_t txn, uint32_t shift, const lg_rec *rec);
int history_add_survivors(history *h, history_state *scratch, uint32_t txn, uint32_t shift, uint32_t index, int64_t blk,
                          int64_t B);
int history_add_age(history *h, history_state *scratch, uint32_t txn, uint32_t bucket, int64_t count);
int history_add_last(history *h, history_state *scratch, uint32_t txn, const history_last *last);

/* A line will soon be added: fetches what it will touch. */
static inline void history_expect(const history *h)
{
   __builtin_prefetch(h->log.data + h->log.len, 1);
}

/* Forgets the lines of this transaction. Returns true when there were some. */
int history_rollback(history *h, uint32_t txn);

/* Merges for the last time and gives back memory. */
void history_finish(history *h, history_state *scratch);

/* Takes a history apart, at `shift` or at its own shift if that is larger. */
void history_unpack(const history *h, uint32_t shift, history_state *out);

/* Writes its records, survivors included, in order of index; recs has room for LG_INTERVALS_MAX. Returns their number. */
uint32_t history_records(const history_state *s, lg_rec *recs);

void history_free(history *h);

#endif
