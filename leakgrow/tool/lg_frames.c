/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_frames: see lg_frames.h. A list is a row of words: how many there are, then the frames. */
#include "lg_frames.h"

#include "lg_pile.h"
#include "lg_stack.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

static struct {
   UInt n_users, n_stacks;
   UInt *lists; /* [n_stacks + 1] where in words; 0: not made yet */
   LgPile words;
} st;

void LG_(frames_begin)(void)
{
   if (st.n_users++ > 0)
      return;
   st.n_stacks = LG_(stack_count)();
   st.lists = VG_(calloc)("lg.frames.begin.1", (SizeT)st.n_stacks + 1, sizeof *st.lists);
   LG_(pile_init)(&st.words, sizeof(UInt));
   LG_(pile_add_row)(&st.words, 1);
}

void LG_(frames_end)(void)
{
   tl_assert(st.n_users > 0);
   if (--st.n_users > 0)
      return;
   VG_(free)(st.lists);
   LG_(pile_free)(&st.words);
}

static UInt make_list(UInt stack)
{
   UInt frames[LG_FRAMES_MAX];
   UInt n = LG_(stack_frames)(stack, frames);
   UInt at = LG_(pile_add_row)(&st.words, n + 1);
   UInt *row = LG_PILE_AT(&st.words, UInt, at);
   row[0] = n;
   VG_(memcpy)(row + 1, frames, n * sizeof *frames);
   return at;
}

UInt LG_(frames_of)(UInt stack, const UInt **frames)
{
   tl_assert(st.n_users > 0 && stack <= st.n_stacks);
   *frames = NULL;
   if (stack == 0)
      return 0;
   if (st.lists[stack] == 0)
      st.lists[stack] = make_list(stack);
   const UInt *row = LG_PILE_AT(&st.words, UInt, st.lists[stack]);
   *frames = row + 1;
   return row[0];
}
