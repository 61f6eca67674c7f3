/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_context: which work a thread is doing.
 *
 * Answers: to which context does an allocation of this thread belong? A context is an interned path of label names; 0 is the root.
 * What a thread has entered is kept by lg_nest; here is its result, so that an allocation needs a load or two.
 *
 * X1  a context's parent was interned before it, so parent id < id.
 * X2  no name occurs twice on a path: entering what is on the path leads back to where it stands, so recursion makes no longer paths.
 *     Beyond LG_CONTEXT_LABELS_MAX labels the last one is replaced.
 * X3  there are at most --max-contexts contexts, or as many as a sixteenth of --max-tool-memory has room for,
 *     and one more, "(other)", that takes all further ones. */
#ifndef LG_CONTEXT_H
#define LG_CONTEXT_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

enum { LG_CONTEXT_LABELS_MAX = 64 };

/* What an allocation looks at. */
typedef struct {
   UInt context;
   Addr lazy_sp; /* not 0: what was entered last ends by itself when the thread's stack pointer is above this */
} LgThreadContext;

/* Of each thread, by its number; VG_N_THREADS of them. Written by lg_nest only. */
extern LgThreadContext *LG_(thread_contexts);

void LG_(context_init)(void);

/* Ends what ended by itself on the thread, and gives its context. */
UInt LG_(context_settle)(ThreadId tid);

/* The context of a thread now. Called for every allocation. */
static inline UInt LG_(context_of_thread)(ThreadId tid)
{
   const LgThreadContext *t = &LG_(thread_contexts)[tid];
   return LIKELY(t->lazy_sp == 0) ? t->context : LG_(context_settle)(tid);
}

/* The context of this label below another context. */
UInt LG_(context_child)(UInt parent, UInt label);

/* The one that takes what is beyond --max-contexts (X3). */
UInt LG_(context_other)(void);

/* Number of contexts; ids are 1 .. n. The root is not counted. */
UInt LG_(context_count)(void);
/* Label and parent of a context, 0 included ("" and 0). The label is borrowed for ever. */
const HChar *LG_(context_label)(UInt context);
UInt LG_(context_parent)(UInt context);

/* Memory for --stats=yes, and how often "(other)" was given. */
void LG_(context_stats)(ULong *bytes, ULong *n_other);

#endif
