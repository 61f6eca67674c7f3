# SPDX-License-Identifier: GPL-2.0-or-later
"""Concurrency Kit as it is: its epochs, whose calls are inlined, by looking at the records; its hazard pointers by their calls."""
import pytest

import reclaimed


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    return tmp_path_factory.mktemp("reclaim")


@pytest.fixture
def observe(programs, tmp_path):
    def run(scheme, variant, stripped=False, options=()):
        program = reclaimed.ck(programs, stripped)
        return reclaimed.observe(tmp_path / "out", program, scheme, variant, name=f"ck_{scheme}", options=options)

    return run


@pytest.mark.parametrize("scheme", ("epoch", "hp"))
def test_healthy(observe, scheme):
    seen = observe(scheme, "healthy")
    seen.assert_exact()
    seen.assert_nothing_found()


@pytest.mark.parametrize("stripped", (False, True), ids=("symbols", "stripped"))
def test_epoch_stalled_reader(observe, stripped):
    seen = observe("epoch", "stalled", stripped)
    seen.assert_exact()
    seen.assert_stalled("reader", "stuck-reader", "" if stripped else "hold_on_to_config")
    seen.assert_explained()


def test_epoch_late_reader(observe):
    seen = observe("epoch", "late")
    seen.assert_exact()
    seen.assert_ended("reader", "stuck-reader")


@pytest.mark.parametrize("scheme", ("epoch", "hp"))
def test_nobody_polls(observe, scheme):
    """Not a reader's fault: readers come and go."""
    seen = observe(scheme, "nopoll")
    seen.assert_exact()
    seen.assert_stalled("advance", "", "")


def test_hazard_pointers_that_stay(observe):
    """Each protects one object: what waits is as many as there are of them."""
    seen = observe("hp", "stalled", options=("--stall-objects=40",))
    seen.assert_exact()
    seen.assert_stalled("reader", "stuck-reader", "hold_on_to_config")


def test_hazard_pointers_late(observe):
    seen = observe("hp", "late", options=("--stall-objects=40",))
    seen.assert_exact()
    seen.assert_ended("reader", "stuck-reader")
