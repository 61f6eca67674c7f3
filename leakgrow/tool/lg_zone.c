/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_zone: see lg_zone.h. Each zone has a doubly linked list of its blocks, so that every operation is O(1). */
#include "lg_zone.h"

#include "leakgrow.h"

#include "pub_tool_hashtable.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_mallocfree.h"

typedef struct Member {
   struct Member *next; /* VgHashTable's */
   UWord block;
   struct Zone *zone;
   struct Member *before, *after; /* in the zone's list */
} Member;

typedef struct Zone {
   struct Zone *next; /* VgHashTable's */
   UWord handle;
   Member *first;
} Zone;

ULong LG_(zone_n_blocks);

static struct {
   VgHashTable *members; /* Member, by block */
   VgHashTable *zones;   /* Zone, by handle; those that have a block */
} st;

static void link_member(Member *m, Zone *z)
{
   m->zone = z;
   m->before = NULL;
   m->after = z->first;
   if (z->first)
      z->first->before = m;
   z->first = m;
}

/* Takes a member out of its zone's list; a zone without blocks goes. */
static void unlink_member(Member *m)
{
   Zone *z = m->zone;
   if (m->before)
      m->before->after = m->after;
   else
      z->first = m->after;
   if (m->after)
      m->after->before = m->before;
   if (!z->first)
      VG_(free)(VG_(HT_remove)(st.zones, z->handle));
}

static Zone *zone_of(UWord handle)
{
   Zone *z = VG_(HT_lookup)(st.zones, handle);
   if (!z) {
      z = VG_(calloc)("lg.zone.zone.1", 1, sizeof *z);
      z->handle = handle;
      VG_(HT_add_node)(st.zones, z);
   }
   return z;
}

static void add(UWord handle, UWord block)
{
   if (!st.members) {
      st.members = VG_(HT_construct)("lg.zone.members");
      st.zones = VG_(HT_construct)("lg.zone.zones");
   }
   Member *m = VG_(HT_lookup)(st.members, block);
   if (m && m->zone->handle == handle)
      return;
   if (m) {
      unlink_member(m);
   } else {
      m = VG_(calloc)("lg.zone.member.1", 1, sizeof *m);
      m->block = block;
      VG_(HT_add_node)(st.members, m);
      LG_(zone_n_blocks)++;
   }
   link_member(m, zone_of(handle));
}

void LG_(zone_block_freed)(Addr block)
{
   Member *m = LG_(zone_n_blocks) ? VG_(HT_remove)(st.members, block) : NULL;
   if (!m)
      return;
   unlink_member(m);
   VG_(free)(m);
   LG_(zone_n_blocks)--;
}

void LG_(zone_block_moved)(Addr from, Addr to)
{
   Member *m = LG_(zone_n_blocks) ? VG_(HT_remove)(st.members, from) : NULL;
   if (!m)
      return;
   m->block = to;
   VG_(HT_add_node)(st.members, m);
}

/* A block of the zone, which is in it no longer; 0 when there is none. */
static UWord take(UWord handle)
{
   const Zone *z = LG_(zone_n_blocks) ? VG_(HT_lookup)(st.zones, handle) : NULL;
   if (!z)
      return 0;
   UWord block = z->first->block;
   LG_(zone_block_freed)(block);
   return block;
}

Bool LG_(zone_request)(const UWord *arg, UWord *result)
{
   *result = 0;
   switch (arg[0]) {
   case LEAKGROW_REQ_INTERNAL_ZONE_ADD:
      add(arg[1], arg[2]);
      return True;
   case LEAKGROW_REQ_INTERNAL_ZONE_TAKE:
      *result = take(arg[1]);
      return True;
   default:
      return False;
   }
}
