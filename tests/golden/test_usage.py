# SPDX-License-Identifier: GPL-2.0-or-later
"""Options, bad input and bad output: a clear message and the right exit status each."""
import json
import os
import pathlib
import subprocess
import zlib

import pytest

HERE = pathlib.Path(os.environ.get("LG_SRCDIR", ".")) / "tests" / "golden"
LG_PRINT = os.environ.get("LG_PRINT", "lg_print")
OK, INPUT, USAGE, OUTPUT = 0, 2, 3, 4


def lg_print(*args, **kwargs):
    kwargs.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([LG_PRINT, *args], cwd=HERE, stderr=subprocess.PIPE, timeout=60, **kwargs)


@pytest.mark.parametrize("args, words", [
    ([], "no file given"),
    (["--nonsense", "tiny.lg"], "--nonsense: unknown option"),
    (["-q", "tiny.lg"], "-q: unknown option"),
    (["--x"], "--x: a value is needed"),
    (["--help=3"], "--help=3: this option takes no value"),
    (["--format=html", "tiny.lg"], "--format=html: not available; choose one of text|json"),
    (["--format=", "tiny.lg"], "--format=: not available; choose one of text|json"),
    (["--unicode=perhaps", "tiny.lg"], "--unicode=perhaps: not available; choose one of yes|no|auto"),
    (["--x=9", "tiny.lg"], "--x=9: not a number from 10 to 1000"),
    (["--x=1001", "tiny.lg"], "--x=1001: not a number from 10 to 1000"),
    (["--x=0x20", "tiny.lg"], "--x=0x20: not a number from 10 to 1000"),
    (["--x= 20", "tiny.lg"], "--x= 20: not a number from 10 to 1000"),
    (["--y=99999999999999999999", "tiny.lg"], "not a number from 3 to 1000"),
    (["--threshold=101", "tiny.lg"], "--threshold=101: not a number from 0 to 100"),
    (["--threshold=-1", "tiny.lg"], "--threshold=-1: not a number from 0 to 100"),
    (["--threshold=1.", "tiny.lg"], "--threshold=1.: not a number from 0 to 100"),
    (["--threshold=1,5", "tiny.lg"], "--threshold=1,5: not a number from 0 to 100"),
    (["--top=-3", "tiny.lg"], "--top=-3: not a number from 0 to 1000000000"),
    (["--snapshots=3,", "tiny.lg"], "--snapshots=3,: none, events, all, or numbers"),
    (["--format=json", "--fleet=no", "tiny.lg", "leak.lg"], "--fleet=no --format=json takes one file, not 2"),
    (["--follow", "tiny.lg", "leak.lg"], "--follow is for one profile, as text"),
    (["--follow", "--format=json", "leak.lg"], "--follow is for one profile, as text"),
    (["--follow", "-"], "--follow needs a file's name"),
])
def test_wrong_usage(args, words):
    run = lg_print(*args)
    assert run.returncode == USAGE
    assert run.stdout == b""
    assert words in run.stderr.decode()
    assert run.stderr.count(b"\n") == 1


def test_help_names_every_option_with_its_default():
    run = lg_print("--help")
    assert run.returncode == OK
    text = run.stdout.decode()
    for option in ("--format=text|json", "--threshold=PERCENT", "--x=N", "--y=N", "--top=N", "--snapshots=WHICH", "--unicode"):
        line = next(row for row in text.splitlines() if row.strip().startswith(option))
        assert line.rstrip().endswith("]")


def test_version():
    run = lg_print("--version")
    assert run.returncode == OK
    assert run.stdout.startswith(b"lg_print ")


def test_threshold_hides_small_places():
    def trees(threshold):
        return lg_print("--unicode=no", f"--threshold={threshold}", "killed.lg").stdout.decode()
    assert "05.88% (500,000 B in 5 blocks) load_config" in trees("5.8%")
    assert "05.88% (500,000 B in 5 blocks) in 1 place, it is below the threshold" in trees("6.0")


def test_snapshots_choose_trees():
    def count(which):
        return lg_print("--unicode=no", f"--snapshots={which}", "leak.lg").stdout.count(b"heap: malloc, new")
    assert count("none") == 0
    assert count("0,3-5,61") == 5
    assert count("all") == 62  # 59 intervals, mark, peak, end


def test_several_files_in_text():
    run = lg_print("--unicode=no", "--fleet=no", "tiny.lg", "leak.lg")
    assert run.returncode == OK
    assert run.stdout.count(b"\nCommand: ") == 2


def test_standard_input():
    data = (HERE / "tiny.lg").read_bytes()
    run = lg_print("--format=json", "-", input=data)
    assert run.returncode == OK
    assert json.loads(run.stdout)["pid"] == 1234


# ---- input ----

def head(version=1, unit=b"ms", base=b"10"):
    return b"leakgrow-profile %d\nh pid 1\nh unit %s\nh base %s\n" % (version, unit, base)


def sealed(*transactions):
    done = b""
    for seq, lines in enumerate(transactions):
        if seq > 0:
            lines = b"b %d 1\n" % seq + lines
        done += lines + b"c %d %08x\n" % (seq, zlib.crc32(lines))
    return done


TOTAL = b"t 0 0 10 0 0 0 0 0 0 0 0 0 0 0 0 0\n"


@pytest.mark.parametrize("data, words", [
    (b"", "the file is empty"),
    (b"\n", "this is not a leakgrow profile"),
    (b"\x7fELF\x02\x01\x01" + bytes(1000), "this is not a leakgrow profile"),
    (b"x" * 70000, "this is not a leakgrow profile"),
    (bytes(range(256)) * 1000, "this is not a leakgrow profile"),
    (b"leakgrow-profile", "ends within its head"),
    (b"leakgrow-profile x\n", "the version is malformed"),
    (b"leakgrow-profile 2\nnobody knows\n", "the profile has version 2, this program reads versions up to 1"),
    (b"leakgrow-profile 18446744073709551616\n", "the version is malformed"),
    (sealed(head(unit=b"s"), TOTAL), "line 3: `h`: its time unit is none of ms, B, i, ticks"),
    (sealed(head(base=b"0"), TOTAL), "line 4: `h`: its base interval is 0"),
    (sealed(b"leakgrow-profile 1\nh unit ms\n"), "the head has no base"),
    (sealed(head()), "there is nothing to show"),
    (head() + b"c 0 00000000\n", "the checksum is wrong"),
], ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes")
def test_nothing_usable(tmp_path, data, words):
    name = tmp_path / "bad.lg"
    name.write_bytes(data)
    for how in ("text", "json"):
        run = lg_print(f"--format={how}", str(name))
        assert run.returncode == INPUT
        assert run.stdout == b""
        assert words in run.stderr.decode()
        assert run.stderr.startswith(b"lg_print: %s: " % str(name).encode())
        assert run.stderr.count(b"\n") == 1


GOOD = (head(), TOTAL)


@pytest.mark.parametrize("line, words", [
    (b"?", "`?`: its tag is unknown"),
    (b"", "the line is empty"),
    (b"\x1b[2J", "`?`: its tag is unknown"),
    (b"b 3 1", "`b`: the transaction before is not committed"),
    (b"h pid 3", "`h`: its tag is unknown"),
    (b"f 2 name", "`f`: function 2 is defined where 1 comes next"),
    (b"f 1", "`f`: its text is missing or malformed"),
    (b"f 1 bad\\escape", "`f`: its text is missing or malformed"),
    (b"f 1 tab\there", "`f`: its text is missing or malformed"),
    (b"n 1 9 0 0 0 0", "`n`: function 9 is not defined"),
    (b"n 1 0 0 0 0 2", "`n`: inlined is 2, beyond 1"),
    (b"k 1 1025", "`k`: count is 1025, beyond 1024"),
    (b"k 1 1 1", "`k`: frame 1 is not defined"),
    (b"K 1 1 1", "`K`: stack 1 is not defined"),
    (b"K 1 0 1", "`K`: stack 0 is not defined"),
    (b"K 2 1 1", "`K`: stack 2 is defined where 1 comes next"),
    (b"A 1 1 1", "`A`: there is no `t` line above it in its transaction"),
    (b"x 1 1 label", "`x`: context 1 is not defined"),
    (b"a 1 z 0 0", "`a`: its kind is none of hmstr"),
    (b"a 1 h 0 4", "`a`: stack 4 is not defined"),
    (b"t 200 0 10 0 0 0 0 0 0 0 0 0 0 0 0 0", "`t`: index is 200, beyond 199"),
    (b"t 0 41 10 0 0 0 0 0 0 0 0 0 0 0 0 0", "`t`: shift is 41, beyond 40"),
    (b"t 0 0 10 5 0 6 7 0 0 0 0 0 0 0 0 0", "`t`: its floor, end and ceiling are not in order"),
    (b"i 1 0 0 0 0 0 0 0 0 0 0 0 0", "`i`: account 1 is not defined"),
    (b"v 1", "`v`: account 1 is not defined"),
    (b"p 1 2", "`p`: the field live_blk is missing or is not a number"),
    (b"p 1 2 3 4", "`p`: something follows its last field"),
    (b"p 1 02 3", "`p`: the field live_B is missing or is not a number"),
    (b"p 1 99999999999999999999 3", "`p`: the field live_B is missing or is not a number"),
    (b"p 1 36028797018963969 3", "`p`: live_B is 36028797018963969, beyond 36028797018963968"),
    (b"e party 1 1 1 1 1 1 1 1 1 1 0 ", "`e`: the kind of snapshot is unknown"),
    (b"r 1 1 1", "`r`: there is no snapshot above it that announces rows"),
    (b"z fire 1 1", "`z`: the program ended in an unknown way"),
    (b"w", "`w`: its name is missing"),
    (b"f 1 " + b"x" * 65535, "the line is longer than 65535 bytes"),
])
def test_damage_is_named_and_what_came_before_is_kept(tmp_path, line, words):
    name = tmp_path / "bad.lg"
    name.write_bytes(sealed(*GOOD, line + b"\n"))
    run = lg_print("--format=json", str(name))
    message = run.stderr.decode()
    assert run.returncode == INPUT
    assert words in message
    assert "line 10, transaction 2: " in message
    assert "truncated after transaction 1" in message
    assert message.isprintable() or message[:-1].isprintable()
    report = json.loads(run.stdout)
    assert report["end"] == "truncated"
    assert [s["kind"] for s in report["snapshots"]] == ["final"]


STACKS = b"f 1 main\nn 1 1 0 0 0 0\nk 1 2 1 1\nk 2 0\na 1 h 0 1\n"
INTERVAL = b"t 7 0 80 1 1 1 1 1 1 1 0 0 0 0 0 0\n"


@pytest.mark.parametrize("line, words", [
    (b"K 3 1 3 1", "`K`: shared is 3, beyond 2"),
    (b"K 3 1 0 1", "`K`: it shares no frame"),
    (b"K 3 2 1 1", "`K`: shared is 1, beyond 0"),
    (b"K 3 1 2" + b" 1" * 1023, "`K`: it has more than 1024 frames"),
    (b"K 3 1 2 2", "`K`: frame 2 is not defined"),
    (b"K 3 1 2 1 ", "`K`: the field frame is missing or is not a number"),
    (b"K 1 1 2 1", "`K`: stack 1 is defined a second time"),
    (b"A 2 1 1", "`A`: account 2 is not defined"),
    (b"A 1", "`A`: the field births is missing or is not a number"),
    (b"A 1 0 0 1 1", "`A`: what came and went does not add up"),
    (b"A 1 1 1 1 2", "`A`: what came and went does not add up"),
    (b"A 1 4294967296 1", "`A`: what came and went does not add up"),
    (b"A 1 1 36028797018963969", "`A`: its minimum, end and maximum are not in order"),
    (b"A 1 4611686018427387904 4611686018427387904 1 1 4294967295 1", "`A`: what came and went does not add up"),
    (b"A 1 1 1 0 0 4294967296", "`A`: before_blk is 4294967296, beyond 4294967295"),
    (b"A 1 1 1 0 0 0 0 0", "`A`: its parts are not `m`, `r`, `v`, `g`, in this order"),
    (b"A 1 1 1 mm 0 0 1 1", "`A`: its parts are malformed"),
    (b"A 1 1 1 x 1", "`A`: its parts are not `m`, `r`, `v`, `g`, in this order"),
    (b"A 1 1 1 r 1 m 0 0 1 1", "`A`: its parts are not `m`, `r`, `v`, `g`, in this order"),
    (b"A 1 1 1 r 1 r 1", "`A`: its parts are not `m`, `r`, `v`, `g`, in this order"),
    (b"A 1 1 1 r", "`A`: the field resizes is missing or is not a number"),
    (b"A 1 1 1 m 0 0 0 1", "`A`: its minimum, end and maximum are not in order"),
    (b"A 1 1 1 m 0 0 1", "`A`: the field max_B is missing or is not a number"),
    (b"A 1 1 1 v 7 1 1", "`A`: index 7 is not an earlier one"),
    (b"A 1 1 1 v 6 1", "`A`: the field bytes is missing or is not a number"),
    (b"A 1 1 1 v", "`A`: the field index is missing or is not a number"),
    (b"A 1 1 1" + b" v 1 1 36028797018963968 2 1 1", "`A`: its survivors add up to too much"),
    (b"A 1 1 1 1 1 g 0 1", "`A`: its ages are not those of its deaths"),
    (b"A 1 1 1 1 1 g 1 2", "`A`: its ages are not those of its deaths"),
    (b"A 1 1 1 1 1 g 1 1 2 1", "`A`: its ages are not those of its deaths"),
    (b"A 1 1 1 1 1 g 64 1", "`A`: bucket is 64, beyond 63"),
])
def test_short_lines_are_checked_like_long_ones(tmp_path, line, words):
    name = tmp_path / "bad.lg"
    name.write_bytes(sealed(*GOOD, STACKS + INTERVAL + line + b"\n"))
    run = lg_print("--format=json", str(name))
    assert run.returncode == INPUT
    assert words in run.stderr.decode()
    assert json.loads(run.stdout)["end"] == "truncated"


@pytest.mark.parametrize("tail, words", [
    (b"b 3 1\n", "`b`: its number is not the next one"),
    (b"c 2 00000000\n", "`c`: no transaction is open"),
    (b"b 2 1\nc 3 00000000\n", "`c`: another transaction is open"),
    (b"b 2 1\nc 2 00000000\n", "`c`: the checksum is wrong"),
    (b"b 2 1\nc 2\n", "`c`: the line is malformed"),
    (TOTAL, "a line outside of a transaction"),
])
def test_damaged_transactions(tmp_path, tail, words):
    name = tmp_path / "bad.lg"
    name.write_bytes(sealed(*GOOD) + tail)
    run = lg_print(str(name))
    assert run.returncode == INPUT
    assert words in run.stderr.decode()
    assert b"truncated after transaction 1" in run.stdout


def test_torn_tail_is_said_and_is_no_error(tmp_path):
    name = tmp_path / "torn.lg"
    name.write_bytes(sealed(*GOOD) + b"b 2 20\nt 1 0 2")
    run = lg_print("--unicode=no", str(name))
    assert run.returncode == OK
    assert b"truncated after transaction 1" in run.stderr
    assert b"truncated after transaction 1" in run.stdout


def test_unreadable(tmp_path):
    run = lg_print(str(tmp_path / "none.lg"))
    assert run.returncode == INPUT
    assert b"cannot open it: No such file or directory" in run.stderr
    run = lg_print(str(tmp_path))
    assert run.returncode == INPUT
    assert b"there is no profile in this directory" in run.stderr
    run = lg_print("--fleet=no", str(tmp_path))
    assert run.returncode == INPUT
    assert b"cannot read it: Is a directory" in run.stderr


def test_one_bad_file_of_several(tmp_path):
    run = lg_print("--unicode=no", "--fleet=no", "tiny.lg", str(tmp_path / "none.lg"), "leak.lg")
    assert run.returncode == INPUT
    assert run.stdout.count(b"\nCommand: ") == 2


# ---- output ----

needs_full_device = pytest.mark.skipif(not pathlib.Path("/dev/full").is_char_device(), reason="there is no /dev/full")


@needs_full_device
@pytest.mark.parametrize("how", ["text", "json"])
def test_full_device(how):
    with open("/dev/full", "wb") as full:
        run = lg_print(f"--format={how}", "leak.lg", stdout=full)
    assert run.returncode == OUTPUT
    assert b"cannot write standard output: No space left on device" in run.stderr


def test_closed_pipe():
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as out:
        run = lg_print("leak.lg", stdout=out)
    assert run.returncode == OUTPUT
    assert b"cannot write standard output: Broken pipe" in run.stderr


def test_closed_output():
    run = subprocess.run(["sh", "-c", f"exec '{LG_PRINT}' tiny.lg >&-"], cwd=HERE, capture_output=True, timeout=60)
    assert run.returncode == OUTPUT


@needs_full_device
def test_help_to_a_full_device():
    with open("/dev/full", "wb") as full:
        assert lg_print("--help", stdout=full).returncode == OUTPUT
