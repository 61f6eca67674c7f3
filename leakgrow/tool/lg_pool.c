/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pool: see lg_pool.h.
 *
 * Announced blocks may begin anywhere and may overlap the blocks of lg_block (a pool's chunks lie in memory that malloc gave), so they
 * live in tables of their own: one for MALLOCLIKE blocks and one per pool. An index of all of them by address exists once somebody asks
 * which block an address lies in. */
#include "lg_pool.h"

#include "lg_account.h"
#include "lg_clock.h"
#include "lg_counter.h"
#include "lg_watch.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_oset.h"

/* One announced block. */
typedef struct Chunk {
   struct Chunk *next; /* VgHashTable's */
   UWord addr;
   SizeT szB;
   UInt account; /* 0: ignored */
   UInt birth;
   Bool is_watched;
} Chunk;

/* What the index holds of a block. Its order: begins downwards, then smaller ones first, so that of blocks that begin together the
 * innermost comes first. */
typedef struct {
   Addr addr;
   SizeT szB;
   Chunk *chunk;
} Indexed;

typedef struct Pool {
   struct Pool *next; /* VgHashTable's */
   UWord addr;        /* the client's handle */
   Bool auto_free;    /* its blocks are superblocks of MALLOCLIKE blocks, which die with them */
   VgHashTable *chunks;
} Pool;

static struct {
   VgHashTable *malloclike; /* Chunk */
   VgHashTable *pools;      /* Pool */
   ULong n_chunks;
   OSet *index;       /* Indexed; NULL until somebody asks */
   SizeT largest_szB; /* of what was ever in the index */
} st;

void LG_(pool_init)(void)
{
   st.malloclike = VG_(HT_construct)("lg.pool.malloclike");
   st.pools = VG_(HT_construct)("lg.pool.pools");
}

/* ---- the index ---- */

static Word compare_indexed(const void *key, const void *elem)
{
   const Indexed *a = key, *b = elem;
   if (a->addr != b->addr)
      return a->addr > b->addr ? -1 : 1;
   if (a->szB != b->szB)
      return a->szB < b->szB ? -1 : 1;
   return a->chunk == b->chunk ? 0 : a->chunk < b->chunk ? -1 : 1;
}

static void index_add(Chunk *c)
{
   if (!st.index)
      return;
   Indexed *e = VG_(OSetGen_AllocNode)(st.index, sizeof *e);
   *e = (Indexed){c->addr, c->szB, c};
   VG_(OSetGen_Insert)(st.index, e);
   if (c->szB > st.largest_szB)
      st.largest_szB = c->szB;
}

/* Before anything of the chunk changes. */
static void index_remove(Chunk *c)
{
   if (!st.index)
      return;
   Indexed key = {c->addr, c->szB, c};
   VG_(OSetGen_FreeNode)(st.index, VG_(OSetGen_Remove)(st.index, &key));
}

static void index_table(VgHashTable *t)
{
   VG_(HT_ResetIter)(t);
   for (Chunk *c = VG_(HT_Next)(t); c; c = VG_(HT_Next)(t))
      index_add(c);
}

static void build_index(void)
{
   st.index = VG_(OSetGen_Create)(0, compare_indexed, VG_(malloc), "lg.pool.index", VG_(free));
   index_table(st.malloclike);
   VG_(HT_ResetIter)(st.pools);
   for (Pool *p = VG_(HT_Next)(st.pools); p; p = VG_(HT_Next)(st.pools))
      index_table(p->chunks);
}

/* The innermost announced block that has `a` inside, or NULL. */
static Chunk *chunk_at(Addr a)
{
   if (st.n_chunks == 0)
      return NULL;
   if (!st.index)
      build_index();
   Indexed key = {a, 0, NULL};
   VG_(OSetGen_ResetIterAt)(st.index, &key);
   for (Indexed *e = VG_(OSetGen_Next)(st.index); e && a - e->addr <= st.largest_szB; e = VG_(OSetGen_Next)(st.index))
      if (a == e->addr || a - e->addr < e->szB)
         return e->chunk;
   return NULL;
}

Bool LG_(pool_find)(Addr a, LgHeapBlock *out)
{
   const Chunk *c = chunk_at(a);
   if (c)
      *out = (LgHeapBlock){c->addr, c->szB, c->account, c->birth};
   return c != NULL;
}

Bool LG_(pool_watch)(Addr start)
{
   Chunk *c = chunk_at(start);
   if (!c || c->addr != start)
      return False;
   c->is_watched = True;
   return True;
}

/* ---- blocks of one table ---- */

/* Sizes are the client's word. Refuses what no memory could hold, so that sums cannot wrap and stay readable. */
static Bool is_credible(ThreadId tid, Addr addr, SizeT szB)
{
   static const ULong max_B = 1ULL << 47, max_total_B = 1ULL << 61;
   if (addr + szB >= addr && szB <= max_B && LG_(heap_total).allocated_B <= max_total_B)
      return True;
   LG_(counter_add)(LG_BAD_REQUEST, tid);
   return False;
}

static void add(ThreadId tid, VgHashTable *t, Addr addr, SizeT szB)
{
   if (!is_credible(tid, addr, szB))
      return;
   if (VG_(HT_lookup)(t, addr)) {
      LG_(counter_add)(LG_POOL_OVERLAP, tid);
      return;
   }
   LG_(heap_before_event)(szB);
   LgAccount *a = LG_(heap_account)(tid, LG_ACCOUNT_HEAP);
   Chunk *c = VG_(malloc)("lg.pool.chunk.1", sizeof *c);
   c->addr = addr;
   c->szB = szB;
   c->account = a ? a->id : 0;
   c->birth = LG_(clock).epoch;
   c->is_watched = False;
   VG_(HT_add_node)(t, c);
   index_add(c);
   st.n_chunks++;
   if (a) {
      LG_(account_birth)(a, szB);
      LG_(heap_after_growth)(tid);
   }
}

/* Ends a block that is in no table any more. */
static void bury(ThreadId tid, Chunk *c)
{
   LG_(heap_before_event)(c->szB);
   index_remove(c);
   if (c->account)
      LG_(account_death)(LG_(account_by_id)(c->account), c->szB, c->birth);
   if (UNLIKELY(c->is_watched))
      LG_(watch_block_freed)(tid, c->addr, c->szB);
   st.n_chunks--;
   VG_(free)(c);
}

static void drop(ThreadId tid, VgHashTable *t, Addr addr)
{
   Chunk *c = VG_(HT_remove)(t, addr);
   if (c)
      bury(tid, c);
   else
      LG_(counter_add)(LG_BOGUS_FREE, tid);
}

static void resize(ThreadId tid, VgHashTable *t, Addr addr, SizeT new_szB)
{
   Chunk *c = VG_(HT_lookup)(t, addr);
   if (!c) {
      LG_(counter_add)(LG_BOGUS_REALLOC, tid);
      return;
   }
   if (!is_credible(tid, addr, new_szB))
      return;
   SizeT old_szB = c->szB;
   LG_(heap_before_event)(new_szB > old_szB ? new_szB - old_szB : old_szB - new_szB);
   index_remove(c);
   c->szB = new_szB;
   index_add(c);
   if (c->account) {
      LG_(account_resize)(LG_(account_by_id)(c->account), old_szB, new_szB, c->birth);
      LG_(heap_after_growth)(tid);
   }
}

/* Gives a block that is in no table a new begin, in a table. The caller has made sure that none begins there. */
static void move(ThreadId tid, VgHashTable *t, Chunk *c, Addr to)
{
   if (UNLIKELY(c->is_watched && to != c->addr)) {
      LG_(watch_block_moved)(tid, c->addr, c->szB);
      c->is_watched = False;
   }
   index_remove(c);
   c->addr = to;
   VG_(HT_add_node)(t, c);
   index_add(c);
}

/* ---- pools ---- */

static Pool *find_pool(ThreadId tid, Addr pool)
{
   Pool *p = VG_(HT_lookup)(st.pools, pool);
   if (!p)
      LG_(counter_add)(LG_UNKNOWN_POOL, tid);
   return p;
}

/* The MALLOCLIKE blocks that lie in [addr, addr + szB) die. O(number of MALLOCLIKE blocks). */
static void bury_pieces(ThreadId tid, Addr addr, SizeT szB)
{
   UInt n;
   VgHashNode **all = VG_(HT_to_array)(st.malloclike, &n);
   for (UInt i = 0; i < n; i++) {
      const Chunk *c = (Chunk *)all[i];
      if (c->addr >= addr && c->addr - addr < szB)
         bury(tid, VG_(HT_remove)(st.malloclike, c->addr));
   }
   VG_(free)(all);
}

static void drop_chunk(ThreadId tid, Pool *p, Addr addr)
{
   const Chunk *c = VG_(HT_lookup)(p->chunks, addr);
   if (c && p->auto_free)
      bury_pieces(tid, c->addr, c->szB);
   drop(tid, p->chunks, addr);
}

static void destroy_pool(ThreadId tid, Addr pool)
{
   Pool *p = find_pool(tid, pool);
   if (!p)
      return;
   VG_(HT_remove)(st.pools, pool);
   UInt n;
   VgHashNode **all = VG_(HT_to_array)(p->chunks, &n);
   for (UInt i = 0; i < n; i++)
      drop_chunk(tid, p, all[i]->key);
   VG_(free)(all);
   VG_(HT_destruct)(p->chunks, VG_(free));
   VG_(free)(p);
}

/* A pool that is created where one exists takes its place: the program has reused the handle. */
static void create_pool(ThreadId tid, Addr pool, UWord flags)
{
   if (VG_(HT_lookup)(st.pools, pool)) {
      LG_(counter_add)(LG_POOL_OVERLAP, tid);
      destroy_pool(tid, pool);
   }
   Pool *p = VG_(malloc)("lg.pool.pool.1", sizeof *p);
   p->addr = pool;
   p->auto_free = (flags & VALGRIND_MEMPOOL_AUTO_FREE) != 0;
   p->chunks = VG_(HT_construct)("lg.pool.chunks");
   VG_(HT_add_node)(st.pools, p);
}

/* Blocks outside of [addr, addr + szB) die; those that stick out are cut to what lies inside, as Memcheck does. */
static void trim_pool(ThreadId tid, Addr pool, Addr addr, SizeT szB)
{
   Pool *p = find_pool(tid, pool);
   if (!p)
      return;
   Addr end = addr + szB < addr ? ~(Addr)0 : addr + szB;
   UInt n;
   VgHashNode **all = VG_(HT_to_array)(p->chunks, &n);
   for (UInt i = 0; i < n; i++) {
      Chunk *c = (Chunk *)all[i];
      Addr lo = c->addr, hi = c->addr + c->szB;
      if (lo >= addr && hi <= end)
         continue;
      VG_(HT_remove)(p->chunks, c->addr);
      Addr new_lo = lo < addr ? addr : lo, new_hi = hi > end ? end : hi;
      if (new_lo >= new_hi || VG_(HT_lookup)(p->chunks, new_lo)) {
         bury(tid, c);
         continue;
      }
      move(tid, p->chunks, c, new_lo);
      resize(tid, p->chunks, new_lo, new_hi - new_lo);
   }
   VG_(free)(all);
}

static void move_pool(ThreadId tid, Addr from, Addr to)
{
   Pool *p = find_pool(tid, from);
   if (!p || from == to)
      return;
   if (VG_(HT_lookup)(st.pools, to)) {
      LG_(counter_add)(LG_POOL_OVERLAP, tid);
      destroy_pool(tid, to);
   }
   VG_(HT_remove)(st.pools, from);
   p->addr = to;
   VG_(HT_add_node)(st.pools, p);
}

static void change_chunk(ThreadId tid, Addr pool, Addr from, Addr to, SizeT szB)
{
   Pool *p = find_pool(tid, pool);
   if (!p)
      return;
   Chunk *c = VG_(HT_lookup)(p->chunks, from);
   if (!c || (to != from && VG_(HT_lookup)(p->chunks, to))) {
      LG_(counter_add)(c ? LG_POOL_OVERLAP : LG_BOGUS_REALLOC, tid);
      return;
   }
   VG_(HT_remove)(p->chunks, from);
   move(tid, p->chunks, c, to);
   resize(tid, p->chunks, to, szB);
}

static Bool malloclike_request(ThreadId tid, const UWord *arg)
{
   switch (arg[0]) {
   case VG_USERREQ__MALLOCLIKE_BLOCK:
      add(tid, st.malloclike, arg[1], arg[2]);
      return True;
   case VG_USERREQ__RESIZEINPLACE_BLOCK:
      resize(tid, st.malloclike, arg[1], arg[3]);
      return True;
   case VG_USERREQ__FREELIKE_BLOCK:
      drop(tid, st.malloclike, arg[1]);
      return True;
   default:
      return False;
   }
}

static Bool mempool_request(ThreadId tid, const UWord *arg, UWord *result)
{
   Pool *p;
   switch (arg[0]) {
   case VG_USERREQ__CREATE_MEMPOOL:
      create_pool(tid, arg[1], arg[4]);
      return True;
   case VG_USERREQ__DESTROY_MEMPOOL:
      destroy_pool(tid, arg[1]);
      return True;
   case VG_USERREQ__MEMPOOL_ALLOC:
      if ((p = find_pool(tid, arg[1])))
         add(tid, p->chunks, arg[2], arg[3]);
      return True;
   case VG_USERREQ__MEMPOOL_FREE:
      if ((p = find_pool(tid, arg[1])))
         drop_chunk(tid, p, arg[2]);
      return True;
   case VG_USERREQ__MEMPOOL_TRIM:
      trim_pool(tid, arg[1], arg[2], arg[3]);
      return True;
   case VG_USERREQ__MOVE_MEMPOOL:
      move_pool(tid, arg[1], arg[2]);
      return True;
   case VG_USERREQ__MEMPOOL_CHANGE:
      change_chunk(tid, arg[1], arg[2], arg[3], arg[4]);
      return True;
   case VG_USERREQ__MEMPOOL_EXISTS:
      *result = VG_(HT_lookup)(st.pools, arg[1]) != NULL;
      return True;
   default:
      return False;
   }
}

Bool LG_(pool_request)(ThreadId tid, const UWord *arg, UWord *result)
{
   *result = 0;
   return malloclike_request(tid, arg) || mempool_request(tid, arg, result);
}

void LG_(pool_stats)(ULong *n_pools, ULong *n_blocks)
{
   *n_pools = VG_(HT_count_nodes)(st.pools);
   *n_blocks = st.n_chunks;
}
