# SPDX-License-Identifier: GPL-2.0-or-later
"""One service in two versions, built in four ways: whatever the compiler inlined, lg_diff and a baseline see only what was changed."""
import itertools
import json
import os
import shutil
import subprocess

import pytest

import lgsys

HERE = os.path.join(lgsys.SOURCE, "tests", "system")
# Valgrind 3.19 reads no inlined functions from the DWARF 5 of clang.
BUILDS = {"gcc-O0": ("gcc", "-g", "-O0"), "gcc-O2": ("gcc", "-g", "-O2"), "clang-O0": ("clang", "-g", "-gdwarf-4", "-O0"),
          "clang-O2": ("clang", "-g", "-gdwarf-4", "-O2")}
if shutil.which("clang") is None:
    BUILDS = {name: how for name, how in BUILDS.items() if how[0] != "clang"}
PAIRS = list(itertools.product(BUILDS, BUILDS))


@pytest.fixture(scope="module")
def profiles(tmp_path_factory):
    """(build, version) -> a profile of it."""
    made = {}
    for (name, how), version in itertools.product(BUILDS.items(), (1, 2)):
        where = tmp_path_factory.mktemp(f"{name}-{version}")
        subprocess.run([*how, f"-DVERSION={version}", "-I", os.path.join(lgsys.SOURCE, "leakgrow"), "-o", where / "service",
                        os.path.join(HERE, "builds.c")], check=True, timeout=60)
        made[name, version] = lgsys.run(where / "profile", [where / "service", "20000"], ["--time-unit=ticks"]).path
    return made


def tool(name, *args):
    return subprocess.run([os.path.join(lgsys.BUILD, name), *map(str, args)], capture_output=True, text=True, timeout=60)


def stack(row):
    return [frame["fn"] for frame in row["stack"]]


@pytest.mark.parametrize("old, new", PAIRS)
def test_diff_reports_only_the_change(profiles, old, new):
    run = tool("lg_diff", "--format=json", profiles[old, 1], profiles[new, 2])
    assert run.returncode == 0, run.stderr
    places = json.loads(run.stdout)["places"]
    changed = [p for p in places if p["status"] != "same"]
    assert len(changed) == 2 and {p["status"] for p in changed} == {"new"}, run.stdout
    assert all("audit" in stack(p) for p in changed)
    growing = [p for p in places if p["status"] == "same" and p["new"]["verdict"] == "growing"]
    assert len(growing) == 2 and all("count_statistics" in stack(p) for p in growing)


@pytest.mark.parametrize("old, new", PAIRS)
def test_diff_of_the_same_version_reports_nothing(profiles, old, new):
    places = json.loads(tool("lg_diff", "--format=json", profiles[old, 1], profiles[new, 1]).stdout)["places"]
    assert {p["status"] for p in places} == {"same"}


@pytest.mark.parametrize("old", BUILDS)
def test_baseline_of_another_build(profiles, tmp_path, old):
    assert tool("lg_check", f"--write-baseline={tmp_path}/base", profiles[old, 1]).returncode == 1
    for new in BUILDS:
        same = tool("lg_check", f"--baseline={tmp_path}/base", profiles[new, 1])
        assert same.returncode == 0, same.stdout
        other = tool("lg_check", f"--baseline={tmp_path}/base", profiles[new, 2])
        failed = [line for line in other.stdout.splitlines() if line.startswith("  fail")]
        assert other.returncode == 1 and failed, other.stdout
        assert all("not in the baseline" in line and "audit" in line for line in failed)
