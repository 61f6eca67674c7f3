/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_inline: of which objects line numbers and inlined functions are read.
 *
 * Answers: is it worth the time? The core reads those of every object when it is loaded. Those of the C library, where a stack never begins
 * and seldom passes through, and of Valgrind's own preload objects take half of the run of a short program where they are
 * installed (Debian's libc6-dbg, which Valgrind's package recommends). Symbols and unwinding tables are read of all. */
#ifndef LG_INLINE_H
#define LG_INLINE_H

#include "lg_compat.h"

/* True when line numbers and inlined functions of the object of this path are read. */
Bool LG_(inline_is_wanted)(const HChar *path);

#endif
