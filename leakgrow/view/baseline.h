/* SPDX-License-Identifier: GPL-2.0-or-later */
/* baseline: the growth of a run, in a small text file that can be kept under version control.
 *
 * Answers: what grew in the run that later ones are compared with? It holds the growing entries of a ledger and nothing else:
 * what is not in it did not grow.
 *
 *    leakgrow-baseline 1
 *    g <about> <grown_B> <held_B> <unit> <per_s> <per_tick> <per_unit> <n frames>    each rate: 0, or 1 and mB lo hi
 *    x <context>                 and its strings, escaped as in a profile (docs/FORMAT.md), one line each
 *    f <function\x09object>
 *    c <number of g lines> <checksum of all bytes before this line> */
#ifndef VIEW_BASELINE_H
#define VIEW_BASELINE_H

#include "ledger.h"

#include <stdio.h>

/* Writes the growing entries. */
void baseline_write(const ledger *l, out *o);

/* Reads; returns 0 with a reason when anything is wrong with it. ledger_free() in both cases. */
int baseline_read(FILE *in, ledger *l, symbol_table *symbols, char *why, size_t why_size);

/* Does the file begin as a baseline does? The stream is rewound. */
int baseline_is(FILE *in);

#endif
