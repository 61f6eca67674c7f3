# SPDX-License-Identifier: GPL-2.0-or-later
"""Every allocation function is counted to the byte, in the function that called it."""
import pytest

import lgsys
import vgclient

PAGE = 4096

#  function: (blocks, bytes, live blocks, live bytes)
C_BOOKS = {
    "use_malloc": (1, 100, 1, 100),
    "use_calloc": (2, 400, 1, 200),
    "use_free": (1, 50, 0, 0),
    # a realloc counts as one more block of the new size
    "grow_in_place": (2, 201, 1, 101),
    "grow_moving": (2, 300100, 1, 300000),
    "shrink": (2, 100010, 1, 10),
    "realloc_null": (1, 30, 1, 30),
    "realloc_to_zero": (1, 40, 0, 0),
    # and belongs to the function that made the block
    "make_block": (2, 510, 1, 500),
    "realloc_elsewhere": (0, 0, 0, 0),
    "use_memalign": (1, 77, 1, 77),
    "use_posix_memalign": (1, 10, 1, 10),
    "use_aligned_alloc": (1, 256, 1, 256),
    "use_valloc": (1, 11, 1, 11),
    "use_pvalloc": (1, PAGE, 1, PAGE),
    "use_reallocarray": (1, 30, 1, 30),
    "use_usable_size": (2, 1000 + 71000, 1, 71000),
    "use_zero_sizes": (3, 0, 2, 0),
    "fail_malloc": (0, 0, 0, 0),
    "fail_calloc": (0, 0, 0, 0),
    "fail_realloc": (1, 60, 1, 60),
    "fail_aligned": (0, 0, 0, 0),
    "free_bogus": (1, 64, 1, 64),
    "free_twice": (1, 70, 0, 0),
}
CXX_BOOKS = {
    "use_new": (1, 100, 1, 100),
    "use_new_array": (1, 101, 1, 101),
    "use_new_nothrow": (1, 102, 1, 102),
    "use_new_array_nothrow": (1, 103, 1, 103),
    "use_new_aligned": (1, 104, 1, 104),
    "use_new_array_aligned": (1, 105, 1, 105),
    "use_new_aligned_nothrow": (1, 106, 1, 106),
    "use_new_array_aligned_nothrow": (1, 107, 1, 107),
    "use_deletes": (12, 120, 0, 0),
    "use_expressions": (5, 4 + 24 + 128 + 128 + 256, 3, 4 + 24 + 128),
    "use_zero_size": (1, 0, 1, 0),
}


def platforms():
    yield pytest.param((), id="amd64")
    yield pytest.param(("-m32",), id="x86")
    yield pytest.param(("-static",), id="static")
    yield pytest.param(("-static-pie",), id="static-pie")
    yield pytest.param(("-m32", "-static"), id="x86-static")


@pytest.fixture(scope="module", params=platforms())
def c_profile(request, programs, tmp_path_factory):
    program = vgclient.build(programs, "alloc.c", *request.param, name="alloc" + "".join(request.param))
    return lgsys.run(tmp_path_factory.mktemp("alloc") / "out", [program])


@pytest.fixture(scope="module", params=platforms())
def cxx_profile(request, programs, tmp_path_factory):
    program = vgclient.build(programs, "news.cc", *request.param, name="news" + "".join(request.param))
    return lgsys.run(tmp_path_factory.mktemp("news") / "out", [program])


@pytest.mark.parametrize("function", C_BOOKS)
def test_c(c_profile, function):
    assert vgclient.total(c_profile, function) == C_BOOKS[function]


@pytest.mark.parametrize("function", CXX_BOOKS)
def test_cxx(cxx_profile, function):
    assert vgclient.total(cxx_profile, function) == CXX_BOOKS[function]


def test_library_frames_are_kept(c_profile):
    """strdup is not an allocation function: the stack says that it was called."""
    assert (1, 20, 1, 20) == vgclient.total(c_profile, "use_strdup", anywhere=True)


def test_totals_are_the_sum_of_accounts(c_profile):
    report = c_profile.report
    for field, name in (("total_B", "allocated_B"), ("total_blocks", "allocs"), ("live_B", "live_B"),
                        ("live_blocks", "live_blocks")):
        assert sum(a[field] for a in report["accounts"]) == report["totals"][name]
    assert report["totals"]["allocs"] - report["totals"]["frees"] == report["totals"]["live_blocks"]


def test_mistakes_are_counted_and_told(c_profile):
    assert c_profile.counter("bogus-free") == 6
    assert c_profile.counter("double-free") == 2
    assert c_profile.counter("bogus-realloc") == 2
    assert c_profile.counter("zero-size") == 3
    # 4 malloc, 1 calloc, 2 realloc, 5 aligned; products that overflow never reach the tool (2 calloc; reallocarray, unless it
    # is ours, as in static programs)
    assert c_profile.counter("failed-alloc") in (12, 13)
    summary = lgsys.flat(c_profile.summary)
    for words in ("6 frees of addresses", "2 frees of blocks that were already free", "2 reallocs of addresses"):
        assert words in summary


def test_failing_nothrow_new_is_counted(cxx_profile):
    assert cxx_profile.counter("failed-alloc") == 1
