#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the objects of core and tool need from outside: nothing of libc, and the core has no writable state.
set -u
cd "${LG_BUILDDIR:?}" || exit 1
: "${NM:=nm}"
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

report() { # report NAME FILE-WITH-COMPLAINTS
   n=$((n + 1))
   if [ -s "$2" ]; then
      echo "not ok $n - $1"
      sed 's/^/# /' "$2"
   else
      echo "ok $n - $1"
   fi
}

# undefined OBJECT...: symbols that the objects need and none of them defines
undefined() {
   "$NM" --defined-only "$@" 2>/dev/null | awk 'NF == 3 {print $3}' | LC_ALL=C sort -u >"$tmp/defined"
   "$NM" --undefined-only "$@" 2>/dev/null | awk '$1 == "U" {print $2}' | LC_ALL=C sort -u |
      LC_ALL=C comm -23 - "$tmp/defined"
}

# The compiler itself calls these, whatever the flags; Valgrind's core and libc both have them.
compiler='^(memcpy|memmove|memset|memcmp)$|^__(u?div|u?mod|udivmod|divmod|ashl|ashr|lshr|mul)[dt]i[34]$|^_GLOBAL_OFFSET_TABLE_$|^__x86\.get_pc_thunk'

set -- leakgrow/core/libleakgrow_core_a-*.o
if [ -f "$1" ]; then
   undefined "$@" | grep -vE "$compiler|^__(asan|ubsan)_" >"$tmp/bad"
   report "core needs nothing from outside" "$tmp/bad"
   # tables of pointers are in .data.rel.ro: written by the loader only
   "$NM" -f sysv --defined-only "$@" |
      awk -F '[ ]*[|][ ]*' 'NF >= 7 && $7 ~ /^\.(data|bss|tbss|tdata)|COM/ && $7 !~ /^\.data\.rel\.ro/ && $1 !~ /asan|ubsan/ \
         {print $1 " is writable (" $7 ")"}' >"$tmp/bad"
   report "core has no writable globals" "$tmp/bad"
else
   echo "objects of the core are missing: run make first" >"$tmp/bad"
   report "core needs nothing from outside" "$tmp/bad"
fi

for tool in vg-lib/leakgrow-*; do
   [ -f "$tool" ] || continue
   platform=${tool#vg-lib/leakgrow-}
   tag=$(printf %s "$platform" | tr - _)
   set -- leakgrow/core/vg_lib_leakgrow_"$tag"-*.o leakgrow/tool/vg_lib_leakgrow_"$tag"-*.o
   "$NM" --defined-only "$LG_VG_LIBDIR/libvex-$platform.a" 2>/dev/null | awk 'NF == 3 {print $3}' | LC_ALL=C sort -u >"$tmp/vex"
   # vgPlain_ is Valgrind's own name space, the rest of VEX is listed by its archive
   undefined "$@" | grep -vE "$compiler|^(__real_)?vg(Plain|ModuleLocal)_|^VG_N_THREADS$|^VG_MINIMAL_(SET|LONG)JMP$" | LC_ALL=C comm -23 - "$tmp/vex" >"$tmp/bad"
   report "tool for $platform needs only Valgrind" "$tmp/bad"
done

# Served for mimalloc's variants of them, by the C library of the client.
client='^(getenv|getpagesize|realpath)$'
for preload in vg-lib/vgpreload_leakgrow-*; do
   [ -f "$preload" ] || continue
   platform=${preload#vg-lib/vgpreload_leakgrow-}; platform=${platform%.so}
   tag=$(printf %s "$platform" | tr - _)
   set -- leakgrow/preload/vg_lib_vgpreload_leakgrow_"$tag"_so-*.o
   [ -f "$1" ] || continue
   undefined "$@" | grep -vE "$compiler|$client" >"$tmp/undefined"
   "$NM" --defined-only "$LG_VG_LIBDIR/libreplacemalloc_toolpreload-$platform.a" 2>/dev/null |
      awk 'NF == 3 {print $3}' | LC_ALL=C sort -u >"$tmp/replace"
   LC_ALL=C comm -23 "$tmp/undefined" "$tmp/replace" >"$tmp/bad"
   report "preload for $platform needs nothing of the client's libraries" "$tmp/bad"
done
if [ "${LG_HAVE_TOOL:-no}" != yes ]; then
   n=$((n + 1))
   echo "ok $n - tool needs only Valgrind # SKIP this build has no Valgrind"
fi
echo "1..$n"
