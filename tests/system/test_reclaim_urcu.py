# SPDX-License-Identifier: GPL-2.0-or-later
"""liburcu as it is, programs as they are: what leakgrow says of what they retire is what they know themselves, and who is in the way
is who is in the way."""
import pytest

import reclaimed

FLAVOURS = reclaimed.FLAVOURS
READ_SIDE = (False, True)
names = {False: "called", True: "inlined"}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    return tmp_path_factory.mktemp("reclaim")


@pytest.fixture
def observe(programs, tmp_path):
    def run(flavour, method, variant, inlined=False, stripped=False, options=()):
        program = reclaimed.urcu(programs, flavour, inlined, stripped)
        return reclaimed.observe(tmp_path / "out", program, method, variant, name=f"liburcu-{flavour}", options=options)

    return run


@pytest.mark.parametrize("inlined", READ_SIDE, ids=names.get)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_healthy(observe, flavour, inlined):
    seen = observe(flavour, "call", "healthy", inlined)
    seen.assert_exact()
    seen.assert_nothing_found()
    assert seen.domain["advances"] >= 10
    assert ("inlined" in seen.domain["coverage"] or "none seen" in seen.domain["coverage"]) == inlined, seen.domain["coverage"]


@pytest.mark.parametrize("inlined", READ_SIDE, ids=names.get)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_stalled_reader(observe, flavour, inlined):
    seen = observe(flavour, "call", "stalled", inlined)
    seen.assert_exact()
    # qsbr's readers are in a section from the moment they register
    seen.assert_stalled("reader", "stuck-reader", "stuck_reader" if flavour == "qsbr" else "hold_on_to_config")
    seen.assert_explained()


@pytest.mark.parametrize("inlined", READ_SIDE, ids=names.get)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_late_reader(observe, flavour, inlined):
    seen = observe(flavour, "call", "late", inlined)
    seen.assert_exact()
    seen.assert_ended("reader", "stuck-reader")


@pytest.mark.parametrize("flavour, inlined", (("memb", False), ("qsbr", True), ("bp", True)))
def test_defer_rcu(observe, flavour, inlined):
    for variant in ("healthy", "late"):
        seen = observe(flavour, "defer", variant, inlined)
        seen.assert_exact()
        if variant == "healthy":
            seen.assert_nothing_found()
        else:
            seen.assert_ended("reader", "stuck-reader")


@pytest.mark.parametrize("flavour, inlined", (("memb", False), ("qsbr", True)))
def test_synchronize_rcu(observe, flavour, inlined):
    """Each wait counts as an object of unknown size: the program frees what it waited for."""
    seen = observe(flavour, "sync", "late", inlined)
    truth, domain = seen.truth, seen.domain
    assert (domain["retired"], domain["freed"], domain["peak_backlog_objects"]) == (truth["retired"], truth["freed"], 1)
    assert domain["advances"] == truth["retired"]
    seen.assert_lag_max()
    assert seen.findings("lag", "stall") == []


def test_slow_callback(observe):
    seen = observe("memb", "call", "slow")
    seen.assert_exact()
    lag = seen.findings("lag")
    assert len(lag) == 1 and lag[0]["verdict"] == "growing"
    assert "destructors do not keep up" in lag[0]["text"], lag[0]["text"]
    assert seen.domain["free_ms"]["p50"] >= 4
    assert seen.findings("stall") == []


def test_callback_that_keeps_the_block(observe):
    seen = observe("memb", "call", "kept")
    seen.assert_exact()
    seen.assert_stalled("callback", "", "")


def test_stripped_client(observe):
    """The library's names remain when the program has none."""
    seen = observe("memb", "call", "stalled", stripped=True)
    seen.assert_exact()
    seen.assert_stalled("reader", "stuck-reader", "urcu_memb_read_lock")
    seen = observe("memb", "call", "healthy", inlined=True, stripped=True)
    seen.assert_exact()
    seen.assert_nothing_found()
