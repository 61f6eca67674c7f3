# SPDX-License-Identifier: GPL-2.0-or-later
"""The Rust programs of tests/rust: building each variant once, running them, reading their own ground truth.

A variant is (versions, build): versions of the libraries, "current" or "oldest" (tests/rust/*/Cargo.toml), and one of BUILDS. All
programs of a variant are built by one call of cargo in the build directory; a lock keeps tests that run at the same time from
building twice."""
import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest

import lgsys

VERSIONS = ("current", "oldest")
BUILDS = ("debug", "release", "lto", "v0", "stripped")
UNSTRIPPED = BUILDS[:-1]
PROFILES = {"debug": "dev", "release": "release", "lto": "lto", "v0": "v0", "stripped": "release"}
RUSTFLAGS = {"v0": "-C symbol-mangling-version=v0"}
BUILD_TIMEOUT_S = 900

WORK = os.path.join(lgsys.BUILD, "tests-rust")
SOURCES = ("tests/rust/programs", "tests/rust/current", "tests/rust/oldest", "leakgrow/rust")


@contextmanager
def locked():
    os.makedirs(WORK, exist_ok=True)
    with open(os.path.join(WORK, "lock"), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def copy_writable(source, target):
    """Copies a file with its time, which tells cargo what changed; that of a tarball may be read-only."""
    shutil.copy2(source, target)
    os.chmod(target, 0o644)


def copied_sources():
    """cargo writes beside the manifests, so they are copied first. Returns the directory that holds the copy."""
    copy = os.path.join(WORK, "src")
    for name in SOURCES:
        for path, below, files in os.walk(os.path.join(lgsys.SOURCE, name)):
            below[:] = [d for d in below if d != "target"]
            to = os.path.join(copy, os.path.relpath(path, lgsys.SOURCE))
            os.makedirs(to, exist_ok=True)
            for file in files:
                if file != "Cargo.lock":
                    copy_writable(os.path.join(path, file), os.path.join(to, file))
    return copy


def cargo(words, cwd, flags=""):
    """Runs cargo, with the user's own flags for the compiler left out."""
    program = shutil.which("cargo")
    if not program:
        pytest.skip("cargo is not installed")
    env = {k: v for k, v in os.environ.items() if k not in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR")}
    if flags:
        env["RUSTFLAGS"] = flags
    done = subprocess.run([program, *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S)
    assert done.returncode == 0, f"cargo {words}:\n{done.stderr}"
    return done.stdout


def stripped(program):
    """The program without any name of its own."""
    to = os.path.join(os.path.dirname(os.path.dirname(program)), "stripped", os.path.basename(program))
    os.makedirs(os.path.dirname(to), exist_ok=True)
    subprocess.run(["strip", "-o", to, program], check=True, timeout=60)
    return to


built = {}


def program(name, versions="current", build="release"):
    """The path of a program, built if need be. What only some programs need is built for them alone."""
    assert versions in VERSIONS and build in BUILDS
    key = (name, versions, build)
    if key not in built:
        profile = PROFILES[build]
        what = ["--features", name, "--bin", name] if name in ("annotated", "bucket") else ["--bins"]
        target = os.path.join(WORK, f"target-{versions}")
        with locked():
            cargo(["build", "--quiet", "--profile", profile, *what, "--target-dir", target],
                  os.path.join(copied_sources(), "tests", "rust", versions), RUSTFLAGS.get(build, ""))
            path = os.path.join(target, "debug" if profile == "dev" else profile, name)
            built[key] = stripped(path) if build == "stripped" else path
    return built[key]


def truth(text):
    """What a program says of itself in its line "truth: name=value ..."."""
    lines = [line for line in text.splitlines() if line.startswith("truth: ")]
    assert len(lines) == 1, text
    return {name: int(value) for name, value in (word.split("=") for word in lines[0].split()[1:])}


def native(path, *words, timeout=120):
    """Runs a program without Valgrind. Returns its ground truth."""
    done = subprocess.run([path, *words], env=lgsys.clean_env(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return truth(done.stdout)


def run(out, path, *words, options=(), timeout=lgsys.TIMEOUT_S):
    """Runs a program under leakgrow. Returns its profile and its ground truth."""
    stdout = f"{out}.stdout"
    profile = lgsys.run(out, [path, *words], options=options, timeout=timeout, stdout=stdout)
    with open(stdout, errors="replace") as f:
        return profile, truth(f.read())
