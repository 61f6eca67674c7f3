/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes, threads, signals and odd control flow: process MODE. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static void *volatile sink;

static NOINLINE void thread_work(int n)
{
   for (int i = 0; i < n; i++) {
      void *volatile p = malloc(1000);
      if (i % 2)
         free(p);
      else
         sink = p;
   }
}

static void *thread_main(void *arg)
{
   thread_work(*(int *)arg);
   return NULL;
}

static void threads(void)
{
   int n = 200;
   pthread_t t[8];
   for (int i = 0; i < 8; i++)
      pthread_create(&t[i], NULL, thread_main, &n);
   for (int i = 0; i < 8; i++)
      pthread_join(t[i], NULL);
}

static NOINLINE void before_fork(void)
{
   sink = malloc(100);
}
static NOINLINE void child_work(void)
{
   for (int i = 0; i < 10; i++)
      sink = malloc(200);
}
static NOINLINE void parent_work(void)
{
   for (int i = 0; i < 5; i++)
      sink = malloc(300);
}

static int waited(pid_t child)
{
   int status;
   waitpid(child, &status, 0);
   return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int forks(void)
{
   before_fork();
   const pid_t child = fork();
   if (child == 0) {
      child_work();
      exit(7);
   }
   const int code = waited(child);
   parent_work();
   return code;
}

static int vforks(char **argv)
{
   before_fork();
   const pid_t child = vfork();
   if (child == 0) {
      execl(argv[0], argv[0], "child", (char *)NULL);
      _exit(99);
   }
   const int code = waited(child);
   parent_work();
   return code;
}

static NOINLINE void handler_work(void)
{
   sink = malloc(400);
}
static void handler(int sig)
{
   (void)sig;
   handler_work();
}

static void signals(void)
{
   static char stack[1 << 16];
   const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
   struct sigaction action;
   memset(&action, 0, sizeof(action));
   action.sa_handler = handler;
   sigaction(SIGUSR1, &action, NULL);
   sigaltstack(&alternate, NULL);
   action.sa_flags = SA_ONSTACK;
   sigaction(SIGUSR2, &action, NULL);
   for (int i = 0; i < 10; i++) {
      raise(SIGUSR1);
      raise(SIGUSR2);
   }
}

static jmp_buf out;
static NOINLINE void deep(int n)
{
   sink = malloc(50);
   if (n > 0)
      deep(n - 1);
   else
      longjmp(out, 1);
   sink = malloc(1);
}
static NOINLINE void after_jump(void)
{
   sink = malloc(500);
}
static void jumps(void)
{
   for (int i = 0; i < 20; i++) {
      if (setjmp(out) == 0)
         deep(10);
      after_jump();
   }
}

static void on_exit_1(void)
{
   (void)!write(1, "1", 1);
   for (int i = 0; i < 100; i++)
      sink = malloc(77);
}
static void on_exit_2(void)
{
   (void)!write(1, "2", 1);
}
static void exit_again(void)
{
   exit(9);
}
static void *exiting_thread(void *arg)
{
   (void)arg;
   exit(5);
}
static void *sleeping_thread(void *arg)
{
   usleep(100000);
   return arg;
}

static int exits(const char *how)
{
   pthread_t t;
   atexit(on_exit_1);
   atexit(on_exit_2);
   if (!strcmp(how, "return"))
      return 3;
   if (!strcmp(how, "exit"))
      exit(4);
   if (!strcmp(how, "thread")) {
      pthread_create(&t, NULL, exiting_thread, NULL);
      pthread_join(t, NULL);
   }
   if (!strcmp(how, "last-thread")) {
      pthread_create(&t, NULL, sleeping_thread, NULL);
      pthread_exit(NULL);
   }
   if (!strcmp(how, "again"))
      atexit(exit_again);
   if (!strcmp(how, "_exit"))
      _exit(8);
   if (!strcmp(how, "quick"))
      quick_exit(2);
   if (!strcmp(how, "abort"))
      abort();
   if (!strcmp(how, "segv"))
      *(volatile int *)8 = 1;
   return 1;
}

/* Grows for ever and says after every step how far it is. */
static NOINLINE void grow_step(void)
{
   sink = malloc(10000);
}
static void grow_for_ever(void)
{
   for (int i = 1;; i++) {
      grow_step();
      printf("%d\n", i);
      fflush(stdout);
      usleep(2000);
   }
}

int main(int argc, char **argv)
{
   const char *mode = argc > 1 ? argv[1] : "";
   if (!strcmp(mode, "threads"))
      threads();
   else if (!strcmp(mode, "fork"))
      return forks();
   else if (!strcmp(mode, "vfork"))
      return vforks(argv);
   else if (!strcmp(mode, "child"))
      return child_work(), 6;
   else if (!strcmp(mode, "exec")) {
      before_fork();
      execl(argv[0], argv[0], "child", (char *)NULL);
   } else if (!strcmp(mode, "exec-twice")) {
      parent_work();
      execl(argv[0], argv[0], "exec", (char *)NULL);
   } else if (!strcmp(mode, "exec-fails")) {
      before_fork();
      execl("/nonexistent", argv[0], (char *)NULL);
      parent_work();
   } else if (!strcmp(mode, "signals"))
      signals();
   else if (!strcmp(mode, "jumps"))
      jumps();
   else if (!strcmp(mode, "grow"))
      grow_for_ever();
   else
      return exits(mode);
   return 0;
}
