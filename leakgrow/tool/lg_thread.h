/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_thread: the names of threads.
 *
 * Answers: in which context does a thread work that has entered nothing? One whose name is its own, and not the process', is in a child of
 * the root with that name, with digits at its end replaced by '#', so that the threads of a pool are one.
 *
 * The kernel knows the names. A thread reads its own one when it next runs after somebody may have changed it: prctl in the thread itself, or
 * a write to the file /proc/.../comm by any thread. */
#ifndef LG_THREAD_H
#define LG_THREAD_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

/* From post_clo_init, before threads run; and when a program has taken the place of another one. */
void LG_(thread_init)(void);

/* Not 0: some thread is to read its name. */
extern UInt LG_(thread_n_stale);

/* The thread is about to run. With thread_n_stale only. */
void LG_(thread_runs)(ThreadId tid);
/* A thread begins, or ends. */
void LG_(thread_begins)(ThreadId tid);
void LG_(thread_ends)(ThreadId tid);

/* A system call of the client is done. `args`: as it was called. */
void LG_(thread_syscall_done)(ThreadId tid, UInt number, const UWord *args, Bool is_ok, UWord result);

#endif
