/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_ip: instruction addresses by number.
 *
 * Answers: which number has this address as long as the code is mapped that is there now? Numbers count from 1.
 *
 * I1  a number stands for one piece of code: when it is unmapped its addresses retire, and what is mapped there later gets other
 *     numbers. What was said of a number (its names) stays true.
 * I2  a retired number is given again only after ip_reclaim() was told that nobody uses it. */
#ifndef LG_IP_H
#define LG_IP_H

#include "lg_compat.h"

/* The address of a retired number. No trace has it: unwinders subtract 1 from return addresses and end at 0. */
#define LG_IP_GONE (~(Addr)0)

/* Addresses by number, 0 .. ip_count(); [0] is LG_IP_GONE. Moves when a number is added. */
extern Addr *LG_(ip_address);

void LG_(ip_init)(void);

/* The number of an address, a new one if need be. */
UInt LG_(ip_id)(Addr ip);
/* The largest number so far. */
UInt LG_(ip_count)(void);

/* Code in [a, a + len) is about to be unmapped. Returns how many numbers retired. Proportional to the pages of the range or the addresses
 * known, whichever is less, when there are none in it; else to the addresses. */
UInt LG_(ip_retire)(Addr a, SizeT len);
/* How many are retired and not reclaimed. */
UInt LG_(ip_n_retired)(void);
/* May give retired numbers again unless is_used[number] (an element per number up to ip_count()), and calls `forget` for each. */
void LG_(ip_reclaim)(const UChar *is_used, void (*forget)(UInt id));

/* Memory taken. */
ULong LG_(ip_bytes)(void);

#endif
