/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_counter: see lg_counter.h. */
#include "lg_counter.h"

#include "lg_stack.h"
#include "lg_symbol.h"

#include "pub_tool_libcprint.h"

static const struct {
   const HChar *name, *text;
} infos[] = {
#define X(id, name, text) {name, text},
   LG_COUNTERS(X)
#undef X
};

static struct {
   ULong n[LG_N_COUNTERS];
   UInt first_stack[LG_N_COUNTERS]; /* 0: none */
} st;

void LG_(counter_add)(LgCounter c, ThreadId tid)
{
   if (st.n[c]++ == 0 && infos[c].text && tid != VG_INVALID_THREADID)
      st.first_stack[c] = LG_(stack_capture)(tid)->stack;
}

void LG_(counter_set)(LgCounter c, ULong n)
{
   st.n[c] = n;
}

ULong LG_(counter_get)(LgCounter c)
{
   return st.n[c];
}

const HChar *LG_(counter_name)(LgCounter c)
{
   return infos[c].name;
}

void LG_(counter_keep_stacks)(UChar *is_evicted)
{
   for (UInt c = 0; c < LG_N_COUNTERS; c++)
      is_evicted[st.first_stack[c]] = 0;
}

void LG_(counter_report)(void)
{
   enum { SHOWN = 3 };
   for (UInt c = 0; c < LG_N_COUNTERS; c++) {
      if (st.n[c] == 0 || !infos[c].text)
         continue;
      VG_(umsg)("%llu %s\n", st.n[c], infos[c].text);
      UInt frames[LG_FRAMES_MAX], n = LG_(stack_frames)(st.first_stack[c], frames);
      for (UInt i = 0; i < n && i < SHOWN; i++) {
         const LgFrame *f = LG_(symbol_frame)(frames[i]);
         VG_(umsg)("   %s %s", i == 0 ? "first at" : "      by", LG_(names_text)(LG_(symbol_fns)(), f->fn));
         if (f->line)
            VG_(umsg)(" (%s:%u)", LG_(names_text)(LG_(symbol_files)(), f->file), f->line);
         VG_(umsg)("\n");
      }
   }
}
