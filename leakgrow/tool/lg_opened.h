/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_opened: the table of open instances.
 *
 * Answers: which open span or task has this id now? Instances have numbers that stay while they are open; a serial, different for each
 * instance ever, tells whether a number still means the one that was meant.
 *
 * Under --max-tool-memory the table may take a quarter of the limit; then the oldest ones that nobody is in are given up (lg_unfollowed).
 *
 * O1  at most one open instance per (space, id).
 * O2  where/at name an entry of a nest, or of a suspended task's, that is this instance's, or nothing. */
#ifndef LG_OPENED_H
#define LG_OPENED_H

#include "lg_account.h"
#include "lg_instance.h"

/* 48 bytes: there may be millions. */
typedef struct {
   ULong id;
   UInt serial;
   UInt account;     /* 0: ignored */
   UInt birth;       /* base interval */
   UInt context;     /* of what happens inside */
   UInt task;        /* serial of the task that created it; 0: none. A task's own serial */
   UInt next;        /* in its hash chain, or in the list of free numbers */
   UInt where;       /* the thread on which it was entered last, or LG_IN_TASK | the number of the suspended task */
   UInt at;          /* position there; 0: not known, or not entered */
   UShort n_entered; /* saturates */
   UChar space;
   UChar origins : 2;  /* bits by LgOrigin */
   UChar in_block : 1; /* ends with the heap block at its id */
   UChar has_kept : 1; /* a suspended task with entries in lg_task's table */
} LgOpened;

#define LG_IN_TASK 0x80000000u

/* Number of the open instance with this id, or 0. */
UInt LG_(opened_find)(LgIdSpace space, ULong id);
/* A new one, born in the account (NULL: ignored); there must be none with this id. Others may lose their numbers, but never one that is
 * entered. */
UInt LG_(opened_add)(LgIdSpace space, ULong id, LgAccount *account, UInt context);
/* It dies. Whoever refers to it finds out by its serial. */
void LG_(opened_remove)(UInt number);

/* Valid until the next opened_add(). */
LgOpened *LG_(opened_at)(UInt number);
/* The same, or NULL when that instance is closed. */
LgOpened *LG_(opened_if)(UInt number, UInt serial);
/* Numbers are at most this; the serial of one that is not open is 0. */
UInt LG_(opened_last)(void);

/* For --stats=yes: open now, at most, memory. */
void LG_(opened_stats)(ULong *n, ULong *n_peak, ULong *bytes);
/* Checks O1; asserts. */
void LG_(opened_sanity)(void);

#endif
