# SPDX-License-Identifier: GPL-2.0-or-later
"""Short lines say the same as long ones."""
import io
import os
import pathlib
import subprocess

import pytest

from brief import shorten
from make_golden import brief
from seal import seal

HERE = pathlib.Path(os.environ.get("LG_SRCDIR", ".")) / "tests" / "golden"
LG_PRINT = os.environ.get("LG_PRINT", "lg_print")
CASES = sorted(p.name for p in HERE.glob("*.lg") if p.name != "killed.lg")  # its report names a line by its number
VARIANTS = {
    "text.exp": ["--x=60", "--y=10", "--unicode=no"],
    "json.exp": ["--format=json"],
}


def padded(data, size):
    """The same profile with that many bytes, which a report mentions: unknown lines of the head are ignored."""
    missing = size - len(data)
    if missing == 0:
        return data
    first, rest = data.split(b"\n", 1)
    return seal(first + b"\nh pad " + b"x" * (missing - 7) + b"\n" + rest)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", CASES)
def test_report_of_short_lines_is_that_of_long_ones(tmp_path, case, variant):
    long = (HERE / case).read_bytes()
    short, _ = shorten(long)
    (tmp_path / case).write_bytes(padded(short, len(long)))
    run = subprocess.run([LG_PRINT, *VARIANTS[variant], case], cwd=tmp_path, capture_output=True, timeout=60)
    assert run.stderr.decode() == ""
    assert run.stdout == (HERE / f"{case[:-3]}.{variant}").read_bytes()


def test_every_part_says_what_a_longer_line_says(tmp_path):
    short, long = io.BytesIO(), io.BytesIO()
    brief(short)
    brief(long, short=False)
    assert short.getvalue() == (HERE / "brief.lg").read_bytes()
    reports = []
    for data in (padded(short.getvalue(), len(long.getvalue())), long.getvalue()):
        (tmp_path / "profile").write_bytes(data)
        reports.append(subprocess.run([LG_PRINT, "--format=json", "profile"], cwd=tmp_path, capture_output=True, timeout=60))
    assert reports[0].stdout == reports[1].stdout and reports[0].returncode == 0
    lines = [line.split() for line in short.getvalue().decode().split("\n") if line.startswith("A ")]
    for part in "mrvg":
        assert any(part in line for line in lines), part


def test_short_lines_occur():
    """Lest the comparison above compares long lines with themselves."""
    counts = [shorten((HERE / case).read_bytes())[1] for case in CASES]
    assert sum(c["A"] for c in counts) > 500 and sum(c["K"] for c in counts) > 10
