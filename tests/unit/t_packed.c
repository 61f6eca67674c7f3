/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packed records and ages against plain ones. */
#include "lg_ages.h"
#include "lg_packed.h"
#include "lg_width.h"
#include "lgtest.h"

enum { CELLS = LG_INTERVALS_MAX };

/* Values on both sides of every width's end. */
static const uint64_t edges[] = {0,
                                 1,
                                 127,
                                 128,
                                 255,
                                 256,
                                 32767,
                                 32768,
                                 65535,
                                 65536,
                                 INT32_MAX,
                                 0x80000000,
                                 UINT32_MAX,
                                 (uint64_t)1 << 32,
                                 INT64_MAX,
                                 (uint64_t)1 << 63,
                                 UINT64_MAX - 127,
                                 UINT64_MAX - 128,
                                 UINT64_MAX - 32767,
                                 UINT64_MAX - 32768,
                                 UINT64_MAX - INT32_MAX,
                                 UINT64_MAX - 0x80000000u,
                                 UINT64_MAX};
enum { N_EDGES = sizeof edges / sizeof *edges, N_FIELDS = 14 };

static uint64_t draw_value(void)
{
   return lgt_rand_below(8) ? lgt_rand() >> lgt_rand_below(64) : edges[lgt_rand_below(N_EDGES)];
}

static void set_field(lg_rec *r, unsigned field, uint64_t v)
{
   uint32_t *blk[] = {&r->min_blk, &r->max_blk, &r->end_blk};
   uint64_t *u[] = {&r->min_B, &r->max_B, &r->end_B, &r->births, &r->deaths, &r->births_B, &r->resizes};
   int64_t *s[] = {&r->surv_blk, &r->surv_B, &r->held_blk, &r->held_B};
   if (field < 3)
      *blk[field] = (uint32_t)v;
   else if (field < 10)
      *u[field - 3] = v;
   else
      *s[field - 10] = (int64_t)v;
}

static lg_rec draw_rec(uint32_t index)
{
   lg_rec r = {.index = index};
   const unsigned bits = 1 + (unsigned)lgt_rand_below(64);
   for (unsigned f = 0; f < N_FIELDS; f++)
      set_field(&r, f, lgt_rand_below(4) ? draw_value() >> (64 - bits) : 0);
   return r;
}

static int same(const lg_rec *a, const lg_rec *b)
{
   return a->index == b->index && a->min_blk == b->min_blk && a->max_blk == b->max_blk && a->end_blk == b->end_blk &&
          a->min_B == b->min_B && a->max_B == b->max_B && a->end_B == b->end_B && a->births == b->births &&
          a->deaths == b->deaths && a->births_B == b->births_B && a->resizes == b->resizes &&
          a->surv_blk == b->surv_blk && a->surv_B == b->surv_B && a->held_blk == b->held_blk && a->held_B == b->held_B;
}

/* One field at a time, alone in its record and its series: the width is the least that holds the value. */
static void every_edge_of_every_field(void)
{
   for (unsigned f = 0; f < N_FIELDS; f++) {
      for (unsigned e = 0; e < N_EDGES; e++) {
         lg_rec r = {.index = LG_PACKED_INDEX_END - 1}, got;
         set_field(&r, f, edges[e]);
         const uint64_t v = f < 3 ? (uint32_t)edges[e] : edges[e];
         const unsigned code = f < 10 ? lg_width_of_u(v) : lg_width_of_s((int64_t)v);
         const lg_widths widths = lg_widths_of(&r);
         const size_t bytes = lg_packed_bytes(widths, 1);
         LGT_EQ_U(bytes, sizeof(lg_packed) + 1 + lg_width_bytes(code));
         lg_packed *p = malloc(bytes);
         lg_packed_init(p, widths, 1);
         lg_packed_put(p, 0, &r);
         lg_packed_get(p, 0, &got);
         LGT_OK(same(&r, &got));
         free(p);
      }
   }
}

static void joining(void)
{
   for (int i = 0; i < 20000; i++) {
      const lg_rec a = draw_rec(1), b = draw_rec(2);
      const lg_widths x = lg_widths_of(&a), y = lg_widths_of(&b), both = lg_widths_join(x, y);
      LGT_EQ_U(both, lg_widths_join(y, x));
      LGT_OK(lg_widths_fit(x, both) && lg_widths_fit(y, both));
      LGT_EQ_I(lg_widths_fit(x, y), both == y);
      const lg_widths even = lg_widths_even(x), code = even & 15;
      LGT_OK(lg_widths_fit(x, even) && even >> 16 == x >> 16 && (even & 0xffff) == code * 0x1111);
      LGT_OK(code == (x & 15) || code == (x >> 4 & 15) || code == (x >> 8 & 15) || code == (x >> 12 & 15));
      for (unsigned f = 0; f < N_FIELDS; f++) {
         const uint64_t cx = x >> 4 * f & 15, cy = y >> 4 * f & 15;
         LGT_EQ_U(both >> 4 * f & 15, cx > cy ? cx : cy);
      }
      lg_packed *p = malloc(lg_packed_bytes(both, 2));
      lg_rec got;
      lg_packed_init(p, both, 2);
      lg_packed_put(p, 0, &a);
      lg_packed_put(p, 1, &b);
      lg_packed_get(p, 0, &got);
      LGT_OK(same(&a, &got));
      lg_packed_get(p, 1, &got);
      LGT_OK(same(&b, &got));
      free(p);
   }
}

/* ---- a random life of a series ---- */

typedef struct {
   lg_rec rec[CELLS];
   uint32_t n;
   lg_packed *p;
} pair;

static void repack(pair *s, lg_widths widths, uint32_t size)
{
   lg_packed *wide = malloc(lg_packed_bytes(widths, size));
   lg_packed_init(wide, widths, size);
   lg_packed_copy(wide, s->p);
   free(s->p);
   s->p = wide;
}

static void put(pair *s, uint32_t i, const lg_rec *r)
{
   lg_widths need = lg_widths_join(lg_widths_of(r), s->p->widths);
   if (lgt_rand_below(3) == 0)
      need = lg_widths_even(need);
   const uint32_t size = i == s->p->size ? i + 1 : s->p->size;
   if (need != s->p->widths || size != s->p->size)
      repack(s, need, size);
   lg_packed_put(s->p, i, r);
   s->rec[i] = *r;
   s->n += i == s->n;
}

static void change_survivors(pair *s)
{
   const uint32_t i = (uint32_t)lgt_rand_below(s->n);
   const int64_t blk = (int64_t)(draw_value() >> lgt_rand_below(64)), B = (int64_t)draw_value();
   lg_rec *r = &s->rec[i], before, got;
   before = *r;
   r->surv_blk = (int64_t)((uint64_t)r->surv_blk + (uint64_t)blk);
   r->held_blk = (int64_t)((uint64_t)r->held_blk + (uint64_t)blk);
   r->surv_B = (int64_t)((uint64_t)r->surv_B + (uint64_t)B);
   r->held_B = (int64_t)((uint64_t)r->held_B + (uint64_t)B);
   const int fits = lg_widths_fit(lg_widths_of(r), s->p->widths);
   LGT_EQ_I(lg_packed_add_survivors(s->p, i, blk, B), fits);
   if (!fits) {
      lg_packed_get(s->p, i, &got);
      LGT_OK(same(&before, &got));
      const lg_rec sum = *r;
      put(s, i, &sum);
   }
}

static void compare(const pair *s)
{
   LGT_EQ_U(s->p->n, s->n);
   for (uint32_t i = 0; i < s->n; i++) {
      lg_rec got;
      lg_packed_get(s->p, i, &got);
      LGT_OK(same(&s->rec[i], &got));
      LGT_EQ_U(lg_packed_index(s->p, i), got.index);
      LGT_EQ_U(lg_packed_find(s->p, got.index), i);
      int64_t blk, B;
      lg_packed_held(s->p, i, &blk, &B);
      LGT_OK(blk == got.held_blk && B == got.held_B);
      LGT_OK(i >= s->p->held_from || (got.held_blk == 0 && got.held_B == 0));
   }
   for (uint32_t index = 0; index < LG_PACKED_INDEX_END; index++) {
      const uint32_t want = lg_series_find(s->rec, s->n, index);
      LGT_EQ_U(lg_packed_find(s->p, index), want);
   }
}

static void step(pair *s)
{
   const uint32_t next = s->n ? s->rec[s->n - 1].index + 1 + (uint32_t)(lgt_rand_below(8) == 0) : 0;
   const uint64_t dice = lgt_rand_below(16);
   if (dice < 5 && s->n < CELLS && next < LG_PACKED_INDEX_END) {
      const lg_rec r = draw_rec(next);
      put(s, s->n, &r);
   } else if (dice < 13 && s->n > 0) {
      change_survivors(s);
   } else if (dice == 13) {
      lg_packed_clear_held(s->p);
      for (uint32_t i = 0; i < s->n; i++)
         s->rec[i].held_blk = s->rec[i].held_B = 0;
      LGT_EQ_U(s->p->held_from, s->n);
   } else if (dice == 14 && s->n > 0) {
      lg_packed_drop_last(s->p);
      s->n--;
   } else if (dice == 15 && s->n > 0) { /* as halving does: everything anew, with the least widths */
      lg_widths widths = 0;
      s->n = lg_series_halve(s->rec, s->n);
      for (uint32_t i = 0; i < s->n; i++)
         widths = lg_widths_join(widths, lg_widths_of(&s->rec[i]));
      free(s->p);
      s->p = malloc(lg_packed_bytes(widths, s->n));
      lg_packed_init(s->p, widths, s->n);
      for (uint32_t i = 0; i < s->n; i++)
         lg_packed_put(s->p, i, &s->rec[i]);
   }
}

static void random_lives(void)
{
   static pair s;
   for (int life = 0; life < 300; life++) {
      s.n = 0;
      s.p = malloc(lg_packed_bytes(0, 0));
      lg_packed_init(s.p, 0, 0);
      for (uint64_t i = lgt_rand_below(200); i > 0; i--) {
         step(&s);
         compare(&s);
      }
      free(s.p);
   }
}

static void room(void)
{
   for (int i = 0; i < 10000; i++) {
      const lg_rec r = draw_rec(0);
      const lg_widths w = lg_widths_of(&r);
      const size_t bytes = lgt_rand_below(4096);
      const uint32_t n = lg_packed_room(w, bytes);
      LGT_OK(n == 0 || lg_packed_bytes(w, n) <= bytes);
      LGT_OK(lg_packed_bytes(w, n + 1) > bytes);
   }
   LGT_EQ_U(lg_packed_room(0, (size_t)1 << 20), UINT16_MAX);
}

/* ---- ages ---- */

static void ages(void)
{
   uint64_t deaths[LG_AGES] = {0}, held[LG_AGES] = {0}, got, got_held;
   lg_ages *a = malloc(lg_ages_bytes(1, 0));
   lg_ages_init(a, 1, 0);
   lg_ages_get(NULL, 0, &got, &got_held);
   LGT_OK(got == 0 && got_held == 0);
   lg_ages_clear_held(NULL);
   LGT_EQ_U(lg_ages_held(NULL, 1), 0);
   for (int i = 0; i < 3000; i++) {
      const unsigned k = (unsigned)lgt_rand_below(LG_AGES);
      const uint64_t more = lgt_rand() >> (8 + lgt_rand_below(56));
      if (k >= a->n || !lg_ages_add(a, k, more, more)) {
         const unsigned n = k >= a->n ? k + 1 : a->n, code = lg_ages_code(deaths[k] + more);
         lg_ages *wide = malloc(lg_ages_bytes(n, code > a->code ? code : a->code));
         lg_ages_init(wide, n, code > a->code ? code : a->code);
         lg_ages_copy(wide, a);
         free(a);
         a = wide;
         LGT_OK(lg_ages_add(a, k, more, more));
      }
      deaths[k] += more;
      held[k] += more;
      if (i % 50 == 0) {
         lg_ages_clear_held(a);
         memset(held, 0, sizeof held);
      }
      uint64_t all_held = 0;
      for (unsigned j = LG_AGES; j-- > 0;) {
         lg_ages_get(a, j, &got, &got_held);
         all_held += held[j];
         LGT_OK(j > a->n || lg_ages_held(a, j) == all_held);
         LGT_OK(got == deaths[j] && got_held == held[j]);
      }
   }
   free(a);
}

LGT_MAIN(LGT(every_edge_of_every_field), LGT(joining), LGT(random_lives), LGT(room), LGT(ages))
