# SPDX-License-Identifier: GPL-2.0-or-later
"""Running real programs under leakgrow, and reading what it says of them.

The build directory comes in LG_BUILD (default: the current directory). Everything that is started has a time limit, is in a
process group of its own, and is killed as a group when the limit passes."""
import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager

SOURCE = os.environ.get("LG_SRCDIR") or os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("LG_BUILDDIR") or os.getcwd()
VALGRIND = os.environ.get("LG_VALGRIND") or os.path.join(BUILD, "vg-in-place")
LG_PRINT = os.environ.get("LG_PRINT") or os.path.join(BUILD, "lg_print")
PLATFORM = "amd64-linux"
TIMEOUT_S = 300
SCRATCH = tempfile.mkdtemp(prefix="leakgrow-tests-")  # Valgrind's pipes of runs that are killed stay behind
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


def tool_libdir():
    """The directory that holds leakgrow beside Valgrind's own files."""
    return os.path.join(BUILD, "vg-lib")


def peer_libdir():
    """The directory of Valgrind's own tools: where the links beside leakgrow lead."""
    return os.path.dirname(os.path.realpath(os.path.join(tool_libdir(), f"massif-{PLATFORM}")))


def peer_valgrind():
    """The launcher without any choice of directory."""
    with open(VALGRIND) as f:
        return re.search(r"^exec '([^']*)'", f.read(), flags=re.MULTILINE)[1]


def call(command, timeout=TIMEOUT_S, **popen):
    """Runs a command in its own process group. Returns its exit status, negative for a signal; a time-out is an error."""
    process = subprocess.Popen(command, start_new_session=True, **popen)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{command} did not end within {timeout} s") from None
    finally:
        kill_group(process)


def kill_group(process):
    """Ends what is left of a process group that call() or Popen(start_new_session=True) began."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def clean_env(**more):
    """A small, fixed environment: no locale, no user's settings."""
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "TMPDIR": SCRATCH}
    env.update(more)
    return env


def valgrind_command(out, options, command):
    return [VALGRIND, "--tool=leakgrow", f"--leakgrow-out-file={out}", *options, *command]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


class Profile:
    """A finished profile, as lg_print shows it."""

    def __init__(self, path, summary=""):
        self.path = str(path)
        self.summary = summary
        self._report = self._text = None

    def _print(self, *options):
        done = subprocess.run([LG_PRINT, *options, self.path], capture_output=True, text=True, errors="replace", timeout=120)
        assert done.returncode == 0, f"lg_print {options} {self.path}: status {done.returncode}: {done.stderr}"
        return done.stdout

    @property
    def report(self):
        if self._report is None:
            self._report = json.loads(self._print("--format=json"))
            assert self._report["format"] == "leakgrow-report"
        return self._report

    @property
    def text(self):
        if self._text is None:
            self._text = self._print()
        return self._text

    @property
    def findings(self):
        return self.report["findings"]

    def growth(self):
        """Findings that say something grows."""
        return [f for f in self.findings if f["kind"] == "growth" and f["verdict"] == "growing"]

    def counter(self, name):
        """The last value of a `w` counter of the profile; 0 when it was never written."""
        value = 0
        with open(self.path, errors="replace") as f:
            for line in f:
                if line.startswith(f"w {name} "):
                    value = int(line.split()[2])
        return value

    def peak_blocks(self):
        """Blocks at the exact peak, from the profile's last `p` line."""
        blocks = 0
        with open(self.path, errors="replace") as f:
            for line in f:
                if line.startswith("p "):
                    blocks = int(line.split()[3])
        return blocks


def functions(finding):
    return [frame["fn"] for frame in finding["stack"]]


def flat(text):
    """Text without Valgrind's line prefixes, on one line, so that wrapped sentences can be compared."""
    text = re.sub(r"^==\d+== ?", "", text, flags=re.MULTILINE)
    return re.sub(r"\s+", " ", text)


def assert_consistent(profile):
    """The exit summary, lg_print's text and its JSON tell the same growth, in the same order."""
    sentences = [flat(f["text"]).strip() for f in profile.growth()]
    for name, shown in (("the exit summary", flat(profile.summary)), ("lg_print's text", flat(profile.text))):
        at = -1
        for sentence in sentences[:3]:
            here = shown.find(sentence)
            assert here >= 0, f"{name} does not hold: {sentence}\n{shown}"
            assert here > at, f"{name} has another order"
            at = here


def intervals(profile):
    """Finished intervals of the recording."""
    times = [s["time"] for s in profile.report["snapshots"] if s["kind"] == "periodic"]
    return len(times)


def run(out, command, options=(), env=None, stdin=None, cwd=None, timeout=TIMEOUT_S, status=0, stdout=os.devnull):
    """Runs a command to its end under leakgrow and returns its profile. stdout is the path of a file for its output."""
    summary = str(out) + ".stderr"
    with open(stdin or os.devnull, "rb") as source, open(summary, "wb") as err, open(stdout, "wb") as log:
        code = call(valgrind_command(out, options, command), timeout=timeout, env=env or clean_env(), stdin=source, stdout=log,
                    stderr=err, cwd=cwd)
    with open(summary, errors="replace") as f:
        text = f.read()
    assert code == status, f"{command} ended with status {code}:\n{text[-3000:]}"
    return Profile(out, text)


@contextmanager
def serving(out, command, options=(), env=None, timeout=60, ready=None):
    """Runs a server under leakgrow; yields its process. `ready()` must become true before the body runs. The body ends the
    server in its own way; what is left afterwards is killed."""
    with open(str(out) + ".stderr", "wb") as err, open(str(out) + ".stdout", "wb") as log:
        process = subprocess.Popen(valgrind_command(out, options, command), env=env or clean_env(), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=err, start_new_session=True)
    try:
        wait_until(lambda: process.poll() is not None or ready(), timeout, f"{command[0]} ready")
        assert process.poll() is None, f"{command} ended early"
        yield process
        process.wait(timeout)
    finally:
        kill_group(process)


def make_memory_group(limit):
    """(a control group of our own with this limit, its parent), or None where none can be made."""
    with open("/proc/self/cgroup") as f:
        groups = [line.rstrip("\n").split(":", 2) for line in f]
    places = [(f"/sys/fs/cgroup/memory{g[2]}", "memory.limit_in_bytes") for g in groups if "memory" in g[1].split(",")]
    places += [(f"/sys/fs/cgroup{g[2]}", "memory.max") for g in groups if g[0] == "0"]
    for parent, file in places:
        group = os.path.join(parent, f"leakgrow-test-{os.getpid()}")
        try:
            os.mkdir(group)
        except OSError:
            continue
        try:
            with open(os.path.join(group, file), "w") as f:
                f.write(str(limit))
            return group, parent
        except OSError:
            os.rmdir(group)
    return None


@contextmanager
def memory_group(limit):
    """Yields (control group, parent, what a process calls to join it), or None. Waits for the end of all who joined."""
    made = make_memory_group(limit)
    if not made:
        yield None
        return
    processes = os.path.join(made[0], "cgroup.procs")

    def join():
        with open(processes, "w") as f:
            f.write("0")

    def is_empty():
        with open(processes) as f:
            return f.read() == ""

    try:
        yield *made, join
    finally:
        wait_until(is_empty, 30, "the end of all processes")
        os.rmdir(made[0])
