/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_analysis: from a profile to ranked findings.
 *
 * Answers: which accounts, contexts and functions keep growing, in which order should an engineer read them, and what is to
 * be said of the run as a whole? The tool runs it at exit on what it holds in memory, the viewer on what it read from a
 * file; both see the same lg_source, so both say the same.
 *
 * N1  accounts are judged first; a stack, function or context is a finding of its own only for growth that neither a growing
 *     account nor a smaller finding of it explains.
 * N2  findings do not depend on account numbers, addresses or the order of definition: ties are broken by names.
 * N3  a bounded program has no finding of kind growth, census, lag or stall, and none of kind discipline when it keeps the rules.
 * N4  no verdict is about the time before the first allocation, about the interval in progress, nor about teardown: intervals from exit on, and trailing ones in which the
 *     whole program only frees (lg_is_draining), unless those make up more than a third of the run.
 * Freestanding; memory comes from the caller. Cost: each account's series is read and judged once, and once more for every
 * group of accounts that could explain growth. Of most accounts the records alone say that they are bounded (lg_brief). */
#ifndef LG_ANALYSIS_H
#define LG_ANALYSIS_H

#include "lg_finding.h"

enum { LG_FINDINGS_MAX = 1000 }; /* the worst ranked beyond are counted in n_left_out */

/* What is too small to mention. Both floors apply to growth, steps, bursts and undecided accounts alike. */
typedef struct {
   uint64_t min_B;       /* bytes; default 1024 */
   uint32_t min_ppm;     /* millionths of the heap at the end of what was judged; default 1000 (0.1 %) */
   uint32_t burst_ppm;   /* a burst or step is at least this much of the usual level; default 250000 (a quarter) */
   uint64_t burst_B;     /* and at least this many bytes; default 262144 */
   uint32_t min_open;    /* open spans or tasks gained below which their number is not said to grow; default 16 */
   uint64_t lag_B;       /* a backlog lags when it gained this many bytes; default 65536 */
   uint32_t lag_objects; /* or this many objects; default 256 */
} lg_params;

/* Everything about one account that is not in the source. */
typedef struct {
   lg_trend trend;
   int64_t judged_B;     /* live bytes at the end of what was judged */
   uint32_t finding;     /* 1 + index of the finding that is about it or explains it, 0: none */
   uint8_t kind;         /* an lg_account_kind */
   uint8_t has_no_shape; /* 1: trend.shape was not looked for; lg_account_shape() does it */
} lg_account_result;

typedef struct {
   const lg_finding *findings; /* ranked, the most important first */
   uint32_t n_findings;
   uint32_t n_left_out;               /* findings beyond LG_FINDINGS_MAX */
   const lg_account_result *accounts; /* [n_accounts] */
   const lg_domain_result *domains;   /* [n_domains] */
   uint32_t n_lagging;                /* domains with a finding of kind lag or stall */
   const lg_census_group *census;     /* [n_census], ordered by name (lg_census.h) */
   const uint32_t *census_accounts;
   uint32_t n_census;
   uint32_t n_census_growing, n_misused; /* census findings that grow; labels with a finding about their use */
   lg_verdict verdict;                   /* of the run: growing > inconclusive > bounded */
   uint32_t first_judged;                /* intervals before the first allocation are not judged */
   uint32_t n_judged;                    /* intervals judged: first_judged .. first_judged + n_judged - 1 */
   uint32_t n_drained;                   /* trailing intervals that only freed and were cut off */
   int is_exited;                        /* exit had begun: what came after was cut off too */
   int is_short;                         /* too few intervals for verdicts: "the run is too short" */
   int is_partial;                       /* too many stacks: no sums were formed */
   int is_warming_up;                    /* more than a few % of the heap is: said once instead of in findings */
   uint32_t n_growing, n_bounded, n_undecided, n_warming; /* accounts; n_warming of n_undecided */
   uint64_t undecided_B, warming_B;                       /* what they held at the end of what was judged */
   uint32_t largest_undecided;                            /* account; UINT32_MAX: none */
   uint64_t floor_B;                                      /* growth below was not made a finding */
   uint64_t judged_B;                                     /* the heap at the end of what was judged */
   uint64_t heap_grown_B, mapped_grown_B;                 /* rank_B of growing findings: heap, mappings */
   lg_slope per_s, per_tick, per_unit;                    /* of all growing heap findings together; no interval */
   uint64_t until_limit, until_double;                    /* as in lg_finding, for all growth together */
} lg_analysis;

void lg_params_init(lg_params *p);

/* Where an analysis gets its memory from, in a few pieces: how much it needs shows on the way. */
enum { LG_PIECES_MAX = 4 };
typedef struct {
   void *self;
   void *(*get)(void *self, size_t size); /* a piece aligned for uint64_t, with any contents; NULL: there is none */
} lg_memory;

/* Analyses. out's pointers borrow from the pieces that were got, at most LG_PIECES_MAX, and they remain the caller's whatever the result: about 170
 * bytes per account, 600 more per account of spans or tasks, and for those accounts whose floors moved 30 bytes, 4 per frame of their
 * stacks, and 50 per function and context. A profile whose stacks have more than 2^26 frames in all is judged without sums. The source must not
 * change meanwhile. Returns 1, or 0 when there was not enough memory (then *out says nothing). */
int lg_analysis_run(const lg_source *src, const lg_params *params, const lg_memory *memory, lg_analysis *out);

/* The shape of an account, whether the analysis looked for it or not. Kinds that are not memory are LG_SHAPE_FLAT. `scratch` is overwritten. */
lg_shape lg_account_shape(const lg_source *src, const lg_analysis *a, uint32_t account, lg_dense *scratch);

#endif
