/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_rust: names as rustc makes them.
 *
 * Answers: what would the author of this program call this future, this stack? Demangled names are full of what the compiler and
 * the libraries wrap around an async function: closures, Pin<Box<..>>, Instrumented<..>; the first frames of a spawn are the
 * runtime's own. */
#ifndef LG_RUST_H
#define LG_RUST_H

#include "lg_compat.h"

enum { LG_RUST_NAME_MAX_B = 256 };

/* The first type parameter of a demangled function name ("poll::<T, S>"), without wrappers and closures: "app::handle_request" of
 * "Instrumented<app::handle_request::{closure#0}>". False when there is none, or it says nothing (dyn Future). */
Bool LG_(rust_future_name)(const HChar *fn, HChar name[LG_RUST_NAME_MAX_B]);

/* A function's name as it is said: without closures, hashes and generic arguments. */
void LG_(rust_function_name)(const HChar *fn, HChar name[LG_RUST_NAME_MAX_B]);

/* Whether a function belongs to the async runtime, the standard library or their like, by its demangled name. */
Bool LG_(rust_is_plumbing)(const HChar *fn);

/* The innermost frame of a stack that is not plumbing; 0 when all are. */
UInt LG_(rust_user_frame)(UInt stack);

/* Whether any function on a stack matches the pattern. */
Bool LG_(rust_stack_has)(UInt stack, const HChar *pattern);

#endif
