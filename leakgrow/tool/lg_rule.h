/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_rule: how to step from one stack frame to the next, learned once per instruction address.
 *
 * Answers: with the program at this address, where is the caller's frame and where was the frame pointer saved? Most code has
 * a rule of one shape: the caller's stack pointer is the stack or frame pointer plus a constant, the return address lies just
 * below it, the frame pointer is unchanged or saved at a constant distance. Such rules are found by asking Valgrind's unwinder
 * about memory and registers that we made up; everything else is left to it every time.
 *
 * R1  a step by a rule gives exactly what VG_(use_CF_info) gives, or the rule says that it does not know.
 * R2  rules are forgotten when any debug information comes or goes. */
#ifndef LG_RULE_H
#define LG_RULE_H

#include "config.h"

#include "lg_compat.h"

/* Whether this build can: everything else takes Valgrind's unwinder. */
#if LG_VG_INTERNALS && defined(VGP_amd64_linux)
#  define LG_HAVE_UNWINDER 1
#else
#  define LG_HAVE_UNWINDER 0
#endif

/* Laid out as the core's D3UnwindRegs on amd64, the same from 3.16 to 3.28. */
typedef struct {
   Addr ip, sp, bp;
} LgRegs;

typedef enum { LG_BY_UNKNOWN, LG_BY_SP, LG_BY_BP } LgRuleBase;

typedef struct {
   Addr ip;       /* 0: free slot */
   Int cfa_off;   /* caller's sp = base + cfa_off */
   Short bp_off;  /* saved frame pointer = word at caller's sp + bp_off; 0: unchanged */
   UChar base;    /* LgRuleBase */
   UChar is_last; /* the address is in main or below: nothing that anybody wants to see lies further out */
} LgRule;

typedef struct {
   LgRule *rules; /* open addressing */
   UWord mask;
} LgRuleTable;

extern LgRuleTable LG_(rule_table);

/* Forgets all rules if debug information changed since the last call, and says so. To be called before rules are used. */
Bool LG_(rule_refresh)(void);

/* Learns the rule of an address, or finds it away from its first place. */
const LgRule *LG_(rule_find)(Addr ip);

/* Number of rules, of addresses ever learned, and bytes. */
void LG_(rule_stats)(ULong *n, ULong *learned, ULong *bytes);

static inline UWord LG_(rule_home)(Addr ip)
{
   return (ip * 0x9e3779b97f4a7c15ULL) >> 40;
}

/* The rule of an address; borrowed until the next call. */
static inline const LgRule *LG_(rule_of)(Addr ip)
{
   const LgRule *r = &LG_(rule_table).rules[LG_(rule_home)(ip) & LG_(rule_table).mask];
   return LIKELY(r->ip == ip) ? r : LG_(rule_find)(ip);
}

#endif
