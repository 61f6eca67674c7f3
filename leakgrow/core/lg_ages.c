/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_ages: see lg_ages.h. */
#include "lg_ages.h"

#include "lg_width.h"

unsigned lg_ages_code(uint64_t count)
{
   return lg_width_of_u(count);
}

size_t lg_ages_bytes(unsigned n, unsigned code)
{
   return sizeof(lg_ages) + (size_t)2 * n * lg_width_bytes(code);
}

void lg_ages_init(lg_ages *a, unsigned n, unsigned code)
{
   *a = (lg_ages){.n = (uint8_t)n, .code = (uint8_t)code};
   const size_t bytes = lg_ages_bytes(n, code) - sizeof *a;
   for (size_t i = 0; i < bytes; i++)
      a->counts[i] = 0;
}

static inline size_t place(const lg_ages *a, unsigned bucket)
{
   return (size_t)2 * bucket * lg_width_bytes(a->code);
}

void lg_ages_get(const lg_ages *a, unsigned bucket, uint64_t *deaths, uint64_t *held)
{
   *deaths = *held = 0;
   if (!a || bucket >= a->n)
      return;
   const uint8_t *at = a->counts + place(a, bucket);
   *deaths = lg_width_load_u(at, a->code);
   *held = lg_width_load_u(at + lg_width_bytes(a->code), a->code);
}

uint64_t lg_ages_held(const lg_ages *a, unsigned bucket)
{
   uint64_t sum = 0;
   if (!a)
      return 0;
   const unsigned code = a->code, bytes = lg_width_bytes(code);
   const uint8_t *at = a->counts + place(a, bucket) + bytes;
   for (unsigned k = bucket; k < a->n; k++, at += 2 * bytes)
      sum += lg_width_load_u(at, code);
   return sum;
}

int lg_ages_add(lg_ages *a, unsigned bucket, uint64_t deaths, uint64_t held)
{
   uint64_t old_deaths, old_held;
   lg_ages_get(a, bucket, &old_deaths, &old_held);
   deaths += old_deaths;
   held += old_held;
   if (lg_width_of_u(deaths) > a->code || lg_width_of_u(held) > a->code)
      return 0;
   uint8_t *at = a->counts + place(a, bucket);
   lg_width_store(at, a->code, deaths);
   lg_width_store(at + lg_width_bytes(a->code), a->code, held);
   return 1;
}

void lg_ages_copy(lg_ages *to, const lg_ages *from)
{
   uint64_t deaths, held;
   for (unsigned k = 0; k < from->n; k++) {
      lg_ages_get(from, k, &deaths, &held);
      lg_ages_add(to, k, deaths, held);
   }
}

void lg_ages_clear_held(lg_ages *a)
{
   for (unsigned k = 0; a && k < a->n; k++)
      lg_width_store(a->counts + place(a, k) + lg_width_bytes(a->code), a->code, 0);
}
