/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_work: see lg_work.h. */
#include "lg_work.h"

#include "lg_retained.h"

/* ---- memory ---- */

void *lg_arena_take(lg_arena *m, uint64_t count, uint64_t size)
{
   void *piece = m->base != NULL ? m->base + m->used : NULL;
   m->used += (count * size + 7) & ~(uint64_t)7;
   return piece;
}

/* Sizes of things are below 2^15, so that a few dozen products of them with 2^32 cannot pass 2^64. */
int lg_work_get(lg_work *w, void (*lay_out)(lg_work *w, lg_arena *m))
{
   lg_arena m = {NULL, 0};
   lay_out(w, &m);
   if (m.used > SIZE_MAX / 2)
      return 0;
   m.base = w->memory->get(w->memory->self, (size_t)m.used);
   if (m.base == NULL)
      return 0;
   m.used = 0;
   lay_out(w, &m);
   return 1;
}

/* ---- accounts ---- */

void lg_work_read(const lg_work *w, uint32_t account, lg_dense *d)
{
   w->src->series(w->src->self, account, d);
   lg_dense_skip(d, w->first);
}

void lg_work_series(const lg_work *w, uint32_t account, lg_dense *out)
{
   lg_work_read(w, account, out);
   lg_lag_subtract(w, account, out);
   if (out->n > w->n_judged + 1)
      out->n = w->n_judged + 1;
}

void lg_work_judge(const lg_work *w, const lg_dense *d, lg_trend *out)
{
   lg_trend_in in = {.d = d, .ticks = w->ticks, .alloc_B = w->alloc_B};
   in.units_per_interval = (uint64_t)1 << (w->src->shift < 63 ? w->src->shift : 63);
   lg_trend_judge(&in, out);
}

int64_t lg_retained_gain(const int64_t *floors, uint32_t n_judged, uint32_t from, uint32_t to)
{
   int64_t kept[LG_INTERVALS_MAX];
   if (from >= to || to >= n_judged)
      return 0;
   lg_envelope(floors, from, n_judged, kept);
   return kept[to] - kept[from];
}
