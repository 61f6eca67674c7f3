/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_options: see lg_options.h. */
#include "lg_options.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_options.h"
#include "pub_tool_replacemalloc.h"

LgOptions LG_(opt);

static const HChar *const unit_names[] = {"ms", "B", "i", "ticks"};
static const struct {
   const HChar *name;
   UInt bit;
} debug_domains[] = {{"block", LG_DBG_BLOCK},   {"account", LG_DBG_ACCOUNT}, {"snapshot", LG_DBG_SNAPSHOT},
                     {"writer", LG_DBG_WRITER}, {"mapping", LG_DBG_MAPPING}, {"request", LG_DBG_REQUEST},
                     {"all", 0xffffffff}};

const HChar *LG_(unit_name)(LgUnit u)
{
   return unit_names[u];
}

static Bool parse_unit(const HChar *arg, const HChar *value, LgUnit *unit)
{
   for (UInt u = 0; u < sizeof unit_names / sizeof *unit_names; u++) {
      if (VG_STREQ(value, unit_names[u])) {
         *unit = (LgUnit)u;
         return True;
      }
   }
   VG_(fmsg_bad_option)(arg, "Known time units are ms, B, i and ticks.\n");
   return False;
}

static void set_path(const HChar *arg, const HChar *value, LgHotPath *field)
{
   if (VG_STREQ(value, "fast"))
      *field = LG_HOT_PATH_FAST;
   else if (VG_STREQ(value, "plain"))
      *field = LG_HOT_PATH_PLAIN;
   else
      VG_(fmsg_bad_option)(arg, "'%s' is neither fast nor plain.\n", value);
}

/* Takes a decimal number, with an optional binary suffix when `suffixes`, from the whole of `value`. */
static Bool parse_number(const HChar *value, Bool suffixes, ULong *out)
{
   ULong v = 0;
   const HChar *p = value;
   while (*p >= '0' && *p <= '9') {
      UInt digit = *p++ - '0';
      if (v > (~0ULL - digit) / 10)
         return False;
      v = v * 10 + digit;
   }
   if (p == value)
      return False;
   if (suffixes && *p) {
      UInt shift = *p == 'k' || *p == 'K' ? 10 : *p == 'm' || *p == 'M' ? 20 : *p == 'g' || *p == 'G' ? 30 : 64;
      if (shift == 64 || v > (~0ULL >> shift))
         return False;
      v <<= shift;
      p++;
   }
   *out = v;
   return *p == 0;
}

static void set_number(const HChar *arg, const HChar *value, Bool suffixes, ULong min, ULong max, ULong *field)
{
   ULong v;
   if (!parse_number(value, suffixes, &v))
      VG_(fmsg_bad_option)
   (arg, "'%s' is not a %s.\n", value, suffixes ? "size (a number, then k, M or G if wanted)" : "whole number");
   else if (v < min || v > max) VG_(fmsg_bad_option)(arg, "%llu is out of range: %llu to %llu.\n", v, min, max);
   else *field = v;
}

static void set_bool(const HChar *arg, const HChar *value, Bool *field)
{
   if (VG_STREQ(value, "yes"))
      *field = True;
   else if (VG_STREQ(value, "no"))
      *field = False;
   else
      VG_(fmsg_bad_option)(arg, "'%s' is neither yes nor no.\n", value);
}

static void set_list(const HChar *arg, const HChar *value, XArray *field)
{
   if (!*value)
      VG_(fmsg_bad_option)(arg, "An empty pattern matches nothing.\n");
   const HChar *copy = VG_(strdup)("lg.options.list.1", value);
   VG_(addToXA)(field, &copy);
}

static void set_str(const HChar *arg, const HChar *value, const HChar **field)
{
   (void)arg;
   *field = VG_(strdup)("lg.options.str.1", value);
}

#define LG_DEFAULT_STR(field, def)  LG_(opt).field = def
#define LG_DEFAULT_INT(field, def)  LG_(opt).field = def
#define LG_DEFAULT_SIZE(field, def) LG_(opt).field = def
#define LG_DEFAULT_BOOL(field, def) LG_(opt).field = def
#define LG_DEFAULT_UNIT(field, def) LG_(opt).field = LG_UNIT_MS
#define LG_DEFAULT_PATH(field, def) LG_(opt).field = LG_HOT_PATH_FAST
#define LG_DEFAULT_LIST(field, def) \
  LG_(opt).field = VG_(newXA)(VG_(malloc), "lg.options.list.2", VG_(free), sizeof(const HChar *))

void LG_(options_init)(void)
{
#define X(kind, name, field, def, min, max, arg, help) LG_DEFAULT_##kind(field, def);
   LG_OPTIONS(X)
#undef X
}

#define LG_SET_STR(arg, v, field, min, max)  set_str(arg, v, &LG_(opt).field)
#define LG_SET_INT(arg, v, field, min, max)  set_number(arg, v, False, min, max, &LG_(opt).field)
#define LG_SET_SIZE(arg, v, field, min, max) set_number(arg, v, True, min, max, &LG_(opt).field)
#define LG_SET_BOOL(arg, v, field, min, max) set_bool(arg, v, &LG_(opt).field)
#define LG_SET_UNIT(arg, v, field, min, max) parse_unit(arg, v, &LG_(opt).field)
#define LG_SET_PATH(arg, v, field, min, max) set_path(arg, v, &LG_(opt).field)
#define LG_SET_LIST(arg, v, field, min, max) set_list(arg, v, LG_(opt).field)

/* The text after "--name=" if `arg` is that option, NULL otherwise. */
static const HChar *value_of(const HChar *arg, const HChar *name)
{
   SizeT n = VG_(strlen)(name);
   if (arg[0] != '-' || arg[1] != '-' || VG_(strncmp)(arg + 2, name, n) != 0 || arg[2 + n] != '=')
      return NULL;
   return arg + 3 + n;
}

Bool LG_(options_parse)(const HChar *arg)
{
   const HChar *value;
#define X(kind, name, field, def, min, max, argument, help) \
  if ((value = value_of(arg, name))) {                      \
    LG_SET_##kind(arg, value, field, min, max);             \
    return True;                                            \
  }
   LG_OPTIONS(X)
#undef X
   return VG_(replacement_malloc_process_cmd_line_option)(arg);
}

#define LG_SHOW_STR(def) VG_(printf)(" [%s]\n", *(def) ? (def) : "none")
#define LG_SHOW_INT(def) VG_(printf)(" [%llu]\n", (ULong)(def))
#define LG_SHOW_SIZE(def) \
  (((ULong)(def)) >> 20 ? VG_(printf)(" [%lluM]\n", ((ULong)(def)) >> 20) : VG_(printf)(" [%llu]\n", (ULong)(def)))
#define LG_SHOW_BOOL(def) VG_(printf)(" [%s]\n", (def) ? "yes" : "no")
#define LG_SHOW_UNIT(def) VG_(printf)(" [%s]\n", def)
#define LG_SHOW_PATH(def) VG_(printf)(" [%s]\n", def)
#define LG_SHOW_LIST(def) VG_(printf)(" [none; may be repeated]\n")

void LG_(options_usage)(void)
{
#define X(kind, name, field, def, min, max, argument, help)     \
  VG_(printf)("    --%s=%s\n        %s", name, argument, help); \
  LG_SHOW_##kind(def);
   LG_OPTIONS(X)
#undef X
}

void LG_(options_debug_usage)(void)
{
   VG_(printf)("    (none)\n");
}

static UInt debug_bit(const HChar *word, SizeT n)
{
   for (UInt i = 0; i < sizeof debug_domains / sizeof *debug_domains; i++)
      if (VG_(strncmp)(word, debug_domains[i].name, n) == 0 && debug_domains[i].name[n] == 0)
         return debug_domains[i].bit;
   return 0;
}

void LG_(options_reject)(const HChar *option, const HChar *value, const HChar *why)
{
   VG_(fmsg_bad_option)(option, "'%s': %s\n", value, why);
   VG_(exit)(1);
}

void LG_(options_finish)(void)
{
   const HChar *p = LG_(opt).debug;
   while (*p) {
      SizeT n = 0;
      while (p[n] && p[n] != ',')
         n++;
      UInt bit = debug_bit(p, n);
      if (!bit)
         LG_(options_reject)
      ("--lg-debug", p, "known domains are block, account, snapshot, writer, mapping, request and all.");
      LG_(opt).debug_mask |= bit;
      p += n;
      if (*p == ',')
         p++;
   }
   if (LG_(opt).max_file_B && LG_(opt).max_file_B < LG_LEAST_LIMIT_B)
      LG_(options_reject)("--max-file-size", "", "less than 1M leaves no room for a report.");
   if (LG_(opt).max_memory_B && LG_(opt).max_memory_B < LG_LEAST_LIMIT_B)
      LG_(options_reject)("--max-tool-memory", "", "less than 1M leaves no room for a report.");
   if (!*LG_(opt).out_file)
      LG_(options_reject)("--leakgrow-out-file", "", "the file name is empty.");
}
