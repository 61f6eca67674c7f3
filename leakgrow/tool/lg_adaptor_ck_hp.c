/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_adaptor_ck_hp: Concurrency Kit's hazard pointers. A domain is a ck_hp_t, a participant each hazard pointer of a record.
 *
 * Retiring and reclaiming are calls, and the destructor is seen when it begins: all of this is exact. Hazard pointers are set by
 * inlined code, so they are looked at every 10 ms and before each reclaim.
 *
 *    record   state @0, pointers @8
 *
 * Each hazard pointer protects one object, so "who is in the way" is who holds the oldest one that protects something retired. What
 * ck_hp_retire is told to protect (pointer) and to destroy (data) is the same in practice; where it is not, readers are not recognised. */
#include "lg_adaptor.h"

#include "lg_domain.h"
#include "lg_hook.h"
#include "lg_peek.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_mallocfree.h"

enum { DEGREE_MAX = 4096, POINTERS_AT = 8 };

/* A ck_hp_t that was initialised: hash node, key is its address. */
typedef struct Scheme {
   VgHashNode node;
   struct Scheme *after; /* of all */
   UInt domain, degree;
   Addr destroy;
} Scheme;

/* A record: hash node, key is its address. */
typedef struct {
   VgHashNode node;
   Scheme *scheme;
   ThreadId tid; /* that registered it */
   Addr pointers;
   UWord *seen; /* [degree], what each held at the last look */
} Known;

static struct {
   VgHashTable *schemes, *records;
   Scheme *first; /* all of them: walking a hash table is far slower */
   UInt n_schemes;
} st;

static void on_destroy(ThreadId tid, const LgHookCall *call)
{
   for (const Scheme *s = st.first; s; s = s->after)
      if (LG_(domain_is_pending)(s->domain, call->arg[0]))
         LG_(domain_reclaim)(s->domain, tid, call->arg[0]);
}

/* A hazard pointer is in the way only when it protects what was retired: one that protects a live object is no pin. */
static void look_at(Known *k)
{
   for (UInt i = 0; i < k->scheme->degree; i++) {
      Addr slot = k->pointers + i * sizeof(UWord);
      UWord held;
      if (!LG_(peek)(slot, &held, sizeof held))
         return;
      if (held && LG_(domain_is_pending)(k->scheme->domain, held)) {
         LG_(domain_see_pin)(k->scheme->domain, slot, k->tid, held);
         k->seen[i] = held;
      } else if (k->seen[i]) {
         LG_(domain_see_no_pin)(k->scheme->domain, slot);
         k->seen[i] = 0;
      }
   }
}

static void sample(void)
{
   VG_(HT_ResetIter)(st.records);
   for (Known *k = VG_(HT_Next)(st.records); k; k = VG_(HT_Next)(st.records))
      look_at(k);
}

static void on_init(ThreadId tid, const LgHookCall *call)
{
   HChar name[32] = "ck_hp";
   (void)tid;
   UInt degree = (UInt)call->arg[1];
   if (degree == 0 || degree > DEGREE_MAX || VG_(HT_lookup)(st.schemes, call->arg[0]))
      return;
   if (st.n_schemes++ > 0)
      VG_(snprintf)(name, sizeof name, "ck_hp #%u", st.n_schemes);
   else
      LG_(domain_add_sampler)(sample, LG_ADAPTOR_PERIOD_MS);
   Scheme *s = VG_(calloc)("lg.adaptor.ck_hp.init", 1, sizeof *s);
   s->node.key = call->arg[0];
   s->domain = LG_(domain_get)(call->arg[0], LG_SCHEME_HP, name);
   s->degree = degree;
   s->destroy = call->arg[3];
   VG_(HT_add_node)(st.schemes, s);
   s->after = st.first;
   st.first = s;
   LG_(hook_at)(s->destroy, on_destroy);
   LG_(domain_set_coverage)
   (s->domain, "retires and destructors: exact; hazard pointers: sampled every 10 ms and before each reclaim");
}

static void forget(Known *k)
{
   for (UInt i = 0; i < k->scheme->degree; i++)
      LG_(domain_forget)(k->scheme->domain, k->pointers + i * sizeof(UWord));
   VG_(free)(k->seen);
   VG_(free)(k);
}

static void know(Scheme *s, Addr record, Addr pointers, ThreadId tid)
{
   Known *k = VG_(HT_remove)(st.records, record);
   if (k)
      forget(k);
   k = VG_(calloc)("lg.adaptor.ck_hp.know.1", 1, sizeof *k);
   k->node.key = record;
   k->scheme = s;
   k->tid = tid;
   k->pointers = pointers;
   k->seen = VG_(calloc)("lg.adaptor.ck_hp.know.2", s->degree, sizeof *k->seen);
   VG_(HT_add_node)(st.records, k);
}

static void on_register(ThreadId tid, const LgHookCall *call)
{
   Scheme *s = VG_(HT_lookup)(st.schemes, call->arg[0]);
   if (s)
      know(s, call->arg[1], call->arg[2], tid);
}

static void on_recycled(ThreadId tid, UWord record, UWord scheme)
{
   Scheme *s = VG_(HT_lookup)(st.schemes, scheme);
   Addr pointers;
   if (record && s && LG_(peek)(record + POINTERS_AT, &pointers, sizeof pointers))
      know(s, record, pointers, tid);
}

static void on_recycle(ThreadId tid, const LgHookCall *call)
{
   LG_(hook_on_return)(tid, call, on_recycled, call->arg[0]);
}

static void on_unregister(ThreadId tid, const LgHookCall *call)
{
   Known *k = VG_(HT_remove)(st.records, call->arg[0]);
   (void)tid;
   if (k)
      forget(k);
}

static void on_retire(ThreadId tid, const LgHookCall *call)
{
   const Known *k = VG_(HT_lookup)(st.records, call->arg[0]);
   LgRetire r = LG_RETIRE(call->arg[2]);
   r.levels = 1;
   if (k)
      LG_(domain_retire)(k->scheme->domain, tid, &r);
}

static void on_reclaimed(ThreadId tid, UWord result, UWord domain)
{
   (void)tid;
   (void)result;
   LG_(domain_advance)((UInt)domain, 0);
}

static void on_reclaim(ThreadId tid, const LgHookCall *call)
{
   const Known *k = VG_(HT_lookup)(st.records, call->arg[0]);
   if (!k)
      return;
   sample();
   LG_(hook_on_return)(tid, call, on_reclaimed, k->scheme->domain);
}

static const LgHook hooks[] = {
   {"init", "ck_hp_init", on_init},           {"register", "ck_hp_register", on_register},
   {"register", "ck_hp_recycle", on_recycle}, {"unregister", "ck_hp_unregister", on_unregister},
   {"retire", "ck_hp_retire", on_retire},     {"retire", "ck_hp_free", on_retire},
   {"reclaim", "ck_hp_reclaim", on_reclaim},
};

static const LgHookSet set = {.name = "ck_hp", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0]};

void LG_(adaptor_ck_hp_init)(void)
{
   st.schemes = VG_(HT_construct)("lg.adaptor.ck_hp.schemes");
   st.records = VG_(HT_construct)("lg.adaptor.ck_hp.records");
   LG_(hook_add_set)(&set);
}
