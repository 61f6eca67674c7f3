/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_mapping: the memory that the client maps itself.
 *
 * Answers: which calls of mmap and brk keep growing the process beside the heap? Arenas of allocators that nobody intercepts show up
 * here. Anonymous, accessible memory only; Valgrind's own mappings and mapped files are not counted.
 *
 * G1  ranges do not overlap; each belongs to one account of kind mapping. */
#ifndef LG_MAPPING_H
#define LG_MAPPING_H

#include "lg_compat.h"

/* Registers the callbacks; from pre_clo_init. */
void LG_(mapping_init)(void);

/* Bytes that the client has mapped (files included), and that Valgrind and the tool have mapped. */
void LG_(mapping_totals)(ULong *client_B, ULong *tool_B);

#endif
