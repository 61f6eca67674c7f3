/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mi_service REQUESTS [fixed]: a job loop on mimalloc's own interface. Every request takes a few temporary blocks, a bounded
 * table of pages turns over, and a history record is kept for ever; with `fixed` the history is a ring. */
#include <mimalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 300, RING = 200 };

typedef struct record {
   struct record *next;
   unsigned long request;
   char note[40];
} record;

static char *page[PAGES];
static record *history[RING];

static char *page_render(unsigned long n)
{
   char *text = NULL;
   size_t used = 0;
   for (unsigned row = 0; row < 10 + n % 15; row++) {
      char *line = mi_malloc(64);
      int len = snprintf(line, 64, "row %u of page %lu\n", row, n);
      text = mi_realloc(text, used + (size_t)len + 1);
      memcpy(text + used, line, (size_t)len + 1);
      used += (size_t)len;
      mi_free(line);
   }
   return text;
}

static void history_add(unsigned long n, int fixed)
{
   record **slot = &history[n % RING];
   record *r = mi_zalloc(sizeof *r);
   r->request = n;
   snprintf(r->note, sizeof r->note, "request %lu", n);
   if (fixed) {
      mi_free(*slot);
      *slot = NULL;
   }
   r->next = *slot;
   *slot = r;
}

int main(int argc, char **argv)
{
   unsigned long requests = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
   for (unsigned long n = 0; n < requests; n++) {
      unsigned k = (unsigned)(n * 7919 % PAGES);
      mi_free(page[k]);
      page[k] = page_render(n * 31 % 2003);
      history_add(n, argc > 2);
   }
   printf("%lu requests\n", requests);
   return 0;
}
