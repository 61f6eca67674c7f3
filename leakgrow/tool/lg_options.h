/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_options: the tool's command line.
 *
 * Answers: what did the user ask for? One table makes the struct, the parser and --help; nothing writes the options after
 * post_clo_init.
 *
 * Kinds: STR text; INT and SIZE numbers in [min, max] (SIZE takes the suffixes k, M, G); BOOL yes or no; LIST text, may be
 * repeated, no default; UNIT a time unit; PATH a hot path. */
#ifndef LG_OPTIONS_H
#define LG_OPTIONS_H

#include "lg_compat.h"

#include "pub_tool_xarray.h"

/* clang-format off */
#define LG_OPTIONS(X) \
/*   kind  option name          field          default             min  max               argument    help */ \
   X(STR,  "leakgrow-out-file", out_file,      "leakgrow.out.%p",  0,   0,                "<file>",   "output file name; %p is the process id, %q{VAR} an environment variable") \
   X(UNIT, "time-unit",         time_unit,     "ms",               0,   0,                "ms|B|i|ticks", "clock: milliseconds, bytes allocated and freed, instructions, or the program's own ticks") \
   X(INT,  "interval",          interval,      0,                  0,   1000000000,       "<units>",  "width of the first intervals in time units; doubles as the run grows; 0: 10 ms, 4096 B, 100000 i, 1 tick") \
   X(INT,  "depth",             depth,         40,                 1,   500,              "<frames>", "frames of each call stack that are kept") \
   X(LIST, "alloc-fn",          alloc_fns,     NULL,               0,   0,                "<pattern>", "leave functions that match (* and ? allowed) out of the inner end of stacks, as if they were malloc") \
   X(LIST, "ignore-fn",         ignore_fns,    NULL,               0,   0,                "<pattern>", "do not count what functions that match (* and ? allowed) allocate") \
   X(LIST, "alloc-prefix",      alloc_prefixes, NULL,              0,   0,                "<prefix>", "treat <prefix>malloc, <prefix>free and so on as an allocator, as is done for _rjem_, je_, mi_ and tc_") \
   X(INT,  "max-contexts",      max_contexts,  20000,              1,   1000000,          "<number>", "paths of spans, tasks and thread names that are told apart; further ones are all (other)") \
   X(LIST, "hooks",             hooks,         NULL,               0,   0,                "yes|no|<file>", "see what known libraries do (spans of tracing, tasks of tokio, reclamation of liburcu and others) without the program's help: yes, as by default, or no; or a file with hooks of your own") \
   X(LIST, "context-fn",        context_fns,   NULL,               0,   0,                "<pattern>", "calls of functions that match (* and ? allowed) are spans: what is allocated in them is told apart") \
   X(SIZE, "growth-bytes",      growth_B,      64 << 20,           0,   (1ULL << 62),     "<size>",   "write a snapshot whenever the heap has grown by this much since the last one; 0: never") \
   X(SIZE, "burst-bytes",       burst_B,       16 << 20,           0,   (1ULL << 62),     "<size>",   "write a snapshot when the heap rises this far above where the interval began; 0: never") \
   X(SIZE, "heap-limit",        heap_limit_B,  0,                  0,   (1ULL << 62),     "<size>",   "heap size near which snapshots are written and whose reaching is projected; 0: watch the control group's memory limit") \
   X(INT,  "stall-time",        stall_time,    21000,              1,   1000000000,       "<ms>",     "milliseconds after which what a reader keeps from being freed is called stalled; a twentieth of it for --stall-objects objects") \
   X(INT,  "stall-objects",     stall_objects, 500,                1,   1000000000,       "<number>", "retired objects that are called stalled after a twentieth of --stall-time: the Linux kernel's 10000, for a program that runs 20 times slower") \
   X(SIZE, "max-file-size",     max_file_B,    1 << 30,            0,   (1ULL << 62),     "<size>",   "keep the profile below this size, by merging accounts that hold little and do little; 0: no limit") \
   X(SIZE, "max-tool-memory",   max_memory_B,  1 << 30,            0,   (1ULL << 62),     "<size>",   "keep leakgrow's own books below this size in the same way; 0: no limit") \
   X(INT,  "summary-findings",  summary_findings, 5,               0,   1000,             "<number>", "findings in the summary at exit; 0: no summary") \
   X(STR,  "desc",              desc,          "",                 0,   0,                "<text>",   "text for the profile's head") \
   X(PATH, "hot-path",          hot_path,      "fast",             0,   0,                "fast|plain", "how allocations are recorded: fast, where this platform has it, or plain, through Valgrind's own requests, unwinder and heap") \
   X(BOOL, "check-unwind",      check_unwind,  0,                  0,   0,                "yes|no",   "compare every call stack with that of Valgrind's own unwinder and tell of differences (slow)") \
   X(BOOL, "lg-verbose",        verbose,       0,                  0,   0,                "yes|no",   "more details at exit, as with -v") \
   X(STR,  "lg-debug",          debug,         "",                 0,   0,                "<domains>", "trace the tool itself: block, account, snapshot, writer, mapping, request or all, with commas")
/* clang-format on */

typedef enum { LG_HOT_PATH_FAST, LG_HOT_PATH_PLAIN } LgHotPath;
enum { LG_LEAST_LIMIT_B = 1 << 20 }; /* of --max-file-size and --max-tool-memory */
typedef enum { LG_UNIT_MS, LG_UNIT_B, LG_UNIT_I, LG_UNIT_TICKS } LgUnit;

enum {
   LG_DBG_BLOCK = 1,
   LG_DBG_ACCOUNT = 2,
   LG_DBG_SNAPSHOT = 4,
   LG_DBG_WRITER = 8,
   LG_DBG_MAPPING = 16,
   LG_DBG_REQUEST = 32
};

#define LG_FIELD_STR(f)  const HChar *f;
#define LG_FIELD_INT(f)  ULong f;
#define LG_FIELD_SIZE(f) ULong f;
#define LG_FIELD_BOOL(f) Bool f;
#define LG_FIELD_LIST(f) XArray *f; /* of const HChar* */
#define LG_FIELD_UNIT(f) LgUnit f;
#define LG_FIELD_PATH(f) LgHotPath f;
typedef struct {
#define X(kind, name, field, def, min, max, arg, help) LG_FIELD_##kind(field)
   LG_OPTIONS(X)
#undef X
   UInt debug_mask; /* LG_DBG_*, from --lg-debug */
} LgOptions;

extern LgOptions LG_(opt);

/* Sets the defaults; once, from pre_clo_init. */
void LG_(options_init)(void);
/* Valgrind's callbacks. A value out of range ends the run through VG_(fmsg_bad_option), as core's own options do. */
Bool LG_(options_parse)(const HChar *arg);
void LG_(options_usage)(void);
void LG_(options_debug_usage)(void);
/* Checks what only all options together can say; from post_clo_init. */
void LG_(options_finish)(void);

/* Ends the run because of an option's value; for what is found after the command line was read, when Valgrind's own
 * VG_(fmsg_bad_option) would let the run go on. */
__attribute__((noreturn)) void LG_(options_reject)(const HChar *option, const HChar *value, const HChar *why);

/* Name of a unit as in the profile and on the command line. */
const HChar *LG_(unit_name)(LgUnit u);

/* Prints when the domain was asked for. Always compiled, so that it cannot rot. */
#define LG_DBG(domain, ...)                              \
  do {                                                   \
    if (UNLIKELY(LG_(opt).debug_mask & LG_DBG_##domain)) \
      VG_(dmsg)("leakgrow " #domain ": " __VA_ARGS__);   \
  } while (0)

#endif
