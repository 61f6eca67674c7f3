/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_request: what the program says by client requests.
 *
 * Answers: which request is this and are its arguments usable? The client's pointers are checked before they are read; a request that
 * cannot be served is counted and answered with 0. */
#ifndef LG_REQUEST_H
#define LG_REQUEST_H

#include "lg_compat.h"

/* Valgrind's callback. False for requests that are none of ours. */
Bool LG_(request_handle)(ThreadId tid, UWord *arg, UWord *result);

#endif
