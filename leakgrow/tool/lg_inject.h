/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_inject: our preload object in programs that cannot be preloaded into.
 *
 * Answers: a statically linked program has no dynamic linker that would heed LD_PRELOAD; how do the replacements of malloc get
 * into its address space? They are mapped there before its first instruction, and Valgrind reads their symbols as if the
 * program had mapped them.
 *
 * I1  only the preload object that belongs to this tool is mapped, from Valgrind's own directory.
 * I2  either all of it is mapped and relocated, or nothing is left behind but unused mappings and the program runs as before. */
#ifndef LG_INJECT_H
#define LG_INJECT_H

#include "lg_compat.h"

#include "pub_tool_debuginfo.h"

/* Maps the preload object. `resolve` gives the address of a function that the object needs from elsewhere, or 0; it is called when the
 * object's own symbols have been read. Only before client code runs. Returns False when it cannot be done. */
Bool LG_(inject_preload)(Addr (*resolve)(const HChar *name));

#endif
