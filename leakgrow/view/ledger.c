/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries are found by a hash of their identity. The tables live only as long as a pass over the entries. */
#include "ledger.h"

#include "lg_format.h"
#include "lg_scale.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) mem_alloc(SIZE_MAX)
#include <uthash.h>

enum { TITLE_SIZE = 256 };

/* An identity as bytes: about, context, frames. */
typedef struct {
   uint32_t *words;
   size_t n; /* bytes */
} identity;

typedef struct {
   size_t entry; /* 1 + index */
   size_t count; /* entries of this identity */
   uint32_t *words;
   UT_hash_handle hh;
} slot;

static identity identity_of(uint32_t about, uint32_t context, const uint32_t *frames, uint32_t n, const uint8_t *known)
{
   identity id = {mem_resize(NULL, (size_t)n + 2, sizeof *id.words), 2};
   id.words[0] = about;
   id.words[1] = context;
   for (uint32_t i = 0; i < n; i++)
      if (known == NULL || known[frames[i]])
         id.words[id.n++] = frames[i];
   id.n *= sizeof *id.words;
   return id;
}

/* Finds or adds; takes over id's memory. */
static slot *slot_of(slot **table, identity id)
{
   slot *s;
   HASH_FIND(hh, *table, id.words, id.n, s);
   if (s != NULL) {
      free(id.words);
      return s;
   }
   s = mem_zalloc(1, sizeof *s);
   s->words = id.words;
   HASH_ADD_KEYPTR(hh, *table, s->words, id.n, s);
   return s;
}

static void slots_free(slot **table)
{
   slot *s, *next;
   HASH_ITER (hh, *table, s, next) {
      HASH_DEL(*table, s);
      free(s->words);
      free(s);
   }
}

/* ---- identities of a profile ---- */

static uint32_t frame_symbol(ledger *l, uint32_t frame_id)
{
   if (l->symbol_of[frame_id] != 0)
      return l->symbol_of[frame_id];
   const profile *p = l->r->p;
   const frame *f = &p->frames[frame_id];
   char *fn = symbol_function(p->fns.name[f->fn]), *object = symbol_object(p->objects.name[f->object]);
   size_t n = strlen(fn), m = strlen(object);
   char *pair = mem_alloc(n + m + 2);
   memcpy(pair, fn, n);
   pair[n] = '\t';
   memcpy(pair + n + 1, object, m + 1);
   free(fn);
   free(object);
   l->symbol_of[frame_id] = symbol_id(l->symbols, pair);
   free(pair);
   return l->symbol_of[frame_id];
}

/* Symbols of the frames, repetitions left out: recursion depth is no identity. Returns their number. */
static uint32_t frame_symbols(ledger *l, const uint32_t *frames, uint32_t n, uint32_t *out)
{
   uint32_t used = 0;
   for (uint32_t i = 0; i < n; i++) {
      uint32_t s = frame_symbol(l, frames[i]);
      if (used == 0 || out[used - 1] != s)
         out[used++] = s;
   }
   return used;
}

static uint32_t context_symbol(ledger *l, uint32_t context)
{
   const profile *p = l->r->p;
   uint32_t path[LG_CONTEXT_DEPTH_MAX], n = 0;
   size_t size = 1, used = 0;
   for (uint32_t c = context; c != 0 && n < LG_CONTEXT_DEPTH_MAX; c = p->contexts[c].parent) {
      path[n++] = c;
      size += strlen(p->contexts[c].label) + 3;
   }
   if (n == 0)
      return 0;
   char *joined = mem_alloc(size);
   while (n-- > 0)
      used += (size_t)sprintf(joined + used, "%s%s", used != 0 ? " > " : "", p->contexts[path[n]].label);
   uint32_t id = symbol_id(l->symbols, joined);
   free(joined);
   return id;
}

ledger_entry *ledger_add(ledger *l, lg_about about, uint32_t context, const uint32_t *frames, uint32_t n_frames)
{
   l->e = mem_grow(l->e, &l->cap, l->n + 1, sizeof *l->e);
   ledger_entry *e = &l->e[l->n++];
   memset(e, 0, sizeof *e);
   e->about = about;
   e->context = context;
   e->n_frames = n_frames;
   e->frames = mem_resize(NULL, n_frames, sizeof *e->frames);
   if (n_frames != 0)
      memcpy(e->frames, frames, n_frames * sizeof *frames);
   e->verdict = LG_BOUNDED;
   return e;
}

/* ---- numbers ---- */

/* What grows only because it waits to be reclaimed is its domain's. */
static lg_verdict verdict_of(const ledger *l, uint32_t account)
{
   const lg_trend *t = &report_account(l->r, account)->trend;
   return t->shape == LG_SHAPE_LAG ? LG_BOUNDED : t->verdict;
}

/* The accounts of an entry that are growing, or all of them, as source accounts. */
static uint32_t accounts_of(const ledger *l, const ledger_entry *e, int only_growing, uint32_t *out)
{
   uint32_t n = 0;
   for (uint32_t a = e->first_account; a != 0; a = l->next_account[a])
      if (!only_growing || verdict_of(l, a) == LG_GROWING)
         out[n++] = a - 1;
   return n;
}

static lg_verdict worst_verdict(const ledger *l, const ledger_entry *e)
{
   lg_verdict worst = LG_BOUNDED;
   for (uint32_t a = e->first_account; a != 0; a = l->next_account[a]) {
      lg_verdict v = verdict_of(l, a);
      if (v == LG_GROWING || worst == LG_BOUNDED)
         worst = v;
   }
   return worst;
}

/* Only what grows is measured: for the rest, what accounts hold is known already. */
static void measure_entry(ledger *l, ledger_entry *e, uint32_t *accounts, lg_dense *one, lg_dense *sum)
{
   for (uint32_t a = e->first_account; a != 0; a = l->next_account[a]) {
      e->held_B += l->r->sums[a].held_B;
      e->live_B += l->r->sums[a].live_B;
   }
   e->rates.unit = l->r->src.unit;
   e->verdict = worst_verdict(l, e);
   if (e->verdict != LG_GROWING)
      return;
   lg_gate_sum g;
   lg_gate_measure(&l->r->src, &l->r->analysis, accounts, accounts_of(l, e, /*only_growing*/ 0, accounts), one, sum,
                   &g);
   if (g.trend.verdict != LG_GROWING)
      lg_gate_measure(&l->r->src, &l->r->analysis, accounts, accounts_of(l, e, /*only_growing*/ 1, accounts), one, sum,
                      &g);
   e->rates = g.rates;
   e->grown_B = g.grown_B;
}

static void add_accounts(ledger *l)
{
   const profile *p = l->r->p;
   slot *table = NULL;
   uint32_t *symbols = mem_resize(NULL, LG_FRAMES_MAX, sizeof *symbols);
   for (uint32_t a = 1; a < p->n_accounts; a++) {
      const account *acc = &p->accounts[a];
      if (acc->kind > LG_ACCOUNT_MAPPING)
         continue;
      const stack *st = &p->stacks[acc->stack];
      lg_about about = acc->kind == LG_ACCOUNT_MAPPING ? LG_ABOUT_MAPPING : LG_ABOUT_ACCOUNT;
      uint32_t context = context_symbol(l, acc->context), n = frame_symbols(l, st->frames, st->n, symbols);
      slot *s = slot_of(&table, identity_of(about, context, symbols, n, NULL));
      if (s->entry == 0) {
         ledger_add(l, about, context, symbols, n);
         s->entry = l->n;
      }
      l->next_account[a] = l->e[s->entry - 1].first_account;
      l->e[s->entry - 1].first_account = a;
      l->entry_of[a] = (uint32_t)s->entry;
   }
   free(symbols);
   slots_free(&table);
}

/* Findings about sums have an entry each: a function by itself, a stack or a context without the other. */
static void add_sum(ledger *l, uint32_t finding)
{
   const lg_finding *f = &l->r->analysis.findings[finding];
   uint32_t symbols[LG_FRAMES_MAX], n = 0, context = 0;
   if (f->kind != LG_FINDING_GROWTH || f->n_accounts < 2)
      return;
   const stack *st = &l->r->p->stacks[l->r->p->accounts[f->account + 1].stack];
   if (f->about == LG_ABOUT_FUNCTION && f->n_frames > 0)
      n = frame_symbols(l, st->frames + f->first_frame, 1, symbols);
   else if (f->about == LG_ABOUT_STACK)
      n = frame_symbols(l, st->frames + f->first_frame, f->n_frames, symbols);
   else if (f->about == LG_ABOUT_CONTEXT)
      context = context_symbol(l, f->context);
   lg_about about =
      f->about == LG_ABOUT_MAPPING ? LG_ABOUT_TOTAL : f->about; /* one entry per account is MAPPING already */
   if (f->about == LG_ABOUT_MAPPING)
      context = symbol_id(l->symbols, "(mapped memory)");
   ledger_entry *e = ledger_add(l, about, context, symbols, n);
   e->verdict = f->trend.verdict;
   e->rates = (lg_rates){l->r->src.unit, f->per_s, f->per_tick, f->per_unit, 0};
   e->grown_B = f->rank_B;
   e->held_B = f->judged_B;
   e->live_B = f->live_B;
   char title[TITLE_SIZE];
   lg_text t;
   lg_text_init(&t, title, sizeof title);
   lg_word_title(&t, &l->r->src, f);
   e->title = mem_string(title, t.used);
   l->entry_of_sum[finding] = l->n;
}

/* "task: heartbeat" */
static uint32_t label_symbol(ledger *l, const char *kind, const char *label)
{
   size_t n = strlen(kind) + strlen(label) + 3;
   char *text = mem_alloc(n);
   snprintf(text, n, "%s: %s", kind, label);
   uint32_t id = symbol_id(l->symbols, text);
   free(text);
   return id;
}

static const char *label_of(const ledger *l, uint32_t account)
{
   const profile *p = l->r->p;
   return p->contexts[p->accounts[account + 1].context].label;
}

static const char *kind_word(lg_account_kind kind)
{
   return kind == LG_ACCOUNT_TASK ? "task" : "span";
}

static void name_label(ledger *l, ledger_entry *e, uint32_t account, const char *kind)
{
   char title[TITLE_SIZE];
   lg_text t;
   lg_text_init(&t, title, sizeof title);
   lg_word_text(&t, kind);
   lg_word_text(&t, " ");
   lg_word_label(&t, &l->r->src, account);
   e->title = mem_string(title, t.used);
}

/* One entry per group of the census; groups that only differ in lines have one identity and are added up. */
static void add_groups(ledger *l)
{
   const lg_analysis *a = &l->r->analysis;
   const profile *p = l->r->p;
   slot *table = NULL;
   uint32_t *symbols = mem_resize(NULL, LG_FRAMES_MAX, sizeof *symbols);
   for (uint32_t i = 0; i < a->n_census; i++) {
      const lg_census_group *g = &a->census[i];
      const lg_finding *f = g->finding != 0 ? &a->findings[g->finding - 1] : NULL;
      const stack *st = &p->stacks[p->accounts[g->account + 1].stack];
      uint32_t label = label_symbol(l, kind_word(g->kind), label_of(l, g->account));
      uint32_t n = frame_symbols(l, st->frames, st->n, symbols);
      slot *s = slot_of(&table, identity_of(LG_ABOUT_LABEL, label, symbols, n, NULL));
      if (s->entry == 0) {
         ledger_entry *new = ledger_add(l, LG_ABOUT_LABEL, label, symbols, n);
         new->rates = (lg_rates){.unit = l->r->src.unit, .is_count = 1};
         name_label(l, new, g->account, kind_word(g->kind));
         s->entry = l->n;
      }
      ledger_entry *e = &l->e[s->entry - 1];
      e->held_B = lg_sum(e->held_B, g->held);
      e->live_B = lg_sum(e->live_B, g->open);
      if (f == NULL || f->about == LG_ABOUT_LABEL || f->rank_B < e->grown_B)
         continue;
      e->verdict = f->trend.verdict;
      e->rates = (lg_rates){l->r->src.unit, f->per_s, f->per_tick, f->per_unit, 1};
      e->grown_B = f->rank_B;
      l->entry_of_sum[g->finding - 1] = s->entry;
   }
   free(symbols);
   slots_free(&table);
}

/* One entry per domain in which something waited; domains of one scheme and name have one identity and are added up. A finding of kind
 * lag has its rate. */
static void add_domains(ledger *l)
{
   const lg_analysis *a = &l->r->analysis;
   slot *table = NULL;
   for (uint32_t i = 0; i < l->r->src.n_domains; i++) {
      const lg_domain_result *d = &a->domains[i];
      lg_domain_info info;
      l->r->src.domain(l->r->src.self, i, &info);
      if (d->peak_objects == 0)
         continue;
      uint32_t name = label_symbol(l, lg_reclaim_name(info.scheme), info.name);
      slot *s = slot_of(&table, identity_of(LG_ABOUT_DOMAIN, name, NULL, 0, NULL));
      if (s->entry == 0) {
         ledger_add(l, LG_ABOUT_DOMAIN, name, NULL, 0)->rates.unit = l->r->src.unit;
         s->entry = l->n;
      }
      ledger_entry *e = &l->e[s->entry - 1];
      e->held_B = lg_sum(e->held_B, d->judged_B);
      e->live_B = lg_sum(e->live_B, d->B);
      for (uint32_t f = 0; d->finding != 0 && f < a->n_findings; f++) {
         const lg_finding *g = &a->findings[f];
         if (g->domain != i + 1)
            continue;
         l->entry_of_sum[f] = s->entry;
         if (g->kind != LG_FINDING_LAG || g->rank_B < e->grown_B)
            continue;
         e->verdict = g->trend.verdict;
         e->rates = (lg_rates){l->r->src.unit, g->per_s, g->per_tick, g->per_unit, 0};
         e->grown_B = g->rank_B;
      }
   }
   slots_free(&table);
}

/* Entries of findings about a whole label: all of its instances, or how it is used. */
static void add_label(ledger *l, uint32_t finding)
{
   const lg_finding *f = &l->r->analysis.findings[finding];
   int is_misuse = f->kind == LG_FINDING_DISCIPLINE;
   if (f->instances == LG_ACCOUNT_HEAP || l->entry_of_sum[finding] != 0)
      return;
   uint32_t label = label_symbol(l, is_misuse ? "rules" : kind_word(f->instances), label_of(l, f->account));
   ledger_entry *e = ledger_add(l, LG_ABOUT_LABEL, label, NULL, 0);
   e->is_misuse = is_misuse;
   e->verdict = is_misuse ? LG_GROWING : f->trend.verdict;
   e->rates = (lg_rates){l->r->src.unit, f->per_s, f->per_tick, f->per_unit, 1};
   e->grown_B = is_misuse ? 0 : f->rank_B;
   e->held_B = f->judged_blk;
   e->live_B = f->live_blk;
   name_label(l, e, f->account, is_misuse ? "use of" : kind_word(f->instances));
   l->entry_of_sum[finding] = l->n;
}

void ledger_make(ledger *l, const report *r, symbol_table *symbols)
{
   const profile *p = r->p;
   memset(l, 0, sizeof *l);
   l->symbols = symbols;
   l->r = r;
   l->entry_of = mem_zalloc(p->n_accounts, sizeof *l->entry_of);
   l->next_account = mem_zalloc(p->n_accounts, sizeof *l->next_account);
   l->symbol_of = mem_zalloc(p->n_frames, sizeof *l->symbol_of);
   l->entry_of_sum = mem_zalloc(r->analysis.n_findings, sizeof *l->entry_of_sum);
   add_accounts(l);
   uint32_t *accounts = mem_resize(NULL, p->n_accounts, sizeof *accounts);
   lg_dense *scratch = mem_zalloc(2, sizeof *scratch);
   for (size_t i = 0; i < l->n; i++)
      measure_entry(l, &l->e[i], accounts, &scratch[0], &scratch[1]);
   free(scratch);
   free(accounts);
   add_groups(l);
   add_domains(l);
   for (uint32_t f = 0; f < r->analysis.n_findings; f++) {
      add_sum(l, f);
      add_label(l, f);
   }
}

void ledger_free(ledger *l)
{
   for (size_t i = 0; i < l->n; i++) {
      free(l->e[i].frames);
      free(l->e[i].title);
   }
   free(l->e);
   free(l->entry_of);
   free(l->next_account);
   free(l->symbol_of);
   free(l->entry_of_sum);
   memset(l, 0, sizeof *l);
}

const ledger_entry *ledger_of_finding(const ledger *l, uint32_t finding)
{
   size_t e = l->entry_of_sum[finding];
   return &l->e[(e != 0 ? e : l->entry_of[l->r->analysis.findings[finding].account + 1]) - 1];
}

/* ---- titles ---- */

static void title_of_symbols(const ledger *l, const ledger_entry *e, lg_text *t)
{
   if (e->n_frames == 0) {
      lg_word_text(t, e->context != 0 ? l->symbols->name[e->context] : "the heap as a whole");
      return;
   }
   const char *pair = l->symbols->name[e->frames[0]], *tab = strchr(pair, '\t');
   char *fn = mem_string(pair, tab != NULL ? (size_t)(tab - pair) : strlen(pair));
   lg_word_function(t, fn, 80);
   free(fn);
}

const char *ledger_title(ledger *l, size_t entry)
{
   ledger_entry *e = &l->e[entry];
   if (e->title != NULL)
      return e->title;
   char title[TITLE_SIZE];
   lg_text t;
   lg_text_init(&t, title, sizeof title);
   if (l->r != NULL && e->first_account != 0)
      lg_word_account(&t, &l->r->src, e->first_account - 1);
   else
      title_of_symbols(l, e, &t);
   e->title = mem_string(title, t.used);
   return e->title;
}

/* ---- matching ---- */

static void link_pair(ledger *old, size_t o, ledger *now, size_t n, match_how how)
{
   old->e[o].match = n + 1;
   now->e[n].match = o + 1;
   old->e[o].how = now->e[n].how = how;
}

/* Puts entries without a match into a table; `known` leaves frames out. What has no frame left is no identity then. */
static slot *table_of(const ledger *l, const uint8_t *known)
{
   slot *table = NULL;
   for (size_t i = 0; i < l->n; i++) {
      const ledger_entry *e = &l->e[i];
      if (e->match != 0)
         continue;
      identity id = identity_of((uint32_t)e->about, e->context, e->frames, e->n_frames, known);
      if (known != NULL && id.n <= 2 * sizeof *id.words) {
         free(id.words);
         continue;
      }
      slot *s = slot_of(&table, id);
      s->entry = i + 1;
      s->count++;
   }
   return table;
}

/* Matches what has the same identity in both tables, once in each. When both had frames left out, one place was not inlined but
 * replaced by another: that is no match. */
static void match_tables(ledger *old, ledger *now, const uint8_t *known_old, const uint8_t *known_now, match_how how)
{
   slot *a = table_of(old, known_now), *b = table_of(now, known_old), *s, *next, *other;
   HASH_ITER (hh, a, s, next) {
      HASH_FIND(hh, b, s->words, s->hh.keylen, other);
      if (other == NULL || s->count != 1 || other->count != 1)
         continue;
      uint32_t n = (uint32_t)(s->hh.keylen / sizeof *s->words) - 2;
      if (old->e[s->entry - 1].n_frames == n || now->e[other->entry - 1].n_frames == n)
         link_pair(old, s->entry - 1, now, other->entry - 1, how);
   }
   slots_free(&a);
   slots_free(&b);
}

/* Which symbols occur in a ledger. */
static uint8_t *known_in(const ledger *l)
{
   uint8_t *known = mem_zalloc(l->symbols->n + 1, 1);
   for (size_t i = 0; i < l->n; i++)
      for (uint32_t k = 0; k < l->e[i].n_frames; k++)
         known[l->e[i].frames[k]] = 1;
   return known;
}

/* Are the frames of the shorter one those of the longer one with some left out? The outermost frames must be equal. */
static int is_inlined(const ledger_entry *a, const ledger_entry *b)
{
   const ledger_entry *small = a->n_frames < b->n_frames ? a : b, *large = small == a ? b : a;
   if (a->about != b->about || a->context != b->context || small->n_frames < 2 || small->n_frames * 2 < large->n_frames)
      return 0;
   uint32_t k = small->n_frames;
   if (small->frames[k - 1] != large->frames[large->n_frames - 1])
      return 0;
   for (uint32_t i = large->n_frames; i > 0 && k > 0; i--)
      k -= large->frames[i - 1] == small->frames[k - 1];
   return k == 0;
}

/* The only entry of l without a match that is e with other inlining; 0: none, or several. Else 1 + index. */
static size_t find_inlined(const ledger *l, const ledger_entry *e)
{
   size_t found = 0;
   for (size_t i = 0; i < l->n; i++) {
      if (l->e[i].match != 0 || !is_inlined(&l->e[i], e))
         continue;
      if (found != 0)
         return 0;
      found = i + 1;
   }
   return found;
}

/* Looked for only on behalf of what grows, since it costs a pass over the other run each. */
static void match_inlined(ledger *old, ledger *now, ledger *growing, ledger *other)
{
   for (size_t i = 0; i < growing->n; i++) {
      ledger_entry *e = &growing->e[i];
      if (e->match != 0 || e->verdict == LG_BOUNDED)
         continue;
      size_t found = find_inlined(other, e);
      if (found != 0 && find_inlined(growing, &other->e[found - 1]) == i + 1)
         link_pair(old, growing == old ? i : found - 1, now, growing == now ? i : found - 1, MATCH_INLINED);
   }
}

void ledger_match(ledger *old, ledger *now)
{
   match_tables(old, now, NULL, NULL, MATCH_SAME);
   uint8_t *known_old = known_in(old), *known_now = known_in(now);
   match_tables(old, now, known_old, known_now, MATCH_FOLDED);
   free(known_old);
   free(known_now);
   match_inlined(old, now, now, old);
   match_inlined(old, now, old, now);
}
