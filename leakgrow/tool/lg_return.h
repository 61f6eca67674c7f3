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

/* The place that became one of interest since this was last asked; 0: none. */
Addr LG_(return_take_new_site)(void);

/* The entry at `at` will be executed again by this thread, and is known already; and: is this that second time? */
void LG_(return_come_again)(ThreadId tid, Addr at, Addr sp);
Bool LG_(return_is_again)(ThreadId tid, Addr at, Addr sp);

Bool LG_(return_is_site)(Addr a);
/* Adds the call to a superblock that begins at `a`, behind its first IMark. */
void LG_(return_add_call)(IRSB *out, Addr a);

/* Tells what a call of ours reads and changes of the guest's state. */
void LG_(return_tell_effects)(IRDirty *d);

void LG_(return_thread_gone)(ThreadId tid);

#endif

#endif
