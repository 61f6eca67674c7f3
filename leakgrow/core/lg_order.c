/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_order: which of two things comes first. Never by id: the same program gets other ids in another run. */
#include "lg_work.h"

int lg_text_compare(const char *a, const char *b)
{
   while (*a != '\0' && *a == *b) {
      a++;
      b++;
   }
   unsigned char x = (unsigned char)*a, y = (unsigned char)*b;
   return x < y ? -1 : x > y;
}

uint32_t lg_context_path(const lg_source *src, uint32_t context, uint32_t path[LG_CONTEXT_LEVELS])
{
   uint32_t n = 0;
   for (uint32_t c = context; c != 0 && n < LG_CONTEXT_LEVELS; c = src->context_parent(src->self, c))
      path[n++] = c;
   for (uint32_t i = 0; i < n / 2; i++) {
      uint32_t swap = path[i];
      path[i] = path[n - 1 - i];
      path[n - 1 - i] = swap;
   }
   return n;
}

int lg_context_compare(const lg_source *src, uint32_t a, uint32_t b)
{
   uint32_t path_a[LG_CONTEXT_LEVELS], path_b[LG_CONTEXT_LEVELS];
   if (a == b)
      return 0;
   uint32_t n_a = lg_context_path(src, a, path_a), n_b = lg_context_path(src, b, path_b);
   for (uint32_t i = 0; i < n_a && i < n_b; i++) {
      int order = lg_text_compare(src->context_label(src->self, path_a[i]), src->context_label(src->self, path_b[i]));
      if (order != 0)
         return order;
   }
   return n_a < n_b ? -1 : n_a > n_b;
}

int lg_frame_compare(const lg_source *src, uint32_t a, uint32_t b)
{
   if (a == b)
      return 0;
   int order = lg_text_compare(src->fn_name(src->self, src->frame_fn(src->self, a)),
                               src->fn_name(src->self, src->frame_fn(src->self, b)));
   if (order == 0)
      order = lg_text_compare(src->frame_file(src->self, a), src->frame_file(src->self, b));
   if (order == 0)
      order = lg_text_compare(src->frame_object(src->self, a), src->frame_object(src->self, b));
   uint32_t line_a = src->frame_line(src->self, a), line_b = src->frame_line(src->self, b);
   return order != 0 ? order : line_a < line_b ? -1 : line_a > line_b;
}

int lg_account_compare(const lg_source *src, uint32_t a, uint32_t b)
{
   lg_account_info x, y;
   if (a == b)
      return 0;
   src->account(src->self, a, &x);
   src->account(src->self, b, &y);
   for (uint32_t i = 0; i < x.n_frames && i < y.n_frames; i++) {
      int order = lg_frame_compare(src, x.frames[i], y.frames[i]);
      if (order != 0)
         return order;
   }
   if (x.n_frames != y.n_frames)
      return x.n_frames < y.n_frames ? -1 : 1;
   if (x.kind != y.kind)
      return x.kind < y.kind ? -1 : 1;
   return lg_context_compare(src, x.context, y.context);
}

void lg_sort(const lg_work *w, uint32_t *v, uint32_t *spare, uint32_t n,
             int (*compare)(const lg_work *w, uint32_t a, uint32_t b))
{
   uint32_t *from = v, *to = spare;
   for (uint64_t run = 1; run < n; run *= 2) {
      for (uint64_t begin = 0; begin < n; begin += 2 * run) {
         uint64_t middle = begin + run < n ? begin + run : n, end = middle + run < n ? middle + run : n;
         uint64_t a = begin, b = middle, at = begin;
         while (at < end)
            to[at++] = b == end || (a < middle && compare(w, from[a], from[b]) <= 0) ? from[a++] : from[b++];
      }
      uint32_t *swap = from;
      from = to;
      to = swap;
   }
   for (uint32_t i = 0; from != v && i < n; i++)
      v[i] = from[i];
}

/* D2. */
static int finding_class(const lg_finding *f)
{
   enum { DISCIPLINE, CENSUS, GROWTH, MISUSE, BURST, STEP, UNDECIDED };
   int is_growing = f->trend.verdict == LG_GROWING;
   switch (f->kind) {
   case LG_FINDING_DISCIPLINE:
      return is_growing ? DISCIPLINE : MISUSE;
   case LG_FINDING_CENSUS:
      return is_growing ? CENSUS : UNDECIDED;
   case LG_FINDING_BURST:
      return BURST;
   case LG_FINDING_STEP:
      return STEP;
   case LG_FINDING_LAG:
   case LG_FINDING_STALL:
      return GROWTH;
   default:
      return is_growing ? GROWTH : UNDECIDED;
   }
}

static int compare_u64_down(uint64_t a, uint64_t b)
{
   return a > b ? -1 : a < b;
}

/* Negative: a is more important. */
static int finding_compare(const lg_source *src, const lg_finding *a, const lg_finding *b)
{
   int order = finding_class(a) - finding_class(b);
   if (order == 0)
      order = (int)b->instances - (int)a->instances; /* a task that never ends keeps its spans open */
   if (order == 0)
      order = compare_u64_down(a->rank_B, b->rank_B);
   if (order == 0)
      order = (int)b->kind - (int)a->kind; /* who is in the way, then what waits, then growth */
   if (order == 0)
      order = compare_u64_down(a->live_B, b->live_B);
   if (order == 0)
      order = compare_u64_down(b->begin, a->begin);
   if (order == 0)
      order = (int)a->about - (int)b->about;
   return order != 0 ? order : lg_account_compare(src, a->account, b->account);
}

void lg_finding_insert(lg_work *w, const lg_finding *f)
{
   lg_analysis *out = w->out;
   uint32_t lo = 0, hi = out->n_findings;
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2;
      if (finding_compare(w->src, f, &w->findings[mid]) < 0)
         hi = mid;
      else
         lo = mid + 1;
   }
   if (out->n_findings == w->findings_size) {
      out->n_left_out++;
      if (lo == w->findings_size)
         return;
      out->n_findings--;
   }
   for (uint32_t i = out->n_findings; i > lo; i--)
      w->findings[i] = w->findings[i - 1];
   w->findings[lo] = *f;
   out->n_findings++;
}
