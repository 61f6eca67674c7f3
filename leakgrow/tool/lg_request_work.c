/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_request_work: see lg_request_work.h. */
#include "lg_request_work.h"

#include "lg_context.h"
#include "lg_counter.h"
#include "lg_heap.h"
#include "lg_instance.h"
#include "lg_label.h"
#include "lg_peek.h"

#include "leakgrow.h"

#include "pub_tool_libcbase.h"

enum { REMEMBERED = 1024 };

/* A label that was read: the words it is made of, and its id. */
typedef struct {
   LeakgrowLabel words;
   UInt id; /* 0: free */
   LgLabelKind kind;
} Known;

static struct {
   Known known[REMEMBERED]; /* by place of the name */
   Addr first, last;        /* the strings of known labels lie between these */
} st;

static Bool refuse(ThreadId tid)
{
   LG_(counter_add)(LG_BAD_REQUEST, tid);
   return False;
}

static inline UInt index_of(const LeakgrowLabel *words, LgLabelKind kind)
{
   UWord h = (UWord)words->name * 31 + (UWord)words->file * 17 + words->line * 7 + kind;
   return (UInt)((h ^ (h >> 10) ^ (h >> 20)) % REMEMBERED);
}

static void widen(Addr a)
{
   if (a == 0)
      return;
   if (st.first == 0 || a < st.first)
      st.first = a;
   if (a + LG_LABEL_NAME_MAX_B > st.last)
      st.last = a + LG_LABEL_NAME_MAX_B;
}

static void remember(const LeakgrowLabel *words, LgLabelKind kind, UInt id)
{
   Known *k = &st.known[index_of(words, kind)];
   k->words = *words;
   k->kind = kind;
   k->id = id;
   widen((Addr)words->name);
   widen((Addr)words->file);
}

void LG_(request_work_forget)(Addr a, SizeT len)
{
   if (st.first == 0 || a > st.last || (a <= st.first && st.first - a >= len))
      return;
   VG_(memset)(&st, 0, sizeof st);
}

/* Reads a label of the client. 0 when it cannot be read. */
static UInt read_label(Addr a, LgLabelKind kind)
{
   LeakgrowLabel words;
   HChar name[LG_LABEL_NAME_MAX_B], file[LG_LABEL_NAME_MAX_B] = "";
   if (a == 0 || !LG_(peek)(a, &words, sizeof words))
      return 0;
   const Known *k = &st.known[index_of(&words, kind)];
   if (LIKELY(k->id && k->words.name == words.name && k->words.file == words.file && k->words.line == words.line &&
              k->kind == kind))
      return k->id;
   if (!words.name || !LG_(peek_string)((Addr)words.name, name, sizeof name))
      return 0;
   if (words.file && !LG_(peek_string)((Addr)words.file, file, sizeof file))
      return 0;
   UInt id = LG_(label_intern)(kind, name, file, words.line);
   remember(&words, kind, id);
   return id;
}

static Bool new_span(ThreadId tid, UWord id, Addr label_at, UWord parent, UWord flags)
{
   enum { PARENT_BITS = 3, KNOWN_BITS = PARENT_BITS | LEAKGROW_OF_TRACING };
   static const LgParent modes[] = {LG_PARENT_CURRENT, LG_PARENT_NONE, LG_PARENT_ID};
   UWord mode = flags & PARENT_BITS;
   UInt label = read_label(label_at, LG_LABEL_SPAN);
   if (!label || mode > LEAKGROW_PARENT_ID || (flags & ~(UWord)KNOWN_BITS) != 0)
      return refuse(tid);
   LG_(span_new)
   (tid, flags & LEAKGROW_OF_TRACING ? LG_SPACE_TRACING : LG_SPACE_SPAN, LG_BY_REQUEST, id, label, modes[mode], parent);
   return True;
}

static Bool new_task(ThreadId tid, UWord id, Addr label_at, UWord flags)
{
   LgHeapBlock block;
   UInt label = read_label(label_at, LG_LABEL_TASK);
   Bool in_block = (flags & LEAKGROW_IN_BLOCK) != 0;
   if (!label || (flags & ~(UWord)LEAKGROW_IN_BLOCK) != 0 ||
       (in_block && (!LG_(heap_find)(id, &block) || block.start != id)))
      return refuse(tid);
   LG_(task_new)(tid, LG_SPACE_TASK, id, label, /*stack*/ 0, LG_(context_of_thread)(tid));
   if (in_block)
      LG_(task_in_block)(LG_SPACE_TASK, id);
   return True;
}

static Bool begin_or_end(ThreadId tid, UWord request, Addr label_at)
{
   UInt label = label_at || request == LEAKGROW_REQ_SPAN_BEGIN ? read_label(label_at, LG_LABEL_SPAN) : 0;
   if (!label && (label_at || request == LEAKGROW_REQ_SPAN_BEGIN))
      return refuse(tid);
   if (request == LEAKGROW_REQ_SPAN_BEGIN)
      LG_(span_begin)(tid, label);
   else
      LG_(span_end)(tid, label);
   return True;
}

/* ENTER, EXIT, CLOSE: the space is tracing's when a flag says so. */
static Bool about_span(ThreadId tid, UWord request, UWord id, UWord flags)
{
   if ((flags & ~(UWord)LEAKGROW_OF_TRACING) != 0)
      return refuse(tid);
   LgIdSpace space = flags & LEAKGROW_OF_TRACING ? LG_SPACE_TRACING : LG_SPACE_SPAN;
   if (request == LEAKGROW_REQ_SPAN_ENTER)
      LG_(span_enter)(tid, space, LG_BY_REQUEST, id);
   else if (request == LEAKGROW_REQ_SPAN_EXIT)
      LG_(span_exit)(tid, space, LG_BY_REQUEST, id);
   else
      LG_(span_close)(tid, space, LG_BY_REQUEST, id);
   return True;
}

static Bool about_task(ThreadId tid, UWord request, UWord id)
{
   if (request == LEAKGROW_REQ_TASK_RESUME)
      LG_(task_resume)(tid, LG_SPACE_TASK, id, 0);
   else if (request == LEAKGROW_REQ_TASK_SUSPEND)
      LG_(task_suspend)(tid, LG_SPACE_TASK, id);
   else
      LG_(task_end)(tid, LG_SPACE_TASK, id);
   return True;
}

Bool LG_(request_work)(ThreadId tid, const UWord *arg, UWord *result)
{
   if (arg[0] < LEAKGROW_REQ_SPAN_NEW || arg[0] > LEAKGROW_REQ_TASK_END)
      return False;
   LG_(heap_before_event)(0);
   switch (arg[0]) {
   case LEAKGROW_REQ_SPAN_NEW:
      *result = new_span(tid, arg[1], arg[2], arg[3], arg[4]);
      break;
   case LEAKGROW_REQ_SPAN_BEGIN:
   case LEAKGROW_REQ_SPAN_END:
      *result = begin_or_end(tid, arg[0], arg[1]);
      break;
   case LEAKGROW_REQ_TASK_NEW:
      *result = new_task(tid, arg[1], arg[2], arg[4]);
      break;
   case LEAKGROW_REQ_TASK_RESUME:
   case LEAKGROW_REQ_TASK_SUSPEND:
   case LEAKGROW_REQ_TASK_END:
      *result = about_task(tid, arg[0], arg[1]);
      break;
   default:
      *result = about_span(tid, arg[0], arg[1], arg[2]);
   }
   return True;
}
