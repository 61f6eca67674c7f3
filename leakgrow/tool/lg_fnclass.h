/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_fnclass: what part a function plays in an allocation's stack.
 *
 * Answers: is this function the allocator itself, library plumbing above it, or somebody's code? Asked once per function.
 * Names are demangled ones; patterns may hold * and ?. A user's pattern may match the whole name, the name without the
 * return type that template functions carry, or that without its parameters. */
#ifndef LG_FNCLASS_H
#define LG_FNCLASS_H

#include "lg_compat.h"

enum {
   LG_FN_ALLOC =
      1, /* an allocation function: malloc, operator new, --alloc-fn, the functions of a prefixed allocator */
   LG_FN_LIBRARY = 2, /* C++ or Rust standard library: trimmed when it lies between the allocator and somebody's code */
   LG_FN_IGNORE = 4,  /* --ignore-fn */
   LG_FN_MAIN = 8,    /* main or its like: what is further out says nothing */
   LG_FN_BELOW = 16   /* what calls main */
};

/* Class bits of a function. Reads the options; they must be final. */
UInt LG_(fnclass_of)(const HChar *name);

/* Where the qualified name begins in a demangled one, after the return type of a template function. Pure. */
const HChar *LG_(fnclass_qualified)(const HChar *name);

/* A copy of a qualified name that ends before its parameters; to be freed with VG_(free). */
HChar *LG_(fnclass_without_parameters)(const HChar *qualified);

#endif
