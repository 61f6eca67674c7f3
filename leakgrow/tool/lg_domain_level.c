/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_level: schemes of which only the length of the queue can be measured.
 *
 * Every rise of the level is a batch; what goes is taken to be the oldest. So backlog and bytes are as exact as the samples, and lags are
 * right if the scheme is first in, first out, to the period of the sampler. */
#include "lg_clock.h"
#include "lg_domain_state.h"
#include "lg_heap.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { BATCHES_MAX = 4096 };

/* Sums of a level, which need not divide evenly: part of `whole` that belongs to `n` of `of` objects. */
static ULong share(ULong whole, ULong n, ULong of)
{
   return n == of ? whole : whole / of * n + whole % of * n / of;
}

static void births(LgDomain *d, ULong n, ULong B)
{
   for (ULong i = 0; i < n; i++)
      LG_(account_birth)(d->total, (SizeT)(i == 0 ? B / n + B % n : B / n));
   d->n_retired += n;
   d->phase_n[LG_PHASE_GRACE] += n;
   d->phase_B[LG_PHASE_GRACE] += B;
}

static void deaths(LgDomain *d, ULong n, ULong B, UInt birth)
{
   for (ULong i = 0; i < n; i++)
      LG_(account_death)(d->total, (SizeT)(i == 0 ? B / n + B % n : B / n), birth);
   d->n_gone += n;
   d->phase_n[LG_PHASE_GRACE] -= n;
   d->phase_B[LG_PHASE_GRACE] -= B;
}

static void come(LgDomain *d, ULong n, ULong B)
{
   LgBatch fresh = {n, B, LG_(clock_micros)(), LG_(heap_total).allocated_B, LG_(clock).epoch, (UInt)d->n_advances};
   LgBatch *last = d->n_batches ? &d->batches[d->n_batches - 1] : NULL;
   births(d, n, B);
   if (last && (d->n_batches == BATCHES_MAX || last->us == fresh.us) && last->birth == fresh.birth) {
      last->n += n;
      last->B += B;
      return;
   }
   if (d->n_batches == d->batches_size) {
      d->batches_size = d->batches_size ? d->batches_size * 2 : 16;
      d->batches = VG_(realloc)("lg.domain_level.come.1", d->batches, d->batches_size * sizeof *d->batches);
   }
   d->batches[d->n_batches++] = fresh;
}

/* n objects of a batch have gone. */
static void go_from(LgDomain *d, LgBatch *b, ULong n, ULong now)
{
   ULong B = share(b->B, n, b->n);
   for (ULong i = 0; i < n; i++) {
      LG_(lag_add)(d, LG_LAG_TIME, now - b->us);
      LG_(lag_add)(d, LG_LAG_BYTES, LG_(heap_total).allocated_B - b->allocated_B);
      if (d->has_advance)
         LG_(lag_add)(d, LG_LAG_EPOCHS, (UInt)d->n_advances - b->epoch);
   }
   deaths(d, n, B, b->birth);
   b->n -= n;
   b->B -= B;
}

static void go(LgDomain *d, ULong n)
{
   ULong now = LG_(clock_micros)();
   UInt first = 0;
   while (n > 0 && first < d->n_batches) {
      LgBatch *b = &d->batches[first];
      ULong part = n < b->n ? n : b->n;
      go_from(d, b, part, now);
      n -= part;
      if (b->n == 0)
         first++;
   }
   d->n_batches -= first;
   VG_(memmove)(d->batches, d->batches + first, d->n_batches * sizeof *d->batches);
   d->progress_us = now;
}

/* The bytes of what stayed are not what was thought. */
static void correct(LgDomain *d, ULong B)
{
   ULong known = d->phase_B[LG_PHASE_GRACE];
   LgBatch *last = d->n_batches ? &d->batches[d->n_batches - 1] : NULL;
   if (!last || known == B || (B < known && last->B < known - B))
      return;
   ULong new_B = last->B + B - known;
   LG_(account_shrink)(d->total, (SizeT)last->B, (SizeT)new_B, last->birth);
   last->B = new_B;
   d->phase_B[LG_PHASE_GRACE] = B;
}

void LG_(domain_set_backlog)(UInt id, ULong objects, ULong B)
{
   enum { OBJECTS_MAX = 1 << 24 }; /* more is no queue, but memory that was not understood */
   if (id == 0 || id > LG_(domain_count)() || objects > OBJECTS_MAX || LG_(account_is_frozen)())
      return;
   LgDomain *d = LG_(domain_by_id)(id);
   ULong n = d->phase_n[LG_PHASE_GRACE], known_B = d->phase_B[LG_PHASE_GRACE];
   if (d->list.first && !d->is_sampled && d->n_retired)
      return; /* its objects are known one by one */
   d->is_sampled = True;
   LG_(heap_before_event)(0);
   if (objects > n)
      come(d, objects - n, B > known_B ? B - known_B : 0);
   else if (objects < n)
      go(d, n - objects);
   correct(d, B);
}
