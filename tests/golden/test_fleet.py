# SPDX-License-Identifier: GPL-2.0-or-later
"""Many profiles at a glance, and one that is still being written."""
import json
import os
import pathlib
import pty
import shutil
import subprocess
import time
import zlib

import pytest

HERE = pathlib.Path(__file__).parent
LG_PRINT = os.environ.get("LG_PRINT") or os.path.join(os.getcwd(), "lg_print")
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
OK, INPUT = 0, 2


def lg_print(*args, **more):
    return subprocess.run([LG_PRINT, *map(str, args)], capture_output=True, text=True, env=ENV, timeout=60, **more)


@pytest.fixture
def night(tmp_path):
    for name in ("leak.lg", "killed.lg", "tiny.lg"):
        shutil.copy(HERE / name, tmp_path / name)
    return tmp_path


def processes(*paths):
    run = lg_print("--format=json", *paths)
    fleet = json.loads(run.stdout)
    assert fleet["format"] == "leakgrow-fleet" and fleet["version"] == 1
    return run, fleet["processes"]


# ---- fleet ----

def test_rows_are_those_of_the_reports(night):
    run, rows = processes(night)
    assert run.returncode == OK
    assert [pathlib.Path(r["file"]).name for r in rows] == ["leak.lg", "tiny.lg", "killed.lg"]  # growing, unknown, bounded
    for row in rows:
        report = json.loads(lg_print("--format=json", row["file"]).stdout)
        for name in ("pid", "verdict", "end", "duration", "time_unit"):
            assert row[name] == report[name], name
        for name in ("live_B", "live_blocks", "peak_B"):
            assert row[name] == report["totals"][name], name
        assert row["command"] == " ".join(report["command"])
        assert row["findings"] == len(report["findings"])
        if report["findings"]:
            assert row["text"] == report["findings"][0]["text"]
    assert rows[0]["slope_B_per_tick"] == pytest.approx(100, rel=0.05)


def test_text_has_one_line_per_process(night):
    run = lg_print(night)
    lines = run.stdout.splitlines()
    assert lines[0] == "3 processes: 1 growing, 1 inconclusive, 1 bounded"
    body = lines[3:6]
    assert body[0].split()[:4] == ["1234", "growing", "100", "B/tick"] and "malloc_wrapper (util.c:12)" in body[0]
    assert body[1].split()[1] == "inconclusive" and body[2].split()[1] == "bounded"
    assert [line.split()[1] for line in lines[-3:]] == [str(night / n) for n in ("leak.lg", "tiny.lg", "killed.lg")]


def test_commands_begin_with_the_program(tmp_path):
    """Where it is installed would fill the column."""
    head, commit, rest = (HERE / "tiny.lg").read_text().partition("\nc 0 ")
    lines = [line for line in head.split("\n") if not line.startswith("h arg ")]
    lines += [f"h arg {word}" for word in ("/opt/a/very/long/directory/of/programs/bin/worker", "--input=/tmp/x")]
    head = "\n".join(lines)
    (tmp_path / "out").write_text(f"{head}{commit}{zlib.crc32((head + chr(10)).encode()):08x}{rest[8:]}")
    run = lg_print("--fleet=yes", tmp_path / "out")
    assert "  worker --input=/tmp/x  " in run.stdout and "very" not in run.stdout.split("Files")[0]
    assert processes("--fleet=yes", tmp_path / "out")[1][0]["command"].startswith("/opt/a/very")


def test_several_files_are_a_fleet_and_one_is_a_report(night):
    assert lg_print(night / "leak.lg", night / "tiny.lg").stdout.startswith("2 processes: ")
    assert lg_print(night / "leak.lg").stdout.startswith("-----")
    assert lg_print("--fleet=yes", night / "leak.lg").stdout.startswith("1 process: 1 growing")
    assert lg_print("--fleet=no", night / "leak.lg", night / "tiny.lg").stdout.count("\nCommand: ") == 2


def test_other_files_are_passed_over(night):
    (night / "service.log").write_text("hello\n")
    (night / "empty").touch()
    (night / "leak.lg.tmp.123").write_bytes((HERE / "leak.lg").read_bytes())
    (night / "directory").mkdir()
    os.mkfifo(night / "fifo")
    os.symlink("nowhere", night / "dangling")
    run, rows = processes(night)
    assert run.returncode == OK and len(rows) == 3 and "leak.lg" in rows[0]["file"]


def test_what_cannot_be_read_is_a_row(night):
    (night / "bad.lg").write_text("leakgrow-profile 1\nrubbish\n")
    run, rows = processes(night)
    assert run.returncode == INPUT
    assert rows[-1]["verdict"] == "unreadable" and rows[-1]["message"]
    assert "1 unreadable" in lg_print(night).stdout
    run, rows = processes(night / "leak.lg", night / "nothing.lg")
    assert run.returncode == INPUT and rows[1]["verdict"] == "unreadable"


# ---- follow ----

def transactions(name):
    """The file cut behind each commit."""
    data, ends, at = (HERE / name).read_bytes(), [], 0
    for line in data.splitlines(keepends=True):
        at += len(line)
        if line.startswith(b"c "):
            ends.append(at)
    return data, ends


def grow(path, name, steps, pause, rename=False):
    """Writes a profile the way the tool does: commit by commit, or as a rewritten file renamed over the old one."""
    data, ends = transactions(name)
    for n in range(steps + 1):
        part = data[:ends[1 + (len(ends) - 2) * n // steps]]
        if rename:
            path.with_suffix(".new").write_bytes(part)
            os.rename(path.with_suffix(".new"), path)
        else:
            path.write_bytes(part)
        time.sleep(pause)


@pytest.mark.parametrize("rename", [False, True])
def test_follow_into_a_pipe(tmp_path, rename):
    """One line per change, no control sequences, and an end when the run ends."""
    path = tmp_path / "out"
    data, ends = transactions("leak.lg")
    path.write_bytes(data[:ends[1]])
    follower = subprocess.Popen([LG_PRINT, "--follow", str(path)], stdout=subprocess.PIPE, text=True, env=ENV)
    grow(path, "leak.lg", 4, 1.3, rename)
    text, _ = follower.communicate(timeout=30)
    lines = text.splitlines()
    assert follower.returncode == OK
    assert "\033" not in text and len(lines) >= 4
    assert lines[-1].endswith("ended with status 3") and "1 place keeps growing" in lines[-1]
    assert lines[0].startswith("10 ms: heap ")


def on_terminal(columns, rows, *args, seconds=10, env=None):
    """What the program sends to a terminal of this size."""
    try:
        for end in os.openpty():
            os.close(end)
    except OSError as error:
        pytest.skip(f"no terminal can be made here: {error}")
    pid, fd = pty.fork()
    if pid == 0:
        subprocess.run(["stty", "cols", str(columns), "rows", str(rows)], check=True)
        os.execve(LG_PRINT, [LG_PRINT, *map(str, args)], {**ENV, "TERM": "xterm", **(env or {})})
    sent = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            chunk = os.read(fd, 65536)
        except OSError:
            break
        if not chunk:
            break
        sent += chunk
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), sent.decode()


def visible(sent):
    """The lines of the last screen without their control sequences."""
    screen = sent.split("\033[H")[-1]
    for sequence in ("\033[K", "\033[J", "\r"):
        screen = screen.replace(sequence, "")
    return screen.rstrip("\n").split("\n")


@pytest.mark.parametrize("columns,rows", [(80, 24), (40, 8), (200, 60), (12, 3)])
def test_follow_fits_the_terminal(columns, rows):
    status, sent = on_terminal(columns, rows, "--follow", HERE / "leak.lg")
    lines = visible(sent)
    assert status == OK
    assert "\033[H" in sent and sent.rstrip().endswith("\033[J")
    assert all(len(line) < columns for line in lines)
    assert len(lines) <= max(rows - 1, 6)
    if columns >= 80:
        assert lines[6].startswith("growing") and "malloc_wrapper" in lines[6]


def test_dumb_terminal_gets_lines():
    status, sent = on_terminal(80, 24, "--follow", HERE / "leak.lg", env={"TERM": "dumb"})
    assert status == OK and "\033" not in sent


def test_hostile_names_stay_harmless_on_a_terminal():
    """names.lg has control sequences in its names; only our own may reach the terminal."""
    status, sent = on_terminal(100, 30, "--follow", HERE / "names.lg")
    rest = sent
    for sequence in ("\033[H", "\033[K", "\033[J", "\033[2J"):
        rest = rest.replace(sequence, "")
    assert status == OK and "\033" not in rest


def test_follow_of_what_is_no_profile(tmp_path):
    assert lg_print("--follow", tmp_path / "none").returncode == INPUT
    (tmp_path / "large").write_bytes(b"x\n" * (1 << 20))
    run = lg_print("--follow", tmp_path / "large")
    assert run.returncode == INPUT and "large" in run.stderr


class Tmux:
    """A terminal multiplexer of its own, with one window that shows a command."""

    def __init__(self, place, columns, rows, *command):
        self.socket = str(place / "tmux")
        self.call("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), " ".join(map(str, command)) + "; sleep 1000")

    def call(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, text=True, env=ENV, timeout=30, check=True).stdout

    def resize(self, columns, rows):
        self.call("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self):
        return self.call("capture-pane", "-p").rstrip("\n").split("\n")

    def shows(self, condition):
        end = time.monotonic() + 20
        while not condition(self.screen()):
            assert time.monotonic() < end, self.screen()
            time.sleep(0.1)


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_follow_in_tmux(tmp_path):
    """The window is resized; the file is rewritten, torn, deleted, and there again."""
    path = tmp_path / "out"
    data, ends = transactions("leak.lg")
    half = ends[len(ends) // 2]
    path.write_bytes(data[:half])
    window = Tmux(tmp_path, 90, 20, LG_PRINT, "--follow", "--refresh=1", path)
    try:
        window.shows(lambda s: s[0].endswith("running") and s[-1].startswith("bounded"))
        for columns, rows in ((50, 9), (130, 30)):
            window.resize(columns, rows)
            window.shows(lambda s: len(s) <= rows - 1 and s[5].startswith("verdict") and min(columns, 90) - 20 < max(map(len, s)) < columns)
        before = window.screen()
        path.write_bytes(data[:half] + data[half:half + 20])  # torn
        time.sleep(1.5)
        assert window.screen()[5:] == before[5:]
        os.unlink(path)
        time.sleep(1.5)
        assert window.screen()[5:] == before[5:]
        (tmp_path / "new").write_bytes(data)
        os.rename(tmp_path / "new", path)
        window.shows(lambda s: any("ended with status 3" in line for line in s))
    finally:
        window.call("kill-server")
