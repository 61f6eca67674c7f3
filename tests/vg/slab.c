/* SPDX-License-Identifier: GPL-2.0-or-later */
/* slab PART: what an allocator of small blocks may get wrong. Ends with status 1 where the program itself sees a mistake; what the
 * tool must have counted is known to the test. */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what, size_t n)
{
   fprintf(stderr, "%s (%zu)\n", what, n);
   exit(1);
}

static uint32_t state = 1;
static uint32_t draw(uint32_t below)
{
   state = state * 1664525u + 1013904223u;
   return (uint32_t)(((uint64_t)state * below) >> 32);
}

/* Every size and every power of two as alignment: blocks are aligned, apart from each other and as large as they say. */
static void sizes(void)
{
   static unsigned char *p[5001];
   for (size_t n = 0; n <= 5000; n++) {
      p[n] = malloc(n);
      if (!p[n] || ((uintptr_t)p[n] & 15) || malloc_usable_size(p[n]) != n)
         fail("malloc", n);
      memset(p[n], (int)(n * 7), n);
   }
   for (size_t n = 0; n <= 5000; n++) {
      for (size_t i = 0; i < n; i++)
         if (p[n][i] != (unsigned char)(n * 7))
            fail("overlap", n);
      free(p[n]);
   }
   for (size_t align = 16; align <= 65536; align *= 2)
      for (size_t n = 0; n <= 5000; n += 97) {
         void *a = memalign(align, n);
         if (!a || ((uintptr_t)a & (align - 1)) || malloc_usable_size(a) != n)
            fail("memalign", align);
         memset(a, 1, n);
         a = realloc(a, n + 1);
         for (size_t i = 0; i < n; i++)
            if (((char *)a)[i] != 1)
               fail("realloc of aligned", align);
         free(a);
      }
}

/* Blocks that grow and shrink keep their contents; calloc clears what was used before. */
static void contents(void)
{
   enum { N = 300 };
   static unsigned char *p[N];
   static size_t size[N];
   for (int step = 0; step < 60000; step++) {
      uint32_t k = draw(N);
      for (size_t i = 0; i < size[k]; i += 61)
         if (p[k][i] != (unsigned char)(k + i))
            fail("contents", k);
      size_t n = draw(draw(2) ? 200 : 9000) + 1, old = size[k];
      if (draw(3) == 0) {
         free(p[k]);
         p[k] = calloc(n, 1);
         for (size_t i = 0; i < n; i++)
            if (p[k][i])
               fail("calloc", n);
         old = 0;
      } else {
         p[k] = realloc(p[k], n);
      }
      for (size_t i = 0; i < old && i < n; i += 61)
         if (p[k][i] != (unsigned char)(k + i))
            fail("realloc", n);
      for (size_t i = 0; i < n; i++)
         p[k][i] = (unsigned char)(k + i);
      size[k] = n;
   }
   for (int k = 0; k < N; k++)
      free(p[k]);
}

static char *volatile hidden; /* from the compiler */

/* 100 of each. */
static void mistakes(void)
{
   for (int i = 0; i < 100; i++) {
      hidden = malloc(100 + i);
      free(hidden + 16);            /* bogus: inside of a block */
      free(hidden + 1);             /* bogus: unaligned */
      free((void *)(uintptr_t)8);   /* bogus: nowhere */
      if (realloc(hidden + 32, 10)) /* bogus realloc */
         fail("realloc of the inside of a block", i);
      free(hidden);
      free(hidden); /* double */
   }
}

/* A high tide of blocks that goes again, twice: memory goes back and comes again. */
static void tide(void)
{
   enum { N = 400000 };
   char **p = malloc(N * sizeof *p);
   for (int round = 0; round < 2; round++) {
      for (int i = 0; i < N; i++) {
         p[i] = malloc(32 + draw(64));
         p[i][0] = (char)i;
      }
      for (int i = 0; i < N; i++) {
         if (p[i][0] != (char)i)
            fail("tide", i);
         free(p[i]);
      }
   }
   free(p);
}

/* Parent and child each go on with the heap of before. */
static void forked(void)
{
   char *before[100];
   for (int i = 0; i < 100; i++)
      memset(before[i] = malloc(50), i, 50);
   pid_t child = fork();
   for (int i = 0; i < 100; i++) {
      char *more = malloc(50);
      memset(more, 200, 50);
      if (before[i][49] != i)
         fail("fork", i);
      free(before[i]);
   }
   int status = 0;
   if (child == 0)
      _exit(0);
   if (waitpid(child, &status, 0) != child || status != 0)
      fail("child", status);
}

int main(int argc, char **argv)
{
   static const struct {
      const char *name;
      void (*run)(void);
   } parts[] = {{"sizes", sizes}, {"contents", contents}, {"mistakes", mistakes}, {"tide", tide}, {"forked", forked}};
   for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
      if (argc > 1 && strcmp(argv[1], parts[i].name) == 0)
         parts[i].run();
   return 0;
}
