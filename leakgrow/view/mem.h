/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem: memory for the viewer's programs.
 *
 * Answers: how do I get memory without checking each time? A program of the viewer that runs out of memory says so and ends
 * with EXIT_NO_MEMORY; no function here returns NULL. Everything is released with free(). */
#ifndef VIEW_MEM_H
#define VIEW_MEM_H

#include <stddef.h>

enum { EXIT_NO_MEMORY = 4 };

void *mem_alloc(size_t n);               /* not cleared */
void *mem_zalloc(size_t n, size_t size); /* n elements of this size, cleared; checked for overflow */
void *mem_resize(void *p, size_t n, size_t size);
char *mem_string(const char *s, size_t n); /* a 0-terminated copy of n bytes */

/* Much will be needed, in small pieces that are used in no order: asks the system for large pages. To be called again now and then, while it
 * is needed; nothing happens where there are none. */
void mem_use_large_pages(void);

/* n bytes are more than there is: says so and ends. */
_Noreturn void mem_exhausted(size_t n);

/* Grows an array so that it holds at least `need` elements of `size` bytes: capacity rises by half. */
void *mem_grow(void *p, size_t *capacity, size_t need, size_t size);

#endif
