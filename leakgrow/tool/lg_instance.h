/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_instance: spans and tasks as the program opens, enters, leaves and closes them.
 *
 * Answers: what happens to contexts and census at such an event? Events come from client requests and from hooks; all kinds of mistakes
 * are counted (lg_tally) and survived. An open instance is a block of 1 byte in an account of its creation stack and of its context:
 * that of its parent and its own label, so that births, deaths, ages and series are those of any account.
 *
 * E1  an id is looked up in its space; nothing else remembers instances by id. An id may be used again after its close.
 * E2  a span that both hooks and requests report (LG_SPACE_TRACING) is counted once: once requests spoke of it, hooks are not listened to.
 * E3  a running task is on one thread; a suspended one has the spans that were left entered in it. */
#ifndef LG_INSTANCE_H
#define LG_INSTANCE_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

typedef enum {
   LG_SPACE_SPAN, /* of requests */
   LG_SPACE_TRACING,
   LG_SPACE_HOOK_SPAN,
   LG_SPACE_TASK, /* of requests */
   LG_SPACE_TOKIO,
   LG_SPACE_HOOK_TASK,
   LG_N_ID_SPACES
} LgIdSpace;

typedef enum { LG_BY_REQUEST, LG_BY_HOOK } LgOrigin;
typedef enum { LG_PARENT_CURRENT, LG_PARENT_NONE, LG_PARENT_ID } LgParent;

/* ---- spans ---- */

/* A span is created here: the creation stack is captured. parent_id is of the same space, for LG_PARENT_ID only. */
void LG_(span_new)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id, UInt label, LgParent parent,
                   ULong parent_id);
void LG_(span_enter)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id);
void LG_(span_exit)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id);
void LG_(span_close)(ThreadId tid, LgIdSpace space, LgOrigin origin, ULong id);

/* A span without id, created, entered, left and closed on one thread. span_end() ends the innermost one with this label, or with label 0
 * the innermost one. */
void LG_(span_begin)(ThreadId tid, UInt label);
void LG_(span_end)(ThreadId tid, UInt label);

/* A call is a span: it ends by itself when the thread's stack pointer rises above `sp`, its value at the function's first
 * instruction. */
void LG_(call_begin)(ThreadId tid, UInt label, Addr sp);

/* ---- tasks ---- */

/* `stack`: the creation stack, or 0 for the one of now. `context`: the spawner's, which names the census group; what the task allocates
 * belongs to the task's own context, the label below the root. */
void LG_(task_new)(ThreadId tid, LgIdSpace space, ULong id, UInt label, UInt stack, UInt context);
/* The thread runs the task from now on. `sp`: 0, or the task is suspended when the thread's stack pointer rises above it. */
void LG_(task_resume)(ThreadId tid, LgIdSpace space, ULong id, Addr sp);
void LG_(task_suspend)(ThreadId tid, LgIdSpace space, ULong id);
void LG_(task_end)(ThreadId tid, LgIdSpace space, ULong id);
/* The task ends with the heap block that begins at the address `id`. False when there is none, or no such task. */
Bool LG_(task_in_block)(LgIdSpace space, ULong id);

/* ---- both ---- */

Bool LG_(instance_is_open)(LgIdSpace space, ULong id);

/* From lg_watch: tasks that live in the block end, those of LG_SPACE_TOKIO and LG_SPACE_HOOK_TASK without having been asked to. */
void LG_(instance_block_freed)(ThreadId tid, Addr start, SizeT szB);

/* The thread ends; what it has entered is left. `by_itself`: it asked for that, so that what it is in is counted as a mistake. Not for threads
 * that end with the whole program: what they are in stays open. */
void LG_(instance_thread_ends)(ThreadId tid, Bool by_itself);
/* In a forked child: only this thread is there. */
void LG_(instance_forked)(ThreadId tid);
/* Ends what ended by itself on any thread; before an interval is written down. */
void LG_(instance_settle)(void);

/* Checks what lg_opened and lg_nest promise; asserts. */
void LG_(instance_sanity)(void);

#endif
