/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_unfollowed: see lg_unfollowed.h. One entry per account and interval of birth, the oldest first in each kind's list. */
#include "lg_unfollowed.h"

#include "lg_clock.h"
#include "lg_counter.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

typedef struct {
   UInt account, birth; /* birth: base interval of the oldest one */
   UInt n;
} Entry;

typedef struct {
   Entry *entries;
   UInt first, n, size; /* entries before `first` are used up */
   ULong n_instances;
} List;

static struct {
   List spans, tasks;
} st;

static List *list_of(lg_account_kind kind)
{
   return kind == LG_ACCOUNT_TASK ? &st.tasks : &st.spans;
}

void LG_(unfollowed_add)(UInt account, UInt birth)
{
   List *l = list_of((lg_account_kind)LG_(account_now)(account)->kind);
   if (l->n == l->size) {
      l->size = l->size ? l->size + l->size / 2 : 64;
      l->entries = VG_(realloc)("lg.unfollowed.add.1", l->entries, l->size * sizeof *l->entries);
   }
   l->entries[l->n++] = (Entry){account, birth, 1};
   l->n_instances++;
   LG_(counter_add)(LG_INSTANCE_DROPPED, VG_INVALID_THREADID);
}

static UInt interval_of(const Entry *e)
{
   return e->birth >> LG_(clock).shift;
}

static Int by_age(const void *x, const void *y)
{
   const Entry *a = x, *b = y;
   if (interval_of(a) != interval_of(b))
      return interval_of(a) < interval_of(b) ? -1 : 1;
   return a->account < b->account ? -1 : a->account > b->account;
}

static void settle(List *l)
{
   UInt out = 0;
   VG_(ssort)(l->entries + l->first, l->n - l->first, sizeof *l->entries, by_age);
   for (UInt i = l->first; i < l->n; i++) {
      const Entry e = l->entries[i];
      if (out > 0 && by_age(&l->entries[out - 1], &e) == 0)
         l->entries[out - 1].n += e.n;
      else
         l->entries[out++] = e;
   }
   l->first = 0;
   l->n = out;
   if (l->size > 64 && l->n < l->size / 2) {
      l->size = l->n < 64 ? 64 : l->n;
      l->entries = VG_(realloc)("lg.unfollowed.settle.1", l->entries, l->size * sizeof *l->entries);
   }
}

void LG_(unfollowed_settle)(void)
{
   settle(&st.spans);
   settle(&st.tasks);
}

Bool LG_(unfollowed_any)(lg_account_kind kind)
{
   return list_of(kind)->n_instances > 0;
}

Bool LG_(unfollowed_close)(lg_account_kind kind)
{
   List *l = list_of(kind);
   if (l->n_instances == 0)
      return False;
   while (l->entries[l->first].n == 0)
      l->first++;
   Entry *e = &l->entries[l->first];
   e->n--;
   l->n_instances--;
   LG_(account_death)(LG_(account_by_id)(e->account), 1, e->birth);
   LG_(counter_add)(LG_CLOSE_GUESSED, VG_INVALID_THREADID);
   return True;
}

ULong LG_(unfollowed_count)(void)
{
   return st.spans.n_instances + st.tasks.n_instances;
}
