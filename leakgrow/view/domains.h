/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domains: what a profile says of reclamation domains besides their accounts' intervals.
 *
 * Answers: which domains are there, how did their epochs move, how long did objects wait, which readers and which stalls were
 * seen? Part of a profile: filled line by line, undone when a transaction is not committed.
 *
 * M1  domain 0 means "none"; the others are numbered from 1 in order of their definition.
 * M2  memory is in proportion to domains, their readers, incidents and used buckets, never to the number of lines.
 * M3  incidents of a domain have the serials 1, 2, 3 ... without gaps; readers are sorted by thread.
 * Strings belong to the profile. The functions expect checked values, and a domain that exists. */
#ifndef VIEW_DOMAINS_H
#define VIEW_DOMAINS_H

#include "lg_reclaim.h"
#include "lg_series.h"

enum { DOMAIN_READERS_MAX = 4096, DOMAIN_INCIDENTS_MAX = 1024 };

typedef struct {
   uint32_t index;
   lg_domain_point at; /* the end of this interval */
} domain_record;

/* frames are found by the stack's id when they are asked for */
typedef struct {
   lg_reader r;
   uint32_t stack;
} domain_reader;

typedef struct {
   lg_incident i;
   uint32_t stack;
} domain_incident;

/* What lines can change. */
typedef struct {
   const char *coverage;
   uint32_t shift, n_records;
   domain_record *records; /* sorted by index; at most LG_INTERVALS_MAX */
   size_t records_cap;
   lg_hist hist[LG_N_LAGS];
   uint32_t n_readers, n_incidents;
   domain_reader *readers;
   domain_incident *incidents;
   size_t readers_cap, incidents_cap;
} domain_state;

typedef struct {
   lg_reclaim_scheme scheme;
   uint32_t context;
   const char *name;
   domain_state now;
   domain_state *before; /* as of the last commit, when the open transaction changed it */
} domain;

typedef struct {
   domain *d;
   size_t n, cap, committed;
   uint32_t *touched; /* domains with a `before` */
   size_t n_touched, touched_cap;
} domains;

void domains_init(domains *ds);
void domains_free(domains *ds);

/* Returns 0 when there are too many. */
int domains_add(domains *ds, lg_reclaim_scheme scheme, uint32_t context, const char *name);

/* The domain's state, to be changed in the open transaction. */
domain_state *domains_change(domains *ds, uint32_t d);

/* Each replaces what was said before of the same interval, lag, thread or serial. They return 0 when there are too many, or the
 * serial is not the next one. */
void domain_add_point(domain_state *s, uint32_t shift, uint32_t index, const lg_domain_point *at);
void domain_set_hist(domain_state *s, lg_lag which, const lg_hist *h); /* copies */
int domain_add_reader(domain_state *s, const domain_reader *r);
int domain_add_incident(domain_state *s, uint32_t serial, const domain_incident *i);

/* The end of a transaction. */
void domains_commit(domains *ds);
void domains_rollback(domains *ds);

/* The point of every interval of `shift`, which is not smaller than any in the file: intervals without a line repeat the one before. */
void domain_points(const domain_state *s, uint32_t shift, uint32_t n_intervals, lg_domain_point *out);

#endif
