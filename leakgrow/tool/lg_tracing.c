/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_tracing: see lg_tracing.h. */
#include "lg_tracing.h"

#include "lg_hook.h"
#include "lg_instance.h"
#include "lg_label.h"
#include "lg_peek.h"

#include "lg_word.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { TEXT_MAX_B = 256 };

/* The label of a callsite: hash node, key is the address of its metadata. */
typedef struct {
   VgHashNode node;
   UInt label;
} Callsite;

/* What a thread is about. */
typedef struct {
   Addr attributes; /* of the span it is about to open; 0: none */
   Addr sp;
   UInt label;
   LgParent parent;
   ULong parent_id;
   ULong closing; /* id of the latest try_close */
} Thread;

static struct {
   Thread *threads; /* [VG_N_THREADS] */
   VgHashTable *callsites;
   ULong n_unloads; /* of objects, when `callsites` was emptied last */
   ULong n_opened, n_closed, n_cleared;
   ULong n_unread; /* spans whose metadata has another form */
   ULong n_lost;   /* spans whose id could not be learned */
} st;

/* ---- metadata ---- */

/* A &'static str. Its bytes are printable text, as names and paths are; what does not look so is not a string. */
static Bool read_str(Addr at, HChar text[TEXT_MAX_B], Bool may_be_none)
{
   struct {
      Addr data;
      UWord len;
   } str;
   enum { LEN_MAX = 1 << 16 };
   text[0] = 0;
   if (!LG_(peek)(at, &str, sizeof str))
      return False;
   if (may_be_none && str.data == 0)
      return True;
   if (str.len == 0 || str.len > LEN_MAX)
      return False;
   UWord n = str.len < TEXT_MAX_B - 1 ? str.len : TEXT_MAX_B - 1;
   if (!LG_(peek)(str.data, text, n))
      return False;
   text[n] = 0;
   for (UWord i = 0; i < n; i++)
      if ((UChar)text[i] < 0x20 || text[i] == 0x7f)
         return False;
   return True;
}

/* struct Metadata: level, line: Option<u32>, name, target, fields, module_path: Option<&str>, file: Option<&str>. The order is the
 * compiler's choice; all of the strings have to be there for it to be this one. */
static Bool read_metadata(Addr metadata, HChar name[TEXT_MAX_B], HChar file[TEXT_MAX_B], UInt *line)
{
   enum { W = sizeof(UWord), LINE = W == 8 ? 8 : 4, NAME = LINE + 8, STR = 2 * W, FIELDS = 4 * W };
   UInt option[2];
   HChar other[TEXT_MAX_B];
   if (metadata % W != 0 || !LG_(peek)(metadata + LINE, option, sizeof option) || option[0] > 1)
      return False;
   if (!read_str(metadata + NAME, name, False) || !read_str(metadata + NAME + STR, other, False) ||
       !read_str(metadata + NAME + 2 * STR + FIELDS, other, True) ||
       !read_str(metadata + NAME + 3 * STR + FIELDS, file, True))
      return False;
   *line = option[0] ? option[1] : 0;
   return True;
}

static void forget_callsites(void)
{
   if (st.n_unloads == LG_(hook_unloads)())
      return;
   st.n_unloads = LG_(hook_unloads)();
   VG_(HT_destruct)(st.callsites, VG_(free));
   st.callsites = VG_(HT_construct)("lg.tracing.callsites");
}

/* 0 when there is no metadata as we know it. */
static UInt label_of(Addr metadata)
{
   forget_callsites();
   Callsite *c = VG_(HT_lookup)(st.callsites, metadata);
   if (LIKELY(c != NULL))
      return c->label;
   HChar name[TEXT_MAX_B], file[TEXT_MAX_B];
   UInt line, label = 0;
   if (read_metadata(metadata, name, file, &line))
      label = LG_(label_intern)(LG_LABEL_SPAN, name, file, line);
   c = VG_(malloc)("lg.tracing.callsite.1", sizeof *c);
   c->node.key = metadata;
   c->label = label;
   VG_(HT_add_node)(st.callsites, c);
   return label;
}

/* ---- opening ---- */

/* struct Attributes: metadata, values, parent: enum { Root, Current, Explicit(Id) }, in the order that the compiler chose. The
 * metadata is known by its form. */
static void read_attributes(Addr attributes, Thread *o)
{
   enum { ROOT, CURRENT, EXPLICIT };
   struct {
      UInt parent;
      UInt padding;
      ULong parent_id;
      UWord metadata, values;
   } a;
   o->label = 0;
   o->parent = LG_PARENT_CURRENT;
   if (!LG_(peek)(attributes, &a, sizeof a) || a.parent > EXPLICIT || (o->label = label_of(a.metadata)) == 0) {
      st.n_unread++;
      o->label = LG_(label_intern)(LG_LABEL_SPAN, "(span of an unknown form)", "", 0);
      return;
   }
   o->parent = a.parent == ROOT ? LG_PARENT_NONE : a.parent == CURRENT ? LG_PARENT_CURRENT : LG_PARENT_ID;
   o->parent_id = a.parent == EXPLICIT ? a.parent_id : 0;
}

static void on_new_span_done(ThreadId tid, UWord result, UWord attributes)
{
   Thread *o = &st.threads[tid];
   ULong id = result;
#if VG_WORDSIZE == 4
   id |= (ULong)LG_(hook_result_high)() << 32;
#endif
   if (o->attributes != attributes)
      return;
   o->attributes = 0;
   st.n_opened++;
   LG_(span_new)(tid, LG_SPACE_TRACING, LG_BY_HOOK, id, o->label, o->parent, o->parent_id);
}

/* R1: an inner call has the same attributes and a deeper stack. */
static void on_new_span(ThreadId tid, const LgHookCall *call)
{
   Thread *o = &st.threads[tid];
   if (o->attributes == call->arg[1] && call->sp < o->sp)
      return;
   o->attributes = call->arg[1];
   o->sp = call->sp;
   read_attributes(call->arg[1], o);
   if (!LG_(hook_on_return)(tid, call, on_new_span_done, call->arg[1])) {
      o->attributes = 0;
      st.n_lost++;
   }
}

/* ---- entering, leaving, closing ---- */

/* An argument &Id; where the optimiser made a copy of the function for its only caller it may be the id itself. */
static ULong read_id(UWord arg)
{
   ULong id;
   return LG_(peek)(arg, &id, sizeof id) ? id : arg;
}

static void on_enter(ThreadId tid, const LgHookCall *call)
{
   LG_(span_enter)(tid, LG_SPACE_TRACING, LG_BY_HOOK, read_id(call->arg[1]));
}

static void on_exit(ThreadId tid, const LgHookCall *call)
{
   LG_(span_exit)(tid, LG_SPACE_TRACING, LG_BY_HOOK, read_id(call->arg[1]));
}

/* A bool has 8 bits. */
static void on_try_close_done(ThreadId tid, UWord result, UWord unused)
{
   (void)unused;
   if ((result & 0xff) != 1)
      return;
   st.n_closed++;
   LG_(span_close)(tid, LG_SPACE_TRACING, LG_BY_HOOK, st.threads[tid].closing);
}

/* The id is passed by value. */
static void on_try_close(ThreadId tid, const LgHookCall *call)
{
   ULong id = call->arg[1];
#if VG_WORDSIZE == 4
   id |= (ULong)call->arg[2] << 32;
#endif
   st.threads[tid].closing = id;
   if (!LG_(hook_on_return)(tid, call, on_try_close_done, 0))
      st.n_lost++;
}

static void on_clear(ThreadId tid, const LgHookCall *call)
{
   (void)tid;
   (void)call;
   st.n_cleared++;
}

/* ---- the set ---- */

#define SUBSCRIBER "as tracing_core::subscriber::Subscriber>::"
#define REGISTRY   "<tracing_subscriber::registry::sharded::Registry " SUBSCRIBER

static const LgHook hooks[] = {
   {"new_span", "<tracing_subscriber::*" SUBSCRIBER "new_span", on_new_span},
   {"enter", REGISTRY "enter", on_enter},
   {"exit", REGISTRY "exit", on_exit},
   {"close", REGISTRY "try_close", on_try_close},
   {"clear", "<tracing_subscriber::registry::sharded::DataInner as sharded_slab::clear::Clear>::clear", on_clear},
};

static void add_remark(lg_text *t, ULong n, const HChar *remark)
{
   if (n == 0)
      return;
   lg_word_text(t, "; ");
   lg_word_count(t, n);
   lg_word_text(t, remark);
}

static void coverage(const HChar *name, HChar *text, SizeT size)
{
   LgHookStats s;
   LG_(hook_stats)(name, &s);
   lg_text t;
   lg_text_init(&t, text, size);
   LG_(hook_word_found)(&t, &s);
   lg_word_count(&t, st.n_opened);
   lg_word_text(&t, st.n_opened == 1 ? " span" : " spans");
   if (st.n_cleared == 0)
      add_remark(&t, st.n_closed,
                 " closed but never cleared: a registry without layers keeps them (tracing issue 900)");
   add_remark(&t, st.n_unread, " with metadata of an unknown form");
   add_remark(&t, st.n_lost, " calls whose result was not seen");
}

void LG_(tracing_init)(void)
{
   static const LgHookSet set = {"tracing", hooks, sizeof hooks / sizeof *hooks, coverage, False};
   st.threads = VG_(calloc)("lg.tracing.init.1", VG_N_THREADS, sizeof *st.threads);
   st.callsites = VG_(HT_construct)("lg.tracing.callsites");
   LG_(hook_add_set)(&set);
}

void LG_(tracing_thread_gone)(ThreadId tid)
{
   if (st.threads)
      st.threads[tid].attributes = 0;
}
