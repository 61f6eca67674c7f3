/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request: one line in, one answer out.
 *
 *   HELLO user        names the user of this connection
 *   GET key           the page of that name, from the cache or rendered
 *   PUT key text      replaces a cached page
 *   REPORT title      queues a job
 *   RELOAD            reads the settings again
 * An answer is "status length\n" and as many bytes. */
#ifndef REQUEST_H
#define REQUEST_H

#include "service.h"

/* Serves a line, which is changed. *user is the connection's session and is set by HELLO. Returns the answer, of *len bytes,
 * which the caller frees. */
char *request_serve(session **user, char *line, size_t *len);

#endif
