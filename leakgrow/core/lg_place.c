/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_place: which frame of a stack tells the reader something, and how it is written on one line.
 *
 * The innermost frames of an allocation often belong to a language's standard library (push_back, RawVec::grow, strdup). They are
 * recognised by the object they are in and, because templates and generics are compiled into the program, by their names. */
#include "lg_place.h"
#include "lg_scale.h"
#include "lg_work.h"

static size_t length_of(const char *s)
{
   size_t n = 0;
   while (s[n] != '\0')
      n++;
   return n;
}

static int starts_with(const char *s, const char *prefix)
{
   while (*prefix != '\0')
      if (*s++ != *prefix++)
         return 0;
   return 1;
}

int lg_word_starts_with_any(const char *s, const char *const *prefixes)
{
   for (; *prefixes != NULL; prefixes++)
      if (starts_with(s, *prefixes))
         return 1;
   return 0;
}

static const char *base_name(const char *path)
{
   const char *base = path;
   for (; *path != '\0'; path++)
      if (*path == '/' && path[1] != '\0')
         base = path + 1;
   return base;
}

/* Where the qualified name begins in a demangled C++ template, which is printed with its return type: behind the last space that
 * is outside of all brackets and before the parameters. */
static const char *skip_return_type(const char *name)
{
   const char *start = name;
   int depth = 0;
   for (const char *p = name; *p != '\0'; p++) {
      if (*p == '<')
         depth++;
      else if (*p == '>' && depth > 0)
         depth--;
      else if (depth == 0 && (*p == '(' || starts_with(p, " [") || starts_with(p, "operator")))
         break;
      else if (depth == 0 && *p == ' ')
         start = p + 1;
   }
   return *start != '\0' ? start : name;
}

static int equals_any(const char *s, const char *const *names)
{
   for (; *names != NULL; names++)
      if (lg_text_compare(s, *names) == 0)
         return 1;
   return 0;
}

/* Does the path begin with one of these namespaces or crates? The newer mangling of Rust may tell a crate's hash: tokio[2f1a]::task. */
static int is_in_any(const char *path, const char *const *crates)
{
   for (; *crates != NULL; crates++) {
      const char *rest = path + length_of(*crates);
      if (starts_with(path, *crates) && (starts_with(rest, "::") || *rest == '['))
         return 1;
   }
   return 0;
}

/* Standard libraries, executors, tracing and our own crate, and wrappers of malloc so common that their name tells nothing. */
int lg_word_is_library(const char *name)
{
   static const char *const prefixes[] = {"operator new", "__rust_", "__rdl_", "__rg_", "g_slice_", NULL};
   static const char *const crates[] = {"std",
                                        "__gnu_cxx",
                                        "core",
                                        "alloc",
                                        "hashbrown",
                                        "leakgrow",
                                        "tokio",
                                        "tokio_util",
                                        "tracing",
                                        "tracing_core",
                                        "tracing_futures",
                                        "tracing_subscriber",
                                        "sharded_slab",
                                        "futures",
                                        "futures_core",
                                        "futures_util",
                                        "futures_executor",
                                        "futures_channel",
                                        NULL};
   static const char *const names[] = {"",
                                       "???",
                                       "UnknownInlinedFun",
                                       "malloc",
                                       "calloc",
                                       "realloc",
                                       "mmap",
                                       "mmap64",
                                       "mremap",
                                       "brk",
                                       "sbrk",
                                       "xmalloc",
                                       "xcalloc",
                                       "xrealloc",
                                       "xstrdup",
                                       "strdup",
                                       "strndup",
                                       "g_malloc",
                                       "g_malloc0",
                                       "g_realloc",
                                       "g_strdup",
                                       "zmalloc",
                                       "zcalloc",
                                       "zrealloc",
                                       "zstrdup",
                                       "zmalloc_usable",
                                       "zcalloc_usable",
                                       "zrealloc_usable",
                                       "ztrymalloc",
                                       "ztrycalloc",
                                       "ztryrealloc",
                                       "ztrymalloc_usable",
                                       "ztrycalloc_usable",
                                       "ztryrealloc_usable",
                                       "_sdsnewlen",
                                       "sdsnewlen",
                                       "sdsnew",
                                       "sdsdup",
                                       NULL};
   const char *p = skip_return_type(name);
   while (*p == '<' || *p == '&' || *p == '*' || *p == '[')
      p++; /* <alloc::vec::Vec<T> as core::clone::Clone>::clone */
   return equals_any(name, names) || lg_word_starts_with_any(p, prefixes) || is_in_any(p, crates);
}

static int is_library_object(const char *object)
{
   static const char *const objects[] = {
      "libc.so",    "libc-",   "libstdc++", "libc++",   "libm.so",     "libpthread",  "ld-linux",    "libgcc_s",
      "vgpreload_", "libmusl", "ld-musl",   "libdl.so", "libjemalloc", "libmimalloc", "libtcmalloc", NULL};
   return lg_word_starts_with_any(base_name(object), objects);
}

int lg_word_is_library_frame(const lg_source *src, uint32_t frame)
{
   return is_library_object(src->frame_object(src->self, frame)) ||
          lg_word_is_library(src->fn_name(src->self, src->frame_fn(src->self, frame)));
}

uint32_t lg_word_user_frame(const lg_source *src, const uint32_t *frames, uint32_t n_frames)
{
   for (uint32_t i = 0; i < n_frames; i++)
      if (!lg_word_is_library_frame(src, frames[i]))
         return i;
   return 0;
}

/* Length of a name without its parameter list: "f(int, char)" and "C::f(int) const" end before their last parenthesis, but
 * "operator()" and "(anonymous namespace)" stay. */
static size_t without_parameters(const char *name)
{
   size_t n = length_of(name), end = n;
   if (n > 6 && starts_with(name + n - 6, " const"))
      end = n - 6;
   if (end == 0 || name[end - 1] != ')')
      return n;
   size_t i = end, depth = 0;
   while (i-- > 0) {
      if (name[i] == ')')
         depth++;
      else if (name[i] == '(' && --depth == 0)
         break;
   }
   if (depth != 0 || i == 0 || (i >= 8 && starts_with(name + i - 8, "operator")) || name[i - 1] == ':')
      return n;
   return i;
}

static int is_continuation(char c)
{
   return ((unsigned char)c & 0xc0) == 0x80;
}

/* n bytes of s, the middle left out beyond max. */
static void put_shortened(lg_text *t, const char *s, size_t n, size_t max)
{
   if (n <= max) {
      lg_word_piece(t, s, n);
      return;
   }
   size_t head = (max - 3) * 2 / 3, tail = max - 3 - head;
   while (head > 0 && is_continuation(s[head]))
      head--;
   size_t from = n - tail;
   while (from < n && is_continuation(s[from]))
      from++;
   lg_word_piece(t, s, head);
   lg_word_text(t, "...");
   lg_word_piece(t, s + from, n - from);
}

void lg_word_function(lg_text *t, const char *name, size_t max)
{
   if (name[0] == '\0')
      name = "???";
   put_shortened(t, name, without_parameters(name), max < 16 ? 16 : max);
}

void lg_word_context(lg_text *t, const lg_source *src, uint32_t context)
{
   uint32_t path[LG_CONTEXT_LEVELS];
   uint32_t n = lg_context_path(src, context, path);
   for (uint32_t i = 0; i < n; i++) {
      if (i > 0)
         lg_word_text(t, " > ");
      if (n > 4 && i == 1) {
         lg_word_text(t, "... > ");
         i = n - 3;
      }
      const char *label = src->context_label(src->self, path[i]);
      put_shortened(t, label, length_of(label), LG_CONTEXT_MAX / 4);
   }
}

void lg_put_file(lg_text *t, const char *file, uint32_t line)
{
   const char *base = base_name(file);
   if (base[0] == '\0')
      return;
   lg_word_text(t, " (");
   put_shortened(t, base, length_of(base), LG_NAME_MAX);
   if (line > 0) {
      char digits[12];
      lg_text number;
      lg_text_init(&number, digits, sizeof digits);
      for (uint32_t unit = 1000000000; unit > 0; unit /= 10)
         if (line >= unit)
            lg_word_piece(&number, &"0123456789"[line / unit % 10], 1);
      lg_word_text(t, ":");
      lg_word_text(t, digits);
   }
   lg_word_text(t, ")");
}

void lg_word_frame(lg_text *t, const lg_source *src, uint32_t frame)
{
   lg_word_function(t, src->fn_name(src->self, src->frame_fn(src->self, frame)), LG_NAME_MAX);
   const char *file = src->frame_file(src->self, frame);
   const char *object = base_name(src->frame_object(src->self, frame));
   if (base_name(file)[0] != '\0') {
      lg_put_file(t, file, src->frame_line(src->self, frame));
   } else if (object[0] != '\0') {
      lg_word_text(t, " (in ");
      put_shortened(t, object, length_of(object), LG_NAME_MAX);
      lg_word_text(t, ")");
   }
}

static int is_unknown(const char *name)
{
   return name[0] == '\0' || lg_text_compare(name, "???") == 0;
}

uint32_t lg_word_chain(lg_text *t, const char *lead, const lg_source *src, const uint32_t *frames, uint32_t n_frames,
                       uint32_t max)
{
   uint32_t n = 0, last = 0;
   for (uint32_t i = 0; i < n_frames; i++) {
      uint32_t fn = src->frame_fn(src->self, frames[i]);
      const char *name = src->fn_name(src->self, fn);
      if (is_unknown(name) || (n > 0 && fn == last))
         continue;
      if (n == max) {
         lg_word_text(t, " < ...");
         break;
      }
      lg_word_text(t, n == 0 ? lead : " < ");
      lg_word_function(t, name, LG_NAME_MAX);
      last = fn;
      n++;
   }
   return n;
}
