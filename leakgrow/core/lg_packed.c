/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_packed: see lg_packed.h.
 *
 *   cell:  index (1 byte)  surv_blk  surv_B  held_blk  held_B  min_blk ... resizes
 *
 * Survivors come first, because deaths of old blocks change them in old cells: their places need no sum over all widths. */
#include "lg_packed.h"

#include "lg_width.h"

enum {
   SURV_BLK,
   SURV_B,
   HELD_BLK,
   HELD_B,
   N_SIGNED,
   MIN_BLK = N_SIGNED,
   MAX_BLK,
   END_BLK,
   MIN_B,
   MAX_B,
   END_B,
   BIRTHS,
   DEATHS,
   BIRTHS_B,
   RESIZES,
   N_FIELDS
};

static inline unsigned code_of(lg_widths widths, unsigned field)
{
   return (unsigned)(widths >> (4 * field)) & 15;
}

static inline lg_widths put_code(unsigned field, unsigned code)
{
   return (lg_widths)code << (4 * field);
}

lg_widths lg_widths_of(const lg_rec *r)
{
   return put_code(SURV_BLK, lg_width_of_s(r->surv_blk)) | put_code(SURV_B, lg_width_of_s(r->surv_B)) |
          put_code(HELD_BLK, lg_width_of_s(r->held_blk)) | put_code(HELD_B, lg_width_of_s(r->held_B)) |
          put_code(MIN_BLK, lg_width_of_u(r->min_blk)) | put_code(MAX_BLK, lg_width_of_u(r->max_blk)) |
          put_code(END_BLK, lg_width_of_u(r->end_blk)) | put_code(MIN_B, lg_width_of_u(r->min_B)) |
          put_code(MAX_B, lg_width_of_u(r->max_B)) | put_code(END_B, lg_width_of_u(r->end_B)) |
          put_code(BIRTHS, lg_width_of_u(r->births)) | put_code(DEATHS, lg_width_of_u(r->deaths)) |
          put_code(BIRTHS_B, lg_width_of_u(r->births_B)) | put_code(RESIZES, lg_width_of_u(r->resizes));
}

/* The larger code of each four bits: codes leave the highest of them free for a borrow. */
lg_widths lg_widths_join(lg_widths a, lg_widths b)
{
   const lg_widths high = 0x8888888888888888u;
   lg_widths is_a = (((a | high) - b) & high) >> 3; /* 1 where a >= b */
   lg_widths mask = is_a * 15;
   return (a & mask) | (b & ~mask);
}

static uint32_t stride_of(lg_widths widths)
{
   uint32_t stride = 1;
   for (unsigned f = 0; f < N_FIELDS; f++)
      stride += lg_width_bytes(code_of(widths, f));
   return stride;
}

size_t lg_packed_bytes(lg_widths widths, uint32_t size)
{
   return sizeof(lg_packed) + (size_t)size * stride_of(widths);
}

uint32_t lg_packed_room(lg_widths widths, size_t bytes)
{
   size_t room = bytes <= sizeof(lg_packed) ? 0 : (bytes - sizeof(lg_packed)) / stride_of(widths);
   return room > UINT16_MAX ? UINT16_MAX : (uint32_t)room;
}

void lg_packed_init(lg_packed *p, lg_widths widths, uint32_t size)
{
   *p = (lg_packed){.widths = widths, .size = (uint16_t)size, .stride = (uint8_t)stride_of(widths)};
}

static inline const uint8_t *take_s(const uint8_t *at, lg_widths widths, unsigned field, int64_t *v)
{
   *v = lg_width_load_s(at, code_of(widths, field));
   return at + lg_width_bytes(code_of(widths, field));
}

static inline const uint8_t *take_u(const uint8_t *at, lg_widths widths, unsigned field, uint64_t *v)
{
   *v = lg_width_load_u(at, code_of(widths, field));
   return at + lg_width_bytes(code_of(widths, field));
}

static inline const uint8_t *take_blk(const uint8_t *at, lg_widths widths, unsigned field, uint32_t *v)
{
   *v = (uint32_t)lg_width_load_u(at, code_of(widths, field));
   return at + lg_width_bytes(code_of(widths, field));
}

void lg_packed_get(const lg_packed *p, uint32_t i, lg_rec *rec)
{
   const lg_widths w = p->widths;
   const uint8_t *at = p->cells + i * p->stride;
   rec->index = *at++;
   at = take_s(at, w, SURV_BLK, &rec->surv_blk);
   at = take_s(at, w, SURV_B, &rec->surv_B);
   at = take_s(at, w, HELD_BLK, &rec->held_blk);
   at = take_s(at, w, HELD_B, &rec->held_B);
   at = take_blk(at, w, MIN_BLK, &rec->min_blk);
   at = take_blk(at, w, MAX_BLK, &rec->max_blk);
   at = take_blk(at, w, END_BLK, &rec->end_blk);
   at = take_u(at, w, MIN_B, &rec->min_B);
   at = take_u(at, w, MAX_B, &rec->max_B);
   at = take_u(at, w, END_B, &rec->end_B);
   at = take_u(at, w, BIRTHS, &rec->births);
   at = take_u(at, w, DEATHS, &rec->deaths);
   at = take_u(at, w, BIRTHS_B, &rec->births_B);
   take_u(at, w, RESIZES, &rec->resizes);
}

static inline uint8_t *store(uint8_t *at, lg_widths widths, unsigned field, uint64_t v)
{
   lg_width_store(at, code_of(widths, field), v);
   return at + lg_width_bytes(code_of(widths, field));
}

void lg_packed_put(lg_packed *p, uint32_t i, const lg_rec *rec)
{
   const lg_widths w = p->widths;
   uint8_t *at = p->cells + i * p->stride;
   *at++ = (uint8_t)rec->index;
   at = store(at, w, SURV_BLK, (uint64_t)rec->surv_blk);
   at = store(at, w, SURV_B, (uint64_t)rec->surv_B);
   at = store(at, w, HELD_BLK, (uint64_t)rec->held_blk);
   at = store(at, w, HELD_B, (uint64_t)rec->held_B);
   at = store(at, w, MIN_BLK, rec->min_blk);
   at = store(at, w, MAX_BLK, rec->max_blk);
   at = store(at, w, END_BLK, rec->end_blk);
   at = store(at, w, MIN_B, rec->min_B);
   at = store(at, w, MAX_B, rec->max_B);
   at = store(at, w, END_B, rec->end_B);
   at = store(at, w, BIRTHS, rec->births);
   at = store(at, w, DEATHS, rec->deaths);
   at = store(at, w, BIRTHS_B, rec->births_B);
   store(at, w, RESIZES, rec->resizes);
   if ((rec->held_blk || rec->held_B) && i < p->held_from)
      p->held_from = (uint16_t)i;
   if (i == p->n) {
      if (p->held_from == i && !rec->held_blk && !rec->held_B)
         p->held_from++;
      p->n++;
   }
}

void lg_packed_drop_last(lg_packed *p)
{
   p->n--;
   if (p->held_from > p->n)
      p->held_from = p->n;
}

void lg_packed_copy(lg_packed *to, const lg_packed *from)
{
   to->n = from->n;
   to->held_from = from->held_from;
   if (to->widths == from->widths) {
      const size_t bytes = (size_t)from->n * from->stride;
      for (size_t i = 0; i < bytes; i++)
         to->cells[i] = from->cells[i];
      return;
   }
   lg_rec rec;
   for (uint32_t i = 0; i < from->n; i++) {
      lg_packed_get(from, i, &rec);
      lg_packed_put(to, i, &rec);
   }
}

lg_widths lg_widths_even(lg_widths widths)
{
   const lg_widths survivors = widths & 0xffff;
   lg_widths most = lg_widths_join(survivors, survivors >> 8);
   most = lg_widths_join(most, most >> 4) & 15;
   return (widths & ~(lg_widths)0xffff) | most * 0x1111;
}

/* Both counters and what of them is held back change alike. `code` is a constant where speed matters. */
static inline __attribute__((always_inline)) int add_to(uint8_t *const at[N_SIGNED], const unsigned code[N_SIGNED],
                                                        int64_t blk, int64_t B)
{
   int64_t sum[N_SIGNED];
   unsigned too_wide = 0;
   for (unsigned f = 0; f < N_SIGNED; f++) {
      const uint64_t more = (uint64_t)(f == SURV_BLK || f == HELD_BLK ? blk : B);
      sum[f] = (int64_t)((uint64_t)lg_width_load_s(at[f], code[f]) + more);
      too_wide |= !lg_width_has_room_s(sum[f], code[f]);
   }
   if (too_wide)
      return 0;
   for (unsigned f = 0; f < N_SIGNED; f++)
      lg_width_store(at[f], code[f], (uint64_t)sum[f]);
   return 1;
}

static inline __attribute__((always_inline)) int add_evenly(uint8_t *at, unsigned code, int64_t blk, int64_t B)
{
   const unsigned bytes = lg_width_bytes(code);
   return add_to((uint8_t *const[]){at, at + bytes, at + 2 * bytes, at + 3 * bytes},
                 (const unsigned[]){code, code, code, code}, blk, B);
}

static int add_unevenly(uint8_t *at, lg_widths w, int64_t blk, int64_t B)
{
   uint8_t *places[N_SIGNED];
   unsigned codes[N_SIGNED];
   for (unsigned f = 0; f < N_SIGNED; f++) {
      codes[f] = code_of(w, f);
      places[f] = at;
      at += lg_width_bytes(codes[f]);
   }
   return add_to(places, codes, blk, B);
}

int lg_packed_add_survivors(lg_packed *p, uint32_t i, int64_t blk, int64_t B)
{
   uint8_t *at = p->cells + i * p->stride + 1;
   int fits;
   switch (p->widths & 0xffff) {
   case 0x1111:
      fits = add_evenly(at, 1, blk, B);
      break;
   case 0x2222:
      fits = add_evenly(at, 2, blk, B);
      break;
   case 0x3333:
      fits = add_evenly(at, 3, blk, B);
      break;
   case 0x4444:
      fits = add_evenly(at, 4, blk, B);
      break;
   default:
      fits = add_unevenly(at, p->widths, blk, B);
   }
   if (fits && i < p->held_from)
      p->held_from = (uint16_t)i;
   return fits;
}

/* Where in a cell the held back part begins. */
static inline uint32_t place_of_held(lg_widths w)
{
   return 1 + lg_width_bytes(code_of(w, SURV_BLK)) + lg_width_bytes(code_of(w, SURV_B));
}

void lg_packed_held(const lg_packed *p, uint32_t i, int64_t *blk, int64_t *B)
{
   const uint8_t *at = take_s(p->cells + i * p->stride + place_of_held(p->widths), p->widths, HELD_BLK, blk);
   take_s(at, p->widths, HELD_B, B);
}

void lg_packed_clear_held(lg_packed *p)
{
   const lg_widths w = p->widths;
   const uint32_t skip = place_of_held(w);
   for (uint32_t i = p->held_from; i < p->n; i++) {
      uint8_t *at = store(p->cells + i * p->stride + skip, w, HELD_BLK, 0);
      store(at, w, HELD_B, 0);
   }
   p->held_from = p->n;
}

uint32_t lg_packed_find(const lg_packed *p, uint32_t index)
{
   uint32_t lo = 0, hi = p->n; /* invariant: indices before lo are smaller, those from hi on are larger */
   if (hi == 0 || index > lg_packed_index(p, hi - 1))
      return p->n;
   const uint32_t guess = hi - 1 - (lg_packed_index(p, hi - 1) - index);
   if (guess < hi && lg_packed_index(p, guess) == index)
      return guess;
   while (lo < hi) {
      uint32_t mid = lo + (hi - lo) / 2, at = lg_packed_index(p, mid);
      if (at == index)
         return mid;
      if (at < index)
         lo = mid + 1;
      else
         hi = mid;
   }
   return p->n;
}
