/* SPDX-License-Identifier: BSD-3-Clause */
/* leakgrow.h: client requests of the Valgrind tool leakgrow, for C (from C89) and C++ (from C++98) programs.
 *
 * Including this file is always harmless: without Valgrind each request costs a few nanoseconds, under another tool it does
 * nothing, and with NVALGRIND defined it is compiled away and its arguments are not evaluated. The requests may be made from
 * any thread and from signal handlers. Each is an expression of value 1 when leakgrow took the request, 0 when leakgrow is
 * not there or refused it (refusals are counted as "bad-request" and told at exit; the program always goes on). It may be
 * used as a statement.
 *
 *    #include <valgrind/leakgrow.h>
 *    for (;;) { serve(next_request()); LEAKGROW_TICK(1); }
 */
#ifndef LEAKGROW_H
#define LEAKGROW_H

/* Beside this file where Valgrind itself was installed; elsewhere when leakgrow has a prefix of its own. */
#if defined(__has_include)
#  if __has_include("valgrind.h")
#    include "valgrind.h"
#  else
#    include <valgrind/valgrind.h>
#  endif
#else
#  include "valgrind.h"
#endif

/* Request numbers are ABI: they are only ever appended. */
typedef enum {
   LEAKGROW_REQ_TICK = VG_USERREQ_TOOL_BASE('L', 'G'),
   LEAKGROW_REQ_MARK,
   LEAKGROW_REQ_SNAPSHOT,
   /* For leakgrow's own preload object; not for programs. */
   LEAKGROW_REQ_INTERNAL_EXITING,   /* the program called exit or returned from main */
   LEAKGROW_REQ_INTERNAL_REALIGN,   /* realloc that keeps an alignment: (block, size_szB, align); the new address */
   LEAKGROW_REQ_INTERNAL_ZONE_ADD,  /* a block is from an explicit heap: (heap, block) */
   LEAKGROW_REQ_INTERNAL_ZONE_TAKE, /* takes a block out of an explicit heap: (heap); the block or 0 */

   /* Spans and tasks. */
   LEAKGROW_REQ_SPAN_NEW, /* (id, label, id of the parent, flags) */
   LEAKGROW_REQ_SPAN_ENTER,
   LEAKGROW_REQ_SPAN_EXIT,
   LEAKGROW_REQ_SPAN_CLOSE,
   LEAKGROW_REQ_SPAN_BEGIN, /* (label) */
   LEAKGROW_REQ_SPAN_END,   /* (label or 0) */
   LEAKGROW_REQ_TASK_NEW,   /* (id, label, 0, flags) */
   LEAKGROW_REQ_TASK_RESUME,
   LEAKGROW_REQ_TASK_SUSPEND,
   LEAKGROW_REQ_TASK_END,

   /* Memory reclamation. */
   LEAKGROW_REQ_DOMAIN_NEW = VG_USERREQ_TOOL_BASE('L', 'G') + 64,
   LEAKGROW_REQ_PIN,
   LEAKGROW_REQ_UNPIN,
   LEAKGROW_REQ_QUIESCENT,
   LEAKGROW_REQ_RETIRE,
   LEAKGROW_REQ_QUEUED,
   LEAKGROW_REQ_ADVANCE,
   LEAKGROW_REQ_RECLAIM,
   LEAKGROW_REQ_FREE
} LeakgrowRequest;

#if defined(NVALGRIND)
/* sizeof names the argument without evaluating it, so that no variable becomes "unused". */
#  define LEAKGROW_REQUEST_(request, arg) leakgrow_absent_(sizeof(arg))
#  define LEAKGROW_REQUEST5_(request, a, b, c, d, e) \
    leakgrow_absent_(sizeof(a) + sizeof(b) + sizeof(c) + sizeof(d) + sizeof(e))
#  if defined(__GNUC__)
#    define LEAKGROW_UNUSED_ __attribute__((__unused__))
#  else
#    define LEAKGROW_UNUSED_
#  endif
static LEAKGROW_UNUSED_ unsigned long leakgrow_absent_(unsigned long size)
{
   return size & 0;
}
#else
#  define LEAKGROW_REQUEST_(request, arg)            VALGRIND_DO_CLIENT_REQUEST_EXPR(0, request, arg, 0, 0, 0, 0)
#  define LEAKGROW_REQUEST5_(request, a, b, c, d, e) VALGRIND_DO_CLIENT_REQUEST_EXPR(0, request, a, b, c, d, e)
#endif

/* The program finished n units of its work: requests served, jobs done, files compiled. n is an unsigned long; 0 is allowed
 * and says nothing. Growth is then also reported in bytes per tick, and --time-unit=ticks makes ticks the clock of the run. */
#define LEAKGROW_TICK(n) LEAKGROW_REQUEST_(LEAKGROW_REQ_TICK, (unsigned long)(n))

/* Names this moment ("cache warm", "config reloaded"): it appears in the report, with what every account held. name is a
 * 0-terminated string in any encoding; it is read during the call, at most its first 255 bytes. NULL is refused. */
#define LEAKGROW_MARK(name) LEAKGROW_REQUEST_(LEAKGROW_REQ_MARK, (const char *)(name))

/* Writes a snapshot of all accounts to the profile now. name is as in LEAKGROW_MARK, or NULL for none. */
#define LEAKGROW_SNAPSHOT(name) LEAKGROW_REQUEST_(LEAKGROW_REQ_SNAPSHOT, (const char *)(name))

/* ---- spans and tasks: which work holds the memory ----
 *
 * A span is a piece of work with a beginning and an end: a request, a phase, a connection. What a thread allocates while it is in
 * a span is reported under the span's name; how many are open, and since when, is reported too. A span may be anything from a
 * scope on one thread (BEGIN, END) to something that lives for hours and is entered by many threads in turn (NEW, ENTER, EXIT,
 * CLOSE). A task is work that a scheduler of the program's own stops and resumes, on whichever thread: a fiber, a coroutine, a
 * job of a pool. While it runs, everything allocated on its thread is the task's; spans that it is in go with it.
 *
 *    LEAKGROW_SPAN_BEGIN("parse"); parse(); LEAKGROW_SPAN_END();
 *
 *    accept: LEAKGROW_SPAN_NEW(conn, "connection");      submit: LEAKGROW_TASK_NEW(job, "thumbnail");
 *    serve:  LEAKGROW_SPAN_ENTER(conn); ...              worker: LEAKGROW_TASK_RESUME(job); job->run();
 *            LEAKGROW_SPAN_EXIT(conn);                           LEAKGROW_TASK_SUSPEND(job);
 *    close:  LEAKGROW_SPAN_CLOSE(conn);                  done:   LEAKGROW_TASK_END(job);
 *
 * An id is any unsigned long or pointer that no other open span (task) has; it may be used again after CLOSE (END). Whoever
 * breaks the rules (leaves what was not entered, or on another thread, or has a span entered when its task is suspended) finds that
 * in the report; nothing else happens. Without leakgrow each request costs some nanoseconds. */

/* A name and its place in the source. It and its strings must stay as they are as long as the program runs; file may be NULL, line 0.
 * Of a name the first 255 bytes are used. */
typedef struct LeakgrowLabel {
   const char *name;
   const char *file;
   unsigned line;
} LeakgrowLabel;

/* Initialises a static LeakgrowLabel; name is a string literal. */
#define LEAKGROW_LABEL_INIT(name) \
  {                               \
    name, __FILE__, __LINE__      \
  }

/* Flags of LEAKGROW_SPAN_NEW_LABEL and LEAKGROW_TASK_NEW_LABEL. */
enum {
   LEAKGROW_PARENT_CURRENT = 0, /* the parent is the span that the thread is in */
   LEAKGROW_PARENT_NONE = 1,
   LEAKGROW_PARENT_ID = 2,  /* the parent is the open span with the id `parent` */
   LEAKGROW_OF_TRACING = 4, /* the ids are those of Rust's tracing; for the crate leakgrow */
   LEAKGROW_IN_BLOCK = 8    /* the task ends when the heap block is freed whose address is its id */
};

/* Makes a static label of a string literal, and a request with it. */
#if !defined(NVALGRIND) && defined(__GNUC__)
#  define LEAKGROW_WITH_LABEL_(text, request)                              \
    __extension__({                                                        \
   static const LeakgrowLabel leakgrow_label_ = LEAKGROW_LABEL_INIT(text); \
   request;                                                                \
    })
#elif defined(NVALGRIND)
#  define LEAKGROW_WITH_LABEL_(text, request) leakgrow_absent_(sizeof(text))
#else /* a compiler that Valgrind has no programs of */
#  define LEAKGROW_WITH_LABEL_(text, request) (0UL & sizeof(text))
#endif
#define LEAKGROW_ABOUT_(request, id) LEAKGROW_REQUEST_(LEAKGROW_REQ_##request, (unsigned long)(id))

/* A span on this thread, from here to the END that matches. They nest. name is a string literal. */
#define LEAKGROW_SPAN_BEGIN(name) LEAKGROW_WITH_LABEL_(name, LEAKGROW_SPAN_BEGIN_LABEL(&leakgrow_label_))
/* Ends the innermost span that was begun on this thread. */
#define LEAKGROW_SPAN_END() LEAKGROW_ABOUT_(SPAN_END, 0)
/* The same with a label (LeakgrowLabel *): END ends the innermost one of this label. */
#define LEAKGROW_SPAN_BEGIN_LABEL(label) LEAKGROW_REQUEST_(LEAKGROW_REQ_SPAN_BEGIN, (const LeakgrowLabel *)(label))
#define LEAKGROW_SPAN_END_LABEL(label)   LEAKGROW_REQUEST_(LEAKGROW_REQ_SPAN_END, (const LeakgrowLabel *)(label))

/* Opens a span below the one that the thread is in; it is not entered yet. name is a string literal. */
#define LEAKGROW_SPAN_NEW(id, name) \
  LEAKGROW_WITH_LABEL_(name, LEAKGROW_SPAN_NEW_LABEL(id, &leakgrow_label_, 0, LEAKGROW_PARENT_CURRENT))
/* The same with a label, and a parent: LEAKGROW_PARENT_*. `parent` counts with LEAKGROW_PARENT_ID only. */
#define LEAKGROW_SPAN_NEW_LABEL(id, label, parent, flags)                                        \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_SPAN_NEW, (unsigned long)(id), (const LeakgrowLabel *)(label), \
                     (unsigned long)(parent), (unsigned long)(flags), 0)
/* Enters the span on this thread, leaves it, ends it. What is entered several times is left as often. */
#define LEAKGROW_SPAN_ENTER(id) LEAKGROW_ABOUT_(SPAN_ENTER, id)
#define LEAKGROW_SPAN_EXIT(id)  LEAKGROW_ABOUT_(SPAN_EXIT, id)
#define LEAKGROW_SPAN_CLOSE(id) LEAKGROW_ABOUT_(SPAN_CLOSE, id)

/* A task was created; it does not run yet. The place of this request is what the report calls its spawn site. name is a string
 * literal. */
#define LEAKGROW_TASK_NEW(id, name) LEAKGROW_WITH_LABEL_(name, LEAKGROW_TASK_NEW_LABEL(id, &leakgrow_label_, 0))
/* The same with a label. flags: 0 or LEAKGROW_IN_BLOCK, which is refused when no heap block begins at the id. */
#define LEAKGROW_TASK_NEW_LABEL(id, label, flags)                                                   \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_TASK_NEW, (unsigned long)(id), (const LeakgrowLabel *)(label), 0, \
                     (unsigned long)(flags), 0)
/* This thread runs the task from here on, until SUSPEND or END. A task that is resumed inside of another one is inside. */
#define LEAKGROW_TASK_RESUME(id)  LEAKGROW_ABOUT_(TASK_RESUME, id)
#define LEAKGROW_TASK_SUSPEND(id) LEAKGROW_ABOUT_(TASK_SUSPEND, id)
#define LEAKGROW_TASK_END(id)     LEAKGROW_ABOUT_(TASK_END, id)

#if defined(__cplusplus)
/* The rest of the C++ block in which it stands is a span: LEAKGROW_SCOPE("parse"); at most one per line. */
#  define LEAKGROW_SCOPE(name)           LEAKGROW_SCOPE_AT_(name, __LINE__)
#  define LEAKGROW_SCOPE_AT_(name, line) LEAKGROW_SCOPE_LINE_(name, line)
#  define LEAKGROW_SCOPE_LINE_(name, line)                                        \
    static const LeakgrowLabel leakgrow_label_##line = LEAKGROW_LABEL_INIT(name); \
    const LeakgrowScope leakgrow_scope_##line(&leakgrow_label_##line)

class LeakgrowScope
{
 public:
   explicit LeakgrowScope(const LeakgrowLabel *label) : label_(label)
   {
      (void)LEAKGROW_SPAN_BEGIN_LABEL(label_);
   }
   ~LeakgrowScope()
   {
      (void)LEAKGROW_SPAN_END_LABEL(label_);
   }

 private:
   LeakgrowScope(const LeakgrowScope &);
   LeakgrowScope &operator=(const LeakgrowScope &);
   const LeakgrowLabel *label_;
};

/* A span that is open as long as the object is there. Its id is the object's address.
 *    struct Connection { LeakgrowSpan span; ... Connection() : span(&label) {} };
 *    { LeakgrowEntered in(connection.span); ... }                                   */
class LeakgrowSpan
{
 public:
   explicit LeakgrowSpan(const LeakgrowLabel *label)
   {
      (void)LEAKGROW_SPAN_NEW_LABEL(this, label, 0, LEAKGROW_PARENT_CURRENT);
   }
   ~LeakgrowSpan()
   {
      (void)LEAKGROW_SPAN_CLOSE(this);
   }
   void enter() const
   {
      (void)LEAKGROW_SPAN_ENTER(this);
   }
   void exit() const
   {
      (void)LEAKGROW_SPAN_EXIT(this);
   }

 private:
   LeakgrowSpan(const LeakgrowSpan &);
   LeakgrowSpan &operator=(const LeakgrowSpan &);
};

class LeakgrowEntered
{
 public:
   explicit LeakgrowEntered(const LeakgrowSpan &span) : span_(span)
   {
      span_.enter();
   }
   ~LeakgrowEntered()
   {
      span_.exit();
   }

 private:
   LeakgrowEntered(const LeakgrowEntered &);
   LeakgrowEntered &operator=(const LeakgrowEntered &);
   const LeakgrowSpan &span_;
};
#endif

/* ---- memory reclamation: epochs, quiescent states, RCU, hazard pointers ----
 *
 * For programs with a scheme of their own. leakgrow then knows what was retired and not yet freed, for how long, and which
 * reader is in the way. Report what the scheme has; each event is optional but RETIRE.
 *
 *    d = LEAKGROW_DOMAIN_NEW("config", LEAKGROW_EBR);     once
 *    enter()   { ...; LEAKGROW_PIN(d, self); }            leave() { LEAKGROW_UNPIN(d, self); ... }
 *    retire(p) { LEAKGROW_RETIRE(d, p, 0); push(p); }     try_advance() { ...; LEAKGROW_ADVANCE(d, epoch); }
 *    collect() { ...; LEAKGROW_RECLAIM(d, p); free(p); } */
typedef enum { LEAKGROW_EBR, LEAKGROW_QSBR, LEAKGROW_RCU, LEAKGROW_HP } LeakgrowScheme;

/* A new domain. name as in LEAKGROW_MARK. Its number (unsigned long), for the requests below; 0 when leakgrow is not there or has refused.
 * Requests for domain 0 do nothing, so the number need not be looked at. */
#define LEAKGROW_DOMAIN_NEW(name, scheme) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_DOMAIN_NEW, (const char *)(name), (unsigned long)(scheme), 0, 0, 0)

/* A reader enters, leaves its critical section. participant is a number or an address that names it; 0: this thread. They nest. */
#define LEAKGROW_PIN(domain, participant) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_PIN, (unsigned long)(domain), (unsigned long)(participant), 0, 0, 0)
#define LEAKGROW_UNPIN(domain, participant) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_UNPIN, (unsigned long)(domain), (unsigned long)(participant), 0, 0, 0)
/* The reader holds nothing at this moment, though it stays pinned (a quiescent state, a repin). */
#define LEAKGROW_QUIESCENT(domain, participant) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_QUIESCENT, (unsigned long)(domain), (unsigned long)(participant), 0, 0, 0)

/* The object at this address waits to be freed from now on. size is its bytes, or 0 for those of the heap block that it lies in. If it
 * lies in a heap block, that block's free is its end. */
#define LEAKGROW_RETIRE(domain, object, size) LEAKGROW_RETIRE_OWNER(domain, object, size, 0, 0)
/* The same for an object with pointers to blocks that are freed with it: they count, too. levels (up to 8) says how many levels of
 * pointers are followed; only pointers to the begin of a block count, and none to blocks of the object's own size and allocation stack,
 * which are taken for neighbours in a list or tree. stash, not 0, names the list in which the object waits until LEAKGROW_QUEUED, say the
 * thread's own; with 0 it is queued at once. */
#define LEAKGROW_RETIRE_OWNER(domain, object, size, levels, stash)                                                 \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_RETIRE, (unsigned long)(domain), (unsigned long)(object), (unsigned long)(size), \
                     (unsigned long)(levels), (unsigned long)(stash))
/* One object, or everything in a stash, was handed over and waits for its grace period. */
#define LEAKGROW_QUEUED(domain, object) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_QUEUED, (unsigned long)(domain), 0, (unsigned long)(object), 0, 0)
#define LEAKGROW_QUEUED_ALL(domain, stash) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_QUEUED, (unsigned long)(domain), (unsigned long)(stash), 0, 0, 0)
/* The epoch advanced to this number (0: it has none), or a grace period ended. */
#define LEAKGROW_ADVANCE(domain, epoch) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_ADVANCE, (unsigned long)(domain), (unsigned long)(epoch), 0, 0, 0)
/* The object's destructor is about to run. */
#define LEAKGROW_RECLAIM(domain, object) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_RECLAIM, (unsigned long)(domain), (unsigned long)(object), 0, 0, 0)
/* The object is gone. For what is not in a heap block, or goes back to a pool of the program; free and delete are seen by themselves. */
#define LEAKGROW_FREE(domain, object) \
  LEAKGROW_REQUEST5_(LEAKGROW_REQ_FREE, (unsigned long)(domain), (unsigned long)(object), 0, 0, 0)

#endif
