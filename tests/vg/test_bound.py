# SPDX-License-Identifier: GPL-2.0-or-later
"""--max-tool-memory and --max-file-size: cold accounts are merged, and that is said; what matters stays exact and is judged right."""
import json
import os
import subprocess

import pytest

import lgsys
import vgclient

PATHS, ROUNDS = 30000, 120000
LEAK_B, CACHE_B = 4096, 64 * 8192
MIB = 1 << 20


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "bound.c")


@pytest.fixture(scope="module")
def run(program, tmp_path_factory):
    """Runs it once per set of options: the profile, what the program says, the largest that the file ever was, and the summary."""
    done = {}

    def once(*options):
        if options not in done:
            out = tmp_path_factory.mktemp("bound") / "out"
            command = lgsys.valgrind_command(out, ["--time-unit=ticks", "--sanity-level=3", "--stats=yes", *options],
                                             [program, str(PATHS), str(ROUNDS)])
            ended = subprocess.run(command, capture_output=True, text=True, timeout=200)
            assert ended.returncode == 0, ended.stderr
            assert os.listdir(out.parent) == ["out"]
            done[options] = lgsys.Profile(out, ended.stderr), json.loads(ended.stdout)
        return done[options]

    return once


LIMITS = [("--max-file-size=2M",), ("--max-tool-memory=8M",), ("--max-file-size=1M", "--max-tool-memory=8M")]


def other_B(profile):
    return sum(a["live_B"] for a in profile.report["accounts"] if [f["fn"] for f in a["stack"]] == ["(other)"])


def limit(options, name):
    for option in options:
        if option.startswith(name + "="):
            return int(option[len(name) + 1:-1]) * MIB
    return None


@pytest.mark.parametrize("options", LIMITS, ids=" ".join)
def test_stays_below(run, options):
    profile, _ = run(*options)
    report = profile.report
    assert report["counters"].get("file-over", 0) == 0 and report["counters"].get("memory-over", 0) == 0
    if limit(options, "--max-file-size"):
        assert os.path.getsize(profile.path) == report["totals"]["file_B"] <= limit(options, "--max-file-size")
    if limit(options, "--max-tool-memory"):
        assert 0 < report["totals"]["books_B"] <= limit(options, "--max-tool-memory")


@pytest.mark.parametrize("options", LIMITS, ids=" ".join)
def test_nothing_is_lost_from_the_totals(run, options):
    """Every block is in some account, and the totals are those of the program and of a run without limits."""
    profile, said = run(*options)
    free, _ = run()
    report = profile.report
    for name in ("allocs", "frees", "allocated_B", "live_B", "live_blocks", "peak_B"):
        assert report["totals"][name] == free.report["totals"][name], name
    assert sum(a["live_B"] for a in report["accounts"]) == report["totals"]["live_B"]
    assert sum(a["total_B"] for a in report["accounts"]) == report["totals"]["allocated_B"]
    assert vgclient.total(profile, "step")[3] + other_B(profile) == said["cold"]


@pytest.mark.parametrize("options", LIMITS, ids=" ".join)
def test_verdicts_of_what_matters(run, options):
    """The leak is found with its stack and its exact size, the cache is bounded and exact, and (other) is not accused."""
    profile, said = run(*options)
    growth = profile.growth()
    assert [lgsys.functions(f)[0] for f in growth] == ["leak_record"]
    assert growth[0]["slope_B_per_tick"] == pytest.approx(LEAK_B / 16, rel=0.02)
    assert vgclient.total(profile, "leak_record")[3] == said["leaked"]
    assert vgclient.total(profile, "fill_cache")[3] == CACHE_B


@pytest.mark.parametrize("options", LIMITS, ids=" ".join)
def test_is_said(run, options):
    profile, _ = run(*options)
    merged = profile.report["counters"]["accounts-merged"]
    assert merged > PATHS / 2
    assert f"{merged} accounts merged into (other)" in lgsys.flat(profile.summary)
    assert f"{merged:,} accounts that held and did little were merged into (other)" in lgsys.flat(profile.text)
    assert profile.report["totals"]["merged_B"] == pytest.approx(other_B(profile), rel=0.05) and other_B(profile) > 0


def test_no_limit_merges_nothing(run):
    profile, said = run()
    assert "accounts-merged" not in profile.report["counters"] and profile.report["totals"]["merged_B"] == 0
    assert vgclient.total(profile, "step")[3] == said["cold"]


@pytest.mark.parametrize("option", ["--max-file-size=1023k", "--max-tool-memory=1", "--max-file-size=-1", "--max-tool-memory=1T"])
def test_bad_limits(program, tmp_path, option):
    done = subprocess.run(lgsys.valgrind_command(tmp_path / "out", [option], [program, "1", "1"]), capture_output=True, text=True)
    assert done.returncode != 0 and option.split("=")[0] in done.stderr
    assert not (tmp_path / "out").exists()


def test_pipe_cannot_be_rewritten(program, tmp_path):
    """What was written to a pipe stays as it is: then new stacks are not kept, rather than old ones merged."""
    fifo, copy = tmp_path / "fifo", tmp_path / "copy"
    os.mkfifo(fifo)
    reader = subprocess.Popen(["cp", str(fifo), str(copy)])
    command = lgsys.valgrind_command(fifo, ["--time-unit=ticks", "--max-tool-memory=8M"], [program, str(PATHS), "40000"])
    assert lgsys.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    assert reader.wait(60) == 0
    report = lgsys.Profile(copy).report
    assert report["end"] == "exit" and "accounts-merged" not in report["counters"]
    assert report["counters"]["stacks-refused"] > 1000
    assert sum(a["live_B"] for a in report["accounts"]) == report["totals"]["live_B"]
