/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_record: the history of an account: a record per interval in which it changed, and the ages at which its blocks died.
 *
 * Answers: what did this account do in every interval, and what of that is not written to the profile yet?
 *
 * An account that is touched for the first time in an interval opens a record, wide and at hand, and enters the touched list, which the
 * writer empties; then the record is closed: packed behind the others (lg_packed). One that is not touched has no record (lg_series S2).
 *
 * A2  record min <= live <= max at every moment of its interval.
 * A5  records before the packed ones' held_from hold nothing back: most blocks die young, so a writer need not look at all of them. */
#ifndef LG_RECORD_H
#define LG_RECORD_H

#include "lg_account.h"

enum { LG_NO_INTERVAL = 0xffffffff };

/* Opens the account's record of the interval in progress, where nothing happened yet: everything is what is live. */
void LG_(record_open)(LgAccount *a);

/* Blocks born in base interval `birth`, and their bytes, are more or less now. There is a record of that interval: the birth opened it.
 * The account's record must be open. */
void LG_(record_survivors)(LgAccount *a, UInt birth, Long blk, Long B);
/* A block died. */
void LG_(record_age)(LgAccount *a, UInt birth);

/* Records of an account, the open one included: position 0 .. count - 1, sorted by index. O(1) each. */
UInt LG_(record_count)(const LgAccount *a);
void LG_(record_get)(const LgAccount *a, UInt i, lg_rec *out);
/* All of them; `out` has room for LG_INTERVALS_MAX. Returns their number. */
UInt LG_(record_all)(const LgAccount *a, lg_rec *out);
/* The first record that may hold survivors back. */
UInt LG_(record_held_from)(const LgAccount *a);
/* The interval of a record that is closed, and what it holds back. */
void LG_(record_held)(const LgAccount *a, UInt i, UInt *index, Long *blk, Long *B);
/* Deaths at an age, and those of them that are held back. */
void LG_(record_ages)(const LgAccount *a, UInt bucket, uint64_t *deaths, uint64_t *held);
/* Deaths that are held back, at all ages but the first. */
ULong LG_(record_aged_held)(const LgAccount *a);
/* Buckets that may have deaths: at least 1. */
UInt LG_(record_n_ages)(const LgAccount *a);

/* The survivors, the ages that were held back are written. */
void LG_(record_survivors_written)(LgAccount *a);
void LG_(record_ages_written)(LgAccount *a);

/* Accounts with an open record, in no particular order; emptied by record_close_all(), after which an account that is touched again in
 * the same interval goes on with its record, and is listed again. */
LgAccount *LG_(record_touched)(void);
void LG_(record_close_all)(void);
/* Series end: what is recorded from now on is forgotten. No record may be open. */
void LG_(record_freeze)(void);

/* Merges intervals in pairs after the clock's shift grew. No record may be open. */
void LG_(record_halve)(LgAccount *a);
/* Adds one history to another (lg_series_add), and frees it. Neither may have an open record. */
void LG_(record_merge)(LgAccount *a, LgAccount *into);

/* What a merged account's history takes. */
SizeT LG_(record_bytes)(const LgAccount *a);
/* Checks A2 and A5; asserts. */
void LG_(record_sanity)(const LgAccount *a);
/* Records there are; memory of open ones. */
void LG_(record_stats)(ULong *n_recs, ULong *open_B);

#endif
