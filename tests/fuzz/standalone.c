/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a fuzz target once for each file of each directory given, and for each prefix of it. Speaks TAP; a crash is the failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *read_file(const char *name, size_t *n)
{
   FILE *in = fopen(name, "rb");
   char *data = NULL;
   *n = 0;
   if (in == NULL)
      return NULL;
   for (size_t cap = 0;;) {
      if (*n == cap)
         data = realloc(data, cap = cap * 2 + 4096);
      size_t got = data != NULL ? fread(data + *n, 1, cap - *n, in) : 0;
      if (got == 0)
         break;
      *n += got;
   }
   fclose(in);
   return data;
}

/* Prefixes of long inputs are taken in steps, so that a file costs about the same whatever its length. */
static int run_file(const char *name, int number)
{
   size_t n;
   char *data = read_file(name, &n);
   printf("# %s\n", name);
   fflush(stdout);
   if (data == NULL) {
      printf("not ok %d - %s cannot be read\n", number, name);
      return 1;
   }
   size_t step = n / 64 + 1;
   for (size_t cut = 0; cut < n; cut += step)
      LLVMFuzzerTestOneInput((const uint8_t *)data, cut);
   LLVMFuzzerTestOneInput((const uint8_t *)data, n);
   free(data);
   const char *base = strrchr(name, '/');
   printf("ok %d - %s\n", number, base != NULL ? base + 1 : name);
   return 0;
}

/* Profiles, and corpus files, whose names have no extension. */
static int is_input(const struct dirent *e)
{
   const char *dot = strchr(e->d_name, '.');
   return dot == NULL || (dot != e->d_name && strcmp(dot, ".lg") == 0);
}

int main(int argc, char **argv)
{
   const char *srcdir = getenv("LG_SRCDIR");
   char preset[2][4096];
   const char *dirs[64];
   int n_dirs = 0, count = 0, failures = 0;
   for (int i = 1; i < argc && n_dirs < 64; i++)
      dirs[n_dirs++] = argv[i];
   if (n_dirs == 0) {
#ifdef FUZZ_CORPUS
      snprintf(preset[0], sizeof preset[0], "%s/" FUZZ_CORPUS, srcdir != NULL ? srcdir : ".");
      dirs[n_dirs++] = preset[0];
#else
      snprintf(preset[0], sizeof preset[0], "%s/tests/fuzz/corpus", srcdir != NULL ? srcdir : ".");
      snprintf(preset[1], sizeof preset[1], "%s/tests/golden", srcdir != NULL ? srcdir : ".");
      dirs[n_dirs++] = preset[0];
      dirs[n_dirs++] = preset[1];
#endif
   }
   for (int i = 0; i < n_dirs; i++) {
      struct dirent **entries;
      int n = scandir(dirs[i], &entries, is_input, alphasort);
      for (int e = 0; e < n; e++) {
         char name[8192];
         snprintf(name, sizeof name, "%s/%s", dirs[i], entries[e]->d_name);
         failures += run_file(name, ++count);
         free(entries[e]);
      }
      if (n >= 0)
         free(entries);
   }
   printf("1..%d\n", count);
   return failures != 0 || count == 0;
}
