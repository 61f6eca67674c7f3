# SPDX-License-Identifier: GPL-2.0-or-later
"""Reclamation: what the report says of domains, and what it takes for growth, lag and stalls. Profiles are simulated (domains.py)."""
import io
import json
import os
import pathlib
import subprocess

import pytest

import domains
from domains import BUFFER, LATE, NODE, POP, SCAN, Sim

HERE = pathlib.Path(os.environ.get("LG_SRCDIR", ".")) / "tests" / "golden"
LG_PRINT = os.environ.get("LG_PRINT", "lg_print")

NUMBER = (int, float)
LAG = ("p50", "p95", "p99", "max")
DOMAIN = {"name": str, "scheme": str, "coverage": str, "verdict": str, "shape": str, "stalls": list, "series": list,
          "readers": list, "retired_by": list,
          **dict.fromkeys(("retired", "freed", "advances", "pins", "backlog_objects", "backlog_B", "peak_backlog_objects",
                           "peak_backlog_B"), int),
          **dict.fromkeys(("lag_ms", "lag_B", "lag_epochs", "stash_ms", "grace_ms", "drain_ms", "free_ms"), dict)}
STALL = {"diagnosis": str, "ended": bool, "thread": str, "thread_number": int, "context": list, "pin_stack": list,
         "since": int, "until": int, "age": int, "blocked_objects": int, "blocked_B": int, "peak_blocked_objects": int,
         "peak_blocked_B": int, "text": str}
POINT = dict.fromkeys(("time", "backlog_objects", "backlog_B", "floor_B", "ceiling_B", "floor_objects", "ceiling_objects",
                       "epoch", "advances", "pins"), int)


def check(value, fields):
    for name, kind in fields.items():
        assert isinstance(value[name], kind), name


def lg_print(data, *options):
    return subprocess.run([LG_PRINT, *options, "-"], input=data, capture_output=True, timeout=60)


def report(data):
    run = lg_print(data, "--format=json")
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def text(data):
    run = lg_print(data, "--unicode=no")
    assert run.returncode == 0, run.stderr
    return run.stdout.decode()


@pytest.fixture(scope="module")
def reclaim():
    out = io.BytesIO()
    domains.reclaim(out)
    assert out.getvalue() == (HERE / "reclaim.lg").read_bytes()
    return out.getvalue()


def test_contract(reclaim):
    r = report(reclaim)
    assert [d["name"] for d in r["domains"]] == ["crossbeam-epoch", "liburcu-memb", "list"]
    for d in r["domains"]:
        check(d, DOMAIN)
        for metric in ("lag_ms", "lag_B", "lag_epochs", "stash_ms", "grace_ms", "drain_ms", "free_ms"):
            values = [d[metric][q] for q in LAG]
            assert values == sorted(values) and all(isinstance(v, NUMBER) for v in values)
        for s in d["stalls"]:
            check(s, STALL)
            assert s["age"] == s["until"] - s["since"]
        for p in d["series"]:
            check(p, POINT)
            assert p["floor_B"] <= p["backlog_B"] <= p["ceiling_B"]
            assert p["floor_objects"] <= p["backlog_objects"] <= p["ceiling_objects"]
        times = [p["time"] for p in d["series"]]
        assert times == sorted(set(times)) and len(times) == 60
        assert d["retired"] - d["freed"] == d["backlog_objects"] == d["series"][-1]["backlog_objects"]


def test_numbers_by_hand(reclaim):
    epoch, rcu, ended = report(reclaim)["domains"]
    assert (epoch["retired"], epoch["freed"], epoch["backlog_objects"], epoch["backlog_B"]) == (6000, 1400, 4600, 4600 * 1064)
    assert (epoch["peak_backlog_objects"], epoch["advances"], epoch["pins"]) == (4600, 15, 600)
    assert epoch["lag_ms"] == {"count": 1400, "p50": 10, "p95": 10, "p99": 10, "max": 10}
    assert epoch["series"][20] == {"time": 210, "backlog_objects": 700, "backlog_B": 700 * 1064, "floor_B": 600 * 1064,
                                   "ceiling_B": 700 * 1064, "floor_objects": 600, "ceiling_objects": 700, "epoch": 16,
                                   "advances": 15, "pins": 600}
    assert epoch["coverage"] == "events: 5 of 5 hooks; pins: exact"
    stall, = epoch["stalls"]
    assert (stall["diagnosis"], stall["ended"], stall["thread"], stall["thread_number"]) == ("reader", False, "reader", 3)
    assert (stall["since"], stall["age"], stall["blocked_objects"]) == (150, 450, 4600)
    assert stall["pin_stack"][1]["fn"] == "Reader::scan"
    reader = next(x for x in epoch["readers"] if x["thread"] == "reader")
    assert reader["is_pinned"] and reader["pinned_since"] == 150 and reader["pinned_ms"] == 445
    worker = next(x for x in epoch["readers"] if x["thread"] == "worker")
    assert not worker["is_pinned"] and worker["pinned_since"] is None and worker["pins"] == 24000
    assert [x["backlog_objects"] for x in epoch["retired_by"]] == [4600]
    assert (rcu["verdict"], rcu["retired"], rcu["freed"], rcu["lag_ms"]["max"]) == ("bounded", 3000, 2900, 20)
    assert (ended["verdict"], ended["stalls"][0]["ended"], ended["stalls"][0]["peak_blocked_objects"]) == ("bounded", True, 200)
    # 980 of the 1,180 were freed after 10 ms, the others after 20 to 110 ms: nearest rank, in buckets 1/16 wide
    assert ended["lag_ms"]["max"] == 110 and 90 <= ended["lag_ms"]["p95"] <= 90 * 17 / 16


def test_lag_is_not_growth(reclaim):
    """All of the heap's growth is backlog: one finding says who is in the way, one how it grows, none calls it a leak."""
    r = report(reclaim)
    assert [(f["kind"], f["shape"]) for f in r["findings"]] == [("stall", "lag"), ("lag", "lag")]
    stall, lag = r["findings"]
    assert 'thread 3 "reader" has been pinned for 450 ms' in stall["text"]
    assert "at Reader::scan (reader.rs:40)" in stall["text"]
    assert stall["live_B"] == lag["live_B"] == 4600 * 1064
    assert stall["diagnosis"] == "reader" and stall["domain"] == "crossbeam-epoch"
    assert [f["fn"] for f in stall["stack"]][1] == "Reader::scan"
    assert lag["slope_B_per_s"] == pytest.approx(10640000, rel=0.5)
    assert r["verdict"] == "growing"
    assert any("1 stall of reclamation has ended: in list" in s for s in r["statements"])


def make(fill, n=60, **kwargs):
    """A profile of n intervals; fill(sim, i, state) is asked before each ends. state is its own."""
    out = io.BytesIO()
    sim, state = Sim(out, **kwargs), {}
    for i in range(n):
        fill(sim, i, state)
        sim.step()
    sim.end()
    return out.getvalue()


def queue(sim, state, scheme="ebr"):
    if "node" not in state:
        state["node"], state["buffer"] = sim.account(*NODE), sim.account(*BUFFER)
        state["d"] = sim.domain(scheme, b"scheme", POP)
        state["scan"] = sim.w.stack(*SCAN)
    return state["node"], state["buffer"], state["d"]


def healthy(sim, i, s):
    node, buffer, d = queue(sim, s)
    node.change(100, 6400)
    buffer.change(100, 100000)
    d.free(100)
    d.advances += 1
    d.retire(100, ((node, 64), (buffer, 1000)))


def test_healthy_domain_has_no_finding():
    r = report(make(healthy))
    assert r["findings"] == [] and r["verdict"] == "bounded"
    assert r["domains"][0]["verdict"] == "bounded" and r["domains"][0]["stalls"] == []


def test_growth_that_is_not_lag_stays_growth():
    """A histogram that is read but never cleared: blocks are kept by the program itself; the backlog stays low."""
    def fill(sim, i, s):
        healthy(sim, i, s)
        s.setdefault("kept", sim.account(*LATE)).change(10, 5120)
    r = report(make(fill))
    assert [(f["kind"], f["stack"][0]["fn"]) for f in r["findings"]] == [("growth", "list_unlink")]
    assert r["domains"][0]["verdict"] == "bounded"


def test_growth_beside_lag_is_measured_without_it():
    """Half of what the same stack allocates waits, half is leaked: the leak is reported with its own rate."""
    def fill(sim, i, s):
        node, buffer, d = queue(sim, s)
        node.change(200, 12800)
        d.retire(100, ((node, 64),))
    r = report(make(fill))
    kinds = [f["kind"] for f in r["findings"]]
    assert sorted(kinds) == ["growth", "lag"]
    growth = r["findings"][kinds.index("growth")]
    assert growth["slope_B_per_s"] == pytest.approx(640000, rel=0.1)


def test_without_waiting_accounts_growth_is_growth():
    """What the profile does not say is not guessed."""
    def fill(sim, i, s):
        node, _, d = queue(sim, s)
        node.change(100, 6400)
        d.retire(100, ((node, 64),))
        node.waiting.change(-100, -6400)
    assert sorted(f["kind"] for f in report(make(fill))["findings"]) == ["growth", "lag"]


@pytest.mark.parametrize("diagnosis,scheme,words", [
    ("reader", "rcu", 'thread 7 "poller" has been pinned for'),
    ("advance", "ebr", "no reader is in the way, but nobody has advanced the epoch or collected for"),
    ("advance", "hp", "nobody has scanned the hazard pointers for"),
    ("advance", "qsbr", "nobody has let a grace period end for"),
    ("stash", "ebr", 'thread 7 "poller" has kept them in its stash, retiring nothing, for'),
    ("callback", "rcu", "their destructors were called, but their memory has been kept for"),
])
def test_diagnoses(diagnosis, scheme, words):
    def fill(sim, i, s):
        node, _, d = queue(sim, s, scheme)
        node.change(100, 6400)
        d.retire(100, ((node, 64),))
        sim.extra.append(("F", d.id, 1, diagnosis, 5, 0, 0, s["scan"] if diagnosis == "reader" else 0, d.total.blk, d.total.B,
                          d.total.blk, d.total.B, 7, b"poller"))
    r = report(make(fill))
    stall = next(f for f in r["findings"] if f["kind"] == "stall")
    assert stall["diagnosis"] == diagnosis and words in stall["text"]
    assert r["findings"][0] == stall


def test_lag_without_a_stall_tells_what_is_known():
    def stopped(sim, i, s):
        node, _, d = queue(sim, s)
        node.change(100, 6400)
        d.advances = min(i, 3)
        d.retire(100, ((node, 64),))
    lag, = report(make(stopped))["findings"]
    assert lag["kind"] == "lag" and "nobody has advanced the epoch or collected for" in lag["text"]

    def pinned(sim, i, s):
        stopped(sim, i, s)
        sim.extra.append(("P", s["d"].id, 4, 1, 1000 * i, 1000 * i, 1000 * i, 1, 5, 0, s["scan"], b"scanner"))
    lag, = report(make(pinned))["findings"]
    assert 'the oldest pin is that of thread 4 "scanner"' in lag["text"] and "Reader::scan" in lag["text"]

    def busy(sim, i, s):
        stopped(sim, i, s)
        s["d"].advances = i
    lag, = report(make(busy))["findings"]
    assert "more is retired than is freed" in lag["text"]


def test_a_stall_that_ended_is_no_finding():
    def fill(sim, i, s):
        node, _, d = queue(sim, s)
        node.change(100, 6400)
        if not 20 <= i < 40:
            d.free(10000)
        d.retire(100, ((node, 64),))
        if i == 40:
            sim.extra.append(("F", d.id, 1, "reader", 200, 400, 0, s["scan"], 0, 0, 2000, 128000, 3, b"reader"))
    r = report(make(fill))
    assert not [f for f in r["findings"] if f["kind"] in ("lag", "stall", "growth")]
    assert r["verdict"] == "bounded"
    assert any('thread 3 "reader" was pinned for 200 ms' in s for s in r["statements"])


def test_an_open_stall_without_anything_blocked_is_no_finding():
    def fill(sim, i, s):
        healthy(sim, i, s)
        sim.extra.append(("F", s["d"].id, 1, "reader", 200, 0, 0, 0, 0, 0, 100, 106400, 3, b"reader"))
    assert report(make(fill))["findings"] == []


def test_a_late_stall_is_undecided():
    """Too late to be called growth; it is said nevertheless, and the run is not called bounded."""
    def fill(sim, i, s):
        healthy(sim, i, s)
        if i >= 57:
            s["d"].queue.append(s["d"].queue.pop())
            sim.extra.append(("F", s["d"].id, 1, "reader", 570, 0, 0, s["scan"], 100, 106400, 100, 106400, 3, b"reader"))
    r = report(make(fill))
    assert [(f["kind"], f["verdict"]) for f in r["findings"]] == [("stall", "inconclusive")]
    assert r["verdict"] == "inconclusive"


def test_many_domains():
    def fill(sim, i, s):
        if i == 0:
            s["node"] = sim.account(*NODE)
            s["all"] = [sim.domain("hp", b"domain %d" % k, POP) for k in range(1000)]
        if i < 3:
            for d in s["all"]:
                s["node"].change(1, 64)
                d.free(1)
                d.retire(1, ((s["node"], 64),))
    r = report(make(fill, n=5))
    assert len(r["domains"]) == 1000
    assert len(text(make(fill, n=5)).splitlines()) < 400


BAD = [
    "d 1 ebr 1 again", "d 3 ebr 1 gap", "d 2 lru 1 scheme", "d 2 ebr 99 context", "d 2 ebr 0 root", "d 2 ebr", "d", "d 2",
    "C 9 text", "C 1", "D 1 200 0 1 1 1", "D 1 0 41 1 1 1", "D 1 0 0 1 1", "D 1 0 0 1 1 4611686018427387905", "D 0 0 0 1 1 1",
    "P 1 1 1 2 3 4 0 0 0 0 x", "P 1 1 1 5 4 1 0 0 0 0 x", "P 1 1 1 1 1 1 2 0 0 0 x", "P 1 1 1 1 1 1 0 0 9 0 x",
    "P 1 1 1 1 1 1 0 0 0 99 x", "P 1 1 1 1 1 1 0 0 0 0",
    "H 1 lag_ms 5", "H 1 lag_s 5 5 1", "H 1 lag_ms 5 5 0", "H 1 lag_ms 5 6 1", "H 1 lag_ms 5 5 1 4 1", "H 1 lag_ms 5 5 1 5 1",
    "H 1 lag_ms 18446744073709551615 976 1", "H 1 lag_ms 5 5", "H 1 lag_ms 5 5 4611686018427387905", "H 2 lag_ms 5 5 1",
    "F 1 0 reader 1 0 0 0 1 1 1 1 1 x", "F 1 2 reader 1 0 0 0 1 1 1 1 1 x", "F 1 1 deadlock 1 0 0 0 1 1 1 1 1 x",
    "F 1 1 reader 5 4 0 0 1 1 1 1 1 x", "F 1 1 reader 1 0 0 0 2 1 1 1 1 x", "F 1 1 reader 1 0 0 0 1 2 1 1 1 x",
    "F 1 1 reader 1 0 9 0 1 1 1 1 1 x", "F 1 1 reader 1 0 0 99 1 1 1 1 1 x", "F 1 1 reader 1 0 0 0 1 1 1 1 1",
    "F 1 1025 reader 1 0 0 0 1 1 1 1 1 x", "F 1 1 reader 1 0 0 0 4294967296 1 4294967296 1 1 x",
    "F 1 1 reader 1 0 0 0 1 36028797018963969 1 36028797018963969 1 x",
]
GOOD = [
    "C 1 text", "C 1 ", "D 1 199 0 18446744073709551615 4611686018427387904 0", "P 1 1 1 5 5 5 1 3 0 0 ", "H 1 lag_ms 5 5 1",
    "H 1 free_ms 18446744073709551615 0 1 975 4611686018427387904", "F 1 1 stash 1 0 0 0 1 1 1 1 0 ",
    "F 1 1 callback 0 0 1 1 4294967295 36028797018963968 4294967295 36028797018963968 2147483647 x",
]


def with_line(line):
    out = io.BytesIO()
    sim = Sim(out)
    node, _, d = queue(sim, {})
    node.change(1, 64)
    d.retire(1, ((node, 64),))
    sim.step()
    sim.w.lines.append(line.encode() + b"\n")
    sim.w.commit()
    return out.getvalue()


@pytest.mark.parametrize("line", BAD)
def test_bad_lines_end_the_reading(line):
    run = lg_print(with_line(line), "--format=json")
    assert run.returncode == 2
    r = json.loads(run.stdout)
    assert r["end"] == "truncated" and r["domains"][0]["backlog_objects"] == 1 and r["domains"][0]["stalls"] == []


@pytest.mark.parametrize("line", GOOD)
def test_extreme_lines_are_read(line):
    data = with_line(line)
    assert len(report(data)["domains"]) == 1
    text(data)


def test_a_torn_transaction_changes_nothing():
    whole = make(healthy, n=10)
    committed = whole[:whole.index(b"\nb 9 ") + 1]
    never = (b"b 9 90\nC 1 never\nD 1 7 0 77 77 77\nH 1 lag_ms 5 5 1\nP 1 9 1 1 1 1 0 0 0 0 x\nF 1 1 reader 1 0 0 0 1 1 1 1 1 x\n"
             b"d 2 hp 1 never\nC 2 never\n")
    run = lg_print(committed + never, "--format=json")
    assert b"truncated" in run.stderr
    assert json.loads(run.stdout)["domains"] == report(committed)["domains"]


def test_narrow_intervals_are_merged():
    out = io.BytesIO()
    w = domains.Writer(out)
    w.begin(40)
    x = w.define("x", 0, b"d")
    d = w.define("d", "rcu", x, b"d")
    w.total(0, 0, 10, 0, 0, 0, 0, 0, 0, 1, 1, 10)
    for i, epoch in ((0, 1), (1, 2), (2, 3), (3, 4)):
        w.line("D", d, i, 0, epoch, epoch, 10 * epoch)
    w.line("D", d, 2, 1, 9, 9, 90)
    w.commit()
    series = report(out.getvalue())["domains"][0]["series"]
    assert [(p["epoch"], p["pins"]) for p in series] == [(2, 20), (4, 40), (9, 90)]


# ---- lg_check and lg_diff ----

def tool(name):
    return os.path.join(os.environ.get("LG_BUILDDIR", "."), name)


def lg_check(tmp_path, data, *rules, baseline=None):
    (tmp_path / "run.lg").write_bytes(data)
    args = [tool("lg_check")]
    if rules:
        (tmp_path / "budget").write_text("".join(r + "\n" for r in rules))
        args.append(f"--budget={tmp_path}/budget")
    if baseline:
        args.append(f"--baseline={baseline}")
    run = subprocess.run([*args, f"{tmp_path}/run.lg"], capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout + run.stderr


SUPPRESSED = 'suppress domain crossbeam-epoch until 2999-12-31 because "known"'


def test_lag_and_stalls_fail(tmp_path, reclaim):
    code, out = lg_check(tmp_path, reclaim)
    assert code == 1 and out.count("fail         stall: crossbeam-epoch") == 1
    assert out.count("note         lag: of one cause with the stall of this domain: crossbeam-epoch") == 1
    assert "growth: crossbeam-epoch" not in out


@pytest.mark.parametrize("rule, code", [
    ("domain crossbeam-epoch backlog <= 4500 objects", 0), ("domain crossbeam-epoch backlog <= 4499 objects", 1),
    ("domain crossbeam-epoch backlog <= 4.6 MiB", 0), ("domain crossbeam-epoch backlog <= 4.5 MiB", 1),
    ("domain cross* peak <= 4600 objects", 0), ("domain cross* peak <= 4599 objects", 1),
    ("domain liburcu-memb lag p50 <= 20 ms", 0), ("domain liburcu-memb lag max <= 19999 us", 1),
    ('domain "*" lag max <= 0.11 s', 0), ('domain "*" lag max <= 109 ms', 1),
    ("domain list lag p95 <= 91 ms", 0), ("domain list lag p95 <= 88 ms", 2), ("domain list lag p95 <= 80 ms", 1),
    ("domain nowhere lag p95 <= 80 ms", 2), ("domain nowhere backlog <= 80 B", 2),
    ("total growth <= 1 B per second", 0),
])
def test_limits(tmp_path, reclaim, rule, code):
    assert lg_check(tmp_path, reclaim, SUPPRESSED, rule)[0] == code


def test_a_limit_excuses_no_growth(tmp_path, reclaim):
    assert lg_check(tmp_path, reclaim, "domain crossbeam-epoch backlog <= 1 GiB")[0] == 1
    assert lg_check(tmp_path, reclaim, "total growth <= 1 GiB per second")[0] == 1
    assert lg_check(tmp_path, reclaim, 'suppress domain "liburcu*" until 2999-12-31 because "other"')[0] == 1


def test_a_baseline_knows_a_lag_but_excuses_no_stall(tmp_path):
    def fill(sim, i, s):
        node, _, d = queue(sim, s)
        node.change(100, 6400)
        d.advances = i
        d.retire(100, ((node, 64),))
    base = tmp_path / "base.lg"
    base.write_bytes(make(fill))
    code, out = lg_check(tmp_path, make(fill), baseline=base)
    assert code == 0 and "known from the baseline" in out

    def stalled(sim, i, s):
        fill(sim, i, s)
        d = s["d"]
        sim.extra.append(("F", d.id, 1, "advance", 10, 0, 0, 0, d.total.blk, d.total.B, d.total.blk, d.total.B, 0, b""))
    assert lg_check(tmp_path, make(stalled), baseline=base)[0] == 1
    assert lg_check(tmp_path, make(healthy), baseline=base)[0] == 0
    assert lg_check(tmp_path, make(fill))[0] == 1


def test_nothing_freed_has_no_lag(tmp_path):
    def fill(sim, i, s):
        node, _, d = queue(sim, s)
        node.change(1 if i < 10 else 0, 64 if i < 10 else 0)
        if i < 10:
            d.retire(1, ((node, 64),))
        s.setdefault("churn", sim.account(*BUFFER))
        s["churn"].change(50, 5000)
        s["churn"].change(-50, -5000)
    code, out = lg_check(tmp_path, make(fill), "domain scheme lag p99 <= 1 s")
    assert code == 2 and "nothing was freed" in out


def test_diff_of_domains(tmp_path, reclaim):
    (tmp_path / "old.lg").write_bytes(make(healthy))
    (tmp_path / "new.lg").write_bytes(reclaim)
    run = subprocess.run([tool("lg_diff"), "--format=json", f"{tmp_path}/old.lg", f"{tmp_path}/new.lg"], capture_output=True,
                         timeout=60)
    assert run.returncode == 0
    places = {tuple(p["context"]) if isinstance(p["context"], list) else p["context"]: p for p in json.loads(run.stdout)["places"]
              if p["about"] == "domain"}
    status = {"".join(k) if isinstance(k, tuple) else k: p["status"] for k, p in places.items()}
    assert status == {"ebr: crossbeam-epoch": "new", "rcu: liburcu-memb": "new", "hp: list": "new", "ebr: scheme": "gone"}
    both = {d["name"]: d for d in json.loads(run.stdout)["domains"]}
    assert sorted(both) == ["crossbeam-epoch", "liburcu-memb", "list", "scheme"]
    assert both["scheme"]["new"] is None and both["scheme"]["old"]["lag_ms"]["max"] == 10
    assert both["crossbeam-epoch"]["old"] is None and both["crossbeam-epoch"]["new"]["stalls"] == 1
    assert both["crossbeam-epoch"]["new"]["held_objects"] == 4500
    text_run = subprocess.run([tool("lg_diff"), f"{tmp_path}/old.lg", f"{tmp_path}/new.lg"], capture_output=True, text=True)
    assert "liburcu-memb (rcu)\n    old: not there\n    new: bounded, 12.5 KiB in 100 waiting" in text_run.stdout
    growing = [p for p in json.loads(run.stdout)["places"] if p["new"] and p["new"]["verdict"] == "growing"]
    assert [p["about"] for p in growing] == ["domain"]
