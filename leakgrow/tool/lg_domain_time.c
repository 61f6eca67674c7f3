/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_time: threads and the real clock, as far as domains need them.
 *
 * Whether a reader is stuck or merely waits for its turn cannot be seen from the clock: Valgrind runs one thread at a time. So it is
 * counted how often each thread was given the processor, and known which ones are in a system call. */
#include "lg_clock.h"
#include "lg_domain_state.h"
#include "lg_stall.h"

#include "pub_tool_clientstate.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

enum { CHECK_US = 100000, CHECK_SHARE = 50 };

typedef struct {
   ULong turns;
   Bool is_in_syscall;
   Int lwp; /* 0: not known yet */
} Thread;

typedef struct {
   void (*fn)(void);
   ULong period_us, due_us;
} Sampler;

Bool LG_(domain_is_active);

static struct {
   Thread *threads; /* [VG_N_THREADS] */
   ThreadId last;   /* ran last */
   Sampler *samplers;
   UInt n_samplers;
   ULong due_us; /* the next sampler or check */
   ULong check_us;
   Bool is_polling;
} st;

static Thread *thread(ThreadId tid)
{
   if (!st.threads)
      st.threads = VG_(calloc)("lg.domain_time.threads.1", VG_N_THREADS, sizeof *st.threads);
   return tid < VG_N_THREADS ? &st.threads[tid] : &st.threads[VG_INVALID_THREADID];
}

ULong LG_(thread_turns)(ThreadId tid)
{
   return thread(tid)->turns;
}

Bool LG_(thread_is_in_syscall)(ThreadId tid)
{
   return thread(tid)->is_in_syscall;
}

/* A thread that nobody named has the name of Valgrind's program for this tool: the client's is meant. */
static void replace_own_name(HChar name[LG_COMM_B])
{
   static const HChar own[] = "leakgrow-";
   if (VG_(strncmp)(name, own, sizeof own - 1) != 0 || !VG_(args_the_exename))
      return;
   const HChar *slash = VG_(strrchr)(VG_(args_the_exename), '/');
   VG_(strncpy)(name, slash ? slash + 1 : VG_(args_the_exename), LG_COMM_B - 1);
   name[LG_COMM_B - 1] = 0;
}

/* The kernel's id of the thread that runs now. */
static Int own_lwp(void)
{
   HChar text[64];
   SSizeT n = VG_(readlink)("/proc/thread-self", text, sizeof text - 1);
   if (n <= 0)
      return 0;
   text[n] = 0;
   const HChar *slash = VG_(strrchr)(text, '/');
   return slash ? (Int)VG_(strtoll10)(slash + 1, NULL) : 0;
}

void LG_(thread_comm)(ThreadId tid, HChar name[LG_COMM_B])
{
   name[0] = 0;
   Thread *t = thread(tid);
   if (tid == VG_INVALID_THREADID)
      return;
   if (t->lwp == 0 && tid == VG_(get_running_tid)())
      t->lwp = own_lwp();
   if (t->lwp == 0)
      return;
   HChar path[64];
   VG_(sprintf)(path, "/proc/self/task/%d/comm", t->lwp);
   SysRes r = VG_(open)(path, VKI_O_RDONLY, 0);
   if (sr_isError(r))
      return;
   Int n = VG_(read)((Int)sr_Res(r), name, LG_COMM_B - 1);
   VG_(close)((Int)sr_Res(r));
   if (n < 0)
      n = 0;
   name[n] = 0;
   if (n > 0 && name[n - 1] == '\n')
      name[n - 1] = 0;
   replace_own_name(name);
}

/* ---- clock points ---- */

void LG_(domain_add_sampler)(void (*fn)(void), UInt period_ms)
{
   st.samplers = VG_(realloc)("lg.domain_time.samplers.1", st.samplers, (st.n_samplers + 1) * sizeof *st.samplers);
   st.samplers[st.n_samplers++] = (Sampler){fn, (ULong)(period_ms ? period_ms : 1) * 1000, 0};
   st.due_us = 0;
   LG_(domain_is_active) = True;
}

static void run_samplers(ULong now)
{
   for (UInt i = 0; i < st.n_samplers; i++) {
      if (now < st.samplers[i].due_us)
         continue;
      st.samplers[i].due_us = now + st.samplers[i].period_us;
      st.samplers[i].fn();
   }
}

void LG_(domain_sample_now)(void)
{
   if (st.is_polling || LG_(account_is_frozen)())
      return;
   st.is_polling = True;
   for (UInt i = 0; i < st.n_samplers; i++)
      st.samplers[i].fn();
   st.is_polling = False;
}

/* Looking for stalls takes time in proportion to what is pending: it gets a fiftieth of the time at most. */
static void run_check(ULong now)
{
   if (now < st.check_us)
      return;
   LG_(stall_check_all)(now);
   ULong took = LG_(clock_micros)() - now;
   st.check_us = now + (took * CHECK_SHARE > CHECK_US ? took * CHECK_SHARE : CHECK_US);
}

void LG_(domain_poll)(ThreadId tid)
{
   Thread *t = thread(tid);
   if (st.last != tid) {
      st.last = tid;
      t->turns++;
   }
   if (t->lwp == 0)
      t->lwp = own_lwp();
   ULong now = LG_(clock_micros)();
   if (now < st.due_us || st.is_polling || LG_(account_is_frozen)())
      return;
   st.is_polling = True;
   run_samplers(now);
   run_check(now);
   st.due_us = st.check_us;
   for (UInt i = 0; i < st.n_samplers; i++)
      if (st.samplers[i].due_us < st.due_us)
         st.due_us = st.samplers[i].due_us;
   st.is_polling = False;
}

void LG_(domain_in_syscall)(ThreadId tid, Bool is_in)
{
   thread(tid)->is_in_syscall = is_in;
}

void LG_(domain_thread_exits)(ThreadId tid)
{
   for (UInt id = 1; id <= LG_(domain_count)(); id++) {
      LgDomain *d = LG_(domain_by_id)(id);
      for (UInt i = 0; i < d->n_pins_known; i++) {
         LgPin *p = d->pins[i];
         if (p->tid == tid) {
            LG_(thread_comm)(tid, p->name);
            p->tid = VG_INVALID_THREADID;
         }
      }
      for (UInt i = 0; i < d->n_readers; i++) {
         LgReader *r = &d->readers[i];
         if (r->tid == tid) {
            LG_(thread_comm)(tid, r->name);
            r->tid = VG_INVALID_THREADID;
            r->is_news = True;
         }
      }
      for (UInt i = 0; i < d->n_stashes; i++) {
         LgStash *s = d->stashes[i];
         if (s->tid == tid) {
            LG_(thread_comm)(tid, s->name);
            s->tid = VG_INVALID_THREADID;
         }
      }
   }
   *thread(tid) = (Thread){0};
}
