/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_return: calls under way whose result somebody waits for.
 *
 * Answers: this thread is at a place to which hooked calls return: was it one of them that returned, and to whom is its result of
 * interest? For lg_hook.
 *
 * A return is an indirect jump, so a translation begins where it goes to; there our call is added. Where a translation without it may exist
 * already, the hooked function's entry is left once for the scheduler, which throws that translation away, and is then executed anew.
 *
 * T1  a call under way is known by thread, place to return to and stack pointer; of two with the same stack pointer the earlier one
 *     is gone (it ended by longjmp or an exception). */
#ifndef LG_RETURN_H
#define LG_RETURN_H

#include "lg_guest.h"

#include "pub_tool_threadstate.h"

#if LG_HAVE_HOOKS

typedef void (*LgReturnHandler)(ThreadId tid, UWord result, UWord data);

/* The call at whose entry the stack pointer is sp returns to `site`. False when there is no room left. */
Bool LG_(return_expect)(ThreadId tid, Addr site, Addr sp, LgReturnHandler handle, UWord data);

/* The second integer result of the return in hand. */
UWord LG_(return_result_high)(void);

/* A place whose translations, if there are any, lack a call of ours: they have to be thrown away, but not while translated code runs. */
void LG_(return_add_stale)(Addr a);

/* The entry at `at` will be executed again by this thread, and is known already; and: is this that second time? */
void LG_(return_come_again)(ThreadId tid, Addr at, Addr sp);
Bool LG_(return_is_again)(ThreadId tid, Addr at, Addr sp);

Bool LG_(return_is_site)(Addr a);
/* Adds the call to a superblock that begins at `a`, behind its first IMark. */
void LG_(return_add_call)(IRSB *out, Addr a);

/* For helpers: has the guest leave for the scheduler, which throws away the translations of one stale place, if there is one, and comes
 * back to where the helper was called. True: the helper has to return 1. */
Bool LG_(return_leave)(Guest *g);

/* Adds the call of a helper, whose result goes to is_left, at the instruction `a`. */
void LG_(return_add_helper)(IRSB *out, Addr a, IRTemp is_left, IRDirty *d);

void LG_(return_thread_gone)(ThreadId tid);

#endif

#endif
