/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate_render: the result of lg_check for a terminal, for CI systems, for people who read CI's pages. */
#ifndef VIEW_GATE_RENDER_H
#define VIEW_GATE_RENDER_H

#include "gate.h"

typedef struct {
   const gate_file *files;
   size_t n_files;
   const gate_list *rest; /* what is not about one file */
   lg_gate_result result;
} gate_results;

void gate_text(const gate_results *g, out *o);
void gate_junit(const gate_results *g, out *o);
void gate_markdown(const gate_results *g, out *o);

#endif
