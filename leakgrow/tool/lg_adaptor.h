/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_adaptor: adaptors that tell lg_domain what reclamation libraries do, in programs that were not touched.
 *
 * Answers: which events of liburcu, Concurrency Kit and crossbeam-epoch can be seen? Functions that exist as functions are hooked at their
 * entry; what was inlined is seen by looking at the library's own structures now and then, at places where they must be as their
 * invariants say. One module per library: lg_adaptor_urcu, lg_adaptor_ck, lg_adaptor_crossbeam.
 *
 * A1  a structure is believed only when everything that is known of it holds; otherwise the domain's coverage says that it is not looked at.
 * A2  reading is through lg_peek: whatever the client has in its memory, nothing else is touched.
 * A3  how each domain is observed stands in its coverage text. */
#ifndef LG_ADAPTOR_H
#define LG_ADAPTOR_H

#include "lg_compat.h"

enum { LG_ADAPTOR_PERIOD_MS = 10 };

/* Adds the hook sets of all adaptors; from post_clo_init, when hooks are on. */
void LG_(adaptor_init)(void);

/* Their parts. */
void LG_(adaptor_urcu_init)(void);
void LG_(adaptor_ck_init)(void);
void LG_(adaptor_ck_hp_init)(void);
void LG_(adaptor_crossbeam_init)(void);

#endif
