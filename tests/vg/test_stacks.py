# SPDX-License-Identifier: GPL-2.0-or-later
"""What call stacks look like, and the options that shape them."""
import shutil
import subprocess

import pytest

import lgsys
import vgclient


@pytest.fixture(scope="module")
def program(programs):
    return vgclient.build(programs, "stacks.cc")


def bare(stack):
    return [fn.split("(")[0] for fn in stack]


def stacks_of(profile, innermost):
    return [bare(s) for s in vgclient.stacks(profile) if s and bare(s)[0].endswith(innermost)]


def test_library_plumbing_is_trimmed(program, tmp_path):
    """What lies between operator new and the program's own code is the C++ library's."""
    profile = lgsys.run(tmp_path / "out", [program])
    assert ["app::Cache::add", "main"] in [s[:2] for s in map(bare, vgclient.stacks(profile))]
    assert not any(fn.startswith(("operator new", "malloc")) for s in vgclient.stacks(profile) for fn in s)


def test_without_alloc_fn_the_wrapper_is_the_culprit(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program])
    assert vgclient.total(profile, "my_checked_malloc")[1] == 100 + 111 + 112


@pytest.mark.parametrize("pattern", [["my_*_malloc"], ["my_checked_malloc", "my_pool_malloc"], ["my_????*_malloc"]])
def test_alloc_fn(program, tmp_path, pattern):
    profile = lgsys.run(tmp_path / "out", [program], [f"--alloc-fn={p}" for p in pattern])
    assert vgclient.total(profile, "request") == (1, 100, 1, 100)
    assert vgclient.total(profile, "my_checked_malloc") == (0, 0, 0, 0)


@pytest.mark.parametrize("pattern", ["app::fill<*", "app::fill*", "*fill*"])
def test_ignore_fn(program, tmp_path, pattern):
    everything = lgsys.run(tmp_path / "all", [program]).report["totals"]
    profile = lgsys.run(tmp_path / "out", [program], ["--alloc-fn=my_*", f"--ignore-fn={pattern}"])
    assert profile.report["totals"]["allocated_B"] == everything["allocated_B"] - 111 - 112
    assert profile.report["totals"]["allocs"] == everything["allocs"] - 2


@pytest.mark.parametrize("depth", [1, 3, 40, 200])
def test_depth(program, tmp_path, depth):
    profile = lgsys.run(tmp_path / "out", [program], [f"--depth={depth}"])
    deep = [s for s in stacks_of(profile, "recurse")]
    assert deep and max(map(len, deep)) == min(depth, 102)
    assert (deep[0][-1] == "main") == (depth > 102)
    assert vgclient.total(profile, "recurse") == (1, 333, 1, 333)


def test_line_numbers(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program])
    frame = next(a["stack"][0] for a in profile.report["accounts"] if a["stack"][0]["fn"].startswith("recurse"))
    assert frame["file"].endswith("stacks.cc") and 30 <= frame["line"] <= 40
    assert frame["object"].endswith("/stacks")


def test_stripped(program, tmp_path):
    """Without names there are objects and totals, and nothing breaks."""
    stripped = tmp_path / "stripped"
    shutil.copy(program, stripped)
    subprocess.run(["strip", str(stripped)], check=True)
    whole = lgsys.run(tmp_path / "whole", [program]).report["totals"]
    profile = lgsys.run(tmp_path / "out", [str(stripped)])
    for field in ("allocs", "frees", "allocated_B", "live_B", "peak_B"):
        assert profile.report["totals"][field] == whole[field]
    objects = {frame["object"] for a in profile.report["accounts"] for frame in a["stack"]}
    assert str(stripped) in objects


def test_unloaded_plugins(programs, tmp_path):
    """Code that is gone at the end still has its names, also when another plugin took its addresses."""
    program = vgclient.build(programs, "dlopen.c", "-ldl")
    plugins = [vgclient.build(programs, "plugin.c", "-shared", "-fPIC", name=f"plugin{i}.so") for i in (1, 2, 3)]
    profile = lgsys.run(tmp_path / "out", [program, *plugins])
    assert vgclient.total(profile, "plugin_leak") == (30, 60000, 30, 60000)
    by_object = {a["stack"][0]["object"]: a["live_B"] for a in profile.report["accounts"]
                 if a["stack"] and a["stack"][0]["fn"] == "plugin_leak"}
    assert by_object == {plugins[0]: 10000, plugins[1]: 20000, plugins[2]: 30000}


def test_static_binary(programs, tmp_path):
    """A static program heeds no LD_PRELOAD; its malloc is replaced all the same."""
    program = vgclient.build(programs, "process.c", "-static", "-pthread", name="unshared")
    profile = lgsys.run(tmp_path / "out", [program, "jumps"], ["--lg-verbose=yes"])
    assert vgclient.total(profile, "deep") == (220, 11000, 220, 11000)
    assert profile.counter("not-preloaded") == 0
    assert "allocator of the C library" in lgsys.flat(profile.summary)


@pytest.mark.parametrize("flags", [(), ("-static",)], ids=["shared", "static"])
def test_musl(programs, tmp_path, flags, monkeypatch):
    if not shutil.which("musl-gcc"):
        pytest.skip("no musl-gcc")
    monkeypatch.setenv("CC", "musl-gcc")
    program = vgclient.build(programs, "process.c", "-pthread", *flags, name="musl" + "".join(flags))
    profile = lgsys.run(tmp_path / "out", [program, "threads"])
    assert vgclient.total(profile, "thread_work") == (1600, 1600000, 800, 800000)
    assert profile.counter("bogus-free") == 0
    with open(tmp_path / "out") as f:
        assert any(line.startswith("y ") for line in f)


def test_stripped_static_binary(programs, tmp_path):
    """Where its malloc cannot be found nothing is known of its heap: that is said, rather than that nothing grows."""
    program = tmp_path / "bare"
    shutil.copy(vgclient.build(programs, "process.c", "-static", "-pthread", name="unshared"), program)
    subprocess.run(["strip", str(program)], check=True)
    profile = lgsys.run(tmp_path / "out", [str(program), "jumps"])
    assert profile.report["totals"]["allocs"] == 0
    assert "malloc was not replaced" in lgsys.flat(profile.summary)
    assert profile.counter("not-preloaded") == 1
    assert "malloc was not replaced" in profile.text


def test_dynamic_binary_is_preloaded(program, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program])
    assert "malloc was not replaced" not in lgsys.flat(profile.summary)
    assert profile.counter("not-preloaded") == 0
