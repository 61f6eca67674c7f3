/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_scan: which patterns does the name of a function match?
 *
 * Answers: of all patterns, which match this symbol? Asked for every symbol of every object that is loaded, so almost every answer has
 * to be "none" without demangling the name: a pattern is looked at only where three bytes of its longest word occur, and the name
 * is demangled only where all of its words do (lg_pattern P2).
 *
 * N1  a name is matched as a whole: as demangled; without the return type of C++ templates; without parameters too. What compilers
 *     append (lg_pattern_bare_length) is never part of it. Symbols that are not mangled are matched as they are.
 * N2  mangled names longer than LG_SCAN_NAME_MAX are not demangled, and match nothing: what they stand for may be larger than
 *     any memory. */
#ifndef LG_SCAN_H
#define LG_SCAN_H

#include "lg_compat.h"

enum { LG_SCAN_NAME_MAX = 1 << 16 };

/* Adds a pattern (* and ?; borrowed for ever). Its number: 0, 1, 2 ... */
UInt LG_(scan_add)(const HChar *pattern);

/* Calls visit for every pattern that the symbol matches, in order of their numbers. `name`, borrowed during the call, is the function's:
 * demangled, without return type and parameters. */
void LG_(scan_symbol)(const HChar *symbol, void (*visit)(void *arg, UInt pattern, const HChar *name), void *arg);

/* Whether a symbol is mangled as Rust's are. */
Bool LG_(scan_is_rust)(const HChar *symbol);

#endif
