# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON report is a contract: every field is there, has its type, and agrees with the others."""
import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(os.environ.get("LG_SRCDIR", ".")) / "tests" / "golden"
LG_PRINT = os.environ.get("LG_PRINT", "lg_print")
CASES = sorted(p.name for p in HERE.glob("*.lg"))

NUMBER = (int, float)
OPTIONAL_NUMBER = (int, float, type(None))
REPORT = {"format": str, "version": int, "tool_version": str, "command": list, "pid": int, "time_unit": str, "end": str, "end_code": int,
          "duration": int, "totals": dict, "snapshots": list, "findings": list, "accounts": list, "census": list,
          "domains": list}
TOTALS = dict.fromkeys(("allocs", "frees", "allocated_B", "live_B", "live_blocks", "peak_B", "peak_time", "ticks",
                        "tool_B", "books_B", "file_B", "merged_B"), int)
SNAPSHOT = {**dict.fromkeys(("time", "live_B", "live_blocks", "floor_B", "ceiling_B", "ticks"), int), "kind": str}
FINDING = {"kind": str, "verdict": str, "shape": str, "context": list, "stack": list, "creation_stack": list, "text": str,
           "live_B": int, "live_blocks": int, "slope_B_per_s": OPTIONAL_NUMBER, "slope_B_per_tick": OPTIONAL_NUMBER,
           "rank": int}
FRAME = {"fn": str, "file": str, "line": int, "object": str}
ACCOUNT = {"context": list, "stack": list, "verdict": str, "shape": str, "live_B": int, "live_blocks": int, "total_B": int,
           "total_blocks": int, "peak_B": int, "peak_time": int, "series": list}
POINT = dict.fromkeys(("time", "live_B", "floor_B", "ceiling_B", "live_blocks"), int)
GROUP = {"kind": str, "label": str, "file": str, "line": int, "creation_stack": list, "contexts": int, "open": int,
         "opened": int, "closed": int, "held": int, "oldest_age": int, "retained_B": int, "verdict": str, "shape": str,
         "slope_per_s": OPTIONAL_NUMBER, "slope_per_tick": OPTIONAL_NUMBER, "discipline": dict, "series": list}
OPEN_POINT = dict.fromkeys(("time", "open", "floor", "ceiling"), int)
INSTANCES = {"instances": str, "label": str, "file": str, "line": int, "held": int, "opened": int, "oldest_age": int,
             "slope_per_s": OPTIONAL_NUMBER, "slope_per_tick": OPTIONAL_NUMBER, "discipline": dict}
MISUSES = {"suspended", "order", "thread", "unentered", "open", "nested", "foreign", "reused", "unknown"}

VERDICTS = {"growing", "bounded", "inconclusive"}
KINDS = {"growth", "census", "burst", "step", "lag", "stall", "span-discipline"}
SNAPSHOT_KINDS = {"periodic", "peak", "burst", "growth", "mark", "request", "final"}


def check(value, fields):
    assert isinstance(value, dict)
    for name, kind in fields.items():
        assert name in value, name
        assert isinstance(value[name], kind), name
        assert not isinstance(value[name], bool), name


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), names
    return dict(pairs)


def report(case, *options):
    run = subprocess.run([LG_PRINT, "--format=json", *options, case], cwd=HERE, capture_output=True, timeout=60)
    assert run.returncode == 0
    return json.loads(run.stdout.decode("utf-8"), object_pairs_hook=no_duplicates)


def check_places(thing):
    for label in thing["context"]:
        assert isinstance(label, str)
    for frame in thing["stack"]:
        check(frame, FRAME)


@pytest.mark.parametrize("case", CASES)
def test_contract(case):
    r = report(case)
    check(r, REPORT)
    assert r["format"] == "leakgrow-report" and r["version"] == 1
    assert r["time_unit"] in ("ms", "B", "i", "ticks")
    assert r["end"] in ("exit", "signal", "running", "truncated")
    assert all(isinstance(word, str) for word in r["command"])
    check(r["totals"], TOTALS)
    assert (r["domains"] == []) == (case != "reclaim.lg")
    for s in r["snapshots"]:
        check(s, SNAPSHOT)
        assert s["kind"] in SNAPSHOT_KINDS
        assert ("mark" in s) == (s["kind"] == "mark")
        assert s["floor_B"] <= s["live_B"] <= s["ceiling_B"]
    for rank, f in enumerate(r["findings"], 1):
        check(f, FINDING)
        check_places(f)
        assert f["rank"] == rank
        assert f["verdict"] in VERDICTS and f["kind"] in KINDS
        assert f["text"] and f["text"].isprintable()
    for a in r["accounts"]:
        check(a, ACCOUNT)
        check_places(a)
        assert a["verdict"] in VERDICTS
        for p in a["series"]:
            check(p, POINT)
            assert p["floor_B"] <= p["live_B"] <= p["ceiling_B"]
        times = [p["time"] for p in a["series"]]
        assert times == sorted(set(times))
    for c in r["coverage"]:
        check(c, {"name": str, "text": str})


@pytest.mark.parametrize("case", CASES)
def test_census_contract(case):
    r = report(case)
    for g in r["census"]:
        check(g, GROUP)
        assert g["kind"] in ("span", "task") and g["verdict"] in VERDICTS
        assert g["opened"] - g["closed"] == g["open"]
        assert set(g["discipline"]) == MISUSES
        for frame in g["creation_stack"]:
            check(frame, FRAME)
        for p in g["series"]:
            check(p, OPEN_POINT)
            assert p["floor"] <= p["open"] <= p["ceiling"]
        times = [p["time"] for p in g["series"]]
        assert times == sorted(set(times))
        assert g["series"][-1]["open"] == g["open"]
    names = [(g["label"], g["kind"], g["file"], g["line"], str(g["creation_stack"])) for g in r["census"]]
    assert len(set(names)) == len(names)
    for f in r["findings"]:
        if f["kind"] not in ("census", "span-discipline"):
            assert f["creation_stack"] == []
            continue
        check(f, INSTANCES)
        assert f["creation_stack"] == f["stack"]
        assert f["slope_B_per_s"] is None and f["slope_B_per_tick"] is None
        assert any((g["label"], g["kind"], g["creation_stack"]) == (f["label"], f["instances"], f["creation_stack"])
                   for g in r["census"])


@pytest.mark.parametrize("case", CASES)
def test_parts_agree(case):
    r = report(case)
    times = [s["time"] for s in r["snapshots"]]
    assert times == sorted(times)
    assert [s["kind"] for s in r["snapshots"]].count("final") == 1
    last = r["snapshots"][-1]
    assert last["kind"] == "final"
    assert r["totals"]["live_B"] == last["live_B"]
    assert r["totals"]["peak_B"] >= max(s["live_B"] for s in r["snapshots"] if s["kind"] == "peak")
    for a in r["accounts"]:
        assert a["peak_B"] == max((p["ceiling_B"] for p in a["series"]), default=0)
        if a["peak_B"]:
            assert a["peak_time"] == next(p["time"] for p in a["series"] if p["ceiling_B"] == a["peak_B"])
        assert a["series"][-1]["time"] == [s["time"] for s in r["snapshots"] if s["kind"] in ("periodic", "final")][-1]


@pytest.mark.parametrize("case", CASES)
def test_contexts_add_up_to_the_accounts(case):
    r = report(case)
    for c in r["contexts"]:
        mine = [a for a in r["accounts"] if a["context"] == c["context"]]
        assert c["accounts"] == len(mine) and c["growing"] == sum(a["verdict"] == "growing" for a in mine)
        for field in ("live_B", "live_blocks", "total_B", "total_blocks"):
            assert c[field] == sum(a[field] for a in mine)
        assert c["verdict"] == next((v for v in ("growing", "inconclusive") if any(a["verdict"] == v for a in mine)), "bounded")
    assert sum(c["accounts"] for c in r["contexts"]) == len(r["accounts"])


@pytest.mark.parametrize("case", ["tiny.lg", "leak.lg", "killed.lg"])
def test_accounts_add_up_to_the_totals(case):
    r = report(case)
    assert sum(a["live_B"] for a in r["accounts"]) == r["totals"]["live_B"]
    assert sum(a["live_blocks"] for a in r["accounts"]) == r["totals"]["live_blocks"]
    assert sum(a["total_B"] for a in r["accounts"]) == r["totals"]["allocated_B"]
    assert sum(a["total_blocks"] for a in r["accounts"]) == r["totals"]["allocs"]


def test_top_limits_accounts():
    assert len(report("leak.lg", "--top=1")["accounts"]) == 1
    assert len(report("leak.lg")["accounts"]) == 3
    assert report("leak.lg", "--top=1")["accounts"][0]["stack"][0]["fn"] == "malloc_wrapper"


def test_leak_by_hand():
    r = report("leak.lg")
    assert r["totals"].pop("file_B") == os.path.getsize(os.path.join(os.path.dirname(__file__), "leak.lg"))
    assert r["totals"].pop("tool_B") > 0
    assert r["totals"] == {"books_B": 0, "merged_B": 0,
                           "allocs": 6606, "frees": 6000, "allocated_B": 3120000, "live_B": 120000, "live_blocks": 606,
                           "peak_B": 170000, "peak_time": 599, "ticks": 600}
    assert [(f["kind"], f["verdict"], f["shape"]) for f in r["findings"]] == [("growth", "growing", "linear")]
    f = r["findings"][0]
    assert [frame["fn"] for frame in f["stack"]] == ["malloc_wrapper", "remember_request", "serve", "main"]
    assert f["slope_B_per_tick"] == pytest.approx(100, rel=0.05)
    assert f["slope_B_per_s"] == pytest.approx(100000, rel=0.05)
    assert [s["mark"] for s in r["snapshots"] if s["kind"] == "mark"] == ["half time"]
    leak = r["accounts"][0]
    assert leak["series"][0] == {"time": 10, "live_B": 1000, "floor_B": 0, "ceiling_B": 1000, "live_blocks": 10}
    assert leak["series"][59] == {"time": 600, "live_B": 60000, "floor_B": 59000, "ceiling_B": 60000, "live_blocks": 600}


def test_shift_by_hand():
    """Two narrow intervals become a wide one; the second `i 1 2 1` line replaces the first."""
    r = report("shift.lg")
    assert r["end"] == "running" and r["time_unit"] == "B"
    assert r["accounts"][0]["series"] == [
        {"time": 20, "live_B": 20, "floor_B": 0, "ceiling_B": 30, "live_blocks": 2},
        {"time": 40, "live_B": 25, "floor_B": 5, "ceiling_B": 25, "live_blocks": 3},
        {"time": 60, "live_B": 40, "floor_B": 25, "ceiling_B": 40, "live_blocks": 5}]
    assert r["accounts"][0]["total_B"] == 65 and r["accounts"][0]["total_blocks"] == 7
    assert [(s["time"], s["kind"], s["live_B"]) for s in r["snapshots"]] == [
        (20, "periodic", 20), (40, "periodic", 25), (45, "peak", 31), (55, "request", 40), (60, "final", 40)]


def test_names_are_valid_text():
    r = report("names.lg")
    assert r["command"] == ["./\ufffd\ufffdodd", "--name=\x1b[31mred", "tab\tnew\nline", "back\\slash", ""]
    assert r["end"] == "signal"
    inner = next(a for a in r["accounts"] if a["context"])
    assert inner["context"] == ["requ\u00e9te", "POST \ufffd\ufffd\ufffd /upload \U0001f4be"]
    assert inner["stack"][1] == {"fn": "ns::\u00dcber<int, std::vector<char> >::add(int)", "file": "\u00fcber.cc", "line": 3,
                                 "object": "/opt/\ufffd/bin"}
    assert [s["mark"] for s in r["snapshots"] if s["kind"] == "mark"] == ["caf\ufffd \x1b[2J\u20ac", ""]
    last = next(a for a in r["accounts"] if not a["context"])
    assert (last["live_B"], last["live_blocks"], last["total_B"], last["total_blocks"]) == (4, 1, 20, 2)
    assert len(r["mappings"]) == 1
