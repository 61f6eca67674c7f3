# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions to a running program through vgdb."""
import os
import signal
import subprocess

import pytest

import lgsys
import vgclient


class Running:
    """A program under the tool, and vgdb beside it. The process has the launcher's id: the tool is exec'ed in its place."""

    def __init__(self, program, directory):
        self.directory = directory
        self.out = directory / "out"
        self.stop = directory / "stop"
        command = lgsys.valgrind_command(self.out, ["--vgdb=yes", f"--vgdb-prefix={directory}/vgdb"], [program, str(self.stop)])
        with open(directory / "stderr", "w") as stderr:
            self.process = subprocess.Popen(command, stderr=stderr, cwd=directory, start_new_session=True)
        lgsys.wait_until(lambda: self.out.exists() and self.out.stat().st_size > 20000, 60, "recording")

    def ask(self, *words):
        command = ["vgdb", f"--vgdb-prefix={self.directory}/vgdb", f"--pid={self.process.pid}", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.directory).stdout

    def finish(self):
        self.stop.touch()
        assert self.process.wait(60) == 0
        return lgsys.Profile(self.out, (self.directory / "stderr").read_text())


@pytest.fixture
def running(programs, tmp_path):
    r = Running(vgclient.build(programs, "monitor.c"), tmp_path)
    yield r
    try:
        os.killpg(r.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def test_answers_while_it_runs(running):
    assert "snapshot [<file>]" in running.ask("help")
    top = running.ask("top", "1")
    assert "keep_record < main" in top and top.count("\n") == 1
    assert "not a number" in running.ask("top", "0")
    assert "not recognised" in running.ask("nonsense")
    lgsys.wait_until(lambda: "keep_record (monitor.c:15) keeps growing" in running.ask("growth"), 60, "a finding")
    profile = running.finish()
    assert [f["stack"][0]["fn"] for f in profile.growth()] == ["keep_record"]


def test_writes_what_it_is_asked_for(running):
    assert running.ask("mark", "half", "way") == "marked\n"
    assert "written to now.lg" in running.ask("snapshot", "now.lg")
    assert "written to leakgrow.vgdb.out" in running.ask("all_snapshots")
    assert "xtmemory.kcg" in running.ask("xtmemory")
    assert "can not write" in running.ask("all_snapshots", "/nonexistent/file")
    for name in ("now.lg", "leakgrow.vgdb.out"):
        saved = lgsys.Profile(running.directory / name)
        assert saved.report["end"] == "running"
        assert vgclient.total(saved, "keep_record")[0] > 0
        assert [s["mark"] for s in vgclient.snapshots(saved, "mark")] == ["half way"]
    kcg = (running.directory / "xtmemory.kcg").read_text()
    assert "fn=(1) main" in kcg and "keep_record" in kcg and "curB" in kcg
    profile = running.finish()
    assert [s["mark"] for s in vgclient.snapshots(profile, "mark")] == ["half way"]
    assert len(vgclient.snapshots(profile, "request")) == 1
