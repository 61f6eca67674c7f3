/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_prefix: allocators whose functions carry a prefix are served by the tool too.
 *
 * Answers: this object has _rjem_malloc, je_mallocx, mi_malloc_aligned, tc_new, my_malloc: which of the preload object's
 * functions has to run instead? Valgrind matches redirections by name patterns that are fixed when the preload object is
 * compiled, costs a pattern match per symbol and pattern, and would catch unrelated functions; so names are matched here.
 *
 * How: the linker's --wrap puts three functions of this module around Valgrind's redirection table (VG_(redir_do_lookup),
 * VG_(redir_notify_new_DebugInfo), VG_(redir_notify_delete_DebugInfo)). The core then treats our answers like its own:
 * translations are not chased into a redirected function, and no frame is added. Without the linker options (Makefrag.am)
 * this module does nothing.
 *
 * The same mechanism serves malloc in statically linked programs, into which lg_inject brings the preload object.
 *
 * X1  known prefixes: _rjem_, je_, mi_, tc_, --alloc-prefix, and any (also an empty) prefix under which an object has
 *     jemalloc's extended API.
 * X2  an object is an allocator under a prefix when it has a function that allocates and one that frees under it; then all of
 *     its functions in lg_prefix_table.h are served, else none.
 * X3  malloc and mi_malloc may be one function that Valgrind redirects too: ours is taken, the same or closer to the original. */
#ifndef LG_PREFIX_H
#define LG_PREFIX_H

#include "lg_compat.h"

/* Names one more prefix, from --alloc-prefix; before the program's objects are read, so from post_clo_init. The string is
 * borrowed for ever. False when it is empty or longer than 63 bytes: then nothing was added. */
Bool LG_(prefix_add)(const HChar *prefix);

/* Whether our preload object is in the program. It is not when the program is linked statically (or refuses preloading, as
 * set-user-id programs do): then malloc is not replaced and nothing is known of the heap. */
Bool LG_(prefix_is_preloaded)(void);

/* An allocator that was found. Strings are borrowed during the call. */
typedef struct {
   const HChar *prefix;
   const HChar *object; /* path; "" when no object with this prefix was seen */
   Bool by_user;        /* named by --alloc-prefix */
   UInt n_functions;    /* served */
   UInt n_used;         /* of these, called at least once */
} LgPrefixFound;

/* Calls visit for every allocator found so far, in the order of loading, and for every --alloc-prefix that was not found
 * (n_functions 0). Objects that were unloaded are included. */
void LG_(prefix_visit)(void (*visit)(void *arg, const LgPrefixFound *found), void *arg);

#endif
