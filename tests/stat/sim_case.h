/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_case: the behaviours the growth rule is measured on.
 *
 * Each case draws its own parameters, so a case is a family of programs. Its class is what is true of it for ever, which
 * sim_case_label_holds verifies by running it on to eight times its length. */
#ifndef SIM_CASE_H
#define SIM_CASE_H

#include "sim_part.h"

typedef enum {
   CLASS_BOUNDED,
   CLASS_STEADY,    /* grows evenly enough that nothing excuses missing it */
   CLASS_IRREGULAR, /* grows by chance, by load, or under noise of its own size */
   CLASS_OPEN       /* cannot be told from its look-alikes; reported, no goal */
} sim_class;

typedef struct {
   const char *name, *about;
   sim_class class;
   void (*setup)(sim *s);
} sim_case;

extern const sim_case sim_bounded_cases[], sim_growing_cases[];
extern const uint32_t sim_n_bounded, sim_n_growing;

/* All cases, bounded ones first. */
uint32_t sim_case_count(void);
const sim_case *sim_case_get(uint32_t i);

/* Simulates one run. Afterwards s holds the books of `judged` steps. The caller frees it with sim_case_done. */
void sim_case_run(sim *s, const sim_case *c, uint64_t base, uint64_t stream, uint64_t index, uint32_t steps,
                  uint32_t *judged);
/* The same; s->account.counted has the books of one in `one_in` of its blocks. */
void sim_case_run_counted(sim *s, const sim_case *c, uint64_t base, uint64_t stream, uint64_t index, uint32_t steps,
                          uint32_t one_in, uint32_t *judged);
void sim_case_done(sim *s);

/* Runs a case on to eight times its length and tells whether its class holds there. */
int sim_case_label_holds(const sim_case *c, uint64_t base, uint64_t stream, uint64_t index, uint32_t steps);

#endif
