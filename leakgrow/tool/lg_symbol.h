/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_symbol: what an instruction address is called.
 *
 * Answers: which source frames stand behind this address? One address has several when calls were inlined. Each address is
 * looked up once; functions, files, objects and frames are numbered from 1 in the order of first appearance, as the
 * profile's ids are.
 *
 * Y1  a frame's parts never change; the frames of an address are kept until symbol_forget() of a range that holds it. */
#ifndef LG_SYMBOL_H
#define LG_SYMBOL_H

#include "lg_names.h"

typedef struct {
   UInt fn, object, file; /* ids */
   UInt line;             /* 0: unknown */
   Bool inlined;
   Bool in_library; /* inlined, and its source is the C++ or Rust standard library's */
} LgFrame;

void LG_(symbol_init)(void);

/* Frame ids of an address, innermost first; at least one. Borrowed until symbol_forget(). */
UInt LG_(symbol_frames)(Addr ip, const UInt **frames);

/* The address that stands for all those with the same frames: `ip` itself when its function is unknown. */
Addr LG_(symbol_twin)(Addr ip);

/* Forgets addresses in [a, a + len): the code there is about to be unmapped. Returns True if there were any. */
Bool LG_(symbol_forget)(Addr a, SizeT len);

const LgFrame *LG_(symbol_frame)(UInt frame);
/* A frame that stands for no address, of this function name. */
UInt LG_(symbol_made_up)(const HChar *fn);
/* LG_FN_* bits of a frame's function, and of where an inlined one comes from. */
UInt LG_(symbol_class)(UInt frame);

UInt LG_(symbol_n_frames)(void);
/* Memory of names, frames and addresses, about. */
ULong LG_(symbol_bytes)(void);
const LgNames *LG_(symbol_fns)(void);
const LgNames *LG_(symbol_objects)(void);
const LgNames *LG_(symbol_files)(void);
/* Id of a source file that perhaps no frame names; with `add` it becomes one, else 0 when it is none. */
UInt LG_(symbol_file_id)(const HChar *name, Bool add);

#endif
