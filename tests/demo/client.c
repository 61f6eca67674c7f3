/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The load driver: a few threads that behave like shoppers. They read pages of a catalogue larger than the cache, write now
 * and then, ask for reports, have the settings reloaded, reconnect after a while, and think between two requests. Their choices come from a fixed
 * generator, so every run sends the same requests. */
#define _GNU_SOURCE
#include "service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { USERS = 16, CATALOGUE = 1500, PER_CONNECTION = 40, CLIENTS_MAX = 32, PATIENCE_S = 60 };

typedef struct {
   pthread_t thread;
   unsigned short port;
   unsigned number, requests, wrong, think_us;
   uint64_t random;
} client;

static unsigned client_random(client *c, unsigned below)
{
   c->random ^= c->random << 13;
   c->random ^= c->random >> 7;
   c->random ^= c->random << 17;
   return (unsigned)((c->random >> 20) % below);
}

static FILE *client_connect(unsigned short port)
{
   struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
   struct timeval patience = {.tv_sec = PATIENCE_S};
   int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
   if (fd < 0)
      return NULL;
   setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
   setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
   setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
   FILE *f = connect(fd, (struct sockaddr *)&a, sizeof a) ? NULL : fdopen(fd, "r+");
   if (!f)
      close(fd);
   return f;
}

/* Sends a line and reads the answer. Returns 1 when the answer is whole and says success. */
static int client_ask(FILE *f, const char *line)
{
   char head[64], part[1024];
   int status;
   size_t left;
   if (fputs(line, f) < 0 || fflush(f) || !fgets(head, sizeof head, f) || sscanf(head, "%d %zu", &status, &left) != 2)
      return 0;
   while (left) {
      size_t n = left < sizeof part ? left : sizeof part;
      if (fread(part, 1, n, f) != n)
         return 0;
      left -= n;
   }
   fseek(f, 0, SEEK_CUR); /* a stream must be told between reading and writing */
   return status < 300;
}

/* The next request of a shopper. Half of the look-ups go to a twentieth of the catalogue. */
static void client_compose(client *c, unsigned i, char *line, size_t size)
{
   unsigned dice = client_random(c, 100);
   unsigned item = client_random(c, dice & 1 ? CATALOGUE / 20 : CATALOGUE);
   if (i % 400 == 399 && c->number == 0)
      snprintf(line, size, "RELOAD\n");
   else if (dice < 3)
      snprintf(line, size, "REPORT stock-%u\n", item);
   else if (dice < 10)
      snprintf(line, size, "PUT /item/%u price %u < %u & falling\n", item, dice, item);
   else
      snprintf(line, size, "GET /item/%u\n", item);
}

static void *client_main(void *arg)
{
   client *c = arg;
   FILE *f = NULL;
   for (unsigned i = 0, sent = 0; sent < c->requests; i++, sent++) {
      char line[128];
      if (i % PER_CONNECTION == 0) {
         if (f)
            fclose(f);
         f = client_connect(c->port);
         snprintf(line, sizeof line, "HELLO user-%u\n", (i / PER_CONNECTION + c->number) % USERS);
      } else {
         client_compose(c, i, line, sizeof line);
      }
      if (!f || !client_ask(f, line)) {
         c->wrong += c->requests - sent;
         break;
      }
      usleep(c->think_us);
   }
   if (f)
      fclose(f);
   return NULL;
}

unsigned client_run(unsigned short port, unsigned clients, unsigned requests, unsigned think_us)
{
   client c[CLIENTS_MAX];
   unsigned wrong = 0;
   if (clients > CLIENTS_MAX)
      clients = CLIENTS_MAX;
   for (unsigned i = 0; i < clients; i++) {
      unsigned share = requests / clients + (i < requests % clients);
      c[i] = (client){
         .port = port, .number = i, .requests = share, .think_us = think_us, .random = 88172645463325252u + i * 7919u};
      pthread_create(&c[i].thread, NULL, client_main, &c[i]);
   }
   for (unsigned i = 0; i < clients; i++) {
      pthread_join(c[i].thread, NULL);
      wrong += c[i].wrong;
   }
   return wrong;
}
