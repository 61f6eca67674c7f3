/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pin: readers and their critical sections.
 *
 * Answers: who is pinned, since when, from where, and who is the oldest? Taking and leaving a pin is O(1) but for the walk that
 * lg_retired explains. */
#ifndef LG_PIN_H
#define LG_PIN_H

#include "lg_domain_state.h"

/* The participant, made if `make`; else NULL when it is not known. */
LgPin *LG_(pin_find)(LgDomain *d, UWord participant, Bool make);

/* Pins the participant, which is not pinned. Stack and context of the thread as it stands, if it is known. */
void LG_(pin_take)(LgDomain *d, LgPin *p, ThreadId tid, Bool is_running);
/* Unpins it, which is pinned. */
void LG_(pin_leave)(LgDomain *d, LgPin *p);
/* Forgets it; it is not pinned. */
void LG_(pin_forget)(LgDomain *d, LgPin *p);

/* The pin at a node of the domain's list. */
static inline LgPin *LG_(pin_at)(const LgDomain *d, UInt node)
{
   return d->pins[LG_(node)(node)->object];
}

/* What it blocks: everything that was retired since. O(what was). */
void LG_(pin_blocks)(const LgDomain *d, const LgPin *p, ULong *n, ULong *B);

/* What is known of reader `nth` (from 0, in no particular order) at this moment. `stack` is the one of out->frames, which is left empty; the
 * name is borrowed until the next call. */
void LG_(pin_reader)(LgDomain *d, UInt nth, lg_reader *out, UInt *stack);

/* Ends the window in which duties are measured, and begins the next one. */
void LG_(pin_end_window)(LgDomain *d, ULong now_us);

#endif
