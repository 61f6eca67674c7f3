/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_fnclass: see lg_fnclass.h. */
#include "lg_fnclass.h"

#include "lg_options.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_seqmatch.h"

static const HChar *const alloc_patterns[] = {
   "malloc",
   "calloc",
   "realloc",
   "memalign",
   "posix_memalign",
   "aligned_alloc",
   "valloc",
   "pvalloc",
   "reallocarray",
   "__libc_malloc",
   "__libc_calloc",
   "__libc_realloc",
   "__libc_memalign",
   "__builtin_new",
   "__builtin_vec_new",
   "operator new(*",
   "operator new[](*",
   "operator new",
   "operator new[]",
   /* our preload object's own, where they are not left by a jump */
   "lg_any_*",
   "lg_je_*",
   "lg_mi_*",
   /* the mapping calls of mapping accounts */
   "mmap",
   "mmap64",
   "mremap",
   "sbrk",
   "__sbrk",
   "brk",
   /* Rust's way from a container to the global allocator */
   "__rust_alloc*",
   "__rust_realloc",
   "__rdl_alloc*",
   "__rdl_realloc",
   "__rg_alloc*",
   "__rg_realloc",
   "__rustc::__r*_alloc*",
   "__rustc::__r*_realloc",
   "*as core::alloc::global::GlobalAlloc>::*",
   "*as alloc::alloc::GlobalAlloc>::*",
};

/* The functions of a prefixed allocator, after the prefix. */
static const HChar *const prefixes[] = {"_rjem_", "je_", "mi_", "tc_"};
static const HChar *const prefixed_patterns[] = {
   "*alloc*", "posix_memalign*", "memalign", "new*", "*strdup", "*strndup", "sdallocx", "expand",
};

static const HChar *const library_patterns[] = {
   "std::*",   "__gnu_cxx::*", "<std::*",       "alloc::*", "<alloc::*",      "core::*",
   "<core::*", "hashbrown::*", "<hashbrown::*", "<std::*",  "<&* as core::*",
};

const HChar *LG_(fnclass_qualified)(const HChar *name)
{
   const HChar *start = name;
   Int depth = 0;
   for (const HChar *p = name; *p; p++) {
      if (VG_(strncmp)(p, "operator", 8) == 0 && depth == 0)
         return start; /* what follows may hold any of < > ( ) and spaces */
      if (*p == '<' || *p == '[' || *p == '{')
         depth++;
      else if ((*p == '>' && p > name && p[-1] != '-') || *p == ']' || *p == '}')
         depth--;
      else if (*p == '(' && depth == 0)
         return start; /* parameters, or "(anonymous namespace)", or "(below main)" */
      else if (*p == ' ' && depth == 0)
         start = p + 1;
   }
   return start;
}

static Bool matches_any(const HChar *name, const HChar *const *patterns, UInt n)
{
   for (UInt i = 0; i < n; i++)
      if (VG_(string_match)(patterns[i], name))
         return True;
   return False;
}

/* Length without what may stand behind the parameters of a C++ member function. */
static SizeT without_qualifiers(const HChar *name, SizeT n)
{
   static const HChar *const qualifiers[] = {" const", " volatile", " &", " &&"};
   SizeT before;
   do {
      before = n;
      for (UInt i = 0; i < sizeof qualifiers / sizeof *qualifiers; i++) {
         SizeT k = VG_(strlen)(qualifiers[i]);
         if (n > k && VG_(strncmp)(name + n - k, qualifiers[i], k) == 0)
            n -= k;
      }
   } while (n != before);
   return n > 0 && name[n - 1] == ')' ? n : VG_(strlen)(name);
}

HChar *LG_(fnclass_without_parameters)(const HChar *qualified)
{
   HChar *copy = VG_(strdup)("lg.fnclass.params.1", qualified);
   SizeT n = without_qualifiers(copy, VG_(strlen)(copy));
   if (n == 0 || copy[n - 1] != ')')
      return copy;
   Int depth = 0;
   for (SizeT i = n; i-- > 0;) {
      depth += copy[i] == ')';
      depth -= copy[i] == '(';
      if (depth == 0) {
         if (i > 0)
            copy[i] = 0;
         break;
      }
   }
   return copy;
}

static Bool matches_users(const HChar *name, const HChar *qualified, XArray *patterns)
{
   Word n = VG_(sizeXA)(patterns);
   if (n == 0)
      return False;
   HChar *bare = LG_(fnclass_without_parameters)(qualified);
   Bool found = False;
   for (Word i = 0; i < n && !found; i++) {
      const HChar *pattern = *(const HChar **)VG_(indexXA)(patterns, i);
      found =
         VG_(string_match)(pattern, name) || VG_(string_match)(pattern, qualified) || VG_(string_match)(pattern, bare);
   }
   VG_(free)(bare);
   return found;
}

static Bool has_prefix(const HChar *name, const HChar *prefix)
{
   SizeT n = VG_(strlen)(prefix);
   return VG_(strncmp)(name, prefix, n) == 0 &&
          matches_any(name + n, prefixed_patterns, sizeof prefixed_patterns / sizeof *prefixed_patterns);
}

static Bool is_prefixed_allocator(const HChar *name)
{
   for (UInt i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
      if (has_prefix(name, prefixes[i]))
         return True;
   for (Word i = 0; i < VG_(sizeXA)(LG_(opt).alloc_prefixes); i++)
      if (has_prefix(name, *(const HChar **)VG_(indexXA)(LG_(opt).alloc_prefixes, i)))
         return True;
   return False;
}

UInt LG_(fnclass_of)(const HChar *name)
{
   const HChar *q = LG_(fnclass_qualified)(name);
   UInt bits = 0;
   if (matches_any(q, alloc_patterns, sizeof alloc_patterns / sizeof *alloc_patterns) || is_prefixed_allocator(q) ||
       matches_users(name, q, LG_(opt).alloc_fns))
      bits |= LG_FN_ALLOC;
   if (matches_any(q, library_patterns, sizeof library_patterns / sizeof *library_patterns))
      bits |= LG_FN_LIBRARY;
   if (matches_users(name, q, LG_(opt).ignore_fns))
      bits |= LG_FN_IGNORE;
   Vg_FnNameKind kind = VG_(get_fnname_kind)(name);
   if (kind == Vg_FnNameMain)
      bits |= LG_FN_MAIN;
   else if (kind == Vg_FnNameBelowMain || VG_STREQ(name, "(below main)")) /* the core renames what it shows */
      bits |= LG_FN_BELOW;
   return bits;
}
