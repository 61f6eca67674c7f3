/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a domain is copied when a transaction first changes it, and dropped or taken back at the transaction's end. */
#include "domains.h"

#include "history.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

void domains_init(domains *ds)
{
   memset(ds, 0, sizeof *ds);
   domains_add(ds, LG_RECLAIM_EBR, 0, "");
   ds->committed = 1;
}

static void free_state(domain_state *s)
{
   for (int k = 0; k < LG_N_LAGS; k++)
      free(s->hist[k].cells);
   free(s->records);
   free(s->readers);
   free(s->incidents);
}

static void drop_before(domain *d)
{
   if (d->before == NULL)
      return;
   free_state(d->before);
   free(d->before);
   d->before = NULL;
}

static void free_domain(domain *d)
{
   drop_before(d);
   free_state(&d->now);
}

void domains_free(domains *ds)
{
   for (size_t i = 0; i < ds->n; i++)
      free_domain(&ds->d[i]);
   free(ds->d);
   free(ds->touched);
}

int domains_add(domains *ds, lg_reclaim_scheme scheme, uint32_t context, const char *name)
{
   if (ds->n > INT32_MAX)
      return 0;
   ds->d = mem_grow(ds->d, &ds->cap, ds->n + 1, sizeof *ds->d);
   domain *d = &ds->d[ds->n++];
   memset(d, 0, sizeof *d);
   d->scheme = scheme;
   d->context = context;
   d->name = name;
   d->now.coverage = "";
   return 1;
}

/* ---- undoing ---- */

static void *copy_of(const void *p, size_t n, size_t size)
{
   if (n == 0)
      return NULL;
   void *copy = mem_zalloc(n, size);
   memcpy(copy, p, n * size);
   return copy;
}

static void copy_hist(lg_hist *to, const lg_hist *from)
{
   *to = *from;
   to->cells = copy_of(from->cells, from->n, sizeof *from->cells);
   to->cap = from->n;
}

domain_state *domains_change(domains *ds, uint32_t id)
{
   domain *d = &ds->d[id];
   if (d->before != NULL || id >= ds->committed)
      return &d->now;
   domain_state *s = d->before = mem_alloc(sizeof *s);
   *s = d->now;
   s->records = copy_of(d->now.records, d->now.n_records, sizeof *s->records);
   s->readers = copy_of(d->now.readers, d->now.n_readers, sizeof *s->readers);
   s->incidents = copy_of(d->now.incidents, d->now.n_incidents, sizeof *s->incidents);
   s->records_cap = s->n_records;
   s->readers_cap = s->n_readers;
   s->incidents_cap = s->n_incidents;
   for (int k = 0; k < LG_N_LAGS; k++)
      copy_hist(&s->hist[k], &d->now.hist[k]);
   ds->touched = mem_grow(ds->touched, &ds->touched_cap, ds->n_touched + 1, sizeof *ds->touched);
   ds->touched[ds->n_touched++] = id;
   return &d->now;
}

void domains_commit(domains *ds)
{
   for (size_t i = 0; i < ds->n_touched; i++)
      drop_before(&ds->d[ds->touched[i]]);
   ds->n_touched = 0;
   ds->committed = ds->n;
}

void domains_rollback(domains *ds)
{
   for (size_t i = 0; i < ds->n_touched; i++) {
      domain *d = &ds->d[ds->touched[i]];
      free_state(&d->now);
      d->now = *d->before;
      free(d->before);
      d->before = NULL;
   }
   ds->n_touched = 0;
   while (ds->n > ds->committed)
      free_domain(&ds->d[--ds->n]);
}

/* ---- lines ---- */

static void raise_shift(domain_state *s, uint32_t shift)
{
   while (s->shift < shift) {
      uint32_t n = 0;
      for (uint32_t i = 0; i < s->n_records; i++) {
         domain_record r = s->records[i];
         r.index /= 2;
         if (n > 0 && s->records[n - 1].index == r.index)
            n--;
         s->records[n++] = r;
      }
      s->n_records = n;
      s->shift++;
   }
}

void domain_add_point(domain_state *s, uint32_t shift, uint32_t index, const lg_domain_point *at)
{
   raise_shift(s, shift);
   index = history_coarser(index, s->shift - shift);
   uint32_t pos = s->n_records;
   while (pos > 0 && s->records[pos - 1].index >= index)
      pos--;
   if (pos == s->n_records || s->records[pos].index != index) {
      s->records = mem_grow(s->records, &s->records_cap, s->n_records + 1, sizeof *s->records);
      memmove(&s->records[pos + 1], &s->records[pos], (s->n_records - pos) * sizeof *s->records);
      s->n_records++;
   }
   s->records[pos].index = index;
   s->records[pos].at = *at;
}

void domain_set_hist(domain_state *s, lg_lag which, const lg_hist *h)
{
   free(s->hist[which].cells);
   copy_hist(&s->hist[which], h);
}

int domain_add_reader(domain_state *s, const domain_reader *r)
{
   uint32_t lo = 0, hi = s->n_readers;
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2;
      if (s->readers[mid].r.thread < r->r.thread)
         lo = mid + 1;
      else
         hi = mid;
   }
   if (lo == s->n_readers || s->readers[lo].r.thread != r->r.thread) {
      if (s->n_readers == DOMAIN_READERS_MAX)
         return 0;
      s->readers = mem_grow(s->readers, &s->readers_cap, s->n_readers + 1, sizeof *s->readers);
      memmove(&s->readers[lo + 1], &s->readers[lo], (s->n_readers - lo) * sizeof *s->readers);
      s->n_readers++;
   }
   s->readers[lo] = *r;
   return 1;
}

int domain_add_incident(domain_state *s, uint32_t serial, const domain_incident *i)
{
   if (serial == 0 || serial > s->n_incidents + 1 || serial > DOMAIN_INCIDENTS_MAX)
      return 0;
   if (serial == s->n_incidents + 1) {
      s->incidents = mem_grow(s->incidents, &s->incidents_cap, serial, sizeof *s->incidents);
      s->n_incidents = serial;
   }
   s->incidents[serial - 1] = *i;
   return 1;
}

/* ---- reading ---- */

void domain_points(const domain_state *s, uint32_t shift, uint32_t n_intervals, lg_domain_point *out)
{
   lg_domain_point last = {0, 0, 0};
   uint32_t by = shift - s->shift, k = 0;
   for (uint32_t i = 0; i < n_intervals; i++) {
      while (k < s->n_records && history_coarser(s->records[k].index, by) <= i)
         last = s->records[k++].at;
      out[i] = last;
   }
}
