/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines about reclamation domains. */
#include "lines.h"

#include <string.h>

static int take_domain(lines *l, lg_fields *f, uint32_t *d)
{
   return lines_id(l, f, "domain", l->p->domains.n, /*is_none_ok*/ 0, d);
}

static int take_word(lines *l, lg_fields *f, const char *what, const char **word, size_t *n)
{
   return lg_get_word(f, word, n) && *n > 0 ? 1 : lines_fail(l, "its %s is missing", what);
}

/* A string that often says what it said before: it is kept once. */
static int take_again(lines *l, lg_fields *f, const char *before, const char **s)
{
   long n = lg_get_string(f, l->text, sizeof l->text);
   if (n < 0)
      return lines_fail(l, "its text is missing or malformed");
   *s = strcmp(l->text, before) == 0 ? before : profile_string(l->p, l->text, (size_t)n);
   return 1;
}

int lines_take_domain(lines *l, lg_fields *f)
{
   profile *p = l->p;
   uint64_t id;
   const char *word, *name;
   size_t n;
   uint32_t context;
   if (!lines_u64(l, f, "domain", INT32_MAX, &id))
      return 0;
   if (id != p->domains.n)
      return lines_fail(l, "a domain is defined where number %zu comes next", p->domains.n);
   if (!take_word(l, f, "scheme", &word, &n))
      return 0;
   lg_reclaim_scheme scheme = lg_reclaim_find(word, n);
   if (scheme == LG_N_RECLAIMS)
      return lines_fail(l, "its scheme is none of ebr, qsbr, rcu, hp");
   if (!lines_id(l, f, "context", p->n_contexts, /*is_none_ok*/ 0, &context) || !lines_string(l, f, &name))
      return 0;
   return domains_add(&p->domains, scheme, context, name) ? 1 : lines_full(l);
}

int lines_take_domain_coverage(lines *l, lg_fields *f)
{
   uint32_t d;
   const char *text;
   if (!take_domain(l, f, &d) || !take_again(l, f, l->p->domains.d[d].now.coverage, &text))
      return 0;
   domains_change(&l->p->domains, d)->coverage = text;
   return 1;
}

int lines_take_domain_point(lines *l, lg_fields *f)
{
   uint32_t d, index, shift;
   lg_domain_point at;
   if (!take_domain(l, f, &d) || !lines_u32(l, f, "index", LG_INTERVALS_MAX - 1, &index) ||
       !lines_u32(l, f, "shift", LG_SHIFT_MAX, &shift) || !lines_u64(l, f, "epoch", UINT64_MAX, &at.epoch) ||
       !lines_u64(l, f, "advances", MAX_TOTAL, &at.advances) || !lines_u64(l, f, "pins", MAX_TOTAL, &at.pins) ||
       !lines_end(l, f))
      return 0;
   profile_note_interval(l->p, shift, index);
   domain_add_point(domains_change(&l->p->domains, d), shift, index, &at);
   return 1;
}

int lines_take_reader(lines *l, lg_fields *f)
{
   profile *p = l->p;
   domain_reader r;
   uint32_t d, pinned;
   memset(&r, 0, sizeof r);
   if (!take_domain(l, f, &d) || !lines_u32(l, f, "thread", INT32_MAX, &r.r.thread) ||
       !lines_u64(l, f, "pins", MAX_TOTAL, &r.r.pins) || !lines_u64(l, f, "pinned time", MAX_TOTAL, &r.r.pinned_us) ||
       !lines_u64(l, f, "observed time", MAX_TOTAL, &r.r.observed_us) ||
       !lines_u64(l, f, "longest time", MAX_TOTAL, &r.r.longest_us) || !lines_u32(l, f, "pinned", 1, &pinned) ||
       !lines_u64(l, f, "since", MAX_TOTAL, &r.r.since) ||
       !lines_id(l, f, "context", p->n_contexts, /*is_none_ok*/ 1, &r.r.context) ||
       !lines_id(l, f, "stack", p->n_stacks, /*is_none_ok*/ 1, &r.stack) || !take_again(l, f, "", &r.r.name))
      return 0;
   if (r.r.longest_us > r.r.pinned_us || r.r.pinned_us > r.r.observed_us)
      return lines_fail(l, "its longest, pinned and observed times are not in order");
   r.r.is_pinned = (int)pinned;
   return domain_add_reader(domains_change(&p->domains, d), &r) ? 1 : lines_full(l);
}

int lines_take_lag(lines *l, lg_fields *f)
{
   lg_hist h;
   uint32_t d, bucket;
   uint64_t max, count;
   const char *word;
   size_t n;
   if (!take_domain(l, f, &d) || !take_word(l, f, "metric", &word, &n))
      return 0;
   lg_lag which = lg_lag_find(word, n);
   if (which == LG_N_LAGS)
      return lines_fail(l, "its metric is unknown");
   if (!lines_u64(l, f, "maximum", UINT64_MAX, &max))
      return 0;
   lg_hist_init(&h, l->cells, LG_HIST_BUCKETS);
   do {
      if (!lines_u32(l, f, "bucket", LG_HIST_BUCKETS - 1, &bucket) || !lines_u64(l, f, "count", MAX_TOTAL, &count))
         return 0;
      if (count == 0 || (h.n > 0 && bucket <= h.cells[h.n - 1].bucket))
         return lines_fail(l, "its buckets are not in ascending order, or one is empty");
      lg_hist_add_bucket(&h, bucket, count);
   } while (!lg_get_end(f));
   if (!lg_hist_set_max(&h, max))
      return lines_fail(l, "its maximum is not in its last bucket");
   domain_set_hist(domains_change(&l->p->domains, d), which, &h);
   return 1;
}

int lines_take_incident(lines *l, lg_fields *f)
{
   profile *p = l->p;
   domain_incident i;
   uint32_t d, serial;
   const char *word;
   size_t n;
   memset(&i, 0, sizeof i);
   if (!take_domain(l, f, &d) || !lines_u32(l, f, "serial", DOMAIN_INCIDENTS_MAX, &serial) ||
       !take_word(l, f, "diagnosis", &word, &n))
      return 0;
   i.i.diagnosis = lg_stall_find(word, n);
   if (i.i.diagnosis == LG_N_STALLS)
      return lines_fail(l, "its diagnosis is none of reader, advance, stash, callback");
   if (!lines_u64(l, f, "since", MAX_TOTAL, &i.i.since) || !lines_u64(l, f, "until", MAX_TOTAL, &i.i.until) ||
       !lines_id(l, f, "context", p->n_contexts, /*is_none_ok*/ 1, &i.i.context) ||
       !lines_id(l, f, "stack", p->n_stacks, /*is_none_ok*/ 1, &i.stack) ||
       !lines_u64(l, f, "objects", UINT32_MAX, &i.i.objects) || !lines_u64(l, f, "bytes", MAX_BYTES, &i.i.B) ||
       !lines_u64(l, f, "most objects", UINT32_MAX, &i.i.peak_objects) ||
       !lines_u64(l, f, "most bytes", MAX_BYTES, &i.i.peak_B) || !lines_u32(l, f, "thread", INT32_MAX, &i.i.thread) ||
       !take_again(l, f, "", &i.i.thread_name))
      return 0;
   i.i.is_open = i.i.until == 0;
   if (!i.i.is_open && i.i.until < i.i.since)
      return lines_fail(l, "it ends before it begins");
   if (i.i.objects > i.i.peak_objects || i.i.B > i.i.peak_B)
      return lines_fail(l, "it blocks more than it ever did");
   if (!domain_add_incident(domains_change(&p->domains, d), serial, &i))
      return lines_fail(l, "its serial is not the next one of the domain");
   return 1;
}
