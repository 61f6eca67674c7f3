/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_pin: see lg_pin.h. */
#include "lg_pin.h"

#include "lg_clock.h"
#include "lg_context.h"
#include "lg_stack.h"
#include "lg_stall.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

/* Beyond this many, participants are forgotten when they leave: programs may name every critical section anew. */
enum { PINS_KEPT = 4096, READERS_MAX = 4096 /* what a profile may hold */ };

LgPin *LG_(pin_find)(LgDomain *d, UWord participant, Bool make)
{
   LgPin *p = VG_(HT_lookup)(d->pin_table, participant);
   if (p || !make)
      return p;
   p = VG_(calloc)("lg.pin.find.1", 1, sizeof *p);
   p->participant = participant;
   if (d->n_pins_known == d->pins_size) {
      d->pins_size = d->pins_size ? d->pins_size * 2 : 16;
      d->pins = VG_(realloc)("lg.pin.find.2", d->pins, d->pins_size * sizeof *d->pins);
   }
   p->number = d->n_pins_known;
   d->pins[d->n_pins_known++] = p;
   VG_(HT_add_node)(d->pin_table, p);
   return p;
}

void LG_(pin_forget)(LgDomain *d, LgPin *p)
{
   tl_assert2(p->node == 0, "L3: forgotten while pinned");
   VG_(HT_remove)(d->pin_table, p->participant);
   LgPin *last = d->pins[--d->n_pins_known]; /* takes its place */
   d->pins[p->number] = last;
   last->number = p->number;
   if (last->node)
      LG_(node)(last->node)->object = last->number;
   VG_(free)(p);
}

/* The oldest pin is another one now. */
static void set_oldest(LgDomain *d, UInt node)
{
   d->oldest = node;
   d->blocked_peak_n = d->blocked_n;
   d->blocked_peak_B = d->blocked_B;
}

/* The thread as a reader, from 1; 0 when there are too many. */
static UInt get_reader(LgDomain *d, ThreadId tid)
{
   for (UInt i = 0; i < d->n_readers; i++)
      if (d->readers[i].thread == tid)
         return i + 1;
   if (d->n_readers == READERS_MAX)
      return 0;
   if (d->n_readers == d->readers_size) {
      d->readers_size = d->readers_size ? d->readers_size * 2 : 8;
      d->readers = VG_(realloc)("lg.pin.reader.1", d->readers, d->readers_size * sizeof *d->readers);
   }
   LgReader *r = &d->readers[d->n_readers++];
   VG_(memset)(r, 0, sizeof *r);
   r->thread = tid;
   r->first_us = LG_(clock_micros)();
   return d->n_readers;
}

/* The participant enters a section on this thread. */
static void count_reader(LgDomain *d, LgPin *p, ThreadId tid)
{
   if (!p->reader || d->readers[p->reader - 1].thread != tid)
      p->reader = get_reader(d, tid);
   if (!p->reader)
      return;
   LgReader *r = &d->readers[p->reader - 1];
   r->tid = tid;
   r->pins++;
   r->is_news = True;
}

/* Its section is over. */
static void count_section(LgDomain *d, const LgPin *p, ULong now)
{
   if (!p->reader)
      return;
   LgReader *r = &d->readers[p->reader - 1];
   ULong length = now - p->since_us;
   r->pinned_us += length;
   r->is_news = True;
   if (length > r->longest_us) {
      r->longest_us = length;
      r->context = p->context;
      r->stack = p->stack;
   }
}

/* The longest of the sections that the reader is in now, or NULL. */
static const LgPin *present_section(const LgDomain *d, UInt reader)
{
   const LgPin *oldest = NULL;
   for (UInt i = 0; i < d->n_pins_known; i++) {
      const LgPin *p = d->pins[i];
      if (p->node && p->reader == reader && (!oldest || p->since_us < oldest->since_us))
         oldest = p;
   }
   return oldest;
}

void LG_(pin_reader)(LgDomain *d, UInt nth, lg_reader *out, UInt *stack)
{
   LgReader *r = &d->readers[nth];
   const LgPin *p = present_section(d, nth + 1);
   ULong now = LG_(clock_micros)(), length = p ? now - p->since_us : 0;
   VG_(memset)(out, 0, sizeof *out);
   if (r->tid != VG_INVALID_THREADID)
      LG_(thread_comm)(r->tid, r->name);
   out->thread = r->thread;
   out->name = r->name;
   out->pins = r->pins;
   out->observed_us = now - r->first_us;
   out->pinned_us = r->pinned_us + length;
   if (out->pinned_us > out->observed_us) /* sections of several participants may overlap */
      out->pinned_us = out->observed_us;
   out->longest_us = length > r->longest_us ? length : r->longest_us;
   if (out->longest_us > out->pinned_us)
      out->longest_us = out->pinned_us;
   out->is_pinned = p != NULL;
   out->since = p ? p->since : 0;
   out->context = p ? p->context : r->context;
   *stack = p ? p->stack : r->stack;
}

void LG_(pin_take)(LgDomain *d, LgPin *p, ThreadId tid, Bool is_running)
{
   UInt id = LG_(node_append)(&d->list);
   LgNode *n = LG_(node)(id);
   n->is_pin = 1;
   n->object = p->number;
   p->node = id;
   p->depth = 1;
   p->tid = p->thread = tid;
   p->name[0] = 0;
   p->stack = 0;
   p->context = 0;
   if (tid != VG_INVALID_THREADID) {
      p->stack = (is_running ? LG_(stack_capture)(tid) : LG_(stack_capture_anywhere)(tid))->stack;
      p->context = LG_(context_of_thread)(tid);
   }
   p->since_us = LG_(clock_micros)();
   p->since = LG_(clock).now;
   p->turns = LG_(thread_turns)(tid);
   count_reader(d, p, tid);
   p->n_pins++;
   p->window_pins++;
   d->n_pins++;
   d->rec_is_news = True;
   if (!d->oldest)
      set_oldest(d, id);
}

/* What stands between the oldest pin, which leaves, and the next one is blocked by nobody any more. Returns the next one. */
static UInt unblock(LgDomain *d, UInt node)
{
   UInt id = LG_(node)(node)->next;
   for (; id && !LG_(node)(id)->is_pin; id = LG_(node)(id)->next) {
      LgNode *n = LG_(node)(id);
      n->is_blocked = 0;
      d->blocked_n--;
      d->blocked_B -= n->B;
   }
   return id;
}

void LG_(pin_leave)(LgDomain *d, LgPin *p)
{
   ULong now = LG_(clock_micros)();
   p->window_us += now - (p->since_us > d->window_start_us ? p->since_us : d->window_start_us);
   count_section(d, p, now);
   if (p->node == d->oldest) {
      LG_(stall_pin_leaves)(d, p);
      set_oldest(d, unblock(d, p->node));
   }
   LG_(node_remove)(&d->list, p->node);
   p->node = 0;
   p->depth = 0;
   if (d->n_pins_known > PINS_KEPT)
      LG_(pin_forget)(d, p);
}

void LG_(pin_blocks)(const LgDomain *d, const LgPin *p, ULong *n, ULong *B)
{
   *n = *B = 0;
   if (p->node == d->oldest) {
      *n = d->blocked_n;
      *B = d->blocked_B;
      return;
   }
   for (UInt id = p->node; id; id = LG_(node)(id)->next) {
      const LgNode *node = LG_(node)(id);
      *n += !node->is_pin;
      *B += node->B;
   }
}

void LG_(pin_end_window)(LgDomain *d, ULong now_us)
{
   ULong width = now_us > d->window_start_us ? now_us - d->window_start_us : 1;
   for (UInt i = 0; i < d->n_pins_known; i++) {
      LgPin *p = d->pins[i];
      if (p->node)
         p->window_us += now_us - (p->since_us > d->window_start_us ? p->since_us : d->window_start_us);
      ULong duty = p->window_us >= width ? 1000 : p->window_us * 1000 / width;
      p->duty = (UInt)duty;
      p->sections = p->window_pins;
      p->window_us = 0;
      p->window_pins = 0;
   }
   d->window_start_us = now_us;
   d->window_gone = d->n_gone;
}
