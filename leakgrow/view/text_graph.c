/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each column stands for a part of the run. What the intervals that touch it never fell below is drawn dense, from there up to
 * their maximum thin: memory that stays is told from memory that comes and goes. Both bounds are exact, whatever the width. */
#include "text.h"

#include "lg_scale.h"
#include "mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
   uint64_t floor_B, ceiling_B;
   int is_known; /* some interval touches it */
   int is_peak;
   char mark; /* letter of an event, or 0 */
} column;

/* Maps times to columns: column c covers [c * end / width, (c + 1) * end / width). Times are shifted so that products fit. */
typedef struct {
   uint64_t end;
   unsigned shift;
   uint32_t width;
} axis;

static axis make_axis(uint64_t end, uint32_t width)
{
   axis x = {end, 0, width};
   while (x.end >> 40 != 0) {
      x.end >>= 1;
      x.shift++;
   }
   if (x.end == 0)
      x.end = 1;
   return x;
}

static uint32_t column_at(const axis *x, uint64_t time)
{
   uint64_t at = (time >> x->shift) * x->width / x->end;
   return at >= x->width ? x->width - 1 : (uint32_t)at;
}

/* The last column that [.., time) touches. */
static uint32_t column_before(const axis *x, uint64_t time)
{
   uint64_t scaled = (time >> x->shift) * x->width;
   uint64_t at = scaled == 0 ? 0 : (scaled - 1) / x->end;
   return at >= x->width ? x->width - 1 : (uint32_t)at;
}

static void add_interval(column *columns, uint32_t first, uint32_t last, const text_bounds *b)
{
   for (uint32_t c = first; c <= last; c++) {
      column *col = &columns[c];
      if (!col->is_known || b->floor < col->floor_B)
         col->floor_B = b->floor;
      if (b->ceiling > col->ceiling_B)
         col->ceiling_B = b->ceiling;
      col->is_known = 1;
   }
}

static char event_letter(const snapshot *s)
{
   switch (s->kind) {
   case SNAP_PEAK:
      return 'P';
   case SNAP_BURST:
      return 'B';
   case SNAP_GROWTH:
      return 'G';
   case SNAP_MARK:
      return 'M';
   case SNAP_REQUEST:
      return 'R';
   default:
      return 0;
   }
}

static void add_mark(column *c, char letter)
{
   if (letter != 0)
      c->mark = c->mark == 0 || c->mark == letter ? letter : '*';
}

static uint64_t run_end(const report *r)
{
   uint64_t end = 0;
   for (uint32_t i = 0; i < r->snaps.n; i++)
      end = r->snaps.s[i].time > end ? r->snaps.s[i].time : end;
   return end;
}

/* The columns that an interval touches. *from is where it begins, and then where the next one does. */
static void columns_of(const profile *p, const axis *x, uint32_t interval, uint64_t *from, uint32_t *first,
                       uint32_t *last)
{
   uint64_t to = p->totals[interval].time > *from ? p->totals[interval].time : *from;
   *first = column_at(x, *from);
   *last = column_before(x, to);
   *last = *last < *first ? *first : *last;
   *from = to;
}

static column *fill_bounds(const profile *p, const axis *x, const text_bounds *bounds)
{
   column *columns = mem_zalloc(x->width, sizeof *columns);
   uint64_t from = 0;
   uint32_t first, last;
   for (uint32_t i = 0; i < p->n_intervals; i++) {
      columns_of(p, x, i, &from, &first, &last);
      add_interval(columns, first, last, &bounds[i]);
   }
   return columns;
}

static column *fill_columns(const report *r, const axis *x)
{
   const profile *p = r->p;
   text_bounds bounds[LG_INTERVALS_MAX];
   for (uint32_t i = 0; i < p->n_intervals; i++)
      bounds[i] = (text_bounds){p->totals[i].floor_B, p->totals[i].ceiling_B};
   column *columns = fill_bounds(p, x, bounds);
   for (uint32_t i = 0; i < r->snaps.n; i++) {
      const snapshot *s = &r->snaps.s[i];
      column *c = &columns[column_at(x, s->time)];
      c->is_peak |= s->kind == SNAP_PEAK;
      c->ceiling_B = s->live_B > c->ceiling_B ? s->live_B : c->ceiling_B;
      add_mark(c, event_letter(s));
   }
   if (p->now.has_exit)
      add_mark(&columns[column_at(x, p->now.exit_time)], 'X');
   return columns;
}

/* Rows that a value fills; anything but nothing fills one. */
static uint32_t rows_of(uint64_t v, uint64_t top, uint32_t height)
{
   uint32_t rows = (uint32_t)lg_scale(v, height, top);
   return rows == 0 && v != 0 ? 1 : rows;
}

/* The value at the top in units of its own size: 5 characters and the unit. */
static const char *scale_label(uint64_t top, char *label, size_t size)
{
   static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
   unsigned unit = 0;
   uint64_t scale = 1;
   while (unit < 5 && top / scale >= 1000) {
      unit++;
      scale *= 1024;
   }
   uint64_t milli = lg_scale(top, 1000, scale), whole = milli / 1000;
   int decimals = unit == 0 || whole >= 1000 ? 0 : whole >= 100 ? 1 : whole >= 10 ? 2 : 3;
   unsigned fraction = (unsigned)(milli % 1000);
   for (int i = decimals; i < 3; i++)
      fraction /= 10;
   if (decimals == 0)
      snprintf(label, size, "%5u", (unsigned)whole);
   else
      snprintf(label, size, "%u.%0*u", (unsigned)whole, decimals, fraction);
   return units[unit];
}

static void put_column(out *o, const column *c, uint64_t top, uint32_t row, uint32_t height)
{
   if (row > rows_of(c->ceiling_B, top, height)) {
      out_text(o, " ");
      return;
   }
   int is_dense = c->is_known && row <= rows_of(c->floor_B, top, height);
   if (o->is_unicode)
      out_text(o, is_dense ? (c->is_peak ? "\u2593" : "\u2588") : (c->is_peak ? "\u2592" : "\u2591"));
   else
      out_text(o, c->is_peak ? "#" : is_dense ? ":" : ".");
}

static void put_base(out *o, uint32_t width)
{
   out_text(o, "    0 +");
   out_repeat(o, "-", width);
   out_text(o, ">\n");
}

/* The letters of events. */
static void put_marks(out *o, const column *columns, uint32_t width)
{
   out_text(o, "       ");
   uint32_t last = width;
   while (last > 0 && columns[last - 1].mark == 0)
      last--;
   for (uint32_t c = 0; c < last; c++) {
      char mark[2] = {columns[c].mark != 0 ? columns[c].mark : ' ', '\0'};
      out_text(o, mark);
   }
   out_text(o, "\n");
}

static void put_times(const report *r, out *o, uint32_t width, uint64_t end)
{
   words w;
   words_begin(&w);
   lg_word_duration(&w.text, r->p->unit, end);
   out_text(o, "      0");
   out_repeat(o, " ", width > w.text.used ? width - w.text.used : 1);
   out_name(o, w.data);
   out_text(o, "\n");
}

static void put_legend(out *o)
{
   out_printf(o, "\n   %s held throughout   %s came and went   %s peak\n", o->is_unicode ? "\u2588" : ":",
              o->is_unicode ? "\u2591" : ".", o->is_unicode ? "\u2593\u2592" : "#");
   out_text(o, "   below: P peak, B burst, G growth, M mark, R request, X exit began, * several\n");
}

static void put_rows(out *o, const column *columns, uint32_t width, uint32_t height)
{
   uint64_t top = 0;
   for (uint32_t c = 0; c < width; c++)
      top = columns[c].ceiling_B > top ? columns[c].ceiling_B : top;
   char label[16];
   const char *unit = scale_label(top, label, sizeof label);
   out_printf(o, "%5s\n", unit);
   for (uint32_t row = height; row > 0; row--) {
      out_printf(o, "%5s %s", row == height ? label : "", row == height ? "^" : "|");
      if (top != 0)
         for (uint32_t c = 0; c < width; c++)
            put_column(o, &columns[c], top, row, height);
      out_text(o, "\n");
   }
}

static void put_band(const report *r, out *o, const axis *x, const text_band *band)
{
   char *row = mem_zalloc(x->width + 1, 1);
   uint64_t from = 0;
   uint32_t first, last;
   memset(row, ' ', x->width);
   for (uint32_t i = 0; i < r->p->n_intervals; i++) {
      columns_of(r->p, x, i, &from, &first, &last);
      for (uint32_t c = first; c <= last; c++)
         row[c] = band->letters[i] != ' ' ? band->letters[i] : row[c];
   }
   for (uint32_t n = x->width; n > 0 && row[n - 1] == ' ';)
      row[--n] = '\0';
   out_printf(o, "%6s %s\n", band->name, row);
   free(row);
}

void text_bars(const report *r, const view_opts *opts, out *o, uint32_t height, const text_bounds *bounds,
               const text_band *bands, uint32_t n_bands)
{
   uint32_t width = (uint32_t)opts->x;
   uint64_t end = run_end(r);
   axis x = make_axis(end, width);
   column *columns = fill_bounds(r->p, &x, bounds);
   put_rows(o, columns, width, height);
   put_base(o, width);
   for (uint32_t i = 0; i < n_bands; i++)
      put_band(r, o, &x, &bands[i]);
   put_times(r, o, width, end);
   free(columns);
}

void text_graph(const report *r, const view_opts *opts, out *o)
{
   uint32_t width = (uint32_t)opts->x;
   uint64_t end = run_end(r);
   axis x = make_axis(end, width);
   column *columns = fill_columns(r, &x);
   text_title(o, "Live heap over time");
   put_rows(o, columns, width, (uint32_t)opts->y);
   put_base(o, width);
   put_marks(o, columns, width);
   put_times(r, o, width, end);
   put_legend(o);
   free(columns);
}
