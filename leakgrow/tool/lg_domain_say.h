/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_say: reclamation domains in words, while the program runs.
 *
 * Answers: what waits in each domain now, for how long, and who is in the way? */
#ifndef LG_DOMAIN_SAY_H
#define LG_DOMAIN_SAY_H

#include "lg_compat.h"

/* Prints every domain through `say`, which is VG_(umsg) or VG_(gdb_printf). */
void LG_(domain_say)(UInt (*say)(const HChar *format, ...));

/* For --stats=yes. */
void LG_(domain_stats)(void);

#endif
