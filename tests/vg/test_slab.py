# SPDX-License-Identifier: GPL-2.0-or-later
"""Small blocks in slabs, and the same on the plain path: contents, sizes, mistakes, memory that goes back."""
import re

import pytest

import lgsys
import vgclient


@pytest.fixture(scope="module", params=[pytest.param((), id="amd64"), pytest.param(("-m32",), id="x86")])
def program(request, programs):
    return vgclient.build(programs, "slab.c", *request.param, name="slab" + "".join(request.param))


@pytest.fixture(params=["fast", "plain"])
def path(request):
    return f"--hot-path={request.param}"


@pytest.mark.parametrize("part", ["sizes", "contents", "forked"])
def test_program_is_content(program, path, tmp_path, part):
    """With Valgrind checking itself, and the tool its tables, at every opportunity."""
    lgsys.run(tmp_path / "out.%p", [program, part], [path, "--sanity-level=3"])


def test_mistakes(program, path, tmp_path):
    profile = lgsys.run(tmp_path / "out", [program, "mistakes"], [path])
    assert profile.counter("bogus-free") == 300
    assert profile.counter("double-free") == 100
    assert profile.counter("bogus-realloc") == 100
    assert vgclient.total(profile, "mistakes") == (100, sum(100 + i for i in range(100)), 0, 0)


def test_memory_goes_back(programs, tmp_path):
    program = vgclient.build(programs, "slab.c")
    profile = lgsys.run(tmp_path / "out", [program, "tide"], ["--stats=yes", "--sanity-level=3"])
    text = lgsys.flat(re.sub(r"^--\d+-- ?", "", profile.summary, flags=re.MULTILINE))
    spans = re.search(r"small blocks: (\d+) live; (\d+) spans \(\d+ bytes\), (\d+) empty, (\d+) returned", text)
    if not spans or spans[2] == "0":
        pytest.skip("no slabs on this platform")
    assert int(spans[2]) < 150, "spans keep their memory after the tide"
    assert int(spans[4]) > 600
    per_block = re.search(r"small blocks: ([\d.]+) bytes of table per block when there were (\d+)", text)
    assert int(per_block[2]) > 300000 and float(per_block[1]) < 16
    assert vgclient.total(profile, "tide", anywhere=True)[0] == 800001
