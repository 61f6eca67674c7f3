# SPDX-License-Identifier: GPL-2.0-or-later
"""Spans and tasks by client request: contexts of what is allocated, the census, and every mistake counted where it belongs."""
import os
import re
import subprocess

import pytest

import lgsys
import vgclient

FLAGS = [pytest.param((), id="amd64"), pytest.param(("-m32",), id="x86")]


@pytest.fixture(scope="module", params=FLAGS)
def program(request, programs):
    return vgclient.build(programs, "spans.c", "-pthread", *request.param, name="spans" + "".join(request.param))


@pytest.fixture
def run(program, tmp_path):
    def once(part, *options):
        return lgsys.run(tmp_path / "out", [program, part], ["--time-unit=B", "--sanity-level=3", *options])
    return once


def contexts(profile, function="hold"):
    """Live bytes by context of what a function allocated."""
    sums = {}
    for account in profile.report["accounts"]:
        if account["stack"] and account["stack"][0]["fn"] == function:
            key = ";".join(account["context"])
            sums[key] = sums.get(key, 0) + account["live_B"]
    return sums


def census(profile):
    """Per label: (open, opened, closed), and the misuse that occurred, over all stacks that created instances."""
    counts, misuse = {}, {}
    for group in profile.report["census"]:
        label = group["label"]
        counts[label] = tuple(a + group[f] for a, f in zip(counts.get(label, (0, 0, 0)), ("open", "opened", "closed")))
        for kind, n in group["discipline"].items():
            if n:
                misuse.setdefault(label, {}).setdefault(kind, 0)
                misuse[label][kind] += n
    return counts, misuse


@pytest.mark.parametrize("path", ["fast", "plain"])
def test_paths(run, path):
    profile = run("paths", f"--hot-path={path}")
    held = contexts(profile)
    assert held == {"": 1 + 64 + 5000, "a": 2 + 8 + 32, "a;b": 4 + 16, "recurse": 200, "server;connection": 1000,
                    "server;connection;request": 2000 + 4000, "root": 3000}
    assert contexts(profile, "paths") == {"born": 100000}, "a block that is resized keeps the context of its birth"
    counts, misuse = census(profile)
    assert misuse == {}
    assert counts["recurse"] == (0, 20, 20) and counts["connection"] == (1, 1, 0) and counts["a"] == (0, 2, 2)


def test_place_of_labels(run):
    groups = {g["label"]: g for g in run("paths").report["census"]}
    with open(os.path.join(vgclient.HERE, "spans.c")) as f:
        lines = f.read().split("\n")
    for label, declared in (("connection", 'LEAKGROW_SPAN_NEW(1, "connection")'), ("root", 'root = LEAKGROW_LABEL_INIT("root")')):
        assert os.path.basename(groups[label]["file"]) == "spans.c"
        assert declared in lines[groups[label]["line"] - 1]
        assert groups[label]["creation_stack"][0]["fn"] == "paths"


def test_deep_paths(run):
    """64 labels are told apart; what is deeper replaces the last one."""
    held = contexts(run("deep"))
    path = [f"l{i}" for i in range(63)]
    expected = {";".join(path[:i]): 1 for i in range(1, 64)} | {";".join(path + [f"l{i}"]): 1 for i in range(63, 300)} | {"": 7}
    assert held == expected


def test_too_many_contexts(run):
    """What is beyond --max-contexts is in one context, which says how much it holds."""
    profile = run("deep", "--max-contexts=10")
    path = [f"l{i}" for i in range(10)]
    assert contexts(profile) == {";".join(path[:i]): 1 for i in range(1, 11)} | {"(other)": 290, "": 7}
    counts = census(profile)[0]
    assert counts["(other)"] == (0, 290, 290) and counts["l9"] == (0, 1, 1)
    assert profile.counter("contexts-other") >= 290


def test_census(run):
    profile = run("census")
    assert census(profile) == ({"session": (250, 1000, 750), "again": (0, 1, 1), "job": (3, 10, 7)}, {})
    assert contexts(profile) == {"": 7, "job": 1000}
    sessions = next(g for g in profile.report["census"] if g["label"] == "session")
    assert sessions["creation_stack"][0]["fn"] == "open_many"
    assert sessions["series"][-1]["open"] == 250 and max(s["ceiling"] for s in sessions["series"]) == 1000
    live = profile.report["totals"]["live_blocks"]
    assert live == sum(a["live_blocks"] for a in profile.report["accounts"]), "open instances are no blocks of the heap"


def test_mistakes(run):
    profile = run("mistakes")
    counts, misuse = census(profile)
    assert misuse == {"order": {"order": 3}, "unentered": {"unentered": 4}, "thread": {"thread": 5}, "open": {"open": 6},
                      "reused": {"reused": 6}, "dies entered": {"thread": 1}, "dies begun": {"open": 1},
                      "never begun": {"unentered": 1}, "(unknown)": {"unknown": 7}}
    assert counts["reused"] == (1, 7, 6) and counts["open"] == (0, 6, 6) and counts["order"] == (0, 3, 3)
    assert counts["dies begun"] == (0, 1, 1) and counts["dies entered"] == (1, 1, 0) and counts["(unknown)"] == (0, 0, 0)
    assert contexts(profile) == {"": 1 + 2 + 4}, "nobody is left inside of anything"


def test_nesting(run):
    """A recursion to the same depth is told of once; 100,000 that are never left all count."""
    counts, misuse = census(run("nesting"))
    assert misuse == {"nest": {"nested": 100 - 31}, "never left": {"nested": 100000 - 31}}
    assert counts == {"nest": (0, 500, 500), "never left": (100000, 100000, 0)}


def test_guard_held_while_suspended(run):
    profile = run("guard")
    counts, misuse = census(profile)
    assert misuse == {"connection": {"suspended": 50}, "early": {"foreign": 49}}, "once per enter, however often the task waits"
    assert counts == {"connection": (50, 50, 0), "serve": (50, 50, 0), "query": (0, 50, 50), "early": (0, 50, 50)}
    assert contexts(profile) == {"connection": 3 * 50 * 10, "": 1000}, "the next task does not inherit it"


def test_same_without_the_flaw(run):
    profile = run("fixed")
    assert census(profile)[1] == {}
    assert contexts(profile) == {"connection": 3 * 50 * 10, "": 1000}


def test_tasks_change_threads(run):
    profile = run("migrate")
    counts, misuse = census(profile)
    assert contexts(profile) == {"fiber;entered;begun": 100 + 200, "fiber": 400 + 5, "main loop": 10, "inner fiber": 3 + 1600, "": 800 + 6}
    assert misuse == {"entered": {"suspended": 1, "thread": 1}}
    assert counts == {"main loop": (0, 1, 1), "fiber": (0, 1, 1), "inner fiber": (0, 1, 1), "begun": (0, 1, 1), "entered": (1, 1, 0)}


@pytest.mark.parametrize("path", ["fast", "plain"])
def test_tasks_in_blocks(program, tmp_path, path):
    """They end with their block: freed, moved by realloc, gone with a pool. Where no block begins there is no such task."""
    command = lgsys.valgrind_command(tmp_path / "out", ["--sanity-level=3", f"--hot-path={path}"], [program, "blocks"])
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "1111001\n")
    profile = lgsys.Profile(tmp_path / "out", done.stderr)
    assert census(profile) == ({"job": (1, 5, 4), "pooled": (1, 4, 3)}, {})
    assert contexts(profile) == {"job": 1, "": 2}
    assert profile.counter("bad-request") == 2


def test_fork(program, tmp_path):
    lgsys.run(tmp_path / "out.%p", [program, "forked"], ["--sanity-level=3"])
    profiles = [lgsys.Profile(tmp_path / name) for name in os.listdir(tmp_path) if not name.endswith(".stderr")]
    found = [(contexts(p), *census(p)) for p in profiles]
    counts = {"shared": (1, 1, 0), "other thread": (0, 1, 1), "forking": (0, 1, 1)}
    assert ({"forking": 100}, counts, {}) in found
    assert ({"forking": 200}, counts, {"shared": {"unentered": 1}}) in found
    assert len(found) == 2


def test_names_of_threads(run):
    assert contexts(run("names")) == {"worker-#": 200, "worker-#;work": 20, "io": 100, "io;work": 10, "#": 100, "#;work": 10,
                                      "renamed": 1000, "": 100 + 1 + 100, "work": 20}


def test_nothing_natively(program):
    assert subprocess.run([program, "blocks"], capture_output=True, text=True).stdout == "0000000\n"


@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("flags", FLAGS)
def test_random_requests(programs, tmp_path, seed, flags):
    """Random ids, labels that cannot be read, do not end, are huge, change or are unmapped, on four threads: the tool goes on, and its own
    checks of every open instance hold."""
    program = vgclient.build(programs, "spans_hostile.c", "-pthread", *flags, name="spans_hostile" + "".join(flags))
    command = lgsys.valgrind_command(tmp_path / "out", ["--sanity-level=3"], [program, str(seed), "5000"])
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=120)
    assert done.returncode == 0, done.stderr
    refused, rest = done.stdout.split(" ", 1)
    assert rest == "refused, done\n" and 1000 < int(refused) < 10000
    profile = lgsys.Profile(tmp_path / "out", done.stderr)
    assert profile.counter("bad-request") == int(refused)
    assert profile.report["end"] == "exit" and len(profile.report["census"]) > 100
    assert all(g["opened"] - g["closed"] == g["open"] for g in profile.report["census"])


MILLION = 1000000


@pytest.mark.parametrize("part", ["spans", "tasks", "entered", "begun"])
def test_a_million_open(programs, tmp_path, part):
    """52 bytes for each that is open, and 64 while it is entered, in a table that doubles: the manual says so."""
    program = vgclient.build(programs, "spans_scale.c", "-pthread")
    profile = lgsys.run(tmp_path / "out", [program, part, str(MILLION)], ["--stats=yes"])
    assert [(g["open"], g["opened"]) for g in profile.report["census"]] == [(MILLION, MILLION)]
    text = lgsys.flat(re.sub(r"^--\d+-- ?", "", profile.summary, flags=re.MULTILINE))
    table = int(re.search(r"instances: \d+ open, \d+ at most; table: (\d+) bytes", text)[1])
    entries = int(re.search(r"entered: \d+, (\d+) bytes, refused 0 times", text)[1])
    assert (table > 0) == (part != "begun") and table / MILLION < 53
    assert (entries > MILLION) == (part in ("entered", "begun")) and entries / MILLION < 68


def test_ten_thousand_labels(programs, tmp_path):
    program = vgclient.build(programs, "spans_scale.c", "-pthread")
    profile = lgsys.run(tmp_path / "out", [program, "labels", "20000"])
    held = contexts(profile, "use_labels")
    assert held == {f"label {i}": 20 for i in range(0, 10000, 10)} | {f"label {i}": 0 for i in range(10000) if i % 10}
    assert len(profile.report["census"]) == 10000


def test_a_thousand_threads(programs, tmp_path):
    """With names of their own, which are one but for the number, and all inside of a span at once."""
    program = vgclient.build(programs, "spans_scale.c", "-pthread")
    profile = lgsys.run(tmp_path / "out", [program, "threads", "1000"], ["--max-threads=1100"])
    group = next(g for g in profile.report["census"] if g["label"] == "in thread")
    assert (group["open"], group["opened"], max(s["ceiling"] for s in group["series"])) == (0, 1000, 1000)
    assert contexts(profile, "inside") == {"pool-#;in thread": 100 * 1000}


def test_monitor(programs, tmp_path):
    """What a running program says of its contexts and of what is open."""
    program = vgclient.build(programs, "spans.c", "-pthread")
    command = lgsys.valgrind_command(tmp_path / "out", ["--vgdb=yes", f"--vgdb-prefix={tmp_path}/vgdb"], [program, "waiting"])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ask(*words):
        vgdb = ["vgdb", f"--vgdb-prefix={tmp_path}/vgdb", f"--pid={process.pid}", *words]
        return subprocess.run(vgdb, capture_output=True, text=True, timeout=60).stdout

    try:
        assert process.stdout.readline() == "waiting\n"
        assert ask("contexts").split("\n") == ["   3.9 KiB in        1 blocks  service > session", "     300 B in        1 blocks  service",
                                               "      50 B in        1 blocks  (root)", "2 contexts", ""]
        lines = ask("census").split("\n")
        assert lines[0].startswith('       5 open, 7 opened, 2 closed: span "session" (spans.c:')
        assert lines[1].startswith('       1 open, 1 opened, 0 closed: task "service" (spans.c:') and "created at waiting (spans.c:" in lines[1]
        assert lines[2:] == ["2 groups of spans and tasks", ""]
        assert ask("contexts", "1").count("\n") == 2 and ask("census", "1").count("\n") == 2
        assert "not a number" in ask("contexts", "0") and "not a number" in ask("census", "x")
    finally:
        process.communicate("\n", timeout=60)
    assert process.returncode == 0
