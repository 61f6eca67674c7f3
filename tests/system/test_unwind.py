# SPDX-License-Identifier: GPL-2.0-or-later
"""The fast unwinder finds the very call stacks that Valgrind's own finds, in every allocation of real programs."""
import os
import re
import shutil

import pytest

import lgrust
import lgsys
import programs


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    return programs.commands(tmp_path_factory.mktemp("inputs"))


def assert_same_stacks(profile):
    compared, different = map(int, re.search(r"unwinder: (\d+) call stacks compared, (\d+) different", profile.summary).groups())
    assert different == 0
    assert compared > 0


@pytest.mark.parametrize("name", programs.NAMES)
def test_same_stacks(name, commands, tmp_path):
    command = dict(commands[name])
    words = command.pop("command")
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    env = lgsys.clean_env(HOME=str(tmp_path), **command.pop("env", {}))
    assert_same_stacks(lgsys.run(tmp_path / "out.lg", words, ["--check-unwind=yes"], env=env, **command))


def test_same_stacks_with_threads(tmp_path):
    sessiond = os.path.join(lgsys.BUILD, "tests", "demo", "sessiond")
    command = [sessiond, "--self-test", "--requests=2000", "--think-us=0"]
    assert_same_stacks(lgsys.run(tmp_path / "out.lg", command, ["--check-unwind=yes"]))


@pytest.mark.parametrize("words", [("spans", "current"), ("tasks", "heartbeat", "--runtime=multi")])
def test_same_stacks_on_tokio(words, tmp_path):
    program = lgrust.program(words[0])
    profile, _ = lgrust.run(tmp_path / "out.lg", program, *words[1:], "--requests=200", options=["--check-unwind=yes"])
    assert_same_stacks(profile)
