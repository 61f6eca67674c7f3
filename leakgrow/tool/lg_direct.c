/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_direct: see lg_direct.h. */
#include "lg_direct.h"

#include "lg_heap.h"
#include "lg_unwind.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_machine.h"
#include "pub_tool_threadstate.h"

#include "libvex_guest_amd64.h"

static struct {
   Bool is_on;
   ULong n_served, n_left;
} st;

#if LG_HAVE_UNWINDER

/* Of Valgrind's core. While it is set, a fault is taken for the client's. */
extern Bool VG_(in_generated_code);

enum { REQUEST_WORDS = 6, REDZONE_B = 128, FRAME_MAX_B = 4096 };

/* The words of a request lie on the client's stack; anything else is left to the scheduler. */
static inline Bool is_on_stack(const VexGuestAMD64State *guest)
{
   return guest->guest_RAX - (guest->guest_RSP - REDZONE_B) < FRAME_MAX_B && guest->guest_RAX % sizeof(UWord) == 0;
}

/* Since 3.22 the preload object tells memcheck, and so everybody, of every aligned allocation and sized delete. */
static inline Bool is_for_memcheck(UWord request)
{
   return VG_IS_TOOL_USERREQ('M', 'C', request);
}

static inline Bool is_client_call(UWord request)
{
   return request == VG_USERREQ__CLIENT_CALL1 || request == VG_USERREQ__CLIENT_CALL2 ||
          request == VG_USERREQ__CLIENT_CALL3;
}

/* Called by translated code. 1 if the request in the guest's registers was served, with its result in RDX. */
static VG_REGPARM(1) ULong serve(VexGuestAMD64State *guest)
{
   if (UNLIKELY(!is_on_stack(guest)))
      return 0;
   const UWord *words = (const UWord *)guest->guest_RAX;
   if (UNLIKELY(!is_client_call(words[0])))
      return is_for_memcheck(words[0]);
   LgRegs regs = {guest->guest_RIP, guest->guest_RSP, guest->guest_RBP};
   UWord result = 0;
   VG_(in_generated_code) = False;
   Bool is_served = LG_(heap_direct)(VG_(get_running_tid)(), &regs, words[1], words + 2, &result);
   VG_(in_generated_code) = True;
   if (UNLIKELY(!is_served)) {
      st.n_left++;
      return 0;
   }
   st.n_served++;
   guest->guest_RDX = result;
   return 1;
}

void LG_(direct_init)(void)
{
   st.is_on = LG_(unwind_is_available)();
}

static void tell_effect(IRDirty *d, UInt i, IREffect fx, UInt offset)
{
   d->fxState[i].fx = fx;
   d->fxState[i].offset = (UShort)offset;
   d->fxState[i].size = sizeof(ULong);
}

IRSB *LG_(direct_instrument)(IRSB *sb)
{
   if (LIKELY(sb->jumpkind != Ijk_ClientReq) || !st.is_on || sb->next->tag != Iex_Const)
      return sb;
   IRSB *out = deepCopyIRSB(sb);
   const UInt ip_at = offsetof(VexGuestAMD64State, guest_RIP);
   IRConst *next = sb->next->Iex.Const.con;
   addStmtToIRSB(out, IRStmt_Put((Int)ip_at, IRExpr_Const(next))); /* where the request's handler sees the program */
   IRTemp served = newIRTemp(out->tyenv, Ity_I64), is_left = newIRTemp(out->tyenv, Ity_I1);
   IRDirty *d =
      unsafeIRDirty_1_N(served, 1, "leakgrow_serve", VG_(fnptr_to_fnentry)(serve), mkIRExprVec_1(IRExpr_GSPTR()));
   d->nFxState = 5;
   VG_(memset)(&d->fxState, 0, sizeof d->fxState);
   tell_effect(d, 0, Ifx_Read, offsetof(VexGuestAMD64State, guest_RAX));
   tell_effect(d, 1, Ifx_Read, offsetof(VexGuestAMD64State, guest_RSP));
   tell_effect(d, 2, Ifx_Read, offsetof(VexGuestAMD64State, guest_RBP));
   tell_effect(d, 3, Ifx_Read, ip_at);
   tell_effect(d, 4, Ifx_Modify, offsetof(VexGuestAMD64State, guest_RDX));
   addStmtToIRSB(out, IRStmt_Dirty(d));
   addStmtToIRSB(out,
                 IRStmt_WrTmp(is_left, IRExpr_Binop(Iop_CmpEQ64, IRExpr_RdTmp(served), IRExpr_Const(IRConst_U64(0)))));
   addStmtToIRSB(out, IRStmt_Exit(IRExpr_RdTmp(is_left), Ijk_ClientReq, next, (Int)ip_at));
   out->jumpkind = Ijk_Boring;
   return out;
}

#else

void LG_(direct_init)(void) {}

IRSB *LG_(direct_instrument)(IRSB *sb)
{
   return sb;
}

#endif

void LG_(direct_stats)(ULong *n_served, ULong *n_left)
{
   *n_served = st.n_served;
   *n_left = st.n_left;
}
