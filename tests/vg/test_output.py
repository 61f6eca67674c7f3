# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the profile goes, and what happens when it cannot."""
import os
import shutil
import subprocess

import pytest

import lgsys
import vgclient


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "process.c", "-pthread")


def run(program, out, *options, mode="threads", cwd=None, env=None):
    command = [lgsys.VALGRIND, "--tool=leakgrow", *([f"--leakgrow-out-file={out}"] if out else []), *options, program, mode]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=cwd, env=env or lgsys.clean_env())
    return done.returncode, lgsys.flat(done.stderr)


def test_default_name_holds_the_pid(program, tmp_path):
    code, text = run(program, None, cwd=tmp_path)
    names = os.listdir(tmp_path)
    assert code == 0 and len(names) == 1
    report = lgsys.Profile(tmp_path / names[0]).report
    assert names[0] == f"leakgrow.out.{report['pid']}"
    assert names[0] in text


def test_environment_in_the_name(program, tmp_path):
    code, _ = run(program, f"{tmp_path}/%q{{SERVICE}}.%p.end", env=lgsys.clean_env(SERVICE="shop"))
    name = os.listdir(tmp_path)[0]
    assert code == 0 and name.startswith("shop.") and name.endswith(".end") and name.split(".")[1].isdigit()


def test_file_is_overwritten(program, tmp_path):
    out = tmp_path / "out"
    out.write_text("rubbish\n" * 100000)
    assert run(program, out)[0] == 0
    assert vgclient.total(lgsys.Profile(out), "thread_work")[0] == 1600
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("out", ["/nonexistent/dir/out", "/proc/out", "/"])
def test_unwritable_place(program, out):
    """One message that names the file and the reason; the program runs as it would."""
    code, text = run(program, out)
    assert code == 0
    assert out in text
    assert "can not create the profile" in text and "no profile is written" in text
    assert "impossible" not in text


def test_full_device(program, tmp_path):
    link = tmp_path / "out"
    link.symlink_to("/dev/full")
    code, text = run(program, link)
    assert code == 0
    assert "No space left" in text or "full" in text or "errno 28" in text or "error 28" in text
    assert "impossible" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_full_file_system(programs, tmp_path):
    """A file system that fills up in the middle: one message, and what was committed before can be read."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True).returncode != 0:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        (place / "filler").write_bytes(bytes(60 * 1024))
        code, text = run(vgclient.build(programs, "alloc.c"), place / "out")
        copy = tmp_path / "copy"
        shutil.copy(place / "out", copy)
    finally:
        subprocess.run(["umount", str(place)], check=True)
    assert code == 0
    assert text.count("small/out") >= 1 and ("No space left" in text or "full" in text or "28" in text)
    assert "impossible" not in text
    report = lgsys.Profile(copy).report
    assert report["end"] in ("running", "truncated")


@pytest.mark.parametrize("option", ["--depth=0", "--depth=x", "--time-unit=s", "--interval=-1", "--alloc-prefix=", "--nonsense=1",
                                    "--heap-limit=12q", "--summary-findings=many"])
def test_bad_options(program, tmp_path, option):
    code, text = run(program, tmp_path / "out", option)
    assert code != 0
    assert option in text
