/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pattern: see lg_pattern.h. */
#include "lg_pattern.h"

/* ---- matching ---- */

/* On a mismatch only the last * needs to take one byte more: whatever an earlier one could take instead, the last one can too. */
int lg_pattern_match(const char *pattern, const char *text, size_t n)
{
   const char *after_star = NULL;
   size_t i = 0, resume = 0;
   while (i < n) {
      if (*pattern == '*') {
         after_star = ++pattern;
         resume = i;
      } else if (*pattern != '\0' && (*pattern == '?' || *pattern == text[i])) {
         pattern++;
         i++;
      } else if (after_star != NULL) {
         pattern = after_star;
         i = ++resume;
      } else {
         return 0;
      }
   }
   while (*pattern == '*')
      pattern++;
   return *pattern == '\0';
}

/* ---- words ---- */

static int is_word_byte(char c)
{
   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static int equals(const char *s, size_t n, const char *word)
{
   size_t i = 0;
   while (i < n && word[i] != '\0' && s[i] == word[i])
      i++;
   return i == n && word[i] == '\0';
}

/* What the manglings write as a letter or two, or leave out. */
static const char *const abbreviated[] = {
   "std",       "allocator", "basic_string", "string",    "basic_istream", "istream",  "basic_ostream", "ostream",
   "iostream",  "char",      "short",        "int",       "long",          "float",    "double",        "bool",
   "void",      "signed",    "unsigned",     "const",     "volatile",      "restrict", "auto",          "decltype",
   "nullptr_t", "char8_t",   "char16_t",     "char32_t",  "wchar_t",       "__int128", "__float128",    "operator",
   "delete",    "new",       "anonymous",    "namespace", "unnamed",       "type",     "lambda",        "default",
   "static",    "sizeof",    "abi",          "complex",   "vtable",        "typeinfo", "name",          "guard",
   "variable",  "thunk",     "non",          "virtual",   "covariant",     "return",   "template",      "parameter",
   "object",    "for",       "clone",        "closure",   "shim",          "impl",     "dyn",           "mut",
   "str",       "i16",       "i32",          "i64",       "i128",          "isize",    "u16",           "u32",
   "u64",       "u128",      "usize",        "f32",       "f64",           "true",     "false",         "unsafe",
   "extern"};

/* Whether s[0 .. n) is `word` or, when `is_part`, anywhere in it. */
static int is_in_word(const char *s, size_t n, const char *word, int is_part)
{
   if (!is_part)
      return equals(s, n, word);
   for (; *word != '\0'; word++) {
      size_t i = 0;
      while (i < n && word[i] == s[i])
         i++;
      if (i == n)
         return 1;
   }
   return 0;
}

/* Numbers too: lengths and template arguments are written in other ways. */
static int is_abbreviated(const char *s, size_t n, int is_part)
{
   if (s[0] >= '0' && s[0] <= '9')
      return 1;
   for (size_t i = 0; i < sizeof abbreviated / sizeof *abbreviated; i++)
      if (is_in_word(s, n, abbreviated[i], is_part))
         return 1;
   return 0;
}

static int is_wildcard(char c)
{
   return c == '*' || c == '?';
}

size_t lg_pattern_word(const char *pattern, size_t *at, const char **word)
{
   size_t i = *at;
   while (pattern[i] != '\0') {
      while (pattern[i] != '\0' && !is_word_byte(pattern[i]))
         i++;
      size_t begin = i;
      while (is_word_byte(pattern[i]))
         i++;
      size_t n = i - begin;
      int is_part = (begin > 0 && is_wildcard(pattern[begin - 1])) || is_wildcard(pattern[i]);
      if (n >= LG_PATTERN_WORD_MIN && !is_abbreviated(pattern + begin, n, is_part)) {
         *at = i;
         *word = pattern + begin;
         return n;
      }
   }
   *at = i;
   return 0;
}

/* ---- what compilers append ---- */

static int is_digit(char c)
{
   return c >= '0' && c <= '9';
}

static int is_hex(char c)
{
   return is_digit(c) || (c >= 'a' && c <= 'f');
}

static size_t without_rust_hash(const char *name, size_t n)
{
   enum { DIGITS = 16, HASH = DIGITS + 3 };
   if (n <= HASH || !equals(name + n - HASH, 3, "::h"))
      return n;
   for (size_t i = n - DIGITS; i < n; i++)
      if (!is_hex(name[i]))
         return n;
   return n - HASH;
}

/* The length before a suffix of the form ".word" or ".word.123" at the end of the name; n when there is none. */
static size_t before_suffix(const char *name, size_t n, const char *word)
{
   size_t i = n;
   while (i > 0 && is_digit(name[i - 1]))
      i--;
   if (i < n && i > 0 && name[i - 1] == '.')
      i--;
   else
      i = n;
   size_t len = 0;
   while (word[len] != '\0')
      len++;
   return i > len + 1 && name[i - len - 1] == '.' && equals(name + i - len, len, word) ? i - len - 1 : n;
}

static size_t without_clone(const char *name, size_t n)
{
   static const char *const suffixes[] = {"constprop", "isra", "part", "lto_priv", "llvm", "localalias", "warm"};
   for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
      size_t shorter = before_suffix(name, n, suffixes[i]);
      if (shorter < n)
         return shorter;
   }
   return n;
}

/* Where " [clone .constprop.0]" and the like begin, as demanglers write them. */
static size_t before_bracket(const char *name, size_t n)
{
   while (n > 0 && name[n - 1] == ']') {
      size_t i = n - 1;
      while (i > 0 && name[i] != '[')
         i--;
      if (i == 0 || name[i - 1] != ' ' || n - i < 9 || !equals(name + i, 8, "[clone ."))
         break;
      n = i - 1;
   }
   return n;
}

size_t lg_pattern_bare_length(const char *name, size_t n)
{
   size_t at = 0;
   while (at < n && name[at] != '@')
      at++;
   if (at > 0)
      n = at;
   n = before_bracket(name, n);
   for (size_t shorter = without_clone(name, n); shorter < n; shorter = without_clone(name, n))
      n = shorter;
   return without_rust_hash(name, n);
}

int lg_pattern_is_fragment(const char *name, size_t n)
{
   if (before_suffix(name, n, "cold") < n)
      return 1;
   size_t i = before_bracket(name, n);
   return i < n && before_suffix(name, n - 1, "cold") < n - 1;
}
