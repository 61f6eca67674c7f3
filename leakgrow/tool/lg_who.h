/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_who: whose memory is this?
 *
 * Answers the monitor command who: which live block contains an address, how large and how old is it, in which context and by which stack was it
 * allocated? Any text and any address may be given; client memory is not read. */
#ifndef LG_WHO_H
#define LG_WHO_H

#include "lg_compat.h"

/* `address`: 0x and hexadecimal, or decimal; NULL when none was given. Prints the answer, or what is wrong, for gdb. */
void LG_(who)(const HChar *address);

#endif
