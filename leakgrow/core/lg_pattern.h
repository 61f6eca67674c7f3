/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pattern: names of functions that match a pattern with * and ?.
 *
 * Answers: does this name match? And, since demangling every name of a program would take longer than many programs run: which
 * words must the mangled form of every matching name hold?
 *
 * P1  matching is O(pattern x name) whatever they are, and needs no memory.
 * P2  a word is a run of letters, digits and _ between wildcards and punctuation that C++ and both manglings of Rust write into
 *     the mangled name as it stands. Words that they abbreviate (std, char, operator ...) are not given out.
 * Freestanding; pure. */
#ifndef LG_PATTERN_H
#define LG_PATTERN_H

#include <stddef.h>

/* 1 when the whole of text[0 .. n) matches. */
int lg_pattern_match(const char *pattern, const char *text, size_t n);

/* The next word of at least LG_PATTERN_WORD_MIN bytes from position *at on; moves *at behind it. Its length, and its begin in
 * *word (borrowed from the pattern); 0 when there is none left. */
enum { LG_PATTERN_WORD_MIN = 3 };
size_t lg_pattern_word(const char *pattern, size_t *at, const char **word);

/* Length of a demangled or C name without what compilers append to it: Rust's hash ("::h" and 16 digits), "@VERSION", " [clone ...]"
 * and the suffixes of clones (".constprop.0", ".llvm.123"). */
size_t lg_pattern_bare_length(const char *name, size_t n);

/* 1 for the names of code that is not the begin of a function: a cold part (".cold"). */
int lg_pattern_is_fragment(const char *name, size_t n);

#endif
