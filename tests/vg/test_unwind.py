# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast unwinder gives what Valgrind's own gives, whatever the program does to its stacks."""
import os
import re
import shutil
import subprocess

import pytest

import lgsys
import vgclient

CHECK = ["--check-unwind=yes"]


def compared(profile):
    """How many call stacks were compared; fails when any was different."""
    found = re.search(r"unwinder: (\d+) call stacks compared, (\d+) different", lgsys.flat(profile.summary))
    assert found, profile.summary
    assert int(found[2]) == 0, profile.summary
    return int(found[1])


@pytest.fixture(scope="module")
def adversary(programs):
    return vgclient.build(programs, "unwind.cc", "-pthread", "-ldl")


@pytest.mark.parametrize("depth", [1, 2, 7, 40, 500])
def test_adversary(adversary, tmp_path, depth):
    profile = lgsys.run(tmp_path / "out", [adversary, "40"], [*CHECK, f"--depth={depth}"])
    assert compared(profile) > 30000


@pytest.mark.parametrize("flags", [["-O2"], ["-O2", "-fno-omit-frame-pointer"], ["-O0"], ["-O3", "-mavx2"]])
def test_adversary_compiled_in_other_ways(programs, tmp_path, flags):
    program = vgclient.build(programs, "unwind.cc", "-pthread", "-ldl", *flags, name="unwind" + "".join(flags))
    assert compared(lgsys.run(tmp_path / "out", [program, "12"], CHECK)) > 10000


def test_same_accounts_on_both_paths(adversary, tmp_path):
    """Not only addresses: what the report says of every stack is the same."""
    def accounts(path):
        profile = lgsys.run(tmp_path / path, [adversary, "5"], [f"--hot-path={path}"])
        return sorted((tuple((f["fn"], f["line"]) for f in a["stack"]), a["total_blocks"], a["total_B"])
                      for a in profile.report["accounts"])

    assert accounts("fast") == accounts("plain")


PYTHON = "def f(n): return [n] + (f(n - 1) if n else [])\nfor i in range(40): f(60)\n{str(i): [i] * 3 for i in range(5000)}\n"
PERL = 'for (1 .. 2000) { $h{$_ % 100} .= "x$_"; push @{$a{$_ % 7}}, [split /,/, "a,b,c,$_"]; }'
C = "#include <stdlib.h>\nint f(int a) { int s = 0; for (int i = 0; i < a; i++) { s += i * a; if (s % 3) s ^= a; } return s; }\n"


def test_python3(tmp_path):
    profile = lgsys.run(tmp_path / "out", ["/usr/bin/python3", "-S", "-c", PYTHON], CHECK, env=lgsys.clean_env(PYTHONMALLOC="malloc"))
    assert compared(profile) > 10000


@pytest.mark.parametrize("command", [
    ["/usr/bin/perl", "-e", PERL], ["/usr/bin/git", "-C", lgsys.SOURCE, "log", "--stat", "-5"], ["/bin/bash", "-c", "for i in 1 2 3; do x=$(echo $i); done"],
    ["/usr/bin/sqlite3", ":memory:", "create table t(a, b); insert into t values(1, 2); select sum(a) from t group by b;"]],
    ids=["perl", "git", "bash", "sqlite3"])
def test_programs(tmp_path, command):
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    out = tmp_path / "out.%p"
    with open(tmp_path / "stderr", "wb") as err:
        code = lgsys.call(lgsys.valgrind_command(out, CHECK, command), stdout=subprocess.DEVNULL, stderr=err)
    with open(tmp_path / "stderr", errors="replace") as f:
        profile = lgsys.Profile(out, f.read())
    if command[0].endswith("git") and code != 0:
        pytest.skip("the sources are not in a git repository")
    assert compared(profile) > 100


def test_cc1(tmp_path):
    cc1 = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True).stdout.strip()
    if not os.path.exists(cc1):
        pytest.skip("no cc1")
    source = tmp_path / "f.c"
    source.write_text(C)
    assert compared(lgsys.run(tmp_path / "out", [cc1, "-quiet", "-O2", str(source), "-o", os.devnull], CHECK)) > 1000


def test_redis(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    port = lgsys.free_port()

    def cli(*words):
        return subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, timeout=60).stdout.strip()

    command = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    with lgsys.serving(tmp_path / "out", command, CHECK, ready=lambda: cli("PING") == "PONG"):
        for i in range(30):
            cli("SET", f"key{i}", "x" * 100)
            cli("LPUSH", "list", f"value{i}")
        cli("EVAL", "local t = {} for i = 1, 1000 do t[i] = 'x' .. i end return #t", "0")
        cli("SHUTDOWN", "NOSAVE")
    with open(tmp_path / "out.stderr", errors="replace") as f:
        assert compared(lgsys.Profile(tmp_path / "out", f.read())) > 1000
