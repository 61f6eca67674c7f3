/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_opened: see lg_opened.h. Instances never move; the hash has heads of chains, one per instance at most, so that an instance costs its
 * 48 bytes and 4 to 8 of the table. */
#include "lg_opened.h"

#include "lg_clock.h"
#include "lg_memory.h"
#include "lg_unfollowed.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { CHUNK = 1024, FIRST_HEADS = 1024, SHARE = 4 /* of --max-tool-memory, at most 1 in so many */ };

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

static ULong table_B(void)
{
   return (ULong)st.n_chunks * (CHUNK * sizeof(LgOpened) + sizeof *st.chunks) + (ULong)st.n_heads * sizeof *st.heads;
}

/* Takes it out of the table. */
static void drop(UInt number)
{
   LgOpened *o = LG_(opened_at)(number);
   UInt *link = &st.heads[hash(o->space, o->id) & (st.n_heads - 1)];
   while (*link != number)
      link = &LG_(opened_at)(*link)->next;
   *link = o->next;
   o->serial = 0;
   o->next = st.free;
   st.free = number;
   st.n_open--;
}

/* ---- too many ---- */

/* Serials since it was created. Those that are entered somewhere, or end with a block, or that nobody counts stay. */
static Bool may_give_up(const LgOpened *o, UInt *age)
{
   *age = st.serial - o->serial;
   return o->serial != 0 && o->account != 0 && o->n_entered == 0 && !o->has_kept && !o->in_block &&
          o->space != LG_SPACE_TOKIO && o->space != LG_SPACE_HOOK_TASK;
}

/* An age that about an eighth of those that may be given up have passed; ~0: there are none. */
static UInt find_old_age(void)
{
   enum { CLASSES = 1024 };
   UInt n_of[CLASSES] = {0}, n = 0, oldest = 0, age, taken = 0, class = CLASSES;
   for (UInt i = 1; i <= st.n_used; i++)
      if (may_give_up(LG_(opened_at)(i), &age)) {
         n++;
         oldest = age > oldest ? age : oldest;
      }
   const UInt width = oldest / CLASSES + 1;
   for (UInt i = 1; i <= st.n_used; i++)
      if (may_give_up(LG_(opened_at)(i), &age))
         n_of[age / width]++;
   while (n > 0 && taken < n / 8 + 1)
      taken += n_of[--class];
   return n > 0 ? class * width : ~0u;
}

static void give_up_oldest(void)
{
   UInt age, old = find_old_age();
   if (old == ~0u)
      return;
   for (UInt i = 1; i <= st.n_used; i++) {
      const LgOpened *o = LG_(opened_at)(i);
      if (!may_give_up(o, &age) || age < old)
         continue;
      LG_(unfollowed_add)(o->account, o->birth);
      drop(i);
   }
   LG_(unfollowed_settle)();
}

static UInt take_number(void)
{
   if (st.free == 0 && st.n_used == st.n_chunks * CHUNK && table_B() >= LG_(memory_share_B)(SHARE))
      give_up_oldest();
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
   UInt number = take_number();
   if (st.n_open >= st.n_heads)
      grow_heads();
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
   const LgOpened *o = LG_(opened_at)(number);
   if (o->account)
      LG_(account_death)(LG_(account_by_id)(o->account), 1, o->birth);
   drop(number);
}

void LG_(opened_stats)(ULong *n, ULong *n_peak, ULong *bytes)
{
   *n = st.n_open;
   *n_peak = st.n_peak;
   *bytes = table_B();
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
