/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_names: strings, each kept once.
 *
 * Answers: which number has this name? Numbers count from 1 in the order of first appearance, as ids in the profile do.
 * M1  a name's id and its text never change. */
#ifndef LG_NAMES_H
#define LG_NAMES_H

#include "lg_compat.h"

typedef struct {
   const HChar **text; /* [n]; text[id - 1] */
   UInt n, size;
   UInt *slots; /* open addressing; ids, 0 is free */
   UInt n_slots;
   ULong text_B; /* of all names */
} LgNames;

void LG_(names_init)(LgNames *t);
/* Id of the name; copied at its first appearance. */
UInt LG_(names_intern)(LgNames *t, const HChar *name);
/* The same of a name that appeared, or 0. */
UInt LG_(names_find)(const LgNames *t, const HChar *name);
const HChar *LG_(names_text)(const LgNames *t, UInt id);
/* Memory of the names and of the table. O(1). */
ULong LG_(names_bytes)(const LgNames *t);

#endif
