# SPDX-License-Identifier: GPL-2.0-or-later
"""How the cost of a malloc/free pair and the tool's memory grow with the size of the program.

Every figure in nanoseconds is a slope: processor time of a run with many pairs less that of a run with few, over the difference, so
that start-up, filling and the analysis at exit drop out; runs are interleaved and medians are taken. Figures in bytes are what
--stats=yes says at the end of a run.

Usage: scale.py [--rounds=N] [--update=FILE.md]
LG_BUILDDIR and LG_VALGRIND say where this tree's tool is; CC compiles the programs."""
import argparse
import os
import re
import statistics
import subprocess
import tempfile

import bench

LIVE = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
THREADS = (1, 2, 4, 8, 16)
BEGIN, END = "<!-- scale: begin -->", "<!-- scale: end -->"


def seconds(tool, command, tmp):
    return bench.run_once(bench.Workload(command[0], command), bench.TOOLS[tool], tmp)[0]


def slope_ns(tool, few, many, n_between, rounds, tmp):
    return statistics.median(seconds(tool, many, tmp) - seconds(tool, few, tmp) for _ in range(rounds)) / n_between * 1e9


def pairs_by_live(tmp, rounds):
    """Random frees and allocations of 48 bytes among so many live blocks."""
    n = 2_000_000
    yield "| live blocks | none, ns per pair | leakgrow, ns per pair |\n|---|---|---|"
    for live in LIVE:
        few, many = ([os.path.join(tmp, "churn"), str(p), str(live), "48"] for p in (live, live + n))
        costs = [slope_ns(tool, few, many, n, rounds, tmp) for tool in ("none", "leakgrow")]
        yield f"| {live:,} | {costs[0]:.0f} | {costs[1]:.0f} |"


def pairs_by_stack(tmp, rounds):
    n = 1_000_000
    yield "| stack of 30 frames | none, ns per pair | leakgrow, ns per pair | difference |\n|---|---|---|---|"
    for what, stacks in (("always the same", 1), ("another one every time, 1,000 in all", 1000)):
        few, many = ([os.path.join(tmp, "pairs"), str(p), "30", str(stacks)] for p in (n, 2 * n))
        costs = [slope_ns(tool, few, many, n, rounds, tmp) for tool in ("none", "leakgrow")]
        yield f"| {what} | {costs[0]:.0f} | {costs[1]:.0f} | {costs[1] - costs[0]:+.0f} |"


def pairs_by_threads(tmp, rounds):
    n = 1_600_000
    yield "| threads | none, ns per pair | leakgrow, ns per pair |\n|---|---|---|"
    for threads in THREADS:
        few, many = ([os.path.join(tmp, "pairs"), str(p), "10", "1", str(threads)] for p in (n, 2 * n))
        costs = [slope_ns(tool, few, many, n, rounds, tmp) for tool in ("none", "leakgrow")]
        yield f"| {threads} | {costs[0]:.0f} | {costs[1]:.0f} |"


def stats_of(command, tmp):
    """What --stats=yes says, and the peak resident MiB, of a run under leakgrow."""
    words = [w.format(tmp=tmp) for w in bench.TOOLS["leakgrow"]]
    done = subprocess.run([*words, "--stats=yes", *command], env=bench.ENV, capture_output=True, text=True, check=True)
    return done.stderr


def number(pattern, text):
    found = re.search(pattern, text)
    return float(found.group(1)) if found else float("nan")


def memory(tmp):
    blocks = stats_of([os.path.join(tmp, "churn"), "10000000", "10000000", "48"], tmp)
    stacks = stats_of([os.path.join(tmp, "pairs"), "1000000", "30", "60000"], tmp)
    yield f"- per live small block, 10,000,000 of 48 bytes: {number(r'([0-9.]+) bytes of table per block', blocks):.1f} bytes of tables"
    yield f"- per distinct stack of 33 frames, 60,000 of them: {number(r'stacks: ([0-9.]+) bytes per raw stack', stacks):.0f} bytes, accounts apart"


def fragmentation(tmp):
    """Peak memory of a long churn of mixed sizes beside that of the same program under none."""
    command = [os.path.join(tmp, "churn"), "6000000", "200000"]
    peaks = {tool: bench.run_once(bench.Workload("churn", command), bench.TOOLS[tool], tmp)[1] for tool in ("none", "leakgrow")}
    short = bench.run_once(bench.Workload("churn", [command[0], "600000", "200000"]), bench.TOOLS["leakgrow"], tmp)[1]
    yield (f"- fragmentation, 200,000 live blocks of mixed sizes: {short:.0f} MiB resident at most after 600,000 pairs, "
           f"{peaks['leakgrow']:.0f} MiB after 6,000,000; {peaks['none']:.0f} MiB under none")


def main():
    arguments = argparse.ArgumentParser(description="How costs grow with the size of the program.")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--update", help="page whose part on scale is replaced")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        bench.compile_programs(tmp)
        parts = [pairs_by_live(tmp, options.rounds), pairs_by_stack(tmp, options.rounds), pairs_by_threads(tmp, options.rounds),
                 memory(tmp), fragmentation(tmp)]
        text = "\n\n".join("\n".join(part) for part in parts) + "\n"
    print(text, end="")
    if options.update:
        bench.update(options.update, text, BEGIN, END)


if __name__ == "__main__":
    main()
