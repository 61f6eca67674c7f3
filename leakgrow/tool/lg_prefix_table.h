/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_prefix_table: which function of a prefixed allocator is served by which function of the preload object.
 *
 * Answers: <prefix>malloc is called; where does it go? One row per function name without its prefix: X(kind, name, target).
 * kind: ALLOC and FREE are names that make an object an allocator when both are there; OTHER are served then.
 *
 * The targets are Valgrind's own replacements where arguments and results are the same (no frame of ours is on the stack
 * then), else functions of leakgrow/preload. tests/vg checks that the preload object has every one of them. */
#ifndef LG_PREFIX_TABLE_H
#define LG_PREFIX_TABLE_H

#include "pub_tool_redir.h"

#define LG_TARGET_STRING_(x) #x
#define LG_TARGET_STRING(x)  LG_TARGET_STRING_(x)
#define VG_C(tag, fn)        LG_TARGET_STRING(VG_REPLACE_FUNCTION_EZU(tag, VG_Z_LIBC_SONAME, fn))
#if VG_WORDSIZE == 8
#  define VG_CXX(tag, before, after) VG_C(tag, before##m##after)
#  define LG_CXX_NAME(before, after) LG_TARGET_STRING(before##m##after)
#else
#  define VG_CXX(tag, before, after) VG_C(tag, before##j##after)
#  define LG_CXX_NAME(before, after) LG_TARGET_STRING(before##j##after)
#endif

/* clang-format off */

/* Every family has these. */
#define LG_PREFIX_COMMON(X) \
   X(ALLOC, "malloc",             VG_C(10010, malloc)) \
   X(ALLOC, "calloc",             VG_C(10070, calloc)) \
   X(OTHER, "realloc",            VG_C(10090, realloc)) \
   X(FREE,  "free",               VG_C(10050, free)) \
   X(FREE,  "cfree",              VG_C(10050, free)) \
   X(ALLOC, "memalign",           VG_C(10110, memalign)) \
   X(ALLOC, "aligned_alloc",      VG_C(10170, aligned_alloc)) \
   X(ALLOC, "posix_memalign",     VG_C(10160, posix_memalign)) \
   X(OTHER, "valloc",             VG_C(10120, valloc)) \
   X(OTHER, "pvalloc",            "lg_any_pvalloc") \
   X(OTHER, "malloc_usable_size", VG_C(10180, malloc_usable_size)) \
   X(OTHER, "reallocarray",       "lg_any_reallocarray") \
   X(FREE,  "free_sized",         VG_C(10050, free)) \
   X(FREE,  "free_aligned_sized", VG_C(10050, free))

/* Prefixed allocators may have these, which may call what is theirs by a way that is not seen. */
#define LG_PREFIX_STRINGS(X) \
   X(OTHER, "strdup",             "lg_mi_strdup") \
   X(OTHER, "strndup",            "lg_mi_strndup")

/* What a statically linked program has of its C++ library. */
#define LG_PREFIX_OPERATORS(X) \
   X(OTHER, LG_CXX_NAME(_Znw, ), VG_CXX(10030, _Znw, )) \
   X(OTHER, LG_CXX_NAME(_Zna, ), VG_CXX(10030, _Zna, )) \
   X(OTHER, LG_CXX_NAME(_Znw, RKSt9nothrow_t), VG_CXX(10010, _Znw, RKSt9nothrow_t)) \
   X(OTHER, LG_CXX_NAME(_Zna, RKSt9nothrow_t), VG_CXX(10010, _Zna, RKSt9nothrow_t)) \
   X(OTHER, LG_CXX_NAME(_Znw, St11align_val_t), VG_CXX(10030, _Znw, St11align_val_t)) \
   X(OTHER, LG_CXX_NAME(_Zna, St11align_val_t), VG_CXX(10030, _Zna, St11align_val_t)) \
   X(OTHER, LG_CXX_NAME(_Znw, St11align_val_tRKSt9nothrow_t), VG_CXX(10010, _Znw, St11align_val_tRKSt9nothrow_t)) \
   X(OTHER, LG_CXX_NAME(_Zna, St11align_val_tRKSt9nothrow_t), VG_CXX(10010, _Zna, St11align_val_tRKSt9nothrow_t)) \
   X(OTHER, "_ZdlPv", VG_C(10050, free)) \
   X(OTHER, "_ZdaPv", VG_C(10050, free)) \
   X(OTHER, "_ZdlPvRKSt9nothrow_t", VG_C(10050, free)) \
   X(OTHER, "_ZdaPvRKSt9nothrow_t", VG_C(10050, free)) \
   X(OTHER, LG_CXX_NAME(_ZdlPv, ), VG_C(10050, free)) \
   X(OTHER, LG_CXX_NAME(_ZdaPv, ), VG_C(10050, free)) \
   X(OTHER, "_ZdlPvSt11align_val_t", VG_C(10050, free)) \
   X(OTHER, "_ZdaPvSt11align_val_t", VG_C(10050, free)) \
   X(OTHER, "_ZdlPvSt11align_val_tRKSt9nothrow_t", VG_C(10050, free)) \
   X(OTHER, "_ZdaPvSt11align_val_tRKSt9nothrow_t", VG_C(10050, free)) \
   X(OTHER, LG_CXX_NAME(_ZdlPv, St11align_val_t), VG_C(10050, free)) \
   X(OTHER, LG_CXX_NAME(_ZdaPv, St11align_val_t), VG_C(10050, free))

/* The wrapper of exit, for statically linked programs; elsewhere Valgrind finds it by its pattern. */
#define LG_PREFIX_EXIT_WRAPPER LG_TARGET_STRING(VG_WRAP_FUNCTION_ZU(libcZdsoZa, exit))

/* jemalloc's extended API, known by its own names whatever the prefix, also without one. */
#define LG_PREFIX_JEMALLOC(X) \
   X(ALLOC, "mallocx",            "lg_je_mallocx") \
   X(OTHER, "rallocx",            "lg_je_rallocx") \
   X(OTHER, "xallocx",            "lg_je_xallocx") \
   X(OTHER, "sallocx",            VG_C(10180, malloc_usable_size)) \
   X(FREE,  "dallocx",            VG_C(10050, free)) \
   X(FREE,  "sdallocx",           VG_C(10050, free)) \
   X(OTHER, "nallocx",            "lg_any_good_size") \
   X(OTHER, "malloc_size",        VG_C(10180, malloc_usable_size))

#define LG_PREFIX_TCMALLOC(X) \
   X(OTHER, "malloc_skip_new_handler",  VG_C(10010, malloc)) \
   X(OTHER, "malloc_size",              VG_C(10180, malloc_usable_size)) \
   X(OTHER, "nallocx",                  "lg_any_good_size") \
   X(OTHER, "new",                      VG_CXX(10030, _Znw, )) \
   X(OTHER, "new_nothrow",              VG_CXX(10010, _Znw, RKSt9nothrow_t)) \
   X(OTHER, "newarray",                 VG_CXX(10030, _Zna, )) \
   X(OTHER, "newarray_nothrow",         VG_CXX(10010, _Zna, RKSt9nothrow_t)) \
   X(OTHER, "new_aligned",              VG_CXX(10030, _Znw, St11align_val_t)) \
   X(OTHER, "new_aligned_nothrow",      VG_CXX(10010, _Znw, St11align_val_tRKSt9nothrow_t)) \
   X(OTHER, "newarray_aligned",         VG_CXX(10030, _Zna, St11align_val_t)) \
   X(OTHER, "newarray_aligned_nothrow", VG_CXX(10010, _Zna, St11align_val_tRKSt9nothrow_t)) \
   X(OTHER, "delete",                   VG_C(10050, free)) \
   X(OTHER, "delete_sized",             VG_C(10050, free)) \
   X(OTHER, "delete_nothrow",           VG_C(10050, free)) \
   X(OTHER, "delete_aligned",           VG_C(10050, free)) \
   X(OTHER, "delete_sized_aligned",     VG_C(10050, free)) \
   X(OTHER, "delete_aligned_nothrow",   VG_C(10050, free)) \
   X(OTHER, "deletearray",              VG_C(10050, free)) \
   X(OTHER, "deletearray_sized",        VG_C(10050, free)) \
   X(OTHER, "deletearray_nothrow",      VG_C(10050, free)) \
   X(OTHER, "deletearray_aligned",      VG_C(10050, free)) \
   X(OTHER, "deletearray_sized_aligned", VG_C(10050, free)) \
   X(OTHER, "deletearray_aligned_nothrow", VG_C(10050, free))

/* Before COMMON: what mimalloc defines differently comes first and wins. */
#define LG_PREFIX_MIMALLOC(X) \
   X(OTHER, "realloc",                  "lg_mi_realloc") \
   X(ALLOC, "malloc_small",             VG_C(10010, malloc)) \
   X(ALLOC, "zalloc",                   "lg_mi_zalloc") \
   X(ALLOC, "zalloc_small",             "lg_mi_zalloc") \
   X(ALLOC, "mallocn",                  "lg_mi_mallocn") \
   X(OTHER, "reallocn",                 "lg_mi_reallocn") \
   X(OTHER, "reallocf",                 "lg_mi_reallocf") \
   X(OTHER, "rezalloc",                 "lg_mi_rezalloc") \
   X(OTHER, "recalloc",                 "lg_mi_recalloc") \
   X(ALLOC, "malloc_aligned",           "lg_mi_malloc_aligned") \
   X(ALLOC, "zalloc_aligned",           "lg_mi_zalloc_aligned") \
   X(ALLOC, "calloc_aligned",           "lg_mi_calloc_aligned") \
   X(ALLOC, "malloc_aligned_at",        "lg_mi_malloc_aligned_at") \
   X(ALLOC, "zalloc_aligned_at",        "lg_mi_zalloc_aligned_at") \
   X(ALLOC, "calloc_aligned_at",        "lg_mi_calloc_aligned_at") \
   X(OTHER, "realloc_aligned",          "lg_mi_realloc_aligned") \
   X(OTHER, "realloc_aligned_at",       "lg_mi_realloc_aligned_at") \
   X(OTHER, "rezalloc_aligned",         "lg_mi_rezalloc_aligned") \
   X(OTHER, "rezalloc_aligned_at",      "lg_mi_rezalloc_aligned_at") \
   X(OTHER, "recalloc_aligned",         "lg_mi_recalloc_aligned") \
   X(OTHER, "recalloc_aligned_at",      "lg_mi_recalloc_aligned_at") \
   X(OTHER, "aligned_recalloc",         "lg_mi_recalloc_aligned") \
   X(OTHER, "aligned_offset_recalloc",  "lg_mi_recalloc_aligned_at") \
   X(OTHER, "realpath",                 "lg_mi_realpath") \
   X(OTHER, "mbsdup",                   "lg_mi_strdup") \
   X(OTHER, "wcsdup",                   "lg_mi_wcsdup") \
   X(OTHER, "dupenv_s",                 "lg_mi_dupenv_s") \
   X(OTHER, "reallocarr",               "lg_mi_reallocarr") \
   X(OTHER, "expand",                   "lg_mi_expand") \
   X(OTHER, "_expand",                  "lg_mi_expand") \
   X(OTHER, "usable_size",              VG_C(10180, malloc_usable_size)) \
   X(OTHER, "malloc_size",              VG_C(10180, malloc_usable_size)) \
   X(OTHER, "good_size",                "lg_any_good_size") \
   X(OTHER, "malloc_good_size",         "lg_any_good_size") \
   X(FREE,  "free_size",                VG_C(10050, free)) \
   X(FREE,  "free_size_aligned",        VG_C(10050, free)) \
   X(FREE,  "free_aligned",             VG_C(10050, free)) \
   X(OTHER, "new",                      VG_CXX(10030, _Znw, )) \
   X(OTHER, "new_nothrow",              VG_CXX(10010, _Znw, RKSt9nothrow_t)) \
   X(OTHER, "new_aligned",              VG_CXX(10030, _Znw, St11align_val_t)) \
   X(OTHER, "new_aligned_nothrow",      VG_CXX(10010, _Znw, St11align_val_tRKSt9nothrow_t)) \
   X(OTHER, "new_n",                    "lg_mi_new_n") \
   X(OTHER, "new_realloc",              "lg_mi_new_realloc") \
   X(OTHER, "new_reallocn",             "lg_mi_new_reallocn") \
   X(OTHER, "check_owned",              "lg_mi_is_ours") \
   X(OTHER, "is_in_heap_region",        "lg_mi_is_ours") \
   X(OTHER, "heap_new",                 "lg_mi_heap_new") \
   X(OTHER, "heap_new_ex",              "lg_mi_heap_new") \
   X(OTHER, "heap_new_in_arena",        "lg_mi_heap_new") \
   X(OTHER, "heap_delete",              "lg_mi_heap_delete") \
   X(OTHER, "heap_destroy",             "lg_mi_heap_destroy") \
   X(OTHER, "heap_set_default",         "lg_mi_heap_main") \
   X(OTHER, "heap_collect",             "lg_mi_heap_no") \
   X(OTHER, "heap_visit_blocks",        "lg_mi_heap_no") \
   X(OTHER, "heap_malloc",              "lg_mi_heap_malloc") \
   X(OTHER, "heap_malloc_small",        "lg_mi_heap_malloc") \
   X(OTHER, "heap_zalloc",              "lg_mi_heap_zalloc") \
   X(OTHER, "heap_zalloc_small",        "lg_mi_heap_zalloc") \
   X(OTHER, "heap_calloc",              "lg_mi_heap_calloc") \
   X(OTHER, "heap_mallocn",             "lg_mi_heap_mallocn") \
   X(OTHER, "heap_realloc",             "lg_mi_heap_realloc") \
   X(OTHER, "heap_reallocn",            "lg_mi_heap_reallocn") \
   X(OTHER, "heap_reallocf",            "lg_mi_heap_reallocf") \
   X(OTHER, "heap_rezalloc",            "lg_mi_heap_rezalloc") \
   X(OTHER, "heap_recalloc",            "lg_mi_heap_recalloc") \
   X(OTHER, "heap_malloc_aligned",      "lg_mi_heap_malloc_aligned") \
   X(OTHER, "heap_zalloc_aligned",      "lg_mi_heap_zalloc_aligned") \
   X(OTHER, "heap_calloc_aligned",      "lg_mi_heap_calloc_aligned") \
   X(OTHER, "heap_malloc_aligned_at",   "lg_mi_heap_malloc_aligned_at") \
   X(OTHER, "heap_zalloc_aligned_at",   "lg_mi_heap_zalloc_aligned_at") \
   X(OTHER, "heap_calloc_aligned_at",   "lg_mi_heap_calloc_aligned_at") \
   X(OTHER, "heap_realloc_aligned",     "lg_mi_heap_realloc_aligned") \
   X(OTHER, "heap_realloc_aligned_at",  "lg_mi_heap_realloc_aligned_at") \
   X(OTHER, "heap_rezalloc_aligned",    "lg_mi_heap_rezalloc_aligned") \
   X(OTHER, "heap_rezalloc_aligned_at", "lg_mi_heap_rezalloc_aligned_at") \
   X(OTHER, "heap_recalloc_aligned",    "lg_mi_heap_recalloc_aligned") \
   X(OTHER, "heap_recalloc_aligned_at", "lg_mi_heap_recalloc_aligned_at") \
   X(OTHER, "heap_strdup",              "lg_mi_heap_strdup") \
   X(OTHER, "heap_strndup",             "lg_mi_heap_strndup") \
   X(OTHER, "heap_realpath",            "lg_mi_heap_realpath") \
   X(OTHER, "heap_alloc_new",           "lg_mi_heap_alloc_new") \
   X(OTHER, "heap_alloc_new_n",         "lg_mi_heap_alloc_new_n") \
   X(OTHER, "heap_contains_block",      "lg_mi_heap_is_ours") \
   X(OTHER, "heap_check_owned",         "lg_mi_heap_is_ours")
/* clang-format on */

#endif
