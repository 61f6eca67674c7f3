# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of tests/system/reclaim: compiled on the spot, run natively or under leakgrow; what they say of themselves."""
import os
import shlex
import subprocess

import pytest

import lgsys

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reclaim")
FLAVOURS = ("memb", "mb", "qsbr", "bp")


def _library_is_there(header):
    cc = shlex.split(os.environ.get("CC") or "gcc")
    done = subprocess.run([*cc, "-E", "-x", "c", "-"], input=f"#include <{header}>\n", capture_output=True, text=True)
    return done.returncode == 0


def _compile(directory, name, source, *flags):
    program = str(directory / name)
    if not os.path.exists(program):
        cc = shlex.split(os.environ.get("CC") or "gcc")
        command = [*cc, "-std=gnu11", "-g", "-O2", "-Wall", "-Wextra", os.path.join(HERE, source), "-o", program, *flags, "-lpthread"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
        if "-s" not in flags:
            assert done.stderr == "", done.stderr
    return program


def urcu(directory, flavour, inlined=False, stripped=False):
    """The path of the liburcu program for a flavour."""
    if not _library_is_there("urcu/urcu-bp.h"):
        pytest.skip("liburcu-dev is not installed")
    name = f"urcu-{flavour}" + ("-inlined" if inlined else "") + ("-stripped" if stripped else "")
    return _compile(directory, name, "urcu.c", f"-DFLAVOUR_{flavour}", *(["-D_LGPL_SOURCE"] if inlined else []),
                    *(["-s"] if stripped else []), f"-lurcu-{flavour}")


def ck(directory, stripped=False):
    """The path of the Concurrency Kit program."""
    if not _library_is_there("ck_epoch.h"):
        pytest.skip("libck-dev is not installed")
    return _compile(directory, "ck" + ("-stripped" if stripped else ""), "ck.c", *(["-s"] if stripped else []), "-lck")


def truth(output):
    """The numbers of a program's last line."""
    lines = [line for line in output.splitlines() if line.startswith("truth ")]
    assert len(lines) == 1, output
    fields = dict(field.split("=", 1) for field in lines[0].split()[1:])
    return {name: value if name == "program" else int(value) for name, value in fields.items()}


def native(program, *args):
    """Runs a program without Valgrind; its truth."""
    done = subprocess.run([program, *args], capture_output=True, text=True, timeout=lgsys.TIMEOUT_S)
    assert done.returncode == 0, (program, args, done.returncode, done.stderr)
    return truth(done.stdout)
