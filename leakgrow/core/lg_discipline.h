/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_discipline: ways in which spans and tasks are used against their rules.
 *
 * Answers: what is such a mistake called in a profile, in the report and in the gate? Tool, reader and renderers share the words.
 * Freestanding. */
#ifndef LG_DISCIPLINE_H
#define LG_DISCIPLINE_H

#include <stddef.h>

/* Each is counted per event, in the account of the instance. */
typedef enum {
   LG_DISCIPLINE_SUSPENDED, /* a span still entered when the task that entered it was suspended */
   LG_DISCIPLINE_ORDER,     /* exit of a span that is not the innermost one */
   LG_DISCIPLINE_THREAD,    /* exit on another thread than the enter */
   LG_DISCIPLINE_UNENTERED, /* exit without enter */
   LG_DISCIPLINE_OPEN,      /* closed while entered */
   LG_DISCIPLINE_NESTED,    /* entered inside itself ever deeper */
   LG_DISCIPLINE_FOREIGN,   /* its parent belongs to another task */
   LG_DISCIPLINE_REUSED,    /* a new instance under an id that is open */
   LG_DISCIPLINE_UNKNOWN,   /* an event for an id that was never new */
   LG_N_DISCIPLINES
} lg_discipline;

/* "suspended", "order" ...: the word of a profile's `m` line. */
const char *lg_discipline_name(lg_discipline d);

/* The discipline with this name, n bytes that need no 0; LG_N_DISCIPLINES when there is none. */
lg_discipline lg_discipline_find(const char *name, size_t n);

#endif
