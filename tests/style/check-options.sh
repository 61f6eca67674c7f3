#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every option of every program is told in four places: the table in the source, --help, the manual and the man page. They
# must name the same options.
set -u
cd "${LG_SRCDIR:?}" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

# same NAME FILE-A FILE-B WHERE-B: both files hold sorted option names
same() {
   n=$((n + 1))
   LC_ALL=C comm -23 "$2" "$3" | sed "s|^|# not in $4: |" >"$tmp/bad"
   LC_ALL=C comm -13 "$2" "$3" | sed "s|^|# only in $4: |" >>"$tmp/bad"
   if [ -s "$2" ] && [ ! -s "$tmp/bad" ]; then
      echo "ok $n - $1"
   else
      echo "not ok $n - $1"
      [ -s "$2" ] || echo "# the table has no options"
      cat "$tmp/bad"
   fi
}

long='s/^[^-]*--\([a-z][a-z0-9-]*\).*/\1/p'
sorted() { LC_ALL=C sort -u; }
# in_manual HEADING: options that start a row of the first table below the heading
in_manual() {
   awk -v h="$1" '/^#/ { on = index($0, h) > 0 } on && /^\| `/' docs/MANUAL.md | sed -n 's/^| `\(-[A-Za-z], *\)*--\([a-z][a-z0-9-]*\).*/\2/p' | sorted
}
# in_man FILE: options that start a .TP item
in_man() {
   awk '/^\.TP/ { getline; print }' "$1" | sed 's/\\-/-/g; s/\\f[A-Z]//g' | sed -n "$long" | sorted
}

# The tool.
sed -n 's/^ *X([A-Z]*, *"\([a-z0-9-]*\)".*/\1/p' leakgrow/tool/lg_options.h | sorted >"$tmp/table"
if [ "${LG_HAVE_TOOL:-no}" = yes ]; then
   "$LG_VALGRIND" --tool=leakgrow --help-debug 2>&1 | awk '/options for [Ll]eakgrow/ { on = 1; next } /^$/ || /^  Extra|^  [a-z]* options for/ { on = 0 } on' |
      sed -n 's/^ *--\([a-z][a-z0-9-]*\).*/\1/p' | grep -v '^xtree-\|^trace-malloc$' | sorted >"$tmp/help"
   same "tool: --help and the table" "$tmp/table" "$tmp/help" --help
else
   n=$((n + 1))
   echo "ok $n - tool: --help and the table # SKIP this build has no Valgrind"
fi
in_manual "Options of the tool" >"$tmp/manual"
same "tool: manual and the table" "$tmp/table" "$tmp/manual" docs/MANUAL.md
in_man docs/leakgrow.1 >"$tmp/man"
same "tool: man page and the table" "$tmp/table" "$tmp/man" docs/leakgrow.1

# The viewer's programs.
while read -r program table; do
   sed -n 's/^ *OPTION([A-Z]*, *[a-z_0-9]*, *"\([a-z0-9-]*\)".*/\1/p' "leakgrow/view/$table" | sorted >"$tmp/table"
   "${LG_BUILDDIR:?}/$program" --help 2>&1 | sed -n 's/^ *\(-[A-Za-z], *\)*--\([a-z][a-z0-9-]*\).*/\2/p' | grep -vx 'help\|version' |
      sorted >"$tmp/help"
   same "$program: --help and the table" "$tmp/table" "$tmp/help" --help
   in_manual "Options of $program" >"$tmp/manual"
   same "$program: manual and the table" "$tmp/table" "$tmp/manual" docs/MANUAL.md
   in_man "docs/$program.1" >"$tmp/man"
   same "$program: man page and the table" "$tmp/table" "$tmp/man" "docs/$program.1"
done <<END
lg_print options.h
lg_diff diff_options.h
lg_check check_options.h
END
echo "1..$n"
