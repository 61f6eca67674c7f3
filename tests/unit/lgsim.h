/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lgsim: a synthetic profile for tests of the analysis: accounts whose live bytes are functions of time.
 *
 * Every interval has SIM_STEPS steps; an account's live bytes are given for each of them, and floors, ceilings and totals follow
 * exactly. Blocks are all of one size per account. Names are interned in order of use, so that a test can permute accounts and
 * with them all ids. */
#ifndef LGSIM_H
#define LGSIM_H

#include "lg_analysis.h"
#include "lg_word.h"
#include "lgtest.h"

enum { SIM_STEPS = 8, SIM_FRAMES = 48, SIM_NAMES = 4096, SIM_CONTEXTS = 64 };

typedef struct {
   lg_account_kind kind;
   uint32_t context, n_frames, frames[SIM_FRAMES];
   uint64_t block_B;
   int64_t *live;        /* [n_intervals * SIM_STEPS] */
   int64_t churn;        /* blocks allocated and freed per step on top */
   int keeps;            /* blocks that grew are survivors of their interval */
   lg_census_info place; /* of spans and tasks */
} sim_account;

typedef struct {
   const char *fn, *file, *object;
   uint32_t line, fn_id;
} sim_frame;

typedef struct {
   lg_source src;
   lg_total totals[LG_INTERVALS_MAX];
   sim_account *accounts;
   uint32_t n_accounts, room;
   sim_frame frames[SIM_NAMES];
   uint32_t n_frames;
   const char *fns[SIM_NAMES];
   uint32_t n_fns;
   const char *labels[SIM_CONTEXTS];
   uint32_t parents[SIM_CONTEXTS], n_contexts;
   uint64_t tick_rate; /* ticks per interval */
   void *pieces[LG_PIECES_MAX];
   uint32_t n_pieces, refuses; /* the piece of this number, from 1, is refused */
   lg_memory memory;
   lg_analysis out;
   lg_params params;
} sim;

static inline void sim_info(void *self, uint32_t a, lg_account_info *out)
{
   const sim *s = self;
   const sim_account *x = &s->accounts[a];
   int64_t end = x->live[s->src.n_intervals * SIM_STEPS - 1];
   uint64_t total = 0, steps = s->src.n_intervals * SIM_STEPS;
   for (uint64_t t = 0; lg_is_census(x->kind) && t < steps; t++) {
      int64_t step = x->live[t] - (t > 0 ? x->live[t - 1] : 0);
      total += (uint64_t)x->churn + (step > 0 ? (uint64_t)step : 0);
   }
   *out =
      (lg_account_info){x->kind, x->context, x->n_frames, x->frames, (uint64_t)end, (uint64_t)end / x->block_B, total};
}

static inline void sim_census(void *self, uint32_t a, lg_census_info *out)
{
   *out = ((const sim *)self)->accounts[a].place;
}

static inline void sim_series(void *self, uint32_t a, lg_dense *d)
{
   const sim *s = self;
   const sim_account *x = &s->accounts[a];
   int64_t before = 0, size = (int64_t)x->block_B;
   memset(d, 0, sizeof *d);
   d->n = s->src.n_intervals;
   for (uint32_t i = 0; i < d->n; i++) {
      d->min_B[i] = d->max_B[i] = before;
      for (int k = 0; k < SIM_STEPS; k++) {
         int64_t v = x->live[i * SIM_STEPS + (uint32_t)k], step = (v - before) / size;
         d->min_B[i] = v < d->min_B[i] ? v : d->min_B[i];
         d->max_B[i] = v > d->max_B[i] ? v : d->max_B[i];
         d->births[i] += x->churn + (step > 0 ? step : 0);
         d->deaths[i] += x->churn + (step < 0 ? -step : 0);
         if (x->keeps && step > 0)
            d->surv_blk[i] += step;
         before = v;
      }
      d->end_B[i] = before;
      d->births_B[i] = d->births[i] * size;
      d->surv_B[i] = d->surv_blk[i] * size;
      d->min_blk[i] = d->min_B[i] / size;
      d->max_blk[i] = d->max_B[i] / size;
      d->end_blk[i] = d->end_B[i] / size;
      d->died_at_age[0] += d->deaths[i];
   }
}

static inline uint32_t sim_frame_fn(void *self, uint32_t f)
{
   return ((sim *)self)->frames[f].fn_id;
}
static inline const char *sim_fn_name(void *self, uint32_t fn)
{
   return ((sim *)self)->fns[fn];
}
static inline const char *sim_frame_file(void *self, uint32_t f)
{
   return ((sim *)self)->frames[f].file;
}
static inline uint32_t sim_frame_line(void *self, uint32_t f)
{
   return ((sim *)self)->frames[f].line;
}
static inline const char *sim_frame_object(void *self, uint32_t f)
{
   return ((sim *)self)->frames[f].object;
}
static inline const char *sim_label(void *self, uint32_t c)
{
   return ((sim *)self)->labels[c];
}
static inline uint32_t sim_parent(void *self, uint32_t c)
{
   return ((sim *)self)->parents[c];
}

static inline sim *sim_new(uint32_t n_intervals)
{
   sim *s = calloc(1, sizeof *s);
   if (s == NULL)
      abort();
   s->src = (lg_source){.self = s,
                        .n_intervals = n_intervals,
                        .base = 10,
                        .unit = 'm',
                        .totals = s->totals,
                        .exit_interval = n_intervals - 1,
                        .depth = 40,
                        .account = sim_info,
                        .series = sim_series,
                        .frame_fn = sim_frame_fn,
                        .fn_name = sim_fn_name,
                        .frame_file = sim_frame_file,
                        .frame_line = sim_frame_line,
                        .frame_object = sim_frame_object,
                        .context_label = sim_label,
                        .context_parent = sim_parent,
                        .census = sim_census};
   s->n_contexts = 1;
   s->labels[0] = "";
   s->frames[0] = (sim_frame){"", "", "", 0, 0};
   s->n_frames = s->n_fns = 1;
   s->fns[0] = "";
   lg_params_init(&s->params);
   return s;
}

static inline void sim_release(sim *s)
{
   while (s->n_pieces > 0)
      free(s->pieces[--s->n_pieces]);
}

static inline void sim_free(sim *s)
{
   for (uint32_t a = 0; a < s->n_accounts; a++)
      free(s->accounts[a].live);
   free(s->accounts);
   sim_release(s);
   free(s);
}

static inline uint32_t sim_fn(sim *s, const char *fn)
{
   for (uint32_t i = 1; i < s->n_fns; i++)
      if (strcmp(s->fns[i], fn) == 0)
         return i;
   s->fns[s->n_fns] = fn;
   return s->n_fns++;
}

static inline uint32_t sim_frame_id(sim *s, const char *fn, const char *file, uint32_t line, const char *object)
{
   for (uint32_t i = 1; i < s->n_frames; i++)
      if (strcmp(s->frames[i].fn, fn) == 0 && strcmp(s->frames[i].file, file) == 0 && s->frames[i].line == line &&
          strcmp(s->frames[i].object, object) == 0)
         return i;
   s->frames[s->n_frames] = (sim_frame){fn, file, object, line, sim_fn(s, fn)};
   return s->n_frames++;
}

static inline uint32_t sim_context(sim *s, uint32_t parent, const char *label)
{
   s->labels[s->n_contexts] = label;
   s->parents[s->n_contexts] = parent;
   return s->n_contexts++;
}

/* A new account with an empty stack; its live bytes are 0 until the caller sets them. */
static inline sim_account *sim_add(sim *s, uint64_t block_B)
{
   if (s->n_accounts == s->room) {
      s->room = s->room ? 2 * s->room : 64;
      s->accounts = realloc(s->accounts, s->room * sizeof *s->accounts);
      if (s->accounts == NULL)
         abort();
   }
   sim_account *x = &s->accounts[s->n_accounts++];
   memset(x, 0, sizeof *x);
   x->block_B = block_B;
   x->place.file = "";
   x->live = calloc(s->src.n_intervals * SIM_STEPS, sizeof *x->live);
   if (x->live == NULL)
      abort();
   return x;
}

/* A new account of spans or tasks whose label is the context's innermost one; declared in app.rs. */
static inline sim_account *sim_add_open(sim *s, lg_account_kind kind, uint32_t context, uint32_t line)
{
   sim_account *x = sim_add(s, 1);
   x->kind = kind;
   x->context = context;
   x->place.file = "/src/app.rs";
   x->place.line = line;
   return x;
}

/* Appends frames, innermost first, named by a list that ends with NULL; file main.c, line 10 * position + 10. */
static inline void sim_stack(sim *s, sim_account *x, const char *const *fns)
{
   for (uint32_t line = 10; *fns != NULL && x->n_frames < SIM_FRAMES; fns++, line += 10)
      x->frames[x->n_frames++] = sim_frame_id(s, *fns, "/src/main.c", line, "/usr/bin/prog");
}

#define SIM_STACK(s, x, ...) sim_stack(s, x, (const char *const[]){__VA_ARGS__, NULL})

/* Adds a function of the step number. */
#define SIM_SHAPE(s, x, expression)                      \
  do {                                                   \
    uint32_t n_steps = (s)->src.n_intervals * SIM_STEPS; \
    for (uint32_t t = 0; t < n_steps; t++)               \
      (x)->live[t] += (int64_t)(expression);             \
  } while (0)

static inline void sim_total(sim *s)
{
   uint64_t live_B = 0, live_blk = 0, allocs = 0, frees = 0, allocated_B = 0;
   static lg_dense d;
   for (uint32_t i = 0; i < s->src.n_intervals; i++) {
      lg_total *t = &s->totals[i];
      memset(t, 0, sizeof *t);
      t->floor_B = t->ceiling_B = live_B;
      t->floor_blk = t->ceiling_blk = live_blk;
      for (uint32_t k = 0; k < SIM_STEPS; k++) {
         live_B = live_blk = 0;
         for (uint32_t a = 0; a < s->n_accounts; a++) {
            if (s->accounts[a].kind != LG_ACCOUNT_HEAP)
               continue;
            live_B += (uint64_t)s->accounts[a].live[i * SIM_STEPS + k];
            live_blk += (uint64_t)s->accounts[a].live[i * SIM_STEPS + k] / s->accounts[a].block_B;
         }
         t->floor_B = live_B < t->floor_B ? live_B : t->floor_B;
         t->ceiling_B = live_B > t->ceiling_B ? live_B : t->ceiling_B;
         t->floor_blk = live_blk < t->floor_blk ? live_blk : t->floor_blk;
         t->ceiling_blk = live_blk > t->ceiling_blk ? live_blk : t->ceiling_blk;
      }
      t->live_B = live_B;
      t->live_blk = live_blk;
      t->time = (uint64_t)(i + 1) * s->src.base << s->src.shift;
      t->ticks = s->tick_rate * (i + 1);
   }
   for (uint32_t a = 0; a < s->n_accounts; a++) {
      if (s->accounts[a].kind != LG_ACCOUNT_HEAP)
         continue;
      sim_series(s, a, &d);
      allocs = frees = allocated_B = 0;
      for (uint32_t i = 0; i < s->src.n_intervals; i++) {
         s->totals[i].allocs += allocs += (uint64_t)d.births[i];
         s->totals[i].frees += frees += (uint64_t)d.deaths[i];
         s->totals[i].allocated_B += allocated_B += (uint64_t)d.births_B[i];
      }
   }
}

static inline void *sim_piece(void *self, size_t size)
{
   sim *s = self;
   if (s->n_pieces == LG_PIECES_MAX)
      abort();
   if (s->n_pieces + 1 == s->refuses)
      return NULL;
   void *piece = malloc(size);
   if (piece == NULL)
      abort();
   return s->pieces[s->n_pieces++] = memset(piece, 0xa5, size);
}

/* The analysis alone, of the source as it is. */
static inline int sim_analyse(sim *s)
{
   sim_release(s);
   s->memory = (lg_memory){s, sim_piece};
   return lg_analysis_run(&s->src, &s->params, &s->memory, &s->out);
}

static inline void sim_run(sim *s)
{
   s->src.n_accounts = s->n_accounts;
   sim_total(s);
   if (!sim_analyse(s))
      abort();
}

static inline const char *sim_text(const sim *s, const lg_finding *f)
{
   static char text[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, text, sizeof text);
   lg_word_finding(&t, &s->src, f);
   return text;
}

static inline const char *sim_statement(const sim *s, uint32_t nth)
{
   static char text[LG_SENTENCE_MAX];
   lg_text t;
   lg_text_init(&t, text, sizeof text);
   return lg_word_statement(&t, &s->src, &s->out, nth) ? text : NULL;
}

/* For a person who looks at a failing case. */
static inline void sim_show(const sim *s)
{
   for (uint32_t i = 0; i < s->out.n_findings; i++)
      printf("# %u %s %s: %s\n", i + 1, lg_finding_kind_name(s->out.findings[i].kind),
             lg_verdict_name(s->out.findings[i].trend.verdict), sim_text(s, &s->out.findings[i]));
   for (uint32_t i = 0; sim_statement(s, i) != NULL; i++)
      printf("# > %s\n", sim_statement(s, i));
}

#endif
