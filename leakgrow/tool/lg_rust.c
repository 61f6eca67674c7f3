/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_rust: see lg_rust.h. */
#include "lg_rust.h"

#include "lg_fnclass.h"
#include "lg_stack.h"
#include "lg_symbol.h"

#include "lg_pattern.h"

#include "pub_tool_libcbase.h"

/* ---- text ---- */

static Bool starts_with(const HChar *s, SizeT n, const HChar *prefix)
{
   SizeT k = VG_(strlen)(prefix);
   return k <= n && VG_(strncmp)(s, prefix, k) == 0;
}

/* Position of the first of `,` or the closing bracket of the level on which s begins; n when there is none. */
static SizeT end_of_argument(const HChar *s, SizeT n)
{
   Int depth = 0;
   for (SizeT i = 0; i < n; i++) {
      if (s[i] == '<' || s[i] == '(' || s[i] == '[' || s[i] == '{')
         depth++;
      else if ((s[i] == '>' && !(i > 0 && s[i - 1] == '-')) || s[i] == ')' || s[i] == ']' || s[i] == '}')
         depth--;
      if (depth < 0 || (depth == 0 && s[i] == ','))
         return i;
   }
   return n;
}

/* What one async function may be wrapped in on its way into a task. */
static Bool unwrap(const HChar **s, SizeT *n)
{
   static const HChar *const wrappers[] = {"core::pin::Pin<",
                                           "alloc::boxed::Box<",
                                           "tracing::instrument::Instrumented<",
                                           "tracing::instrument::WithDispatch<",
                                           "tracing_futures::Instrumented<",
                                           "tokio::runtime::blocking::task::BlockingTask<",
                                           "tokio::time::timeout::Timeout<",
                                           "tokio::task::task_local::TaskLocalFuture<",
                                           "leakgrow::span::InSpan<",
                                           "leakgrow::task::AsTask<",
                                           "&mut ",
                                           "dyn "};
   for (UInt i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
      if (!starts_with(*s, *n, wrappers[i]))
         continue;
      *s += VG_(strlen)(wrappers[i]);
      *n -= VG_(strlen)(wrappers[i]);
      *n = end_of_argument(*s, *n);
      return True;
   }
   return False;
}

/* Drops "::{closure#0}", "::{{closure}}" and the like at the end. */
static SizeT without_closures(const HChar *s, SizeT n)
{
   while (n > 0 && s[n - 1] == '}') {
      Int depth = 0;
      SizeT i = n;
      do {
         i--;
         depth += s[i] == '}' ? 1 : s[i] == '{' ? -1 : 0;
      } while (i > 0 && depth > 0);
      if (depth != 0 || i < 2 || s[i - 1] != ':' || s[i - 2] != ':')
         break;
      n = i - 2;
   }
   return n;
}

/* "<app::Client>::new" is "app::Client::new"; traits stay: "<app::Client as Default>::default". */
static SizeT copy_name(HChar *to, const HChar *s, SizeT n)
{
   SizeT inner = n > 0 && s[0] == '<' ? end_of_argument(s + 1, n - 1) : n;
   Bool is_inherent = inner + 1 < n && s[0] == '<' && s[inner + 1] == '>';
   for (SizeT i = 1; is_inherent && i + 4 <= inner; i++)
      if (VG_(strncmp)(s + i, " as ", 4) == 0)
         is_inherent = False;
   SizeT done = 0;
   for (SizeT i = 0; i < n && done < LG_RUST_NAME_MAX_B - 1; i++)
      if (!is_inherent || (i != 0 && i != inner + 1))
         to[done++] = s[i];
   to[done] = 0;
   return done;
}

/* Drops "::<..>" at the end. */
static SizeT without_arguments(const HChar *s, SizeT n)
{
   if (n == 0 || s[n - 1] != '>')
      return n;
   Int depth = 0;
   for (SizeT i = n; i-- > 2;) {
      depth += s[i] == '>' && s[i - 1] != '-' ? 1 : s[i] == '<' ? -1 : 0;
      if (depth == 0)
         return s[i - 1] == ':' && s[i - 2] == ':' ? i - 2 : n;
   }
   return n;
}

/* ---- names ---- */

Bool LG_(rust_future_name)(const HChar *fn, HChar name[LG_RUST_NAME_MAX_B])
{
   const HChar *s = VG_(strstr)(fn, "::<");
   if (!s)
      return False;
   s += 3;
   SizeT n = end_of_argument(s, VG_(strlen)(s));
   while (unwrap(&s, &n))
      if (starts_with(s, n, "core::future::"))
         return False;
   n = without_closures(s, n);
   return n > 0 && copy_name(name, s, n) > 0 && !LG_(rust_is_plumbing)(name);
}

void LG_(rust_function_name)(const HChar *fn, HChar name[LG_RUST_NAME_MAX_B])
{
   SizeT n = lg_pattern_bare_length(fn, VG_(strlen)(fn)), before;
   do {
      before = n;
      n = without_arguments(fn, without_closures(fn, n));
   } while (n != before);
   copy_name(name, fn, n);
}

/* By the path's first part, which may stand behind <, & or *. A trait of the standard library implemented by somebody's type is
 * somebody's: "<app::Client as core::default::Default>::default". */
Bool LG_(rust_is_plumbing)(const HChar *fn)
{
   static const HChar *const roots[] = {
      "tokio::",     "tokio_util::", "std::",       "core::", "alloc::",      "futures_",     "futures::",
      "tracing::",   "tracing_",     "hashbrown::", "__rust", "_RNvC",        "async_task::", "backtrace::",
      "once_cell::", "parking_lot",  "FnOnce::",    "log::",  "(below main)", "start_thread", "leakgrow::"};
   while (*fn == '<' || *fn == '&' || *fn == '*')
      fn++;
   if (starts_with(fn, VG_(strlen)(fn), "mut ") || starts_with(fn, VG_(strlen)(fn), "dyn "))
      fn += 4;
   if (starts_with(fn, VG_(strlen)(fn), "const "))
      fn += 6;
   for (UInt i = 0; i < sizeof roots / sizeof *roots; i++)
      if (starts_with(fn, VG_(strlen)(fn), roots[i]))
         return True;
   return VG_STREQ(fn, "???") || VG_STREQ(fn, "clone") || VG_STREQ(fn, "main") || VG_STREQ(fn, "_start");
}

/* ---- stacks ---- */

UInt LG_(rust_user_frame)(UInt stack)
{
   UInt frames[LG_FRAMES_MAX], n = LG_(stack_frames)(stack, frames);
   for (UInt i = 0; i < n; i++)
      if (!(LG_(symbol_class)(frames[i]) & LG_FN_LIBRARY) &&
          !LG_(rust_is_plumbing)(LG_(names_text)(LG_(symbol_fns)(), LG_(symbol_frame)(frames[i])->fn)))
         return frames[i];
   return 0;
}

Bool LG_(rust_stack_has)(UInt stack, const HChar *pattern)
{
   UInt frames[LG_FRAMES_MAX], n = LG_(stack_frames)(stack, frames);
   for (UInt i = 0; i < n; i++) {
      const HChar *fn = LG_(names_text)(LG_(symbol_fns)(), LG_(symbol_frame)(frames[i])->fn);
      if (lg_pattern_match(pattern, fn, VG_(strlen)(fn)))
         return True;
   }
   return False;
}
