/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_account: the books of the heap, one account per (stack, context).
 *
 * Answers: how much does this account hold, how much did it hold at least and at most in every interval, how old do its
 * blocks become, and what did it hold when the whole heap was largest?
 *
 * Every event costs a few stores: no interval is closed account by account (lg_record has the history).
 *
 * The exact peak needs no copying: `peak.number` counts confirmed peaks (a maximum that was followed by a decrease). An account
 * that is about to change and has not seen the latest number still holds what it held at that peak, and notes it.
 *
 * A1  live_B is the sum of sizes of the account's live blocks, live_blk their number; the totals are the sums over heap accounts.
 * A3  at_peak_* are right for the peak number `peak_number`; if that is older than peak.number they are live_*.
 * A4  after account_freeze() only live_*, totals and the peak move.
 * A6  an account with `into` was merged into that one (lg_bound): it holds nothing and has no history any more; blocks that name it count
 *     for the other. No block is born in it: its (kind, stack, context) makes a new account. */
#ifndef LG_ACCOUNT_H
#define LG_ACCOUNT_H

#include "lg_compat.h"

#include "lg_ages.h"
#include "lg_analysis.h"
#include "lg_packed.h"

#include "pub_tool_xarray.h"

/* The first 64 bytes are what an event of a hot account touches. */
typedef struct LgAccount {
   ULong live_B;
   lg_rec *rec; /* open record, or a scratch record when frozen; NULL: none */
   UInt live_blk;
   UInt rec_index;   /* interval of *rec; LG_NO_INTERVAL when there is none */
   UInt peak_number; /* A3 */
   UInt at_peak_blk;
   ULong at_peak_B;
   ULong total_blk, total_B; /* over the whole run */
   struct LgAccount *into;   /* A6; NULL: not merged; when is_free: the next free one */

   lg_packed *packed; /* lg_record's: closed records; NULL: none */
   lg_ages *ages;     /* lg_record's: deaths by age; NULL: only young ones */
   UInt young;        /* deaths in the first bucket, beside those in `ages` */
   UInt young_held;   /* the part not written yet */
   union {
      struct LgAccount *next_touched; /* while `rec` is open */
      ULong n_refs;                   /* A6: live blocks that name this merged account */
   };
   UInt id, stack, context;
   UChar kind;                    /* lg_account_kind */
   Bool is_free : 1, is_home : 1; /* nothing names it, and its id may be used again; others were merged into it */
   Bool is_late : 1;              /* changed after the freeze */
} LgAccount;

/* The whole heap. */
typedef struct {
   ULong live_B, live_blk;
   ULong floor_B, ceiling_B, floor_blk, ceiling_blk; /* of the interval in progress */
   ULong allocs, frees, allocated_B;                 /* cumulative; a realloc counts as one allocation and one free */
   ULong births, deaths;                             /* of the interval in progress, as the accounts count them */
} LgHeapTotal;

typedef struct {
   ULong B, blk, time;
   UInt number;    /* confirmed peaks so far */
   Bool is_rising; /* the heap is at its maximum now and has not shrunk since */
} LgPeak;

extern LgHeapTotal LG_(heap_total);
extern LgPeak LG_(peak);

void LG_(account_init)(void);

/* The account of a (kind, stack, context); made at its first use. */
LgAccount *LG_(account_get)(lg_account_kind kind, UInt stack, UInt context);
/* The same without making one: NULL when there is none. */
LgAccount *LG_(account_find)(lg_account_kind kind, UInt stack, UInt context);
LgAccount *LG_(account_by_id)(UInt id); /* 1 .. count */
/* The same, or the account that it was merged into: where a birth that names an earlier one belongs. */
LgAccount *LG_(account_now)(UInt id);
UInt LG_(account_count)(void);

/* A block of `szB` bytes was born in, died in or was resized in an account. `birth` is the base interval of its birth. Only heap
 * accounts move the totals and the peak. */
void LG_(account_birth)(LgAccount *a, SizeT szB);
void LG_(account_death)(LgAccount *a, SizeT szB, UInt birth);
void LG_(account_resize)(LgAccount *a, SizeT old_szB, SizeT new_szB, UInt birth);
/* Like account_resize(), but for a part of a block that merely went away: no allocation is counted. */
void LG_(account_shrink)(LgAccount *a, SizeT old_szB, SizeT new_szB, UInt birth);

/* What the account held at the latest peak. */
void LG_(account_at_peak)(const LgAccount *a, ULong *B, ULong *blk);

/* Begins the next interval: floors and ceilings start at what is live. The touched list must be empty. */
void LG_(account_begin_interval)(void);
/* Merges intervals in all accounts after the clock's shift grew. */
void LG_(account_halve)(void);
/* Ends all series (A4): what follows is teardown. */
void LG_(account_freeze)(void);
Bool LG_(account_is_frozen)(void);

/* Merges an account into another one of its kind, with its history (A6; lg_series_add). Neither may be touched or merged; series must not
 * have ended. Look-ups find the old one until account_drop_merged(). What is left of it looks like an empty account of the heap. */
void LG_(account_merge)(LgAccount *a, LgAccount *into);
/* After merging: nobody finds merged accounts by (kind, stack, context) any more. Their stack becomes `other_stack`. */
void LG_(account_drop_merged)(UInt other_stack);
static inline Bool LG_(account_is_merged)(const LgAccount *a)
{
   return a->is_free || a->into != NULL;
}
/* How many of account_count() are merged. */
UInt LG_(account_n_merged)(void);
/* Ids (UInt) that were given to new accounts after their old ones were merged, since account_forget_reused(). */
const XArray *LG_(account_reused)(void);
void LG_(account_forget_reused)(void);

/* Checks A1 to A3 and A5 for all accounts; asserts. */
void LG_(account_sanity)(void);
/* Interval records in use and memory of all accounts, in O(1). */
void LG_(account_stats)(ULong *n_recs, ULong *bytes);

#endif
