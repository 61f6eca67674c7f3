# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads, children, signals and odd ends: every process has its own whole profile, and the program does what it does natively."""
import glob
import os
import signal
import subprocess

import pytest

import lgsys
import vgclient


@pytest.fixture(scope="module", params=[pytest.param((), id="amd64"), pytest.param(("-m32",), id="x86"),
                                        pytest.param(("-static",), id="static")])
def program(request, programs):
    return vgclient.build(programs, "process.c", "-pthread", *request.param, name="process" + "".join(request.param))


def run_all(tmp_path, command, options=(), status=0):
    """Runs a command whose processes write out.PID each; returns the profiles, oldest process first."""
    code = lgsys.call(lgsys.valgrind_command(tmp_path / "out.%p", options, command), stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL, timeout=120)
    assert code == status
    paths = sorted(glob.glob(str(tmp_path / "out*")), key=lambda p: [int(n) for n in os.path.basename(p).split(".")[1:]])
    return [lgsys.Profile(p) for p in paths]


def test_threads(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program, "threads"])
    assert vgclient.total(profile, "thread_work") == (1600, 1600000, 800, 800000)


def test_fork(program, tmp_path):
    """A child begins with what its parent held and has a file of its own; the parent's says nothing of the child's work."""
    parent, child = run_all(tmp_path, [program, "fork"], status=7)
    assert vgclient.totals(parent, ["before_fork", "child_work", "parent_work"]) == {
        "before_fork": (1, 100, 1, 100), "child_work": (0, 0, 0, 0), "parent_work": (5, 1500, 5, 1500)}
    assert vgclient.total(child, "child_work") == (10, 2000, 10, 2000)
    assert vgclient.total(child, "before_fork")[2:] == (1, 100)
    assert vgclient.total(child, "parent_work") == (0, 0, 0, 0)
    assert parent.report["pid"] != child.report["pid"]
    assert parent.report["end"] == child.report["end"] == "exit"


def test_fork_without_pid_in_the_name(program, tmp_path):
    """The child must not write over its parent's profile."""
    profile = lgsys.run(tmp_path / "out", [program, "fork"], status=7)
    assert vgclient.total(profile, "parent_work") == (5, 1500, 5, 1500)
    assert vgclient.total(profile, "child_work") == (0, 0, 0, 0)


def test_vfork_and_exec(program, tmp_path):
    profiles = run_all(tmp_path, [program, "vfork"], ["--trace-children=yes"], status=6)
    assert len(profiles) == 2
    assert vgclient.total(profiles[0], "parent_work") == (5, 1500, 5, 1500)
    assert vgclient.total(profiles[1], "child_work") == (10, 2000, 10, 2000)


def test_vfork_without_trace_children(program, tmp_path):
    profiles = run_all(tmp_path, [program, "vfork"], status=6)
    assert vgclient.total(profiles[0], "parent_work") == (5, 1500, 5, 1500)


def test_exec_keeps_the_profiles_of_all_programs(program, tmp_path):
    """The same process goes on in the new program; with %p alone all of them would have one name."""
    profiles = run_all(tmp_path, [program, "exec-twice"], ["--trace-children=yes"], status=6)
    pid = profiles[0].report["pid"]
    assert [os.path.basename(p.path) for p in profiles] == [f"out.{pid}", f"out.{pid}.2", f"out.{pid}.3"]
    assert vgclient.total(profiles[0], "parent_work") == (5, 1500, 5, 1500)
    assert vgclient.total(profiles[1], "before_fork") == (1, 100, 1, 100)
    assert vgclient.total(profiles[2], "child_work") == (10, 2000, 10, 2000)
    fleet = lgsys.call([lgsys.LG_PRINT, str(tmp_path)], stdout=open(tmp_path / "fleet", "w"))
    text = (tmp_path / "fleet").read_text()
    assert fleet == 0 and all(p.path in text for p in profiles), text


def test_exec_without_pid_in_the_name(program, tmp_path):
    paths = [tmp_path / "out", tmp_path / "out.2", tmp_path / "out.3"]
    for _ in range(2):  # the files of an earlier run are overwritten, one by one
        lgsys.call(lgsys.valgrind_command(paths[0], ["--trace-children=yes"], [program, "exec-twice"]),
                   stderr=subprocess.DEVNULL, timeout=120)
        pids = {lgsys.Profile(path).report["pid"] for path in paths}
        assert len(pids) == 1 and sorted(tmp_path.glob("out*")) == paths


def test_a_name_that_a_running_process_writes_to_is_not_taken(program, tmp_path):
    out = tmp_path / "out"
    first = subprocess.Popen(lgsys.valgrind_command(out, [], [program, "grow"]), stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        first.stdout.readline()
        lgsys.call(lgsys.valgrind_command(out, [], [program, "exec"]), stderr=subprocess.DEVNULL, timeout=120)
    finally:
        lgsys.kill_group(first)
    assert lgsys.Profile(out).report["pid"] == first.pid
    (second,) = [lgsys.Profile(path) for path in tmp_path.glob("out.*")]
    assert second.path == f"{out}.{second.report['pid']}"
    assert vgclient.total(second, "before_fork") == (1, 100, 1, 100)


def test_a_file_that_claims_to_be_ours_but_is_not_is_overwritten(program, tmp_path):
    for n, text in enumerate((b"", b"leakgrow-profile 1\n", b"leakgrow-profile 1\nh pid 1\nh start 1\n",
                              b"leakgrow-profile 1\nh pid 99999999999999999999\nh start 18446744073709551616\n",
                              b"leakgrow-profile 1\nh pid -1\nh start -1\n", b"\0" * 4096, b"h pid 1\nh start 0\n")):
        out = tmp_path / f"out{n}"
        out.write_bytes(text)
        lgsys.run(out, [program, "exec-fails"])
        assert sorted(tmp_path.glob(f"out{n}*")) == [out, tmp_path / f"out{n}.stderr"]


def test_exec_untraced(program, tmp_path):
    """The profile ends where the program became another one, and is whole."""
    profile = lgsys.run(tmp_path / "out", [program, "exec"], status=6)
    assert vgclient.total(profile, "before_fork") == (1, 100, 1, 100)
    assert profile.report["end"] == "exit"


def test_failed_exec_goes_on(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program, "exec-fails"])
    assert vgclient.total(profile, "parent_work") == (5, 1500, 5, 1500)
    assert profile.report["end"] == "exit"


def test_signal_handlers(program, tmp_path):
    """On the thread's stack and on an alternate one; the stack goes on below the handler where Valgrind can unwind a signal's
    frame, which it cannot on 32-bit x86."""
    profile = lgsys.run(tmp_path / "out", [program, "signals"])
    assert vgclient.total(profile, "handler_work") == (20, 8000, 20, 8000)
    if not program.endswith("-m32"):
        assert vgclient.total(profile, "signals", anywhere=True)[0] >= 10


def test_longjmp(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program, "jumps"])
    assert vgclient.total(profile, "deep") == (220, 11000, 220, 11000)
    after = [s for s in vgclient.stacks(profile) if s[0] == "after_jump"]
    assert len(after) == 1 and after[0][:3] == ["after_jump", "jumps", "main"]


@pytest.mark.parametrize("how", ["return", "exit", "thread", "last-thread", "again", "_exit", "quick", "abort", "segv"])
def test_ends_are_those_of_the_program(program, how, tmp_path):
    """Exit status, atexit handlers and their order are as natively; what they allocate is teardown."""
    native = subprocess.run([program, how], capture_output=True)
    out = tmp_path / "out"
    under = subprocess.run(lgsys.valgrind_command(out, ["-q"], [program, how]), capture_output=True, timeout=60)
    assert (under.returncode, under.stdout) == (native.returncode, native.stdout)
    with open(out) as f:
        lines = f.read().splitlines()
    runs_handlers = b"21" in native.stdout
    assert any(line.startswith("y ") for line in lines) == runs_handlers
    ends = [line.split()[1] for line in lines if line.startswith("z ")]
    by_signal = how in ("abort", "segv")
    assert ends == (["signal", "signal"] if by_signal else ["exit"])  # its number is learned last
    report = lgsys.Profile(out).report
    assert report["end"] == ends[0]
    assert report["end_code"] == (-native.returncode if by_signal else native.returncode)
    if runs_handlers:
        assert vgclient.total(lgsys.Profile(out), "on_exit_1") == (100, 7700, 100, 7700)


def test_exit_status_is_recorded(program, tmp_path):
    lgsys.run(tmp_path / "out", [program, "return"], status=3)
    with open(tmp_path / "out") as f:
        assert [line.split()[1::2] for line in f if line.startswith("z ")] == [["exit", "3"]]


def test_killed_from_outside(program, tmp_path):
    """kill -9 in the middle: everything up to the last interval is there, and the report says that the end is missing."""
    out = tmp_path / "out"
    command = lgsys.valgrind_command(out, [], [program, "grow"])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for line in process.stdout:
            if int(line) == 400:
                break
        process.kill()
    finally:
        lgsys.kill_group(process)
    profile = lgsys.Profile(out)
    steps = vgclient.total(profile, "grow_step")
    assert 300 <= steps[0] <= 420 and steps[1] == 10000 * steps[0] == steps[3]
    assert profile.report["end"] in ("running", "truncated")


def test_fatal_signal_from_outside(program, tmp_path):
    """SIGTERM leaves a whole profile whose end is the signal."""
    out = tmp_path / "out"
    command = lgsys.valgrind_command(out, [], [program, "grow"])
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for line in process.stdout:
            if int(line) == 100:
                break
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(30) == -signal.SIGTERM
    finally:
        lgsys.kill_group(process)
    profile = lgsys.Profile(out)
    assert profile.report["end"] == "signal" and profile.report["end_code"] == signal.SIGTERM
    assert "killed by signal 15" in profile.text
    assert vgclient.total(profile, "grow_step")[0] >= 100
    assert os.path.exists(out)
