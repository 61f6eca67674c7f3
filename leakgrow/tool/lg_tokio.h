/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tokio: the tasks of a tokio program, seen without its help.
 *
 * Answers: which tasks are there, who spawned them, and which one does a thread run now? tokio's task vtable holds the function
 * raw::poll of each type of future; it survives every optimisation. Its argument is the task's header, which begins the task's own heap
 * block: so that block's allocation is the spawn, its account has the spawn stack and the spawner's context, and its free is the end.
 *
 * O1  what is not recognised as such a block (its vtable must hold the called function) is counted and left alone.
 * O2  the runtime's own workers are tasks too; they are not counted. */
#ifndef LG_TOKIO_H
#define LG_TOKIO_H

#include "lg_compat.h"

/* Adds the hooks; from post_clo_init. */
void LG_(tokio_init)(void);

#endif
