/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_say: see lg_domain_say.h. */
#include "lg_domain_say.h"

#include "lg_clock.h"
#include "lg_context.h"
#include "lg_domain_state.h"
#include "lg_owned.h"
#include "lg_pin.h"
#include "lg_stack.h"
#include "lg_symbol.h"
#include "lg_word.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"

typedef UInt (*Say)(const HChar *format, ...);

enum { TEXT_B = 128, SHOWN_PINS = 5, SHOWN_FRAMES = 3 };

static const HChar *amount(HChar text[TEXT_B], ULong n, ULong B)
{
   lg_text t;
   lg_text_init(&t, text, TEXT_B);
   lg_word_count(&t, n);
   lg_word_text(&t, n == 1 ? " object, " : " objects, ");
   lg_word_bytes(&t, B);
   return text;
}

/* Microseconds as milliseconds with three digits. */
static const HChar *millis(HChar text[TEXT_B], ULong us)
{
   VG_(sprintf)(text, "%llu.%03llu ms", us / 1000, us % 1000);
   return text;
}

static void say_stack(Say say, UInt stack)
{
   UInt frames[LG_FRAMES_MAX], n = LG_(stack_frames)(stack, frames);
   for (UInt i = 0; i < n && i < SHOWN_FRAMES; i++)
      say("%s%s", i ? " < " : " at ", LG_(names_text)(LG_(symbol_fns)(), LG_(symbol_frame)(frames[i])->fn));
}

static void say_pin(Say say, const LgDomain *d, const LgPin *p)
{
   HChar text[TEXT_B], age[TEXT_B], name[LG_COMM_B];
   ULong n, B;
   LG_(pin_blocks)(d, p, &n, &B);
   VG_(strcpy)(name, p->name);
   if (p->tid != VG_INVALID_THREADID)
      LG_(thread_comm)(p->tid, name);
   say("  pinned for %s: thread %u%s%s%s, blocks %s", millis(age, LG_(clock_micros)() - p->since_us), p->thread,
       name[0] ? " " : "", name, p->tid == VG_INVALID_THREADID && p->thread ? " (has ended)" : "", amount(text, n, B));
   if (p->context)
      say(", in %s", LG_(context_label)(p->context));
   say_stack(say, p->stack);
   say("\n");
}

static void say_pins(Say say, const LgDomain *d)
{
   UInt n = 0, n_shown = 0;
   for (UInt i = 0; i < d->n_pins_known; i++)
      n += d->pins[i]->node != 0;
   for (UInt id = d->oldest; id && n_shown < SHOWN_PINS; id = LG_(node)(id)->next)
      if (LG_(node)(id)->is_pin) {
         say_pin(say, d, LG_(pin_at)(d, id));
         n_shown++;
      }
   if (n > n_shown)
      say("  and %u more\n", n - n_shown);
   for (UInt i = 0; i < d->n_pins_known; i++)
      if (d->pins[i]->duty >= 500)
         say("  thread %u was pinned %u.%u %% of the time\n", d->pins[i]->thread, d->pins[i]->duty / 10,
             d->pins[i]->duty % 10);
}

static void say_lag(Say say, const LgDomain *d)
{
   static const HChar *const names[LG_N_LAGS] = {"retire to free", NULL, NULL, "stash", "grace", "drain", "free"};
   HChar p50[TEXT_B], p99[TEXT_B], max[TEXT_B];
   for (lg_lag k = 0; k < LG_N_LAGS; k++) {
      const lg_hist *h = &d->lag[k];
      if (names[k] && h->n)
         say("  %s: median %s, 99 %% %s, longest %s\n", names[k], millis(p50, lg_hist_quantile(h, 1, 2)),
             millis(p99, lg_hist_quantile(h, 99, 100)), millis(max, h->max));
   }
}

static void say_stalls(Say say, const LgDomain *d)
{
   static const HChar *const why[LG_N_STALLS] = {"a reader does not leave", "nobody advances or polls",
                                                 "a stash is not flushed", "destructors keep the blocks"};
   HChar text[TEXT_B];
   for (UInt i = 0; i < d->n_stalls; i++) {
      const LgStall *s = &d->stalls[i];
      if (!s->is_open)
         continue;
      say("  STALLED since %llu %s, %s: %s", s->since, LG_(unit_name)(LG_(opt).time_unit), why[s->kind],
          amount(text, s->n, s->B));
      if (s->thread)
         say("; thread %u %s", s->thread, s->name);
      say("\n");
   }
}

void LG_(domain_say)(Say say)
{
   static const HChar *const phases[LG_N_PHASES] = {"in stashes", "queued", "destructor called"};
   HChar text[TEXT_B];
   if (LG_(domain_count)() == 0)
      say("no reclamation domain was seen\n");
   for (UInt id = 1; id <= LG_(domain_count)(); id++) {
      const LgDomain *d = LG_(domain_by_id)(id);
      say("%s (%s): %s wait; %llu retired, %llu gone, %llu advances\n", d->name,
          lg_reclaim_name((lg_reclaim_scheme)d->scheme), amount(text, d->total->live_blk, d->total->live_B),
          d->n_retired, d->n_gone, d->n_advances);
      for (UInt k = 0; k < LG_N_PHASES; k++)
         if (d->phase_n[k])
            say("  %s: %s\n", phases[k], amount(text, d->phase_n[k], d->phase_B[k]));
      say_lag(say, d);
      say_pins(say, d);
      say_stalls(say, d);
      if (d->coverage[0])
         say("  %s\n", d->coverage);
   }
}

void LG_(domain_stats)(void)
{
   ULong n_nodes, node_B, n_blocks, block_B, n_cut;
   if (LG_(domain_count)() == 0)
      return;
   LG_(retired_stats)(&n_nodes, &node_B);
   LG_(owned_stats)(&n_blocks, &block_B, &n_cut);
   VG_(dmsg)
   ("leakgrow: reclamation: %u domains, %llu objects and pins, %llu bytes; %llu blocks of theirs, %llu bytes\n",
    LG_(domain_count)(), n_nodes, node_B, n_blocks, block_B);
   VG_(dmsg)("leakgrow: reclamation: %llu objects own more than is followed\n", n_cut);
}
