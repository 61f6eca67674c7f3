# SPDX-License-Identifier: GPL-2.0-or-later
"""What is recorded does not depend on how: fast and plain give the same profile wherever time does not come from a clock."""
import re

import pytest

import lgsys
import vgclient


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "hot_path.cc", "-pthread")


def both(tmp_path, command, *options):
    return [lgsys.run(tmp_path / path, command, [f"--hot-path={path}", *options]) for path in ("fast", "plain")]


def served(profile):
    """Allocation calls that took the direct way."""
    found = re.search(r"served without a request: (\d+)", profile.summary)
    return int(found[1])


def accounts(profile):
    return sorted((tuple((f["fn"], f["line"]) for f in a["stack"]), a["total_blocks"], a["total_B"], a["live_blocks"], a["live_B"])
                  for a in profile.report["accounts"])


@pytest.mark.parametrize("unit", ["B", "i"])
@pytest.mark.parametrize("options", [[], ["--growth-bytes=100k"], ["--burst-bytes=50k", "--interval=50000"], ["--ignore-fn=*work*"]],
                         ids=["default", "growth", "bursts", "ignore"])
def test_same_profile(program, tmp_path, unit, options):
    """Accounts, intervals, snapshots and peak, to the byte. The C library takes more or fewer instructions for memory that is
    aligned in another way, so that instructions may differ by a few."""
    fast, plain = both(tmp_path, [program], f"--time-unit={unit}", *options)
    assert accounts(fast) == accounts(plain)
    of_the_tool = {"tool_B", "books_B", "file_B"} | ({"peak_time"} if unit == "i" else set())
    totals = [{k: v for k, v in p.report["totals"].items() if k not in of_the_tool} for p in (fast, plain)]
    assert totals[0] == totals[1]
    shown = [[(s["kind"], unit == "i" or s["time"], s["live_B"]) for s in p.report["snapshots"] if unit == "B" or s["kind"] != "periodic"]
             for p in (fast, plain)]
    assert shown[0] == shown[1]


def test_threads_and_signals(program, tmp_path):
    fast, plain = both(tmp_path, [program, "6"], "--stats=yes", "--sanity-level=2")
    for field in ("allocs", "frees", "allocated_B", "live_B"):
        assert fast.report["totals"][field] == plain.report["totals"][field]
    assert accounts(fast) == accounts(plain)
    assert served(plain) == 0
    if served(fast) == 0:
        pytest.skip("no direct way on this platform")
    assert served(fast) > 100000


def test_trace_of_a_thread_is_its_own(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program, "6"], ["--check-unwind=yes"])
    assert "call stacks compared, 0 different" in lgsys.flat(profile.summary)
