/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sessiond [--port=N] [--workers=N] [--fixed] [--self-test [--requests=N] [--clients=N] [--think-us=N]]
 *
 * Without --self-test it serves 127.0.0.1 until SIGINT or SIGTERM. With it, the load driver runs in the same process, and
 * the exit status says whether every request was answered. --fixed selects the service without the leak. */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p)
{
   if (!p) {
      fputs("sessiond: out of memory\n", stderr);
      exit(1);
   }
   return p;
}

void *xmalloc(size_t n)
{
   return checked(malloc(n));
}

void *xrealloc(void *p, size_t n)
{
   return checked(realloc(p, n));
}

char *xstrdup(const char *s)
{
   return checked(strdup(s));
}

static unsigned number(const char *s, unsigned lowest, unsigned highest)
{
   char *end;
   errno = 0;
   unsigned long v = strtoul(s, &end, 10);
   if (errno || *end || end == s || v < lowest || v > highest) {
      fprintf(stderr, "sessiond: \"%s\" is not a number from %u to %u\n", s, lowest, highest);
      exit(3);
   }
   return (unsigned)v;
}

int main(int argc, char **argv)
{
   enum { PORT = 1, WORKERS, FIXED, SELF_TEST, REQUESTS, CLIENTS, THINK };
   static const struct option options[] = {{"port", required_argument, NULL, PORT},
                                           {"workers", required_argument, NULL, WORKERS},
                                           {"fixed", no_argument, NULL, FIXED},
                                           {"self-test", no_argument, NULL, SELF_TEST},
                                           {"requests", required_argument, NULL, REQUESTS},
                                           {"clients", required_argument, NULL, CLIENTS},
                                           {"think-us", required_argument, NULL, THINK},
                                           {NULL, 0, NULL, 0}};
   server_options o = {.port = 0, .workers = 4};
   unsigned requests = 6000, clients = 4, think_us = 1500, wrong = 0;
   int fixed = 0, self_test = 0, opt;
   while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
      switch (opt) {
      case PORT:
         o.port = (unsigned short)number(optarg, 0, 65535);
         break;
      case WORKERS:
         o.workers = number(optarg, 1, 64);
         break;
      case FIXED:
         fixed = 1;
         break;
      case SELF_TEST:
         self_test = 1;
         break;
      case REQUESTS:
         requests = number(optarg, 1, 100000000);
         break;
      case CLIENTS:
         clients = number(optarg, 1, 32);
         break;
      case THINK:
         think_us = number(optarg, 0, 999999);
         break;
      default:
         return 3;
      }
   }
   sigset_t end;
   sigemptyset(&end);
   sigaddset(&end, SIGINT);
   sigaddset(&end, SIGTERM);
   pthread_sigmask(SIG_BLOCK, &end, NULL);

   config_init(fixed);
   config *c = config_get();
   store_init(c->cache_entries);
   config_release(c);
   jobs_start();
   if (server_start(&o)) {
      fprintf(stderr, "sessiond: cannot listen on 127.0.0.1:%u: %s\n", o.port, strerror(errno));
      return 1;
   }
   printf("sessiond: listening on 127.0.0.1:%u\n", o.port);
   fflush(stdout);
   if (self_test)
      wrong = client_run(o.port, clients, requests, think_us);
   else
      sigwait(&end, &opt);
   server_stop();
   jobs_stop();
   printf("sessiond: %llu requests, %zu reports, %zu audit records, %u failures\n",
          (unsigned long long)server_requests(), jobs_done(), session_audit_records(), wrong);
   session_destroy_all();
   store_destroy();
   config_destroy();
   return wrong ? 1 : 0;
}
