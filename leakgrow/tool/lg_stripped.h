/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_stripped: objects made by rustc whose names were taken away.
 *
 * Answers: is there Rust code in this program in which no hook can ever match? A stripped binary has no Rust symbol left; its .comment
 * section still names the compiler. That is said in the coverage, as the set "rust". */
#ifndef LG_STRIPPED_H
#define LG_STRIPPED_H

#include "lg_compat.h"

#include "pub_tool_debuginfo.h"

/* Adds the set; from post_clo_init. */
void LG_(stripped_init)(void);

/* An object without any Rust symbol was loaded. */
void LG_(stripped_note)(const DebugInfo *di);

#endif
