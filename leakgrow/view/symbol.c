/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbol.h"

#include "lg_word.h"
#include "mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) mem_alloc(SIZE_MAX) /* says so and ends the program */
#include <uthash.h>

enum { HASH_DIGITS = 16 };

struct symbol_entry {
   uint32_t id;
   UT_hash_handle hh;
   char name[];
};

/* ---- normal forms ---- */

static size_t hex_digits(const char *s)
{
   return strspn(s, "0123456789abcdef");
}

/* Everything from the first of these on is a clone's. Only behind a name: ".cold" alone is one. */
static size_t without_clone(const char *name)
{
   static const char *const marks[] = {".constprop.", ".isra.", ".part.",  ".cold",
                                       ".lto_priv.",  ".llvm.", " [clone", NULL};
   size_t n = strlen(name);
   for (int i = 0; marks[i] != NULL; i++) {
      const char *at = strstr(name, marks[i]);
      if (at != NULL && at != name && (size_t)(at - name) < n)
         n = (size_t)(at - name);
   }
   return n;
}

char *symbol_function(const char *name)
{
   size_t n = without_clone(name), used = 0;
   if (n > HASH_DIGITS + 3 && memcmp(name + n - HASH_DIGITS - 3, "::h", 3) == 0 &&
       hex_digits(name + n - HASH_DIGITS) >= HASH_DIGITS)
      n -= HASH_DIGITS + 3;
   char *copy = mem_string(name, n);
   for (size_t i = 0; i < n; i++) {
      size_t digits = copy[i] == '[' ? hex_digits(copy + i + 1) : 0;
      if (digits >= HASH_DIGITS - 4 && copy[i + 1 + digits] == ']')
         i += digits + 1;
      else
         copy[used++] = copy[i];
   }
   copy[used] = '\0';
   return copy;
}

char *symbol_plain(const char *name)
{
   size_t size = strlen(name) + 16;
   char *plain = mem_alloc(size);
   lg_text t;
   lg_text_init(&t, plain, size);
   lg_word_function(&t, name, size);
   return plain;
}

char *symbol_object(const char *path)
{
   const char *slash = strrchr(path, '/');
   const char *base = slash != NULL ? slash + 1 : path;
   const char *so = strstr(base, ".so.");
   size_t n = so != NULL && so != base && isdigit((unsigned char)so[4]) ? (size_t)(so - base) + 3 : strlen(base);
   if (n > HASH_DIGITS + 1 && base[n - HASH_DIGITS - 1] == '-' && hex_digits(base + n - HASH_DIGITS) == HASH_DIGITS)
      n -= HASH_DIGITS + 1;
   return mem_string(base, n);
}

/* ---- patterns ---- */

/* Only the last star is tried again: no pattern takes exponential time. */
int symbol_matches(const char *pattern, const char *name)
{
   const char *star = NULL, *retry = NULL;
   while (*name != '\0') {
      if (*pattern == '*') {
         star = pattern++;
         retry = name;
      } else if (*pattern == '?' || *pattern == *name) {
         pattern++;
         name++;
      } else if (star != NULL) {
         pattern = star + 1;
         name = ++retry;
      } else {
         return 0;
      }
   }
   while (*pattern == '*')
      pattern++;
   return *pattern == '\0';
}

/* ---- table ---- */

uint32_t symbol_id(symbol_table *t, const char *name)
{
   symbol_entry *e;
   size_t n = strlen(name);
   HASH_FIND(hh, t->by_name, name, n, e);
   if (e != NULL)
      return e->id;
   e = mem_zalloc(1, sizeof *e + n + 1);
   memcpy(e->name, name, n);
   t->name = mem_grow(t->name, &t->cap, t->n + 2, sizeof *t->name);
   t->name[0] = "";
   e->id = (uint32_t)++t->n;
   t->name[e->id] = e->name;
   HASH_ADD(hh, t->by_name, name, n, e);
   return e->id;
}

void symbol_table_free(symbol_table *t)
{
   symbol_entry *e, *next;
   HASH_ITER (hh, t->by_name, e, next) {
      HASH_DEL(t->by_name, e);
      free(e);
   }
   free(t->name);
   memset(t, 0, sizeof *t);
}
