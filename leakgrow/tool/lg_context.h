/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_context: which work a thread is doing.
 *
 * Answers: to which context does an allocation of this thread belong? A context is an interned path of labels; 0 is the root,
 * which is all there is until something enters a span or a task.
 *
 * X1  a context's parent was interned before it, so parent id < id.
 * X2  label 0-terminated, owned by this module, never freed. */
#ifndef LG_CONTEXT_H
#define LG_CONTEXT_H

#include "lg_compat.h"

/* The context of a thread now. Called for every allocation: must stay a load or two. */
UInt LG_(context_of_thread)(ThreadId tid);

/* Number of contexts; ids are 1 .. n. The root is not counted. */
UInt LG_(context_count)(void);
/* Label and parent of a context, 0 included ("" and 0). */
const HChar *LG_(context_label)(UInt context);
UInt LG_(context_parent)(UInt context);

#endif
