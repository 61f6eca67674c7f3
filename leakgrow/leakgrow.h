/* SPDX-License-Identifier: BSD-3-Clause */
/* leakgrow.h: client requests of the Valgrind tool leakgrow, for C (from C89) and C++ (from C++98) programs.
 *
 * Including this file is always harmless: without Valgrind each request costs a few nanoseconds, under another tool it does
 * nothing, and with NVALGRIND defined it is compiled away and its arguments are not evaluated. The requests may be made from
 * any thread and from signal handlers. Each is an expression of value 1 when leakgrow took the request, 0 when leakgrow is
 * not there or refused it (refusals are counted as "bad-request" and told at exit; the program always goes on). It may be
 * used as a statement.
 *
 *    #include <valgrind/leakgrow.h>
 *    for (;;) { serve(next_request()); LEAKGROW_TICK(1); }
 */
#ifndef LEAKGROW_H
#define LEAKGROW_H

/* Beside this file where Valgrind itself was installed; elsewhere when leakgrow has a prefix of its own. */
#if defined(__has_include)
#  if __has_include("valgrind.h")
#    include "valgrind.h"
#  else
#    include <valgrind/valgrind.h>
#  endif
#else
#  include "valgrind.h"
#endif

/* Request numbers are ABI: they are only ever appended. */
typedef enum {
   LEAKGROW_REQ_TICK = VG_USERREQ_TOOL_BASE('L', 'G'),
   LEAKGROW_REQ_MARK,
   LEAKGROW_REQ_SNAPSHOT,
   /* For leakgrow's own preload object; not for programs. */
   LEAKGROW_REQ_INTERNAL_EXITING,  /* the program called exit or returned from main */
   LEAKGROW_REQ_INTERNAL_REALIGN,  /* realloc that keeps an alignment: (block, size_szB, align); the new address */
   LEAKGROW_REQ_INTERNAL_ZONE_ADD, /* a block is from an explicit heap: (heap, block) */
   LEAKGROW_REQ_INTERNAL_ZONE_TAKE /* takes a block out of an explicit heap: (heap); the block or 0 */
} LeakgrowRequest;

#if defined(NVALGRIND)
/* sizeof names the argument without evaluating it, so that no variable becomes "unused". */
#  define LEAKGROW_REQUEST_(request, arg) leakgrow_absent_(sizeof(arg))
#  if defined(__GNUC__)
#    define LEAKGROW_UNUSED_ __attribute__((__unused__))
#  else
#    define LEAKGROW_UNUSED_
#  endif
static LEAKGROW_UNUSED_ unsigned long leakgrow_absent_(unsigned long size)
{
   return size & 0;
}
#else
#  define LEAKGROW_REQUEST_(request, arg) VALGRIND_DO_CLIENT_REQUEST_EXPR(0, request, arg, 0, 0, 0, 0)
#endif

/* The program finished n units of its work: requests served, jobs done, files compiled. n is an unsigned long; 0 is allowed
 * and says nothing. Growth is then also reported in bytes per tick, and --time-unit=ticks makes ticks the clock of the run. */
#define LEAKGROW_TICK(n) LEAKGROW_REQUEST_(LEAKGROW_REQ_TICK, (unsigned long)(n))

/* Names this moment ("cache warm", "config reloaded"): it appears in the report, with what every account held. name is a
 * 0-terminated string in any encoding; it is read during the call, at most its first 255 bytes. NULL is refused. */
#define LEAKGROW_MARK(name) LEAKGROW_REQUEST_(LEAKGROW_REQ_MARK, (const char *)(name))

/* Writes a snapshot of all accounts to the profile now. name is as in LEAKGROW_MARK, or NULL for none. */
#define LEAKGROW_SNAPSHOT(name) LEAKGROW_REQUEST_(LEAKGROW_REQ_SNAPSHOT, (const char *)(name))

#endif
