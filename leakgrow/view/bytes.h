/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bytes: an append-only string of variable-length numbers.
 *
 * Answers: how are a profile's many small numbers kept in less memory than their decimal digits take in the file?
 *
 * Y1  bytes up to `committed` belong to committed transactions; cutting back to them undoes the open one.
 * Y2  what was put is got back in the same order by the matching functions. */
#ifndef VIEW_BYTES_H
#define VIEW_BYTES_H

#include <stdint.h>

typedef struct {
   uint8_t *data;
   uint32_t len, cap;
} bytes;

/* 2^32 bytes in one string are refused: bytes_room() returns 0 then and the caller reports it. */
int bytes_room(bytes *b, uint32_t n);   /* makes room for n more bytes */
void bytes_put_u8(bytes *b, uint8_t v); /* the put functions need room: 1 byte, 10 bytes */
void bytes_put(bytes *b, uint64_t v);
void bytes_put_signed(bytes *b, int64_t v);
void bytes_fit(bytes *b); /* gives back what is not used */
void bytes_free(bytes *b);

/* The same where every cycle counts: no bounds are looked at. */
static inline uint8_t *bytes_write(uint8_t *p, uint64_t v)
{
   while (v >= 0x80) {
      *p++ = (uint8_t)(v | 0x80);
      v >>= 7;
   }
   *p++ = (uint8_t)v;
   return p;
}

static inline uint8_t *bytes_write_signed(uint8_t *p, int64_t v)
{
   uint64_t u = (uint64_t)v << 1;
   return bytes_write(p, v < 0 ? ~u : u);
}

static inline uint64_t bytes_read(const uint8_t **p)
{
   const uint8_t *at = *p;
   uint64_t v = *at & 0x7f;
   for (unsigned shift = 7; *at++ & 0x80; shift += 7)
      v |= (uint64_t)(*at & 0x7f) << shift;
   *p = at;
   return v;
}

static inline int64_t bytes_read_signed(const uint8_t **p)
{
   uint64_t u = bytes_read(p);
   return (int64_t)(u & 1 ? ~(u >> 1) : u >> 1);
}

/* Reading: the position is the caller's; the string must hold the number. */
uint64_t bytes_get(const bytes *b, uint32_t *at);
int64_t bytes_get_signed(const bytes *b, uint32_t *at);

#endif
