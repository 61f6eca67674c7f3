# SPDX-License-Identifier: GPL-2.0-or-later
"""A simulated week: many events, many call stacks, many snapshots; books and profile stay below their limits, the verdicts right.

In CI 10^7 events, 10^4 stacks, 10^3 snapshots. LG_WEEK=full runs 10^9, 10^5 and 10^4 of them, for two minutes."""
import json
import os
import shlex
import subprocess
import threading

import pytest

import lgsys

MIB = 1 << 20
# ticks, events of each, call paths, snapshots asked for, limit of the profile and of the books in MiB
SIZES = {"small": (20000, 500, 10000, 1000, 4, 12), "full": (1000000, 1000, 100000, 10000, 64, 64)}
TICKS, EVENTS, PATHS, SNAPSHOTS, FILE_MIB, BOOKS_MIB = SIZES[os.environ.get("LG_WEEK", "small")]
HERE = os.path.dirname(os.path.abspath(__file__))


def watch_size(directory, largest, stop):
    """The largest that any file of the directory ever was."""
    while not stop.wait(0.02):
        for entry in os.scandir(directory):
            try:
                largest[0] = max(largest[0], entry.stat().st_size)
            except FileNotFoundError:
                pass


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    directory = tmp_path_factory.mktemp("week")
    program, out = str(directory / "week"), directory / "profile" / "out"
    out.parent.mkdir()
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    subprocess.run([*compiler, "-g", "-O1", "-fno-builtin", "-fno-inline", "-fno-optimize-sibling-calls", "-w", "-I",
                    os.path.join(lgsys.SOURCE, "leakgrow"), "-I/usr/include/valgrind", os.path.join(HERE, "week.c"), "-o", program], check=True)
    largest, stop = [0], threading.Event()
    watcher = threading.Thread(target=watch_size, args=(out.parent, largest, stop))
    watcher.start()
    try:
        done = subprocess.run(lgsys.valgrind_command(out, ["--time-unit=ticks", f"--max-file-size={FILE_MIB}M", f"--max-tool-memory={BOOKS_MIB}M"],
                                                     [program, *map(str, (TICKS, EVENTS, PATHS, SNAPSHOTS))]),
                              capture_output=True, text=True, timeout=1800)
    finally:
        stop.set()
        watcher.join()
    assert done.returncode == 0, done.stderr
    return lgsys.Profile(out, done.stderr), json.loads(done.stdout), largest[0]


def test_size_of_the_week(week):
    totals = week[0].report["totals"]
    assert totals["allocs"] + totals["frees"] >= TICKS * EVENTS and totals["ticks"] == TICKS


def test_limits_are_kept(week):
    profile, _, largest = week
    assert largest <= FILE_MIB * MIB
    assert "file-over" not in profile.report["counters"] and "memory-over" not in profile.report["counters"]
    assert profile.report["totals"]["books_B"] <= BOOKS_MIB * MIB
    assert profile.report["counters"]["accounts-merged"] > PATHS


def test_snapshots_are_bounded(week):
    kinds = [s["kind"] for s in week[0].report["snapshots"]]
    assert 1 <= kinds.count("request") <= 1000 and kinds.count("periodic") <= 200


def test_verdicts(week):
    """Both leaks with their rates, one of them half a week old; nothing else."""
    profile, said, _ = week
    growth = profile.growth()
    assert [lgsys.functions(f)[0] for f in growth] == ["leak_session", "leak_since_deploy"]
    assert growth[0]["slope_B_per_tick"] == pytest.approx(96, rel=0.02)
    assert growth[1]["slope_B_per_tick"] == pytest.approx(80, rel=0.05)  # 160 in half of the week
    live = {f["stack"][0]["fn"]: f["live_B"] for f in growth}
    assert live == {"leak_session": said["leaked"], "leak_since_deploy": said["late"]}


def test_totals_are_whole(week):
    report = week[0].report
    assert sum(a["live_B"] for a in report["accounts"]) == report["totals"]["live_B"]
    assert sum(a["total_B"] for a in report["accounts"]) == report["totals"]["allocated_B"]
