# SPDX-License-Identifier: GPL-2.0-or-later
"""What several reasons make together: evidence is never excused by a rule, growth never by missing evidence."""
import itertools
import os
import shutil
import zlib

import pytest

from lgsim import Place, linear
from test_check import CACHE, GROWTH, LEAK, PASS, UNKNOWN, budget, check, expect, sim  # noqa: F401

SUPPRESS = "suppress function remember until 2027-01-01 because known"
EXPIRED = "suppress function remember until 2026-01-01 because known"
RATE = "function remember growth <= 1 MiB per second"
TIGHT = "function remember growth <= 1 B per second"

# What is wrong with the evidence, and whether --allow-truncated and --allow-idle accept it.
FLAWS = {
    "whole": (dict(), None),
    "short": (dict(n=15), ()),
    "tiny": (dict(n=3), ()),
    "killed": (dict(end=None), ("--allow-truncated",)),
    "torn": (dict(cut=9), ("--allow-truncated",)),
    "crashed": (dict(end=("signal", 11)), ("--allow-truncated",)),
    "damaged": (dict(damage=95), ()),
    "idle": (dict(active=lambda i: i % 10 == 0), ("--allow-idle",)),
    "blind": (dict(counters=[("not-preloaded", 1)]), ()),
}


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("excuse", ["nothing", "suppression", "rate", "baseline", "all"])
def test_no_excuse_of_growth_excuses_missing_evidence(sim, tmp_path, flaw, excuse):  # noqa: F811
    how, accepted = FLAWS[flaw]
    args = []
    rules = {"suppression": [SUPPRESS], "rate": [RATE], "all": [SUPPRESS, RATE]}.get(excuse, [])
    if excuse in ("baseline", "all"):
        args.append("--baseline=" + sim(LEAK, CACHE, name="old.lg"))
    if rules:
        args.append(budget(tmp_path, *rules))
    file = sim(LEAK, CACHE, **how)
    grows = flaw not in ("short", "tiny")
    expected = UNKNOWN if accepted is not None else PASS
    if excuse == "nothing" and grows:
        expected = GROWTH
    result = check(*args, file).returncode
    assert result == expected or (result == GROWTH and flaw == "idle" and excuse == "baseline")  # ten times as steep while it worked
    if accepted and excuse not in ("nothing", "baseline"):
        assert check(*args, *accepted, file).returncode == PASS


@pytest.mark.parametrize("flaw", [f for f in FLAWS if f != "whole"])
def test_a_bounded_run_with_missing_evidence_is_no_pass(sim, flaw):  # noqa: F811
    how, accepted = FLAWS[flaw]
    file = sim(CACHE, **how)
    assert check(file).returncode == UNKNOWN
    assert check("--allow-truncated", "--allow-idle", file).returncode == (PASS if accepted else UNKNOWN)


@pytest.mark.parametrize("suppression, rate, baseline", itertools.product([None, SUPPRESS, EXPIRED], [None, RATE, TIGHT],
                                                                          [None, "same", "flatter", "other"]))
def test_suppression_rate_and_baseline(sim, tmp_path, suppression, rate, baseline):  # noqa: F811
    """The first that speaks of the growth decides: a suppression that holds, the baseline, a rate. A rate's rule fails by itself, and an expired
    suppression does, too."""
    olds = {"same": LEAK, "flatter": Place("remember", linear(2), line=120), "other": Place("other", linear(10))}
    args = [budget(tmp_path, *[r for r in (suppression, rate) if r])]
    if baseline:
        args.append("--baseline=" + sim(olds[baseline], CACHE, name="old.lg"))
    holds = suppression == SUPPRESS
    if suppression == EXPIRED or (rate == TIGHT and not holds):
        expected = GROWTH
    elif holds or baseline == "same":
        expected = PASS
    elif baseline == "flatter":
        expected = GROWTH  # steeper than before, whatever the limit is
    else:
        expected = PASS if rate == RATE else GROWTH
    assert check(*args, sim(LEAK, CACHE)).returncode == expected


def test_worst_of_many_files_counts_in_every_order(sim, tmp_path):  # noqa: F811
    files = {"good": (sim(CACHE, name="good.lg"), PASS), "leak": (sim(LEAK, name="leak.lg"), GROWTH),
             "short": (sim(CACHE, n=12, name="short.lg"), UNKNOWN), "none": (str(tmp_path / "none.lg"), UNKNOWN)}
    for k in (1, 2, 3, 4):
        for names in itertools.permutations(files, k):
            results = {files[name][1] for name in names}
            worst = GROWTH if GROWTH in results else UNKNOWN if UNKNOWN in results else PASS
            assert check(*[files[name][0] for name in names]).returncode == worst, names


def test_what_is_no_profile_is_no_pass(sim, tmp_path):  # noqa: F811
    good = sim(CACHE, name="good.lg")
    directory = tmp_path / "directory"
    directory.mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("hello\n")
    newer = tmp_path / "newer"
    newer.write_bytes(open(good, "rb").read().replace(b"leakgrow-profile 1\n", b"leakgrow-profile 2\n", 1))
    head = tmp_path / "head"
    head.write_bytes(open(good, "rb").read().split(b"\nb 1 ")[0] + b"\n")
    locked = tmp_path / "locked"
    shutil.copy(good, locked)
    for path in (directory, tmp_path / "empty", tmp_path / "text", newer, head, tmp_path / "none"):
        expect(UNKNOWN, f"{path}: inconclusive", str(path))
        expect(UNKNOWN, "good.lg: pass", good, str(path))
    expect(UNKNOWN, "version 2", str(newer))
    expect(UNKNOWN, "Is a directory", str(directory))
    if os.geteuid() != 0:
        locked.chmod(0)
        expect(UNKNOWN, "cannot open it", str(locked))


def test_the_same_file_twice_is_judged_twice(sim):  # noqa: F811
    good, leak = sim(CACHE, name="good.lg"), sim(LEAK, name="leak.lg")
    assert expect(PASS, "lg_check: pass", good, good).count("good.lg: pass") == 2
    assert expect(GROWTH, "lg_check: fail", leak, leak).count("leak.lg: fail") == 2


def test_a_program_that_allocates_nothing(sim):  # noqa: F811
    """Nothing was seen of it: that it allocated nothing, and that the load never came, look the same."""
    expect(UNKNOWN, "hardly used", sim(work=None, ticks=0))
    expect(PASS, "pass", "--allow-idle", sim(work=None, ticks=0))
    expect(PASS, "pass", sim(work=None))  # it ticked: it worked, and needed no heap


def test_missing_ticks(sim, tmp_path):  # noqa: F811
    """They came for a while and then no more, or never."""
    rule = budget(tmp_path, "total growth <= 1 KiB per tick")
    expect(UNKNOWN, "the program sent no ticks", rule, sim(LEAK, ticks=0))
    expect(UNKNOWN, "the program sent no ticks", rule, sim(CACHE, ticks=0))
    expect(UNKNOWN, "requires 1,000 ticks", budget(tmp_path, "require ticks 1000"), sim(CACHE, ticks=1))


def becomes(path, pid=77, start=88):
    """The profile at `path` as that of process pid, which began at `start`."""
    data = open(path, "rb").read()
    head, rest = data.split(b"\nc 0 ", 1)
    head = head.replace(b"\nh pid 1234\n", b"\nh pid %d\n%s" % (pid, b"h start %d\n" % start if start else b"")) + b"\n"
    with open(path, "wb") as out:
        out.write(head + b"c 0 %08x" % zlib.crc32(head) + rest[8:])
    return path


def test_prelude_of_another_program(sim, tmp_path):  # noqa: F811
    """A launcher that lives for a moment and becomes the service is judged with the service, and only with it."""
    launcher = becomes(sim(CACHE, n=8, end=("exec", 0), name="a.7"))
    service = becomes(sim(CACHE, name="a.7.2"))
    expect(UNKNOWN, "too short", launcher)
    expect(PASS, ["the process became another program, whose profile is checked, too"], launcher, service)
    expect(PASS, "pass", budget(tmp_path, "require intervals 90"), service, launcher)
    expect(GROWTH, "remember", launcher, becomes(sim(LEAK, name="a.7.3")))
    expect(UNKNOWN, "too short", launcher, becomes(sim(CACHE, n=9, name="a.7.4")))


def test_no_prelude_without_what_came_after(sim, tmp_path):  # noqa: F811
    launcher = becomes(sim(CACHE, n=8, end=("exec", 0), name="a.7"))
    shutil.copy(launcher, tmp_path / "copy")
    for other in (launcher, str(tmp_path / "copy"), becomes(sim(CACHE, n=8, end=("exec", 0), name="b")),
                  becomes(sim(CACHE, name="c"), pid=78), becomes(sim(CACHE, name="d"), start=89),
                  becomes(sim(CACHE, name="e"), start=0), sim(CACHE, name="f")):
        assert check(launcher, other).returncode == UNKNOWN, other
    nowhere = becomes(sim(CACHE, n=8, end=("exec", 0), name="g"), start=0)
    assert check(nowhere, becomes(sim(CACHE, name="h"), start=0)).returncode == UNKNOWN


def test_a_long_prelude_is_judged(sim):  # noqa: F811
    service = becomes(sim(CACHE, name="a.7.2"))
    expect(GROWTH, "remember", becomes(sim(LEAK, end=("exec", 0), name="a.7")), service)
    expect(UNKNOWN, "the profile is damaged", becomes(sim(CACHE, end=("exec", 0), damage=90, name="b")), service)


def test_short_processes_beside_a_long_one(sim, tmp_path):  # noqa: F811
    """Helpers that ended by themselves are no reason to doubt a night, if that was said; a night of nothing else is."""
    long_, helper = sim(CACHE, name="long"), sim(CACHE, n=5, name="helper")
    expect(UNKNOWN, "too short", long_, helper)
    expect(PASS, "note         end: the process ended by itself, too early to be judged", "--allow-short", long_, helper, helper)
    expect(PASS, "pass", "--allow-short", budget(tmp_path, "require intervals 50"), helper, long_)
    expect(PASS, "pass", "--allow-short", long_, sim(LEAK, n=5, end=("exec", 0), name="b"))
    for other in (sim(CACHE, n=5, end=None, name="c"), sim(CACHE, n=5, end=("signal", 9), name="d"), sim(CACHE, n=5, cut=5, name="e"),
                  sim(CACHE, n=5, damage=2, name="f"), sim(CACHE, n=5, counters=[("not-preloaded", 1)], name="g")):
        assert check("--allow-short", long_, other).returncode == UNKNOWN, other
    expect(UNKNOWN, "too short", "--allow-short", helper)
    expect(UNKNOWN, "too short", "--allow-short", helper, sim(CACHE, n=6, name="h"))
    expect(GROWTH, "remember", "--allow-short", helper, sim(LEAK, name="i"))
    expect(GROWTH, "more than 1.0 KiB", "--allow-short", budget(tmp_path, "function cache_fill peak <= 1 KiB"), helper, sim(LEAK, name="i"))
