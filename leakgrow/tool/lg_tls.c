/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tls: see lg_tls.h. */
#include "lg_tls.h"

#include "lg_peek.h"

#include "pub_tool_machine.h"
#if defined(VGA_amd64)
#  include "libvex_guest_amd64.h"
#endif

enum { MODULES_MAX = 4096 };

/* An entry of glibc's dtv; entry 0 holds the generation, and the number of entries stands before it. */
typedef struct {
   Addr block; /* ~0: this thread has not touched the variables of this object yet */
   Addr to_free;
} Entry;

Addr LG_(tls_thread_pointer)(ThreadId tid)
{
   Addr pointer = 0;
#if defined(VGA_amd64)
   VG_(get_shadow_regs_area)
   (tid, (UChar *)&pointer, /*shadowNo*/ 0, offsetof(VexGuestAMD64State, guest_FS_CONST), sizeof pointer);
#else
   (void)tid;
#endif
   return pointer;
}

Addr LG_(tls_find)(ThreadId tid, UWord offset, UInt *module,
                   Bool (*is_it)(Addr candidate, Addr thread_pointer, UWord data), UWord data)
{
   Addr pointer = LG_(tls_thread_pointer)(tid), table;
   Entry entry;
   if (!pointer || !LG_(peek)(pointer + sizeof(Addr), &table, sizeof table) ||
       !LG_(peek)(table - sizeof entry, &entry, sizeof entry))
      return 0;
   UWord n = entry.block < MODULES_MAX ? entry.block : MODULES_MAX;
   for (UWord i = 0; i <= n; i++) {
      UWord m = i ? i : *module;
      if (m == 0 || !LG_(peek)(table + m * sizeof entry, &entry, sizeof entry) || entry.block == 0 ||
          entry.block == ~(Addr)0)
         continue;
      if (is_it(entry.block + offset, pointer, data)) {
         *module = (UInt)m;
         return entry.block + offset;
      }
   }
   return 0;
}
