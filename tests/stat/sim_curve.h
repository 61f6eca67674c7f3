/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_curve: how many blocks parts hold at a time, and the helpers cases are written with. */
#ifndef SIM_CURVE_H
#define SIM_CURVE_H

#include "sim_part.h"

double curve_constant(sim *s, sim_part *p, double t); /* level */
double curve_plateau(sim *s, sim_part *p, double t);  /* level * (1 - exp(-t / tau)) */
double curve_ramp(sim *s, sim_part *p, double t);     /* 0 .. level between begin and finish */
double curve_wave(sim *s, sim_part *p, double t);     /* level * (1 + amp * sin) */
double curve_revert(sim *s, sim_part *p,
                    double t); /* level * (1 + noise * an Ornstein-Uhlenbeck process of time constant tau) */
double curve_walk(sim *s, sim_part *p, double t);      /* random walk reflected at level * (1 +- amp) */
double curve_steps(sim *s, sim_part *p, double t);     /* level, plus to[i] from at[i] on */
double curve_burst(sim *s, sim_part *p, double t);     /* rises from begin to finish, drains with tau */
double curve_highwater(sim *s, sim_part *p, double t); /* the largest curve_revert so far */
double curve_power(sim *s, sim_part *p, double t);     /* level * (t / run) ^ power */
double curve_log(sim *s, sim_part *p, double t);       /* level * log(1 + t / tau) */
double curve_line(sim *s, sim_part *p, double t);      /* rate * time since begin */
double curve_two_speed(sim *s, sim_part *p, double t); /* rate, from begin on rate * keep */
double curve_pausing(sim *s, sim_part *p, double t);   /* rate, but not in [at[2i], at[2i+1]) of every run length */
double curve_refill(sim *s, sim_part *p, double t);    /* fills within tau, flushed at moments at[i] */
double curve_phases(sim *s, sim_part *p, double t);    /* approaches level to[i] from at[i] on, with tau */
double curve_tide(sim *s, sim_part *p, double t);      /* cumulative arrivals whose rate is a wave */

/* A part with sizes drawn for it (the first part) or mostly inherited from the first. */
sim_part *part_new(sim *s, sim_part_step step, sim_curve curve);
/* A constant or noisy base in some of the runs. */
void part_base(sim *s);
/* A leak of about `events` leaks over the run. */
sim_part *part_leak(sim *s, sim_arrival arrival, double events);

#endif
