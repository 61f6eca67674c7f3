/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_symbol: what an instruction address is called.
 *
 * Answers: which source frames stand behind this address? Addresses are lg_ip's numbers. One has several frames when calls were inlined.
 * Each is looked up once; functions, files, objects and frames are numbered from 1 in the order of first appearance, as the
 * profile's ids are.
 *
 * Y1  a frame's parts never change, and neither do the frames of a number that was looked up, also when its code is unmapped, until
 *     symbol_reclaim() gives the number to another address. */
#ifndef LG_SYMBOL_H
#define LG_SYMBOL_H

#include "lg_ip.h"
#include "lg_names.h"

typedef struct {
   UInt fn, object, file; /* ids */
   UInt line;             /* 0: unknown */
   Bool inlined;
   Bool in_library; /* inlined, and its source is the C++ or Rust standard library's */
} LgFrame;

void LG_(symbol_init)(void);

/* Frame ids of the address with this number, innermost first; at least one. Borrowed until symbol_reclaim(). */
UInt LG_(symbol_frames)(UInt ip, const UInt **frames);

/* The number that stands for all those with the same frames, also for those whose code was unmapped in the meantime: `ip` itself when
 * its function is unknown. */
UInt LG_(symbol_twin)(UInt ip);

/* An address that has the frames of this number and is mapped; 0 when there is none any more. */
Addr LG_(symbol_address)(UInt ip);

/* Gives back what retired numbers take that nobody uses: neither is_used[number] (an element per number up to ip_count(), here
 * completed) nor as a twin of one that is used. */
void LG_(symbol_reclaim)(UChar *is_used);

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
