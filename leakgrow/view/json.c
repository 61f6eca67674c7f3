/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include "mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_AT = 8192 };

/* yajl fails only when the caller nests keys and values wrongly, which is a programming error. */
static void check(json *j, yajl_gen_status status)
{
   const unsigned char *text;
   size_t n;
   assert(status == yajl_gen_status_ok || status == yajl_gen_generation_complete);
   (void)status;
   yajl_gen_get_buf(j->gen, &text, &n);
   if (n >= FLUSH_AT) {
      out_write(j->o, (const char *)text, n);
      yajl_gen_clear(j->gen);
   }
}

void json_open(json *j, out *o)
{
   j->o = o;
   j->gen = yajl_gen_alloc(NULL);
   if (j->gen == NULL)
      exit(EXIT_NO_MEMORY);
   yajl_gen_config(j->gen, yajl_gen_beautify, 0);
}

void json_close(json *j)
{
   const unsigned char *text;
   size_t n;
   yajl_gen_get_buf(j->gen, &text, &n);
   out_write(j->o, (const char *)text, n);
   out_text(j->o, "\n");
   yajl_gen_free(j->gen);
}

void json_object(json *j)
{
   check(j, yajl_gen_map_open(j->gen));
}

void json_object_end(json *j)
{
   check(j, yajl_gen_map_close(j->gen));
}

void json_array(json *j)
{
   check(j, yajl_gen_array_open(j->gen));
}

void json_array_end(json *j)
{
   check(j, yajl_gen_array_close(j->gen));
}

static void put_string(json *j, const char *s, size_t n)
{
   check(j, yajl_gen_string(j->gen, (const unsigned char *)s, n));
}

static int is_utf8(const char *s)
{
   while (*s != '\0') {
      size_t n = utf8_length(s);
      if (n == 0)
         return 0;
      s += n;
   }
   return 1;
}

void json_string(json *j, const char *s)
{
   if (is_utf8(s)) {
      put_string(j, s, strlen(s));
      return;
   }
   char *fixed = mem_resize(NULL, strlen(s) + 1, 3);
   size_t used = 0;
   while (*s != '\0') {
      size_t n = utf8_length(s);
      memcpy(fixed + used, n != 0 ? s : "\xef\xbf\xbd", n != 0 ? n : 3);
      used += n != 0 ? n : 3;
      s += n != 0 ? n : 1;
   }
   put_string(j, fixed, used);
   free(fixed);
}

void json_key(json *j, const char *key)
{
   json_string(j, key);
}

void json_i64(json *j, int64_t v)
{
   check(j, yajl_gen_integer(j->gen, (long long)v));
}

void json_u64(json *j, uint64_t v)
{
   json_i64(j, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void json_milli(json *j, int64_t thousandths)
{
   char text[32];
   uint64_t magnitude = thousandths < 0 ? 0 - (uint64_t)thousandths : (uint64_t)thousandths;
   int n = snprintf(text, sizeof text, "%s%" PRIu64 ".%03" PRIu64, thousandths < 0 ? "-" : "", magnitude / 1000,
                    magnitude % 1000);
   check(j, yajl_gen_number(j->gen, text, (size_t)n));
}

void json_null(json *j)
{
   check(j, yajl_gen_null(j->gen));
}

void json_bool(json *j, int v)
{
   check(j, yajl_gen_bool(j->gen, v != 0));
}

void json_key_string(json *j, const char *key, const char *s)
{
   json_key(j, key);
   json_string(j, s);
}

void json_key_u64(json *j, const char *key, uint64_t v)
{
   json_key(j, key);
   json_u64(j, v);
}

void json_key_slope(json *j, const char *key, const lg_slope *s)
{
   json_key(j, key);
   if (s->is_known)
      json_milli(j, s->mB);
   else
      json_null(j);
}
