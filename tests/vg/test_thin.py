# SPDX-License-Identifier: GPL-2.0-or-later
"""Asked for far more snapshots than are kept: their number is bounded, and what matters is not thinned out."""
import os
import subprocess

import pytest

import lgsys
import vgclient

TICKS, MARK_TICKS, BURST_TICKS, BURST_B = 20000, 53, 211, 4 << 20  # as in thin.c
KEPT, APPENDED = 1000, 2000  # events in the books, and in the file beside them until it is rewritten
INTERVALS = 200


@pytest.fixture(scope="module")
def run(programs, tmp_path_factory):
    """The profile, and for every tick the least and the most that was held, and what was at its end."""
    out = tmp_path_factory.mktemp("thin") / "out"
    command = lgsys.valgrind_command(out, ["--time-unit=ticks", "--interval=1", "--burst-bytes=2M", "--growth-bytes=0"],
                                     [vgclient.build(programs, "thin.c"), str(TICKS)])
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    held = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert len(held) == TICKS
    return lgsys.Profile(out, done.stderr), held


def events(profile):
    return [s for s in profile.report["snapshots"] if s["kind"] in ("mark", "request", "burst", "growth", "signal", "exit")]


def test_number_is_bounded(run):
    profile, _ = run
    assert KEPT / 2 < len(events(profile)) <= KEPT + APPENDED + TICKS // INTERVALS * 4
    assert profile.report["counters"]["snapshot-dropped"] > TICKS / 2
    assert os.path.getsize(profile.path) < 2 << 20


def test_first_and_last_stay(run):
    profile, held = run
    first, last = events(profile)[0], events(profile)[-1]
    assert (first["kind"], first["time"], first["live_B"]) == ("request", 0, held[0][2])
    assert (last["kind"], last["time"], last["live_B"]) == ("request", TICKS - 1, held[-1][2])


def test_all_marks_stay(run):
    profile, held = run
    marks = {s["mark"]: s for s in events(profile) if s["kind"] == "mark"}
    assert set(marks) == {f"mark {t}" for t in range(0, TICKS, MARK_TICKS)}
    for t in range(0, TICKS, MARK_TICKS):
        assert (marks[f"mark {t}"]["time"], marks[f"mark {t}"]["live_B"]) == (t, held[t][2])


def test_all_bursts_stay(run):
    """One for each interval in which there was one: no two are as near to each other as that."""
    profile, held = run
    bursts = {s["time"]: s["live_B"] for s in events(profile) if s["kind"] == "burst"}
    assert sorted(bursts) == list(range(BURST_TICKS - 1, TICKS, BURST_TICKS))
    assert all(live == held[t][1] > BURST_B for t, live in bursts.items())


def test_peak_is_exact(run):
    profile, held = run
    totals = profile.report["totals"]
    assert totals["peak_B"] == max(most for _, most, _ in held)
    assert held[totals["peak_time"]][1] == totals["peak_B"]
    assert "burst (thin.c" in profile.text[profile.text.index("  peak\n"):].split("\n\n")[0]


def test_floors_and_ceilings_are_exact(run):
    """However often intervals were merged: the work of tick t happened while the clock stood at t."""
    profile, held = run
    begin, n = 0, 0
    for s in profile.report["snapshots"]:
        if s["kind"] != "periodic":
            continue
        during = held[begin:s["time"]]
        assert s["floor_B"] == min(least for least, _, _ in during), (begin, s)
        assert s["ceiling_B"] == max(most for _, most, _ in during), (begin, s)
        assert s["live_B"] == during[-1][2]
        begin, n = s["time"], n + 1
    assert INTERVALS / 2 - 1 <= n <= INTERVALS and TICKS - begin <= 128


def test_what_it_costs_is_in_the_report(run):
    profile, _ = run
    totals = profile.report["totals"]
    assert totals["file_B"] == os.path.getsize(profile.path)
    assert 0 < totals["books_B"] < totals["tool_B"]
    text = profile.text
    for words in (f"{totals['books_B']:,} B", f"{totals['file_B']:,} B", f"{totals['tool_B']:,} B"):
        assert words in text
    for words in ("leakgrow's books", "Valgrind and tool", "profile  "):
        assert words in text
