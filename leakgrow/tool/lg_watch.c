/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_watch: see lg_watch.h. */
#include "lg_watch.h"

#include "lg_domain.h"
#include "lg_instance.h"

static struct {
   ULong n_gone;
} st;

static void gone(ThreadId tid, Addr start, SizeT szB)
{
   st.n_gone++;
   LG_(domain_block_freed)(tid, start, szB);
   LG_(instance_block_freed)(tid, start, szB);
}

void LG_(watch_block_freed)(ThreadId tid, Addr start, SizeT szB)
{
   gone(tid, start, szB);
}

void LG_(watch_block_moved)(ThreadId tid, Addr from, SizeT szB)
{
   gone(tid, from, szB);
}

ULong LG_(watch_count)(void)
{
   return st.n_gone;
}
