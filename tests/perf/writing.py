#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What writing the profile costs: CPU time with a profile and without one, at the default interval.

usage: writing.py BUILD-DIRECTORY WORK-DIRECTORY [ROUNDS]

Each program runs alternately with a profile and with a name that cannot be opened, when everything is recorded and nothing
written. Printed are the medians of both and of the pairs' ratios; of long programs, of half as many pairs."""
import os
import resource
import shlex
import statistics
import subprocess
import sys

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
FLAGS = ["-g", "-O1", "-fno-builtin", "-fno-inline", "-fno-optimize-sibling-calls", "-w", "-I", os.path.join(SOURCE, "leakgrow"), "-I/usr/include/valgrind"]
SQL = ("create table t(a integer primary key, b text);create index i on t(b);with recursive n(x) as (select 1 union all select x + 1 from n where "
       "x < 150000) insert into t select x, hex(x * 7919 % 10007) || 'abc' from n;select count(distinct b) from t;")
PERL = "my %h; for my $i (1 .. 400000) { $h{'k' . $i % 5000} = [$i, 'v' x ($i % 50)]; delete $h{'k' . ($i * 7) % 5000} } print scalar keys %h"
PYTHON = "d = {}\nfor i in range(400000):\n  d[str(i % 5000)] = [i]\n  d.pop(str(i * 7 % 5000), None)\nprint(len(d))"


def programs(place):
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    for name, directory in (("week", "system"), ("paths", "perf")):
        subprocess.run([*compiler, *FLAGS, os.path.join(SOURCE, "tests", directory, name + ".c"), "-o", f"{place}/{name}"], check=True)
    return {
        "sqlite3": ["sqlite3", ":memory:", SQL],
        "perl": ["perl", "-e", PERL],
        "python3": ["python3", "-S", "-c", PYTHON],
        "service, 300 stacks": [f"{place}/week", "120000", "300", "300", "1"],
        "service, 10 000 stacks": [f"{place}/week", "120000", "300", "10000", "1"],
        "service, 300 stacks, long": [f"{place}/week", "600000", "300", "300", "1"],
        "service, 10 000 stacks, long": [f"{place}/week", "600000", "300", "10000", "1"],
        "paths": [f"{place}/paths"],
    }


def cpu_s(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    build, place = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    os.makedirs(place, exist_ok=True)
    print("| program | with a profile, CPU s | without | writing | profile |\n|---|---|---|---|---|")
    for name, command in programs(place).items():
        tool = [os.path.join(build, "vg-in-place"), "-q", "--tool=leakgrow", "--summary-findings=0"]
        out = f"{place}/out"
        with_s, without_s = [], []
        for _ in range((rounds + 1) // 2 if "long" in name else rounds):
            with_s.append(cpu_s([*tool, f"--leakgrow-out-file={out}", *command]))
            without_s.append(cpu_s([*tool, "--leakgrow-out-file=/nonexistent/out", *command]))
        share = statistics.median(a / b - 1 for a, b in zip(with_s, without_s))
        size = os.path.getsize(out)
        print(f"| {name} | {statistics.median(with_s):.2f} | {statistics.median(without_s):.2f} | {share * 100:+.1f} % | {size / 1024:.0f} KiB |", flush=True)


if __name__ == "__main__":
    main()
