/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_memory: memory for an analysis, from malloc(). */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include "lg_analysis.h"

#include <stdlib.h>

typedef struct {
   void *piece[LG_PIECES_MAX];
   uint32_t n;
} sim_memory;

/* The `get` of an lg_memory; self is a sim_memory that began as zeroes. Ends the program when there is none. */
static inline void *sim_memory_get(void *self, size_t size)
{
   sim_memory *m = self;
   void *piece = m->n < LG_PIECES_MAX ? malloc(size) : NULL;
   if (piece == NULL)
      exit(2);
   return m->piece[m->n++] = piece;
}

static inline void sim_memory_free(sim_memory *m)
{
   while (m->n > 0)
      free(m->piece[--m->n]);
}

#endif
