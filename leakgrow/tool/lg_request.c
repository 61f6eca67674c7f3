/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_request: see lg_request.h. */
#include "lg_request.h"

#include "lg_clock.h"
#include "lg_counter.h"
#include "lg_domain_request.h"
#include "lg_heap.h"
#include "lg_monitor.h"
#include "lg_options.h"
#include "lg_peek.h"
#include "lg_pool.h"
#include "lg_request_work.h"
#include "lg_snapshot.h"
#include "lg_zone.h"

#include "leakgrow.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"

enum { NAME_MAX_B = 256 };

static UWord named_snapshot(ThreadId tid, LgEventKind kind, Addr name)
{
   HChar text[NAME_MAX_B] = "";
   Bool is_unnamed_request = kind == LG_EVENT_REQUEST && name == 0;
   if (!is_unnamed_request && !LG_(peek_string)(name, text, sizeof text)) {
      LG_(counter_add)(LG_BAD_REQUEST, tid);
      return 0;
   }
   LG_(snapshot_event)(kind, text);
   return 1;
}

static UWord tick(UWord n)
{
   LG_(clock_add_ticks)(n);
   if (LG_(clock_is_due)())
      LG_(snapshot_next_interval)();
   return 1;
}

Bool LG_(request_handle)(ThreadId tid, UWord *arg, UWord *result)
{
   if (LG_(pool_request)(tid, arg, result) || LG_(zone_request)(arg, result))
      return True;
   if (arg[0] == VG_USERREQ__GDB_MONITOR_COMMAND) {
      *result = LG_(monitor_command)(tid, (const HChar *)arg[1]);
      return *result != 0;
   }
   if (!VG_IS_TOOL_USERREQ('L', 'G', arg[0]))
      return False;
   LG_DBG(REQUEST, "request %lu (%#lx %#lx %#lx)\n", arg[0] & 0xffff, arg[1], arg[2], arg[3]);
   if (LG_(request_work)(tid, arg, result) || LG_(domain_request)(tid, arg, result)) {
      LG_(heap_after_growth)(tid); /* the books may have outgrown their limit */
      return True;
   }
   switch (arg[0]) {
   case LEAKGROW_REQ_TICK:
      *result = tick(arg[1]);
      return True;
   case LEAKGROW_REQ_MARK:
      *result = named_snapshot(tid, LG_EVENT_MARK, arg[1]);
      return True;
   case LEAKGROW_REQ_SNAPSHOT:
      *result = named_snapshot(tid, LG_EVENT_REQUEST, arg[1]);
      return True;
   case LEAKGROW_REQ_INTERNAL_EXITING:
      LG_(snapshot_exit_begins)();
      *result = 1;
      return True;
   case LEAKGROW_REQ_INTERNAL_REALIGN:
      *result = (UWord)LG_(heap_realign)(tid, (void *)arg[1], arg[2], arg[3]);
      return True;
   default: /* from a newer leakgrow.h */
      LG_(counter_add)(LG_BAD_REQUEST, tid);
      *result = 0;
      return True;
   }
}
