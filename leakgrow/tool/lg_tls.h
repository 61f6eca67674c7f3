/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tls: thread-local variables of the client.
 *
 * Answers: where is this thread's copy of a thread-local variable whose offset in its object's block is known? glibc keeps, per
 * thread, a table of the blocks of all objects (the "dtv"), but which entry is the object's is its secret: every entry is tried, and the
 * caller tells by what it finds there. amd64 with glibc only; elsewhere nothing is found. */
#ifndef LG_TLS_H
#define LG_TLS_H

#include "lg_compat.h"

/* The thread pointer, which is also what pthread_self() returns; 0 when it is not known here. */
Addr LG_(tls_thread_pointer)(ThreadId tid);

/* The thread's copy of the variable: the first candidate for which is_it(candidate, thread pointer, data) holds, 0 when there is none.
 * *module is where it was found last (0: unknown yet); it is tried first, and noted when found. is_it must check what it reads. */
Addr LG_(tls_find)(ThreadId tid, UWord offset, UInt *module,
                   Bool (*is_it)(Addr candidate, Addr thread_pointer, UWord data), UWord data);

#endif
