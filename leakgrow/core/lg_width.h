/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_width: integers in as few bytes as they need.
 *
 * Answers: how many bytes does this value take, and what is it when it is read back? A code names a width: 0, 1, 2, 4 or 8 bytes.
 * W1  what was stored with a code at least as large as its own is loaded unchanged.
 * Any alignment. The byte order is the machine's: these bytes never leave the process. Freestanding. */
#ifndef LG_WIDTH_H
#define LG_WIDTH_H

#include <stdint.h>

enum { LG_WIDTH_CODES = 5 };

static inline unsigned lg_width_bytes(unsigned code)
{
   return (1u << code) >> 1;
}

/* The least code for a value. */
static inline unsigned lg_width_of_u(uint64_t v)
{
   return v == 0 ? 0 : v <= UINT8_MAX ? 1 : v <= UINT16_MAX ? 2 : v <= UINT32_MAX ? 3 : 4;
}

static inline unsigned lg_width_of_s(int64_t v)
{
   return v == 0 ? 0 : v == (int8_t)v ? 1 : v == (int16_t)v ? 2 : v == (int32_t)v ? 3 : 4;
}

/* The same as lg_width_of_s(v) <= code; one comparison where the code is a constant. */
static inline int lg_width_has_room_s(int64_t v, unsigned code)
{
   return code == 0   ? v == 0
          : code == 1 ? v == (int8_t)v
          : code == 2 ? v == (int16_t)v
          : code == 3 ? v == (int32_t)v
                      : 1;
}

static inline uint64_t lg_width_load_u(const uint8_t *at, unsigned code)
{
   uint16_t u16;
   uint32_t u32;
   uint64_t u64;
   switch (code) {
   case 0:
      return 0;
   case 1:
      return *at;
   case 2:
      __builtin_memcpy(&u16, at, sizeof u16);
      return u16;
   case 3:
      __builtin_memcpy(&u32, at, sizeof u32);
      return u32;
   default:
      __builtin_memcpy(&u64, at, sizeof u64);
      return u64;
   }
}

static inline int64_t lg_width_load_s(const uint8_t *at, unsigned code)
{
   uint64_t v = lg_width_load_u(at, code);
   return code == 1 ? (int8_t)v : code == 2 ? (int16_t)v : code == 3 ? (int32_t)v : (int64_t)v;
}

/* Stores the low bytes; of a signed value, cast to unsigned, too. */
static inline void lg_width_store(uint8_t *at, unsigned code, uint64_t v)
{
   const uint16_t u16 = (uint16_t)v;
   const uint32_t u32 = (uint32_t)v;
   switch (code) {
   case 0:
      return;
   case 1:
      *at = (uint8_t)v;
      return;
   case 2:
      __builtin_memcpy(at, &u16, sizeof u16);
      return;
   case 3:
      __builtin_memcpy(at, &u32, sizeof u32);
      return;
   default:
      __builtin_memcpy(at, &v, sizeof v);
      return;
   }
}

#endif
