# SPDX-License-Identifier: GPL-2.0-or-later
"""Blocks that a program announces by MALLOCLIKE and MEMPOOL requests count as heap."""
import pytest

import lgsys
import vgclient

BOOKS = {
    "like_alloc": (2, 300, 1, 200),
    "like_resize": (3, 300, 1, 50),
    "pool_alloc": (3, 60, 2, 40),
    "pool_destroyed": (2, 2000, 0, 0),
    # the trimmed block is resized to its second half
    "pool_trimmed": (4, 350, 2, 150),
    "pool_moved": (2, 100, 1, 60),
    "pool_meta": (3, 1600, 0, 0),
    "mistakes": (0, 0, 0, 0),
}


@pytest.fixture(scope="module", params=[pytest.param((), id="amd64"), pytest.param(("-m32",), id="x86")])
def profile(request, programs, tmp_path_factory):
    program = vgclient.build(programs, "pools.c", *request.param, name="pools" + "".join(request.param))
    return lgsys.run(tmp_path_factory.mktemp("pools") / "out", [program])


@pytest.mark.parametrize("function", BOOKS)
def test_books(profile, function):
    assert vgclient.total(profile, function) == BOOKS[function]


def test_mistakes_are_counted(profile):
    assert profile.counter("bogus-free") == 2
    assert profile.counter("bogus-realloc") == 1
    assert profile.counter("unknown-pool") == 6
    assert profile.counter("bad-request") == 1
