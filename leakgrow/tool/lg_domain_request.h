/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_request: reclamation as programs announce it.
 *
 * Answers: which event is this client request? Whatever its arguments are, it is served or counted. */
#ifndef LG_DOMAIN_REQUEST_H
#define LG_DOMAIN_REQUEST_H

#include "lg_compat.h"

#include "pub_tool_threadstate.h"

/* Handles a request of leakgrow.h about domains. Returns False when it is none of these. `*result` is the request's value. */
Bool LG_(domain_request)(ThreadId tid, const UWord *arg, UWord *result);

#endif
