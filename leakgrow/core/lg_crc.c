/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksum of profiles, CRC-32 of IEEE 802.3, sixteen bytes at a time (slicing-by-16).
 *
 * Profiles are hundreds of megabytes, written by the tool and read by the viewer, and each byte goes through here in both. An instruction
 * for it would be faster still, but not on all machines that both run on. */
#include "lg_format.h"

/* The tables are linear over GF(2): an entry is the sum (xor) of the entries of its index' bits, so eight constants per table let the
 * compiler make all 4096. SLICE<k>'s constants are table k's entries for 1, 2, 4 .. 128: the checksum of such a byte with k zero bytes
 * after it. */
#define SUM8(n, a, b, c, d, e, f, g, h)                                                                      \
  (((n)&1 ? (a) : 0u) ^ ((n)&2 ? (b) : 0u) ^ ((n)&4 ? (c) : 0u) ^ ((n)&8 ? (d) : 0u) ^ ((n)&16 ? (e) : 0u) ^ \
   ((n)&32 ? (f) : 0u) ^ ((n)&64 ? (g) : 0u) ^ ((n)&128 ? (h) : 0u))
#define SLICE0(n) \
  SUM8(n, 0x77073096u, 0xee0e612cu, 0x076dc419u, 0x0edb8832u, 0x1db71064u, 0x3b6e20c8u, 0x76dc4190u, 0xedb88320u)
#define SLICE1(n) \
  SUM8(n, 0x191b3141u, 0x32366282u, 0x646cc504u, 0xc8d98a08u, 0x4ac21251u, 0x958424a2u, 0xf0794f05u, 0x3b83984bu)
#define SLICE2(n) \
  SUM8(n, 0x01c26a37u, 0x0384d46eu, 0x0709a8dcu, 0x0e1351b8u, 0x1c26a370u, 0x384d46e0u, 0x709a8dc0u, 0xe1351b80u)
#define SLICE3(n) \
  SUM8(n, 0xb8bc6765u, 0xaa09c88bu, 0x8f629757u, 0xc5b428efu, 0x5019579fu, 0xa032af3eu, 0x9b14583du, 0xed59b63bu)
#define SLICE4(n) \
  SUM8(n, 0x3d6029b0u, 0x7ac05360u, 0xf580a6c0u, 0x30704bc1u, 0x60e09782u, 0xc1c12f04u, 0x58f35849u, 0xb1e6b092u)
#define SLICE5(n) \
  SUM8(n, 0xcb5cd3a5u, 0x4dc8a10bu, 0x9b914216u, 0xec53826du, 0x03d6029bu, 0x07ac0536u, 0x0f580a6cu, 0x1eb014d8u)
#define SLICE6(n) \
  SUM8(n, 0xa6770bb4u, 0x979f1129u, 0xf44f2413u, 0x33ef4e67u, 0x67de9cceu, 0xcfbd399cu, 0x440b7579u, 0x8816eaf2u)
#define SLICE7(n) \
  SUM8(n, 0xccaa009eu, 0x4225077du, 0x844a0efau, 0xd3e51bb5u, 0x7cbb312bu, 0xf9766256u, 0x299dc2edu, 0x533b85dau)
#define SLICE8(n) \
  SUM8(n, 0x177b1443u, 0x2ef62886u, 0x5dec510cu, 0xbbd8a218u, 0xacc04271u, 0x82f182a3u, 0xde920307u, 0x6655004fu)
#define SLICE9(n) \
  SUM8(n, 0xefc26b3eu, 0x04f5d03du, 0x09eba07au, 0x13d740f4u, 0x27ae81e8u, 0x4f5d03d0u, 0x9eba07a0u, 0xe6050901u)
#define SLICE10(n) \
  SUM8(n, 0xc18edfc0u, 0x586cb9c1u, 0xb0d97382u, 0xbac3e145u, 0xaef6c4cbu, 0x869c8fd7u, 0xd64819efu, 0x77e1359fu)
#define SLICE11(n) \
  SUM8(n, 0x9ba54c6fu, 0xec3b9e9fu, 0x03063b7fu, 0x060c76feu, 0x0c18edfcu, 0x1831dbf8u, 0x3063b7f0u, 0x60c76fe0u)
#define SLICE12(n) \
  SUM8(n, 0xdd96d985u, 0x605cb54bu, 0xc0b96a96u, 0x5a03d36du, 0xb407a6dau, 0xb37e4bf5u, 0xbd8d91abu, 0xa06a2517u)
#define SLICE13(n) \
  SUM8(n, 0x9d0fe176u, 0xe16ec4adu, 0x19ac8f1bu, 0x33591e36u, 0x66b23c6cu, 0xcd6478d8u, 0x41b9f7f1u, 0x8373efe2u)
#define SLICE14(n) \
  SUM8(n, 0xb9fbdbe8u, 0xa886b191u, 0x8a7c6563u, 0xcf89cc87u, 0x44629f4fu, 0x88c53e9eu, 0xcafb7b7du, 0x4e87f0bbu)
#define SLICE15(n) \
  SUM8(n, 0xae689191u, 0x87a02563u, 0xd4314c87u, 0x73139f4fu, 0xe6273e9eu, 0x173f7b7du, 0x2e7ef6fau, 0x5cfdedf4u)
#define ROW4(E, n)  E(n), E((n) + 1), E((n) + 2), E((n) + 3)
#define ROW16(E, n) ROW4(E, n), ROW4(E, (n) + 4), ROW4(E, (n) + 8), ROW4(E, (n) + 12)
#define ROW64(E, n) ROW16(E, n), ROW16(E, (n) + 16), ROW16(E, (n) + 32), ROW16(E, (n) + 48)
#define ROW256(E)   ROW64(E, 0), ROW64(E, 64), ROW64(E, 128), ROW64(E, 192)

static const uint32_t table[16][256] = {{ROW256(SLICE0)},  {ROW256(SLICE1)},  {ROW256(SLICE2)},  {ROW256(SLICE3)},
                                        {ROW256(SLICE4)},  {ROW256(SLICE5)},  {ROW256(SLICE6)},  {ROW256(SLICE7)},
                                        {ROW256(SLICE8)},  {ROW256(SLICE9)},  {ROW256(SLICE10)}, {ROW256(SLICE11)},
                                        {ROW256(SLICE12)}, {ROW256(SLICE13)}, {ROW256(SLICE14)}, {ROW256(SLICE15)}};

static uint32_t word_at(const unsigned char *p)
{
   return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Four bytes that `after` bytes follow. */
static uint32_t slice(uint32_t word, uint32_t after)
{
   return table[after + 3][word & 255] ^ table[after + 2][word >> 8 & 255] ^ table[after + 1][word >> 16 & 255] ^
          table[after][word >> 24];
}

uint32_t lg_crc32(uint32_t crc, const void *data, size_t n)
{
   const unsigned char *p = data;
   uint32_t c = ~crc;
   for (; n >= 16; n -= 16, p += 16)
      c = slice(c ^ word_at(p), 12) ^ slice(word_at(p + 4), 8) ^ slice(word_at(p + 8), 4) ^ slice(word_at(p + 12), 0);
   for (; n > 0; n--, p++)
      c = table[0][(c ^ *p) & 255] ^ c >> 8;
   return ~c;
}
