/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "program.h"

#include "cmdline.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int program_unicode(int choice)
{
   if (choice != UNICODE_AUTO)
      return choice == UNICODE_YES;
   return setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

out *program_stdout(int unicode_choice)
{
   signal(SIGPIPE, SIG_IGN);
   out *o = mem_alloc(sizeof *o);
   out_init(o, STDOUT_FILENO, program_unicode(unicode_choice));
   return o;
}

int program_close(const char *program, out *o)
{
   int error = out_flush(o);
   if (error == 0 && close(o->fd) != 0)
      error = errno;
   free(o);
   if (error == 0)
      return EXIT_OK;
   fprintf(stderr, "%s: cannot write standard output: %s\n", program, strerror(error));
   return EXIT_OUTPUT;
}

/* Returns 0 or an errno. */
static int write_file(const char *name, int flags, program_writer *write, void *arg)
{
   int fd = open(name, flags | O_WRONLY | O_CLOEXEC, 0666);
   if (fd < 0)
      return errno;
   out *o = mem_alloc(sizeof *o);
   out_init(o, fd, /*is_unicode*/ 1);
   write(arg, o);
   int error = out_flush(o);
   free(o);
   if (error == 0 && (flags & O_EXCL) != 0 && fsync(fd) != 0)
      error = errno;
   if (close(fd) != 0 && error == 0)
      error = errno;
   return error;
}

int program_save(const char *program, const char *file, program_writer *write, void *arg)
{
   struct stat st;
   int error, is_special = stat(file, &st) == 0 && !S_ISREG(st.st_mode);
   if (is_special) {
      error = write_file(file, O_TRUNC, write, arg);
   } else {
      size_t n = strlen(file) + 32;
      char *temporary = mem_alloc(n);
      snprintf(temporary, n, "%s.tmp.%ld", file, (long)getpid());
      error = write_file(temporary, O_CREAT | O_EXCL, write, arg);
      if (error == 0 && rename(temporary, file) != 0)
         error = errno;
      if (error != 0 && error != EEXIST)
         unlink(temporary);
      free(temporary);
   }
   if (error == 0)
      return EXIT_OK;
   fprintf(stderr, "%s: cannot write %s: %s\n", program, file, strerror(error));
   return EXIT_OUTPUT;
}
