/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vgshim: see vgshim.h. */
#include "vgshim.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"
#include "pub_tool_xarray.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

VgShim vgshim;

extern Bool VG_(am_covered_by_single_free_segment)(Addr start, SizeT len);
extern SysRes VG_(am_mmap_anon_fixed_client)(Addr start, SizeT len, UInt prot);
extern Bool VG_(use_CF_info)(LgRegs *regs, Addr min_accessible, Addr max_accessible);
extern void VG_(clock_gettime)(struct vki_timespec *t, vki_clockid_t clock)
{
   (void)clock;
   t->tv_sec = vgshim.ms / 1000;
   t->tv_nsec = vgshim.ms % 1000 * 1000000;
}

UInt VG_(debuginfo_generation)(void);

void *VG_(malloc)(const HChar *cc, SizeT n)
{
   (void)cc;
   return malloc(n);
}

void *VG_(calloc)(const HChar *cc, SizeT n, SizeT each_szB)
{
   (void)cc;
   return calloc(n, each_szB);
}

void *VG_(realloc)(const HChar *cc, void *p, SizeT n)
{
   (void)cc;
   return realloc(p, n);
}

void VG_(free)(void *p)
{
   free(p);
}

void *VG_(memset)(void *to, Int c, SizeT n)
{
   return memset(to, c, n);
}

void *VG_(memcpy)(void *to, const void *from, SizeT n)
{
   return memcpy(to, from, n);
}

SizeT VG_(strlen)(const HChar *s)
{
   return strlen(s);
}

Int VG_(strcmp)(const HChar *a, const HChar *b)
{
   return strcmp(a, b);
}

Int VG_(strncmp)(const HChar *a, const HChar *b, SizeT n)
{
   return strncmp(a, b, n);
}

HChar *VG_(strstr)(const HChar *s, const HChar *part)
{
   return (HChar *)strstr(s, part);
}

HChar *VG_(strrchr)(const HChar *s, HChar c)
{
   return (HChar *)strrchr(s, c);
}

Long VG_(strtoll10)(const HChar *s, HChar **end)
{
   return strtoll(s, end, 10);
}

HChar *VG_(strdup)(const HChar *cc, const HChar *s)
{
   (void)cc;
   return strdup(s);
}

void VG_(assert_fail)(Bool is_core, const HChar *expr, const HChar *file, Int line, const HChar *fn,
                      const HChar *format, ...)
{
   (void)is_core;
   printf("# %s:%d: %s: assertion failed: %s: %s\n", file, line, fn, expr, format);
   fflush(stdout);
   abort();
}

Bool VG_(am_covered_by_single_free_segment)(Addr start, SizeT len)
{
   return start + len <= vgshim.taken_begin || start >= vgshim.taken_end;
}

SysRes VG_(am_mmap_anon_fixed_client)(Addr start, SizeT len, UInt prot)
{
   SysRes error = {0}, ok = {0};
   error._isError = True;
   if (vgshim.no_memory)
      return error;
   void *p = mmap((void *)start, len, (int)prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
   if (p == MAP_FAILED)
      return error;
   vgshim.mapped_B += len;
   ok._val = start;
   return ok;
}

UInt VG_(read_millisecond_timer)(void)
{
   return vgshim.ms;
}

UInt VG_(debuginfo_generation)(void)
{
   return vgshim.debuginfo_generation;
}

Bool VG_(use_CF_info)(LgRegs *regs, Addr min_accessible, Addr max_accessible)
{
   return vgshim.step && vgshim.step(regs, min_accessible, max_accessible);
}

DiEpoch VG_(current_DiEpoch)(void)
{
   DiEpoch now = {vgshim.debuginfo_generation};
   return now;
}

Vg_FnNameKind VG_(get_fnname_kind_from_IP)(DiEpoch ep, Addr ip)
{
   (void)ep;
   return ip >= vgshim.main_begin && ip < vgshim.main_end ? Vg_FnNameMain : Vg_FnNameNormal;
}

/* ---- arrays ---- */

struct _XArray {
   Word n, size;
   Word element_szB;
   char *elements;
};

XArray *VG_(newXA)(Alloc_Fn_t alloc, const HChar *cc, Free_Fn_t release, Word element_szB)
{
   (void)alloc;
   (void)cc;
   (void)release;
   XArray *xa = calloc(1, sizeof *xa);
   xa->element_szB = element_szB;
   return xa;
}

Word VG_(addToXA)(XArray *xa, const void *element)
{
   if (xa->n == xa->size) {
      xa->size = xa->size ? xa->size * 2 : 8;
      xa->elements = realloc(xa->elements, (size_t)(xa->size * xa->element_szB));
   }
   memcpy(xa->elements + xa->n * xa->element_szB, element, (size_t)xa->element_szB);
   return xa->n++;
}

Word VG_(sizeXA)(const XArray *xa)
{
   return xa->n;
}

void VG_(dropTailXA)(XArray *xa, Word n)
{
   xa->n -= n;
}

void *VG_(indexXA)(const XArray *xa, Word i)
{
   return xa->elements + i * xa->element_szB;
}
