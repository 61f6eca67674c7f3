/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_stripped: see lg_stripped.h. */
#include "lg_stripped.h"

#include "lg_elf.h"
#include "lg_hook.h"

#include "lg_word.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

static struct {
   Bool is_on;
   HChar *first; /* file name of the first one */
   UInt n;
} st;

void LG_(stripped_note)(const DebugInfo *di)
{
   const HChar *path = VG_(DebugInfo_get_filename)(di);
   if (!st.is_on || !path || !LG_(elf_section_has)(path, ".comment", "rustc version"))
      return;
   if (!st.first) {
      const HChar *slash = VG_(strrchr)(path, '/');
      st.first = VG_(strdup)("lg.stripped.note.1", slash ? slash + 1 : path);
   }
   st.n++;
}

static void coverage(const HChar *name, HChar *text, SizeT size)
{
   (void)name;
   lg_text t;
   lg_text_init(&t, text, size);
   if (st.n == 0)
      return;
   lg_word_text(&t, "stripped: no Rust names in ");
   lg_word_text(&t, st.first);
   if (st.n == 1)
      return;
   lg_word_text(&t, " and ");
   lg_word_count(&t, st.n - 1);
   lg_word_text(&t, st.n == 2 ? " other object" : " other objects");
}

void LG_(stripped_init)(void)
{
   static const LgHookSet set = {"rust", NULL, 0, coverage, False};
   st.is_on = True;
   LG_(hook_add_set)(&set);
}
