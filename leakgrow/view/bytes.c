/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers are stored in groups of seven bits, least significant first; signed ones fold the sign into the lowest bit. */
#include "bytes.h"

#include "mem.h"

#include <assert.h>
#include <stdlib.h>

enum { SMALL = 1024 }; /* larger ones grow by less: there may be many of them */

int bytes_room(bytes *b, uint32_t n)
{
   uint64_t need = (uint64_t)b->len + n;
   if (need <= b->cap)
      return 1;
   if (need > UINT32_MAX)
      return 0;
   uint64_t cap = (uint64_t)b->cap + (b->cap < SMALL ? b->cap / 2u : b->cap / 8u) + 8u;
   if (cap < need)
      cap = need;
   if (cap > UINT32_MAX)
      cap = UINT32_MAX;
   b->data = mem_resize(b->data, (size_t)cap, 1);
   b->cap = (uint32_t)cap;
   return 1;
}

void bytes_put_u8(bytes *b, uint8_t v)
{
   assert(b->len < b->cap);
   b->data[b->len++] = v;
}

void bytes_put(bytes *b, uint64_t v)
{
   while (v >= 0x80) {
      bytes_put_u8(b, (uint8_t)(v | 0x80));
      v >>= 7;
   }
   bytes_put_u8(b, (uint8_t)v);
}

void bytes_put_signed(bytes *b, int64_t v)
{
   uint64_t u = (uint64_t)v << 1;
   bytes_put(b, v < 0 ? ~u : u);
}

void bytes_fit(bytes *b)
{
   if (b->len == b->cap)
      return;
   if (b->len == 0) {
      bytes_free(b);
      return;
   }
   b->data = mem_resize(b->data, b->len, 1);
   b->cap = b->len;
}

void bytes_free(bytes *b)
{
   free(b->data);
   b->data = NULL;
   b->len = b->cap = 0;
}

uint64_t bytes_get(const bytes *b, uint32_t *at)
{
   uint64_t v = 0;
   unsigned shift = 0;
   for (;;) {
      assert(*at < b->len);
      uint8_t byte = b->data[(*at)++];
      v |= (uint64_t)(byte & 0x7f) << shift;
      if (byte < 0x80)
         return v;
      shift += 7;
      assert(shift < 64);
   }
}

int64_t bytes_get_signed(const bytes *b, uint32_t *at)
{
   uint64_t u = bytes_get(b, at);
   return (int64_t)(u & 1 ? ~(u >> 1) : u >> 1);
}
