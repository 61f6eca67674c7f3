/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_report: the last words on stderr.
 *
 * Answers: what keeps growing? The same analysis as lg_print's, run on the books in memory, in the same words; and where the profile is. */
#ifndef LG_REPORT_H
#define LG_REPORT_H

#include "lg_compat.h"

/* Prints findings, totals, mistakes of the client and the profile's name. After LG_(snapshot_end). */
void LG_(report_print)(void);
/* For --stats=yes. */
void LG_(report_stats)(void);

#endif
