/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines about spans, tasks and the hooks that see them. */
#include "lines.h"

#include <string.h>

/* An account whose blocks are open instances. */
static int take_census_account(lines *l, lg_fields *f, uint32_t *entry)
{
   uint32_t a;
   if (!lines_account(l, f, &a))
      return 0;
   *entry = l->p->accounts[a].census;
   return *entry != 0 ? 1 : lines_fail(l, "account %u is not one of spans or tasks", (unsigned)a);
}

int lines_take_place(lines *l, lg_fields *f)
{
   profile *p = l->p;
   uint32_t entry, file, line;
   if (!take_census_account(l, f, &entry) || !lines_id(l, f, "source file", p->files.n, /*is_none_ok*/ 1, &file) ||
       !lines_u32(l, f, "line", UINT32_MAX, &line) || !lines_end(l, f))
      return 0;
   return census_place(&p->census, entry, file, line, p->txn) ? 1
                                                              : lines_fail(l, "the account's place is known already");
}

int lines_take_misuse(lines *l, lg_fields *f)
{
   uint32_t entry;
   uint64_t count;
   const char *word;
   size_t n;
   if (!take_census_account(l, f, &entry))
      return 0;
   if (!lg_get_word(f, &word, &n))
      return lines_fail(l, "its name is missing");
   lg_discipline which = lg_discipline_find(word, n);
   if (which == LG_N_DISCIPLINES)
      return lines_fail(l, "its name is unknown");
   if (!lines_u64(l, f, "count", (uint64_t)1 << 62, &count) || !lines_end(l, f))
      return 0;
   census_count(&l->p->census, entry, which, count);
   return 1;
}

int lines_take_coverage(lines *l, lg_fields *f)
{
   const char *word;
   size_t n;
   if (!lg_get_word(f, &word, &n) || n == 0)
      return lines_fail(l, "its name is missing");
   long text_n = lg_get_string(f, l->text, sizeof l->text);
   if (text_n < 0)
      return lines_fail(l, "its text is missing or malformed");
   return census_cover(&l->p->census, word, n, l->text, (size_t)text_n) ? 1 : lines_full(l);
}
