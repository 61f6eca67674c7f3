# SPDX-License-Identifier: GPL-2.0-or-later
"""Allocators whose functions carry a prefix, linked statically or shared, are seen with right books, stacks and results."""
import os
import re
import shutil
import subprocess

import pytest

import lgsys
import vgclient

#  blocks, bytes, live blocks, live bytes of homemade.c's use_prefixed
HOMEMADE = (6, 100 + 5000 + 300 + 50 + 18 + 70, 4, 5000 + 300 + 18 + 70)


def run(out, command, *options, status=0):
    return lgsys.run(out, command, ["--lg-verbose=yes", *options], status=status)


def test_homemade_is_unseen_without_the_option(programs, tmp_path):
    program = vgclient.build(programs, "homemade.c")
    profile = run(tmp_path / "out", [program], status=6)
    assert profile.report["totals"]["allocs"] == 0


@pytest.mark.parametrize("flags", [(), ("-m32",)], ids=["amd64", "x86"])
def test_homemade_in_the_executable(programs, tmp_path, flags):
    program = vgclient.build(programs, "homemade.c", *flags, name="homemade" + "".join(flags))
    profile = run(tmp_path / "out", [program], "--alloc-prefix=acme_")
    assert vgclient.total(profile, "use_prefixed") == HOMEMADE
    assert profile.report["totals"]["allocs"] == HOMEMADE[0]
    assert re.search(r"allocator acme_ in \S*homemade\S*: 7 functions served, 7 used", lgsys.flat(profile.summary))


def test_homemade_in_a_shared_object(programs, tmp_path):
    library = vgclient.build(programs, "homemade.c", "-DSHARED", "-shared", "-fPIC", "-Wl,-soname,libother.so.1", name="libother.so.1")
    program = vgclient.build(programs, "homemade.c", "-DCLIENT", library, f"-Wl,-rpath,{programs}", name="client")
    profile = run(tmp_path / "out", [program], "--alloc-prefix=acme_")
    assert vgclient.total(profile, "use_prefixed") == HOMEMADE


def test_two_user_prefixes(programs, tmp_path):
    program = vgclient.build(programs, "homemade.c", "-DPREFIX=rp", name="rp")
    profile = run(tmp_path / "out", [program], "--alloc-prefix=acme_", "--alloc-prefix=rp")
    assert vgclient.total(profile, "use_prefixed") == HOMEMADE
    assert "--alloc-prefix=acme_: no object has an allocator of this name" in lgsys.flat(profile.summary)


@pytest.mark.parametrize("prefix", ["_rjem_", "je_", "mi_", "tc_"])
def test_known_prefixes(programs, tmp_path, prefix):
    program = vgclient.build(programs, "homemade.c", f"-DPREFIX={prefix}", name="known" + prefix)
    assert vgclient.total(run(tmp_path / "out", [program]), "use_prefixed") == HOMEMADE


@pytest.mark.parametrize("flags", [(), ("-m32",)], ids=["amd64", "x86"])
def test_jemalloc_is_recognised_under_any_prefix(programs, tmp_path, flags):
    program = vgclient.build(programs, "homemade.c", "-DPREFIX=duck_je_", "-DEXTENDED", *flags, name="duck" + "".join(flags))
    profile = run(tmp_path / "out", [program])
    assert vgclient.total(profile, "use_prefixed") == HOMEMADE
    assert vgclient.total(profile, "use_extended") == (3, 4010, 0, 0)


def test_prefix_must_be_an_allocators(programs, tmp_path):
    """A prefix that is only part of the names serves nothing, and is told."""
    program = vgclient.build(programs, "homemade.c")
    profile = run(tmp_path / "out", [program], "--alloc-prefix=acme", status=6)
    assert profile.report["totals"]["allocs"] == 0
    assert "--alloc-prefix=acme: no object has an allocator of this name" in lgsys.flat(profile.summary)


MIMALLOC = {
    "use_plain": (7, 100 + 5000 + 60 + 70 + 80 + 90 + 99, 4, 5000 + 60 + 70 + 80),
    "use_zeroed": (4, 100 + 900 + 30 + 300, 2, 900 + 300),
    "use_aligned": (8, 100 + 9000 + 50 + 5000 + 60 + 70 + 80 + 90, 6, 9000 + 5000 + 60 + 70 + 80 + 90),
    "use_strings": (4, 6 + 4 + 5 + 8, 4, 6 + 4 + 5 + 8),
    "use_operators": (6, 10 + 20 + 30 + 40 + 50 + 60, 6, 210),
    "use_odd_sizes": (3, 24, 2, 24),
    # two handles, 100 blocks of each heap, 25 resizes; what the deleted heap gave lives on
    "use_heaps": (2 + 200 + 25, 128 + 100000 + 25 * 200000 + 1000, 100, 1000),
}
JEMALLOC = {
    "use_mallocx": (3, 100 + 200 + 300, 3, 600),
    "use_rallocx": (4, 100 + 5000 + 40 + 4000, 2, 9000),
    "use_queries": (1, 1000, 1, 1000),
    "use_frees": (3, 10 + 20 + 30, 0, 0),
    "use_standard": (2, 55 + 66, 2, 121),
}
TCMALLOC = {
    "use_plain": (6, 10 + 12 + 100 + 9 + 8 + 4096, 4, 100 + 9 + 8 + 4096),
    "use_operators": (6, 40 + 41 + 42 + 43 + 44 + 45, 4, 42 + 43 + 44 + 45),
}


def library(name):
    """The flag for a static library of that name, or a skip."""
    found = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True).stdout.strip()
    if not os.path.isabs(found):
        pytest.skip(f"{name} is not installed")
    return found


def check(profile, books):
    assert vgclient.totals(profile, books) == books
    for mistake in ("bogus-free", "double-free", "bogus-realloc"):
        assert profile.counter(mistake) == 0


def test_mimalloc_shared(programs, tmp_path):
    library("libmimalloc.so")
    program = vgclient.build(programs, "mimalloc.c", "-lmimalloc", name="mimalloc-shared")
    check(run(tmp_path / "out", [program]), MIMALLOC)


@pytest.mark.parametrize("name", ["libjemalloc.so", "libjemalloc_pic.a", "libjemalloc.a"])
def test_jemalloc(programs, tmp_path, name):
    program = vgclient.build(programs, "jemalloc.c", library(name), "-pthread", "-lm", "-ldl", "-lstdc++", name="on-" + name)
    check(run(tmp_path / "out", [program]), JEMALLOC)


@pytest.mark.parametrize("name", ["libtcmalloc_minimal.so", "libtcmalloc_minimal.a", "libtcmalloc.so"])
def test_tcmalloc(programs, tmp_path, name):
    program = vgclient.build(programs, "tcmalloc.c", library(name), "-pthread", "-lstdc++", "-lm", name="on-" + name)
    check(run(tmp_path / "out", [program]), TCMALLOC)


@pytest.fixture(scope="module")
def rust_programs():
    """Programs on statically linked jemalloc and mimalloc, built once per build directory, from the sources' copy: no
    Cargo.lock is written into the source tree."""
    if not shutil.which("cargo"):
        pytest.skip("no cargo")
    place = os.path.join(lgsys.BUILD, "tests-rust", "prefixed")
    shutil.copytree(os.path.join(lgsys.SOURCE, "tests", "rust", "prefixed"), place, dirs_exist_ok=True)
    done = subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return os.path.join(place, "target", "release")


@pytest.mark.parametrize("name", ["on-jemalloc", "on-mimalloc"])
def test_rust(rust_programs, tmp_path, name):
    """The program itself checks alignment, zeroing and contents through realloc."""
    profile = run(tmp_path / "out", [os.path.join(rust_programs, name)])
    # 1000 rows of 1234 bytes, and the table of rows, which grew by doubling from 4 to 1024 rows of 24 bytes
    table = [24 * (4 << i) for i in range(9)]
    kept = [0, 0, 0, 0]
    for account in profile.report["accounts"]:
        if account["stack"][0]["fn"].endswith("keep_request"):
            for i, field in enumerate(("total_blocks", "total_B", "live_blocks", "live_B")):
                kept[i] += account[field]
    assert kept == [1000 + 9, 1234000 + sum(table), 1000 + 1, 1234000 + table[-1]]
    assert profile.counter("bogus-free") == profile.counter("bogus-realloc") == 0
    assert profile.report["totals"]["allocs"] > 12000


def test_rust_aligned_realloc_stays_in_its_account(rust_programs, tmp_path):
    profile = run(tmp_path / "out", [os.path.join(rust_programs, "on-jemalloc")])
    # six alignments: one block and five resizes each
    blocks = sum(a["total_blocks"] for a in profile.report["accounts"]
                 if any(f["fn"].endswith("resize_aligned") for f in a["stack"]))
    assert blocks == 36


@pytest.mark.parametrize("platform", ["amd64", "x86"])
def test_every_target_is_in_the_preload_object(platform):
    """The tool looks its targets up by name; a missing one would silently leave a function to the real allocator."""
    header = os.path.join(lgsys.SOURCE, "leakgrow", "tool", "lg_prefix_table.h")
    source = (f'#include "{header}"\n#define X(kind, name, target) target,\n'
              "LG_PREFIX_COMMON(X) LG_PREFIX_JEMALLOC(X) LG_PREFIX_TCMALLOC(X) LG_PREFIX_MIMALLOC(X)\n")
    expanded = subprocess.run(["gcc", "-E", "-P", f"-DVGA_{platform}=1", "-DVGO_linux=1", f"-DVGP_{platform}_linux=1", f"-DVGPV_{platform}_linux_vanilla=1",
                               "-I/usr/include/valgrind", *(["-m32"] if platform == "x86" else []), "-"], input=source, capture_output=True, text=True,
                              check=True).stdout
    targets = set(re.findall(r'"([^"]+)"', expanded))
    assert len(targets) > 60
    symbols = subprocess.run(["nm", "-D", "--defined-only", os.path.join(lgsys.BUILD, "vg-lib", f"vgpreload_leakgrow-{platform}-linux.so")],
                             capture_output=True, text=True, check=True).stdout.split()
    assert targets - set(symbols) == set()


def test_foreign_preload_object_is_refused(programs, tmp_path):
    """A preload object of another build would be misread: the run ends with a message."""
    lib = tmp_path / "lib"
    shutil.copytree(lgsys.tool_libdir(), lib, symlinks=True)
    name = lib / "vgpreload_leakgrow-amd64-linux.so"
    data = name.read_bytes()
    name.unlink()
    name.write_bytes(re.sub(rb"lg_preload_for_\d+_\d+", lambda m: m[0][:-1] + b"x", data))
    program = vgclient.build(programs, "homemade.c")
    env = lgsys.clean_env(VALGRIND_LIB=str(lib))
    done = subprocess.run([lgsys.peer_valgrind(), "--tool=leakgrow", f"--leakgrow-out-file={tmp_path}/out", program],
                          capture_output=True, text=True, env=env, timeout=60)
    assert done.returncode == 1
    assert "does not belong to this tool" in done.stderr
