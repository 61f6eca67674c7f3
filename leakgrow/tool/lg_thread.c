/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_thread: see lg_thread.h. */
#include "lg_thread.h"

#include "lg_context.h"
#include "lg_label.h"
#include "lg_nest.h"
#include "lg_peek.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"
#include "pub_tool_vkiscnums.h"
#include "pub_tool_xarray.h"

enum { NAME_MAX_B = 64, PATH_MAX_B = 64 };

UInt LG_(thread_n_stale);

static struct {
   HChar process[NAME_MAX_B]; /* name that threads inherit */
   UChar *is_stale, *is_alive;
   XArray *comm_fds; /* Int: open files that may rename a thread */
} st;

/* A line of a small file of /proc. False when it cannot be read. */
static Bool read_line(const HChar *path, HChar line[NAME_MAX_B])
{
   SysRes r = VG_(open)(path, VKI_O_RDONLY, 0);
   if (sr_isError(r))
      return False;
   Int n = VG_(read)((Int)sr_Res(r), line, NAME_MAX_B - 1);
   VG_(close)((Int)sr_Res(r));
   line[n > 0 ? n : 0] = 0;
   for (HChar *p = line; *p; p++)
      if (*p == '\n')
         *p = 0;
   return n > 0;
}

/* The main thread's name now: programs that change it mean the process. */
static Bool is_process_name(const HChar *name)
{
   HChar path[PATH_MAX_B], main_name[NAME_MAX_B];
   if (VG_STREQ(name, st.process))
      return True;
   VG_(sprintf)(path, "/proc/self/task/%d/comm", VG_(getpid)());
   return VG_(gettid)() == VG_(getpid)() || (read_line(path, main_name) && VG_STREQ(name, main_name));
}

static void generalise(HChar *name)
{
   SizeT n = VG_(strlen)(name), end = n;
   while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
      n--;
   if (n == end)
      return;
   name[n] = '#';
   name[n + 1] = 0;
}

static void set_stale(ThreadId tid, Bool stale)
{
   LG_(thread_n_stale) += (UInt)stale - st.is_stale[tid];
   st.is_stale[tid] = stale;
}

void LG_(thread_runs)(ThreadId tid)
{
   HChar name[NAME_MAX_B];
   if (!st.is_stale[tid])
      return;
   set_stale(tid, False);
   if (!read_line("/proc/thread-self/comm", name))
      return;
   UInt context = 0;
   if (*name && !is_process_name(name)) {
      generalise(name);
      context = LG_(context_child)(0, LG_(label_intern)(LG_LABEL_THREAD, name, "", 0));
   }
   LG_(nest_set_base)(tid, context);
}

void LG_(thread_begins)(ThreadId tid)
{
   LG_(nest_set_base)(tid, 0);
   st.is_alive[tid] = True;
   set_stale(tid, True);
}

void LG_(thread_ends)(ThreadId tid)
{
   st.is_alive[tid] = False;
   set_stale(tid, False);
}

static void all_stale(void)
{
   for (ThreadId tid = 1; tid < VG_N_THREADS; tid++)
      if (st.is_alive[tid])
         set_stale(tid, True);
}

/* ---- system calls ---- */

static Bool names_comm(Addr path)
{
   HChar text[PATH_MAX_B];
   if (!LG_(peek_string)(path, text, sizeof text) || VG_(strncmp)(text, "/proc/", 6) != 0)
      return False;
   SizeT n = VG_(strlen)(text);
   return n > 5 && VG_STREQ(text + n - 5, "/comm");
}

/* Position of a file among those that may rename, or -1. */
static Word find_fd(Int fd)
{
   for (Word i = 0; i < VG_(sizeXA)(st.comm_fds); i++)
      if (*(Int *)VG_(indexXA)(st.comm_fds, i) == fd)
         return i;
   return -1;
}

static void note_open(Addr path, UWord result)
{
   Int fd = (Int)result;
   if (names_comm(path) && find_fd(fd) < 0)
      VG_(addToXA)(st.comm_fds, &fd);
}

void LG_(thread_syscall_done)(ThreadId tid, UInt number, const UWord *args, Bool is_ok, UWord result)
{
   if (number == __NR_prctl && args[0] == VKI_PR_SET_NAME) {
      set_stale(tid, True);
   } else if (number == __NR_openat && is_ok) {
      note_open(args[1], result);
#ifdef __NR_open
   } else if (number == __NR_open && is_ok) {
      note_open(args[0], result);
#endif
   } else if (VG_(sizeXA)(st.comm_fds) > 0 && (number == __NR_write || number == __NR_close)) {
      Word i = find_fd((Int)args[0]);
      if (i >= 0 && number == __NR_close)
         VG_(removeIndexXA)(st.comm_fds, i);
      else if (i >= 0)
         all_stale();
   }
}

void LG_(thread_init)(void)
{
   st.is_stale = VG_(calloc)("lg.thread.init.1", VG_N_THREADS, 1);
   st.is_alive = VG_(calloc)("lg.thread.init.2", VG_N_THREADS, 1);
   st.comm_fds = VG_(newXA)(VG_(malloc), "lg.thread.init.3", VG_(free), sizeof(Int));
   if (!read_line("/proc/self/comm", st.process))
      st.process[0] = 0;
}
