/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables grow at their end and remember their committed length; what replaces something waits in `changes` for the commit. */
#include "census.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

void census_init(census *c)
{
   memset(c, 0, sizeof *c);
   census_add(c);
   c->committed = 1;
}

static void free_coverage(census_coverage *v)
{
   free(v->name);
   free(v->text);
}

static void drop_changes(census *c)
{
   for (size_t i = 0; i < c->n_changes; i++)
      free(c->changes[i].text);
   c->n_changes = 0;
}

void census_free(census *c)
{
   drop_changes(c);
   for (size_t i = 0; i < c->n_coverage; i++)
      free_coverage(&c->coverage[i]);
   free(c->e);
   free(c->coverage);
   free(c->changes);
}

uint32_t census_add(census *c)
{
   if (c->n > INT32_MAX)
      return 0;
   c->e = mem_grow(c->e, &c->cap, c->n + 1, sizeof *c->e);
   memset(&c->e[c->n], 0, sizeof *c->e);
   return (uint32_t)c->n++;
}

int census_place(census *c, uint32_t entry, uint32_t file, uint32_t line, uint32_t txn)
{
   census_entry *e = &c->e[entry];
   if (e->place_txn != 0)
      return 0;
   e->file = file;
   e->line = line;
   e->place_txn = txn;
   return 1;
}

/* A count or text given twice in one transaction replaces itself: memory stays in proportion to what there is. The search looks at
 * the last changes only, where a writer's repetition would be; a hostile file's lines cost what their bytes cost. */
static census_change *add_change(census *c, uint32_t entry, uint32_t which, int is_text)
{
   size_t first = c->n_changes > LG_N_DISCIPLINES ? c->n_changes - LG_N_DISCIPLINES : 0;
   for (size_t i = first; i < c->n_changes; i++) {
      census_change *old = &c->changes[i];
      if (old->entry == entry && old->which == which && (old->text != NULL) == is_text)
         return old;
   }
   c->changes = mem_grow(c->changes, &c->changes_cap, c->n_changes + 1, sizeof *c->changes);
   census_change *new = &c->changes[c->n_changes++];
   *new = (census_change){entry, which, 0, NULL};
   return new;
}

void census_count(census *c, uint32_t entry, lg_discipline which, uint64_t count)
{
   add_change(c, entry, which, /*is_text*/ 0)->count = count;
}

int census_cover(census *c, const char *name, size_t name_n, const char *text, size_t text_n)
{
   size_t i = 0;
   while (i < c->n_coverage &&
          (strlen(c->coverage[i].name) != name_n || memcmp(c->coverage[i].name, name, name_n) != 0))
      i++;
   if (i == CENSUS_COVERAGE_MAX)
      return 0;
   if (i == c->n_coverage) {
      c->coverage = mem_grow(c->coverage, &c->coverage_cap, i + 1, sizeof *c->coverage);
      c->coverage[c->n_coverage++] = (census_coverage){mem_string(name, name_n), mem_string("", 0)};
   }
   census_change *change = add_change(c, 0, (uint32_t)i, /*is_text*/ 1);
   free(change->text);
   change->text = mem_string(text, text_n);
   return 1;
}

void census_commit(census *c)
{
   for (size_t i = 0; i < c->n_changes; i++) {
      census_change *change = &c->changes[i];
      if (change->text == NULL) {
         c->e[change->entry].misuse[change->which] = change->count;
         continue;
      }
      free(c->coverage[change->which].text);
      c->coverage[change->which].text = change->text;
   }
   c->n_changes = 0;
   c->committed = c->n;
   c->coverage_committed = c->n_coverage;
}

void census_rollback(census *c, uint32_t txn)
{
   drop_changes(c);
   c->n = c->committed;
   while (c->n_coverage > c->coverage_committed)
      free_coverage(&c->coverage[--c->n_coverage]);
   for (size_t i = 1; i < c->n; i++)
      if (c->e[i].place_txn == txn)
         c->e[i].file = c->e[i].line = c->e[i].place_txn = 0;
}
