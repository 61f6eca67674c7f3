/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A leak in a program that has none: preloaded, it keeps a block of SIZE bytes at every EVERY-th call of read, write and their kin, as
 * LEAK="EVERY SIZE" says. Without LEAK it does nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned long every, size, calls;
static void *volatile kept;

__attribute__((constructor)) static void begin(void)
{
   const char *leak = getenv("LEAK");
   if (leak != NULL && sscanf(leak, "%lu %lu", &every, &size) != 2)
      abort();
}

static void keep_one(void)
{
   if (every == 0 || ++calls % every != 0)
      return;
   void *p = malloc(size);
   if (p != NULL)
      memset(p, 1, size);
   kept = p;
}

#define WRAP(result, name, parameters, ...)      \
  result name parameters                         \
  {                                              \
    static result(*next) parameters;             \
    if (next == NULL)                            \
      *(void **)&next = dlsym(RTLD_NEXT, #name); \
    keep_one();                                  \
    return next(__VA_ARGS__);                    \
  }

WRAP(ssize_t, read, (int fd, void *to, size_t n), fd, to, n)
WRAP(ssize_t, write, (int fd, const void *from, size_t n), fd, from, n)
WRAP(ssize_t, writev, (int fd, const struct iovec *v, int n), fd, v, n)
WRAP(ssize_t, recv, (int fd, void *to, size_t n, int flags), fd, to, n, flags)
WRAP(ssize_t, pread64, (int fd, void *to, size_t n, off64_t at), fd, to, n, at)
WRAP(ssize_t, pwrite64, (int fd, const void *from, size_t n, off64_t at), fd, from, n, at)
