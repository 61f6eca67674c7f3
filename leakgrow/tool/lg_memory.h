/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_memory: how much memory the tool itself takes.
 *
 * Answers: what is to be held against --max-tool-memory? Everything that comes from VG_(malloc) and its family, whoever calls it: our modules, and
 * Valgrind's containers that they use. Valgrind's allocator for tools is asked through the linker (--wrap), so no table can be forgotten.
 * Not counted: memory of the client, debug information and translations, which have allocators of their own. */
#ifndef LG_MEMORY_H
#define LG_MEMORY_H

#include "lg_compat.h"

/* Bytes in use now, with what the allocator adds to each piece. O(1). */
ULong LG_(memory_B)(void);

/* What one table may take: a part of --max-tool-memory; without such a limit, everything. */
ULong LG_(memory_share_B)(UInt parts);

#endif
