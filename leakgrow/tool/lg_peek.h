/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_peek: the client's memory, read without trust.
 *
 * Answers: what stands at this address, if anything can be read there? Addresses come from registers, requests and structures of
 * the client, so each may be anything.
 *
 * P1  nothing outside of the client's readable mappings is read; pages of a mapped file behind its end are not either. */
#ifndef LG_PEEK_H
#define LG_PEEK_H

#include "lg_compat.h"

/* Copies n bytes. False, and *to is undefined, when one of them cannot be read. n 0: True. */
Bool LG_(peek)(Addr from, void *to, SizeT n);

/* Copies a string of at most size - 1 bytes that ends with a 0, and that 0. False when it cannot be read up to there; what is longer
 * is cut. size >= 1. */
Bool LG_(peek_string)(Addr from, HChar *to, SizeT size);

#endif
