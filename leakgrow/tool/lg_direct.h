/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_direct: malloc and its family served without leaving the program's translated code.
 *
 * Answers: this superblock ends in a client request; if it turns out to be one that lg_heap can serve on the spot, is it done? The
 * request's block gets a call of ours at its end and goes on to the next block when we served it; otherwise it makes the
 * request as it would have without us. A round trip through Valgrind's scheduler costs more than everything else in a malloc.
 *
 * D1  what is served has the same effect, result included, as the request; what is not served is unchanged.
 * D2  nothing that reads symbols, writes files or speaks is done here (see LG_(heap_direct)).
 * D3  a fault while serving counts as one of Valgrind's, as it would in the request. */
#ifndef LG_DIRECT_H
#define LG_DIRECT_H

#include "lg_compat.h"

#include "pub_tool_tooliface.h"

/* Turns it on, where the platform has it; from post_clo_init. */
void LG_(direct_init)(void);

/* The superblock, or a copy with our call. */
IRSB *LG_(direct_instrument)(IRSB *sb);

/* Requests served, and those looked at and left to Valgrind. */
void LG_(direct_stats)(ULong *n_served, ULong *n_left);

#endif
