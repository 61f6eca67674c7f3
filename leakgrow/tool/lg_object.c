/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_object: see lg_object.h. */
#include "lg_object.h"

#include "pub_tool_libcbase.h"

/* Of Valgrind's core; the same from 3.16 to 3.28. */
typedef struct {
   Addr main;
   Addr platform_specific[3]; /* 64-bit PowerPC has more in its struct */
} CoreSymAddrs;
extern Int VG_(DebugInfo_syms_howmany)(const DebugInfo *di);
extern void VG_(DebugInfo_syms_getidx)(const DebugInfo *di, Int idx, CoreSymAddrs *addrs, UInt *size,
                                       const HChar **name, const HChar ***more_names, Bool *is_text, Bool *is_ifunc,
                                       Bool *is_global);

void LG_(object_each_function)(const DebugInfo *di, void (*visit)(void *arg, const HChar *name, Addr addr), void *arg)
{
   const Int n = VG_(DebugInfo_syms_howmany)(di);

   for (Int i = 0; i < n; i++) {
      CoreSymAddrs addrs;
      const HChar *name, **more;
      Bool is_text, is_ifunc, is_global;

      VG_(DebugInfo_syms_getidx)(di, i, &addrs, NULL, &name, &more, &is_text, &is_ifunc, &is_global);
      if (!is_text || is_ifunc)
         continue;
      visit(arg, name, addrs.main);
      for (; more && *more; more++)
         visit(arg, *more, addrs.main);
   }
}

Bool LG_(object_is_preload)(const DebugInfo *di)
{
   const HChar *path = VG_(DebugInfo_get_filename)(di);
   const HChar *slash = path ? VG_(strrchr)(path, '/') : NULL;

   return slash && VG_(strncmp)(slash + 1, "vgpreload_leakgrow-", 19) == 0;
}
