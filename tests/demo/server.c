/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server: one thread polls, workers read lines, answer them and hand the connection back.
 *
 * A connection belongs to exactly one party at a time: to epoll (armed with EPOLLONESHOT), to the queue, or to the worker
 * that serves it. So it needs no lock. An eventfd in the same epoll set tells the polling thread to end. */
#define _GNU_SOURCE
#include "service.h"
#include "request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_MAX_B = 4096, WORKERS_MAX = 64 };

typedef struct connection {
   struct connection *next;          /* in the queue */
   struct connection *newer, *older; /* all connections, guarded by st.lock */
   int fd;
   session *user; /* NULL until HELLO */
   size_t used;
   char in[LINE_MAX_B];
} connection;

static struct {
   pthread_mutex_t lock;
   pthread_cond_t wake;
   connection *first, **end, *all;
   int listen_fd, poll_fd, stop_fd, stop;
   unsigned n_workers;
   pthread_t poller, worker[WORKERS_MAX];
   uint64_t requests;
} st = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .end = &st.first};

static void connection_open(int fd)
{
   connection *c = xmalloc(sizeof *c);
   memset(c, 0, offsetof(connection, in));
   c->fd = fd;
   int on = 1;
   setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
   pthread_mutex_lock(&st.lock);
   c->older = st.all;
   if (st.all)
      st.all->newer = c;
   st.all = c;
   pthread_mutex_unlock(&st.lock);
   struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = c};
   epoll_ctl(st.poll_fd, EPOLL_CTL_ADD, fd, &ev);
}

static void connection_close(connection *c)
{
   pthread_mutex_lock(&st.lock);
   *(c->newer ? &c->newer->older : &st.all) = c->older;
   if (c->older)
      c->older->newer = c->newer;
   pthread_mutex_unlock(&st.lock);
   close(c->fd);
   free(c);
}

static int send_all(int fd, const char *p, size_t n)
{
   while (n) {
      ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
      if (k < 0 && errno == EAGAIN) {
         struct pollfd pf = {.fd = fd, .events = POLLOUT};
         if (poll(&pf, 1, 10000) != 1)
            return -1;
      } else if (k < 0 && errno != EINTR) {
         return -1;
      } else if (k > 0) {
         p += k;
         n -= (size_t)k;
      }
   }
   return 0;
}

/* Serves every whole line that has arrived. Returns 0 when the connection is over. */
static int connection_serve(connection *c)
{
   for (;;) {
      char *nl = memchr(c->in, '\n', c->used);
      if (nl) {
         size_t len = 0, line = (size_t)(nl - c->in) + 1;
         *nl = '\0';
         char *answer = request_serve(&c->user, c->in, &len);
         int bad = send_all(c->fd, answer, len);
         free(answer);
         __atomic_add_fetch(&st.requests, 1, __ATOMIC_RELAXED);
         c->used -= line;
         memmove(c->in, c->in + line, c->used);
         if (bad)
            return 0;
         continue;
      }
      if (c->used == sizeof c->in)
         return 0; /* a line that never ends */
      ssize_t k = recv(c->fd, c->in + c->used, sizeof c->in - c->used, 0);
      if (k > 0)
         c->used += (size_t)k;
      else
         return k < 0 && (errno == EAGAIN || errno == EINTR);
   }
}

static void *worker_main(void *unused)
{
   (void)unused;
   for (;;) {
      pthread_mutex_lock(&st.lock);
      while (!st.first && !st.stop)
         pthread_cond_wait(&st.wake, &st.lock);
      connection *c = st.first;
      if (c) {
         st.first = c->next;
         if (!st.first)
            st.end = &st.first;
      }
      pthread_mutex_unlock(&st.lock);
      if (!c)
         return NULL;
      if (connection_serve(c)) {
         struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = c};
         epoll_ctl(st.poll_fd, EPOLL_CTL_MOD, c->fd, &ev);
      } else {
         connection_close(c);
      }
   }
}

static void *poller_main(void *unused)
{
   (void)unused;
   for (;;) {
      struct epoll_event ev[32];
      int n = epoll_wait(st.poll_fd, ev, 32, -1);
      for (int i = 0; i < n; i++) {
         if (ev[i].data.ptr == &st.stop_fd)
            return NULL;
         if (ev[i].data.ptr == &st.listen_fd) {
            int fd;
            while ((fd = accept4(st.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
               connection_open(fd);
            continue;
         }
         connection *c = ev[i].data.ptr;
         c->next = NULL;
         pthread_mutex_lock(&st.lock);
         *st.end = c;
         st.end = &c->next;
         pthread_cond_signal(&st.wake);
         pthread_mutex_unlock(&st.lock);
      }
   }
}

/* A socket that listens on the loopback interface; its port goes into *port. */
static int listen_on(unsigned short *port)
{
   struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
   socklen_t len = sizeof a;
   int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
   if (fd < 0)
      return -1;
   setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
   if (bind(fd, (struct sockaddr *)&a, len) || listen(fd, 128) || getsockname(fd, (struct sockaddr *)&a, &len)) {
      close(fd);
      return -1;
   }
   *port = ntohs(a.sin_port);
   return fd;
}

int server_start(server_options *o)
{
   st.listen_fd = listen_on(&o->port);
   if (st.listen_fd < 0)
      return -1;
   st.poll_fd = epoll_create1(EPOLL_CLOEXEC);
   st.stop_fd = eventfd(0, EFD_CLOEXEC);
   if (st.poll_fd < 0 || st.stop_fd < 0)
      return -1;
   struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &st.listen_fd};
   epoll_ctl(st.poll_fd, EPOLL_CTL_ADD, st.listen_fd, &ev);
   ev.data.ptr = &st.stop_fd;
   epoll_ctl(st.poll_fd, EPOLL_CTL_ADD, st.stop_fd, &ev);
   st.n_workers = o->workers < WORKERS_MAX ? o->workers : WORKERS_MAX;
   for (unsigned i = 0; i < st.n_workers; i++)
      pthread_create(&st.worker[i], NULL, worker_main, NULL);
   pthread_create(&st.poller, NULL, poller_main, NULL);
   return 0;
}

void server_stop(void)
{
   uint64_t one = 1;
   if (write(st.stop_fd, &one, sizeof one) != sizeof one)
      abort();
   pthread_join(st.poller, NULL);
   pthread_mutex_lock(&st.lock);
   st.stop = 1;
   pthread_cond_broadcast(&st.wake);
   pthread_mutex_unlock(&st.lock);
   for (unsigned i = 0; i < st.n_workers; i++)
      pthread_join(st.worker[i], NULL);
   while (st.all)
      connection_close(st.all);
   close(st.listen_fd);
   close(st.poll_fd);
   close(st.stop_fd);
}

uint64_t server_requests(void)
{
   return __atomic_load_n(&st.requests, __ATOMIC_RELAXED);
}
