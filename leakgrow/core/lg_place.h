/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_place: names of code in sentences. Internal to lg_word. */
#ifndef LG_PLACE_H
#define LG_PLACE_H

#include "lg_word.h"

enum { LG_NAME_MAX = 80, LG_CONTEXT_MAX = 120 };

/* n bytes of s, L1 applied. */
void lg_word_piece(lg_text *t, const char *s, size_t n);

/* Does this function belong to a standard library, or wrap malloc under a name that tells nothing? */
int lg_word_is_library(const char *name);

/* The same of a frame, or is its object a runtime library? */
int lg_word_is_library_frame(const lg_source *src, uint32_t frame);

/* " (file.c:12)", " (file.c)"; nothing when the file is unknown. Only the last part of its path is said. */
void lg_put_file(lg_text *t, const char *file, uint32_t line);

/* Does it begin with one of the prefixes, a list that ends with NULL? */
int lg_word_starts_with_any(const char *s, const char *const *prefixes);

/* "function (file.c:12)", "function (in libx.so)" or "function". */
void lg_word_frame(lg_text *t, const lg_source *src, uint32_t frame);

/* `lead` and "f < g < h": the first `max` functions of the frames that are known, repetitions left out; " < ..." when there are
 * more. Returns how many it named; nothing is appended when there is none. */
uint32_t lg_word_chain(lg_text *t, const char *lead, const lg_source *src, const uint32_t *frames, uint32_t n_frames,
                       uint32_t max);

#endif
