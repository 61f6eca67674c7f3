/* SPDX-License-Identifier: GPL-2.0-or-later */
/* symbol: names of code as they stay the same from build to build.
 *
 * Answers: is this the function that had this name in another build, is it the one a budget means? What compilers and linkers
 * add to names is left out: suffixes of clones (.constprop.0, .isra.0, .part.0, .cold, .lto_priv.0, .llvm.123, [clone ...]),
 * the hashes of Rust (::h0123456789abcdef, [0123456789abcdef]), directories and versions of objects (/lib/libx.so.1.2 is libx.so),
 * and the hash cargo puts behind a program's name. */
#ifndef VIEW_SYMBOL_H
#define VIEW_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

/* Each returns a new string, which the caller frees. */
char *symbol_function(const char *name);
char *symbol_plain(const char *name); /* without parameters */
char *symbol_object(const char *path);

/* Does the whole name match? `*` stands for any characters, `?` for one. */
int symbol_matches(const char *pattern, const char *name);

/* Strings with numbers: equal strings have equal numbers, from 1. */
typedef struct symbol_entry symbol_entry;
typedef struct {
   symbol_entry *by_name; /* uthash */
   const char **name;     /* [n + 1]; name[0] is "" */
   size_t n, cap;
} symbol_table;

uint32_t symbol_id(symbol_table *t, const char *name); /* copies */
void symbol_table_free(symbol_table *t);

#endif
