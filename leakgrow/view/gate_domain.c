/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate_domain.h"

#include "symbol.h"

int gate_domain_matches(const report *r, uint32_t domain, const char *pattern)
{
   lg_domain_info info;
   r->src.domain(r->src.self, domain, &info);
   return symbol_matches(pattern, info.name);
}

/* What is measured, known to lie in lo..hi. */
typedef struct {
   uint64_t lo, hi;
   int is_unknown; /* nothing was freed, but something waits: there is no lag yet, and it may be large */
} value;

static value measure(const report *r, const budget_rule *rule, uint32_t domain)
{
   const lg_domain_result *d = &r->analysis.domains[domain];
   value v = {0, 0, 0};
   lg_hist h;
   if (rule->measure == MEASURE_LAG) {
      r->src.domain_lag(r->src.self, domain, LG_LAG_TIME, &h);
      v.hi = lg_hist_quantile(&h, rule->percent, 100);
      v.lo = v.hi == h.max ? v.hi : lg_hist_lowest(lg_hist_bucket(v.hi));
      v.is_unknown = h.total == 0 && d->peak_objects > 0;
   } else if (rule->measure == MEASURE_PEAK) {
      v.lo = v.hi = rule->is_objects ? d->peak_objects : d->peak_B;
   } else if (r->analysis.n_judged > 0) {
      v.lo = v.hi = rule->is_objects ? d->judged_objects : d->judged_B;
   } else {
      v.lo = v.hi = rule->is_objects ? d->objects : d->B;
   }
   return v;
}

static void say(lg_text *t, const report *r, const budget_rule *rule, uint32_t domain, lg_gate_result result,
                const value *v)
{
   uint64_t limit = (uint64_t)rule->limit_mB / 1000;
   lg_domain_info info;
   r->src.domain(r->src.self, domain, &info);
   lg_word_function(t, info.name, 80);
   lg_word_text(t, ": ");
   if (v->is_unknown)
      lg_word_text(t, "nothing was freed, so that there is no lag to be measured");
   else if (rule->measure == MEASURE_LAG)
      lg_word_time_result(t, result, v->lo, v->hi, limit);
   else if (rule->is_objects)
      lg_word_count_result(t, result, v->lo, v->hi, limit);
   else
      lg_word_amount_result(t, result, v->lo, v->hi, limit);
}

uint32_t gate_domain_rule(const report *r, const budget_rule *rule, lg_text *t, lg_gate_result *result)
{
   uint32_t n = 0, worst = 0;
   value worst_value = {0, 0, 0};
   *result = LG_GATE_PASS;
   for (uint32_t i = 0; i < r->src.n_domains; i++) {
      uint32_t d = r->domain_order[i];
      if (!gate_domain_matches(r, d, rule->subject.name))
         continue;
      value v = measure(r, rule, d);
      lg_gate_result here =
         v.is_unknown ? LG_GATE_INCONCLUSIVE : lg_gate_amount(v.lo, v.hi, (uint64_t)rule->limit_mB / 1000);
      if (n++ == 0 || here > *result || (here == *result && v.hi > worst_value.hi)) {
         *result = here;
         worst = d;
         worst_value = v;
      }
   }
   if (n > 0)
      say(t, r, rule, worst, *result, &worst_value);
   return n;
}
