/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_prefix: see lg_prefix.h.
 *
 * When an object is loaded, one pass over its symbols collects what matches a prefix; then the allocators among the prefixes
 * are bound (X2). Targets are addresses in the preload object, which is loaded after the executable has been read: they are
 * looked up by name when a bound function is first translated. Nothing of the executable runs before the preload object is
 * there. */
#include "lg_prefix.h"

#include "lg_hook.h"
#include "lg_inject.h"
#include "lg_object.h"
#include "lg_prefix_table.h"

#include "lg_pattern.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_hashtable.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_xarray.h"

/* Of Valgrind's core; the same from 3.16 to 3.28. */
extern void VG_(discard_translations)(Addr start, ULong range, const HChar *who);

#define WRAPPED(fn)  VGAPPEND(__wrap_vgPlain_, fn)
#define ORIGINAL(fn) VGAPPEND(__real_vgPlain_, fn)
Addr ORIGINAL(redir_do_lookup)(Addr orig, Bool *is_wrap);
void ORIGINAL(redir_notify_new_DebugInfo)(DebugInfo *di);
void ORIGINAL(redir_notify_delete_DebugInfo)(const DebugInfo *di);
Addr WRAPPED(redir_do_lookup)(Addr orig, Bool *is_wrap);
Bool WRAPPED(string_match)(const HChar *pattern, const HChar *text);
void WRAPPED(redir_notify_new_DebugInfo)(DebugInfo *di);
void WRAPPED(redir_notify_delete_DebugInfo)(const DebugInfo *di);

enum { PREFIX_MAX = 63 };

typedef enum { ALLOC, FREE, OTHER } RowKind;

typedef struct {
   RowKind kind;
   const HChar *name;
   const HChar *target;
} Row;

#define ROW(kind, name, target) {kind, name, target},
#define END           \
  {                   \
    OTHER, NULL, NULL \
  }
static const Row jemalloc_rows[] = {LG_PREFIX_COMMON(ROW) LG_PREFIX_STRINGS(ROW) LG_PREFIX_JEMALLOC(ROW) END};
static const Row unprefixed_jemalloc_rows[] = {LG_PREFIX_JEMALLOC(ROW) END};
static const Row mimalloc_rows[] = {LG_PREFIX_MIMALLOC(ROW) LG_PREFIX_COMMON(ROW) LG_PREFIX_STRINGS(ROW) END};
static const Row tcmalloc_rows[] = {LG_PREFIX_TCMALLOC(ROW) LG_PREFIX_COMMON(ROW) END};
static const Row common_rows[] = {LG_PREFIX_COMMON(ROW) LG_PREFIX_STRINGS(ROW) END};
static const Row static_rows[] = {LG_PREFIX_COMMON(ROW) LG_PREFIX_OPERATORS(ROW) END};
static const Row exit_row = {OTHER, "exit", LG_PREFIX_EXIT_WRAPPER};

typedef struct {
   const HChar *text;
   SizeT len;
   const Row *rows;
   Bool by_user;
} Prefix;

/* A function that is served: hash node, key is the address of its entry. */
typedef struct {
   VgHashNode node;
   const Row *row;
   const DebugInfo *di;
   UInt found; /* index into st.found */
   Bool used;
   Addr target; /* 0: not looked up yet */
} Bound;

/* One allocator in one object. */
typedef struct {
   const HChar *prefix;
   HChar *object;
   Bool by_user;
   UInt n_functions, n_used;
} Found;

/* A symbol that matches a prefix, during the scan of one object. */
typedef struct {
   Addr addr;
   const Row *row;
} Match;

static struct {
   XArray *prefixes;         /* of Prefix */
   XArray *found;            /* of Found */
   VgHashTable *bound;       /* of Bound */
   const DebugInfo *preload; /* our preload object; NULL until it is loaded */
   const DebugInfo *program; /* a statically linked program, or musl's C library; NULL for others */
   Bool is_running;          /* the first instruction was asked for */
} st;

static void init(void)
{
   static const Prefix known[] = {{"_rjem_", 6, jemalloc_rows, False},
                                  {"je_", 3, jemalloc_rows, False},
                                  {"mi_", 3, mimalloc_rows, False},
                                  {"tc_", 3, tcmalloc_rows, False}};

   if (st.prefixes)
      return;
   st.prefixes = VG_(newXA)(VG_(malloc), "lg.prefix.init.1", VG_(free), sizeof(Prefix));
   st.found = VG_(newXA)(VG_(malloc), "lg.prefix.init.2", VG_(free), sizeof(Found));
   st.bound = VG_(HT_construct)("lg.prefix.init.3");
   for (UInt i = 0; i < sizeof known / sizeof *known; i++)
      VG_(addToXA)(st.prefixes, &known[i]);
}

Bool LG_(prefix_add)(const HChar *prefix)
{
   const SizeT len = VG_(strlen)(prefix);
   const Prefix p = {prefix, len, common_rows, True};

   if (len == 0 || len > PREFIX_MAX)
      return False;
   init();
   for (Word i = 0; i < VG_(sizeXA)(st.prefixes); i++)
      if (VG_STREQ(prefix, ((Prefix *)VG_(indexXA)(st.prefixes, i))->text))
         return True;
   VG_(addToXA)(st.prefixes, &p);
   return True;
}

static const Row *find_row(const Row *rows, const HChar *name)
{
   for (; rows->name; rows++)
      if (VG_STREQ(rows->name, name))
         return rows;
   return NULL;
}

/* ---- jemalloc under unknown prefixes ---- */

static const HChar *const jemalloc_signs[] = {"mallocx", "rallocx", "dallocx", "sdallocx"};
enum { N_SIGNS = sizeof jemalloc_signs / sizeof *jemalloc_signs };

typedef struct {
   HChar prefix[PREFIX_MAX + 1];
   UInt signs; /* bit i: jemalloc_signs[i] is there */
} Candidate;

/* The length of the prefix when the name is prefix + "mallocx", else -1. */
static Word mallocx_prefix(const HChar *name)
{
   enum { SIGN = sizeof "mallocx" - 1 };
   const SizeT len = VG_(strlen)(name);

   if (len < SIGN || name[len - 1] != 'x' || len - SIGN > PREFIX_MAX || !VG_STREQ(name + len - SIGN, jemalloc_signs[0]))
      return -1;
   return (Word)(len - SIGN);
}

static void add_candidate(void *candidates, const HChar *name, Addr addr)
{
   const Word len = mallocx_prefix(name);
   Candidate c;

   (void)addr;
   if (len < 0)
      return;
   VG_(memset)(&c, 0, sizeof c);
   VG_(memcpy)(c.prefix, name, len);
   VG_(addToXA)(candidates, &c);
}

static void check_candidates(void *candidates, const HChar *name, Addr addr)
{
   (void)addr;
   for (Word i = 0; i < VG_(sizeXA)(candidates); i++) {
      Candidate *c = VG_(indexXA)(candidates, i);
      const SizeT len = VG_(strlen)(c->prefix);

      if (VG_(strncmp)(name, c->prefix, len) != 0)
         continue;
      for (UInt s = 0; s < N_SIGNS; s++)
         if (VG_STREQ(name + len, jemalloc_signs[s]))
            c->signs |= 1U << s;
   }
}

/* Turns the prefix's rows into jemalloc's, or adds the prefix. */
static void learn_jemalloc(const HChar *text)
{
   Prefix p = {NULL, VG_(strlen)(text), *text ? jemalloc_rows : unprefixed_jemalloc_rows, False};

   for (Word i = 0; i < VG_(sizeXA)(st.prefixes); i++) {
      Prefix *known = VG_(indexXA)(st.prefixes, i);
      if (VG_STREQ(known->text, text)) {
         if (known->rows == common_rows)
            known->rows = jemalloc_rows;
         return;
      }
   }
   p.text = VG_(strdup)("lg.prefix.learn_jemalloc.1", text);
   VG_(addToXA)(st.prefixes, &p);
}

static void learn_prefixes(const DebugInfo *di)
{
   XArray *candidates = VG_(newXA)(VG_(malloc), "lg.prefix.learn_prefixes.1", VG_(free), sizeof(Candidate));

   LG_(object_each_function)(di, add_candidate, candidates);
   if (VG_(sizeXA)(candidates) > 0)
      LG_(object_each_function)(di, check_candidates, candidates);
   for (Word i = 0; i < VG_(sizeXA)(candidates); i++) {
      const Candidate *c = VG_(indexXA)(candidates, i);
      if (c->signs == (1U << N_SIGNS) - 1)
         learn_jemalloc(c->prefix);
   }
   VG_(deleteXA)(candidates);
}

/* ---- binding ---- */

typedef struct {
   const Prefix *prefix;
   XArray *matches; /* of Match */
} Scan;

static void match_prefix(void *arg, const HChar *name, Addr addr)
{
   const Scan *scan = arg;
   Match m = {addr, NULL};

   if (scan->prefix->len > 0 && name[0] != scan->prefix->text[0])
      return;
   if (VG_(strncmp)(name, scan->prefix->text, scan->prefix->len) != 0)
      return;
   m.row = find_row(scan->prefix->rows, name + scan->prefix->len);
   if (m.row)
      VG_(addToXA)(scan->matches, &m);
}

static void bind(const DebugInfo *di, const Match *m, UInt found)
{
   Bound *b = VG_(HT_lookup)(st.bound, m->addr);

   if (b)
      return; /* another name of the same function */
   b = VG_(calloc)("lg.prefix.bind.1", 1, sizeof *b);
   b->node.key = m->addr;
   b->row = m->row;
   b->di = di;
   b->found = found;
   VG_(HT_add_node)(st.bound, b);
   ((Found *)VG_(indexXA)(st.found, found))->n_functions++;
   VG_(discard_translations)(m->addr, 1, "leakgrow: prefixed allocator");
}

static Bool bind_matches(const DebugInfo *di, const Scan *scan)
{
   const Word n = VG_(sizeXA)(scan->matches);
   Bool allocates = False, frees = False;
   Found f = {scan->prefix->text, NULL, scan->prefix->by_user, 0, 0};

   for (Word i = 0; i < n; i++) {
      const RowKind kind = ((Match *)VG_(indexXA)(scan->matches, i))->row->kind;
      allocates = allocates || kind == ALLOC;
      frees = frees || kind == FREE;
   }
   if (!allocates || !frees)
      return False;
   f.object = VG_(strdup)("lg.prefix.bind_matches.1", VG_(DebugInfo_get_filename)(di));
   VG_(addToXA)(st.found, &f);
   for (Word i = 0; i < n; i++)
      bind(di, VG_(indexXA)(scan->matches, i), VG_(sizeXA)(st.found) - 1);
   return True;
}

static void bind_object(const DebugInfo *di)
{
   for (Word i = 0; i < VG_(sizeXA)(st.prefixes); i++) {
      Scan scan = {VG_(indexXA)(st.prefixes, i), NULL};

      scan.matches = VG_(newXA)(VG_(malloc), "lg.prefix.bind_object.1", VG_(free), sizeof(Match));
      LG_(object_each_function)(di, match_prefix, &scan);
      bind_matches(di, &scan);
      VG_(deleteXA)(scan.matches);
   }
}

/* ---- targets ---- */

typedef struct {
   const HChar *name;
   Addr addr;
} Search;

static void match_name(void *arg, const HChar *name, Addr addr)
{
   Search *s = arg;

   if (VG_STREQ(name, s->name))
      s->addr = addr;
}

static Addr function_of(const DebugInfo *di, const HChar *name)
{
   Search s = {name, 0};

   LG_(object_each_function)(di, match_name, &s);
   return s.addr;
}

static Addr preload_function(const HChar *name)
{
   return function_of(st.preload, name);
}

#define PAIR_NAME(major, minor) "lg_preload_for_" LG_TARGET_STRING(major) "_" LG_TARGET_STRING(minor)

/* Ends the run: with the table of allocation functions misread, nothing recorded would be true. */
static void check_pair(void)
{
   if (preload_function(PAIR_NAME(__VALGRIND_MAJOR__, __VALGRIND_MINOR__)) != 0)
      return;
   VG_(umsg)
   ("leakgrow: %s does not belong to this tool: it was built for another Valgrind (this tool: %d.%d).\n",
    VG_(DebugInfo_get_filename)(st.preload), __VALGRIND_MAJOR__, __VALGRIND_MINOR__);
   VG_(umsg)("leakgrow: install the tool and its preload object together.\n");
   VG_(exit)(1);
}

/* ---- statically linked programs, musl ---- */

/* What the preload object needs from a program without dynamic linker. The program's own memset may be chosen at run time, which
 * cannot be asked here; getenv and its like are the program's, if it has them. */
static Addr resolve_static(const HChar *name)
{
   if (VG_STREQ(name, "memset"))
      return st.preload ? preload_function("lg_any_memset") : 0;
   if (VG_STREQ(name, "memcpy"))
      return st.preload ? preload_function("lg_any_memcpy") : 0;
   return function_of(st.program, name);
}

/* What if the object of the program's first instruction has no name of its own? Either it is the program, no dynamic linker
 * will preload anything, and the preload object has to be brought in. Or it is musl's C library, which is its own dynamic linker; Valgrind
 * would replace its free but not its malloc, a weak symbol. In both malloc and free are bound by their bare names. */
static void serve_c_library(Addr entry)
{
   static const Prefix itself = {"of the C library", 0, static_rows, False};
   const DebugInfo *di = VG_(find_DebugInfo)(VG_(current_DiEpoch)(), entry);
   Scan scan = {&itself, NULL};
   Addr exit_addr;

   if (!di || st.preload || !VG_STREQ(VG_(DebugInfo_get_soname)(di), "NONE"))
      return;
   scan.matches = VG_(newXA)(VG_(malloc), "lg.prefix.static.1", VG_(free), sizeof(Match));
   LG_(object_each_function)(di, match_prefix, &scan);
   exit_addr = function_of(di, "exit");
   if (bind_matches(di, &scan)) {
      st.program = di;
      if (function_of(di, "main") != 0)
         LG_(inject_preload)(resolve_static);
      if (exit_addr != 0) {
         const Match m = {exit_addr, &exit_row};
         bind(di, &m, VG_(sizeXA)(st.found) - 1);
      }
   }
   VG_(deleteXA)(scan.matches);
}

/* ---- around Valgrind's redirection table ---- */

/* The table's own way to match a pattern is asked for every symbol of the C library and every pattern of the preload objects, and measures
 * both before it looks at the first letter: a twentieth of the start of a short program. */
Bool WRAPPED(string_match)(const HChar *pattern, const HChar *text)
{
   if (LIKELY(pattern[0] != text[0] && pattern[0] != '*' && pattern[0] != '?'))
      return False;
   return lg_pattern_match(pattern, text, VG_(strlen)(text)) != 0;
}

void WRAPPED(redir_notify_new_DebugInfo)(DebugInfo *di)
{
   ORIGINAL(redir_notify_new_DebugInfo)(di);
   init();
   if (LG_(object_is_preload)(di)) {
      st.preload = di;
      check_pair();
      return;
   }
   learn_prefixes(di);
   bind_object(di);
   LG_(hook_object_loaded)(di);
}

void WRAPPED(redir_notify_delete_DebugInfo)(const DebugInfo *di)
{
   Bound *b;

   ORIGINAL(redir_notify_delete_DebugInfo)(di);
   LG_(hook_object_unloaded)(di);
   if (!st.prefixes)
      return;
   if (di == st.preload)
      st.preload = NULL;
   VG_(HT_ResetIter)(st.bound);
   while ((b = VG_(HT_Next)(st.bound))) {
      if (b->di != di)
         continue;
      VG_(discard_translations)(b->node.key, 1, "leakgrow: prefixed allocator unloaded");
      VG_(HT_remove_at_Iter)(st.bound);
      VG_(free)(b);
   }
}

Addr WRAPPED(redir_do_lookup)(Addr orig, Bool *is_wrap)
{
   Bound *b;

   if (UNLIKELY(!st.is_running)) {
      st.is_running = True;
      init();
      serve_c_library(orig);
   }
   if (!is_wrap && LG_(hook_is_entry)(orig))
      return orig + 1; /* the core asks whether to chase: not into what is elsewhere */
   b = st.preload ? VG_(HT_lookup)(st.bound, orig) : NULL;
   if (!b)
      return ORIGINAL(redir_do_lookup)(orig, is_wrap);
   if (b->target == 0)
      b->target = preload_function(b->row->target);
   if (b->target == 0) /* a preload object of another build */
      return ORIGINAL(redir_do_lookup)(orig, is_wrap);
   if (is_wrap && !b->used) { /* without is_wrap the core only asks whether to chase */
      b->used = True;
      ((Found *)VG_(indexXA)(st.found, b->found))->n_used++;
   }
   if (is_wrap)
      *is_wrap = b->row == &exit_row;
   return b->target;
}

/* ---- report ---- */

Bool LG_(prefix_is_preloaded)(void)
{
   return st.preload != NULL;
}

static Bool was_found(const HChar *prefix)
{
   for (Word i = 0; i < VG_(sizeXA)(st.found); i++)
      if (VG_STREQ(prefix, ((Found *)VG_(indexXA)(st.found, i))->prefix))
         return True;
   return False;
}

void LG_(prefix_visit)(void (*visit)(void *arg, const LgPrefixFound *found), void *arg)
{
   if (!st.prefixes)
      return;
   for (Word i = 0; i < VG_(sizeXA)(st.found); i++) {
      const Found *f = VG_(indexXA)(st.found, i);
      const LgPrefixFound out = {f->prefix, f->object, f->by_user, f->n_functions, f->n_used};
      visit(arg, &out);
   }
   for (Word i = 0; i < VG_(sizeXA)(st.prefixes); i++) {
      const Prefix *p = VG_(indexXA)(st.prefixes, i);
      const LgPrefixFound out = {p->text, "", True, 0, 0};
      if (p->by_user && !was_found(p->text))
         visit(arg, &out);
   }
}
