/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every prefix of a profile is readable: each golden profile is cut after every byte, and each byte of it is damaged once. */
#include "reader.h"

#include "lgtest.h"

#include <dirent.h>

static char *read_file(const char *name, size_t *n)
{
   char path[4096];
   const char *srcdir = getenv("LG_SRCDIR");
   snprintf(path, sizeof path, "%s/tests/golden/%s", srcdir != NULL ? srcdir : ".", name);
   FILE *in = fopen(path, "rb");
   if (in == NULL) {
      printf("# cannot open %s\n", path);
      return NULL;
   }
   char *data = malloc(1 << 20);
   *n = fread(data, 1, 1 << 20, in);
   fclose(in);
   return data;
}

/* Number of commit lines within the first n bytes, less that of the head; -1: not even that one. */
static long commits_in(const char *data, size_t n)
{
   long commits = -1;
   for (size_t at = 0; at < n;) {
      const char *newline = memchr(data + at, '\n', n - at);
      if (newline == NULL)
         break;
      commits += data[at] == 'c';
      at = (size_t)(newline - data) + 1;
   }
   return commits;
}

static profile *read_bytes(const char *data, size_t n, read_result *result)
{
   FILE *in = n != 0 ? fmemopen((void *)(uintptr_t)data, n, "rb") : fopen("/dev/null", "rb");
   profile *p = reader_read(in, result);
   fclose(in);
   return p;
}

static int has_same_census(const census *a, const census *b)
{
   if (a->n != b->n || a->n_coverage != b->n_coverage)
      return 0;
   for (size_t i = 0; i < a->n; i++)
      if (memcmp(&a->e[i], &b->e[i], sizeof a->e[i]) != 0)
         return 0;
   for (size_t i = 0; i < a->n_coverage; i++)
      if (strcmp(a->coverage[i].name, b->coverage[i].name) != 0 ||
          strcmp(a->coverage[i].text, b->coverage[i].text) != 0)
         return 0;
   return 1;
}

/* What two profiles say about accounts, totals, snapshots, spans and tasks is the same. */
static int is_same(const profile *a, const profile *b)
{
   if (a->n_accounts != b->n_accounts || a->n_intervals != b->n_intervals || a->n_events != b->n_events ||
       a->now.peak_B != b->now.peak_B || a->now.n_counters != b->now.n_counters || a->now.end != b->now.end ||
       a->n_stacks != b->n_stacks || a->fns.n != b->fns.n || a->n_frames != b->n_frames)
      return 0;
   if (!has_same_census(&a->census, &b->census))
      return 0;
   if (memcmp(a->totals, b->totals, a->n_intervals * sizeof *a->totals) != 0)
      return 0;
   for (size_t i = 1; i < a->n_accounts; i++) {
      const account *x = &a->accounts[i], *y = &b->accounts[i];
      lg_rec rx[LG_INTERVALS_MAX], ry[LG_INTERVALS_MAX];
      history_unpack(&x->hist, a->shift, a->scratch);
      history_unpack(&y->hist, b->shift, b->scratch);
      uint32_t n = history_records(a->scratch, rx);
      if (n != history_records(b->scratch, ry) || memcmp(rx, ry, n * sizeof *rx) != 0)
         return 0;
      if (x->peak_B != y->peak_B || x->peak_blk != y->peak_blk)
         return 0;
   }
   return 1;
}

/* A torn prefix says what the prefix up to its last commit says, and tells the number of that transaction. */
static void cut_everywhere(const char *name)
{
   size_t n, whole = 0;
   char *data = read_file(name, &n);
   LGT_OK(data != NULL);
   if (data == NULL)
      return;
   profile *before = NULL; /* what was read up to the last commit */
   for (size_t cut = 0; cut <= n; cut++) {
      read_result r;
      profile *p = read_bytes(data, cut, &r);
      long commits = commits_in(data, cut);
      int is_whole = cut > 0 && commits > commits_in(data, cut - 1);
      LGT_EQ_U(p != NULL, commits >= 1);
      LGT_EQ_U(r.status, commits < 1 ? READ_REFUSED : is_whole ? READ_OK : READ_TORN);
      LGT_EQ_U(r.transaction, commits < 0 ? 0 : (uint64_t)commits);
      LGT_EQ_U(r.message[0] == '\0', r.status == READ_OK);
      if (is_whole && p != NULL) {
         profile_free(before);
         before = p;
         whole++;
         continue;
      }
      if (p != NULL && !is_same(p, before))
         lgt_fail(__FILE__, __LINE__, "%s cut after %zu bytes differs from its committed part", name, cut);
      profile_free(p);
   }
   LGT_EQ_U(whole, (uint64_t)commits_in(data, n));
   profile_free(before);
   free(data);
}

/* No damaged byte goes unnoticed: either the reading ends there, or it was in the torn tail anyway. */
static void damage_everywhere(const char *name)
{
   size_t n;
   char *data = read_file(name, &n);
   LGT_OK(data != NULL);
   if (data == NULL)
      return;
   for (size_t at = 0; at < n; at++) {
      read_result r;
      char old = data[at];
      long commits = commits_in(data, at);
      if (commits == commits_in(data, n))
         break;
      data[at] = (char)(old ^ 1);
      profile *p = read_bytes(data, n, &r);
      if (r.status == READ_OK)
         lgt_fail(__FILE__, __LINE__, "%s: damage of byte %zu was not noticed", name, at);
      LGT_EQ_U(r.transaction, commits < 0 ? 0 : (uint64_t)commits);
      LGT_OK(r.message[0] != '\0');
      profile_free(p);
      data[at] = old;
   }
   free(data);
}

static void cut_tiny(void)
{
   cut_everywhere("tiny.lg");
}

static void cut_shift(void)
{
   cut_everywhere("shift.lg");
}

static void cut_names(void)
{
   cut_everywhere("names.lg");
}

static void cut_killed(void)
{
   cut_everywhere("killed.lg");
}

static void cut_leak(void)
{
   cut_everywhere("leak.lg");
}

static void cut_spans(void)
{
   cut_everywhere("spans.lg");
}

static void damage_spans(void)
{
   damage_everywhere("spans.lg");
}

static void damage_tiny(void)
{
   damage_everywhere("tiny.lg");
}

static void damage_shift(void)
{
   damage_everywhere("shift.lg");
}

static void damage_names(void)
{
   damage_everywhere("names.lg");
}

LGT_MAIN(LGT(cut_tiny), LGT(cut_shift), LGT(cut_names), LGT(cut_killed), LGT(cut_leak), LGT(cut_spans),
         LGT(damage_tiny), LGT(damage_shift), LGT(damage_names), LGT(damage_spans))
