/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_inline: of which objects the inlined functions are read.
 *
 * Answers: is it worth the time? The core reads the inlined functions of every object when it is loaded. Those of the C library,
 * where a stack never begins and seldom passes through, take a third of the start of a short program. */
#ifndef LG_INLINE_H
#define LG_INLINE_H

#include "lg_compat.h"

/* True when the inlined functions of the object of this path are read. */
Bool LG_(inline_is_wanted)(const HChar *path);

#endif
