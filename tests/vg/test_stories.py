# SPDX-License-Identifier: GPL-2.0-or-later
"""Stories of spans and tasks: the first finding names what is wrong, summary, report and gate say the same, and what is right has none."""
import os
import subprocess

import pytest

import lgsys
import vgclient

LG_CHECK = os.environ.get("LG_BUILDDIR", ".") + "/lg_check"
CLOCK = "--time-unit=ticks"
#  mode: kinds of the findings in their order, and what the first one says
WRONG = {
    "guard": (["span-discipline", "census"], ['span "request" (server.c:88) was left entered when its task was suspended, 4,000 times',
                                              "guard held across await", "+1 per tick"]),
    "heartbeat": (["census", "growth"], ['live tasks "heartbeat" (client.c:33), created at new_heartbeat (stories.c:',
                                         ") < with_heartbeat < handle_request < main, +1 per tick"]),
    "scattered": (["census"], ['live tasks "heartbeat" (client.c:33), created at ']),
    "order": (["span-discipline"], ['span "request" (server.c:88) was exited out of order, 4,000 times', "none is open", "the most at handle_request (stories.c:"]),
}


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "stories.c")


def gate(profile):
    run = subprocess.run([LG_CHECK, "--today=2026-11-21", profile.path], capture_output=True, timeout=120, text=True)
    return run.returncode, run.stdout + run.stderr


@pytest.mark.parametrize("end", [(), ("free-at-exit",)])
@pytest.mark.parametrize("mode", WRONG)
def test_wrong(program, tmp_path, mode, end):
    profile = lgsys.run(tmp_path / "out", [program, mode, *end], [CLOCK])
    kinds, words = WRONG[mode]
    assert [f["kind"] for f in profile.findings][:len(kinds)] == kinds
    for word in words:
        assert word in profile.findings[0]["text"]
    for f in profile.findings[:3]:
        assert f["text"] in profile.summary
    status, text = gate(profile)
    assert status == 1 and profile.findings[0]["text"] in text


@pytest.mark.parametrize("mode", ["calm", "pool"])
def test_right(program, tmp_path, mode):
    profile = lgsys.run(tmp_path / "out", [program, mode], [CLOCK])
    assert profile.findings == [] and profile.report["verdict"] == "bounded"
    assert gate(profile)[0] == 0
    opened = {g["label"]: (g["opened"], g["closed"]) for g in profile.report["census"]}
    assert opened["request"] == opened["query"] == opened["heartbeat"] == opened["connection"] == (4000, 4000)
