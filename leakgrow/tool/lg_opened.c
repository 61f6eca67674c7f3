/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_opened: see lg_opened.h. Instances never move; the hash has heads of chains, one per instance at most, so that an instance costs its
 * 48 bytes and 4 to 8 of the table. */
#include "lg_opened.h"

#include "lg_clock.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { CHUNK = 1024, FIRST_HEADS = 1024 };

static struct {
   LgOpened **chunks;
   UInt n_chunks, n_used; /* numbers 1 .. n_used were given */
   UInt free;             /* list of free numbers */
   UInt *heads;
   UInt n_heads;
   UInt n_open, n_peak;
   UInt serial;
} st;

LgOpened *LG_(opened_at)(UInt number)
{
   tl_assert(number >= 1 && number <= st.n_used);
   return &st.chunks[(number - 1) / CHUNK][(number - 1) % CHUNK];
}

UInt LG_(opened_last)(void)
{
   return st.n_used;
}

LgOpened *LG_(opened_if)(UInt number, UInt serial)
{
   if (number == 0 || number > st.n_used)
      return NULL;
   LgOpened *o = LG_(opened_at)(number);
   return o->serial == serial ? o : NULL;
}

static inline UInt hash(UInt space, ULong id)
{
   ULong h = (id ^ ((ULong)space << 56)) * 0x9e3779b97f4a7c15ULL;
   h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ULL;
   return (UInt)(h >> 32);
}

static void grow_heads(void)
{
   UInt n_heads = st.n_heads ? st.n_heads * 2 : FIRST_HEADS;
   UInt *heads = VG_(calloc)("lg.opened.heads.1", n_heads, sizeof *heads);
   for (UInt i = 0; i < st.n_heads; i++) {
      for (UInt n = st.heads[i], next; n; n = next) {
         LgOpened *o = LG_(opened_at)(n);
         UInt *head = &heads[hash(o->space, o->id) & (n_heads - 1)];
         next = o->next;
         o->next = *head;
         *head = n;
      }
   }
   VG_(free)(st.heads);
   st.heads = heads;
   st.n_heads = n_heads;
}

UInt LG_(opened_find)(LgIdSpace space, ULong id)
{
   if (st.n_open == 0)
      return 0;
   UInt n = st.heads[hash(space, id) & (st.n_heads - 1)];
   while (n) {
      const LgOpened *o = LG_(opened_at)(n);
      if (o->id == id && o->space == space)
         return n;
      n = o->next;
   }
   return 0;
}

static UInt take_number(void)
{
   UInt number = st.free;
   if (number) {
      st.free = LG_(opened_at)(number)->next;
      return number;
   }
   if (st.n_used == st.n_chunks * CHUNK) {
      st.chunks = VG_(realloc)("lg.opened.chunks.1", st.chunks, (st.n_chunks + 1) * sizeof *st.chunks);
      st.chunks[st.n_chunks++] = VG_(calloc)("lg.opened.chunks.2", CHUNK, sizeof(LgOpened));
   }
   tl_assert2(st.n_used < LG_IN_TASK - 1, "O2: numbers leave a bit");
   return ++st.n_used;
}

UInt LG_(opened_add)(LgIdSpace space, ULong id, LgAccount *account, UInt context)
{
   if (st.n_open >= st.n_heads)
      grow_heads();
   UInt number = take_number();
   LgOpened *o = LG_(opened_at)(number);
   VG_(memset)(o, 0, sizeof *o);
   o->id = id;
   o->space = (UChar)space;
   o->account = account ? account->id : 0;
   o->context = context;
   o->birth = LG_(clock).epoch;
   if (++st.serial == 0) /* 0 means none */
      st.serial = 1;
   o->serial = st.serial;
   UInt *head = &st.heads[hash(space, id) & (st.n_heads - 1)];
   o->next = *head;
   *head = number;
   if (++st.n_open > st.n_peak)
      st.n_peak = st.n_open;
   if (account)
      LG_(account_birth)(account, 1);
   return number;
}

void LG_(opened_remove)(UInt number)
{
   LgOpened *o = LG_(opened_at)(number);
   UInt *link = &st.heads[hash(o->space, o->id) & (st.n_heads - 1)];
   while (*link != number)
      link = &LG_(opened_at)(*link)->next;
   *link = o->next;
   if (o->account)
      LG_(account_death)(LG_(account_by_id)(o->account), 1, o->birth);
   o->serial = 0;
   o->next = st.free;
   st.free = number;
   st.n_open--;
}

void LG_(opened_stats)(ULong *n, ULong *n_peak, ULong *bytes)
{
   *n = st.n_open;
   *n_peak = st.n_peak;
   *bytes = (ULong)st.n_chunks * (CHUNK * sizeof(LgOpened) + sizeof *st.chunks) + st.n_heads * sizeof *st.heads;
}

void LG_(opened_sanity)(void)
{
   UInt n = 0;
   for (UInt i = 0; i < st.n_heads; i++) {
      for (UInt k = st.heads[i]; k; k = LG_(opened_at)(k)->next) {
         const LgOpened *o = LG_(opened_at)(k);
         tl_assert2(o->serial != 0 && LG_(opened_find)(o->space, o->id) == k, "O1");
         n++;
      }
   }
   tl_assert2(n == st.n_open, "O1: count");
}
