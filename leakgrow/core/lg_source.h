/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_source: what a profile offers to the analysis.
 *
 * Answers nothing itself: it is the seam between the analysis and whoever holds the data, the tool in its own tables, the viewer in
 * what it read from a file. Strings are borrowed, 0-terminated and never NULL; "" is unknown. They may hold any bytes: whoever
 * prints them makes them harmless. */
#ifndef LG_SOURCE_H
#define LG_SOURCE_H

#include "lg_discipline.h"
#include "lg_reclaim.h"
#include "lg_series.h"
#include "lg_total.h"

/* Blocks of a span or task account are its open instances, each of 1 byte; those of a retired account are objects that wait to be
 * reclaimed, with all the memory that will come back with them, by the stack that retired them; those of a waiting account are the
 * blocks of that memory, by the stack that allocated them (lg_reclaim.h). */
typedef enum {
   LG_ACCOUNT_HEAP,
   LG_ACCOUNT_MAPPING,
   LG_ACCOUNT_SPAN,
   LG_ACCOUNT_TASK,
   LG_ACCOUNT_RETIRED,
   LG_ACCOUNT_WAITING,
   LG_N_ACCOUNT_KINDS
} lg_account_kind;

/* Their letters in a profile, in the same order. */
#define LG_ACCOUNT_LETTERS "hmstrw"

/* Are its blocks open instances? */
static inline int lg_is_census(lg_account_kind kind)
{
   return kind == LG_ACCOUNT_SPAN || kind == LG_ACCOUNT_TASK;
}

typedef struct {
   lg_account_kind kind;
   uint32_t context;          /* context id; 0 is the root */
   uint32_t n_frames;         /* trimmed frames, innermost first */
   const uint32_t *frames;    /* frame ids; borrowed, valid as long as the source */
   uint64_t live_B, live_blk; /* at the end of the recording, teardown included */
   uint64_t total_blk;        /* allocated over the whole run, reallocs included; opened instances, retired objects */
} lg_account_info;

/* The history of an account as its holder keeps it, without the intervals in which nothing happened: S1 and S2 of lg_series hold. What a
 * record holds back does not count as a survivor. */
typedef struct {
   lg_account_kind kind;
   uint32_t n_recs;
   const lg_rec *recs; /* borrowed until the source is asked for another account's */
} lg_sparse;

/* What is known of an account of spans or tasks besides. The label itself is the innermost one of the account's context. */
typedef struct {
   const char *file; /* where the label is declared; "" unknown */
   uint32_t line;
   uint64_t misuse[LG_N_DISCIPLINES]; /* events against the rules, over the whole run */
} lg_census_info;

/* All functions take `self` first. Accounts are numbered from 0. Ids of functions and contexts should be small: the analysis needs
 * memory in proportion to the largest. */
typedef struct {
   void *self;
   uint32_t n_accounts, n_intervals, shift;
   uint64_t base;          /* time units per base interval */
   char unit;              /* 'm' ms, 'B' bytes, 'i' instructions, 't' ticks */
   const lg_total *totals; /* [n_intervals], the last one is in progress */
   uint32_t exit_interval; /* the interval that was in progress when exit began; n_intervals - 1 if it did not */
   uint32_t depth;         /* frames recorded at most (--depth); 0 when unknown */
   uint64_t heap_limit_B;  /* 0: none */
   void (*account)(void *self, uint32_t account, lg_account_info *out);
   void (*series)(void *self, uint32_t account, lg_dense *out); /* n_intervals of it, died_at_age too */
   /* The same series as it is kept; NULL when they are kept dense. All that is cheap with many accounts is done with it. */
   void (*sparse)(void *self, uint32_t account, lg_sparse *out);
   uint32_t (*frame_fn)(void *self, uint32_t frame); /* equal ids <=> equal function names */
   const char *(*fn_name)(void *self, uint32_t fn);
   const char *(*frame_file)(void *self, uint32_t frame);
   uint32_t (*frame_line)(void *self, uint32_t frame);
   const char *(*frame_object)(void *self, uint32_t frame);
   const char *(*context_label)(void *self, uint32_t context);
   uint32_t (*context_parent)(void *self, uint32_t context);          /* 0 for children of the root and for the root */
   void (*census)(void *self, uint32_t account, lg_census_info *out); /* of kinds SPAN and TASK only */
   uint32_t n_domains; /* reclamation domains, numbered from 0; with none the functions below may be NULL */
   void (*domain)(void *self, uint32_t domain, lg_domain_info *out);
   void (*domain_points)(void *self, uint32_t domain, lg_domain_point *out);             /* n_intervals of them */
   void (*domain_lag)(void *self, uint32_t domain, lg_lag which, lg_hist *out);          /* cells are borrowed */
   void (*domain_reader)(void *self, uint32_t domain, uint32_t nth, lg_reader *out);     /* by thread number */
   void (*domain_incident)(void *self, uint32_t domain, uint32_t nth, lg_incident *out); /* in order of time */
} lg_source;

#endif
