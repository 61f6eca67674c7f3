# SPDX-License-Identifier: GPL-2.0-or-later
"""lg_check --history: one line per run, whatever happened to the line before."""
import subprocess

from lgsim import Place, flat, linear, write, os

LG_CHECK = os.environ.get("LG_BUILDDIR", ".") + "/lg_check"


def check(*args):
    run = subprocess.run([LG_CHECK, *map(str, args)], capture_output=True, timeout=120, env={"LC_ALL": "C"})
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def night(tmp_path, day, *places, **kwargs):
    file = write(tmp_path / "a.lg", places, **kwargs)
    return check(f"--today=2026-11-{day:02}", f"--history={tmp_path}/h", file)


def test_nights_are_appended_and_shown(tmp_path):
    assert night(tmp_path, 1, Place("cache_fill", flat(1000)))[0] == 0
    assert night(tmp_path, 2, Place("remember", linear(10)))[0] == 1
    status, text, _ = night(tmp_path, 3, Place("cache_fill", flat(1000)), n=12)
    assert status == 2
    rows = [row for row in text.splitlines() if row.startswith("2026-11-")]
    assert [row.split()[:2] for row in rows] == [["2026-11-01", "pass"], ["2026-11-02", "fail"], ["2026-11-03", "inconclusive"]]
    assert "remember (service.c:1) keeps growing" in rows[1] and "100 B" in rows[1]
    lines = (tmp_path / "h/lg_check.history").read_text().splitlines()
    assert len(lines) == 3 and lines[1].startswith("n 1 2026-11-02 fail 1 ")
    status, shown, _ = check(f"--history={tmp_path}/h")
    assert status == 0 and shown == text[text.index("\n\n---") + 1:]


def test_every_cut_leaves_the_others(tmp_path):
    night(tmp_path, 1, Place("cache_fill", flat(1000)))
    night(tmp_path, 2, Place("remember", linear(10)))
    history = tmp_path / "h/lg_check.history"
    whole = history.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(first + 1, len(whole)):
        history.write_bytes(whole[:cut])
        _, text, _ = check(f"--history={tmp_path}/h")
        assert "2026-11-01" in text and "2026-11-02" not in text and "1 line of the history could not be read" in text
    history.write_bytes(whole[:len(whole) - 9])
    _, text, _ = night(tmp_path, 3, Place("cache_fill", flat(1000)))
    assert "2026-11-01" in text and "2026-11-03" in text and "2026-11-02" not in text
    assert "1 line of the history could not be read" in text


def test_changed_and_foreign_lines_are_left_out(tmp_path):
    night(tmp_path, 1, Place("cache_fill", flat(1000)))
    history = tmp_path / "h/lg_check.history"
    line = history.read_bytes()
    history.write_bytes(line.replace(b"pass", b"fail") + b"nonsense\n" + b"\x1b[2J\n" + b"n" * 100000 + b"\n\n" + line)
    _, text, _ = check(f"--history={tmp_path}/h")
    assert text.count("2026-11-01") == 1 and "4 lines of the history could not be read" in text and "\x1b" not in text


def test_many_at_once(tmp_path):
    file = write(tmp_path / "a.lg", [Place("cache_fill", flat(1000))])
    runs = [subprocess.Popen([LG_CHECK, "--today=2026-11-01", f"--history={tmp_path}/h", file], stdout=subprocess.DEVNULL)
            for _ in range(20)]
    assert [run.wait(timeout=120) for run in runs] == [0] * 20
    lines = (tmp_path / "h/lg_check.history").read_bytes().splitlines()
    assert len(lines) == 20 and len(set(lines)) == 1


def test_long_history_shows_the_last_nights(tmp_path):
    night(tmp_path, 1, Place("cache_fill", flat(1000)))
    history = tmp_path / "h/lg_check.history"
    history.write_bytes(history.read_bytes() * 1000)
    _, text, _ = check(f"--history={tmp_path}/h")
    assert text.count("2026-11-01") == 30 and "970 earlier runs are not shown" in text


def test_missing(tmp_path):
    status, _, message = check(f"--history={tmp_path}/none")
    assert status == 2 and "cannot read the history" in message
    status, _, message = check(f"--history={tmp_path}/none/below", write(tmp_path / "a.lg", [Place("cache_fill", flat(10))]))
    assert status == 4 and "cannot write the history" in message
