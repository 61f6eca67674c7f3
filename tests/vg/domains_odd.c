/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reclamation requests that are odd but right, that are wrong, and that are many. The last line is the truth.
 *
 *    domains_odd interior    objects inside of blocks, of no block at all, and blocks that objects share
 *    domains_odd owner       a 24-byte closure owns a vector of large blocks
 *    domains_odd neighbours  retired nodes of a list point to live ones
 *    domains_odd early       what an object owns is freed before it; and one object is used again
 *    domains_odd million     a million objects wait at once
 *    domains_odd fuzz SEED N requests with arguments that mean nothing
 *    domains_odd fork        parent and child go on with one domain each */
#include "leakgrow.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Node {
   struct Node *next;
   void *payload;
   char text[48];
} Node;

static unsigned long d;

static int interior(void)
{
   char *block = malloc(1000), *pair = malloc(300);
   static char fixed[256];
   LEAKGROW_RETIRE(d, block + 16, 0);  /* 1000: the whole block */
   LEAKGROW_RETIRE(d, block + 500, 0); /* nothing more: the same block */
   LEAKGROW_RETIRE(d, pair, 100);      /* of one block two pieces with sizes of their own */
   LEAKGROW_RETIRE(d, pair + 100, 200);
   LEAKGROW_RETIRE(d, fixed, sizeof fixed); /* no heap at all */
   LEAKGROW_MARK("all wait: 5 objects, 1556 bytes");
   free(block); /* ends two */
   LEAKGROW_MARK("3 objects, 556 bytes");
   LEAKGROW_FREE(d, pair + 100);
   LEAKGROW_FREE(d, fixed);
   LEAKGROW_MARK("1 object, 100 bytes");
   free(pair);
   printf("retired=5 freed=5 retired_B=1556 pending=0 pending_B=0\n");
   return 0;
}

static int owner(void)
{
   enum { N = 48 };
   const size_t each = (size_t)32 << 20;
   void **vector = malloc(N * sizeof *vector);
   struct {
      size_t capacity;
      void **buffer;
      size_t length;
   } *closure = malloc(24);
   for (int i = 0; i < N; i++)
      vector[i] = malloc(each);
   closure->capacity = closure->length = N;
   closure->buffer = vector;
   LEAKGROW_RETIRE_OWNER(d, closure, 0, 2, 0);
   printf("retired=1 freed=0 pending=1 retired_B=%zu pending_B=%zu\n", 24 + N * sizeof *vector + N * each,
          24 + N * sizeof *vector + N * each);
   return 0;
}

static Node *node(Node *next, size_t payload_B)
{
   Node *n = calloc(1, sizeof *n);
   n->next = next;
   n->payload = malloc(payload_B);
   return n;
}

static int neighbours(void)
{
   enum { N = 100 };
   Node *list = NULL;
   for (int i = 0; i < N; i++)
      list = node(list, 500);
   for (int i = 0; i < N / 2; i++) { /* out of the list, which goes on behind them */
      LEAKGROW_RETIRE_OWNER(d, list, 0, 3, 0);
      list = list->next;
   }
   printf("retired=50 freed=0 pending=50 retired_B=%zu pending_B=%zu\n", 50 * (sizeof(Node) + 500),
          50 * (sizeof(Node) + 500));
   return 0;
}

static int early(void)
{
   Node *n = node(NULL, 1000), *again = node(NULL, 10);
   LEAKGROW_RETIRE_OWNER(d, n, 0, 1, 0);
   free(n->payload); /* the object waits still, with less */
   LEAKGROW_MARK("64 bytes");
   LEAKGROW_RETIRE(d, again, 0);
   LEAKGROW_RECLAIM(d, again);   /* into the program's own pool ... */
   LEAKGROW_RETIRE(d, again, 0); /* ... and out of it again: it had ended */
   unsigned long refused = 0;
   refused += !LEAKGROW_RETIRE(d, again, 0);
   refused += !LEAKGROW_RECLAIM(d, again + 1);
   refused += !LEAKGROW_FREE(d, n->text);
   refused += !LEAKGROW_UNPIN(d, 7);
   printf("retired=3 freed=1 pending=2 retired_B=%zu pending_B=%zu refused=%lu\n", 3 * sizeof *n + 1000, 2 * sizeof *n,
          refused);
   return 0;
}

static int million(void)
{
   enum { N = 1000000 };
   static void *objects[N];
   LEAKGROW_PIN(d, 1);
   for (int i = 0; i < N; i++) {
      objects[i] = malloc(40);
      LEAKGROW_RETIRE(d, objects[i], 0);
   }
   LEAKGROW_MARK("all wait");
   LEAKGROW_UNPIN(d, 1);
   for (int i = 0; i < N; i++)
      free(objects[i]);
   printf("retired=1000000 freed=1000000 pending=0 retired_B=40000000 pending_B=0\n");
   return 0;
}

static uint64_t seed;

static uint64_t number(void)
{
   seed ^= seed << 13;
   seed ^= seed >> 7;
   seed ^= seed << 17;
   return seed;
}

/* Mostly meaningless, sometimes nearly right. */
static unsigned long wild(void *const *blocks)
{
   char *hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   unsigned long w = 0;
   switch (number() % 8) {
   case 0:
      w = number();
      break;
   case 1:
      w = number() % 16;
      break;
   case 2:
      w = (unsigned long)hole + number() % 4096;
      break;
   case 3:
      w = ~0ul - number() % 64;
      break;
   case 4:
      w = (unsigned long)&seed;
      break;
   default:
      w = (unsigned long)blocks[number() % 64] + (number() % 4 ? 0 : number() % 200);
   }
   munmap(hole, 4096);
   return w;
}

static int fuzz(const char *text, long n)
{
   void *blocks[64];
   seed = strtoull(text, NULL, 10) * 2654435761u + 88172645463325252u;
   for (int i = 0; i < 64; i++)
      blocks[i] = calloc(1, 100);
   for (long i = 0; i < n; i++) {
      unsigned long domain = number() % 8 ? d : wild(blocks), a = wild(blocks), b = wild(blocks);
      switch (number() % 11) {
      case 0:
         if (number() % 500 == 0)
            LEAKGROW_DOMAIN_NEW((const char *)a, number() % 6);
         break;
      case 1:
         LEAKGROW_PIN(domain, a);
         break;
      case 2:
         LEAKGROW_UNPIN(domain, a);
         break;
      case 3:
         LEAKGROW_QUIESCENT(domain, a);
         break;
      case 4:
         LEAKGROW_RETIRE_OWNER(domain, a, number() % 4 ? 0 : b, number() % 12, number() % 2 ? 0 : b);
         break;
      case 5:
         LEAKGROW_QUEUED(domain, a);
         break;
      case 6:
         LEAKGROW_QUEUED_ALL(domain, a);
         break;
      case 7:
         LEAKGROW_ADVANCE(domain, a);
         break;
      case 8:
         LEAKGROW_RECLAIM(domain, a);
         break;
      case 9:
         LEAKGROW_FREE(domain, a);
         break;
      default: {
         int k = (int)(number() % 64);
         memcpy((char *)blocks[k] + number() % 90, &b, sizeof b);
         if (number() % 2)
            blocks[k] = realloc(blocks[k], 100 + number() % 5000);
         else {
            free(blocks[k]);
            blocks[k] = calloc(1, 100 + number() % 500);
         }
      }
      }
   }
   printf("alive\n");
   return 0;
}

static int forked(void)
{
   void *inherited = malloc(100), *own = malloc(200);
   LEAKGROW_PIN(d, 1);
   LEAKGROW_RETIRE(d, inherited, 0);
   fflush(stdout);
   pid_t child = fork();
   if (child == 0) { /* has a copy of everything, of the pin too */
      LEAKGROW_RETIRE(d, own, 0);
      LEAKGROW_UNPIN(d, 1);
      free(own);
      printf("child=%d retired=2 freed=1 pending=1 retired_B=300 pending_B=100\n", getpid());
      return 0;
   }
   waitpid(child, NULL, 0);
   free(inherited);
   printf("parent=%d retired=1 freed=1 pending=0 retired_B=100 pending_B=0\n", getpid());
   return 0;
}

int main(int argc, char **argv)
{
   const char *what = argc > 1 ? argv[1] : "";
   d = LEAKGROW_DOMAIN_NEW("odd", LEAKGROW_RCU);
   if (!strcmp(what, "interior"))
      return interior();
   if (!strcmp(what, "owner"))
      return owner();
   if (!strcmp(what, "neighbours"))
      return neighbours();
   if (!strcmp(what, "early"))
      return early();
   if (!strcmp(what, "million"))
      return million();
   if (!strcmp(what, "fuzz"))
      return fuzz(argc > 2 ? argv[2] : "1", argc > 3 ? atol(argv[3]) : 1000);
   return forked();
}
