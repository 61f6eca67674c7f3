/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_outname: what may this process call its profile?
 *
 * %p is not enough: exec keeps the process id, so that with --trace-children=yes a program would overwrite the profile of the one it
 * replaced, and a name without %p is that of many processes. Each profile says in its head which process wrote it, by id and start time.
 *
 * O1  the name of a profile that this process wrote under an earlier program is never given again: the next one is NAME.2, NAME.3 ...
 * O2  nor is that of a profile whose process still runs: the name is NAME.PID then.
 * O3  other files are overwritten, as by every Valgrind tool. */
#ifndef LG_OUTNAME_H
#define LG_OUTNAME_H

#include "lg_compat.h"

/* The profile's name, expanded from --leakgrow-out-file. `parents` is NULL, or in a forked child the name of its parent's profile,
 * which is never returned. The caller frees. */
HChar *LG_(outname_make)(const HChar *parents);

/* When this process started, in the kernel's clock ticks since boot: with its id it tells it from all others. 0: not known. */
ULong LG_(outname_start)(void);

/* Only a regular file may be replaced or read back: never a device, a pipe or what a link points to. */
Bool LG_(outname_is_regular)(const HChar *name);

#endif
