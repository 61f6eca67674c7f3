# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents tell people to type does what they say."""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

from lgsim import Place, flat, linear, write

SOURCE = pathlib.Path(os.environ.get("LG_SRCDIR", "."))
BUILD = os.environ.get("LG_BUILDDIR", ".")

SERVICE = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *volatile last;
static char *keep(size_t n) { char *p = malloc(n); memset(p, 1, n); return p; }
int main(int argc, char **argv)
{
   int leaks = argc > 1 && strcmp(argv[1], "leaks") == 0;
   int crashes = argc > 1 && strcmp(argv[1], "crashes") == 0;
   for (int n = 0;; n++) {
      if (crashes && n == 300)
         abort();
      for (int i = 0; i < 50; i++) { char *p = keep(200); last = p; free(p); }
      if (leaks) last = keep(500);
      usleep(1000);
   }
}
"""


def blocks(document, heading, fence):
    text = (SOURCE / "docs" / document).read_text()
    section = text[text.index(heading):]
    return re.findall(rf"^```{fence}\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)


def run(*command, **kwargs):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, **kwargs)


def test_the_budget_of_the_manual(tmp_path):
    (tmp_path / "budget").write_text(blocks("MANUAL.md", "**Budgets.**", "")[0])
    done = run(BUILD + "/lg_check", "--today=2026-11-21", f"--budget={tmp_path}/budget", write(tmp_path / "a.lg", [Place("cache_fill", flat(10))]))
    assert done.returncode == 2 and done.stderr == "", done.stderr  # too short for it, but understood


@pytest.fixture
def soak(tmp_path):
    """The script of SOAK.md, this build's programs in its path, and a service."""
    if os.environ.get("LG_HAVE_TOOL") != "yes":
        pytest.skip("this build has no Valgrind")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "valgrind").symlink_to(os.environ["LG_VALGRIND"])
    (tmp_path / "bin" / "lg_check").symlink_to(BUILD + "/lg_check")
    (tmp_path / "soak.sh").write_text(blocks("SOAK.md", "## A plain script", "sh")[0])
    (tmp_path / "service.c").write_text(SERVICE)
    built = run(*shlex.split(os.environ.get("CC") or "gcc"), "-g", "-O1", "-o", tmp_path / "service", tmp_path / "service.c")
    assert built.returncode == 0, built.stderr
    env = dict(os.environ, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    return lambda service, load, seconds=6: run("sh", "soak.sh", "nights", seconds, service, load, cwd=tmp_path, env=env)


def test_script_bounded_service_passes(soak, tmp_path):
    done = soak("./service", "sleep 60")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lg_check: pass" in done.stdout and "pass" in (tmp_path / "nights/lg_check.history").read_text()


def test_script_leaking_service_fails_and_a_baseline_excuses_it(soak, tmp_path):
    done = soak("./service leaks", "sleep 60")
    assert done.returncode == 1 and "keep (service.c:6) keeps growing" in done.stdout, done.stdout + done.stderr
    profile = next((tmp_path / "nights").glob("*/leakgrow.out.*"))
    run(BUILD + "/lg_check", f"--write-baseline={tmp_path}/nights/baseline", profile)
    assert run(BUILD + "/lg_check", f"--baseline={tmp_path}/nights/baseline", profile).returncode == 0
    assert next((tmp_path / "nights").glob("*/junit.xml")).stat().st_size > 0
    assert "leakgrow: fail" in next((tmp_path / "nights").glob("*/summary.md")).read_text()


@pytest.mark.parametrize("how, status", [("", 0), ("leaks", 1)])
def test_script_service_that_a_launcher_becomes(soak, tmp_path, how, status):
    """A shell script that ends by exec leaves a profile of its own, too short to be judged but with the service's."""
    (tmp_path / "start").write_text('#!/bin/sh\nexec ./service "$@"\n')
    (tmp_path / "start").chmod(0o755)
    done = soak(f"./start {how}", "sleep 60")
    assert done.returncode == status, done.stdout + done.stderr
    shell, service = sorted((tmp_path / "nights").glob("*/leakgrow.out.*"), key=lambda p: p.name)[-2:]
    assert service.name == shell.name + ".2"
    assert "the process became another program, whose profile is checked, too" in done.stdout
    assert run(BUILD + "/lg_check", shell).returncode == 2


def test_script_service_that_crashes(soak):
    done = soak("./service crashes", "sleep 4")
    assert done.returncode == 2 and "the service ended with status" in done.stderr, done.stdout + done.stderr


def test_script_service_that_does_not_start(soak):
    assert soak("./nothing", "true").returncode == 2


def test_script_load_that_never_came(soak):
    done = soak("sleep 60", "sleep 3", seconds=4)
    assert done.returncode == 2, done.stdout + done.stderr
