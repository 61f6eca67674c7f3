/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_label: what work is called, and where in the source it is.
 *
 * Answers: which number has this callsite? A label is (kind, name, file, line). Contexts are paths of names, so that they survive a
 * rebuild; file and line are for the census.
 *
 * L1  a label's id and parts never change.
 * L2  there are at most LG_LABELS_MAX labels, and as many as a sixteenth of --max-tool-memory has room for: further ones are all "(other)" of their kind, and counted. */
#ifndef LG_LABEL_H
#define LG_LABEL_H

#include "lg_compat.h"

enum { LG_LABELS_MAX = 1 << 17, LG_LABEL_NAME_MAX_B = 256 };

typedef enum {
   LG_LABEL_SPAN,
   LG_LABEL_TASK,
   LG_LABEL_THREAD,
   LG_LABEL_FN, /* a call of --context-fn */
   LG_N_LABEL_KINDS
} LgLabelKind;

typedef struct {
   UInt name; /* id; see label_name() */
   UInt file; /* id of LG_(symbol_files)(); 0: unknown */
   UInt line; /* 0: unknown */
   LgLabelKind kind;
} LgLabel;

/* Id (>= 1) of a label. name and file ("" unknown) are copied, cut to LG_LABEL_NAME_MAX_B - 1 bytes; an empty name becomes "(unnamed)". */
UInt LG_(label_intern)(LgLabelKind kind, const HChar *name, const HChar *file, UInt line);

/* Borrowed until the next label_intern(). */
const LgLabel *LG_(label_get)(UInt label);

/* Name of a label. Borrowed for ever. */
const HChar *LG_(label_text)(UInt label);

/* Text of a name's id. Borrowed for ever. */
const HChar *LG_(label_name)(UInt name);

/* For --stats=yes. */
void LG_(label_stats)(ULong *n_labels, ULong *n_refused);

#endif
