# SPDX-License-Identifier: GPL-2.0-or-later
"""--max-tool-memory and what grows besides accounts of the heap: labels, contexts, open spans, retired objects, and accounts of other
kinds. Memory stays below the limit, the leaks among them are found and named, and what was given up is said."""
import json
import os
import subprocess

import pytest

import lgsys
import vgclient

LG_CHECK = os.environ.get("LG_BUILDDIR", ".") + "/lg_check"
MANY, SOME = 1000000, 200000
MIB = 1 << 20
CONFIG = "config"


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "bound_tables.c")


@pytest.fixture
def run(program, tmp_path):
    """Runs a part: the profile, and what the program says."""

    def once(part, n, limit_mib, *options):
        out = tmp_path / "out"
        command = lgsys.valgrind_command(out, ["--time-unit=ticks", f"--max-tool-memory={limit_mib}M", *options], [program, part, str(n)])
        done = subprocess.run(command, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        return lgsys.Profile(out, done.stderr), json.loads(done.stdout)

    return once


def assert_bounded(profile, limit_mib):
    assert "memory-over" not in profile.report["counters"]
    assert 0 < profile.report["totals"]["books_B"] <= limit_mib * MIB


def assert_leak(profile, said):
    """The leak of the heap is found, exact, and nothing else is accused of growing."""
    assert [lgsys.functions(f)[0] for f in profile.growth()] == ["leak_record"]
    assert vgclient.total(profile, "leak_record")[3] == said["leaked"]


def census(profile):
    """(open, opened) by kind and label."""
    sums = {}
    for group in profile.report["census"]:
        key = group["kind"], group["label"]
        was = sums.get(key, (0, 0))
        sums[key] = was[0] + group["open"], was[1] + group["opened"]
        assert not any(group["discipline"].values()), group
    return sums


def growing_spans(profile):
    return [f["text"].split('"')[1] for f in profile.findings if f["kind"] == "census" and f["verdict"] == "growing"]


def check(profile, *options):
    done = subprocess.run([LG_CHECK, *options, profile.path], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_million_contexts(run):
    profile, said = run("contexts", MANY, 16)
    assert_bounded(profile, 16)
    assert_leak(profile, said)
    assert growing_spans(profile) == ["stuck"]
    sums = census(profile)
    assert sums["span", "stuck"] == (said["stuck"], said["stuck"])
    assert sum(opened for _, opened in sums.values()) == MANY + said["stuck"]
    assert sum(is_open for is_open, _ in sums.values()) == said["stuck"]
    refused = profile.report["counters"]["labels-refused"]
    assert refused > MANY / 2 and f"{refused} labels of spans and tasks called (other)" in lgsys.flat(profile.summary)


def test_million_open_spans(run):
    """Those that leak are the oldest: none of what was given up is missed."""
    profile, said = run("open", MANY, 16)
    assert_bounded(profile, 16)
    assert_leak(profile, said)
    assert growing_spans(profile) == ["stuck"]
    assert census(profile) == {("span", "stuck"): (MANY, MANY), ("span", "request"): (0, MANY)}
    dropped = profile.report["counters"]["instances-dropped"]
    assert MANY / 2 < dropped < MANY and "closes-guessed" not in profile.report["counters"]
    assert f"{dropped} open spans and tasks that were not followed any more" in lgsys.flat(profile.summary)
    assert f"{dropped:,} open spans and tasks, the oldest ones, were not followed any more" in lgsys.flat(profile.text)
    unlimited, _ = run("open", MANY, 1024)
    assert "instances-dropped" not in unlimited.report["counters"] and unlimited.report["totals"]["books_B"] > 48 * MANY


def test_given_up_and_ended(run):
    """Ends of spans that are not followed any more: their number is right, there is no mistake in them, and a gate does not pass them."""
    profile, said = run("late", SOME, 8, "--sanity-level=3")
    assert_bounded(profile, 8)
    assert census(profile) == {("span", "slow"): (0, SOME)}
    assert growing_spans(profile) == []
    guessed = profile.report["counters"]["closes-guessed"]
    assert guessed == profile.report["counters"]["instances-dropped"] > SOME / 2
    assert f"{guessed} ends of spans and tasks that were not followed any more" in lgsys.flat(profile.summary)
    status, text = check(profile)
    assert status != 0 and f"{guessed:,} spans and tasks ended of which it is not known which ones: give more --max-tool-memory" in text


def backlog(profile):
    domain = next(d for d in profile.report["domains"] if d["name"] == CONFIG)
    return domain["backlog_objects"], domain["retired"]


def test_million_retired(run):
    profile, said = run("retired", MANY, 16)
    assert_bounded(profile, 16)
    assert_leak(profile, said)
    dropped = profile.report["counters"]["retires-dropped"]
    assert dropped > MANY / 2
    assert backlog(profile) == (MANY - dropped, MANY - dropped)
    assert "unknown-retired" not in profile.report["counters"]
    assert any(f["kind"] in ("stall", "lag") for f in profile.findings), "that they wait is still found"
    assert f"{dropped} retired objects that were not followed" in lgsys.flat(profile.summary)
    assert f"{dropped:,} retired objects were not followed" in lgsys.flat(profile.text)
    status, text = check(profile)
    assert status != 0 and f"{dropped:,} retired objects were not followed: give more --max-tool-memory" in text


def test_room_after_retired(run):
    """When those that were followed are gone there is room for others, and events for the rest are no mistakes."""
    profile, said = run("drained", SOME, 8, "--sanity-level=3")
    assert_bounded(profile, 8)
    dropped = profile.report["counters"]["retires-dropped"]
    assert dropped > SOME / 4
    assert backlog(profile) == (10, 2 * SOME - dropped + 10)
    assert "unknown-retired" not in profile.report["counters"] and "double-retire" not in profile.report["counters"]


def test_limit_that_cannot_be_met(run):
    """What is needed per live block cannot be given up; then that is said."""
    profile, said = run("blocks", MANY, 8)
    over = profile.report["counters"]["memory-over"]
    assert over > 8 * MIB
    assert "leakgrow's books outgrew --max-tool-memory all the same" in profile.text
    assert [lgsys.functions(f)[0] for f in profile.growth()] == ["blocks", "leak_record"]
    assert vgclient.total(profile, "leak_record")[3] == said["leaked"]


@pytest.mark.parametrize("n, limit_mib, options", [(50000, 8, ()), (3000, 4, ("--sanity-level=3",))], ids=["many", "checked"])
def test_accounts_of_every_kind(run, n, limit_mib, options):
    """Spans, tasks, mappings and retires from many call paths: cold accounts of each kind are merged with their like."""
    profile, said = run("paths", n, limit_mib, *options)
    assert_bounded(profile, limit_mib)
    assert_leak(profile, said)
    assert growing_spans(profile) == ["stuck"]
    sums = census(profile)
    assert sums == {("span", "request"): (0, n), ("task", "worker"): (0, n), ("span", "stuck"): (said["stuck"], said["stuck"])}
    assert profile.report["counters"]["accounts-merged"] > n
    assert backlog(profile) == (0, n)
    mapped = [a for a in profile.report["accounts"] if a.get("kind") == "mapping" or a["stack"] and a["stack"][0]["fn"] == "mmap"]
    assert len(mapped) < n / 2
    totals = profile.report["totals"]
    assert totals["live_B"] - said["leaked"] < 64 * 1024 and totals["allocs"] - totals["frees"] == totals["live_blocks"]


def test_requests_alone(run):
    """Accounts that only requests make, within one interval: the limit is looked at there, too."""
    profile, _ = run("requests", SOME, 8)
    assert_bounded(profile, 8)
    assert census(profile) == {("span", "request"): (0, SOME)}
    assert profile.report["counters"]["accounts-merged"] > SOME / 2 and "stacks-refused" not in profile.report["counters"]
