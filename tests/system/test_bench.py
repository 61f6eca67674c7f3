# SPDX-License-Identifier: GPL-2.0-or-later
"""The driver of `make bench` works: it compiles its programs, runs the tools it is asked for and prints a table."""
import os
import subprocess
import sys

import lgsys

BENCH = os.path.join(lgsys.SOURCE, "tests", "perf", "bench.py")


def bench(*words):
    env = dict(os.environ, LG_BUILDDIR=lgsys.BUILD, LG_VALGRIND=lgsys.VALGRIND)
    return subprocess.run([sys.executable, BENCH, *words], env=env, capture_output=True, text=True, timeout=300)


def test_table(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n")
    done = bench("--rounds=1", "--only=true,compute", "--tools=none,leakgrow,massif", f"--update={page}",
                 f"--json={tmp_path / 'all.json'}")
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith(("| true |", "| compute |"))]
    assert len(rows) == 4, "times and memory of two workloads"
    assert page.read_text() == f"before\n<!-- measured: begin -->\n{done.stdout}<!-- measured: end -->\nafter\n"


def test_unknown_tool_is_refused():
    done = bench("--tools=none,callgrind")
    assert done.returncode == 2
    assert "memcheck" in done.stderr
