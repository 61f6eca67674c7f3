/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines are found in a buffer that is larger than the longest line and refilled when it holds no whole one. The checksum is
 * fed with whole stretches of the buffer, just before it is refilled or compared. */
#include "reader.h"

#include "lines.h"
#include "mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 256 * 1024, AHEAD = 4 };

typedef enum { NEXT_LINE, NEXT_END, NEXT_TORN, NEXT_TOO_LONG, NEXT_ERROR } next;

typedef struct {
   FILE *in;
   lines *lines;
   profile *p;
   read_result *result;
   char *buf;
   size_t at, end;              /* unread bytes of buf */
   size_t summed;               /* bytes of buf before this one are in crc */
   size_t ahead;                /* bytes of buf before this one were looked at by foresee() */
   size_t soon[AHEAD], n_ahead; /* accounts of the last lines it saw */
   uint32_t crc;                /* of the bytes since the last commit line */
   uint64_t line;               /* number of the line last found */
   uint64_t seq;                /* last committed transaction */
   int is_open;                 /* between `b` and `c` */
   int has_head;                /* transaction 0 is committed */
   int is_large;
   uint64_t size; /* of the file when it is large and somebody waits for it at a terminal; else 0 */
   unsigned told; /* percent of it */
} reader;

/* ---- progress ---- */

enum { LARGE_B = 64 << 20 };

static void begin_progress(reader *r)
{
   struct stat info;
   r->is_large = fstat(fileno(r->in), &info) == 0 && S_ISREG(info.st_mode) && info.st_size > LARGE_B;
   if (r->is_large && isatty(STDERR_FILENO))
      r->size = (uint64_t)info.st_size;
}

/* Percent read, on one line that the next one overwrites. */
static void tell_progress(reader *r)
{
   if (r->size == 0)
      return;
   uint64_t done = r->result->file_B / (r->size / 100);
   unsigned percent = done < 100 ? (unsigned)done : 99;
   if (percent == r->told)
      return;
   r->told = percent;
   fprintf(stderr, "\rreading: %u %% of %" PRIu64 " MiB", percent, r->size >> 20);
   fflush(stderr);
}

static void end_progress(const reader *r)
{
   if (r->told != 0)
      fprintf(stderr, "\r%40s\r", "");
}

/* ---- lines ---- */

static void sum_up_to(reader *r, size_t at)
{
   if (at > r->summed)
      r->crc = lg_crc32(r->crc, r->buf + r->summed, at - r->summed);
   r->summed = at;
}

/* Moves what is unread to the front and reads more. False at the end of the file. */
static int refill(reader *r)
{
   sum_up_to(r, r->at);
   memmove(r->buf, r->buf + r->at, r->end - r->at);
   r->end -= r->at;
   r->at = r->summed = r->ahead = 0;
   size_t n = fread(r->buf + r->end, 1, BUFFER_SIZE - r->end, r->in);
   r->end += n;
   r->result->file_B += n;
   tell_progress(r);
   if (r->is_large)
      mem_use_large_pages();
   return n != 0;
}

/* Finds the next line, [*line, *end) without its newline. */
static next find_line(reader *r, const char **line, const char **end)
{
   for (;;) {
      size_t n = r->end - r->at;
      const char *start = r->buf + r->at;
      const char *newline = n != 0 ? memchr(start, '\n', n) : NULL;
      if (newline != NULL && newline - start < LG_LINE_MAX) {
         r->line++;
         *line = start;
         *end = newline;
         r->at += (size_t)(newline - start) + 1;
         return NEXT_LINE;
      }
      if (n >= LG_LINE_MAX) {
         r->line++;
         return NEXT_TOO_LONG;
      }
      if (!refill(r)) {
         if (ferror(r->in))
            return NEXT_ERROR;
         r->line += n != 0;
         return n != 0 ? NEXT_TORN : NEXT_END;
      }
   }
}

/* ---- results ---- */

static int stop(reader *r, read_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Ends the reading; returns 0. Without a head nothing can be used. */
static int stop(reader *r, read_status status, const char *format, ...)
{
   va_list args;
   va_start(args, format);
   vsnprintf(r->result->message, sizeof r->result->message, format, args);
   va_end(args);
   r->result->status = r->has_head ? status : READ_REFUSED;
   r->result->line = r->line;
   r->result->transaction = r->seq;
   return 0;
}

static int stop_damaged(reader *r, const char *what)
{
   if (!r->has_head)
      return stop(r, READ_REFUSED, "line %" PRIu64 ": %s; the file is no usable profile", r->line, what);
   return stop(r, READ_DAMAGED,
               "line %" PRIu64 ", transaction %" PRIu64
               ": %s; the file is damaged, truncated after transaction %" PRIu64,
               r->line, r->seq + 1, what, r->seq);
}

static int stop_torn(reader *r)
{
   if (!r->has_head)
      return stop(r, READ_REFUSED, "the file ends within its head, at line %" PRIu64 "; there is nothing to show",
                  r->line);
   return stop(r, READ_TORN,
               "truncated after transaction %" PRIu64 " (the file ends within the next one, at line %" PRIu64 ")",
               r->seq, r->line);
}

/* ---- transactions ---- */

static int read_magic(reader *r)
{
   const char *line, *end;
   next found = find_line(r, &line, &end);
   size_t n = strlen(LG_FORMAT_MAGIC);
   uint64_t version;
   if (found == NEXT_ERROR)
      return stop(r, READ_REFUSED, "cannot read it: %s", strerror(errno));
   if (found == NEXT_END)
      return stop(r, READ_REFUSED, "the file is empty");
   if (found == NEXT_TORN) {
      line = r->buf + r->at;
      end = r->buf + r->end;
      if ((size_t)(end - line) <= n && memcmp(line, LG_FORMAT_MAGIC, (size_t)(end - line)) == 0)
         return stop_torn(r);
   }
   if (found == NEXT_TOO_LONG || (size_t)(end - line) <= n || memcmp(line, LG_FORMAT_MAGIC " ", n + 1) != 0)
      return stop(r, READ_REFUSED, "this is not a leakgrow profile");
   if (found == NEXT_TORN)
      return stop_torn(r);
   lg_fields f = {line + n, end};
   if (!lg_get_u64(&f, &version) || version == 0 || !lg_get_end(&f))
      return stop(r, READ_REFUSED, "line 1: the version is malformed; the file is no usable profile");
   if (version > LG_FORMAT_VERSION)
      return stop(r, READ_REFUSED,
                  "the profile has version %" PRIu64 ", this program reads versions up to %d; use a newer leakgrow",
                  version, LG_FORMAT_VERSION);
   return 1;
}

static int take_commit(reader *r, const char *line, const char *end)
{
   lg_fields f = {line + 1, end};
   uint64_t seq;
   uint32_t crc;
   if (!lg_get_u64(&f, &seq) || !lg_get_crc(&f, &crc) || !lg_get_end(&f))
      return stop_damaged(r, "`c`: the line is malformed");
   if (r->has_head && !r->is_open)
      return stop_damaged(r, "`c`: no transaction is open");
   uint64_t expected = r->has_head ? r->seq + 1 : 0;
   if (seq != expected)
      return stop_damaged(r, "`c`: another transaction is open");
   sum_up_to(r, (size_t)(line - r->buf));
   if (crc != r->crc)
      return stop_damaged(r, "`c`: the checksum is wrong");
   if (!r->has_head && !lines_head_end(r->lines))
      return stop_damaged(r, r->lines->why);
   profile_commit(r->p);
   r->crc = 0;
   r->summed = r->at;
   r->seq = seq;
   r->is_open = 0;
   r->has_head = 1;
   return 1;
}

static int take_begin(reader *r, const char *line, const char *end)
{
   lg_fields f = {line + 1, end};
   uint64_t seq, time;
   if (!lg_get_u64(&f, &seq) || !lg_get_u64(&f, &time) || !lg_get_end(&f))
      return stop_damaged(r, "`b`: the line is malformed");
   if (r->is_open)
      return stop_damaged(r, "`b`: the transaction before is not committed");
   if (seq != r->seq + 1)
      return stop_damaged(r, "`b`: its number is not the next one");
   if (r->p->txn == UINT32_MAX)
      return stop_damaged(r, "`b`: there are too many transactions");
   profile_begin(r->p);
   lines_begin(r->lines);
   if (r->p->now.end == END_EXEC)
      profile_change(r->p)->end = END_RUNNING;
   r->is_open = 1;
   return 1;
}

/* ---- what will be needed ---- */

/* The account that the line at `next` is about; 0: none, or the line is not in the buffer to its end. */
static size_t account_of(const reader *r, const char *next, const char *end)
{
   size_t id = 0;
   if (end - next < 3 || (*next != 'A' && *next != 'i'))
      return 0;
   for (const char *p = next + 2; p < end && *p >= '0' && *p <= '9'; p++)
      id = id * 10 + (size_t)(*p - '0');
   return id < r->p->n_accounts ? id : 0;
}

/* Most lines of a large profile are about accounts that were not touched for long. So the reader looks a few lines ahead: an account is fetched
 * first, then, when it has come, the end of its history. */
static void foresee(reader *r)
{
   int n = r->ahead <= r->at ? 2 * AHEAD : 1;
   if (r->ahead < r->at)
      r->ahead = r->at;
   for (; n > 0; n--) {
      const char *next = r->buf + r->ahead;
      const char *end = memchr(next, '\n', r->end - r->ahead);
      if (end == NULL)
         return;
      size_t id = account_of(r, next, end);
      __builtin_prefetch(&r->p->accounts[id], 1);
      r->ahead = (size_t)(end - r->buf) + 1;
      size_t *slot = &r->soon[r->n_ahead++ % AHEAD];
      history_expect(&r->p->accounts[*slot].hist);
      *slot = id;
   }
}

static int take_line(reader *r, const char *line, const char *end)
{
   int ok;
   if (line == end)
      return stop_damaged(r, "the line is empty");
   if (*line == 'c')
      return take_commit(r, line, end);
   if (!r->has_head) {
      ok = lines_head(r->lines, line, end);
   } else if (*line == 'b') {
      return take_begin(r, line, end);
   } else if (!r->is_open) {
      return stop_damaged(r, "a line outside of a transaction");
   } else {
      ok = lines_take(r->lines, line, end);
   }
   if (ok)
      return 1;
   char what[sizeof r->lines->why + 16];
   int is_readable = *line > 0x20 && *line < 0x7f;
   snprintf(what, sizeof what, "`%c`: %s", is_readable ? *line : '?', r->lines->why);
   return stop_damaged(r, what);
}

static void read_all(reader *r)
{
   if (!read_magic(r))
      return;
   profile_begin(r->p);
   for (;;) {
      const char *line, *end;
      switch (find_line(r, &line, &end)) {
      case NEXT_LINE:
         foresee(r);
         if (!take_line(r, line, end))
            return;
         break;
      case NEXT_TOO_LONG:
         stop_damaged(r, "the line is longer than 65535 bytes");
         return;
      case NEXT_ERROR:
         stop(r, READ_DAMAGED, "cannot read on: %s", strerror(errno));
         return;
      case NEXT_TORN:
         stop_torn(r);
         return;
      case NEXT_END:
         if (r->is_open || !r->has_head)
            stop_torn(r);
         return;
      }
   }
}

profile *reader_read(FILE *in, read_result *result)
{
   memset(result, 0, sizeof *result);
   reader r = {.in = in, .result = result};
   r.p = profile_new();
   r.lines = mem_alloc(sizeof *r.lines);
   r.buf = mem_alloc(BUFFER_SIZE);
   lines_init(r.lines, r.p);
   begin_progress(&r);
   read_all(&r);
   end_progress(&r);
   result->transaction = r.seq;
   if (r.is_open)
      profile_rollback(r.p);
   if (!profile_finish(r.p) && result->status != READ_REFUSED) {
      if (result->status == READ_OK)
         snprintf(result->message, sizeof result->message,
                  "the profile holds no interval yet; there is nothing to show");
      result->status = READ_REFUSED;
   }
   if (result->status == READ_REFUSED) {
      profile_free(r.p);
      r.p = NULL;
   }
   free(r.buf);
   free(r.lines);
   return r.p;
}

profile *reader_read_file(const char *name, read_result *result)
{
   if (strcmp(name, "-") == 0)
      return reader_read(stdin, result);
   FILE *in = fopen(name, "rb");
   if (in == NULL) {
      memset(result, 0, sizeof *result);
      result->status = READ_REFUSED;
      snprintf(result->message, sizeof result->message, "cannot open it: %s", strerror(errno));
      return NULL;
   }
   setvbuf(in, NULL, _IONBF, 0);
   profile *p = reader_read(in, result);
   fclose(in);
   return p;
}
