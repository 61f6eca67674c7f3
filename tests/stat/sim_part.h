/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_part: the pieces simulated accounts are made of.
 *
 * An account is one or more parts that share its books: a cache and a leak, arrivals and a burst. Every part owns its blocks.
 * Parts move on the clock of the run (steps) or, by_work, on the amount of work done so far, scaled to the length of the run.
 *
 * The simulator knows the truth: parts with `grows` set add up what they will never give back in sim.leaked. */
#ifndef SIM_PART_H
#define SIM_PART_H

#include "sim_account.h"
#include "sim_rng.h"

typedef enum { POLICY_FIFO, POLICY_LIFO, POLICY_RANDOM } sim_policy;
typedef enum { SIZE_FIXED, SIZE_UNIFORM, SIZE_LOGNORMAL, SIZE_PARETO } sim_size_kind;
typedef enum { ARRIVE_EVEN, ARRIVE_POISSON, ARRIVE_CLUSTER } sim_arrival;
typedef enum { LIFE_EXP, LIFE_FIXED, LIFE_UNIFORM, LIFE_PARETO } sim_life;

typedef struct sim sim;
typedef struct sim_part sim_part;

/* How many blocks a part wants to hold, or has leaked so far, at time t. */
typedef double (*sim_curve)(sim *s, sim_part *p, double t);
typedef void (*sim_part_step)(sim *s, sim_part *p, double before, double after);

struct sim_part {
   sim_part_step step;
   sim_curve curve;
   int by_work, grows, free_first;
   sim_size_kind size_kind;
   double size_mean, size_spread;
   sim_policy policy;
   sim_arrival arrival;
   sim_life life;
   /* parameters, as the curve and the step function use them; times in steps */
   double level, rate, tau, begin, finish, period, phase, amp, noise, keep, power, cluster;
   /* state */
   double value, due, carried;
   uint32_t count, cursor;
   double at[8], to[8]; /* moments and levels of steps */
   sim_block *blk;      /* live blocks: [head, head + n) */
   uint32_t head, n, max;
   uint32_t *calendar; /* life-time parts: first block to die in a step, + 1 */
   uint32_t *next_dead, *unused;
   uint32_t n_unused;
};

enum { SIM_PARTS_MAX = 12 };

struct sim {
   sim_rng rng;
   uint32_t steps;            /* length of the run, without teardown */
   uint32_t horizon;          /* steps that can be simulated */
   sim_account account, rest; /* the account, and the rest of the program (only during teardown) */
   sim_part part[SIM_PARTS_MAX];
   uint32_t n_parts;
   double *work;     /* [horizon + 1] work done up to a step; work[steps] == steps */
   double work_rate; /* ticks per unit of work, 0 if the program counts none */
   double program_B_per_work, startup_B, startup_steps;
   double teardown;                  /* share of the run that teardown lasts, 0 if the program does not free at exit */
   double *leaked_B, *leaked_events; /* [horizon + 1] truth, cumulative at the end of each step */
   uint64_t *ticks, *alloc_B;        /* [horizon + 1] cumulative at the end of each step */
   double sum_leaked_B, sum_leaked_events;
   int leaked_now;
};

/* Adds an empty part with sizes of the account's kind. */
sim_part *sim_part_add(sim *s, sim_part_step step);
void sim_part_free(sim_part *p);

int64_t sim_size(sim *s, const sim_part *p);
void sim_push(sim *s, sim_part *p);
void sim_pop(sim *s, sim_part *p);
/* Frees one block of the part, whatever it is, for a program that cleans up. */
void sim_drop(sim *s, sim_part *p);
void sim_leak(sim *s, double bytes, uint32_t events);

/* Number of events between two values of a cumulative intensity. */
uint32_t sim_events(sim *s, sim_part *p, double before, double after);

/* Holds as many blocks as `curve` says, replacing `rate` of them per step. */
void sim_follow(sim *s, sim_part *p, double before, double after);
/* `rate` arrivals per step, each living for `tau` steps on average. */
void sim_arrive(sim *s, sim_part *p, double before, double after);
/* Blocks that never die, `curve` of them by time t. */
void sim_leaks(sim *s, sim_part *p, double before, double after);
/* Fills up evenly to a height, then frees all but `keep`; cycles of `period` +- noise. */
void sim_saw(sim *s, sim_part *p, double before, double after);
/* One block of capacity `amp` at first, which grows by a factor `power` as `curve` elements are put into it. keep > 0: it is
 * thrown away, and a new one begun, every `keep` elements. */
void sim_table(sim *s, sim_part *p, double before, double after);
/* One block that holds exactly `curve` elements. */
void sim_buffer(sim *s, sim_part *p, double before, double after);
/* Allocates and frees within the step. */
void sim_scratch(sim *s, sim_part *p, double before, double after);
/* `level` blocks replaced all at once at random moments. */
void sim_reload(sim *s, sim_part *p, double before, double after);
/* A cache without a limit of `cluster` keys with Zipf popularity, accessed `rate` times per step. */
void sim_keys(sim *s, sim_part *p, double before, double after);
/* The same, limited to `level` keys: the least recently used one goes. */
void sim_lru(sim *s, sim_part *p, double before, double after);

#endif
