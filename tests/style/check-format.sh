#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-format decides the layout of every C file of ours.
set -u
cd "${LG_SRCDIR:?}" || exit 1
if ! command -v clang-format >/dev/null 2>&1; then
   echo "1..0 # SKIP no clang-format; on Debian: apt-get install clang-format"
   exit 0
fi
n=0
for f in $(find leakgrow tests -name '*.[ch]' ! -path '*/target/*' | LC_ALL=C sort); do
   n=$((n + 1))
   if changes=$(clang-format "$f" | diff -u "$f" -); then
      echo "ok $n - layout of $f"
   else
      echo "not ok $n - layout of $f"
      printf '%s\n' "$changes" | sed -n '3,20s/^/# /p'
   fi
done
echo "1..$n"
