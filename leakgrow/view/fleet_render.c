/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fleet view as text and as JSON. */
#include "fleet.h"

#include "json.h"
#include "text.h"

#include <inttypes.h>

enum { COMMAND_WIDTH = 32 };

static const char *verdict_of(const fleet_row *r)
{
   return !r->is_read ? "unreadable" : lg_verdict_name(r->verdict);
}

static void put_rate(out *o, const fleet_row *r)
{
   const lg_slope *s = r->per_tick.is_known ? &r->per_tick : r->per_s.is_known ? &r->per_s : &r->per_unit;
   words w;
   words_begin(&w);
   if (r->verdict == LG_GROWING && s->is_known) {
      lg_word_milli_bytes(&w.text, s->mB);
      lg_word_text(&w.text, s == &r->per_tick  ? "/tick"
                            : s == &r->per_s   ? "/s"
                            : r->letter == 'B' ? "/MiB"
                            : r->letter == 'i' ? "/M instr"
                                               : "/tick");
   } else {
      lg_word_text(&w.text, "-");
   }
   text_cell(o, -16, w.data);
}

/* The narrow column is for what tells processes apart, not for where programs are installed. */
static const char *without_directory(const char *command)
{
   const char *name = command;
   for (const char *at = command; *at != '\0' && *at != ' '; at++)
      if (*at == '/' && at[1] != '\0' && at[1] != ' ')
         name = at + 1;
   return name;
}

static void put_row(out *o, const fleet_row *r)
{
   words w;
   out_printf(o, "%8" PRIu64 "  ", r->pid);
   text_cell(o, 13, verdict_of(r));
   put_rate(o, r);
   out_text(o, "  ");
   if (r->is_read) {
      text_bytes_cell(o, -10, r->live_B);
      out_text(o, "  ");
      text_bytes_cell(o, -10, r->peak_B);
      out_text(o, "  ");
      words_begin(&w);
      lg_word_duration(&w.text, r->letter, r->duration);
      text_cell(o, -14, w.data);
      out_text(o, "  ");
      text_cell(o, 9, r->end);
      out_text(o, "  ");
   } else {
      out_repeat(o, " ", 51);
   }
   text_cell(o, COMMAND_WIDTH, without_directory(r->command));
   out_text(o, "  ");
   out_name(o, r->is_read ? r->title : r->message);
   out_text(o, "\n");
}

void fleet_text(const fleet *f, out *o)
{
   size_t count[4] = {0};
   for (size_t i = 0; i < f->n; i++)
      count[!f->rows[i].is_read ? 3 : (size_t)f->rows[i].verdict]++;
   out_printf(o, "%zu process%s: %zu growing, %zu inconclusive, %zu bounded", f->n, f->n == 1 ? "" : "es",
              count[LG_GROWING], count[LG_INCONCLUSIVE], count[LG_BOUNDED]);
   if (count[3] != 0)
      out_printf(o, ", %zu unreadable", count[3]);
   out_text(o, "\n\n");
   out_printf(o, "%8s  %-13s%16s  %10s  %10s  %14s  %-9s  %-*s  %s\n", "pid", "verdict", "rate", "live", "peak",
              "duration", "end", COMMAND_WIDTH, "command", "first finding");
   for (size_t i = 0; i < f->n; i++)
      put_row(o, &f->rows[i]);
   out_text(o, "\nFiles, in the same order:\n");
   for (size_t i = 0; i < f->n; i++) {
      out_printf(o, "%8" PRIu64 "  ", f->rows[i].pid);
      out_name(o, f->rows[i].file);
      out_text(o, "\n");
   }
}

static void put_object(json *j, const fleet_row *r)
{
   json_object(j);
   json_key_string(j, "file", r->file);
   json_key_string(j, "verdict", verdict_of(r));
   if (r->message[0] != '\0')
      json_key_string(j, "message", r->message);
   if (r->is_read) {
      json_key_u64(j, "pid", r->pid);
      json_key_u64(j, "ppid", r->ppid);
      json_key_string(j, "command", r->command);
      json_key_string(j, "end", r->end);
      json_key_string(j, "time_unit", r->unit);
      json_key_u64(j, "duration", r->duration);
      json_key_u64(j, "live_B", r->live_B);
      json_key_u64(j, "live_blocks", r->live_blk);
      json_key_u64(j, "peak_B", r->peak_B);
      json_key_u64(j, "grown_B", r->grown_B);
      json_key_slope(j, "slope_B_per_s", &r->per_s);
      json_key_slope(j, "slope_B_per_tick", &r->per_tick);
      json_key_u64(j, "findings", r->n_findings);
      json_key_string(j, "text", r->finding);
   }
   json_object_end(j);
}

void fleet_json(const fleet *f, out *o)
{
   json j;
   json_open(&j, o);
   json_object(&j);
   json_key_string(&j, "format", "leakgrow-fleet");
   json_key_u64(&j, "version", 1);
   json_key(&j, "processes");
   json_array(&j);
   for (size_t i = 0; i < f->n; i++)
      put_object(&j, &f->rows[i]);
   json_array_end(&j);
   json_object_end(&j);
   json_close(&j);
}
