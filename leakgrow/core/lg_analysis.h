/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_analysis: from a profile to ranked findings.
 *
 * Answers: which accounts, contexts and functions keep growing, in which order should an engineer read them, and what is to
 * be said of the run as a whole? The tool runs it at exit on what it holds in memory, the viewer on what it read from a
 * file; both see the same lg_source, so both say the same.
 *
 * N1  accounts are judged first; a context or function is a finding of its own only for growth that no growing account of it
 *     explains.
 * N2  findings do not depend on account numbers, addresses or the order of definition: ties are broken by names.
 * N3  a bounded program has no finding of kind growth.
 * Freestanding; memory comes from the caller. */
#ifndef LG_ANALYSIS_H
#define LG_ANALYSIS_H

#include "lg_total.h"
#include "lg_trend.h"

typedef enum { LG_ACCOUNT_HEAP, LG_ACCOUNT_MAPPING } lg_account_kind;

typedef struct {
   lg_account_kind kind;
   uint32_t context;       /* context id; 0 is the root */
   uint32_t n_frames;      /* trimmed frames, innermost first */
   const uint32_t *frames; /* frame ids; borrowed, valid as long as the source */
   uint64_t live_B, live_blk; /* at the end of the recording, teardown included */
   uint64_t peak_B;
} lg_account_info;

/* What a profile offers. All functions take `self` first. Strings are borrowed, 0-terminated and never NULL; "" is unknown. */
typedef struct {
   void *self;
   uint32_t n_accounts, n_intervals, shift;
   uint64_t base;            /* time units per base interval */
   char unit;                /* 'm' ms, 'B' bytes, 'i' instructions, 't' ticks */
   const lg_total *totals;   /* [n_intervals], the last one is in progress */
   uint32_t exit_interval;   /* the interval that was in progress when exit began; n_intervals - 1 if it did not */
   uint64_t heap_limit_B;    /* 0: none */
   void (*account)(void *self, uint32_t account, lg_account_info *out);
   void (*series)(void *self, uint32_t account, lg_dense *out); /* fills everything, died_at_age too */
   uint32_t (*frame_fn)(void *self, uint32_t frame);            /* equal ids <=> equal function names */
   const char *(*fn_name)(void *self, uint32_t fn);
   const char *(*frame_file)(void *self, uint32_t frame);
   uint32_t (*frame_line)(void *self, uint32_t frame);
   const char *(*frame_object)(void *self, uint32_t frame);
   const char *(*context_label)(void *self, uint32_t context);
   uint32_t (*context_parent)(void *self, uint32_t context);    /* 0 for children of the root and for the root */
} lg_source;

typedef enum { LG_ABOUT_ACCOUNT, LG_ABOUT_CONTEXT, LG_ABOUT_FUNCTION, LG_ABOUT_MAPPING, LG_ABOUT_TOTAL } lg_about;

#endif
