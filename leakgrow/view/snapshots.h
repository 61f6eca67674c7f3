/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshots: every moment a profile can show, in order of time.
 *
 * Answers: which moments are there, what was the program's state, and what did each account hold then? There is one for the
 * end of each interval, one for the exact peak, one for each event, and the last one is the end of the recording. */
#ifndef VIEW_SNAPSHOTS_H
#define VIEW_SNAPSHOTS_H

#include "profile.h"

typedef enum { SNAP_PERIODIC, SNAP_PEAK, SNAP_BURST, SNAP_GROWTH, SNAP_MARK, SNAP_REQUEST, SNAP_FINAL } snapshot_kind;

typedef struct {
   snapshot_kind kind;
   uint64_t time, live_B, live_blk;
   uint64_t floor_B, ceiling_B; /* of the interval; of a single moment both are live_B */
   uint64_t allocs, frees, allocated_B, ticks;
   uint64_t rss_B, mapped_B; /* 0 for the peak: not sampled */
   const char *name;         /* of a mark or a request, or "" */
   uint32_t interval;        /* index of the interval (SNAP_PERIODIC, SNAP_FINAL) */
   const event *event;       /* the event (others but the peak), or NULL */
   int has_rows;             /* snapshot_rows() knows what each account held */
} snapshot;

typedef struct {
   snapshot *s;
   uint32_t n;
} snapshots;

/* What one account held. */
typedef struct {
   uint64_t B, blk;
} holding;

snapshots snapshots_list(const profile *p); /* caller frees with snapshots_free() */
void snapshots_free(snapshots *list);

/* Fills held[0 .. n_accounts); has_rows must be true. */
void snapshot_rows(const profile *p, const snapshot *s, holding *held);

const char *snapshot_kind_name(snapshot_kind kind); /* the words of the JSON report */

#endif
