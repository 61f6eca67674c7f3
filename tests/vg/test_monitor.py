# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions to a running program through vgdb."""
import os
import random
import re
import signal
import subprocess

import pytest

import lgsys
import vgclient


class Running:
    """A program under the tool, and vgdb beside it. The process has the launcher's id: the tool is exec'ed in its place."""

    def __init__(self, program, directory, *options):
        self.directory = directory
        self.out = directory / "out"
        self.stop = directory / "stop"
        command = lgsys.valgrind_command(self.out, ["--vgdb=yes", f"--vgdb-prefix={directory}/vgdb", *options], [program, str(self.stop), str(directory / "addresses")])
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
    for excess in (["top", "3", "4"], ["growth", "x"], ["lag", "x"], ["who", "1", "2"], ["snapshot", "a", "b"]):
        assert running.ask(*excess) == f"{excess[0]}: too many arguments; nothing was done\n"
    assert not (running.directory / "a").exists()
    assert "an address is missing" in running.ask("who") and "a name is missing" in running.ask("mark")
    lgsys.wait_until(lambda: "keep_record (monitor.c:17) keeps growing" in running.ask("growth"), 60, "a finding")
    profile = running.finish()
    assert [f["stack"][0]["fn"] for f in profile.growth()] == ["keep_record"]


def test_writes_what_it_is_asked_for(running):
    assert running.ask("mark", "half", "way") == "marked\n"
    assert f"written to {running.directory}/now.lg\n" in running.ask("snapshot", "now.lg")
    assert f"written to {running.directory}/leakgrow.vgdb.out\n" in running.ask("all_snapshots")
    assert running.ask("xtmemory") == f"xtree written to {running.directory}/xtmemory.kcg\n"
    for nowhere in ("/nonexistent/file", "/proc/file", "/"):
        assert "can not write" in running.ask("all_snapshots", nowhere)
        assert "can not write" in running.ask("xtmemory", nowhere)
    for name in ("now.lg", "leakgrow.vgdb.out"):
        saved = lgsys.Profile(running.directory / name)
        assert saved.report["end"] == "running"
        assert vgclient.total(saved, "keep_record")[0] > 0
        assert [s["mark"] for s in vgclient.snapshots(saved, "mark")] == ["half way"]
    kcg = (running.directory / "xtmemory.kcg").read_text()
    assert "fn=(1) main" in kcg and "keep_record" in kcg and "curB" in kcg
    assert re.search(r"fn=\(\d+\) descend", kcg)
    profile = running.finish()
    assert [s["mark"] for s in vgclient.snapshots(profile, "mark")] == ["half way"]
    assert len(vgclient.snapshots(profile, "request")) == 1


CHURN = """
import pathlib, random, sys, time
random.seed(1)
held, kept = {}, []
for i in range(60000):
    held[str(i % 500)] = [i, 'v' * (i % 50)]
    if i % 7 == 0:
        held.pop(str(i * 7 % 500), None)
    if i % 100 == 0:
        kept.append('x' * i)
    if i % 3000 == 0:
        held = {}
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


def test_a_whole_state_says_what_was_appended(tmp_path):
    """The one tells every interval of every account by itself, the other what came and went, and halves its intervals when it is read."""
    program, ready = tmp_path / "churn.py", tmp_path / "ready"
    program.write_text(CHURN)
    env = dict(os.environ, PYTHONMALLOC="malloc")
    options = ["--vgdb=yes", f"--vgdb-prefix={tmp_path}/vgdb", "--time-unit=B", "--summary-findings=0"]
    command = lgsys.valgrind_command(tmp_path / "out", options, ["python3", "-S", str(program), str(ready)])
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path, env=env)
    try:
        lgsys.wait_until(ready.exists, 60, "the churn")
        ask = ["vgdb", f"--vgdb-prefix={tmp_path}/vgdb", f"--pid={process.pid}", "all_snapshots", str(tmp_path / "whole")]
        assert "written to" in subprocess.run(ask, capture_output=True, text=True, timeout=60).stdout
        (tmp_path / "appended").write_bytes((tmp_path / "out").read_bytes())
    finally:
        process.kill()
        process.wait()
    appended, whole = (lgsys.Profile(tmp_path / name).report for name in ("appended", "whole"))
    lines = (tmp_path / "appended").read_bytes().split(b"\n")
    assert sum(line.startswith(b"A ") for line in lines) > 1000
    assert not any(line.startswith(b"A ") for line in (tmp_path / "whole").read_bytes().split(b"\n"))
    assert appended["totals"].pop("file_B") != whole["totals"].pop("file_B")
    assert appended == whole


def test_xtmemory_of_the_deepest_stacks(programs, tmp_path):
    """Valgrind's own stacks end at --num-callers, ours at --depth."""
    r = Running(vgclient.build(programs, "monitor.c"), tmp_path, "--depth=500", "--num-callers=2")
    assert "xtree written to" in r.ask("xtmemory")
    assert "xtree written to" in r.ask("xtmemory", "again")
    assert r.finish().report["end"] == "exit"
    assert (tmp_path / "xtmemory.kcg").read_text().count("descend") >= 1
    assert (tmp_path / "again").stat().st_size > 0


def test_who(running):
    """The block around an address: any byte of it, and nothing else."""
    record, gone = [int(a, 16) for a in (running.directory / "addresses").read_text().split()]
    for at in (0, 1, 63):
        said = running.ask("who", hex(record + at))
        assert f"{hex(record + at)} is {at} bytes inside a block of 64 bytes at {hex(record)}, allocated " in said
        assert re.search(r"allocated [\d.,]+ (ms|s|min) ago\n", said)
        assert "in context (root); " in said and " bytes in " in said
        assert re.search(r"at keep_record \(monitor.c:\d+\)\n +by main \(monitor.c:\d+\)", said)
    assert f"at {hex(record)}, " in running.ask("who", str(record))
    for elsewhere in (hex(gone), "0", "0x1", "0xffffffffffffffff", str(2**64 - 1)):
        assert "is in no live block" in running.ask("who", elsewhere), elsewhere
    for wrong in ("0x", "12z", "0x1g", str(2**64), "0x" + "f" * 17, "record"):
        assert "is not an address" in running.ask("who", wrong), wrong


def test_help_tells_every_command(running):
    with open(os.path.join(lgsys.SOURCE, "leakgrow", "tool", "lg_monitor.c")) as f:
        words = re.search(r'#define LG_MONITOR_WORDS\s+(?:\\\s+)?"([^"]*)"', f.read())[1].split()
    said = running.ask("help")
    told = re.findall(r"^  (\w+)", said[said.index("leakgrow monitor commands"):], flags=re.MULTILINE)
    assert sorted(told) == sorted(w for w in words if w != "help")


def test_random_commands(running):
    """Whatever is asked, the program goes on and its profile stays whole. Valgrind's own commands begin with v. and are left out."""
    chance = random.Random(6)
    words = ["top", "growth", "mark", "snapshot", "detailed_snapshot", "all_snapshots", "xtmemory", "who", "lag", "help", "contexts", "census", "t", "s", "w"]
    letters = [chr(c) for c in range(33, 127) if chr(c) not in "/.\\"] + ["\u00e9", "%s", "%n", "x" * 300]
    for _ in range(40):
        batch = []
        for _ in range(20):
            arguments = ["".join(chance.choices(letters, k=chance.randrange(1, 12))) for _ in range(chance.randrange(4))]
            number = chance.choice(["0x%x" % chance.getrandbits(64), str(chance.getrandbits(70)), "-5", "999999999999999999999"])
            command = chance.choice(words) if chance.random() < 0.9 else "".join(chance.choices(letters, k=5))
            batch += ["-c", " ".join([command, *chance.sample([number, *arguments], k=chance.randrange(len(arguments) + 2))])]
        running.ask(*batch)
        assert running.process.poll() is None
    assert "leakgrow monitor commands" in running.ask("help")
    profile = running.finish()
    assert profile.report["end"] == "exit"
    assert [f["stack"][0]["fn"] for f in profile.growth()] in ([], ["keep_record"])
