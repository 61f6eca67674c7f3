#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every file of the repository is in the tarball too, but for what only the repository needs.
set -u
if ! git -C "${LG_SRCDIR:?}" rev-parse --git-dir >/dev/null 2>&1; then
   echo "1..0 # SKIP not a git work tree"
   exit 0
fi
tmp=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
echo 1..1
if ! (cd "${LG_BUILDDIR:?}" && make -s distdir distdir="$tmp/dist") >"$tmp/log" 2>&1; then
   echo "not ok 1 - make distdir"
   sed 's/^/# /' "$tmp/log"
   exit 0
fi
git -C "$LG_SRCDIR" ls-files | grep -vE '^(\.ci/|\.gitignore$|\.gitattributes$)' | LC_ALL=C sort >"$tmp/tracked"
(cd "$tmp/dist" && find . -type f | sed 's|^\./||') | LC_ALL=C sort >"$tmp/files"
LC_ALL=C comm -23 "$tmp/tracked" "$tmp/files" >"$tmp/missing"
if [ -s "$tmp/missing" ]; then
   echo "not ok 1 - the tarball is complete"
   sed 's/^/# not in the tarball: /' "$tmp/missing"
else
   echo "ok 1 - the tarball is complete"
fi
