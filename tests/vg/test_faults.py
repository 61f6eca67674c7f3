# SPDX-License-Identifier: GPL-2.0-or-later
"""What is on disk survives: at whatever moment the program is killed, all that was committed can be read."""
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

import lgsys
import vgclient

COPIES = 100
KILLS = 8


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "faults.c")


def start(program, directory, seconds):
    command = lgsys.valgrind_command(directory / "out", [], [program, str(seconds), str(directory / "said")])
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    lgsys.wait_until(lambda: (directory / "said").exists() and (directory / "said").read_text(), 60, "the first mark")
    return process


def said(directory):
    """Ticks up to the last mark that the program knows to have been taken."""
    return int((directory / "said").read_text() or 0)


def check(path, at_least):
    """The profile is readable, of a program that runs, and has the mark that the program had spoken of before."""
    profile = lgsys.Profile(path)
    assert profile.report["end"] in ("running", "truncated")
    marks = [int(s["mark"]) for s in vgclient.snapshots(profile, "mark")]
    assert marks and max(marks) >= at_least, (marks, at_least)
    return profile


def test_any_moment_leaves_a_readable_profile(program, tmp_path):
    """A copy of the file is what a kill at that moment would have left."""
    chance = random.Random(1)
    process = start(program, tmp_path, 60)
    try:
        for n in range(COPIES):
            time.sleep(chance.random() * 0.1)
            known = said(tmp_path)
            copy = tmp_path / "copy"
            shutil.copyfile(tmp_path / "out", copy)
            check(copy, known)
    finally:
        lgsys.kill_group(process)


@pytest.mark.parametrize("n", range(KILLS))
def test_kill(program, tmp_path, n):
    process = start(program, tmp_path, 60)
    time.sleep(random.Random(n).random() * 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    profile = check(tmp_path / "out", said(tmp_path))
    assert "forget_record" in profile.text
