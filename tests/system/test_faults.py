# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence survives. Faults are injected at random moments, at least 100 in total: every time the profile is readable, no mark that the
program knows to have been taken is missing, and at most the current interval is lost.

LG_FAULTS is how often each kind of fault is injected (default 8; copies of a file in use are ten times as many)."""
import os
import random
import resource
import shlex
import shutil
import signal
import subprocess
import time

import pytest

import lgsys
from lgfaults import DISKS, MARK_TICKS, MIB, ORDINARY, Service, memory_limit

FAULTS = int(os.environ.get("LG_FAULTS", "8"))
BASE_TICKS = 10
BY_TICKS = ["--time-unit=ticks", f"--interval={BASE_TICKS}", "--growth-bytes=0"]
HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("programs") / "faults")
    subprocess.run([*shlex.split(os.environ.get("CC") or "gcc"), "-std=gnu11", "-g", "-O1", "-fno-builtin", "-fno-inline", "-fno-optimize-sibling-calls", "-w",
                    "-I", os.path.join(lgsys.SOURCE, "leakgrow"), "-I/usr/include/valgrind", os.path.join(HERE, "faults.c"), "-o", path], check=True)
    return path


def marks(profile):
    return [int(s["mark"]) for s in profile.report["snapshots"] if s["kind"] == "mark"]


def is_whole(found, marked):
    """Nothing that was marked is missing; of more than the 1000 snapshots that are kept, the first and what came last."""
    if marked < 800 * MARK_TICKS:
        return found[:marked // MARK_TICKS] == list(range(MARK_TICKS, marked + 1, MARK_TICKS))
    return found[:1] == [MARK_TICKS] and max(found) >= marked


def interval_ticks(ticks):
    """Width of the intervals after so many ticks: at most 200 of them exist."""
    width = BASE_TICKS
    while ticks >= 200 * width:
        width *= 2
    return width


def check(path, marked, ends=("running", "truncated")):
    """The profile is readable and has every mark that the program had spoken of before."""
    profile = lgsys.Profile(path)
    assert profile.report["end"] in ends
    assert is_whole(marks(profile), marked)
    return profile


def check_loss(profile, ticks, most):
    """At most so many ticks are missing; one more may have been counted than the program had noted."""
    known = profile.report["totals"]["ticks"]
    assert -1 <= ticks - known <= most, (ticks, known, most)


# ---- deaths ----

def moment(n):
    """As often in the first hundred ticks as in the last ten thousand."""
    return int(10 ** random.Random(n).uniform(0.5, 4.5))


@pytest.mark.parametrize("clock", ["ms", "ticks"])
def test_killed(program, tmp_path, clock):
    """SIGKILL, from outside."""
    for n in range(FAULTS):
        service = Service(program, tmp_path / "out", tmp_path / str(n), options=BY_TICKS if clock == "ticks" else ())
        service.works()
        time.sleep(random.Random(n).random() ** 2 * 1.5)
        service.kill()
        profile = check(tmp_path / "out", service.marked)
        if clock == "ticks":
            check_loss(profile, service.ticks, interval_ticks(service.ticks))
        if service.ticks > 1000:
            assert "forget_record" in profile.text


def test_killed_for_lack_of_memory(program, tmp_path):
    """By the kernel, at the limit of a control group: and what was taken on the way to it says who did it."""
    for n in range(FAULTS):
        with memory_limit(120 * MIB) as (join, wait):
            service = Service(program, tmp_path / "out", tmp_path / str(n), "grow", moment(n), options=BY_TICKS, preexec_fn=join)
            try:
                assert wait(service.process) == -signal.SIGKILL
            finally:
                service.kill()
        profile = check(tmp_path / "out", service.marked)
        check_loss(profile, service.ticks, interval_ticks(service.ticks))
        held = sum(a["live_B"] for a in profile.report["accounts"] if a["stack"] and a["stack"][0]["fn"] == "burst_block")
        # bursts of one interval are written when they have doubled; what is near a limit that the tool knows of, before that
        assert service.burst_B - held <= (16 * MIB if join else service.burst_B // 2 + MIB), (service.burst_B, held)


ENDS = {"abort": (-signal.SIGABRT, "signal"), "segv": (-signal.SIGSEGV, "signal"), "_exit": (7, "exit"), "exec": (7, "exit")}  # of the report, by whatever way it was left


@pytest.mark.parametrize("how", ENDS)
def test_ends_in_the_middle(program, tmp_path, how):
    """Of its own doing: then not one tick is lost."""
    status, end = ENDS[how]
    for n in range(FAULTS):
        service = Service(program, tmp_path / "out", tmp_path / str(n), how, moment(n), options=BY_TICKS)
        try:
            assert service.process.wait(120) == status
        finally:
            service.kill()
        profile = check(tmp_path / "out", service.marked, ends=[end])
        assert service.ticks == moment(n)
        check_loss(profile, service.ticks, 0)
        assert ("became another program" in profile.text) == (how == "exec")


def test_killed_after_a_burst(program, tmp_path):
    """Once --burst-bytes was reached, what led to it is on disk, with the stacks."""
    for n in range(FAULTS):
        service = Service(program, tmp_path / "out", tmp_path / str(n), "burst", moment(n), options=BY_TICKS)  # 20 MiB within a tick
        lgsys.wait_until(lambda: service.burst_is_over, 60, "the burst")
        service.kill()
        profile = check(tmp_path / "out", service.marked)
        bursts = [s for s in profile.report["snapshots"] if s["kind"] == "burst"]
        assert bursts and bursts[-1]["live_B"] >= 16 * MIB
        held = sum(a["live_B"] for a in profile.report["accounts"] if a["stack"] and a["stack"][0]["fn"] == "burst_block")
        assert held >= 15 * MIB and service.burst_B >= 20 * MIB


def test_any_moment_leaves_a_readable_profile(program, tmp_path):
    """A copy of the file is what a kill at that moment would have left."""
    service = Service(program, tmp_path / "out", tmp_path / "place", options=BY_TICKS)
    try:
        service.works()
        chance = random.Random(1)
        for n in range(10 * FAULTS):
            time.sleep(chance.random() * 0.05)
            marked, ticks = service.marked, service.ticks
            shutil.copyfile(tmp_path / "out", tmp_path / "copy")
            profile = check(tmp_path / "copy", marked)
            assert profile.report["totals"]["ticks"] >= ticks - interval_ticks(ticks)
    finally:
        service.kill()


# ---- disks ----

@pytest.fixture
def disk(request, tmp_path):
    d = None
    try:
        d = DISKS[request.param].__new__(DISKS[request.param])
        d.__init__(tmp_path / "disk")
        yield d
    finally:
        d.unmount()


@pytest.mark.parametrize("disk", DISKS, indirect=True)
def test_disks_come_and_go(program, disk, tmp_path):
    """At random moments, again and again: what was committed is never lost, the program goes on, and afterwards the profile is whole."""
    service = Service(program, disk.out, tmp_path / "place", prefix=ORDINARY)
    copy = tmp_path / "copy"

    def readable():
        try:
            shutil.copyfile(disk.out, copy)
            return marks(lgsys.Profile(copy))
        except FileNotFoundError:  # not yet written again
            return []
        except AssertionError:
            if disk.has_file:
                raise
            return []

    chance = random.Random(disk.__class__.__name__)
    try:
        lgsys.wait_until(lambda: service.marked, 60, "the first mark")
        for n in range(FAULTS):
            marked = service.marked
            disk.begin()
            time.sleep(chance.random() * 0.3)
            if disk.has_file:
                assert is_whole(readable(), marked)
            assert service.process.poll() is None
            disk.end()
            marked = service.marked
            lgsys.wait_until(lambda: is_whole(readable(), marked), 60, "recovery")
            time.sleep(chance.random() * 0.1)
    finally:
        service.kill()


def test_directory_is_gone_for_good(program, tmp_path):
    """The program goes on to its end, and the summary has the findings."""
    place = tmp_path / "profiles"
    place.mkdir()
    service = Service(program, place / "out", tmp_path / "place", "_exit", 20000)
    lgsys.wait_until(lambda: service.marked, 60, "the first mark")
    shutil.rmtree(place)
    assert service.process.wait(60) == 7
    said = service.said()
    assert "forget_record" in said and not place.exists()
    assert "can not write to the profile" in said and "INCOMPLETE" in said


def test_limit_of_file_sizes(program, tmp_path):
    """ulimit -f: what the tool writes must not end the program by SIGXFSZ."""
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500000, 500000))

    service = Service(program, tmp_path / "out", tmp_path / "place", "_exit", 40000, preexec_fn=limited)
    assert service.process.wait(60) == 7
    assert "file too large" in service.said() and "INCOMPLETE" in service.said()
    assert os.path.getsize(tmp_path / "out") <= 500000
    check(tmp_path / "out", 0)
