/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgshim: what the tool's modules need of Valgrind, for unit tests in an ordinary process.
 *
 * Memory functions are the C library's; a failed tl_assert ends the test case; clock, address space manager and unwinder are fakes
 * that a test drives through this struct. */
#ifndef VGSHIM_H
#define VGSHIM_H

#include "lg_compat.h"

#include "lg_rule.h"
#include "pub_tool_debuginfo.h"

typedef struct {
   UInt ms;                                     /* VG_(read_millisecond_timer) */
   UInt debuginfo_generation;                   /* VG_(debuginfo_generation) */
   Bool (*step)(LgRegs *r, Addr min, Addr max); /* VG_(use_CF_info) */
   Addr main_begin, main_end;                   /* addresses in main */
   Bool no_memory;                              /* mapping client memory fails */
   Addr taken_begin, taken_end;                 /* somebody else's mapping */
   ULong mapped_B;                              /* mapped so far, over and over again included */
} VgShim;

extern VgShim vgshim;

#endif
