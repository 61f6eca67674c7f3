/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_inline: see lg_inline.h.
 *
 * Whether to read inlined functions the core asks one global variable; the linker's --wrap puts a function around the reading of an object
 * that sets it for that object. The reader has one name up to Valgrind 3.20 and two parts later: those that are not there are
 * weak and stay so. Line numbers have a reader of their own, which is not called for objects that are not wanted. */
#include "lg_inline.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_options.h"
#include "pub_tool_seqmatch.h"

#define WRAPPED(fn)  VGAPPEND(__wrap_vgModuleLocal_, fn)
#define ORIGINAL(fn) VGAPPEND(__real_vgModuleLocal_, fn)

Bool LG_(inline_is_wanted)(const HChar *path)
{
   static const HChar *const unwanted[] = {"ld-linux*.so*", "ld-musl*.so*", "ld-?.*.so",     "libc.so*",
                                           "libc-?.*.so",   "libm.so*",     "libm-?.*.so",   "libpthread*.so*",
                                           "libdl*.so*",    "librt*.so*",   "vgpreload_*.so"};
   const HChar *slash = VG_(strrchr)(path, '/');
   const HChar *name = slash ? slash + 1 : path;
   for (UInt i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++)
      if (VG_(string_match)(unwanted[i], name))
         return False;
   return True;
}

typedef Bool (*Reader)(DebugInfo *);

static Bool read_object(Reader reader, DebugInfo *di)
{
   Bool is_asked_for = VG_(clo_read_inline_info);
   VG_(clo_read_inline_info) = is_asked_for && LG_(inline_is_wanted)(VG_(DebugInfo_get_filename)(di));
   Bool is_read = reader(di);
   VG_(clo_read_inline_info) = is_asked_for;
   return is_read;
}

#define WRAP(fn)                                                  \
  extern Bool ORIGINAL(fn)(DebugInfo * di) __attribute__((weak)); \
  Bool WRAPPED(fn)(DebugInfo * di);                               \
  Bool WRAPPED(fn)(DebugInfo * di)                                \
  {                                                               \
    return read_object(ORIGINAL(fn), di);                         \
  }

WRAP(read_elf_debug_info)
WRAP(read_elf_object)
WRAP(read_elf_debug)

/* A part of a file, as the core hands it on. */
typedef struct {
   void *image;
   ULong at, szB;
} CoreSlice;

/* .debug_info, _types, _abbrev, _line, _str, _str of the supplementary file, _line_str */
#if LG_VALGRIND_VERSION >= 317
#  define SLICES    CoreSlice a, CoreSlice b, CoreSlice c, CoreSlice d, CoreSlice e, CoreSlice f, CoreSlice g
#  define ALL_OF_IT a, b, c, d, e, f, g
#else
#  define SLICES    CoreSlice a, CoreSlice b, CoreSlice c, CoreSlice d, CoreSlice e, CoreSlice f
#  define ALL_OF_IT a, b, c, d, e, f
#endif

void ORIGINAL(read_debuginfo_dwarf3)(DebugInfo *di, SLICES);
void WRAPPED(read_debuginfo_dwarf3)(DebugInfo *di, SLICES);

void WRAPPED(read_debuginfo_dwarf3)(DebugInfo *di, SLICES)
{
   if (LG_(inline_is_wanted)(VG_(DebugInfo_get_filename)(di)))
      ORIGINAL(read_debuginfo_dwarf3)(di, ALL_OF_IT);
}
