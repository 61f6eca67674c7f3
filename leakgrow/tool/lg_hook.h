/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_hook: functions of the program whose calls we want to see, without changing the program.
 *
 * Answers: a function whose name matches a row of a table is called: with which arguments? And, if the handler asks: what does it
 * return? When an object is loaded its symbols are matched (lg_scan); where a function begins that matches, translated code calls us.
 * Nothing else is touched: programs without matches run the code they would run without us.
 *
 * E1  a handler runs before the function's first instruction, with the guest's registers up to date: it may capture stacks, read
 *     symbols and the client's memory (lg_peek), and change the books.
 * E2  arguments are integers and pointers as the platform's C calling convention passes them: in registers on amd64, on the stack on x86.
 *     On other platforms there are no hooks, and the coverage says so.
 * E3  a jump to a function's first instruction counts as a call: compilers make tail calls so. */
#ifndef LG_HOOK_H
#define LG_HOOK_H

#include "lg_compat.h"

#include "lg_word.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_threadstate.h"
#include "pub_tool_tooliface.h"

enum { LG_HOOK_ARGS = 6 };

struct LgHook;
typedef struct {
   UWord arg[LG_HOOK_ARGS]; /* as far as the function has so many; x86: 0 where the stack cannot be read */
   Addr sp;                 /* points to return_to */
   Addr return_to;          /* 0 when it cannot be read */
   Addr at;                 /* the function's first instruction */
   const HChar *fn;         /* demangled, without return type and parameters; borrowed during the call */
   Bool is_shared;          /* `fn` is one of several names: the compiler made one function of several equal ones */
   UInt *note; /* the handler's own, one per (row, function), 0 at first: what it found out about the function */
   const struct LgHook *hook; /* NULL: from hook_at() */
} LgHookCall;

/* One row. Rows of the same event are alternatives: names in other versions. */
typedef struct LgHook {
   const HChar *event, *pattern; /* pattern: see lg_scan N1 */
   void (*handle)(ThreadId tid, const LgHookCall *call);
} LgHook;

typedef struct {
   const HChar *name; /* without spaces */
   const LgHook *hooks;
   UInt n_hooks;
   /* What to say of the set ("": nothing); NULL: "1 of 1 hooks, 3,004 calls". Asked only when a function was found, or the set has no
    * hooks. */
   void (*coverage)(const HChar *name, HChar *text, SizeT size);
   Bool is_asked_for; /* by the user: spoken of even when nothing was found */
} LgHookSet;

/* Adds a set, from post_clo_init. Borrowed for ever. */
void LG_(hook_add_set)(const LgHookSet *set);

/* For lg_prefix, which stands where objects are read and forgotten. */
void LG_(hook_object_loaded)(const DebugInfo *di);
void LG_(hook_object_unloaded)(const DebugInfo *di);

/* How often objects were unloaded: what was learned of static data before may be wrong. */
ULong LG_(hook_unloads)(void);

/* Whether a hooked function begins here: then a superblock has to begin here, too. */
Bool LG_(hook_is_entry)(Addr a);

/* The superblock, or a copy with our calls. */
IRSB *LG_(hook_instrument)(IRSB *sb);

/* From a handler: the function that begins at this address (a callback that was handed over, say) calls `handle` from now on. Asking
 * again does nothing. False where there are no hooks or no code, or when there are too many such functions. */
Bool LG_(hook_at)(Addr fn, void (*handle)(ThreadId tid, const LgHookCall *call));

/* From a handler: when this call returns, `handle` is called at the place it returns to, with the (first) integer result and `data`.
 * False when that cannot be done: no place to return to, or too many calls under way. Calls that end by longjmp or an exception are
 * not told of. */
Bool LG_(hook_on_return)(ThreadId tid, const LgHookCall *call, void (*handle)(ThreadId tid, UWord result, UWord data),
                         UWord data);

/* From such a handler: the second integer result: the upper half of what does not fit into one. */
UWord LG_(hook_result_high)(void);

/* A thread is gone, with its calls under way. */
void LG_(hook_thread_gone)(ThreadId tid);

typedef struct {
   UInt n_events, n_found; /* distinct events; of these, with a function that was seen in an object so far */
   ULong n_calls;          /* handled */
} LgHookStats;

/* Of a set by its name; all 0 when there is none. */
void LG_(hook_stats)(const HChar *set, LgHookStats *out);
/* How a set's coverage begins: "4 of 5 hooks, ". */
void LG_(hook_word_found)(lg_text *t, const LgHookStats *s);
/* Handled calls of one event of a set. */
ULong LG_(hook_calls)(const HChar *set, const HChar *event);

/* Calls visit for every set that has something to say, in the order in which they were added. */
void LG_(hook_visit)(void (*visit)(void *arg, const HChar *name, const HChar *text), void *arg);

#endif
