/* SPDX-License-Identifier: BSD-3-Clause */
/* leakgrow.h: client requests of the Valgrind tool leakgrow, for C and C++ programs.
 *
 * Every macro is a statement or an expression that costs a few nanoseconds when the program does not run under Valgrind and
 * does nothing under another tool. Strings are read during the call and need not live longer. Request numbers are ABI:
 * they are only ever appended. Define NVALGRIND to compile all of them away. */
#ifndef LEAKGROW_H
#define LEAKGROW_H

#include "valgrind.h"

typedef enum {
   LEAKGROW_REQ_TICK = VG_USERREQ_TOOL_BASE('L', 'G'),
   LEAKGROW_REQ_MARK,
   LEAKGROW_REQ_SNAPSHOT,
   /* for leakgrow's own preload object; not for programs */
   LEAKGROW_REQ_INTERNAL_EXITING
} LeakgrowRequest;

#endif
