/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_scan: see lg_scan.h.
 *
 * Three bytes make a number of 16 bits (collisions cost time only): `starts` says which pattern is the first to be looked at there,
 * `next` which comes after it. There its longest word has to end; then the other words are looked for. Patterns without a usable word are looked at for every symbol. */
#include "lg_scan.h"

#include "lg_fnclass.h"

#include "lg_pattern.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

/* Of Valgrind's core; the same from 3.16 to 3.28. */
extern void VG_(demangle)(Bool do_cxx_demangling, Bool do_z_demangling, const HChar *orig, const HChar **result);
extern Bool VG_(clo_demangle);

enum { N_GRAMS = 1 << 16, NONE = -1 };

typedef struct {
   const HChar *text;
   const HChar *longest; /* word, inside of text; not terminated */
   SizeT longest_n;
   Int next;      /* of the same three bytes */
   ULong seen_at; /* symbol at which it was last looked at */
   Bool is_wordless;
} Pattern;

static struct {
   Pattern *patterns;
   UInt n, size, n_wordless;
   Int *starts;  /* [N_GRAMS] */
   ULong serial; /* of the symbol in hand */
} st;

static inline UInt gram_of(const HChar *p)
{
   return ((UChar)p[0] ^ ((UInt)(UChar)p[1] << 4) ^ ((UInt)(UChar)p[2] << 9)) & (N_GRAMS - 1);
}

UInt LG_(scan_add)(const HChar *pattern)
{
   if (!st.starts) {
      st.starts = VG_(malloc)("lg.scan.add.1", N_GRAMS * sizeof *st.starts);
      for (UInt i = 0; i < N_GRAMS; i++)
         st.starts[i] = NONE;
   }
   if (st.n == st.size) {
      st.size = st.size ? 2 * st.size : 64;
      st.patterns = VG_(realloc)("lg.scan.add.2", st.patterns, st.size * sizeof *st.patterns);
   }
   Pattern *p = &st.patterns[st.n];
   *p = (Pattern){pattern, NULL, 0, NONE, 0, False};
   const HChar *word;
   size_t at = 0, n;
   while ((n = lg_pattern_word(pattern, &at, &word)) > 0) {
      if (n > p->longest_n) {
         p->longest = word;
         p->longest_n = n;
      }
   }
   if (p->longest) {
      Int *start = &st.starts[gram_of(p->longest + p->longest_n - LG_PATTERN_WORD_MIN)];
      p->next = *start;
      *start = (Int)st.n;
   } else {
      p->is_wordless = True;
      st.n_wordless++;
   }
   return st.n++;
}

/* ---- candidates ---- */

static Bool holds(const HChar *symbol, const HChar *word, SizeT n)
{
   for (const HChar *p = VG_(strchr)(symbol, word[0]); p; p = VG_(strchr)(p + 1, word[0]))
      if (VG_(strncmp)(p, word, n) == 0)
         return True;
   return False;
}

static Bool holds_all_words(const HChar *symbol, const HChar *pattern)
{
   const HChar *word;
   size_t at = 0, n;
   while ((n = lg_pattern_word(pattern, &at, &word)) > 0)
      if (!holds(symbol, word, n))
         return False;
   return True;
}

/* Whether the pattern's longest word ends with the three bytes at p. */
static inline Bool ends_here(const Pattern *pattern, const HChar *symbol, const HChar *p)
{
   SizeT before = pattern->longest_n - LG_PATTERN_WORD_MIN;
   return (SizeT)(p - symbol) >= before && VG_(strncmp)(p - before, pattern->longest, pattern->longest_n) == 0;
}

/* Marks the patterns that the symbol may match with its serial number. False when there are none. */
static Bool find_candidates(const HChar *symbol)
{
   Bool any = False;
   st.serial++;
   for (const HChar *p = symbol; p[0] && p[1] && p[2]; p++) {
      for (Int i = st.starts[gram_of(p)]; i != NONE; i = st.patterns[i].next) {
         Pattern *pattern = &st.patterns[i];
         if (pattern->seen_at != st.serial && ends_here(pattern, symbol, p) && holds_all_words(symbol, pattern->text)) {
            pattern->seen_at = st.serial;
            any = True;
         }
      }
   }
   return any || st.n_wordless > 0;
}

/* ---- names ---- */

static Bool is_mangled(const HChar *s)
{
   return s[0] == '_' && (s[1] == 'Z' || s[1] == 'R');
}

/* The forms of one function's name; owned. The last is the one that is handed out. */
typedef struct {
   HChar *whole, *plain;
   const HChar *qualified;
} Forms;

static HChar *bare_copy(const HChar *name)
{
   SizeT n = lg_pattern_bare_length(name, VG_(strlen)(name));
   HChar *copy = VG_(malloc)("lg.scan.bare.1", n + 1);
   VG_(memcpy)(copy, name, n);
   copy[n] = 0;
   return copy;
}

static void make_forms(const HChar *symbol, Forms *f)
{
   const HChar *name = symbol;
   if (is_mangled(symbol)) {
      Bool before = VG_(clo_demangle);
      VG_(clo_demangle) = True;
      VG_(demangle)(True, False, symbol, &name);
      VG_(clo_demangle) = before;
   }
   f->whole = bare_copy(name);
   f->qualified = LG_(fnclass_qualified)(f->whole);
   f->plain = LG_(fnclass_without_parameters)(f->qualified);
}

static Bool matches(const HChar *pattern, const Forms *f)
{
   return lg_pattern_match(pattern, f->whole, VG_(strlen)(f->whole)) ||
          lg_pattern_match(pattern, f->qualified, VG_(strlen)(f->qualified)) ||
          lg_pattern_match(pattern, f->plain, VG_(strlen)(f->plain));
}

void LG_(scan_symbol)(const HChar *symbol, void (*visit)(void *arg, UInt pattern, const HChar *name), void *arg)
{
   if (st.n == 0 || !find_candidates(symbol))
      return;
   SizeT n = VG_(strlen)(symbol);
   if (n > LG_SCAN_NAME_MAX || lg_pattern_is_fragment(symbol, n))
      return;
   Forms f;
   make_forms(symbol, &f);
   for (UInt i = 0; i < st.n; i++) {
      const Pattern *p = &st.patterns[i];
      if ((p->is_wordless || p->seen_at == st.serial) && matches(p->text, &f))
         visit(arg, i, f.plain);
   }
   VG_(free)(f.whole);
   VG_(free)(f.plain);
}

/* Legacy names end with a hash, to which suffixes may be appended. */
Bool LG_(scan_is_rust)(const HChar *symbol)
{
   if (symbol[0] != '_')
      return False;
   if (symbol[1] == 'R')
      return symbol[2] == 'N' || symbol[2] == 'I' || symbol[2] == 'M' || symbol[2] == 'X' || symbol[2] == 'Y';
   if (symbol[1] != 'Z' || symbol[2] != 'N')
      return False;
   for (const HChar *p = VG_(strstr)(symbol, "17h"); p; p = VG_(strstr)(p + 1, "17h")) {
      UInt digits = 0;
      while (digits < 16 &&
             ((p[3 + digits] >= '0' && p[3 + digits] <= '9') || (p[3 + digits] >= 'a' && p[3 + digits] <= 'f')))
         digits++;
      if (digits == 16 && p[19] == 'E')
         return True;
   }
   return False;
}
