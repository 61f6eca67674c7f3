/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: a JSON document, streamed.
 *
 * Answers: how do I write values without ever producing something a parser refuses? A thin layer over yajl_gen: it keeps memory
 * constant by handing finished text to `out`, and replaces bytes that are no UTF-8 with U+FFFD. */
#ifndef VIEW_JSON_H
#define VIEW_JSON_H

#include "lg_finding.h"
#include "out.h"

#include <stdint.h>
#include <yajl/yajl_gen.h>

typedef struct {
   yajl_gen gen;
   out *o;
} json;

void json_open(json *j, out *o);
void json_close(json *j); /* ends the document with a newline */

void json_object(json *j);
void json_object_end(json *j);
void json_array(json *j);
void json_array_end(json *j);
void json_key(json *j, const char *key);

void json_string(json *j, const char *s);
void json_u64(json *j, uint64_t v); /* above 2^63 - 1: written as 2^63 - 1 */
void json_i64(json *j, int64_t v);
void json_milli(json *j, int64_t thousandths); /* a number with up to three decimals */
void json_null(json *j);
void json_bool(json *j, int v);

/* A key with its value. */
void json_key_string(json *j, const char *key, const char *s);
void json_key_u64(json *j, const char *key, uint64_t v);
void json_key_slope(json *j, const char *key, const lg_slope *s); /* bytes per unit; null when unknown */

#endif
