/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions that the hooks of test_hooks.py name. The first argument says what to do; what really happened is printed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS = 4, KEPT = 1 << 16 };

static void *kept[KEPT];
static unsigned n_kept;

void keep(size_t n)
{
   kept[__atomic_fetch_add(&n_kept, 1, __ATOMIC_RELAXED) % KEPT] = malloc(n);
}

/* A call that the compiler may not leave out. */
#define use(x) __asm__ volatile("" : : "r"(x) : "memory")

/* ---- calls ---- */

void set_command(void)
{
   keep(16);
}
void get_command(void)
{
   free(malloc(32));
}
void script_command(void)
{
   keep(64);
   set_command();
   keep(64);
}
void recursive_command(int n)
{
   if (n > 0)
      recursive_command(n - 1);
   else
      keep(128);
}

static jmp_buf back;
void jumping_command(int depth)
{
   volatile char room[256];
   room[0] = 0;
   if (depth > 0)
      jumping_command(depth - 1);
   keep(256);
   longjmp(back, 1);
}

void on_signal(int number)
{
   (void)number;
   set_command();
}

static void *serve(void *arg)
{
   for (int i = 0; i < 100; i++) {
      set_command();
      get_command();
      keep(512);
   }
   return arg;
}

static void calls(void)
{
   pthread_t t[THREADS];
   for (int i = 0; i < THREADS; i++)
      pthread_create(&t[i], NULL, serve, NULL);
   for (int i = 0; i < THREADS; i++)
      pthread_join(t[i], NULL);
   signal(SIGUSR1, on_signal);
   for (int i = 0; i < 50; i++) {
      script_command();
      recursive_command(i);
      if (!setjmp(back))
         jumping_command(i % 5);
      keep(1024);
      raise(SIGUSR1);
   }
   printf("set %d get %d script 50 recursive 50 jumping 50 root %d\n", THREADS * 100 + 100, THREADS * 100,
          THREADS * 100 + 50);
}

/* ---- jobs ---- */

typedef struct {
   long serial;
   const char *name;
   size_t name_len;
   void (*run)(void);
} Job;

void write_page(void)
{
   keep(48);
}

static long serial;
Job *job_create(const char *name)
{
   Job *j = malloc(sizeof *j);
   *j = (Job){++serial, name, strlen(name), write_page};
   return j;
}
Job *other_create(const char *name)
{
   return job_create(name) + 0;
}
void job_run(Job *j)
{
   j->run();
}
void job_destroy(Job *j)
{
   free(j);
}

long ticket_open(void)
{
   return ++serial;
}
long nothing_open(void)
{
   return 0;
}
void ticket_enter(long id)
{
   use(id);
}
void ticket_exit(long id)
{
   use(id);
}
void ticket_close(long id)
{
   use(id);
}

/* The place to which ticket_open returns has been returned to before: by another function, from the same call. */
static long open_by_turns(int i)
{
   long (*volatile open[2])(void) = {nothing_open, ticket_open};
   return open[i & 1]();
}

static void jobs(void)
{
   Job *first = NULL;
   int opened = 0;
   for (int i = 0; i < 200; i++) {
      Job *j = job_create(i % 2 ? "index" : "flush");
      job_run(j);
      job_run(j);
      if (i % 4 != 0)
         job_destroy(j);
      else
         first = first ? first : j;
      long id = open_by_turns(i);
      if (id) {
         opened++;
         ticket_enter(id);
         keep(80);
         ticket_exit(id);
         if (i % 3)
            ticket_close(id);
      }
   }
   printf("jobs 200 tickets %d serial %ld\n", opened, first->serial);
}

/* ---- bad pointers ---- */

static void hostile(void)
{
   long page = sysconf(_SC_PAGESIZE);
   char *end = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   char path[] = "/tmp/leakgrow-hooks-XXXXXX";
   int fd = mkstemp(path);
   unlink(path);
   munmap(end + page, (size_t)page);
   memset(end, 'x', (size_t)page);
   char *short_file = mmap(NULL, (size_t)page, PROT_READ, MAP_PRIVATE, fd, 0);
   Job *bad[] = {NULL,
                 (Job *)8,
                 (Job *)-8,
                 (Job *)(0x7ffful << 48 >> (sizeof(long) == 4 ? 32 : 0)),
                 (Job *)(end + page - 8),
                 (Job *)(end + page - 1),
                 (Job *)short_file};
   volatile int is_called = 0;
   for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
      void (*volatile look)(Job *) = job_destroy;
      if (is_called) /* never: only looked at */
         look(bad[i]);
      ticket_enter((long)bad[i]);
   }
   char *unterminated = end + page - 16;
   ticket_exit((long)unterminated);
   printf("looked at %zu\n", sizeof bad / sizeof *bad);
}

/* ---- plugins ---- */

static void plugin(const char *path)
{
   for (int i = 0; i < 20; i++) {
      void *h = dlopen(path, RTLD_NOW);
      void (*work)(int) = h ? (void (*)(int))dlsym(h, "plugin_work") : NULL;
      if (!work) {
         printf("%s\n", dlerror());
         exit(1);
      }
      for (int k = 0; k < 10; k++)
         work(k);
      dlclose(h);
   }
   printf("plugin 200\n");
}

int main(int argc, char **argv)
{
   if (argc > 1 && strcmp(argv[1], "calls") == 0)
      calls();
   else if (argc > 1 && strcmp(argv[1], "jobs") == 0)
      jobs();
   else if (argc > 1 && strcmp(argv[1], "hostile") == 0)
      hostile();
   else if (argc > 2 && strcmp(argv[1], "plugin") == 0)
      plugin(argv[2]);
   else
      return 2;
   return 0;
}
