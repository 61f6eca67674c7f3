/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_compat: what differs between Valgrind 3.19 and 3.28, absorbed in one place.
 *
 * Answers: how are a heap tool's callbacks declared for the Valgrind whose headers we compile against? Since 3.22 three of
 * them take the alignment that the program asked for as an extra argument; passing the old shape compiles with no more than
 * a warning and then confuses size with alignment, so the build treats that warning as an error. */
#ifndef LG_COMPAT_H
#define LG_COMPAT_H

#include "pub_tool_basics.h"

#include "valgrind.h"

#define LG_(str) VGAPPEND(vgLeakgrow_, str)

#define LG_VALGRIND_VERSION (__VALGRIND_MAJOR__ * 100 + __VALGRIND_MINOR__)

#if LG_VALGRIND_VERSION >= 322
#  define LG_ORIG_ALIGN        , SizeT orig_alignB
#  define LG_ORIG_ALIGN_UNUSED (void)orig_alignB
#else
#  define LG_ORIG_ALIGN
#  define LG_ORIG_ALIGN_UNUSED (void)0
#endif

/* Whether realloc(p, 0) frees p. 3.19 and 3.20 have no such option: there it always does. */
#if LG_VALGRIND_VERSION >= 321
#  define LG_REALLOC_ZERO_FREES VG_(clo_realloc_zero_bytes_frees)
#else
#  define LG_REALLOC_ZERO_FREES True
#endif

/* Core settings that every heap tool of Valgrind's own sets and that the tool headers leave out. */
extern Bool VG_(clo_read_inline_info);

#endif
