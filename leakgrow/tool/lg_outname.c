/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_outname: see lg_outname.h. Of an older file only the first bytes are read: the magic, `h pid` and `h start` come first in a
 * profile (docs/FORMAT.md, 3). What does not look so is not a profile of a process that is known, and is overwritten. */
#include "lg_outname.h"

#include "lg_options.h"

#include "lg_format.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_options.h"
#include "pub_tool_vki.h"

enum { HEAD_B = 256, STAT_B = 1024, STARTED = 22 /* field of /proc/PID/stat, from 1 */, SUFFIX_B = 24 };

static struct {
   Int pid; /* whose start is known; a forked child has another one */
   ULong start;
} st;

Bool LG_(outname_is_regular)(const HChar *name)
{
   struct vg_stat info;
   HChar target[8];
   SysRes r = VG_(stat)(name, &info);
   return !sr_isError(r) && (info.mode & VKI_S_IFMT) == VKI_S_IFREG && VG_(readlink)(name, target, sizeof target) < 0;
}

/* Reads at most size - 1 bytes from the beginning of a file; text is 0-terminated. Returns False when there are none. */
static Bool read_start(const HChar *name, HChar *text, SizeT size)
{
   SizeT n = 0;
   SysRes r = VG_(open)(name, VKI_O_RDONLY, 0);
   if (sr_isError(r))
      return False;
   while (n < size - 1) {
      Int got = VG_(read)((Int)sr_Res(r), text + n, (Int)(size - 1 - n));
      if (got == -VKI_EINTR)
         continue;
      if (got <= 0)
         break;
      n += (SizeT)got;
   }
   VG_(close)((Int)sr_Res(r));
   text[n] = '\0';
   return n > 0;
}

/* 0: there is no such process, or nothing is known of it. */
static ULong start_of(Int pid)
{
   HChar name[40], text[STAT_B];
   VG_(sprintf)(name, "/proc/%d/stat", pid);
   if (!read_start(name, text, sizeof text))
      return 0;
   const HChar *at = VG_(strrchr)(text, ')'); /* the program's name, field 2, may hold anything */
   for (Int field = 2; at && field < STARTED; field++)
      at = VG_(strchr)(at + 1, ' ');
   return at ? VG_(strtoull10)(at + 1, NULL) : 0;
}

/* Whose profile is this? Returns False when the file says nothing of it. */
static Bool wrote(const HChar *name, Int *pid, ULong *start)
{
   HChar text[HEAD_B];
   if (!LG_(outname_is_regular)(name) || !read_start(name, text, sizeof text) ||
       VG_(strncmp)(text, LG_FORMAT_MAGIC " ", VG_(strlen)(LG_FORMAT_MAGIC " ")) != 0)
      return False;
   const HChar *of_pid = VG_(strstr)(text, "\nh pid "), *of_start = VG_(strstr)(text, "\nh start ");
   if (!of_pid || !of_start)
      return False;
   ULong id = VG_(strtoull10)(of_pid + 7, NULL);
   *start = VG_(strtoull10)(of_start + 9, NULL);
   *pid = (Int)id;
   return id > 0 && id <= 0x7fffffff && *start > 0;
}

ULong LG_(outname_start)(void)
{
   if (st.pid != VG_(getpid)()) {
      st.pid = VG_(getpid)();
      st.start = start_of(st.pid);
   }
   return st.start;
}

typedef enum { FREE, OURS, OTHERS } owner;

static owner owner_of(const HChar *name)
{
   Int pid;
   ULong start;
   if (!wrote(name, &pid, &start) || start_of(pid) != start)
      return FREE;
   return pid == VG_(getpid)() ? OURS : OTHERS;
}

HChar *LG_(outname_make)(const HChar *parents)
{
   HChar *plain = VG_(expand_file_name)("--leakgrow-out-file", LG_(opt).out_file);
   SizeT n = VG_(strlen)(plain);
   HChar *name = VG_(malloc)("lg.outname.1", n + 2 * SUFFIX_B);
   VG_(strcpy)(name, plain);
   if ((parents && VG_STREQ(plain, parents)) || owner_of(plain) == OTHERS)
      VG_(sprintf)(name + n, ".%d", VG_(getpid)());
   n = VG_(strlen)(name);
   for (UInt number = 2; owner_of(name) == OURS && number > 1; number++)
      VG_(sprintf)(name + n, ".%u", number);
   VG_(free)(plain);
   return name;
}
