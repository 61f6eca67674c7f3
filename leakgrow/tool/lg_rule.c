/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_rule: see lg_rule.h.
 *
 * Learning: a piece of memory holds words that tell where they lie, in a form that is no address. The unwinder is asked for
 * one step with the stack pointer in its lower half and the frame pointer in its upper half. What comes back says which words it
 * read: the return address gives its place, the frame pointer too unless it is the one that went in. Several placements must
 * agree, so that a rule that does more than add constants (aligning, reading memory, comparing) is not mistaken for one. */
#include "lg_rule.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

LgRuleTable LG_(rule_table);

#if LG_HAVE_UNWINDER

/* Of Valgrind's core. */
extern Bool VG_(use_CF_info)(LgRegs *regs, Addr min_accessible, Addr max_accessible);
extern UInt VG_(debuginfo_generation)(void);

enum {
   FIRST_SLOTS = 1 << 13,
   MAX_RULES = 1 << 20, /* code that is made at run time could grow the table without end */
   HALF = 1 << 16,      /* bytes of each half of the probed memory: larger frames have no rule */
   WORD = sizeof(UWord)
};

/* No client has code or data there, whatever is added to an offset in it. */
#  define TAG 0x4000000000000001ULL

static struct {
   UInt generation;
   Bool is_filled;
   ULong n, n_learned;
   UWord memory[2 * HALF / WORD];
} st;

static Addr probed(UWord offset)
{
   return (Addr)st.memory + offset;
}

static void fill(void)
{
   for (UWord i = 0; i < 2 * HALF; i += WORD)
      st.memory[i / WORD] = probed(i) + TAG;
   st.is_filled = True;
}

/* One step with the registers at these offsets. False if the rule is none of ours. */
static Bool try_step(LgRule *r, UWord sp_at, UWord bp_at)
{
   LgRegs regs = {r->ip, probed(sp_at), probed(bp_at)};
   if (!VG_(use_CF_info)(&regs, probed(0), probed(2 * HALF)))
      return False;
   UWord cfa = regs.sp - probed(0);
   if (cfa < WORD || cfa > 2 * HALF || regs.ip != regs.sp - WORD + TAG)
      return False;
   r->base = cfa < HALF ? LG_BY_SP : LG_BY_BP;
   r->cfa_off = (Int)(cfa - (r->base == LG_BY_SP ? sp_at : bp_at));
   r->bp_off = 0;
   if (regs.bp == probed(bp_at))
      return True;
   UWord saved = regs.bp - TAG - probed(0);
   Long off = (Long)saved - (Long)cfa;
   if (saved >= 2 * HALF || off >= 0 || off < -0x7fff)
      return False;
   r->bp_off = (Short)off;
   return True;
}

static void learn(LgRule *r)
{
   /* differ in every bit that a rule might mask */
   static const UWord sp_at[] = {2048, 2048 + 8, 4096 + 16 + 64, 1024 + 32 + 512 + 128};
   static const UWord bp_at[] = {HALF + HALF / 2, HALF + HALF / 2 + 4096 + 32, HALF + HALF / 2 + 128 + 8,
                                 HALF + 30000 + 16 + 256};
   if (!st.is_filled)
      fill();
   LgRule first = *r;
   for (UInt i = 0; i < sizeof sp_at / sizeof *sp_at; i++) {
      LgRule next = *r;
      if (!try_step(&next, sp_at[i], bp_at[i]))
         return;
      if (i == 0)
         first = next;
      if (next.base != first.base || next.cfa_off != first.cfa_off || next.bp_off != first.bp_off)
         return;
   }
   *r = first;
}

static LgRule *slot_of(Addr ip)
{
   UWord i = LG_(rule_home)(ip) & LG_(rule_table).mask;
   while (LG_(rule_table).rules[i].ip && LG_(rule_table).rules[i].ip != ip)
      i = (i + 1) & LG_(rule_table).mask;
   return &LG_(rule_table).rules[i];
}

static void resize(UWord n_slots)
{
   LgRuleTable old = LG_(rule_table);
   LG_(rule_table).rules = VG_(calloc)("lg.rule.rules.1", n_slots, sizeof(LgRule));
   LG_(rule_table).mask = n_slots - 1;
   for (UWord i = 0; old.rules && st.n > 0 && i <= old.mask; i++)
      if (old.rules[i].ip)
         *slot_of(old.rules[i].ip) = old.rules[i];
   VG_(free)(old.rules);
}

static void forget_all(void)
{
   st.n = 0;
   resize(FIRST_SLOTS);
}

Bool LG_(rule_refresh)(void)
{
   UInt now = VG_(debuginfo_generation)();
   if (LIKELY(now == st.generation && LG_(rule_table).rules && st.n < MAX_RULES))
      return False;
   st.generation = now;
   forget_all();
   return True;
}

const LgRule *LG_(rule_find)(Addr ip)
{
   static const LgRule no_code;
   if (ip == 0)
      return &no_code;
   LgRule *r = slot_of(ip);
   if (r->ip)
      return r;
   if (++st.n * 2 > LG_(rule_table).mask) {
      resize((LG_(rule_table).mask + 1) * 2);
      r = slot_of(ip);
   }
   st.n_learned++;
   r->ip = ip;
   learn(r);
   Vg_FnNameKind kind = VG_(get_fnname_kind_from_IP)(VG_(current_DiEpoch)(), ip);
   r->is_last = kind == Vg_FnNameMain || kind == Vg_FnNameBelowMain;
   return r;
}

void LG_(rule_stats)(ULong *n, ULong *learned, ULong *bytes)
{
   *n = st.n;
   *learned = st.n_learned;
   *bytes = LG_(rule_table).rules ? (LG_(rule_table).mask + 1) * sizeof(LgRule) + sizeof st : sizeof st;
}

#else

void LG_(rule_stats)(ULong *n, ULong *learned, ULong *bytes)
{
   *n = *learned = *bytes = 0;
}

#endif
