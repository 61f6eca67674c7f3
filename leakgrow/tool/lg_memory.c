/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_memory: see lg_memory.h. */
#include "lg_memory.h"

#include "lg_options.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"

enum { CORE_ARENA = 0 /* VG_AR_CORE, where VG_(malloc) takes from */, ADDED_B = 4 * sizeof(SizeT) };

#define ORIGINAL(fn) VGAPPEND(__real_vgPlain_, fn)
#define WRAPPED(fn)  VGAPPEND(__wrap_vgPlain_, fn)

extern SizeT VG_(arena_malloc_usable_size)(Int arena, void *p);

void *ORIGINAL(malloc)(const HChar *cc, SizeT szB);
void *ORIGINAL(calloc)(const HChar *cc, SizeT n, SizeT each_szB);
void *ORIGINAL(realloc)(const HChar *cc, void *p, SizeT szB);
void ORIGINAL(realloc_shrink)(void *p, SizeT szB);
void ORIGINAL(free)(void *p);
HChar *ORIGINAL(strdup)(const HChar *cc, const HChar *s);

void *WRAPPED(malloc)(const HChar *cc, SizeT szB);
void *WRAPPED(calloc)(const HChar *cc, SizeT n, SizeT each_szB);
void *WRAPPED(realloc)(const HChar *cc, void *p, SizeT szB);
void WRAPPED(realloc_shrink)(void *p, SizeT szB);
void WRAPPED(free)(void *p);
HChar *WRAPPED(strdup)(const HChar *cc, const HChar *s);

static struct {
   ULong B;
} st;

static inline SizeT size_of(void *p)
{
   return p ? VG_(arena_malloc_usable_size)(CORE_ARENA, p) + ADDED_B : 0;
}

static inline void *taken(void *p)
{
   st.B += size_of(p);
   return p;
}

void *WRAPPED(malloc)(const HChar *cc, SizeT szB)
{
   return taken(ORIGINAL(malloc)(cc, szB));
}

void *WRAPPED(calloc)(const HChar *cc, SizeT n, SizeT each_szB)
{
   return taken(ORIGINAL(calloc)(cc, n, each_szB));
}

void *WRAPPED(realloc)(const HChar *cc, void *p, SizeT szB)
{
   st.B -= size_of(p);
   return taken(ORIGINAL(realloc)(cc, p, szB));
}

void WRAPPED(realloc_shrink)(void *p, SizeT szB)
{
   st.B -= size_of(p);
   ORIGINAL(realloc_shrink)(p, szB);
   taken(p);
}

void WRAPPED(free)(void *p)
{
   st.B -= size_of(p);
   ORIGINAL(free)(p);
}

HChar *WRAPPED(strdup)(const HChar *cc, const HChar *s)
{
   return taken(ORIGINAL(strdup)(cc, s));
}

ULong LG_(memory_B)(void)
{
   return st.B;
}

ULong LG_(memory_share_B)(UInt parts)
{
   return LG_(opt).max_memory_B ? LG_(opt).max_memory_B / parts : ~0ULL;
}
