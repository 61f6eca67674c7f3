# SPDX-License-Identifier: GPL-2.0-or-later
"""What is on disk survives: at whatever moment the program is killed, all that was committed can be read."""
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import time

import pytest

import lgsys
import vgclient

COPIES = 100
KILLS = int(os.environ.get("LG_KILLS", "8"))
USER = "nobody"
OUTAGES = int(os.environ.get("LG_OUTAGES", "5"))


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
    process = start(program, tmp_path, 3600)
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
    process = start(program, tmp_path, 3600)
    time.sleep(random.Random(n).random() * 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    profile = check(tmp_path / "out", said(tmp_path))
    assert "forget_record" in profile.text


# ---- a disk that fills up, goes away, becomes read-only, and comes back ----

class Disk:
    """A small file system of its own. Faults are injected into it, and end again."""

    def __init__(self, place):
        self.place = place
        place.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True).returncode != 0:
            pytest.skip("a file system cannot be mounted here")
        (place / "profiles").mkdir()
        shutil.chown(place / "profiles", USER)
        self.out = place / "profiles" / "out"

    def fill(self):
        try:
            with open(self.place / "filler", "ab", buffering=0) as f:
                while f.write(bytes(1 << 20)) == 1 << 20:
                    pass
        except OSError:
            pass

    def empty(self):
        (self.place / "filler").unlink(missing_ok=True)

    def forbid(self):
        # nothing can be made or renamed here; the kernel refuses to make a file system read-only while a file is open for writing
        (self.place / "profiles").chmod(0o555)

    def allow(self):
        (self.place / "profiles").chmod(0o755)

    def hide(self):
        (self.place / "profiles").rename(self.place / "hidden")

    def show(self):
        (self.place / "hidden").rename(self.place / "profiles")


@pytest.fixture
def disk(tmp_path):
    d = Disk(tmp_path / "disk")
    yield d
    subprocess.run(["umount", "-l", str(d.place)], check=True)


def last_mark(path):
    marks = [int(s["mark"]) for s in vgclient.snapshots(lgsys.Profile(path), "mark")]
    return max(marks, default=0)


@pytest.mark.parametrize("fault", ["full", "read-only", "moved"])
def test_faults_come_and_go(program, disk, tmp_path, fault):
    """At random moments, again and again: what was committed is never lost, and after a fault the profile is whole again."""
    begin, end = {"full": (disk.fill, disk.empty), "read-only": (disk.forbid, disk.allow), "moved": (disk.hide, disk.show)}[fault]
    chance = random.Random(fault)
    place = tmp_path / "program"
    place.mkdir()
    for directory in [tmp_path, *tmp_path.parents, pathlib.Path(program).parent]:
        if str(directory).startswith("/tmp/"):
            directory.chmod(directory.stat().st_mode | 0o055)
    shutil.chown(place, USER)
    command = lgsys.valgrind_command(disk.out, [], [program, "3600", str(place / "said")])
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True, user=USER)  # root may write anywhere
    copy = tmp_path / "copy"
    try:
        lgsys.wait_until(lambda: said(place) if (place / "said").exists() else 0, 60, "the first mark")
        committed = 0
        for _ in range(OUTAGES):
            begin()
            time.sleep(chance.random() * 0.3)
            if fault != "moved":
                shutil.copyfile(disk.out, copy)
                assert last_mark(copy) >= committed
            assert process.poll() is None
            end()
            known = said(place)

            def is_back():
                shutil.copyfile(disk.out, copy)
                return last_mark(copy) >= known
            lgsys.wait_until(is_back, 30, f"the recovery from '{fault}'")
            committed = last_mark(copy)
            time.sleep(chance.random() * 0.1)
        assert committed > 0
    finally:
        lgsys.kill_group(process)


def test_deleted_directory(program, tmp_path):
    """The directory is gone for good: the program goes on to its end, and the summary has the findings."""
    place = tmp_path / "place"
    place.mkdir()
    command = lgsys.valgrind_command(place / "out", [], [program, "4", str(tmp_path / "said")])
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    lgsys.wait_until(lambda: (tmp_path / "said").exists(), 60, "the first mark")
    shutil.rmtree(place)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "forget_record" in stderr and not place.exists()


def test_limit_of_file_sizes(program, tmp_path):
    """ulimit -f: what the tool writes must not end the program by SIGXFSZ."""
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (500000, 500000))

    command = lgsys.valgrind_command(tmp_path / "out", [], [program, "4", str(tmp_path / "said")])
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, preexec_fn=limited)
    assert done.returncode == 0
    assert "file too large" in lgsys.flat(done.stderr) and "INCOMPLETE" in done.stderr
    assert os.path.getsize(tmp_path / "out") <= 500000
    check(tmp_path / "out", 0)
