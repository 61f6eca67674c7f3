/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source: a profile as the analysis wants to see it.
 *
 * Answers: what does core's lg_source look like for something that was read from a file? Source accounts count from 0, profile
 * accounts from 1: source account n is profile account n + 1. Functions of the source are the profile's groups of equal names. */
#ifndef VIEW_SOURCE_H
#define VIEW_SOURCE_H

#include "profile.h"

/* Fills `src`; it borrows the profile, which must be finished. */
void source_init(lg_source *src, profile *p);

#endif
