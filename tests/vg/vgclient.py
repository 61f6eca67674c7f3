# SPDX-License-Identifier: GPL-2.0-or-later
"""Small programs under the tool: compiled on the spot, run, and their books looked up by function."""
import os
import shlex
import subprocess

import pytest

import lgsys

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDES = ["-I", os.path.join(lgsys.SOURCE, "leakgrow"), "-I/usr/include/valgrind"]
SOURCES = {".c": ("CC", "gcc", "-std=gnu11"), ".cc": ("CXX", "g++", "-std=c++17")}


def build(directory, source, *flags, name=None):
    """Compiles one source of this directory and returns the program's path. Optimised a little, with line numbers, and every
    warning of a misused allocator off, for misusing it is the purpose."""
    if "-m32" in flags and os.environ.get("LG_HAVE_X86") == "no":
        pytest.skip("this build has no tool for 32-bit programs")
    stem, suffix = os.path.splitext(source)
    variable, default, standard = SOURCES[suffix]
    program = str(directory / (name or stem))
    if not os.path.exists(program):
        compiler = shlex.split(os.environ.get(variable) or default)
        command = [*compiler, standard, "-g", "-O1", "-fno-builtin", "-fno-inline", "-fno-optimize-sibling-calls", "-w", *INCLUDES,
                   os.path.join(HERE, source), "-o", program, *flags]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    return program


def total(profile, function, anywhere=False):
    """(blocks, bytes, live blocks, live bytes) of all accounts whose innermost frame is the function, or, with `anywhere`,
    that have it somewhere on their stack."""
    sums = [0, 0, 0, 0]
    for account in profile.report["accounts"]:
        names = [frame["fn"].split("(")[0] for frame in account["stack"]]
        if function in (names if anywhere else names[:1]):
            for i, field in enumerate(("total_blocks", "total_B", "live_blocks", "live_B")):
                sums[i] += account[field]
    return tuple(sums)


def totals(profile, functions, anywhere=False):
    return {f: total(profile, f, anywhere) for f in functions}


def stacks(profile):
    """The stacks of all accounts, as lists of function names, innermost first."""
    return [[frame["fn"] for frame in account["stack"]] for account in profile.report["accounts"]]


def snapshots(profile, kind):
    return [s for s in profile.report["snapshots"] if s["kind"] == kind]
