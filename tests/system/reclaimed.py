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


class Seen:
    """What a program knows of a domain, and what leakgrow saw."""

    def __init__(self, profile, truth_, name):
        self.profile, self.truth = profile, truth_
        domains = [d for d in profile.report["domains"] if d["name"] == name]
        assert len(domains) == 1, profile.report["domains"]
        self.domain = domains[0]

    def findings(self, *kinds):
        return [f for f in self.profile.findings if f["kind"] in kinds]

    def assert_exact(self):
        """Objects and bytes, to the last one. A peak may be off by the object that a thread has in hand."""
        truth_, domain = self.truth, self.domain
        assert domain["retired"] == truth_["retired"]
        assert domain["freed"] == truth_["freed"]
        assert domain["backlog_objects"] == truth_["pending"]
        assert domain["backlog_B"] == truth_["pending_B"]
        assert abs(domain["peak_backlog_objects"] - truth_["peak"]) <= 2
        self.assert_lag_max()

    def assert_lag_max(self):
        """The program reads its clock before it calls and after it was called: whoever runs in between makes the two differ."""
        if self.truth["freed"] > 0:
            own, seen = self.truth["lag_max_us"] / 1000, self.domain["lag_ms"]["max"]
            assert abs(own - seen) <= 25 + own / 8, (own, seen)

    def assert_nothing_found(self):
        assert self.domain["stalls"] == []
        assert self.findings("lag", "stall") == []
        assert self.profile.growth() == []

    def assert_stalled(self, diagnosis, thread, function):
        """The first finding says what is in the way, and of the open stalls there is no other one."""
        stalls = [s for s in self.domain["stalls"] if not s["ended"]]
        assert [(s["diagnosis"], s["thread"]) for s in stalls] == [(diagnosis, thread)], self.domain["stalls"]
        if function:
            assert function in [f["fn"] for f in stalls[0]["pin_stack"]], stalls[0]["pin_stack"]
        assert 0 < stalls[0]["blocked_objects"] <= self.domain["backlog_objects"]
        assert self.profile.findings[0]["kind"] in ("stall", "lag")
        assert self.findings("stall")

    def assert_explained(self):
        """What waits is not reported once more as growth."""
        assert self.domain["verdict"] == "growing" and self.domain["shape"] == "lag"
        assert self.findings("lag")
        assert self.profile.growth() == []

    def assert_ended(self, diagnosis, thread):
        """It was seen, it is over, and it is no leak."""
        assert [(s["diagnosis"], s["thread"], s["ended"]) for s in self.domain["stalls"]] == [(diagnosis, thread, True)], self.domain["stalls"]
        assert self.findings("lag", "stall") == []
        assert self.profile.growth() == []


def observe(out, program, *args, name, options=()):
    """Runs a program under leakgrow. A twentieth of --stall-time is what 500 objects have to wait to be a stall: 100 ms."""
    stdout = str(out) + ".stdout"
    profile = lgsys.run(out, [program, *args], options=["--stall-time=2000", *options], stdout=stdout)
    with open(stdout) as f:
        return Seen(profile, truth(f.read()), name)
