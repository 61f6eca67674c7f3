# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs on allocators of their own names: a Rust service on tikv-jemallocator (_rjem_*), a C program on mimalloc (mi_*).
massif and dhat see nothing of these heaps."""
import os
import shutil
import subprocess

import pytest

import lgsys

REQUESTS = 300000


@pytest.fixture(scope="module")
def rust_service(tmp_path_factory):
    cargo = shutil.which("cargo")
    if not cargo:
        pytest.skip("cargo is not installed")
    crate = tmp_path_factory.mktemp("rust") / "prefixed"
    shutil.copytree(os.path.join(lgsys.SOURCE, "tests", "rust", "prefixed"), crate, ignore=shutil.ignore_patterns("target"))
    for path, _, _ in os.walk(crate):
        os.chmod(path, 0o755)  # of a tarball that may be read-only
    target = os.path.join(lgsys.BUILD, "tests", "rust", "target")
    done = subprocess.run([cargo, "build", "--quiet", "--release", "--bin", "service", "--target-dir", target], cwd=crate,
                          capture_output=True, text=True, timeout=540)
    assert done.returncode == 0, done.stderr
    return os.path.join(target, "release", "service")


@pytest.fixture(scope="module")
def mi_service(tmp_path_factory):
    program = str(tmp_path_factory.mktemp("mimalloc") / "mi_service")
    cc = os.environ.get("CC", "gcc").split()
    source = os.path.join(os.path.dirname(__file__), "mi_service.c")
    probe = subprocess.run([*cc, "-E", "-x", "c", "-"], input="#include <mimalloc.h>\n", capture_output=True, text=True, timeout=60)
    if probe.returncode != 0:
        pytest.skip("mimalloc.h is not installed")
    subprocess.run([*cc, "-O2", "-g", source, "-o", program, "-lmimalloc"], check=True, timeout=60)
    return program


def run(tmp_path, program, *words):
    profile = lgsys.run(tmp_path / "service.lg", [program, str(REQUESTS), *words])
    assert lgsys.intervals(profile) >= 64
    lgsys.assert_consistent(profile)
    return profile


def test_rust_on_jemalloc_grows(tmp_path, rust_service):
    profile = run(tmp_path, rust_service)
    first = profile.growth()[0]
    assert any("remember_request" in name for name in lgsys.functions(first)), lgsys.functions(first)
    assert "remember_request (" in first["text"].split(";")[0], first["text"]
    account = next(a for a in profile.report["accounts"] if a["stack"] == first["stack"])
    assert account["peak_B"] == REQUESTS * 80
    frame = next(frame for frame in first["stack"] if "remember_request" in frame["fn"])
    assert frame["file"].endswith("service.rs") and frame["line"] > 0


def test_rust_on_jemalloc_is_bounded(tmp_path, rust_service):
    assert run(tmp_path, rust_service, "fixed").growth() == []


def test_c_on_mimalloc_grows(tmp_path, mi_service):
    profile = run(tmp_path, mi_service)
    first = profile.growth()[0]
    assert lgsys.functions(first)[0] in ("history_add", "main"), lgsys.functions(first)
    assert "history_add" in lgsys.functions(first)
    assert first["stack"][0]["file"].endswith("mi_service.c")
    assert first["live_blocks"] >= 0.9 * REQUESTS


def test_c_on_mimalloc_is_bounded(tmp_path, mi_service):
    assert run(tmp_path, mi_service, "fixed").growth() == []
