/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_limit: see lg_limit.h. */
#include "lg_limit.h"

#include "lg_options.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_vki.h"

enum { N_SHARES = 3, PATH_MAX_B = 4096 };

static const UInt shares[N_SHARES] = {90, 95, 99};

static struct {
   ULong limit_B; /* 0: none */
   Bool is_cgroup;
   UInt next; /* index of the next share; N_SHARES: none */
   HChar words[64];
} st;

/* ---- the control group's limit ---- */

/* Reads a small file. Returns its length, or -1. */
static Int read_file(const HChar *path, HChar *text, Int size)
{
   SysRes r = VG_(open)(path, VKI_O_RDONLY, 0);
   if (sr_isError(r))
      return -1;
   Int n = VG_(read)((Int)sr_Res(r), text, size - 1);
   VG_(close)((Int)sr_Res(r));
   if (n >= 0)
      text[n] = 0;
   return n;
}

/* The number in a limit file, or 0 when there is none ("max", or the huge number that version 1 means by it). */
static ULong read_limit(const HChar *path)
{
   static const ULong absurd_B = 1ULL << 60;
   HChar text[64];
   if (read_file(path, text, sizeof text) <= 0 || text[0] < '0' || text[0] > '9')
      return 0;
   ULong v = VG_(strtoull10)(text, NULL);
   return v < absurd_B ? v : 0;
}

/* The smallest limit of a group and the groups above it: `group` is its path, cut shorter and shorter. */
static ULong smallest_limit(const HChar *mount, HChar *group, const HChar *file)
{
   HChar path[2 * PATH_MAX_B];
   ULong least = 0;
   for (;;) {
      VG_(sprintf)(path, "%s%s/%s", mount, group, file);
      ULong v = read_limit(path);
      if (v && (!least || v < least))
         least = v;
      /* At the root a container often has its own group, and not under the path that the group has outside. */
      if (!*group)
         return least;
      HChar *slash = VG_(strrchr)(group, '/'); /* does not look at the first character */
      *(slash ? slash : group) = 0;
   }
}

/* The group's path in a line of /proc/self/cgroup ("0::/path", "7:memory:/path"), or NULL when the line is about something else. */
static HChar *group_of_line(HChar *line, Bool *is_v2)
{
   HChar *colon = VG_(strchr)(line, ':');
   HChar *second = colon ? VG_(strchr)(colon + 1, ':') : NULL;
   if (!second)
      return NULL;
   *second = 0;
   *is_v2 = VG_STREQ(line, "0:");
   return *is_v2 || VG_STREQ(colon + 1, "memory") ? second + 1 : NULL;
}

static ULong cgroup_limit(void)
{
   static HChar text[PATH_MAX_B];
   ULong least = 0;
   if (read_file("/proc/self/cgroup", text, sizeof text) <= 0)
      return 0;
   HChar *save_ptr;
   for (HChar *line = VG_(strtok_r)(text, "\n", &save_ptr); line; line = VG_(strtok_r)(NULL, "\n", &save_ptr)) {
      Bool is_v2;
      HChar *group = group_of_line(line, &is_v2);
      if (!group)
         continue;
      if (VG_STREQ(group, "/"))
         *group = 0;
      ULong v = is_v2 ? smallest_limit("/sys/fs/cgroup", group, "memory.max")
                      : smallest_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
      if (v && (!least || v < least))
         least = v;
   }
   return least;
}

/* ---- levels ---- */

void LG_(limit_init)(void)
{
   st.limit_B = LG_(opt).heap_limit_B;
   if (!st.limit_B) {
      st.limit_B = cgroup_limit();
      st.is_cgroup = st.limit_B != 0;
   }
   LG_DBG(SNAPSHOT, "limit %llu of the %s\n", st.limit_B, st.is_cgroup ? "control group" : "heap");
}

static ULong share_B(UInt i)
{
   return st.limit_B / 100 * shares[i];
}

ULong LG_(limit_level)(ULong live_B, ULong rss_B)
{
   if (!st.limit_B)
      return ~0ULL;
   ULong used_B = st.is_cgroup ? rss_B : live_B;
   if (used_B < st.limit_B / 100 * (shares[0] - 10))
      st.next = 0;
   if (st.next == N_SHARES)
      return ~0ULL;
   ULong room_B = share_B(st.next) > used_B ? share_B(st.next) - used_B : 1;
   return live_B + room_B;
}

const HChar *LG_(limit_reached)(void)
{
   tl_assert(st.next < N_SHARES);
   VG_(sprintf)
   (st.words, "%u%% of %s", shares[st.next++], st.is_cgroup ? "the control group's memory" : "--heap-limit");
   return st.words;
}

ULong LG_(limit_get)(Bool *is_cgroup)
{
   *is_cgroup = st.is_cgroup;
   return st.limit_B;
}
