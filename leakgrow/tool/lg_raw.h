/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_raw: the traces that the unwinder gave, each kept once.
 *
 * Answers: was there this trace before, and which stack did it lead to? A trace is found by 32 bits of its hash and then compared, address by
 * address, with the path of numbers (lg_ip, lg_path) that is kept of it: nothing rests on the hash being unique.
 *
 * W1  a trace with an address that was unmapped is never found again, whatever is mapped there.
 * W2  raw stacks stay where they are until raw_keep_only(). */
#ifndef LG_RAW_H
#define LG_RAW_H

#include "lg_path.h"

struct LgAccount;

/* A raw stack. The account of its last use saves a look-up: most code allocates in one context. */
typedef struct {
   LgPath path;
   UInt stack; /* id; 0: ignored by --ignore-fn */
   UInt last_context;
   struct LgAccount *last_account; /* NULL: none yet */
   UInt hash, next;                /* lg_raw's: of the trace; which raw stack came after this one the last time */
} LgRawStack;

/* `paths`: where paths of raw stacks are kept; borrowed for ever. */
void LG_(raw_init)(const LgPaths *paths);

/* The raw stack of a trace of n >= 1 addresses with this hash, or NULL. */
LgRawStack *LG_(raw_find)(UInt hash, const Addr *ips, UInt n);
/* Adds one that raw_find() does not know. */
LgRawStack *LG_(raw_add)(UInt hash, LgPath path, UInt stack);
/* True when raw_add() would grow the table: time to look whether all are still wanted. */
Bool LG_(raw_is_full)(void);

/* Keeps those that `keep` wants, which may change them, and moves them. */
void LG_(raw_keep_only)(Bool (*keep)(LgRawStack *r, void *arg), void *arg);

UInt LG_(raw_count)(void);
/* Memory taken, without paths. */
ULong LG_(raw_bytes)(void);

#endif
