# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of tests/system/reclaim are what they claim to be: their own books balance, and each variant does what it is called."""
import pytest

import reclaimed

ROUNDS, BATCH = 100, 4
OBJECTS = ROUNDS * BATCH


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    return tmp_path_factory.mktemp("reclaim")


def assert_balanced(truth):
    assert truth["retired"] == OBJECTS and truth["made"] == OBJECTS + 1
    assert truth["retired"] - truth["freed"] == truth["pending"]
    assert truth["retired_B"] - truth["freed_B"] == truth["pending_B"]
    assert truth["pending"] <= truth["peak"] <= truth["retired"]
    assert truth["freed"] <= truth["called"] <= truth["retired"]


def run(program, method, variant):
    truth = reclaimed.native(program, method, variant, str(ROUNDS), str(BATCH))
    assert_balanced(truth)
    return truth


@pytest.mark.parametrize("inlined", (False, True), ids=("called", "inlined"))
@pytest.mark.parametrize("flavour", reclaimed.FLAVOURS)
@pytest.mark.parametrize("method, variant, comes_back", (
    ("call", "healthy", True), ("call", "stalled", False), ("call", "late", True), ("call", "slow", False), ("call", "kept", False),
    ("defer", "healthy", True), ("defer", "stalled", False), ("defer", "late", True), ("sync", "healthy", True)))
def test_urcu(programs, flavour, inlined, method, variant, comes_back):
    truth = run(reclaimed.urcu(programs, flavour, inlined), method, variant)
    assert (truth["pending"] == 0) == comes_back
    if variant == "stalled":
        assert truth["pending"] >= OBJECTS * 4 // 5
    if variant == "late":
        assert truth["peak"] >= OBJECTS * 2 // 5
    if variant == "kept":
        assert truth["called"] == OBJECTS and truth["freed"] == 0
    if method == "sync":
        assert truth["peak"] == 1


@pytest.mark.parametrize("variant, comes_back", (("healthy", True), ("stalled", False), ("late", True), ("nopoll", False)))
@pytest.mark.parametrize("scheme", ("epoch", "hp"))
def test_ck(programs, scheme, variant, comes_back):
    truth = run(reclaimed.ck(programs), scheme, variant)
    assert (truth["pending"] == 0) == comes_back
    if variant == "healthy":
        assert truth["peak"] <= 4 * BATCH
    if variant == "nopoll":
        assert truth["called"] == 0
    if (scheme, variant) == ("hp", "stalled"): # a hazard pointer protects one object
        assert 0 < truth["pending"] <= 64 + BATCH
