/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_rule: what it learns from an unwinder of ours, and what it refuses to learn. */
#include "lg_rule.h"
#include "vgshim.h"

#include "lgtest.h"

/* Each address below is code whose frames look another way. */
enum {
   BY_SP = 0x1000,  /* caller's sp = sp + 24 */
   BY_SP_SAVES_BP,  /* the same, frame pointer saved at caller's sp - 16 */
   BY_BP,           /* caller's sp = bp + 16, frame pointer saved below the return address */
   LARGE,           /* sp + 60,000 */
   TOO_LARGE,       /* sp + 200,000 */
   ALIGNS,          /* caller's sp = (sp + 40) & ~31: no constant */
   DEREFERENCES,    /* caller's sp = word at sp + 8 */
   DEPENDS,         /* one rule or another, as bit 12 of sp is */
   NO_CFI,          /* the unwinder does not know */
   ELSEWHERE,       /* the return address lies two words below the caller's sp */
   SAVES_SCALED_BP, /* the frame pointer is the saved word times 2 */
   IN_MAIN = 0x2000
};

static Addr word(Addr a, Addr min, Addr max)
{
   return a >= min && a <= max - sizeof(Addr) ? *(const Addr *)a : 0;
}

static Bool step(LgRegs *r, Addr min, Addr max)
{
   Addr cfa = r->sp + 24, ra_off = 8, bp = r->bp;
   switch (r->ip) {
   case BY_SP:
   case IN_MAIN:
      break;
   case BY_SP_SAVES_BP:
      bp = word(cfa - 16, min, max);
      break;
   case BY_BP:
      cfa = r->bp + 16;
      bp = word(cfa - 16, min, max);
      break;
   case LARGE:
      cfa = r->sp + 60000;
      break;
   case TOO_LARGE:
      cfa = r->sp + 200000;
      break;
   case ALIGNS:
      cfa = (r->sp + 40) & ~(Addr)31;
      break;
   case DEREFERENCES:
      cfa = word(r->sp + 8, min, max);
      break;
   case DEPENDS:
      cfa = r->sp + (r->sp & 4096 ? 32 : 48);
      break;
   case ELSEWHERE:
      ra_off = 16;
      break;
   case SAVES_SCALED_BP:
      bp = 2 * word(cfa - 16, min, max);
      break;
   default:
      return False;
   }
   if (cfa < min + 8 || cfa > max)
      return False;
   r->ip = word(cfa - ra_off, min, max);
   r->sp = cfa;
   r->bp = bp;
   return True;
}

static void expect(Addr ip, LgRuleBase base, int cfa_off, int bp_off)
{
   const LgRule *r = LG_(rule_of)(ip);
   LGT_EQ_U(r->ip, ip);
   LGT_EQ_I(r->base, base);
   if (base != LG_BY_UNKNOWN) {
      LGT_EQ_I(r->cfa_off, cfa_off);
      LGT_EQ_I(r->bp_off, bp_off);
   }
}

static void begin(void)
{
   vgshim.step = step;
   vgshim.debuginfo_generation = 1;
   vgshim.main_begin = IN_MAIN;
   vgshim.main_end = IN_MAIN + 16;
   LG_(rule_refresh)();
}

static void learns_constants(void)
{
   begin();
   expect(BY_SP, LG_BY_SP, 24, 0);
   expect(BY_SP_SAVES_BP, LG_BY_SP, 24, -16);
   expect(BY_BP, LG_BY_BP, 16, -16);
   expect(LARGE, LG_BY_SP, 60000, 0);
}

static void refuses_what_is_not_constant(void)
{
   static const Addr ips[] = {TOO_LARGE, ALIGNS, DEREFERENCES, DEPENDS, NO_CFI, ELSEWHERE, SAVES_SCALED_BP, 0};
   begin();
   for (unsigned i = 0; i < sizeof ips / sizeof *ips; i++)
      expect(ips[i], LG_BY_UNKNOWN, 0, 0);
}

static void stops_at_main(void)
{
   begin();
   LGT_OK(LG_(rule_of)(IN_MAIN)->is_last);
   LGT_OK(!LG_(rule_of)(BY_SP)->is_last);
}

static void forgets_with_debug_info(void)
{
   ULong n, learned, bytes;
   begin();
   LGT_OK(!LG_(rule_refresh)());
   expect(BY_SP, LG_BY_SP, 24, 0);
   vgshim.debuginfo_generation = 2;
   vgshim.step = NULL;
   LGT_OK(LG_(rule_refresh)());
   LG_(rule_stats)(&n, &learned, &bytes);
   LGT_EQ_U(n, 0);
   expect(BY_SP, LG_BY_UNKNOWN, 0, 0);
}

/* More addresses than fit into the first table, which collide and move: each keeps its own rule. */
static Bool step_by_ip(LgRegs *r, Addr min, Addr max)
{
   Addr cfa = r->sp + 8 + 8 * (r->ip % 1000);
   r->ip = word(cfa - 8, min, max);
   r->sp = cfa;
   return True;
}

static void many_addresses(void)
{
   enum { N = 60000 };
   ULong n, learned, bytes;
   begin();
   vgshim.step = step_by_ip;
   vgshim.main_begin = vgshim.main_end = 0;
   for (int round = 0; round < 2; round++)
      for (Addr ip = 1; ip <= N; ip++)
         expect(ip * 0x10001, LG_BY_SP, (int)(8 + 8 * (ip * 0x10001 % 1000)), 0);
   LG_(rule_stats)(&n, &learned, &bytes);
   LGT_EQ_U(n, N);
   LGT_EQ_U(learned, N);
}

LGT_MAIN(LGT(learns_constants), LGT(refuses_what_is_not_constant), LGT(stops_at_main), LGT(forgets_with_debug_info),
         LGT(many_addresses))
