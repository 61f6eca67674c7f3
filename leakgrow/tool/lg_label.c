/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_label: see lg_label.h. */
#include "lg_label.h"

#include "lg_counter.h"
#include "lg_memory.h"
#include "lg_names.h"
#include "lg_symbol.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { FIRST_SLOTS = 256, FIRST_LABELS = 128, SHARE = 16 /* of --max-tool-memory, at most 1 in so many */ };

static struct {
   LgNames names;
   LgLabel *labels; /* by id - 1 */
   UInt n, size;
   UInt *slots; /* open addressing; ids */
   UInt n_slots;
   UInt other[LG_N_LABEL_KINDS]; /* L2; 0: not needed yet */
} st;

static void init(void)
{
   LG_(names_init)(&st.names);
   st.n_slots = FIRST_SLOTS;
   st.slots = VG_(calloc)("lg.label.init.1", FIRST_SLOTS, sizeof *st.slots);
}

static UInt find_slot(const UInt *slots, UInt n_slots, const LgLabel *key)
{
   UInt h = (key->name * 2654435761u) ^ (key->file * 2246822519u) ^ (key->line * 3266489917u) ^ key->kind;
   UInt i = (h ^ (h >> 15)) & (n_slots - 1);
   for (; slots[i]; i = (i + 1) & (n_slots - 1)) {
      const LgLabel *l = &st.labels[slots[i] - 1];
      if (l->name == key->name && l->file == key->file && l->line == key->line && l->kind == key->kind)
         break;
   }
   return i;
}

static void grow_slots(void)
{
   UInt n_slots = st.n_slots * 2;
   UInt *slots = VG_(calloc)("lg.label.slots.1", n_slots, sizeof *slots);
   for (UInt id = 1; id <= st.n; id++)
      slots[find_slot(slots, n_slots, &st.labels[id - 1])] = id;
   VG_(free)(st.slots);
   st.slots = slots;
   st.n_slots = n_slots;
}

/* Id of what `slot` was found for. */
static UInt add(const LgLabel *label, UInt slot)
{
   if (st.n == st.size) {
      st.size = st.size ? st.size * 2 : FIRST_LABELS;
      st.labels = VG_(realloc)("lg.label.labels.1", st.labels, st.size * sizeof *st.labels);
   }
   st.labels[st.n++] = *label;
   UInt id = st.slots[slot] = st.n;
   if (st.n * 2 > st.n_slots)
      grow_slots();
   return id;
}

static UInt other(LgLabelKind kind)
{
   LG_(counter_add)(LG_LABEL_REFUSED, VG_INVALID_THREADID);
   if (st.other[kind])
      return st.other[kind];
   LgLabel label = {LG_(names_intern)(&st.names, "(other)"), 0, 0, kind};
   UInt slot = find_slot(st.slots, st.n_slots, &label);
   st.other[kind] = st.slots[slot] ? st.slots[slot] : add(&label, slot);
   return st.other[kind];
}

static ULong table_B(void)
{
   return LG_(names_bytes)(&st.names) + st.size * sizeof *st.labels + st.n_slots * sizeof *st.slots;
}

/* Names are kept only for labels that are: a program that makes up names without end must not fill our memory. */
static Bool is_full(void)
{
   return st.n >= LG_LABELS_MAX - LG_N_LABEL_KINDS || table_B() >= LG_(memory_share_B)(SHARE);
}

static const HChar *cut(HChar buffer[LG_LABEL_NAME_MAX_B], const HChar *text)
{
   VG_(strncpy)(buffer, text, LG_LABEL_NAME_MAX_B - 1);
   buffer[LG_LABEL_NAME_MAX_B - 1] = 0;
   return buffer;
}

UInt LG_(label_intern)(LgLabelKind kind, const HChar *name, const HChar *file, UInt line)
{
   HChar buffer[LG_LABEL_NAME_MAX_B];
   if (!st.slots)
      init();
   name = *name ? cut(buffer, name) : "(unnamed)";
   LgLabel label = {0, 0, line, kind};
   label.name = is_full() ? LG_(names_find)(&st.names, name) : LG_(names_intern)(&st.names, name);
   if (label.name == 0)
      return other(kind);
   if (*file)
      label.file = LG_(symbol_file_id)(cut(buffer, file), /*add*/ !is_full());
   UInt slot = find_slot(st.slots, st.n_slots, &label);
   if (st.slots[slot])
      return st.slots[slot];
   return is_full() ? other(kind) : add(&label, slot);
}

const LgLabel *LG_(label_get)(UInt label)
{
   tl_assert(label >= 1 && label <= st.n);
   return &st.labels[label - 1];
}

const HChar *LG_(label_text)(UInt label)
{
   return LG_(label_name)(LG_(label_get)(label)->name);
}

const HChar *LG_(label_name)(UInt name)
{
   return LG_(names_text)(&st.names, name);
}

void LG_(label_stats)(ULong *n_labels, ULong *n_refused)
{
   *n_labels = st.n;
   *n_refused = LG_(counter_get)(LG_LABEL_REFUSED);
}
