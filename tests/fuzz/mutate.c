/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mutator for libFuzzer that knows what a profile looks like: it changes numbers, and repeats, drops and moves lines. Mutations
 * of bytes alone rarely get past the parser. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static unsigned next(unsigned *seed)
{
   *seed = *seed * 1664525u + 1013904223u;
   return *seed >> 8;
}

/* Replaces [at, at + old) with n bytes of `with`, if there is room. Returns the new size. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, size_t at, size_t old, const void *with, size_t n)
{
   if (size - old + n > max_size)
      return size;
   memmove(data + at + n, data + at + old, size - at - old);
   memcpy(data + at, with, n);
   return size - old + n;
}

static int is_digit(uint8_t c)
{
   return c >= '0' && c <= '9';
}

static size_t change_number(uint8_t *data, size_t size, size_t max_size, unsigned *seed)
{
   static const char *const values[] = {"0",
                                        "1",
                                        "2",
                                        "3",
                                        "7",
                                        "8",
                                        "31",
                                        "40",
                                        "41",
                                        "63",
                                        "100",
                                        "198",
                                        "199",
                                        "200",
                                        "255",
                                        "65536",
                                        "2147483647",
                                        "4294967295",
                                        "4294967296",
                                        "36028797018963968",
                                        "4611686018427387904",
                                        "9223372036854775807",
                                        "18446744073709551615",
                                        "-1",
                                        "-36028797018963968"};
   size_t at = next(seed) % size, n = 0;
   char text[32];
   for (size_t tried = 0; tried < size && !(is_digit(data[at]) && (at == 0 || data[at - 1] == ' ')); tried++)
      at = at + 1 < size ? at + 1 : 0;
   while (at + n < size && is_digit(data[at + n]) && n < 20)
      n++;
   if (n == 0)
      return size;
   unsigned which = next(seed) % 4;
   unsigned long long old = 0;
   for (size_t i = 0; i < n; i++)
      old = old * 10 + (data[at + i] - '0');
   if (which == 0)
      snprintf(text, sizeof text, "%llu", old + 1);
   else if (which == 1)
      snprintf(text, sizeof text, "%llu", old != 0 ? old - 1 : 0);
   else if (which == 2)
      snprintf(text, sizeof text, "%u", next(seed) % 1000);
   else
      snprintf(text, sizeof text, "%s", values[next(seed) % (sizeof values / sizeof *values)]);
   return replace(data, size, max_size, at, n, text, strlen(text));
}

/* A random line: its start, and its length with the newline. */
static size_t pick_line(const uint8_t *data, size_t size, unsigned *seed, size_t *length)
{
   size_t at = next(seed) % size, end;
   while (at > 0 && data[at - 1] != '\n')
      at--;
   for (end = at; end < size && data[end] != '\n'; end++)
      ;
   *length = end - at + (end < size);
   return at;
}

static size_t change_lines(uint8_t *data, size_t size, size_t max_size, unsigned *seed)
{
   uint8_t line[4096];
   size_t length, to_length, from = pick_line(data, size, seed, &length);
   if (length > sizeof line)
      return size;
   memcpy(line, data + from, length);
   if (next(seed) % 3 == 0)
      return replace(data, size, max_size, from, length, "", 0);
   size_t to = pick_line(data, size, seed, &to_length);
   return replace(data, size, max_size, to, next(seed) % 4 == 0 ? to_length : 0, line, length);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
   for (unsigned n = 1 + next(&seed) % 4; n > 0; n--) {
      unsigned how = size > 1 ? next(&seed) % 10 : 9;
      if (how < 6)
         size = change_number(data, size, max_size, &seed);
      else if (how < 9)
         size = change_lines(data, size, max_size, &seed);
      else
         size = LLVMFuzzerMutate(data, size, max_size);
   }
   return size;
}
