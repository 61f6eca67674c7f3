/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_monitor: see lg_monitor.h. */
#include "lg_monitor.h"

#include "lg_account.h"
#include "lg_books.h"
#include "lg_domain_say.h"
#include "lg_options.h"
#include "lg_snapshot.h"
#include "lg_stack.h"
#include "lg_symbol.h"
#include "lg_inside.h"
#include "lg_who.h"
#include "lg_word.h"
#include "lg_writer.h"

#include "pub_tool_execontext.h"
#include "pub_tool_gdbserver.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_options.h"
#include "pub_tool_vki.h"
#include "pub_tool_xtree.h"

#define LG_MONITOR_FILE  "leakgrow.vgdb.out"
#define LG_XTMEMORY_FILE "xtmemory.kcg"
#define LG_MONITOR_WORDS \
  "help snapshot detailed_snapshot all_snapshots xtmemory top growth mark lag who contexts census"

/* Frames that one of Valgrind's ExeContexts can have, if --num-callers is no less. */
enum { DEEPEST_BACKTRACE = 500 };

static void help(void)
{
   VG_(gdb_printf)
   ("\n"
    "leakgrow monitor commands:\n"
    "  snapshot [<file>]\n"
    "  detailed_snapshot [<file>]\n"
    "      writes a snapshot of all accounts to the profile, and the whole profile to <file> if given\n"
    "  all_snapshots [<file>]\n"
    "      writes the whole profile as it stands to <file> [" LG_MONITOR_FILE "]\n"
    "  xtmemory [<file>]\n"
    "      writes what every stack holds, for kcachegrind, to <file> [" LG_XTMEMORY_FILE "]\n"
    "  top [<n>]\n"
    "      the n stacks that hold most [10]\n"
    "  who <address>\n"
    "      the live block that contains the address (0x and hexadecimal, or decimal): size, age, context, stack\n"
    "  growth\n"
    "      what keeps growing, as the summary at exit would say it now\n"
    "  mark <name>\n"
    "      a snapshot under this name, as by LEAKGROW_MARK\n"
    "  contexts [<n>]\n"
    "      the n paths of spans, tasks and thread names that hold most [10]\n"
    "  census [<n>]\n"
    "      the n groups of spans and tasks of which most are open [10]\n"
    "  lag\n"
    "      what waits in every reclamation domain, for how long, and who is in the way\n"
    "\n");
}

/* Where a file is that the program, not the one who asks, would find under this name. The caller frees. */
static HChar *whole_name(const HChar *file)
{
   HChar directory[VKI_PATH_MAX];
   SSizeT n = file[0] == '/' ? 0 : VG_(readlink)("/proc/self/cwd", directory, sizeof directory - 1);
   HChar *name = VG_(malloc)("lg.monitor.name.1", (n > 0 ? n : 0) + VG_(strlen)(file) + 2);
   directory[n > 0 ? n : 0] = '\0';
   VG_(sprintf)(name, "%s%s%s", directory, n > 0 ? "/" : "", file);
   return name;
}

static void save(const HChar *file)
{
   HChar *name = whole_name(file);
   LG_(snapshot_flush)();
   if (LG_(writer_save)(file))
      VG_(gdb_printf)("profile written to %s\n", name);
   else
      VG_(gdb_printf)("error: can not write the profile to %s\n", name);
   VG_(free)(name);
}

static void snapshot(const HChar *file)
{
   LG_(snapshot_event)(LG_EVENT_REQUEST, "");
   VG_(gdb_printf)("snapshot taken\n");
   if (file)
      save(file);
}

static void growth(void)
{
   LgBooks books;
   LG_(snapshot_flush)();
   if (LG_(books_analyse)(&books))
      LG_(books_say)(&books, (UInt)LG_(opt).summary_findings, VG_(gdb_printf));
   else
      VG_(gdb_printf)("error: not enough memory to analyse %u accounts\n", books.source.n_accounts);
   LG_(books_release)(&books);
}

/* ---- top ---- */

/* The heap account that holds most among those after `last` in the order (bytes downwards, then ids), or NULL. */
static const LgAccount *next_largest(const LgAccount *last)
{
   const LgAccount *best = NULL;
   for (UInt id = 1; id <= LG_(account_count)(); id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      Bool is_after = !last || a->live_B < last->live_B || (a->live_B == last->live_B && a->id > last->id);
      if (a->kind == LG_ACCOUNT_HEAP && a->live_B > 0 && is_after && (!best || a->live_B > best->live_B))
         best = a;
   }
   return best;
}

/* How many rows a table is to have: `count`, or 10. 0, and it is said, when that is no number of rows. */
static UInt n_rows(const HChar *command, const HChar *count)
{
   enum { DEFAULT_COUNT = 10, MAX_COUNT = 1000 };
   HChar *end = NULL;
   Long n = count ? VG_(strtoll10)(count, &end) : DEFAULT_COUNT;
   if (n >= 1 && n <= MAX_COUNT && !(end && *end))
      return (UInt)n;
   VG_(gdb_printf)("%s: %s is not a number from 1 to %d\n", command, count, MAX_COUNT);
   return 0;
}

static void top(const HChar *count)
{
   enum { SHOWN_FRAMES = 3 };
   UInt n = n_rows("top", count);
   HChar buffer[64];
   lg_text t;
   for (const LgAccount *a = next_largest(NULL); a && n > 0; a = next_largest(a), n--) {
      UInt frames[LG_FRAMES_MAX], n_frames = LG_(stack_frames)(a->stack, frames);
      lg_text_init(&t, buffer, sizeof buffer);
      lg_word_bytes(&t, a->live_B);
      VG_(gdb_printf)("%10s in %8u blocks ", buffer, a->live_blk);
      for (UInt i = 0; i < n_frames && i < SHOWN_FRAMES; i++)
         VG_(gdb_printf)("%s%s", i ? " < " : "", LG_(names_text)(LG_(symbol_fns)(), LG_(symbol_frame)(frames[i])->fn));
      VG_(gdb_printf)("\n");
   }
}

/* ---- xtmemory ---- */

typedef struct {
   ULong cur_B, cur_blk, tot_B, tot_blk;
} Img;

static void img_init(void *value)
{
   VG_(memset)(value, 0, sizeof(Img));
}

static void img_add(void *to, const void *value)
{
   Img *sum = to;
   const Img *v = value;
   sum->cur_B += v->cur_B;
   sum->cur_blk += v->cur_blk;
   sum->tot_B += v->tot_B;
   sum->tot_blk += v->tot_blk;
}

static void img_sub(void *from, const void *value)
{
   Img *sum = from;
   const Img *v = value;
   sum->cur_B -= v->cur_B;
   sum->cur_blk -= v->cur_blk;
   sum->tot_B -= v->tot_B;
   sum->tot_blk -= v->tot_blk;
}

/* Valgrind's interface wants the text to stay until the next call. */
static HChar img_text[4 * 24];

static const HChar *img_value(const void *value)
{
   const Img *v = value;
   if (v->tot_blk == 0)
      return NULL;
   VG_(sprintf)(img_text, "%llu %llu %llu %llu", v->cur_B, v->cur_blk, v->tot_B, v->tot_blk);
   return img_text;
}

/* What all stacks hold. */
static XTree *memory_tree(void)
{
   XTree *xt =
      VG_(XT_create)(VG_(malloc), "lg.monitor.xtmemory.1", VG_(free), sizeof(Img), img_init, img_add, img_sub, NULL);
   Int saved = VG_(clo_backtrace_size);
   for (UInt id = 1; id <= LG_(account_count)(); id++) {
      const LgAccount *a = LG_(account_by_id)(id);
      Addr ips[LG_UNWIND_MAX];
      UInt n = a->kind == LG_ACCOUNT_HEAP ? LG_(stack_ips)(a->stack, ips) : 0;
      if (n == 0)
         continue;
      if (n > DEEPEST_BACKTRACE)
         n = DEEPEST_BACKTRACE;
      if (VG_(clo_backtrace_size) < (Int)n)
         VG_(clo_backtrace_size) = (Int)n;
      Img img = {a->live_B, a->live_blk, a->total_B, a->total_blk};
      VG_(XT_add_to_ec)(xt, VG_(make_ExeContext_from_StackTrace)(ips, n), &img);
   }
   VG_(clo_backtrace_size) = saved;
   return xt;
}

/* Valgrind's own functions tell nobody but the log when a file cannot be written. */
static Bool is_writable(const HChar *file)
{
   SysRes r = VG_(open)(file, VKI_O_CREAT | VKI_O_TRUNC | VKI_O_WRONLY, VKI_S_IRUSR | VKI_S_IWUSR);
   if (!sr_isError(r))
      VG_(close)((Int)sr_Res(r));
   return !sr_isError(r);
}

static Bool is_empty(const HChar *file)
{
   struct vg_stat info;
   return sr_isError(VG_(stat)(file, &info)) || info.size == 0;
}

static void xtmemory(const HChar *file)
{
   HChar *name = whole_name(file);
   Bool ok = is_writable(file);
   if (ok) {
      XTree *xt = memory_tree();
      VG_(XT_callgrind_print)
      (xt, file,
       "curB : currently allocated Bytes,curBk : currently allocated Blocks,totB : total allocated Bytes,"
       "totBk : total allocated Blocks",
       img_value);
      VG_(XT_delete)(xt);
      ok = !is_empty(file);
   }
   if (ok)
      VG_(gdb_printf)("xtree written to %s\n", name);
   else
      VG_(gdb_printf)("error: can not write the xtree to %s\n", name);
   VG_(free)(name);
}

/* ---- commands ---- */

static void mark(const HChar *name)
{
   if (!name) {
      VG_(gdb_printf)("mark: a name is missing\n");
      return;
   }
   LG_(snapshot_event)(LG_EVENT_MARK, name);
   VG_(gdb_printf)("marked\n");
}

/* How many words follow: not more than the command knows what to do with? */
static Bool are_words_known(Int command, const HChar *rest)
{
   enum { ANY = 255 };
   static const UChar known[] = {ANY, 1, 1, 1, 1, 1, 0, ANY, 0, 1, 1, 1}; /* as LG_MONITOR_WORDS */
   UInt n = 0;
   for (const HChar *at = rest; at && *at; at++)
      n += *at != ' ' && (at == rest || at[-1] == ' ');
   return n <= known[command];
}

/* `arg` is the first word after the command, `rest` all of them; NULL when there are none. */
static void run(Int command, const HChar *arg, const HChar *rest)
{
   switch (command) {
   case 0:
      help();
      break;
   case 1:
   case 2:
      snapshot(arg);
      break;
   case 3:
      save(arg ? arg : LG_MONITOR_FILE);
      break;
   case 4:
      xtmemory(arg ? arg : LG_XTMEMORY_FILE);
      break;
   case 5:
      top(arg);
      break;
   case 6:
      growth();
      break;
   case 8:
      LG_(snapshot_flush)();
      LG_(domain_say)(VG_(gdb_printf));
      break;
   case 9:
      LG_(who)(arg);
      break;
   case 10:
      LG_(inside_contexts)(n_rows("contexts", arg), VG_(gdb_printf));
      break;
   case 11:
      LG_(inside_census)(n_rows("census", arg), VG_(gdb_printf));
      break;
   default:
      mark(rest);
   }
}

Bool LG_(monitor_command)(ThreadId tid, const HChar *line)
{
   (void)tid;
   HChar *copy = VG_(strdup)("lg.monitor.command.1", line), *save_ptr;
   HChar *word = VG_(strtok_r)(copy, " ", &save_ptr);
   Int command = word ? VG_(keyword_id)(LG_MONITOR_WORDS, word, kwd_report_duplicated_matches) : -1;
   if (command >= 0) {
      const HChar *rest = line + (word - copy) + VG_(strlen)(word);
      while (*rest == ' ')
         rest++;
      if (are_words_known(command, rest))
         run(command, VG_(strtok_r)(NULL, " ", &save_ptr), *rest ? rest : NULL);
      else
         VG_(gdb_printf)("%s: too many arguments; nothing was done\n", word);
   }
   VG_(free)(copy);
   return command != -1;
}
