/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sessiond: the small network service that `make demo` profiles.
 *
 * Answers: what does leakgrow say of a server whose every request allocates and frees dozens of blocks, whose cache turns
 * over all the time, whose configuration is reloaded while it runs, and which keeps one small record per request for ever?
 *
 * One thread accepts and polls, several workers serve, one thread runs background jobs. Clients speak lines of text.
 * Modules: server.c (sockets, threads, requests), session.c (users and their audit trail: the leak), store.c (bounded LRU
 * cache), config.c (settings that are replaced as a whole), jobs.c (the job loop), client.c (the load driver). */
#ifndef SERVICE_H
#define SERVICE_H

#include <stddef.h>
#include <stdint.h>

/* Settings; immutable once published, replaced as a whole by a reload. */
typedef struct config {
   unsigned refs; /* guarded by config.c's lock */
   unsigned generation;
   unsigned cache_entries; /* capacity of the page cache */
   unsigned audit_keep;    /* records kept per session; 0 keeps all of them, which is the leak */
   unsigned n_rules;
   char **rules; /* rewrite rules of the front page, owned */
} config;

/* Reads the settings for the first time. `fixed` selects the service that trims its audit trail. */
void config_init(int fixed);
/* Replaces the settings by a freshly read set; readers that hold the old one keep it until they release it. */
void config_reload(void);
/* The current settings, to be given back with config_release(). */
config *config_get(void);
void config_release(config *c);
void config_destroy(void);

/* The page cache: a bounded LRU map from key to text. All functions are thread-safe. */
void store_init(unsigned capacity);
/* A copy of the page, to be freed by the caller, or NULL when it is not cached. */
char *store_get(const char *key);
/* Caches a copy of the page and evicts the least recently used one when the cache is full. */
void store_put(const char *key, const char *text);
/* All keys, copied; the caller frees each and the array. */
char **store_keys(size_t *n);
void store_destroy(void);

/* Users. A session lives as long as the service. */
typedef struct session session;
session *session_open(const char *user);
/* Adds a record of this request to the session's audit trail. `keep` is config.audit_keep. */
void session_audit(session *s, const char *verb, const char *target, int status, unsigned keep);
/* Records in all trails together. */
size_t session_audit_records(void);
void session_destroy_all(void);

/* The job loop. A job is a report over the cache that replaces the report before it. */
void jobs_start(void);
void jobs_submit(const char *title);
void jobs_stop(void); /* runs what is queued, then ends the thread */
size_t jobs_done(void);

/* The server. */
typedef struct {
   unsigned short port; /* in: wanted port, 0 for any; out: the port in use */
   unsigned workers;
} server_options;
/* Binds 127.0.0.1 and starts all threads. Returns 0, or -1 with errno set. */
int server_start(server_options *o);
void server_stop(void);
uint64_t server_requests(void);

/* The load driver: `requests` requests over `clients` connections at a time, each pausing for `think_us` microseconds between
 * requests. Returns the number of wrong or missing answers. */
unsigned client_run(unsigned short port, unsigned clients, unsigned requests, unsigned think_us);

/* malloc, realloc and strdup that end the program with a message instead of returning NULL. */
void *xmalloc(size_t n);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);

#endif
