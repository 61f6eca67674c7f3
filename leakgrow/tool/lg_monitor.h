/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_monitor: questions to a program that is running, through vgdb or gdb's "monitor".
 *
 * Answers: what grows right now, who holds most, and can I have the profile as it stands? Massif's commands keep their names and
 * meaning. */
#ifndef LG_MONITOR_H
#define LG_MONITOR_H

#include "lg_compat.h"

/* Handles one command line. False when it is none of ours. */
Bool LG_(monitor_command)(ThreadId tid, const HChar *line);

#endif
