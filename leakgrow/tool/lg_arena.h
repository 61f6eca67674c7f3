/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_arena: memory for many small pieces whose sizes their owners know.
 *
 * Answers: where do a million pieces of some dozen bytes live, when VG_(malloc) adds 32 bytes to each? Pieces are cut from aligned chunks
 * that have a bit per unit; what is given back joins its free neighbours. Chunks are never returned.
 *
 * M1  pieces that are in use do not overlap, and begin at multiples of LG_ARENA_UNIT_B.
 * M2  a run of set bits is one free piece, as long as it can be; it is in the list of its size if it has room for the links. */
#ifndef LG_ARENA_H
#define LG_ARENA_H

#include "lg_compat.h"

enum { LG_ARENA_UNIT_B = 8, LG_ARENA_PIECE_MAX_B = 2048 };

/* What a piece of so many bytes takes, and has room for. */
static inline SizeT LG_(arena_round)(SizeT szB)
{
   return szB <= 2 * LG_ARENA_UNIT_B ? 2 * LG_ARENA_UNIT_B
                                     : (szB + LG_ARENA_UNIT_B - 1) & ~(SizeT)(LG_ARENA_UNIT_B - 1);
}

/* A piece of szB bytes, not cleared; larger ones than LG_ARENA_PIECE_MAX_B come from VG_(malloc). Never fails. */
void *LG_(arena_take)(SizeT szB);
/* Gives it back; szB as it was taken, or anything that rounds to the same. NULL: nothing. */
void LG_(arena_give)(void *piece, SizeT szB);

/* Memory of chunks and large pieces; the part of it that is in use. */
void LG_(arena_stats)(ULong *bytes, ULong *used_B);
/* Checks M2; asserts. */
void LG_(arena_sanity)(void);

#endif
