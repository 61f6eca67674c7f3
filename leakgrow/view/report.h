/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: one profile, analysed, with everything that several renderers need.
 *
 * Answers: what is there to be rendered, in which order? Renderers only read it: they compute no verdict and apply no threshold
 * of growth.
 *
 * A renderer is `void render_x(const report *, const view_opts *, out *)`, one file per format, listed at the end. */
#ifndef VIEW_REPORT_H
#define VIEW_REPORT_H

#include "groups.h"
#include "lg_word.h"
#include "options.h"
#include "out.h"
#include "reader.h"
#include "snapshots.h"

typedef struct {
   const char *file;
   profile *p;
   read_result read;
   lg_source src;
   lg_analysis analysis;
   snapshots snaps;
   account_summary *sums; /* [n_accounts] of the profile, which owns it; element 0 is unused */
   uint32_t *order; /* [n_order]: profile accounts of memory: growing ones, other heap, other mappings; each by bytes */
   uint32_t n_order;
   uint32_t *census_order;      /* [analysis.n_census]: groups, the most important first */
   uint32_t *domain_order;      /* [n_domains]: domains in the order in which they are shown */
   void *pieces[LG_PIECES_MAX]; /* the analysis' memory */
   uint32_t n_pieces;
   lg_dense *scratch;
} report;

/* Takes over a finished profile. */
void report_make(report *r, const char *file, profile *p, const read_result *read);
void report_free(report *r);

/* The analysis' result for a profile account. */
const lg_account_result *report_account(const report *r, uint32_t account);

/* Its shape in words. */
const char *report_shape(const report *r, uint32_t account);

/* What merging (DESIGN.md section 7) hides: bytes that accounts of the stack "(other)" hold before teardown. */
uint64_t report_merged_B(const report *r);

/* A counter of the profile; 0 when it has none of this name. */
uint64_t report_counter(const report *r, const char *name);

/* The records of a profile account; recs has room for LG_INTERVALS_MAX. Returns their number. */
uint32_t report_records(const report *r, uint32_t account, lg_rec *recs);

/* When an interval ended; the last one ends with the recording. */
uint64_t report_interval_end(const report *r, uint32_t interval);

/* "exit", "signal", "running" or "truncated". */
const char *report_end(const report *r);

const char *report_unit(const report *r); /* "ms", "B", "i", "ticks" */

void render_text(const report *r, const view_opts *opts, out *o);
void render_json(const report *r, const view_opts *opts, out *o);

#endif
