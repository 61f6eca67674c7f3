# SPDX-License-Identifier: GPL-2.0-or-later
"""A job loop of known behaviour: the leak hidden under churn is the first finding, and nothing else is called growing."""
import pytest

import lgsys
import vgclient

JOBS = 20000
#  mode: (function that grows, bytes per job)
GROWING = {"leak": ("append_to_log", 54), "late": ("append_to_log", None), "rare": ("append_to_log", 1.08),
           "vector": ("push_to_table", None)}
BOUNDED = ["bounded", "burst", "reload"]
# The wall clock is left to the system tests: here the program runs for half a second after half a second of start-up, and what
# leaks late or rarely has too few intervals to be told.
CLOCKS = ["--time-unit=ticks", "--time-unit=B"]


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "service.c")


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("mode", GROWING)
def test_growing(program, tmp_path, mode, clock):
    function, per_tick = GROWING[mode]
    profile = lgsys.run(tmp_path / "out", [program, mode], [clock])
    growth = profile.growth()
    assert [lgsys.functions(f)[0] for f in growth] == [function]
    assert profile.findings[0] == growth[0]
    assert function in growth[0]["text"]
    if per_tick:
        assert growth[0]["slope_B_per_tick"] == pytest.approx(per_tick, rel=0.1)
    assert profile.report["totals"]["ticks"] == JOBS
    lgsys.assert_consistent(profile)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("mode", BOUNDED)
def test_bounded(program, tmp_path, mode, clock):
    profile = lgsys.run(tmp_path / "out", [program, mode], [clock])
    assert profile.growth() == []
    lgsys.assert_consistent(profile)


@pytest.mark.parametrize("mode", ["leak", "late", "bounded"])
def test_teardown_hides_nothing(program, tmp_path, mode):
    """A program that frees everything at exit has leaked all the same."""
    profile = lgsys.run(tmp_path / "out", [program, mode, "free-at-exit"], ["--time-unit=ticks"])
    assert [lgsys.functions(f)[0] for f in profile.growth()] == (["append_to_log"] if mode in GROWING else [])
    assert vgclient.total(profile, "append_to_log")[2:] == (0, 0)


def test_burst_is_told(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program, "burst"], ["--time-unit=ticks"])
    burst = [f for f in profile.findings if f["kind"] == "burst"]
    assert burst and "take_burst" in lgsys.functions(burst[0]) + [burst[0]["text"]]
    assert any(s["kind"] == "burst" for s in profile.report["snapshots"])
