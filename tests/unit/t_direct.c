/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_direct: which superblocks it changes, how, and what its call does with a request. The superblocks are made with VEX's own
 * library; lg_heap is a fake. */
#include "lg_direct.h"

#include "lg_heap.h"
#include "lg_unwind.h"
#include "vgshim.h"

#include "pub_tool_machine.h"
#include "pub_tool_threadstate.h"

#include "libvex_guest_amd64.h"

#include "lgtest.h"

#if LG_HAVE_UNWINDER

extern void vexSetAllocModeTEMP_and_clear(void); /* of VEX: where superblocks are made */

static struct {
   Bool is_available, serves, was_in_generated_code;
   UInt n_asked;
   UWord fn, args[4];
   LgRegs regs;
} st;

Bool VG_(in_generated_code);

ThreadId VG_(get_running_tid)(void)
{
   return 7;
}

void *VG_(fnptr_to_fnentry)(void *f)
{
   return f;
}

Bool LG_(unwind_is_available)(void)
{
   return st.is_available;
}

Bool LG_(heap_direct)(ThreadId tid, const LgRegs *regs, UWord fn, const UWord *args, UWord *result)
{
   LGT_EQ_U(tid, 7);
   st.n_asked++;
   st.fn = fn;
   memcpy(st.args, args, sizeof st.args);
   st.regs = *regs;
   st.was_in_generated_code = VG_(in_generated_code);
   *result = st.serves ? 0xfeed : 0xbad;
   return st.serves;
}

/* ---- superblocks ---- */

enum { NEXT = 0x401234 };

static IRSB *block(IRJumpKind kind, IRExpr *next)
{
   IRSB *sb = emptyIRSB();
   addStmtToIRSB(sb, IRStmt_IMark(NEXT - 5, 5, 0));
   addStmtToIRSB(sb, IRStmt_Put(offsetof(VexGuestAMD64State, guest_RDX), IRExpr_Const(IRConst_U64(0))));
   sb->jumpkind = kind;
   sb->next = next;
   sb->offsIP = offsetof(VexGuestAMD64State, guest_RIP);
   return sb;
}

static IRExpr *constant(void)
{
   return IRExpr_Const(IRConst_U64(NEXT));
}

static void begin(Bool is_available)
{
   vexSetAllocModeTEMP_and_clear();
   st.is_available = is_available;
   LG_(direct_init)();
   VG_(in_generated_code) = True;
}

static void leaves_other_blocks_alone(void)
{
   static const IRJumpKind kinds[] = {Ijk_Boring, Ijk_Call, Ijk_Ret, Ijk_Sys_syscall, Ijk_NoRedir, Ijk_Yield};
   begin(True);
   for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
      IRSB *sb = block(kinds[i], constant());
      LGT_OK(LG_(direct_instrument)(sb) == sb && sb->stmts_used == 2);
   }
   IRSB *sb = block(Ijk_ClientReq, NULL);
   sb->next = IRExpr_RdTmp(newIRTemp(sb->tyenv, Ity_I64)); /* wherever that leads */
   LGT_OK(LG_(direct_instrument)(sb) == sb);
}

static void is_off_without_unwinder(void)
{
   begin(False);
   IRSB *sb = block(Ijk_ClientReq, constant());
   LGT_OK(LG_(direct_instrument)(sb) == sb && sb->jumpkind == Ijk_ClientReq);
}

/* The block does what it did, then the call; without a result of the call it makes the request at the same place. */
static void takes_over_requests(void)
{
   const Int ip_at = offsetof(VexGuestAMD64State, guest_RIP);
   begin(True);
   IRSB *sb = block(Ijk_ClientReq, constant()), *out = LG_(direct_instrument)(sb);
   LGT_MUST(out != sb && out->stmts_used == 6);
   LGT_OK(sb->stmts_used == 2 && sb->jumpkind == Ijk_ClientReq);
   LGT_EQ_I(out->jumpkind, Ijk_Boring);
   LGT_OK(out->next->tag == Iex_Const && out->next->Iex.Const.con->Ico.U64 == NEXT);
   LGT_OK(out->stmts[0]->tag == Ist_IMark && out->stmts[1]->tag == Ist_Put);
   const IRStmt *put = out->stmts[2], *call = out->stmts[3], *test = out->stmts[4], *leave = out->stmts[5];
   LGT_OK(put->tag == Ist_Put && put->Ist.Put.offset == ip_at && put->Ist.Put.data->Iex.Const.con->Ico.U64 == NEXT);
   LGT_MUST(call->tag == Ist_Dirty && test->tag == Ist_WrTmp && leave->tag == Ist_Exit);
   LGT_OK(leave->Ist.Exit.jk == Ijk_ClientReq && leave->Ist.Exit.dst->Ico.U64 == NEXT &&
          leave->Ist.Exit.offsIP == ip_at);
   LGT_OK(leave->Ist.Exit.guard->tag == Iex_RdTmp && leave->Ist.Exit.guard->Iex.RdTmp.tmp == test->Ist.WrTmp.tmp);
   const IRExpr *equal = test->Ist.WrTmp.data;
   LGT_OK(equal->tag == Iex_Binop && equal->Iex.Binop.op == Iop_CmpEQ64 &&
          equal->Iex.Binop.arg1->Iex.RdTmp.tmp == call->Ist.Dirty.details->tmp &&
          equal->Iex.Binop.arg2->Iex.Const.con->Ico.U64 == 0);
   sanityCheckIRSB(out, "t_direct", /*require_flat*/ True, Ity_I64);
}

/* What the call reads and writes of the guest is what VEX is told: all else may be in registers. */
static void declares_its_effects(void)
{
   static const struct {
      UInt offset;
      IREffect fx;
   } wanted[] = {{offsetof(VexGuestAMD64State, guest_RAX), Ifx_Read},
                 {offsetof(VexGuestAMD64State, guest_RSP), Ifx_Read},
                 {offsetof(VexGuestAMD64State, guest_RBP), Ifx_Read},
                 {offsetof(VexGuestAMD64State, guest_RIP), Ifx_Read},
                 {offsetof(VexGuestAMD64State, guest_RDX), Ifx_Modify}};
   enum { N = sizeof wanted / sizeof *wanted };
   begin(True);
   const IRSB *out = LG_(direct_instrument)(block(Ijk_ClientReq, constant()));
   const IRDirty *d = out->stmts[3]->Ist.Dirty.details;
   LGT_EQ_I(d->nFxState, N);
   for (int w = 0; w < N; w++) {
      int n = 0;
      for (int i = 0; i < d->nFxState; i++)
         n += d->fxState[i].offset == wanted[w].offset && d->fxState[i].fx == wanted[w].fx && d->fxState[i].size == 8;
      LGT_EQ_I(n, 1);
   }
   LGT_EQ_I(d->mFx, Ifx_None);
}

/* ---- requests ---- */

typedef ULong (*Serve)(VexGuestAMD64State *guest) VG_REGPARM(1);

static Serve serve(void)
{
   begin(True);
   const IRSB *out = LG_(direct_instrument)(block(Ijk_ClientReq, constant()));
   return (Serve)out->stmts[3]->Ist.Dirty.details->cee->addr;
}

typedef struct {
   UWord stack[64];
   VexGuestAMD64State guest;
} Client;

/* A client whose stack pointer is at stack[8] and whose request lies at stack[16]. */
static UWord *client(Client *c, UWord request)
{
   memset(c, 0, sizeof *c);
   c->guest.guest_RSP = (UWord)&c->stack[8];
   c->guest.guest_RBP = 0xb9;
   c->guest.guest_RIP = NEXT;
   c->guest.guest_RAX = (UWord)&c->stack[16];
   c->guest.guest_RDX = 99;
   c->stack[16] = request;
   for (UWord i = 1; i < 6; i++)
      c->stack[16 + i] = 100 + i;
   return &c->stack[16];
}

static void serves_calls_of_the_tool(void)
{
   static const UWord calls[] = {VG_USERREQ__CLIENT_CALL1, VG_USERREQ__CLIENT_CALL2, VG_USERREQ__CLIENT_CALL3};
   Serve f = serve();
   Client c;
   ULong served, left;
   st.serves = True;
   for (unsigned i = 0; i < 3; i++) {
      client(&c, calls[i]);
      LGT_EQ_U(f(&c.guest), 1);
      LGT_EQ_U(c.guest.guest_RDX, 0xfeed);
      LGT_EQ_U(st.fn, 101);
      LGT_OK(st.args[0] == 102 && st.args[1] == 103 && st.args[2] == 104);
      LGT_OK(st.regs.ip == NEXT && st.regs.sp == c.guest.guest_RSP && st.regs.bp == 0xb9);
      LGT_OK(!st.was_in_generated_code && VG_(in_generated_code));
   }
   LG_(direct_stats)(&served, &left);
   LGT_OK(served == 3 && left == 0);
}

/* What lg_heap does not take is made as a request: nothing has changed. */
static void leaves_what_is_not_served(void)
{
   Serve f = serve();
   Client c, before;
   ULong served, left;
   st.serves = False;
   client(&c, VG_USERREQ__CLIENT_CALL1);
   before = c;
   LGT_EQ_U(f(&c.guest), 0);
   LGT_OK(memcmp(&c, &before, sizeof c) == 0);
   LGT_OK(VG_(in_generated_code));
   LG_(direct_stats)(&served, &left);
   LGT_OK(served == 0 && left == 1);
}

static void leaves_other_requests(void)
{
   static const UWord others[] = {0,
                                  VG_USERREQ__RUNNING_ON_VALGRIND,
                                  VG_USERREQ__CLIENT_CALL0,
                                  VG_USERREQ__MALLOCLIKE_BLOCK,
                                  VG_USERREQ_TOOL_BASE('L', 'G'),
                                  ~(UWord)0};
   Serve f = serve();
   Client c;
   st.serves = True;
   for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
      client(&c, others[i]);
      LGT_EQ_U(f(&c.guest), 0);
      LGT_EQ_U(c.guest.guest_RDX, 99);
   }
   client(&c, VG_USERREQ_TOOL_BASE('M', 'C') + 5); /* to memcheck: answered with what was there */
   LGT_EQ_U(f(&c.guest), 1);
   LGT_EQ_U(c.guest.guest_RDX, 99);
   LGT_EQ_U(st.n_asked, 0);
}

/* The words of a request are read only where a stack is: any other address may be one that cannot be read. */
static void reads_nothing_off_the_stack(void)
{
   Serve f = serve();
   Client c;
   UWord wrong[] = {0, 8, ~(UWord)7, (UWord)&c.stack[8] - 136, (UWord)&c.stack[8] + 8192, (UWord)&c.stack[16] + 1};
   st.serves = True;
   for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
      client(&c, VG_USERREQ__CLIENT_CALL1);
      c.guest.guest_RAX = wrong[i];
      LGT_EQ_U(f(&c.guest), 0);
   }
   client(&c, VG_USERREQ__CLIENT_CALL1);
   c.guest.guest_RSP = 0;
   LGT_EQ_U(f(&c.guest), 0);
   LGT_EQ_U(st.n_asked, 0);
}

LGT_MAIN(LGT(leaves_other_blocks_alone), LGT(is_off_without_unwinder), LGT(takes_over_requests),
         LGT(declares_its_effects), LGT(serves_calls_of_the_tool), LGT(leaves_what_is_not_served),
         LGT(leaves_other_requests), LGT(reads_nothing_off_the_stack))

#else

static void changes_nothing(void)
{
   LG_(direct_init)();
   LGT_OK(LG_(direct_instrument)((IRSB *)&lgt) == (IRSB *)&lgt);
}

LGT_MAIN(LGT(changes_nothing))

#endif
