#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A directory is an execution world: the world decides what its files may include.
set -u
cd "${LG_SRCDIR:?}" || exit 1

# includes FILE...: "file:line:<name>" or "file:line:"name"" for every include directive
includes() {
   grep -nHE '^[[:space:]]*#[[:space:]]*include' "$@" /dev/null 2>/dev/null |
      sed -E 's/^([^:]*):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*/\1:\2:/; s/([>"])[^>"]*$/\1/'
}

n=0
# world NAME ALLOWED FILE...: ALLOWED is an extended regular expression of the whole include operand. A quoted name is
# allowed too if it is a file of one of the directories in $own.
world() {
   name=$1; allowed=$2; shift 2
   n=$((n + 1))
   bad=$(includes "$@" | while IFS=: read -r file line what; do
      printf '%s\n' "$what" | grep -qE "^($allowed)\$" && continue
      case $what in
      \"*\")
         base=$(printf '%s' "$what" | tr -d '"')
         base=${base#leakgrow/core/}; base=${base#leakgrow/tool/}; base=${base#leakgrow/view/}
         found=no
         for d in $own; do
            [ ! -f "$d/$base" ] || found=yes
         done
         [ $found = no ] || continue
         ;;
      esac
      echo "# $file:$line: $what does not belong into $name"
   done)
   if [ -n "$bad" ]; then
      echo "not ok $n - $name includes only what its world has"
      printf '%s\n' "$bad"
   else
      echo "ok $n - $name includes only what its world has"
   fi
}

freestanding='<(stddef|stdint|stdbool|stdarg|limits)\.h>'
own="leakgrow/core"
world leakgrow/core "<(stddef|stdint)\.h>" leakgrow/core/*.[ch]
own="leakgrow/core leakgrow/tool"
world leakgrow/tool "$freestanding|\"(pub_tool_[a-z_]*|libvex[a-z0-9_]*|valgrind|config)\.h\"|\"(\.\./|leakgrow/)?leakgrow\.h\"" \
   leakgrow/tool/*.[ch]
own="leakgrow/preload"
world leakgrow/preload "$freestanding|<errno\.h>|\"(pub_tool_[a-z_]*|valgrind|config)\.h\"|\"(\.\./|leakgrow/)?leakgrow\.h\"" \
   leakgrow/preload/*.[ch]
own=
world leakgrow/leakgrow.h '[<"](valgrind/)?valgrind\.h[>"]' leakgrow/leakgrow.h
own="leakgrow/core leakgrow/view"
world leakgrow/view '<[a-z0-9_/]*\.h>|"config\.h"' leakgrow/view/*.[ch]

# The viewer must build where no Valgrind is.
n=$((n + 1))
bad=$(includes leakgrow/view/*.[ch] leakgrow/core/*.[ch] | grep -E 'pub_tool_|valgrind' | sed 's/^/# /')
[ -z "$bad" ] && echo "ok $n - viewer and core know nothing of Valgrind" || {
   echo "not ok $n - viewer and core know nothing of Valgrind"
   printf '%s\n' "$bad"
}

# No floating point in core and tool (comments and strings aside).
n=$((n + 1))
bad=$(for f in leakgrow/core/*.[ch] leakgrow/tool/*.[ch]; do
   sed -e 's/"[^"]*"//g' "$f" | awk -v f="$f" '
      { line = $0
        while (1) {
           if (in_comment) { i = index(line, "*/"); if (!i) { line = ""; break } line = substr(line, i + 2); in_comment = 0 }
           i = index(line, "/*"); if (!i) break
           rest = substr(line, i + 2); j = index(rest, "*/")
           if (j) line = substr(line, 1, i - 1) " " substr(rest, j + 2)
           else { line = substr(line, 1, i - 1); in_comment = 1; break }
        }
        sub(/\/\/.*/, "", line)
        if (line ~ /(^|[^A-Za-z0-9_])(float|double)([^A-Za-z0-9_]|$)/) print "# " f ":" FNR ": floating point" }'
done)
[ -z "$bad" ] && echo "ok $n - no floating point in core and tool" || {
   echo "not ok $n - no floating point in core and tool"
   printf '%s\n' "$bad"
}

# Every file of ours says its licence in the first line (the second after an interpreter line).
n=$((n + 1))
bad=$(find leakgrow tests build-aux m4 -type f \( -name '*.[ch]' -o -name '*.cc' -o -name '*.sh' -o -name '*.py' -o -name '*.m4' \
   -o -name '*.rs' -o -name 'Makefrag.am' \) ! -path '*/target/*' | LC_ALL=C sort | while IFS= read -r f; do
   case $f in build-aux/tap-driver.sh) continue ;; esac
   sed -n '1,2p' "$f" | grep -q 'SPDX-License-Identifier: ' || echo "# $f: no SPDX line"
done)
[ -z "$bad" ] && echo "ok $n - every file names its licence" || {
   echo "not ok $n - every file names its licence"
   printf '%s\n' "$bad"
}
echo "1..$n"
