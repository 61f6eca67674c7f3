/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_object: the functions of an object file, as Valgrind has read them.
 *
 * Answers: which functions does this object have, and where? Under every name that one of them has, mangled as in the file, in
 * no particular order; functions that choose themselves at run time (ifuncs) are left out. */
#ifndef LG_OBJECT_H
#define LG_OBJECT_H

#include "lg_compat.h"

#include "pub_tool_debuginfo.h"

/* Calls visit for every name of every function; names are borrowed during the call. O(symbols). */
void LG_(object_each_function)(const DebugInfo *di, void (*visit)(void *arg, const HChar *name, Addr addr), void *arg);

/* Whether it is our preload object. */
Bool LG_(object_is_preload)(const DebugInfo *di);

#endif
