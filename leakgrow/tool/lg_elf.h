/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_elf: symbols of an object file that Valgrind's own tables leave out.
 *
 * Answers: which value has the variable or thread-local variable of this name? Valgrind keeps functions and ordinary variables by
 * address only; the offset of a thread-local variable it does not keep at all. The file is read when it is asked for, and is taken to be
 * hostile: whatever is out of its bounds is not there. */
#ifndef LG_ELF_H
#define LG_ELF_H

#include "lg_compat.h"

typedef struct {
   const HChar *name; /* the caller's */
   UWord value; /* a variable: its address before relocation; a thread-local one: its offset in the object's block */
   Bool is_found, is_thread_local;
} LgElfSymbol;

/* Looks all of them up, in the dynamic symbols and in the others; defined ones only. Returns how many are there. 0 too when the file cannot
 * be read or is of another platform. */
UInt LG_(elf_symbols)(const HChar *file, LgElfSymbol *symbols, UInt n);

/* Whether a section's contents hold this text. False too when the file cannot be read or is of another platform. */
Bool LG_(elf_section_has)(const HChar *file, const HChar *section, const HChar *text);

#endif
