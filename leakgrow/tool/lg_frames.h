/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_frames: the frames of stacks while somebody analyses them.
 *
 * Answers: which frames has this stack, as a list that stays where it is? lg_stack keeps no such lists, and makes one whenever it is asked;
 * an analysis asks for the same ones again and again, and compares them by their place. Here each is made once, when it is first
 * asked for, and all are freed together.
 *
 * V1  between frames_begin() and frames_end() a stack's list is at one place, and two stacks' lists are at two. */
#ifndef LG_FRAMES_H
#define LG_FRAMES_H

#include "lg_compat.h"

/* May be nested. The number of stacks must not change before frames_end(). */
void LG_(frames_begin)(void);
void LG_(frames_end)(void);

/* What LG_(stack_frames) says of a stack. Borrowed until frames_end(). */
UInt LG_(frames_of)(UInt stack, const UInt **frames);

#endif
