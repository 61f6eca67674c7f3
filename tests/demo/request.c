/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses a request, renders its answer out of temporaries, and leaves an audit record behind. */
#include "request.h"
#include "leakgrow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
   char *verb, *target, *body; /* copies; target and body may be empty */
} request;

/* Text under construction. */
typedef struct {
   char *p;
   size_t used, size;
} text;

static void text_add(text *t, const char *s)
{
   size_t n = strlen(s);
   if (t->used + n + 1 > t->size) {
      t->size = 2 * (t->used + n + 1);
      t->p = xrealloc(t->p, t->size);
   }
   memcpy(t->p + t->used, s, n + 1);
   t->used += n;
}

static request request_parse(char *line)
{
   char *rest = line;
   const char *verb = strsep(&rest, " "), *target = strsep(&rest, " ");
   return (request){xstrdup(verb), xstrdup(target ? target : ""), xstrdup(rest ? rest : "")};
}

static void request_free(request *r)
{
   free(r->verb);
   free(r->target);
   free(r->body);
}

/* A copy with the characters that HTML reserves written as entities. */
static char *html_escape(const char *s)
{
   text t = {0};
   text_add(&t, "");
   for (; *s; s++) {
      char one[2] = {*s, '\0'};
      text_add(&t, *s == '<' ? "&lt;" : *s == '>' ? "&gt;" : *s == '&' ? "&amp;" : one);
   }
   return t.p;
}

/* A page whose length depends on its name, as real pages differ: 20 to 60 lines. */
static char *page_render(const char *key, const config *c)
{
   text t = {0};
   char *title = html_escape(key);
   unsigned seed = 0;
   for (const char *p = key; *p; p++)
      seed = seed * 31 + (unsigned char)*p;
   text_add(&t, "<h1>");
   text_add(&t, title);
   text_add(&t, "</h1>\n");
   for (unsigned i = 0; i < 20 + seed % 41; i++) {
      char *row = xmalloc(128);
      snprintf(row, 128, "<li>%s #%u (%s)</li>\n", title, i, c->rules[(seed + i) % c->n_rules] + 8);
      text_add(&t, row);
      free(row);
   }
   free(title);
   return t.p;
}

static char *page_get(const char *key, const config *c)
{
   char *page = store_get(key);
   if (!page) {
      page = page_render(key, c);
      store_put(key, page);
   }
   return page;
}

/* Does what the request asks for. Returns the body of the answer, which the caller frees. */
static char *request_handle(const request *r, session **user, const config *c, int *status)
{
   *status = 200;
   if (strcmp(r->verb, "HELLO") == 0 && *r->target) {
      *user = session_open(r->target);
   } else if (strcmp(r->verb, "GET") == 0 && *r->target) {
      return page_get(r->target, c);
   } else if (strcmp(r->verb, "PUT") == 0 && *r->target) {
      char *safe = html_escape(r->body);
      store_put(r->target, safe);
      return safe;
   } else if (strcmp(r->verb, "REPORT") == 0) {
      jobs_submit(r->target);
      *status = 202;
   } else if (strcmp(r->verb, "RELOAD") == 0) {
      config_reload();
   } else {
      *status = 400;
   }
   return xstrdup(*status < 300 ? "ok\n" : "bad request\n");
}

char *request_serve(session **user, char *line, size_t *len)
{
   int status;
   config *c = config_get();
   request r = request_parse(line);
   char *body = request_handle(&r, user, c, &status);
   char head[64];
   text answer = {0};
   snprintf(head, sizeof head, "%d %zu\n", status, strlen(body));
   text_add(&answer, head);
   text_add(&answer, body);
   *len = answer.used;
   if (*user)
      session_audit(*user, r.verb, r.target, status, c->audit_keep);
   free(body);
   request_free(&r);
   config_release(c);
   LEAKGROW_TICK(1);
   return answer.p;
}
