/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_domain_request: see lg_domain_request.h. */
#include "lg_domain_request.h"

#include "lg_counter.h"
#include "lg_domain_state.h"
#include "lg_peek.h"

#include "leakgrow.h"

enum { NAME_MAX_B = 256 };

static struct {
   UWord n_domains; /* made by requests */
} st;

/* Domains of requests have keys that no address has. */
static UWord key_of(UWord nth)
{
   return ~nth;
}

/* Those of adaptors are not the program's to name. */
static Bool is_announced(UWord domain)
{
   return domain <= LG_(domain_count)() && ~LG_(domain_by_id)((UInt)domain)->key < st.n_domains;
}

static UWord new_domain(ThreadId tid, UWord name, UWord scheme)
{
   HChar text[NAME_MAX_B];
   if (scheme >= LG_N_SCHEMES || !LG_(peek_string)(name, text, sizeof text)) {
      LG_(counter_add)(LG_BAD_REQUEST, tid);
      return 0;
   }
   UInt id = LG_(domain_get)(key_of(st.n_domains), (LgScheme)scheme, text[0] ? text : "(unnamed)");
   if (id == 0)
      return 0;
   st.n_domains++;
   LG_(domain_set_coverage)(id, "announced by the program: exact");
   return id;
}

/* A thread that gave no name to itself. */
static UWord participant_of(UWord participant, ThreadId tid)
{
   return participant ? participant : ~(UWord)0 - tid;
}

static Bool retire(ThreadId tid, UInt domain, const UWord *arg)
{
   LgRetire r = {.object = arg[2], .szB = arg[3], .levels = (UInt)arg[4], .stash = arg[5]};
   if (arg[4] > LG_LEVELS_MAX)
      r.levels = LG_LEVELS_MAX + 1; /* refused, whatever the upper half is */
   return LG_(domain_retire)(domain, tid, &r);
}

static UWord event(ThreadId tid, UInt domain, const UWord *arg)
{
   UWord participant = participant_of(arg[2], tid);
   switch (arg[0]) {
   case LEAKGROW_REQ_PIN:
      LG_(domain_pin)(domain, participant, tid);
      return 1;
   case LEAKGROW_REQ_UNPIN:
      return LG_(domain_unpin)(domain, participant, tid);
   case LEAKGROW_REQ_QUIESCENT:
      LG_(domain_quiescent)(domain, participant, tid);
      return 1;
   case LEAKGROW_REQ_RETIRE:
      return retire(tid, domain, arg);
   case LEAKGROW_REQ_QUEUED:
      return LG_(domain_queued)(domain, arg[2], arg[3]);
   case LEAKGROW_REQ_ADVANCE:
      LG_(domain_advance)(domain, arg[2]);
      return 1;
   case LEAKGROW_REQ_RECLAIM:
      return LG_(domain_reclaim)(domain, tid, arg[2]);
   default:
      return LG_(domain_free)(domain, tid, arg[2]);
   }
}

Bool LG_(domain_request)(ThreadId tid, const UWord *arg, UWord *result)
{
   if (arg[0] < LEAKGROW_REQ_DOMAIN_NEW || arg[0] > LEAKGROW_REQ_FREE)
      return False;
   *result = 0;
   if (arg[0] == LEAKGROW_REQ_DOMAIN_NEW) {
      *result = new_domain(tid, arg[1], arg[2]);
   } else if (arg[1] != 0) { /* 0: a domain that was refused */
      if (is_announced(arg[1]))
         *result = event(tid, (UInt)arg[1], arg);
      else
         LG_(counter_add)(LG_UNKNOWN_DOMAIN, tid);
   }
   return True;
}
