# SPDX-License-Identifier: GPL-2.0-or-later
"""Real commands with a fixed input each, which do the same every time."""
import json
import random
import subprocess

import lgsys

SQL = """
create table t(a integer primary key, b text, c real);
create index i on t(b);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 4000)
  insert into t select x, hex(x * 7919 % 10007) || 'abc', x * 1.5 from n;
select b, count(*) from t group by substr(b, 1, 2) order by 2 desc limit 5;
delete from t where a % 3 = 0;
vacuum;
select sum(c) from t;
"""
PYTHON = """
d = {}
for i in range(6000):
    d[str(i)] = [i]
for k in sorted(d, key=lambda k: k[::-1])[:3000]:
    del d[k]
text = ",".join(f"{k}={v}" for k, v in d.items())
back = dict(p.split("=") for p in text.split(","))
"""
PERL = """
my %h;
for my $i (1 .. 8000) { $h{"k$i"} = [$i, "v" x ($i % 50)]; delete $h{"k" . ($i - 3000)} if $i > 3000; }
my @s = sort { length($a) <=> length($b) || $a cmp $b } keys %h;
my $t = join(",", @s);
$t =~ s/k(\\d)/<$1>/g;
print length $t;
"""
AWK = """
BEGIN {
   for (i = 0; i < 20000; i++) {
      k = "k" (i % 3000)
      a[k] = a[k] substr("abcdefghijklmnop", 1, i % 16)
      if (length(a[k]) > 60) delete a[k]
   }
   for (k in a) m++
   print m
}
"""
BASH = """
declare -A h
for ((i = 0; i < 1500; i++)); do h[k$((i % 500))]+="x$i"; a+=("$i"); done
s="${a[*]}"; t="${s//1/<one>}"
echo ${#t} ${#h[@]}
"""
TCL = """
for {set i 0} {$i < 8000} {incr i} {
   dict set d k[expr {$i % 700}] [string repeat x [expr {$i % 40}]]
   lappend l $i
}
puts [llength [lsort -decreasing $l]]
"""
# Every call of the malloc family with every kind of size, so that each rule of counting is exercised.
CORNERS = r"""
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
static void *volatile keep;
int main(void)
{
   void *zero[40];
   size_t huge = (size_t)PTRDIFF_MAX + 7;
   for (int i = 0; i < 40; i++)
      zero[i] = i % 2 ? malloc(0) : calloc(0, 8);
   for (int i = 0; i < 3000; i++) {
      char *p = malloc((size_t)i * 3);
      p = realloc(p, (size_t)i * 5 + 1);   /* grows */
      p = realloc(p, (size_t)i + 1);       /* shrinks */
      p = realloc(p, (size_t)i + 1);       /* same size */
      void *a = NULL, *b = memalign(64, (size_t)i + 1), *c = aligned_alloc(32, 64), *d = valloc(100);
      if (posix_memalign(&a, 256, (size_t)i % 100) == 0)
         free(a);
      keep = realloc(NULL, 10);
      keep = realloc(keep, 0);             /* a free */
      keep = malloc(huge);                 /* fails */
      keep = calloc(huge, 4);
      free(b);
      free(c);
      free(d);
      if (i % 7)
         free(p);
   }
   for (int i = 0; i < 20; i++)
      free(zero[i]);
   free(NULL);
   return 0;
}
"""


def write(path, text):
    with open(path, "w") as f:
        f.write(text)
    return str(path)


def git_repository(where):
    """A repository with a history that is the same every time."""
    stream = []
    rng = random.Random(5)
    lines = [f"line {i}" for i in range(300)]
    for n in range(60):
        for _ in range(5):
            lines[rng.randrange(len(lines))] = f"changed {n} {rng.randrange(1000)}"
        data, note = "\n".join(lines) + "\n", f"commit {n}\n"
        stream.append(f"commit refs/heads/main\ncommitter A <a@example.org> {1600000000 + n * 60} +0000\n"
                      f"data {len(note)}\n{note}M 100644 inline file{n % 4}.txt\ndata {len(data)}\n{data}")
    env = lgsys.clean_env(HOME=str(where), GIT_CONFIG_NOSYSTEM="1")
    subprocess.run(["git", "init", "-q", "-b", "main", str(where)], check=True, env=env, timeout=60)
    subprocess.run(["git", "-C", str(where), "fast-import", "--quiet"], input="\n".join(stream).encode(), check=True, env=env,
                   timeout=60)
    return str(where)


def commands(d):
    """The commands by name, as keyword arguments of Peers' functions. Inputs are written into the directory d, a Path; nothing may
    be written there while the tools run."""
    rng = random.Random(1)
    lines = write(d / "lines", "".join(f"{rng.randrange(10**6)} line {rng.randrange(10**9):x}\n" for _ in range(10000)))
    data = write(d / "data.json", json.dumps([{"id": i, "tags": [f"t{i % 7}"] * (i % 5)} for i in range(1500)]))
    c_source = write(d / "some.c", "#include <stdio.h>\n#include <stdlib.h>\n" + "".join(
        f"int f{i}(int x) {{ int s = 0; for (int i = 0; i < x; i++) {{ s += i * {i + 3}; if (s > 99) s ^= f{max(i - 1, 0)}(x - 1); }}"
        " return s; }\n" for i in range(12)))
    asm = str(d / "some.s")
    subprocess.run(["gcc", "-S", "-O1", c_source, "-o", asm], check=True, timeout=60)
    corners = str(d / "corners")
    subprocess.run(["gcc", "-g", "-O0", "-w", write(d / "corners.c", CORNERS), "-o", corners], check=True, timeout=60)
    cc1 = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True, timeout=60).stdout.strip()
    # Compiling keeps integers made of addresses, whose size depends on the address: the tools run a compiled script.
    python = str(d / "script.pyc")
    subprocess.run(["/usr/bin/python3", "-c", "import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)",
                    write(d / "script.py", PYTHON), python], check=True, timeout=60)
    git_env = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_PAGER": "cat"}
    repository = git_repository(d / "repository")
    return {
        "sqlite3": dict(command=["/usr/bin/sqlite3", ":memory:"], stdin=write(d / "script.sql", SQL)),
        "python3": dict(command=["/usr/bin/python3", "-S", python],
                        env={"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}),
        "git": dict(command=["/usr/bin/git", "-C", repository, "log", "--stat", "-p"], env=git_env),
        "cc1": dict(command=[cc1, "-quiet", "-O1", c_source, "-o", "/dev/null"]),
        "as": dict(command=["/usr/bin/as", asm, "-o", "/dev/null"]),
        "perl": dict(command=["/usr/bin/perl", write(d / "script.pl", PERL)],
                     env={"PERL_HASH_SEED": "0", "PERL_PERTURB_KEYS": "0"}),
        "mawk": dict(command=["/usr/bin/mawk", "-f", write(d / "script.awk", AWK)]),
        "bash": dict(command=["/bin/bash", write(d / "script.sh", BASH)]),
        "sort": dict(command=["/usr/bin/sort", "--parallel=1", "-S", "1M", lines]),
        "sed": dict(command=["/bin/sed", "-E", r"s/([0-9]+) line/\1 row/;H;$!d;x;s/\n/;/g", lines]),
        "xz": dict(command=["/usr/bin/xz", "-T1", "-1", "-c", lines]),
        "bzip2": dict(command=["/bin/bzip2", "-c", lines]),
        "openssl": dict(command=["/usr/bin/openssl", "dgst", "-sha256", lines]),
        "jq": dict(command=["/usr/bin/jq", "map(select(.id % 3 == 0) | (.tags | length)) | group_by(.) | map(length)", data]),
        "tclsh": dict(command=["/usr/bin/tclsh", write(d / "script.tcl", TCL)]),
        "corners": dict(command=[corners]),
    }


NAMES = ["sqlite3", "python3", "git", "cc1", "as", "perl", "mawk", "bash", "sort", "sed", "xz", "bzip2", "openssl", "jq", "tclsh",
         "corners"]
