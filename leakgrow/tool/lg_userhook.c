/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_userhook: see lg_userhook.h. */
#include "lg_userhook.h"

#include "lg_account.h"
#include "lg_clock.h"
#include "lg_context.h"
#include "lg_heap.h"
#include "lg_hook.h"
#include "lg_instance.h"
#include "lg_label.h"
#include "lg_options.h"
#include "lg_peek.h"
#include "lg_snapshot.h"

#include "lg_row.h"
#include "lg_word.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

enum {
   FILE_MAX_B = 1 << 20,
   FILES_MAX = 8, /* so that pack() has room for all labels in 32 bits */
   ROW_BITS = 12,
   ROWS_MAX = 1 << ROW_BITS,
   TEXT_MAX_B = LG_LABEL_NAME_MAX_B
};

typedef struct {
   LgHookSet set;
   LgHook *hooks; /* [n] */
   lg_row *rows;  /* [n] */
   UInt n;
   ULong n_unread; /* events whose values could not be read */
} File;

static struct {
   File *files;
   UInt n_files;
   LgHookSet context_fns;
} st;

/* ---- calls as spans ---- */

static void on_ended(ThreadId tid, UWord result, UWord data)
{
   (void)result;
   (void)data;
   LG_(context_settle)(tid);
}

/* A function that calls itself is one span: nothing is to be told apart in it. */
static Bool is_recursion(ThreadId tid, const LgHookCall *call, UInt label)
{
   UInt context = LG_(context_of_thread)(tid);
   return LG_(thread_contexts)[tid].lazy_sp > call->sp && LG_(context_child)(context, label) == context;
}

static void begin_call(ThreadId tid, const LgHookCall *call, UInt label)
{
   if (is_recursion(tid, call, label))
      return;
   LG_(call_begin)(tid, label, call->sp);
   LG_(hook_on_return)(tid, call, on_ended, 0);
}

static void on_context_fn(ThreadId tid, const LgHookCall *call)
{
   if (UNLIKELY(*call->note == 0))
      *call->note = LG_(label_intern)(LG_LABEL_FN, call->fn, "", 0);
   begin_call(tid, call, *call->note);
}

void LG_(userhook_add_context_fns)(void)
{
   Word n = VG_(sizeXA)(LG_(opt).context_fns);
   if (n == 0)
      return;
   LgHook *hooks = VG_(malloc)("lg.userhook.context_fns.1", n * sizeof *hooks);
   for (Word i = 0; i < n; i++) {
      const HChar *pattern = *(const HChar **)VG_(indexXA)(LG_(opt).context_fns, i);
      hooks[i] = (LgHook){pattern, pattern, on_context_fn};
   }
   st.context_fns = (LgHookSet){"context-fn", hooks, (UInt)n, NULL, True};
   LG_(hook_add_set)(&st.context_fns);
}

/* ---- values ---- */

static Bool follow(const lg_row_value *v, UWord word, UWord *out)
{
   for (UInt i = 0; i < v->n_steps; i++)
      if (!LG_(peek)(word + (Word)v->steps[i], &word, sizeof word))
         return False;
   *out = word;
   return True;
}

static Bool value_of(const LgHookCall *call, const lg_row_value *v, UWord *out)
{
   return v->from >= 1 && v->from <= LG_HOOK_ARGS && follow(v, call->arg[v->from - 1], out);
}

/* The label's text; False when it cannot be read. */
static Bool text_of(const LgHookCall *call, const lg_row *row, HChar text[TEXT_MAX_B])
{
   UWord at = 0, len;
   const HChar *name;
   if (row->label >= LG_ROW_STRING && !value_of(call, &row->string, &at))
      return False;
   switch (row->label) {
   case LG_ROW_FN:
      VG_(snprintf)(text, TEXT_MAX_B, "%s", call->fn);
      return True;
   case LG_ROW_TEXT:
      len = row->text_n < TEXT_MAX_B - 1 ? row->text_n : TEXT_MAX_B - 1;
      VG_(memcpy)(text, row->text, len);
      text[len] = 0;
      return True;
   case LG_ROW_STRING:
      return LG_(peek_string)(at, text, TEXT_MAX_B);
   case LG_ROW_SIZED:
      if (!value_of(call, &row->length, &len))
         return False;
      len = len < TEXT_MAX_B - 1 ? len : TEXT_MAX_B - 1;
      text[len] = 0;
      return LG_(peek)(at, text, len);
   case LG_ROW_SYMBOL:
      if (!VG_(get_fnname)(VG_(current_DiEpoch)(), at, &name))
         return False;
      VG_(snprintf)(text, TEXT_MAX_B, "%s", name);
      return True;
   }
   return False;
}

/* 0 when it cannot be read. A label that never changes is made once. */
static UInt label_of(const LgHookCall *call, const lg_row *row, LgLabelKind kind)
{
   HChar text[TEXT_MAX_B];
   Bool is_fixed = row->label == LG_ROW_FN || row->label == LG_ROW_TEXT;
   if (is_fixed && *call->note)
      return *call->note;
   UInt label = text_of(call, row, text) ? LG_(label_intern)(kind, text, "", 0) : 0;
   if (is_fixed)
      *call->note = label;
   return label;
}

/* ---- events ---- */

static void new_task(ThreadId tid, UWord id, UInt label, Bool is_adopted)
{
   LgHeapBlock block;
   Bool in_block = LG_(heap_find)(id, &block) && block.start == id;
   if (in_block && is_adopted && block.account) {
      const LgAccount *a = LG_(account_now)(block.account);
      LG_(task_new)(tid, LG_SPACE_HOOK_TASK, id, label, a->stack, a->context);
   } else {
      LG_(task_new)(tid, LG_SPACE_HOOK_TASK, id, label, 0, LG_(context_of_thread)(tid));
   }
   if (in_block)
      LG_(heap_watch)(id);
}

static void new_span(ThreadId tid, UWord id, UInt label, const lg_row *row, UWord parent_id)
{
   LgParent parent = row->parent == LG_ROW_NONE    ? LG_PARENT_NONE
                     : row->parent == LG_ROW_VALUE ? LG_PARENT_ID
                                                   : LG_PARENT_CURRENT;
   LG_(span_new)(tid, LG_SPACE_HOOK_SPAN, LG_BY_HOOK, id, label, parent, parent_id);
}

/* `data`: file, row and label of a call whose result is the id. */
static UWord pack(UInt file, UInt row, UInt label)
{
   return ((UWord)label << ROW_BITS | row) * st.n_files + file;
}

static void on_created(ThreadId tid, UWord result, UWord data)
{
   File *f = &st.files[data % st.n_files];
   const lg_row *row = &f->rows[data / st.n_files & (ROWS_MAX - 1)];
   UInt label = (UInt)(data / st.n_files >> ROW_BITS);
   UWord id;
   if (!follow(&row->id, result, &id))
      f->n_unread++;
   else if (row->event == LG_ROW_TASK_NEW)
      new_task(tid, id, label, /*is_adopted*/ False);
   else
      new_span(tid, id, label, row, 0);
}

static void run_task(ThreadId tid, const LgHookCall *call, UWord id, UInt label)
{
   if (!LG_(instance_is_open)(LG_SPACE_HOOK_TASK, id))
      new_task(tid, id, label, /*is_adopted*/ True);
   LG_(hook_on_return)(tid, call, on_ended, 0);
   LG_(task_resume)(tid, LG_SPACE_HOOK_TASK, id, call->sp);
}

static void tick(const LgHookCall *call, const lg_row *row)
{
   UWord n = 1;
   if (row->n.from)
      value_of(call, &row->n, &n);
   LG_(clock_add_ticks)(n);
   if (LG_(clock_is_due)())
      LG_(snapshot_next_interval)();
}

static void named_snapshot(const LgHookCall *call, const lg_row *row)
{
   HChar text[TEXT_MAX_B];
   if (!text_of(call, row, text))
      VG_(snprintf)(text, sizeof text, "%s", call->fn);
   LG_(snapshot_event)(row->event == LG_ROW_MARK ? LG_EVENT_MARK : LG_EVENT_REQUEST, text);
}

/* Events of something with an id. False when a value could not be read. */
static Bool identified(ThreadId tid, const LgHookCall *call, File *f, const lg_row *row)
{
   UWord id = 0, parent_id = 0;
   UInt label = 0;
   LgLabelKind kind = row->event == LG_ROW_SPAN_NEW ? LG_LABEL_SPAN : LG_LABEL_TASK;
   if (row->event == LG_ROW_SPAN_NEW || row->event == LG_ROW_TASK_NEW || row->event == LG_ROW_TASK_RUN)
      if ((label = label_of(call, row, kind)) == 0)
         return False;
   if (row->id.from > LG_HOOK_ARGS)
      return LG_(hook_on_return)(tid, call, on_created, pack((UInt)(f - st.files), (UInt)(row - f->rows), label));
   if (!value_of(call, &row->id, &id) || (row->parent == LG_ROW_VALUE && !value_of(call, &row->parent_id, &parent_id)))
      return False;
   switch (row->event) {
   case LG_ROW_SPAN_NEW:
      new_span(tid, id, label, row, parent_id);
      break;
   case LG_ROW_SPAN_ENTER:
      LG_(span_enter)(tid, LG_SPACE_HOOK_SPAN, LG_BY_HOOK, id);
      break;
   case LG_ROW_SPAN_EXIT:
      LG_(span_exit)(tid, LG_SPACE_HOOK_SPAN, LG_BY_HOOK, id);
      break;
   case LG_ROW_SPAN_CLOSE:
      LG_(span_close)(tid, LG_SPACE_HOOK_SPAN, LG_BY_HOOK, id);
      break;
   case LG_ROW_TASK_NEW:
      new_task(tid, id, label, /*is_adopted*/ False);
      break;
   case LG_ROW_TASK_RUN:
      run_task(tid, call, id, label);
      break;
   case LG_ROW_TASK_RESUME:
      LG_(task_resume)(tid, LG_SPACE_HOOK_TASK, id, 0);
      break;
   case LG_ROW_TASK_SUSPEND:
      LG_(task_suspend)(tid, LG_SPACE_HOOK_TASK, id);
      break;
   default:
      LG_(task_end)(tid, LG_SPACE_HOOK_TASK, id);
      break;
   }
   return True;
}

static void on_row(ThreadId tid, const LgHookCall *call, File *f, const lg_row *row)
{
   UInt label = 0;
   switch (row->event) {
   case LG_ROW_TICK:
      tick(call, row);
      return;
   case LG_ROW_MARK:
   case LG_ROW_SNAPSHOT:
      named_snapshot(call, row);
      return;
   case LG_ROW_SPAN_END:
      if (row->has_label && (label = label_of(call, row, LG_LABEL_SPAN)) == 0)
         break;
      LG_(span_end)(tid, label);
      return;
   case LG_ROW_SPAN_BEGIN:
      if ((label = label_of(call, row, LG_LABEL_SPAN)) == 0)
         break;
      LG_(span_begin)(tid, label);
      return;
   case LG_ROW_CALL:
      if ((label = label_of(call, row, LG_LABEL_FN)) == 0)
         break;
      begin_call(tid, call, label);
      return;
   default:
      if (identified(tid, call, f, row))
         return;
      break;
   }
   f->n_unread++;
}

static void handle(ThreadId tid, const LgHookCall *call)
{
   for (UInt i = 0; i < st.n_files; i++) {
      File *f = &st.files[i];
      if (call->hook >= f->hooks && call->hook < f->hooks + f->n) {
         on_row(tid, call, f, &f->rows[call->hook - f->hooks]);
         return;
      }
   }
}

/* ---- files ---- */

__attribute__((noreturn)) static void reject(const HChar *path, UInt line, const HChar *why)
{
   if (line)
      VG_(fmsg_bad_option)("--hooks", "%s:%u: %s.\n", path, line, why);
   else
      VG_(fmsg_bad_option)("--hooks", "%s: %s.\n", path, why);
   VG_(exit)(1);
}

/* The whole file, with a 0 behind it; never freed, rows borrow from it. */
static HChar *read_file(const HChar *path, UInt *n)
{
   SysRes r = VG_(open)(path, VKI_O_RDONLY, 0);
   if (sr_isError(r))
      reject(path, 0, "cannot be opened; the option takes yes, no or a file");
   Int fd = (Int)sr_Res(r);
   HChar *bytes = VG_(malloc)("lg.userhook.read.1", FILE_MAX_B + 1);
   UInt done = 0;
   Int got;
   while (done < FILE_MAX_B && (got = VG_(read)(fd, bytes + done, (Int)(FILE_MAX_B - done))) > 0)
      done += (UInt)got;
   HChar one;
   Bool is_longer = done == FILE_MAX_B && VG_(read)(fd, &one, 1) > 0;
   VG_(close)(fd);
   if (is_longer)
      reject(path, 0, "is longer than 1 MiB");
   if (done < FILE_MAX_B && got < 0)
      reject(path, 0, "cannot be read");
   bytes[done] = 0;
   *n = done;
   return bytes;
}

static void add_row(const HChar *path, UInt line, File *f, const lg_row *row)
{
   if (f->n == ROWS_MAX)
      reject(path, line, "there are more than 4096 hooks");
   HChar *pattern = VG_(malloc)("lg.userhook.pattern.1", row->pattern_n + 1);
   VG_(memcpy)(pattern, row->pattern, row->pattern_n);
   pattern[row->pattern_n] = 0;
   f->rows = VG_(realloc)("lg.userhook.rows.1", f->rows, (f->n + 1) * sizeof *f->rows);
   f->hooks = VG_(realloc)("lg.userhook.rows.2", f->hooks, (f->n + 1) * sizeof *f->hooks);
   f->rows[f->n] = *row;
   f->hooks[f->n++] = (LgHook){pattern, pattern, handle};
}

static void parse(const HChar *path, const HChar *bytes, UInt n, File *f)
{
   UInt line = 0;
   for (UInt from = 0; from < n; line++) {
      UInt to = from;
      while (to < n && bytes[to] != '\n')
         to++;
      lg_row row;
      const char *why;
      Int kind = lg_row_parse(bytes + from, to - from, &row, &why);
      if (kind < 0)
         reject(path, line + 1, why);
      if (kind > 0)
         add_row(path, line + 1, f, &row);
      from = to + 1;
   }
   if (f->n == 0)
      reject(path, 0, "holds no hooks");
}

static void coverage(const HChar *name, HChar *text, SizeT size)
{
   LgHookStats s;
   LG_(hook_stats)(name, &s);
   lg_text t;
   lg_text_init(&t, text, size);
   LG_(hook_word_found)(&t, &s);
   lg_word_count(&t, s.n_calls);
   lg_word_text(&t, s.n_calls == 1 ? " call" : " calls");
   for (UInt i = 0; i < st.n_files; i++) {
      if (!VG_STREQ(st.files[i].set.name, name) || st.files[i].n_unread == 0)
         continue;
      lg_word_text(&t, "; ");
      lg_word_count(&t, st.files[i].n_unread);
      lg_word_text(&t, " with values that could not be read");
   }
}

static Bool is_taken(const HChar *name)
{
   for (UInt i = 0; i < st.n_files; i++)
      if (VG_STREQ(st.files[i].set.name, name))
         return True;
   return False;
}

/* The file's own name, of letters that a word of the profile can have. "file:" keeps it apart from the names of our own sets. */
static HChar *name_of_set(const HChar *path)
{
   const HChar *slash = VG_(strrchr)(path, '/');
   const HChar *base = slash ? slash + 1 : path;
   HChar *name = VG_(malloc)("lg.userhook.name.1", VG_(strlen)(base) + 16);
   VG_(sprintf)(name, "file:%s", base);
   for (HChar *p = name; *p; p++)
      if ((UChar)*p <= ' ' || (UChar)*p >= 0x7f)
         *p = '_';
   SizeT n = VG_(strlen)(name);
   for (UInt i = 2; is_taken(name); i++)
      VG_(sprintf)(name + n, "-%u", i);
   return name;
}

void LG_(userhook_add_file)(const HChar *path)
{
   UInt n;
   File f;
   VG_(memset)(&f, 0, sizeof f);
   if (st.n_files == FILES_MAX)
      reject(path, 0, "there are more than 8 files of hooks");
   const HChar *bytes = read_file(path, &n);
   parse(path, bytes, n, &f);
   st.files = VG_(realloc)("lg.userhook.files.1", st.files, (st.n_files + 1) * sizeof *st.files);
   st.files[st.n_files] = f;
   LgHookSet *set = VG_(malloc)("lg.userhook.set.1", sizeof *set);
   *set = (LgHookSet){name_of_set(path), f.hooks, f.n, coverage, True};
   st.files[st.n_files++].set = *set;
   LG_(hook_add_set)(set);
}
