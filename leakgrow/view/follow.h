/* SPDX-License-Identifier: GPL-2.0-or-later */
/* follow: a profile that is being written.
 *
 * Answers: what grows now? The file is read again whenever it changed, by its name, so that a profile that was rewritten is followed
 * too. On a terminal the screen is redrawn in place, as wide and as high as it is; elsewhere one line per change is written, without any
 * control sequence. It ends when the run ends: by the profile's last line or, when the process had been seen alive on this machine, when it is
 * gone.
 *
 * W1  reading takes at most a fifth of the time, however large the file has become. */
#ifndef VIEW_FOLLOW_H
#define VIEW_FOLLOW_H

#include "options.h"
#include "out.h"

/* Returns an exit code. */
int follow_file(const char *file, const view_opts *opts, out *o);

#endif
