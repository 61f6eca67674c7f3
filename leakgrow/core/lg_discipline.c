/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_discipline.h"

static const char *const names[LG_N_DISCIPLINES] = {
   [LG_DISCIPLINE_SUSPENDED] = "suspended", [LG_DISCIPLINE_ORDER] = "order",   [LG_DISCIPLINE_THREAD] = "thread",
   [LG_DISCIPLINE_UNENTERED] = "unentered", [LG_DISCIPLINE_OPEN] = "open",     [LG_DISCIPLINE_NESTED] = "nested",
   [LG_DISCIPLINE_FOREIGN] = "foreign",     [LG_DISCIPLINE_REUSED] = "reused", [LG_DISCIPLINE_UNKNOWN] = "unknown",
};

const char *lg_discipline_name(lg_discipline d)
{
   return (unsigned)d < LG_N_DISCIPLINES ? names[d] : "?";
}

static int is_same(const char *name, const char *word, size_t n)
{
   size_t i = 0;
   while (i < n && name[i] != '\0' && name[i] == word[i])
      i++;
   return i == n && name[i] == '\0';
}

lg_discipline lg_discipline_find(const char *name, size_t n)
{
   unsigned d = 0;
   while (d < LG_N_DISCIPLINES && !is_same(names[d], name, n))
      d++;
   return (lg_discipline)d;
}
