/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_bound: see lg_bound.h.
 *
 * Merging goes down to three quarters of the memory limit and to half of the file's, so that it is done rarely: the file grows again by
 * appending, the books by new accounts. Estimates of what an account takes need not be good, because the outcome is looked at and
 * the rest is done in another round. */
#include "lg_bound.h"

#include "lg_account.h"
#include "lg_block.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_counter.h"
#include "lg_domain_state.h"
#include "lg_memory.h"
#include "lg_options.h"
#include "lg_record.h"
#include "lg_rule.h"
#include "lg_slab.h"
#include "lg_snapshot.h"
#include "lg_stack.h"
#include "lg_tally.h"
#include "lg_writer.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"

static struct {
   UInt n_seen; /* accounts that were not merged, at the last look */
   Bool is_due, is_refusing;
} st;

enum { LOOK_EVERY = 1024, ROUNDS_MAX = 6, CONTEXTS_MAX = 1000 };

ULong LG_(bound_books_B)(void)
{
   return LG_(memory_B)();
}

/* ---- what matters ---- */

typedef struct {
   LgAccount *a;
   ULong heat;
} Candidate;

/* An open span or task counts as one byte in its account; as much as this beside bytes of the heap. */
enum { INSTANCE_B = 256 };

static ULong weight_of(const LgAccount *a)
{
   return a->kind == LG_ACCOUNT_SPAN || a->kind == LG_ACCOUNT_TASK ? INSTANCE_B : 1;
}

/* What it gained since the middle of the run, before a sixteenth of what it holds and of what it allocated lately. Tables that were
 * filled at the start and never change are as cold as what holds nothing: nothing is to be learned from either. */
static ULong heat_of(const LgAccount *a)
{
   const UInt now = LG_(clock).index, recent = now / 8;
   ULong then_B = 0, born_B = 0;
   for (UInt i = 0; i < LG_(record_count)(a); i++) {
      lg_rec r;
      LG_(record_get)(a, i, &r);
      if (r.index <= now / 2)
         then_B = r.end_B;
      if (r.index + recent >= now)
         born_B += r.births_B;
   }
   const ULong gain_B = a->live_B > then_B ? a->live_B - then_B : 0;
   return weight_of(a) * (gain_B + a->live_B / 16 + born_B / 16);
}

/* The coldest first; ids decide between equals, so that a run is repeatable. */
static Int by_heat(const void *x, const void *y)
{
   const Candidate *a = x, *b = y;
   if (a->heat != b->heat)
      return a->heat < b->heat ? -1 : 1;
   return a->a->id < b->a->id ? -1 : a->a->id > b->a->id;
}

static Bool is_census(const LgAccount *a)
{
   return a->kind == LG_ACCOUNT_SPAN || a->kind == LG_ACCOUNT_TASK;
}

static Bool has_many_contexts(void)
{
   return LG_(context_count)() > CONTEXTS_MAX;
}

/* The context in which everything of this kind can end up. */
static UInt last_context(const LgAccount *a)
{
   return is_census(a) ? LG_(context_other)() : a->kind == LG_ACCOUNT_RETIRED ? a->context : 0;
}

/* The account of a domain as a whole has no stack. What waits for reclamation goes with the account of the heap that holds it. */
static Bool may_merge(const LgAccount *a)
{
   if (LG_(account_is_merged)(a) || a->stack == 0 || a->kind == LG_ACCOUNT_WAITING)
      return False;
   if (is_census(a) && !has_many_contexts()) /* labels are few, and worth more than what they take */
      return a->stack != LG_(stack_other)();
   return a->stack != LG_(stack_other)() || a->context != last_context(a);
}

static UInt list_candidates(Candidate **list)
{
   UInt n = 0;
   *list = VG_(malloc)("lg.bound.list.1", (LG_(account_count)() + 1) * sizeof **list);
   for (UInt id = 1; id <= LG_(account_count)(); id++) {
      LgAccount *a = LG_(account_by_id)(id);
      if (may_merge(a))
         (*list)[n++] = (Candidate){a, heat_of(a)};
   }
   VG_(ssort)(*list, n, sizeof **list, by_heat);
   return n;
}

/* ---- merging ---- */

static ULong memory_of(const LgAccount *a)
{
   enum { STACK_B = 60, PER_FRAME_B = 1 };
   return LG_(record_bytes)(a) + STACK_B + LG_(stack_kept)(a->stack) * PER_FRAME_B;
}

static ULong file_of(const LgAccount *a)
{
   enum { DEFINITION_B = 192, PER_REC_B = 80, PER_FRAME_B = 7 };
   return DEFINITION_B + LG_(record_count)(a) * PER_REC_B + LG_(stack_kept)(a->stack) * PER_FRAME_B;
}

/* The account that takes what is merged from this one: of the same context, unless there are too many contexts for that. */
static LgAccount *home_of(const LgAccount *a)
{
   Bool is_last = a->stack == LG_(stack_other)() || has_many_contexts();
   return LG_(account_get)(a->kind, LG_(stack_other)(), is_last ? last_context(a) : a->context);
}

/* Stacks of merged accounts that no other account needs. Those that never had one belong to somebody else. */
static void evict_stacks(void)
{
   UChar *is_evicted = VG_(calloc)("lg.bound.evict.1", LG_(stack_count)() + 1, 1);
   for (UInt id = 1; id <= LG_(account_count)(); id++)
      if (LG_(account_is_merged)(LG_(account_by_id)(id)))
         is_evicted[LG_(account_by_id)(id)->stack] = 1;
   is_evicted[LG_(stack_other)()] = 0;
   for (UInt id = 1; id <= LG_(account_count)(); id++)
      if (!LG_(account_is_merged)(LG_(account_by_id)(id)))
         is_evicted[LG_(account_by_id)(id)->stack] = 0;
   LG_(domain_keep_stacks)(is_evicted);
   LG_(counter_keep_stacks)(is_evicted);
   LG_(stack_evict)(is_evicted);
   VG_(free)(is_evicted);
}

static void merge_one(LgAccount *a, LgAccount *home)
{
   LG_(account_merge)(a, home);
   LG_(counter_add)(LG_ACCOUNT_MERGED, VG_INVALID_THREADID);
}

static void merge(LgAccount *a)
{
   LgAccount *home = home_of(a), *waiting = NULL;
   if (a->kind == LG_ACCOUNT_HEAP)
      waiting = LG_(account_find)(LG_ACCOUNT_WAITING, a->stack, a->context);
   if (is_census(a))
      LG_(tally_merge)(a->id, home->id);
   merge_one(a, home);
   if (waiting && !LG_(account_is_merged)(waiting))
      merge_one(waiting, LG_(account_get)(LG_ACCOUNT_WAITING, LG_(stack_other)(), home->context));
}

/* Merges the coldest accounts until about so much is free. Returns their number. */
static UInt merge_cold(ULong memory_B, ULong file_B)
{
   Candidate *list;
   UInt n = list_candidates(&list), merged = 0;
   ULong free_memory_B = 0, free_file_B = 0;
   while (merged + LG_BOUND_KEPT < n && (free_memory_B < memory_B || free_file_B < file_B)) {
      LgAccount *a = list[merged++].a;
      free_memory_B += memory_of(a);
      free_file_B += file_of(a);
      merge(a);
   }
   VG_(free)(list);
   if (merged > 0) {
      evict_stacks();
      LG_(account_drop_merged)(LG_(stack_other)());
   }
   return merged;
}

/* ---- when ---- */

static ULong excess(ULong have, ULong limit, UInt numerator, UInt denominator)
{
   ULong goal = limit / denominator * numerator;
   return limit && have > goal ? have - goal : 0;
}

static Bool is_memory_over(void)
{
   return LG_(opt).max_memory_B && LG_(bound_books_B)() > LG_(opt).max_memory_B;
}

/* The last rewrite left too little room for appending. */
static Bool is_file_over(void)
{
   return excess(LG_(writer_state_B)(), LG_(opt).max_file_B, 3, 4) > 0;
}

static void merge_rounds(void)
{
   for (UInt round = 0; round < ROUNDS_MAX && (is_memory_over() || is_file_over()); round++) {
      Bool memory = is_memory_over(), file = is_file_over();
      LG_(writer_invalidate)();
      if (memory)
         LG_(snapshot_thin_rows)(LG_(opt).max_memory_B / 4);
      if (file)
         LG_(snapshot_thin_rows)(LG_(opt).max_file_B / 8);
      ULong memory_B = memory ? excess(LG_(bound_books_B)(), LG_(opt).max_memory_B, 3, 4) : 0;
      ULong file_B = file ? excess(LG_(writer_state_B)(), LG_(opt).max_file_B, 1, 2) : 0;
      UInt merged = merge_cold(memory_B, file_B);
      LG_DBG(ACCOUNT, "merged %u accounts; books %llu, profile %llu\n", merged, LG_(bound_books_B)(),
             LG_(writer_state_B)());
      LG_(writer_rewrite)();
      if (merged == 0 || LG_(writer_is_failed)())
         break;
   }
}

static void refuse(Bool is_refusing)
{
   if (is_refusing != st.is_refusing)
      LG_(stack_refuse_new)(is_refusing);
   st.is_refusing = is_refusing;
}

/* Ids are used again: how many there are does not tell how many accounts were made. */
static inline UInt n_unmerged(void)
{
   return LG_(account_count)() - LG_(account_n_merged)();
}

void LG_(bound_check)(void)
{
   st.is_due = False;
   LG_(counter_set)(LG_BOOKS_B, LG_(bound_books_B)());
   if (LG_(account_is_frozen)())
      return;
   if (LG_(writer_can_rewrite)() && !LG_(writer_is_failed)())
      merge_rounds();
   if (is_memory_over())
      refuse(True);
   else if (excess(LG_(bound_books_B)(), LG_(opt).max_memory_B, 7, 8) == 0)
      refuse(False);
   if (is_memory_over())
      LG_(counter_set)(LG_MEMORY_OVER, LG_(bound_books_B)());
   ULong file_B, unused, more;
   LG_(writer_stats)(&file_B, &unused, &more);
   if (LG_(opt).max_file_B && file_B > LG_(opt).max_file_B)
      LG_(counter_set)(LG_FILE_OVER, file_B);
   LG_(counter_set)(LG_BOOKS_B, LG_(bound_books_B)());
   st.n_seen = n_unmerged();
}

void LG_(bound_note_account)(void)
{
   if (LIKELY(n_unmerged() < st.n_seen + LOOK_EVERY))
      return;
   st.n_seen = n_unmerged();
   if (st.is_refusing || !is_memory_over() || LG_(account_is_frozen)())
      return;
   st.is_due = True;
   LG_(snapshot_level_B) = 0;
}

Bool LG_(bound_is_due)(void)
{
   return st.is_due;
}
