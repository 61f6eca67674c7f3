/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_mapping: see lg_mapping.h. */
#include "lg_mapping.h"

#include "lg_account.h"
#include "lg_clock.h"
#include "lg_heap.h"
#include "lg_options.h"
#include "lg_request_work.h"
#include "lg_stack.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_oset.h"
#include "pub_tool_threadstate.h"
#include "pub_tool_tooliface.h"

typedef struct {
   Addr start;
   SizeT len;
   UInt account;
   UInt birth;
} Range;

static struct {
   OSet *ranges; /* of Range, by start */
   Addr *starts; /* scratch for mapping_totals() */
   Int n_starts;
} st;

static Word compare_inside(const void *key, const void *elem)
{
   Addr a = *(const Addr *)key;
   const Range *r = elem;
   return a < r->start ? -1 : a - r->start >= r->len ? 1 : 0;
}

static void insert(Addr start, SizeT len, UInt account, UInt birth)
{
   Range *r = VG_(OSetGen_AllocNode)(st.ranges, sizeof *r);
   r->start = start;
   r->len = len;
   r->account = account;
   r->birth = birth;
   VG_(OSetGen_Insert)(st.ranges, r);
}

/* Any range that overlaps [a, a + len), or NULL. */
static Range *find_overlap(Addr a, SizeT len)
{
   Range *r = VG_(OSetGen_LookupWithCmp)(st.ranges, &a, compare_inside);
   if (r)
      return r;
   VG_(OSetGen_ResetIterAt)(st.ranges, &a);
   r = VG_(OSetGen_Next)(st.ranges);
   return r && r->start - a < len ? r : NULL;
}

/* Takes [a, a + len) out of one range. What is left of it at either end stays in the account; a second piece counts as a birth. */
static void cut(Range *r, Addr a, SizeT len)
{
   Range old = *r;
   LgAccount *acct = LG_(account_by_id)(old.account);
   Addr end = a + len, old_end = old.start + old.len;
   SizeT left = a > old.start ? a - old.start : 0, right = end < old_end ? old_end - end : 0;
   VG_(OSetGen_Remove)(st.ranges, &old.start);
   VG_(OSetGen_FreeNode)(st.ranges, r);
   if (left + right == 0) {
      LG_(account_death)(acct, old.len, old.birth);
      return;
   }
   SizeT kept = left ? left : right;
   LG_(account_shrink)(acct, old.len, kept, old.birth);
   insert(left ? old.start : end, kept, old.account, old.birth);
   if (left && right) {
      acct = LG_(account_now)(old.account);
      LG_(account_birth)(acct, right);
      insert(end, right, acct->id, LG_(clock).epoch);
   }
}

static void unmap(Addr a, SizeT len)
{
   LG_(heap_before_event)(0);
   for (Range *r = find_overlap(a, len); r; r = find_overlap(a, len))
      cut(r, a, len);
}

static void map(ThreadId tid, Addr a, SizeT len)
{
   if (len == 0 || tid == VG_INVALID_THREADID)
      return;
   unmap(a, len);
   LgAccount *acct = LG_(heap_account)(tid, LG_ACCOUNT_MAPPING);
   if (!acct)
      return;
   LG_DBG(MAPPING, "map %#lx+%lu account %u\n", a, len, acct->id);
   LG_(account_birth)(acct, len);
   insert(a, len, acct->id, LG_(clock).epoch);
}

static Bool is_anonymous(Addr a)
{
   const NSegment *seg = VG_(am_find_nsegment)(a);
   return seg && seg->kind == SkAnonC;
}

/* ---- Valgrind's callbacks ---- */

static void on_mmap(Addr a, SizeT len, Bool rr, Bool ww, Bool xx, ULong di_handle)
{
   (void)xx;
   (void)di_handle;
   LG_(request_work_forget)(a, len);
   if ((rr || ww) && is_anonymous(a))
      map(VG_(get_running_tid)(), a, len);
   else
      unmap(a, len);
}

static void on_brk(Addr a, SizeT len, ThreadId tid)
{
   map(tid, a, len);
}

static void on_brk_shrunk(Addr a, SizeT len)
{
   unmap(a, len);
}

static void on_munmap(Addr a, SizeT len)
{
   LG_(stack_forget)(a, len);
   LG_(request_work_forget)(a, len);
   unmap(a, len);
}

/* Reservations become memory when they become accessible, and stop being it when they do not. */
static void on_mprotect(Addr a, SizeT len, Bool rr, Bool ww, Bool xx)
{
   (void)xx;
   if (!rr && !ww)
      unmap(a, len);
   else if (is_anonymous(a) && !find_overlap(a, len))
      map(VG_(get_running_tid)(), a, len);
}

/* mremap moved [from, from + len) to `to`; Valgrind reports the end of `from` and any growth separately. */
static void on_remap(Addr from, Addr to, SizeT len)
{
   Range *r = find_overlap(from, len);
   unmap(to, len);
   if (!r || len == 0)
      return;
   LgAccount *acct = LG_(account_now)(r->account);
   LG_(account_birth)(acct, len);
   insert(to, len, acct->id, LG_(clock).epoch);
}

void LG_(mapping_init)(void)
{
   st.ranges = VG_(OSetGen_Create)(0, NULL, VG_(malloc), "lg.mapping.ranges", VG_(free));
   VG_(track_new_mem_mmap)(on_mmap);
   VG_(track_new_mem_brk)(on_brk);
   VG_(track_die_mem_brk)(on_brk_shrunk);
   VG_(track_die_mem_munmap)(on_munmap);
   VG_(track_change_mem_mprotect)(on_mprotect);
   VG_(track_copy_mem_remap)(on_remap);
}

static ULong sum_segments(UInt kinds)
{
   Int n;
   while ((n = VG_(am_get_segment_starts)(kinds, st.starts, st.n_starts)) < 0) {
      st.n_starts = -n;
      st.starts = VG_(realloc)("lg.mapping.totals.1", st.starts, st.n_starts * sizeof *st.starts);
   }
   ULong sum = 0;
   for (Int i = 0; i < n; i++) {
      const NSegment *seg = VG_(am_find_nsegment)(st.starts[i]);
      sum += seg ? seg->end - seg->start + 1 : 0;
   }
   return sum;
}

void LG_(mapping_totals)(ULong *client_B, ULong *tool_B)
{
   if (!st.starts) {
      st.n_starts = 512;
      st.starts = VG_(malloc)("lg.mapping.totals.2", st.n_starts * sizeof *st.starts);
   }
   *client_B = sum_segments(SkAnonC | SkFileC | SkShmC);
   *tool_B = sum_segments(SkAnonV | SkFileV);
}
