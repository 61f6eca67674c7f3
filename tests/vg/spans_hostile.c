/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spans_hostile SEED N: N requests about spans and tasks on each of four threads, with ids that come again and labels of every bad kind,
 * between ordinary allocations. Prints how many requests were refused, and "done". */
#define _GNU_SOURCE
#include "leakgrow.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

enum { THREADS = 4, PAGE = 4096, IDS = 40, BLOCKS = 32 };

typedef struct {
   uint64_t state;
   unsigned long refused;
   void *blocks[BLOCKS];
} Self;

static long n_requests;
static LeakgrowLabel labels[64]; /* random words in some */
static char texts[64][300];
static char *edge;       /* a page that ends without a 0, before one that cannot be read */
static char *short_file; /* two pages of a file that has one */
static char *volatile unmapped;
static char *huge;

static uint64_t next_random(Self *s)
{
   s->state ^= s->state << 13;
   s->state ^= s->state >> 7;
   s->state ^= s->state << 17;
   return s->state;
}

static void make_memory(void)
{
   char path[] = "/tmp/lg-spans-XXXXXX";
   edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   memset(edge, 'e', PAGE);
   mprotect(edge + PAGE, PAGE, PROT_NONE);
   int fd = mkstemp(path);
   unlink(path);
   if (ftruncate(fd, 100) != 0)
      exit(1);
   short_file = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
   close(fd);
   huge = malloc(1 << 20);
   memset(huge, 'h', 1 << 20);
   unmapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   munmap(unmapped, PAGE);
}

static const char *bad_text(Self *s)
{
   switch (next_random(s) % 8) {
   case 0:
      return NULL;
   case 1:
      return edge + PAGE - next_random(s) % 300;
   case 2:
      return short_file + PAGE + next_random(s) % PAGE;
   case 3:
      return unmapped + next_random(s) % PAGE;
   case 4:
      return huge;
   case 5:
      return (const char *)(uintptr_t)next_random(s);
   case 6:
      return (const char *)((uintptr_t)-1 - next_random(s) % 8);
   default:
      return texts[next_random(s) % 64] + next_random(s) % 300;
   }
}

/* Labels whose memory comes and goes, as that of a library that is unloaded and loaded again. */
static const LeakgrowLabel *label_in_mapping(Self *s)
{
   char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   LeakgrowLabel *l = (LeakgrowLabel *)page;
   l->name = page + 100;
   l->file = page + 200;
   sprintf(page + 100, "mapped %d", (int)(next_random(s) % 5));
   if (next_random(s) % 2)
      LEAKGROW_SPAN_BEGIN_LABEL(l);
   munmap(page, PAGE);
   return l;
}

static const LeakgrowLabel *any_label(Self *s)
{
   LeakgrowLabel *l = &labels[next_random(s) % 64];
   switch (next_random(s) % 16) {
   case 0:
      l->name = bad_text(s);
      return l;
   case 1:
      l->file = bad_text(s);
      return l;
   case 2:
      l->line = (unsigned)next_random(s);
      return l;
   case 3: /* another text at the same place */
      for (int i = 0; i < 20; i++)
         texts[next_random(s) % 64][next_random(s) % 300] = (char)next_random(s);
      return l;
   case 4:
      return (const LeakgrowLabel *)bad_text(s);
   case 5:
      return (const LeakgrowLabel *)(edge + PAGE - 1 - next_random(s) % 32);
   case 6:
      return label_in_mapping(s);
   default:
      l->name = texts[next_random(s) % 64];
      l->file = texts[next_random(s) % 64];
      return l;
   }
}

static unsigned long any_id(Self *s)
{
   switch (next_random(s) % 8) {
   case 0:
      return (unsigned long)next_random(s);
   case 1:
      return (unsigned long)s->blocks[next_random(s) % BLOCKS];
   case 2:
      return (unsigned long)-1;
   default:
      return next_random(s) % IDS;
   }
}

static unsigned long any_flags(Self *s)
{
   return next_random(s) % 4 ? next_random(s) % 16 : (unsigned long)next_random(s);
}

static NOINLINE unsigned long request(Self *s)
{
   switch (next_random(s) % 12) {
   case 0:
      return LEAKGROW_SPAN_NEW_LABEL(any_id(s), any_label(s), any_id(s), any_flags(s));
   case 1:
      return LEAKGROW_SPAN_ENTER(any_id(s));
   case 2:
      return LEAKGROW_SPAN_EXIT(any_id(s));
   case 3:
      return LEAKGROW_SPAN_CLOSE(any_id(s));
   case 4:
      return LEAKGROW_SPAN_BEGIN_LABEL(any_label(s));
   case 5:
      return next_random(s) % 2 ? LEAKGROW_SPAN_END_LABEL(any_label(s)) : LEAKGROW_SPAN_END();
   case 6:
      return LEAKGROW_TASK_NEW_LABEL(any_id(s), any_label(s), any_flags(s));
   case 7:
      return LEAKGROW_TASK_NEW_LABEL(s->blocks[next_random(s) % BLOCKS], any_label(s), LEAKGROW_IN_BLOCK);
   case 8:
      return LEAKGROW_TASK_RESUME(any_id(s));
   case 9:
      return LEAKGROW_TASK_SUSPEND(any_id(s));
   case 10:
      return LEAKGROW_TASK_END(any_id(s));
   default: /* with words where the macros have none */
      return VALGRIND_DO_CLIENT_REQUEST_EXPR(0, LEAKGROW_REQ_SPAN_NEW + next_random(s) % 10, any_id(s),
                                             (unsigned long)next_random(s), any_id(s), any_flags(s), any_id(s));
   }
}

static NOINLINE void use_malloc(Self *s)
{
   void **slot = &s->blocks[next_random(s) % BLOCKS];
   if (*slot && next_random(s) % 3 == 0) {
      *slot = realloc(*slot, 1 + next_random(s) % 9000);
      return;
   }
   free(*slot);
   *slot = malloc(1 + next_random(s) % 300);
}

static void *work(void *arg)
{
   Self *s = arg;
   for (long i = 0; i < n_requests; i++) {
      s->refused += !request(s);
      if (next_random(s) % 3 == 0)
         use_malloc(s);
   }
   for (int i = 0; i < BLOCKS; i++)
      free(s->blocks[i]);
   return NULL; /* inside of whatever is open */
}

int main(int argc, char **argv)
{
   static Self selves[THREADS];
   pthread_t t[THREADS];
   unsigned long refused = 0;
   (void)argc;
   n_requests = atol(argv[2]);
   for (int i = 0; i < 64; i++) {
      sprintf(texts[i], "text %d\n\\x\t\xff", i % 50);
      labels[i].name = labels[i].file = texts[i];
   }
   make_memory();
   for (int i = 0; i < THREADS; i++) {
      selves[i].state = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + (uint64_t)i * 77 + 1;
      pthread_create(&t[i], NULL, work, &selves[i]);
   }
   for (int i = 0; i < THREADS; i++) {
      pthread_join(t[i], NULL);
      refused += selves[i].refused;
   }
   printf("%lu refused, done\n", refused);
   return 0;
}
