/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tokio: see lg_tokio.h. */
#include "lg_tokio.h"

#include "lg_account.h"
#include "lg_context.h"
#include "lg_heap.h"
#include "lg_hook.h"
#include "lg_instance.h"
#include "lg_label.h"
#include "lg_peek.h"
#include "lg_rust.h"
#include "lg_symbol.h"

#include "lg_word.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

/* A label, by what it was made from: hash node, key from account and function. */
typedef struct {
   VgHashNode node;
   UInt account;
   const UInt *function; /* LgHookCall.note */
   UInt label;           /* 0: not counted (O2) */
} Known;

static struct {
   VgHashTable *labels; /* of Known */
   ULong n_homeless;    /* polls of tasks that lie in memory we know nothing of */
   ULong n_strange;     /* polls whose argument is not a task as we know it */
} st;

/* ---- labels ---- */

/* The runtime's own tasks are not the program's. Those that our crate spawns are counted by its requests, under their labels. */
static Bool is_not_counted(const HChar *fn, UInt stack)
{
   return VG_(strstr)(fn, "multi_thread::worker::Launch") != NULL ||
          LG_(rust_stack_has)(stack, "*tokio::runtime::*worker::Launch*::launch") ||
          LG_(rust_stack_has)(stack, "*tokio::runtime::builder::Builder*::build*") ||
          LG_(rust_stack_has)(stack, "leakgrow::tokio::spawn*");
}

/* By the future's type, where the name of its poll function holds it (v0 mangling) and is its only name; else by the first function
 * on the spawn stack that is not plumbing. */
static UInt make_label(const LgHookCall *call, UInt stack)
{
   HChar name[LG_RUST_NAME_MAX_B] = "task";
   const HChar *file = "";
   UInt line = 0;
   if (is_not_counted(call->fn, stack))
      return 0;
   UInt frame = LG_(rust_user_frame)(stack);
   Bool has_type = !call->is_shared && LG_(rust_future_name)(call->fn, name);
   if (frame) {
      const LgFrame *f = LG_(symbol_frame)(frame);
      if (!has_type)
         LG_(rust_function_name)(LG_(names_text)(LG_(symbol_fns)(), f->fn), name);
      file = f->file ? LG_(names_text)(LG_(symbol_files)(), f->file) : "";
      line = f->line;
   }
   return LG_(label_intern)(LG_LABEL_TASK, name, file, line);
}

static UInt label_of(const LgHookCall *call, const LgAccount *account)
{
   UWord key = account->id * 0x9e3779b1UL ^ ((UWord)call->note >> 2);
   Known *k = VG_(HT_lookup)(st.labels, key);
   if (k && k->account == account->id && k->function == call->note)
      return k->label;
   UInt label = make_label(call, account->stack);
   if (!k) {
      k = VG_(malloc)("lg.tokio.label.1", sizeof *k);
      k->node.key = key;
      VG_(HT_add_node)(st.labels, k);
   }
   k->account = account->id;
   k->function = call->note;
   k->label = label;
   return label;
}

/* ---- tasks ---- */

/* A task's header has a pointer to the vtable among its first words, and that holds the function that was called. */
static Bool is_header(Addr header, Addr function)
{
   enum { HEADER_WORDS = 6, VTABLE_WORDS = 9 };
   UWord words[HEADER_WORDS], vtable[VTABLE_WORDS];
   if (!LG_(peek)(header, words, sizeof words))
      return False;
   for (UInt i = 0; i < HEADER_WORDS; i++) {
      if (words[i] % sizeof(UWord) != 0 || !LG_(peek)(words[i], vtable, sizeof vtable))
         continue;
      for (UInt j = 0; j < VTABLE_WORDS; j++)
         if (vtable[j] == function)
            return True;
   }
   return False;
}

/* A task that is not known yet: it was spawned when its block was allocated. False when it is not to be counted. */
static Bool adopt(ThreadId tid, const LgHookCall *call)
{
   LgHeapBlock block;
   if (!LG_(heap_find)(call->arg[0], &block) || block.start != call->arg[0]) {
      st.n_homeless++;
      return False;
   }
   if (!is_header(block.start, call->at)) {
      st.n_strange++;
      return False;
   }
   if (block.account == 0) /* --ignore-fn */
      return False;
   const LgAccount *account = LG_(account_now)(block.account);
   UInt label = label_of(call, account);
   if (label == 0)
      return False;
   LG_(task_new)(tid, LG_SPACE_TOKIO, block.start, label, account->stack, account->context);
   LG_(heap_watch)(block.start);
   return True;
}

/* The stack pointer alone would tell only when it is next looked at: by then it may be deep in the runtime again. */
static void on_polled(ThreadId tid, UWord result, UWord task)
{
   (void)result;
   (void)task;
   LG_(context_settle)(tid);
}

static void on_poll(ThreadId tid, const LgHookCall *call)
{
   if (!LG_(instance_is_open)(LG_SPACE_TOKIO, call->arg[0]) && !adopt(tid, call))
      return;
   LG_(hook_on_return)(tid, call, on_polled, 0);
   LG_(task_resume)(tid, LG_SPACE_TOKIO, call->arg[0], call->sp);
}

/* A task may be shut down before it was ever polled. */
static void on_shutdown(ThreadId tid, const LgHookCall *call)
{
   if (!LG_(instance_is_open)(LG_SPACE_TOKIO, call->arg[0]))
      adopt(tid, call);
}

/* ---- the set ---- */

static const LgHook hooks[] = {
   {"poll", "tokio::runtime::task::raw::poll", on_poll},
   {"poll", "tokio::runtime::task::raw::poll::<*", on_poll},
   {"shutdown", "tokio::runtime::task::raw::shutdown", on_shutdown},
   {"shutdown", "tokio::runtime::task::raw::shutdown::<*", on_shutdown},
};

static void coverage(const HChar *name, HChar *text, SizeT size)
{
   LgHookStats s;
   LG_(hook_stats)(name, &s);
   lg_text t;
   lg_text_init(&t, text, size);
   lg_word_count(&t, s.n_found);
   lg_word_text(&t, s.n_found == 1 ? " hook, " : " hooks, ");
   ULong n = LG_(hook_calls)(name, "poll");
   lg_word_count(&t, n);
   lg_word_text(&t, n == 1 ? " poll" : " polls");
   if (st.n_homeless) {
      lg_word_text(&t, " (");
      lg_word_count(&t, st.n_homeless);
      lg_word_text(&t, " of tasks in memory of an unknown allocator)");
   }
   if (st.n_strange) {
      lg_word_text(&t, " (");
      lg_word_count(&t, st.n_strange);
      lg_word_text(&t, " of an unknown form of task)");
   }
}

void LG_(tokio_init)(void)
{
   static const LgHookSet set = {"tokio", hooks, sizeof hooks / sizeof *hooks, coverage, False};
   st.labels = VG_(HT_construct)("lg.tokio.labels");
   LG_(hook_add_set)(&set);
}
