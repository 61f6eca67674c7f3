/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_who: see lg_who.h. */
#include "lg_who.h"

#include "lg_account.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_heap.h"
#include "lg_options.h"
#include "lg_stack.h"
#include "lg_symbol.h"
#include "lg_word.h"

#include "pub_tool_gdbserver.h"
#include "pub_tool_libcprint.h"

/* The whole of `text` as an address, as gdb and as people write them. */
static Bool parse_address(const HChar *text, Addr *a)
{
   Bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
   const HChar *p = is_hex ? text + 2 : text;
   UInt base = is_hex ? 16 : 10;
   Addr v = 0;
   if (!*p)
      return False;
   for (; *p; p++) {
      UInt digit = base;
      if (*p >= '0' && *p <= '9')
         digit = (UInt)(*p - '0');
      else if (*p >= 'a' && *p <= 'f')
         digit = (UInt)(*p - 'a') + 10;
      else if (*p >= 'A' && *p <= 'F')
         digit = (UInt)(*p - 'A') + 10;
      if (digit >= base || v > (~(Addr)0 - digit) / base)
         return False;
      v = v * base + digit;
   }
   *a = v;
   return True;
}

/* The labels of a context, the outermost first. */
static void print_context(UInt context)
{
   if (LG_(context_parent)(context)) {
      print_context(LG_(context_parent)(context));
      VG_(gdb_printf)(" > ");
   }
   VG_(gdb_printf)("%s", context ? LG_(context_label)(context) : "(root)");
}

static void print_stack(UInt stack)
{
   UInt frames[LG_FRAMES_MAX], n = LG_(stack_frames)(stack, frames);
   for (UInt i = 0; i < n; i++) {
      const LgFrame *f = LG_(symbol_frame)(frames[i]);
      VG_(gdb_printf)("   %s %s", i == 0 ? "at" : "by", LG_(names_text)(LG_(symbol_fns)(), f->fn));
      if (f->line)
         VG_(gdb_printf)(" (%s:%u)", LG_(names_text)(LG_(symbol_files)(), f->file), f->line);
      VG_(gdb_printf)("\n");
   }
}

/* Age in whole intervals of the clock: that is what blocks are stamped with. */
static void print_age(UInt birth)
{
   HChar buffer[64];
   lg_text t;
   static const HChar units[] = {'m', 'B', 'i', 't'};
   lg_text_init(&t, buffer, sizeof buffer);
   lg_word_duration(&t, units[LG_(opt).time_unit], (ULong)(LG_(clock).epoch - birth) * LG_(clock).base);
   VG_(gdb_printf)("allocated %s ago", buffer);
}

void LG_(who)(const HChar *address)
{
   Addr a;
   LgHeapBlock block;
   if (!address) {
      VG_(gdb_printf)("who: an address is missing\n");
      return;
   }
   if (!parse_address(address, &a)) {
      VG_(gdb_printf)("who: %s is not an address\n", address);
      return;
   }
   LG_(clock_read)();
   if (!LG_(heap_find)(a, &block)) {
      VG_(gdb_printf)("0x%lx is in no live block\n", a);
      return;
   }
   VG_(gdb_printf)
   ("0x%lx is %lu bytes inside a block of %lu bytes at 0x%lx, ", a, a - block.start, block.szB, block.start);
   print_age(block.birth);
   if (block.account == 0) {
      VG_(gdb_printf)(" by a function that --ignore-fn leaves out\n");
      return;
   }
   const LgAccount *account = LG_(account_now)(block.account);
   VG_(gdb_printf)("\nin context ");
   print_context(account->context);
   VG_(gdb_printf)("; %llu bytes in %u blocks are held like it\n", account->live_B, account->live_blk);
   print_stack(account->stack);
}
