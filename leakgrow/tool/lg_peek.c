/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_peek: see lg_peek.h. The address space manager knows what is mapped and readable, but not how long a mapped file is: a fault
 * while copying is caught as memcheck's leak search does it. */
#include "lg_peek.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcsetjmp.h"
#include "pub_tool_libcsignal.h"
#include "pub_tool_signals.h"
#include "pub_tool_vki.h"

/* Of Valgrind's core. While it is set, a fault is taken for the client's. */
extern Bool VG_(in_generated_code);

static struct {
   VG_MINIMAL_JMP_BUF(back);
   vki_sigset_t mask;
} st;

static void on_fault(Int sig, Addr addr)
{
   (void)sig;
   (void)addr;
   VG_(sigprocmask)(VKI_SIG_SETMASK, &st.mask, NULL);
   VG_MINIMAL_LONGJMP(st.back);
}

/* Only a mapped file can end before its mapping does. */
static Bool may_fault(Addr from, SizeT n)
{
   const NSegment *seg = VG_(am_find_nsegment)(from);
   return !seg || from + n - 1 > seg->end || seg->kind == SkFileC;
}

/* A signal handler starts with default control words of the floating point units; the core expects its own. */
typedef struct {
   UShort x87;
   UInt sse;
} FpControl;

static inline void save_control(FpControl *c)
{
#if defined(VGA_amd64) || defined(VGA_x86)
   __asm__ volatile("fnstcw %0" : "=m"(c->x87));
#endif
#if defined(VGA_amd64)
   __asm__ volatile("stmxcsr %0" : "=m"(c->sse));
#endif
}

static inline void restore_control(const FpControl *c)
{
#if defined(VGA_amd64) || defined(VGA_x86)
   __asm__ volatile("fldcw %0" : : "m"(c->x87));
#endif
#if defined(VGA_amd64)
   __asm__ volatile("ldmxcsr %0" : : "m"(c->sse));
#endif
}

static Bool copy_guarded(const void *from, void *to, SizeT n)
{
   volatile Bool ok = False;
   FpControl control = {0, 0};
   save_control(&control);
   Bool was_generated = VG_(in_generated_code);
   VG_(in_generated_code) = False;
   VG_(sigprocmask)(VKI_SIG_SETMASK, NULL, &st.mask);
   fault_catcher_t before = VG_(set_fault_catcher)(on_fault);
   if (VG_MINIMAL_SETJMP(st.back) == 0) {
      VG_(memcpy)(to, from, n);
      ok = True;
   } else {
      restore_control(&control);
   }
   VG_(set_fault_catcher)(before);
   VG_(in_generated_code) = was_generated;
   return ok;
}

Bool LG_(peek)(Addr from, void *to, SizeT n)
{
   if (n == 0)
      return True;
   if (from + n < from || !VG_(am_is_valid_for_client)(from, n, VKI_PROT_READ))
      return False;
   if (UNLIKELY(may_fault(from, n)))
      return copy_guarded((const void *)from, to, n);
   VG_(memcpy)(to, (const void *)from, n);
   return True;
}

/* Up to the end of a page at a time: what follows the 0 need not be readable. */
Bool LG_(peek_string)(Addr from, HChar *to, SizeT size)
{
   SizeT done = 0;
   while (done < size - 1) {
      SizeT n = VKI_PAGE_SIZE - ((from + done) & (VKI_PAGE_SIZE - 1));
      if (n > size - 1 - done)
         n = size - 1 - done;
      if (!LG_(peek)(from + done, to + done, n))
         return False;
      for (SizeT i = 0; i < n; i++)
         if (to[done + i] == 0)
            return True;
      done += n;
   }
   to[size - 1] = 0;
   return True;
}
