/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_reclaim.h"

static const char *const schemes[LG_N_RECLAIMS] = {
   [LG_RECLAIM_EBR] = "ebr", [LG_RECLAIM_QSBR] = "qsbr", [LG_RECLAIM_RCU] = "rcu", [LG_RECLAIM_HP] = "hp"};

static const char *const lags[LG_N_LAGS] = {
   [LG_LAG_TIME] = "lag_ms",    [LG_LAG_BYTES] = "lag_B",    [LG_LAG_EPOCHS] = "lag_epochs",
   [LG_LAG_STASH] = "stash_ms", [LG_LAG_GRACE] = "grace_ms", [LG_LAG_DRAIN] = "drain_ms",
   [LG_LAG_FREE] = "free_ms"};

static const char *const stalls[LG_N_STALLS] = {[LG_STALL_READER] = "reader",
                                                [LG_STALL_ADVANCE] = "advance",
                                                [LG_STALL_STASH] = "stash",
                                                [LG_STALL_CALLBACK] = "callback"};

static const char *name_of(const char *const *names, unsigned which, unsigned n)
{
   return which < n ? names[which] : "?";
}

static int is_same(const char *name, const char *word, size_t n)
{
   size_t i = 0;
   while (i < n && name[i] != '\0' && name[i] == word[i])
      i++;
   return i == n && name[i] == '\0';
}

static unsigned find(const char *const *names, unsigned n_names, const char *word, size_t n)
{
   unsigned i = 0;
   while (i < n_names && !is_same(names[i], word, n))
      i++;
   return i;
}

const char *lg_reclaim_name(lg_reclaim_scheme s)
{
   return name_of(schemes, (unsigned)s, LG_N_RECLAIMS);
}

const char *lg_lag_name(lg_lag l)
{
   return name_of(lags, (unsigned)l, LG_N_LAGS);
}

const char *lg_stall_name(lg_stall s)
{
   return name_of(stalls, (unsigned)s, LG_N_STALLS);
}

lg_reclaim_scheme lg_reclaim_find(const char *name, size_t n)
{
   return (lg_reclaim_scheme)find(schemes, LG_N_RECLAIMS, name, n);
}

lg_lag lg_lag_find(const char *name, size_t n)
{
   return (lg_lag)find(lags, LG_N_LAGS, name, n);
}

lg_stall lg_stall_find(const char *name, size_t n)
{
   return (lg_stall)find(stalls, LG_N_STALLS, name, n);
}
