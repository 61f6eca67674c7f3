/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_owned: the live blocks that come back with a retired object, itself included.
 *
 * Answers: what will be freed when this object is, and which object owns this block? How much of what each heap account holds only waits? Ownership is read from memory at the retire:
 * a word of the object that holds the address of a live block owns it, and so on for a stated number of levels.
 *
 * E1  a block is entered from the retire to its end or to the end of its object, whichever comes first; once per domain, but for objects
 *     inside of one block, which are all entered with it, as roots.
 * E2  a block that waits counts once, whatever domains it waits in, in the account of kind WAITING beside its heap account.
 * E3  what cannot be told from memory is a limit, not an error: a block that is shared counts for the first object that points to it. A
 *     pointer to a block of the retired one's size and allocation stack is a link to a neighbour in a list or tree, unless asked for. */
#ifndef LG_OWNED_H
#define LG_OWNED_H

#include "lg_heap.h"
#include "lg_retired.h"

/* As in LgRetire. */
typedef struct {
   UInt levels;
   Bool interior, neighbours;
} LgFollow;

/* How a block is entered in a domain. */
typedef enum { LG_NOT_OWNED, LG_OWNED, LG_OWNED_ROOT } LgOwned;
LgOwned LG_(owned_state)(UInt domain, Addr start);

/* Enters the block for the node, as a root, and watches it. The caller adds its bytes to the node if they are counted there. */
void LG_(owned_add_root)(UInt node, const LgHeapBlock *b, Bool is_counted);

/* Enters a block that is there for the sake of the node: it counts as waiting, but not in the node's bytes. */
void LG_(owned_add_carrier)(UInt node, const LgHeapBlock *b);

/* Enters what the words of a closure point to as roots, and what is owned from there on. Returns the bytes of all that was entered. */
ULong LG_(owned_follow_roots)(UInt node, const UWord *words, UInt n, const LgFollow *f);
/* The same for what a retired block owns; itself not included. */
ULong LG_(owned_follow_block)(UInt node, const LgHeapBlock *b, const LgFollow *f);

/* What an entry was. */
typedef struct {
   UInt node;
   SizeT counted_B; /* of the node's bytes */
   Bool is_root;
} LgOwnedEntry;

/* Takes out the entry of a block that is owned, but no root, in this domain. False when there is none. */
Bool LG_(owned_take)(UInt domain, Addr start, LgOwnedEntry *out);
/* Takes out one entry of the block, whatever it is and in whichever domain. False when there is none left. */
Bool LG_(owned_take_any)(Addr start, LgOwnedEntry *out);
/* Forgets all entries of a node. */
void LG_(owned_forget)(UInt node);

/* Whether a block can be entered without that the table takes more than its part of --max-tool-memory. */
Bool LG_(owned_has_room)(void);

/* For --stats=yes. n_cut: objects that own more than is followed. */
void LG_(owned_stats)(ULong *n_blocks, ULong *bytes, ULong *n_cut);

#endif
