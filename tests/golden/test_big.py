# SPDX-License-Identifier: GPL-2.0-or-later
"""A large profile needs less memory than it is long, whether it came in many transactions or in one."""
import os
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(os.environ.get("LG_SRCDIR", ".")) / "tests" / "golden"
LG_PRINT = os.environ.get("LG_PRINT", "lg_print")
LINES = 600000
PROGRAM_B = 8 << 20  # what a program with its libraries needs for the smallest profile


def is_sanitized():
    return b"__asan_init" in pathlib.Path(LG_PRINT).read_bytes()


def peak_memory(name):
    """Peak resident bytes of lg_print. A child of its own reports them, so that nothing else counts."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)")
    run = subprocess.run([sys.executable, "-c", code, LG_PRINT, "--unicode=no", str(name)], capture_output=True, check=True,
                         timeout=300)
    return int(run.stdout)


@pytest.mark.skipif(is_sanitized(), reason="sanitizers need memory of their own")
@pytest.mark.parametrize("accounts, shape", [(5000, "many"), (3000, "one")])
def test_memory(tmp_path, accounts, shape):
    name = tmp_path / "big.lg"
    with open(name, "wb") as out:
        subprocess.run([sys.executable, str(HERE / "make_big.py"), str(LINES), str(accounts), shape], stdout=out, check=True,
                       timeout=300)
    size = name.stat().st_size
    assert size > 20 << 20
    assert peak_memory(name) < size + PROGRAM_B
