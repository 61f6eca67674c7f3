/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queue_service.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 20000, SERVERS_MAX = 16, BUSY = 8, ON_FLUSH = 4 };

/* ---- random numbers: a multiplicative congruential generator of 128 bits, high half ---- */

typedef struct {
   uint64_t high, low;
} mcg;

static uint64_t next(mcg *g)
{
   const uint64_t factor = UINT64_C(0xda942042e4dd58b5);
   uint64_t a0 = (uint32_t)g->low, a1 = g->low >> 32, b0 = (uint32_t)factor, b1 = factor >> 32;
   uint64_t mid = a1 * b0 + (a0 * b0 >> 32), mid2 = a0 * b1 + (uint32_t)mid;
   g->high = a1 * b1 + (mid >> 32) + (mid2 >> 32) + g->high * factor;
   g->low = mid2 << 32 | (uint32_t)(a0 * b0);
   return g->high;
}

static double unit(mcg *g)
{
   return ((double)(next(g) >> 12) + 0.5) * 0x1p-52;
}

static double between(mcg *g, double a, double b)
{
   return a * pow(b / a, unit(g));
}

static double exponential(mcg *g, double mean)
{
   return -mean * log(unit(g));
}

static double normal(mcg *g) /* by the polar method */
{
   double x, y, s;
   do {
      x = 2 * unit(g) - 1;
      y = 2 * unit(g) - 1;
      s = x * x + y * y;
   } while (s >= 1 || s == 0);
   return x * sqrt(-2 * log(s) / s);
}

static int64_t size_near(mcg *g, double mean)
{
   return 16 + (int64_t)(mean * exp(0.6 * normal(g) - 0.18));
}

/* ---- the service ---- */

typedef struct {
   double at;
   enum { ARRIVE, SERVED, SESSION_ENDS, ENTRY_EXPIRES, REPORT_DUE, REPORT_DONE, MOOD, CONFIGURED } what;
   uint32_t arg;
} event;

typedef struct {
   sim_block request, body;
} job;

typedef struct {
   sim_block self, data[4];
   uint32_t n_data;
   int is_live;
} session;

typedef struct {
   sim_block block;
   uint32_t key;
   double used;
} entry;

typedef struct {
   qs_run *run;
   mcg g;
   qs_leak leak;
   double leak_in, now;
   double night; /* how many steps it takes */
   int64_t heap_B, low_B, high_B;
   event *events;
   size_t n_events, cap_events;
   /* load */
   double rate, mood, wave_period, think;
   uint32_t group;
   /* requests */
   job *jobs; /* waiting and in service: a ring for those that wait */
   size_t first_job, n_waiting, cap_jobs;
   job busy[SERVERS_MAX];
   int is_busy[SERVERS_MAX];
   uint32_t n_servers;
   int service_kind;
   double service_time;
   /* sessions */
   session *sessions;
   size_t n_sessions, cap_sessions;
   int session_kind;
   double session_share, session_time;
   /* cache */
   entry *cache;
   uint32_t n_cached, capacity, *slot_of; /* 1 + index by key */
   int cache_kind;
   double ttl;
   /* log, report, start-up */
   sim_block *log, *report, reading[64], config[200];
   size_t n_log, cap_log, flush_at, n_report, cap_report, n_live_sessions;
   double report_every;
} service;

static void *grown(void *p, size_t *cap, size_t n, size_t size)
{
   if (n < *cap)
      return p;
   *cap = *cap ? *cap * 2 : 64;
   p = realloc(p, *cap * size);
   if (p == NULL)
      exit(2);
   return p;
}

static sim_block born(service *s, qs_place place, int64_t size)
{
   s->heap_B += size;
   s->high_B = s->heap_B > s->high_B ? s->heap_B : s->high_B;
   return sim_birth(&s->run->place[place], size);
}

static void died(service *s, qs_place place, const sim_block *b)
{
   s->heap_B -= b->size;
   s->low_B = s->heap_B < s->low_B ? s->heap_B : s->low_B;
   sim_death(&s->run->place[place], b);
}

/* A chance to leak by this model: is it taken? */
static int leaks(service *s, qs_leak leak, int64_t size)
{
   if (s->leak != leak)
      return 0;
   s->run->chances++;
   if (s->leak_in == 0 || unit(&s->g) * s->leak_in >= 1)
      return 0;
   s->run->leaked++;
   s->run->leaked_B += (uint64_t)size;
   return 1;
}

static void keep(service *s, qs_leak leak)
{
   int64_t size = 64;
   if (leaks(s, leak, size))
      born(s, QS_KEPT, size);
}

static void post(service *s, double after, int what, uint32_t arg)
{
   s->events = grown(s->events, &s->cap_events, s->n_events, sizeof *s->events);
   size_t i = s->n_events++;
   event e = {s->now + after, what, arg};
   for (; i > 0 && s->events[(i - 1) / 2].at > e.at; i = (i - 1) / 2)
      s->events[i] = s->events[(i - 1) / 2];
   s->events[i] = e;
}

static event take(service *s)
{
   event first = s->events[0], last = s->events[--s->n_events];
   size_t i = 0;
   for (size_t child = 1; child < s->n_events; child = 2 * i + 1) {
      child += child + 1 < s->n_events && s->events[child + 1].at < s->events[child].at;
      if (s->events[child].at >= last.at)
         break;
      s->events[i] = s->events[child];
      i = child;
   }
   s->events[i] = last;
   return first;
}

/* ---- sessions ---- */

static double session_lifetime(service *s)
{
   double u = unit(&s->g), m = s->session_time;
   if (s->session_kind == 0)
      return m * exp(normal(&s->g) - 0.5);
   if (s->session_kind == 1)
      return m * pow(-log(u), 1 / 0.6) / 1.5046; /* Weibull, decreasing hazard */
   double x = m * 0.444 * pow(u, -1 / 1.8);      /* Pareto */
   return x < 20 * m ? x : 20 * m;
}

static void begin_session(service *s)
{
   session one = {.is_live = 1, .n_data = 1 + (uint32_t)(next(&s->g) >> 62)};
   one.self = born(s, QS_SESSION, 360);
   for (uint32_t i = 0; i < one.n_data; i++)
      one.data[i] = born(s, QS_SESSION_DATA, size_near(&s->g, 700));
   s->sessions = grown(s->sessions, &s->cap_sessions, s->n_sessions, sizeof *s->sessions);
   s->sessions[s->n_sessions] = one;
   s->n_live_sessions++;
   post(s, session_lifetime(s), SESSION_ENDS, (uint32_t)s->n_sessions++);
}

static void end_session(service *s, session *one)
{
   one->is_live = 0;
   s->n_live_sessions--;
   if (leaks(s, QS_LEAK_SESSION, 360))
      return; /* its data are freed, it is not */
   died(s, QS_SESSION, &one->self);
}

static void free_data(service *s, session *one)
{
   for (uint32_t i = 0; i < one->n_data; i++)
      died(s, QS_SESSION_DATA, &one->data[i]);
}

/* ---- cache ---- */

static void evict(service *s, uint32_t i)
{
   entry *e = &s->cache[i];
   if (!leaks(s, QS_LEAK_CACHE, e->block.size))
      died(s, QS_CACHE, &e->block);
   s->slot_of[e->key] = 0;
   *e = s->cache[--s->n_cached];
   if (i < s->n_cached)
      s->slot_of[e->key] = i + 1;
}

static uint32_t victim(service *s)
{
   uint32_t worst = (uint32_t)(unit(&s->g) * s->n_cached);
   for (int tries = 0; s->cache_kind == 0 && tries < 8; tries++) { /* least recent of a sample, as Redis does */
      uint32_t other = (uint32_t)(unit(&s->g) * s->n_cached);
      worst = s->cache[other].used < s->cache[worst].used ? other : worst;
   }
   return worst;
}

static void look_up(service *s)
{
   uint32_t key = (uint32_t)pow(KEYS - 1, unit(&s->g)), slot = s->slot_of[key];
   if (slot != 0) {
      s->cache[slot - 1].used = s->now;
      return;
   }
   if (s->n_cached == s->capacity)
      evict(s, victim(s));
   entry *e = &s->cache[s->n_cached++];
   *e = (entry){born(s, QS_CACHE, size_near(&s->g, 500)), key, s->now};
   s->slot_of[key] = s->n_cached;
   if (s->cache_kind == 2)
      post(s, s->ttl * (0.9 + 0.2 * unit(&s->g)), ENTRY_EXPIRES, key);
}

/* ---- log and report ---- */

static void log_line(service *s)
{
   s->log = grown(s->log, &s->cap_log, s->n_log, sizeof *s->log);
   s->log[s->n_log++] = born(s, QS_LOG, size_near(&s->g, 120));
   if (s->n_log < s->flush_at)
      return;
   while (s->n_log > 0)
      died(s, QS_LOG, &s->log[--s->n_log]);
   for (int i = 0; i < ON_FLUSH; i++)
      keep(s, QS_LEAK_FLUSH);
}

static void report(service *s)
{
   size_t lines = s->n_cached / 8 + s->n_live_sessions / 4 + 8;
   for (; s->n_report < lines; s->n_report++) {
      s->report = grown(s->report, &s->cap_report, s->n_report, sizeof *s->report);
      s->report[s->n_report] = born(s, QS_REPORT, size_near(&s->g, 200));
   }
   post(s, s->report_every / 10, REPORT_DONE, 0);
   post(s, s->report_every, REPORT_DUE, 0);
}

/* ---- requests ---- */

static void next_arrival(service *s)
{
   double rate = s->rate * s->mood;
   if (s->run->load == 2)
      rate *= 1 + 0.6 * sin(6.283185307179586 * s->now / s->wave_period);
   if (s->run->load != 4)
      post(s, exponential(&s->g, s->group / rate), ARRIVE, 0);
}

static void serve(service *s, const job *j)
{
   uint32_t i = 0;
   while (s->is_busy[i])
      i++;
   s->is_busy[i] = 1;
   s->busy[i] = *j;
   double time = s->service_kind == 0   ? exponential(&s->g, s->service_time)
                 : s->service_kind == 1 ? s->service_time * exp(0.8 * normal(&s->g) - 0.32)
                                        : s->service_time;
   post(s, time, SERVED, i);
}

static size_t n_busy(const service *s)
{
   size_t n = 0;
   for (uint32_t i = 0; i < s->n_servers; i++)
      n += (size_t)s->is_busy[i];
   return n;
}

static void request(service *s)
{
   job j = {.request = born(s, QS_REQUEST, 256)};
   j.body = born(s, QS_BODY, size_near(&s->g, 2000));
   keep(s, QS_LEAK_OWN);
   if (s->now > QS_STEPS * 0.4)
      keep(s, QS_LEAK_LATE);
   if (s->n_waiting > BUSY)
      keep(s, QS_LEAK_BUSY);
   if (unit(&s->g) < s->session_share)
      begin_session(s);
   look_up(s);
   log_line(s);
   if (n_busy(s) < s->n_servers) {
      serve(s, &j);
      return;
   }
   if (s->first_job + s->n_waiting == s->cap_jobs && s->first_job > s->cap_jobs / 2) {
      memmove(s->jobs, s->jobs + s->first_job, s->n_waiting * sizeof *s->jobs);
      s->first_job = 0;
   }
   s->jobs = grown(s->jobs, &s->cap_jobs, s->first_job + s->n_waiting, sizeof *s->jobs);
   s->jobs[s->first_job + s->n_waiting++] = j;
}

static void answer(service *s, uint32_t server)
{
   job *j = &s->busy[server];
   died(s, QS_REQUEST, &j->request);
   if (!leaks(s, QS_LEAK_BODY, j->body.size))
      died(s, QS_BODY, &j->body);
   s->is_busy[server] = 0;
   if (s->n_waiting > 0) {
      job waiting = s->jobs[s->first_job++];
      if (--s->n_waiting == 0)
         s->first_job = 0;
      serve(s, &waiting);
   }
   if (s->run->load == 4)
      post(s, exponential(&s->g, s->think), ARRIVE, 0);
}

/* ---- the run ---- */

static void handle(service *s, const event *e)
{
   switch (e->what) {
   case ARRIVE:
      for (uint32_t n = 1 + (s->group > 1 ? (uint32_t)exponential(&s->g, s->group - 1) : 0); n > 0; n--)
         request(s);
      next_arrival(s);
      break;
   case SERVED:
      answer(s, e->arg);
      break;
   case SESSION_ENDS:
      free_data(s, &s->sessions[e->arg]);
      end_session(s, &s->sessions[e->arg]);
      break;
   case ENTRY_EXPIRES:
      if (s->slot_of[e->arg] != 0)
         evict(s, s->slot_of[e->arg] - 1);
      break;
   case REPORT_DUE:
      report(s);
      break;
   case REPORT_DONE:
      while (s->n_report > 0)
         died(s, QS_REPORT, &s->report[--s->n_report]);
      break;
   case MOOD:
      s->mood = s->mood < 1 ? 1.7 : 0.4;
      post(s, exponential(&s->g, s->night / 30.0), MOOD, 0);
      break;
   case CONFIGURED:
      for (int i = 0; i < 64; i++)
         died(s, QS_READING, &s->reading[i]);
      break;
   }
}

static void draw(service *s)
{
   mcg *g = &s->g;
   double per_night = between(g, 8, 60) * QS_STEPS;
   s->rate = per_night / s->night; /* requests per step */
   s->mood = s->run->load == 1 ? 0.4 : 1;
   s->wave_period = s->night * between(g, 1.0 / 40, 1.0 / 8);
   s->group = s->run->load == 3 ? 2 + (uint32_t)(unit(g) * 20) : 1;
   s->n_servers = 1 + (uint32_t)(unit(g) * (SERVERS_MAX - 1));
   s->service_kind = (int)(unit(g) * 3);
   double most = s->run->load == 1   ? 1.7
                 : s->run->load == 2 ? 1.6
                                     : 1; /* the load at its peak, which the servers can bear */
   s->service_time = s->n_servers / (s->rate * most) * (0.4 + 0.45 * unit(g));
   s->think = between(g, 1, 20) * s->night / QS_STEPS;
   s->session_kind = (int)(unit(g) * 3);
   s->session_share = between(g, 0.01, 0.3);
   s->session_time = s->night * between(g, 1.0 / 400, 1.0 / 25);
   s->cache_kind = (int)(unit(g) * 3);
   s->capacity = (uint32_t)between(g, 50, 3000);
   s->ttl = s->night * between(g, 1.0 / 300, 1.0 / 15);
   s->flush_at = (size_t)between(g, 20, per_night / 30);
   s->report_every = s->night * between(g, 1.0 / 100, 1.0 / 14);
}

static void begin(service *s)
{
   for (int i = 0; i < 200; i++)
      s->config[i] = born(s, QS_CONFIG, size_near(&s->g, 800));
   for (int i = 0; i < 64; i++)
      s->reading[i] = born(s, QS_READING, 1000);
   post(s, s->night * 0.01, CONFIGURED, 0);
   post(s, s->report_every, REPORT_DUE, 0);
   if (s->run->load == 1)
      post(s, s->night / 30.0, MOOD, 0);
   for (double n = s->run->load == 4 ? s->rate * s->think : 0; n > 0; n--)
      post(s, exponential(&s->g, s->think), ARRIVE, 0);
   next_arrival(s);
}

void qs_simulate(qs_run *run, uint64_t number, double part, qs_leak leak, double leak_in)
{
   service s = {.run = run,
                .leak = leak,
                .leak_in = leak_in,
                .night = QS_STEPS * part,
                .g = {number * 2 + 1, UINT64_C(0x5851f42d4c957f2d)}};
   memset(run, 0, sizeof *run);
   for (int i = 0; i < 20; i++)
      next(&s.g);
   for (int k = 0; k < QS_PLACES; k++)
      sim_account_init(&run->place[k], QS_STEPS);
   run->load = (int)(number % QS_LOADS);
   draw(&s);
   s.cache = calloc(s.capacity + 1, sizeof *s.cache);
   s.slot_of = calloc(KEYS, sizeof *s.slot_of);
   if (s.cache == NULL || s.slot_of == NULL)
      exit(2);
   begin(&s);
   for (uint32_t t = 0; t < QS_STEPS; t++) {
      s.low_B = s.high_B = s.heap_B;
      while (s.n_events > 0 && s.events[0].at < t + 1) {
         event e = take(&s);
         s.now = e.at;
         handle(&s, &e);
      }
      run->floor[t] = s.low_B;
      run->ceiling[t] = s.high_B;
      run->mean_B += t >= QS_STEPS / 2 ? (double)s.heap_B * 2 / QS_STEPS : 0;
      for (int k = 0; k < QS_PLACES; k++)
         sim_account_step(&run->place[k]);
   }
   free(s.events);
   free(s.jobs);
   free(s.sessions);
   free(s.cache);
   free(s.slot_of);
   free(s.log);
   free(s.report);
}

void qs_free(qs_run *run)
{
   for (int k = 0; k < QS_PLACES; k++)
      sim_account_free(&run->place[k]);
}
