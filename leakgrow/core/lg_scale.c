/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_scale.h"

typedef struct {
   uint64_t high, low;
} wide;

static wide multiply(uint64_t a, uint64_t b)
{
   uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
   uint64_t mid = a1 * b0 + (a0 * b0 >> 32), mid2 = a0 * b1 + (uint32_t)mid;
   wide p = {a1 * b1 + (mid >> 32) + (mid2 >> 32), mid2 << 32 | (uint32_t)(a0 * b0)};
   return p;
}

/* Long division, one bit at a time: it runs a few times per finding, never per account. high < den. */
static uint64_t divide(wide p, uint64_t den)
{
   uint64_t rest = p.high, quotient = 0;
   for (int bit = 63; bit >= 0; bit--) {
      int carry = rest >> 63 != 0; /* rest < den, so that rest * 2 + 1 may need 65 bits but rest - den does not */
      rest = rest << 1 | (p.low >> bit & 1);
      if (carry || rest >= den) {
         rest -= den;
         quotient |= (uint64_t)1 << bit;
      }
   }
   return quotient;
}

uint64_t lg_scale(uint64_t v, uint64_t num, uint64_t den)
{
   wide p = multiply(v, num);
   if (p.high >= den) /* also den == 0 */
      return UINT64_MAX;
   return p.high == 0 ? p.low / den : divide(p, den);
}

int64_t lg_scale_signed(int64_t v, uint64_t num, uint64_t den)
{
   uint64_t magnitude = lg_scale(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, num, den);
   if (magnitude > (uint64_t)INT64_MAX)
      magnitude = (uint64_t)INT64_MAX;
   return v < 0 ? -(int64_t)magnitude : (int64_t)magnitude;
}

uint64_t lg_root(uint64_t v)
{
   uint64_t root = 0;
   for (int bit = 31; bit >= 0; bit--) {
      uint64_t next = root | (uint64_t)1 << bit;
      if (next * next <= v)
         root = next;
   }
   return root;
}

uint64_t lg_sum(uint64_t a, uint64_t b)
{
   return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t lg_excess(uint64_t a, uint64_t b)
{
   return a > b ? a - b : 0;
}
