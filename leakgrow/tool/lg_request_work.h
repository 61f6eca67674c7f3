/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_request_work: the requests of leakgrow.h that tell of spans and tasks.
 *
 * Answers: what does the program say of its work? Labels are the client's memory and are read without trust; what was read once is
 * remembered by its place, as long as that place is mapped. */
#ifndef LG_REQUEST_WORK_H
#define LG_REQUEST_WORK_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

/* Handles a request about spans or tasks. False when it is none. `*result` is the request's value. */
Bool LG_(request_work)(ThreadId tid, const UWord *arg, UWord *result);

/* The client's memory in [a, a + len) becomes something else: labels that lie there are read again. */
void LG_(request_work_forget)(Addr a, SizeT len);

#endif
